use crate::effect::Effect;
use crate::model::Focus;
use crate::model::list::View;
use crate::model::undo::Way;
use crate::testkit::{Rig, agent_bo, conversation_id, desk};
use smsdesk_common::conversation::ConversationStatus;
use smsdesk_common::ids::ConversationId;

fn rig() -> Rig {
    Rig::new(120, 30, desk())
}

fn listed(rig: &Rig) -> Vec<ConversationId> {
    let rows = rig.model.roster.slice().rows.iter();
    rows.map(|row| row.conversation.id).collect()
}

fn newest_notice(rig: &Rig) -> &str {
    &rig.model.notices.iter().last().unwrap().text
}

#[test]
fn undo_brings_back_what_was_done_and_selects_it() {
    let mut rig = rig();
    let before = listed(&rig);
    rig.press("e e z");
    assert_eq!(listed(&rig), before[1..]);
    assert_eq!(rig.selected(), Some(before[1]));
    rig.press("z");
    assert_eq!(listed(&rig), before);
    assert_eq!(rig.selected(), Some(before[0]));
    assert_eq!(
        newest_notice(&rig),
        "Undone: done · Maria Alvarez · Z redoes"
    );
    rig.press("z");
    assert_eq!(newest_notice(&rig), "There is nothing to undo");
}

#[test]
fn redo_does_again_what_was_undone_until_something_else_is_done() {
    let mut rig = rig();
    let before = listed(&rig);
    rig.press("e z Z");
    assert_eq!(
        newest_notice(&rig),
        "Redone: done · Maria Alvarez · z undoes"
    );
    let status = rig.disk.rows[0].conversation.status;
    assert_eq!(status, ConversationStatus::Done);
    rig.press("z g i j * Z");
    assert_eq!(newest_notice(&rig), "There is nothing to redo");
    assert_eq!(listed(&rig), before);
}

#[test]
fn undo_goes_to_a_conversation_that_the_view_does_not_hold() {
    let mut rig = rig();
    rig.press("* g u z");
    assert_eq!(rig.selected(), Some(conversation_id(1)));
    assert_eq!(rig.model.roster.view(), View::All);
}

#[test]
fn what_is_undone_stays_in_sight_where_it_leaves_the_view() {
    let mut rig = rig();
    rig.press("j A g u");
    assert_eq!(listed(&rig), []);
    rig.press("g m G z");
    assert_eq!(rig.selected(), Some(conversation_id(2)));
    assert!(rig.screen().contains("(305) 555-0102"));
}

#[test]
fn undo_that_would_run_over_a_colleague_is_refused_in_words() {
    let mut rig = rig();
    rig.press("j A");
    rig.disk.rows[1].conversation.assignee = Some(agent_bo().id);
    rig.applied(&[conversation_id(2)]);
    rig.press("z");
    assert!(newest_notice(&rig).starts_with("Not undone: it was changed meanwhile"));
    let owner = rig.disk.rows[1].conversation.assignee;
    assert_eq!(owner, Some(agent_bo().id));
}

#[test]
fn undo_keys_are_asked_of_the_disk_in_the_order_in_which_they_were_pressed() {
    let mut rig = rig();
    rig.effects.clear();
    rig.press("e z Z");
    let asked: Vec<_> = rig
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Triage { .. } => Some(None),
            Effect::Turn(way) => Some(Some(*way)),
            _ => None,
        })
        .collect();
    assert_eq!(asked, [None, Some(Way::Undo), Some(Way::Redo)]);
    rig.press("r").write("zZ");
    assert_eq!(rig.model.focus, Focus::Composer);
    assert_eq!(rig.model.composer().unwrap().editor().text(), "zZ");
}
