use crate::effect::Effect;
use crate::event::{CacheEvent, Event};
use crate::model::Focus;
use crate::model::triage::Act;
use crate::testkit::{Rig, agent_ana, conversation_id, desk};
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::api::{ErrorCode, Problem};
use smsdesk_common::conversation::ConversationStatus;
use smsdesk_common::ids::{ConversationId, RequestId};
use uuid::Uuid;

fn rig() -> Rig {
    Rig::new(120, 30, desk())
}

fn acts(rig: &Rig) -> Vec<(ConversationId, Act)> {
    let acts = rig.effects.iter().filter_map(|effect| match effect {
        Effect::Triage { targets, acts } => Some((targets[0].conversation, acts[0].clone())),
        _ => None,
    });
    acts.collect()
}

fn listed(rig: &Rig) -> Vec<ConversationId> {
    let rows = rig.model.roster.slice().rows.iter();
    rows.map(|row| row.conversation.id).collect()
}

fn status(rig: &Rig, n: u32) -> ConversationStatus {
    let id = conversation_id(n);
    let mut rows = rig.disk.rows.iter();
    let row = rows.find(|row| row.conversation.id == id).unwrap();
    row.conversation.status
}

fn newest_notice(rig: &Rig) -> &str {
    &rig.model.notices.iter().last().unwrap().text
}

#[test]
fn done_leaves_the_inbox_and_the_next_one_is_selected() {
    let mut rig = rig();
    let before = listed(&rig);
    rig.press("e");
    assert_eq!(acts(&rig), [(before[0], Act::Done)]);
    assert_eq!(listed(&rig), before[1..]);
    assert_eq!(rig.selected(), Some(before[1]));
    assert!(rig.screen().contains("Done · - goes back to it"));
    rig.press("-");
    assert_eq!(rig.selected(), Some(before[0]), "also if it was not opened");
    rig.press("E");
    assert_eq!(status(&rig, 1), ConversationStatus::Open);
    rig.press("g i");
    assert_eq!(listed(&rig), before);
}

#[test]
fn done_on_quick_keys_closes_each_conversation_once() {
    let mut rig = rig();
    let before = listed(&rig);
    for _ in &before[1..] {
        let keys = crate::input::key::parse_sequence("e").unwrap();
        rig.tell_only(Event::Input(crate::event::Input::Key(keys[0])));
    }
    let expected: Vec<_> = before[..before.len() - 1]
        .iter()
        .map(|id| (*id, Act::Done))
        .collect();
    assert_eq!(acts(&rig), expected);
    rig.answer_all();
    assert_eq!(listed(&rig), before[before.len() - 1..]);
}

#[test]
fn done_with_the_last_one_leads_back_to_the_list() {
    let mut rig = rig();
    rig.press("G enter e");
    assert_eq!(rig.model.focus, Focus::List);
    let rows = listed(&rig);
    assert_eq!(rig.selected(), rows.last().copied(), "one that is there");
    rig.press("e e e e");
    assert_eq!((rig.selected(), rig.model.timeline.is_none()), (None, true));
    rig.press("e E * A");
    assert!(rig.screen().contains("The list is empty: nothing was done"));
}

#[test]
fn done_and_stay_stays_and_turns_back() {
    for keys in ["j", "j enter"] {
        let mut rig = rig();
        let before = listed(&rig);
        rig.press(keys).press("E");
        assert_eq!(listed(&rig).len(), before.len() - 1);
        assert_eq!(rig.selected(), Some(before[1]), "{keys:?}");
        assert!(rig.screen().contains("E reopens it"));
        rig.press("E");
        assert_eq!(listed(&rig), before);
        assert_eq!(rig.selected(), Some(before[1]));
    }
}

#[test]
fn moving_on_from_one_that_stayed_goes_to_the_row_that_took_its_place() {
    let mut rig = rig();
    let before = listed(&rig);
    rig.press("j E j");
    assert_eq!(rig.selected(), Some(before[2]));
    rig.press("k");
    assert_eq!(rig.selected(), Some(before[0]), "it is not in the list");
}

#[test]
fn the_flag_turns_and_taking_says_whose_it_is() {
    let mut rig = rig();
    rig.press("j *");
    assert!(rig.screen().contains("Flagged"));
    rig.press("*");
    assert!(rig.screen().contains("The flag is off"));
    rig.press("A");
    assert!(rig.screen().contains("It is yours now"));
    let row = rig.model.roster.row(conversation_id(2)).unwrap();
    assert_eq!(row.conversation.assignee, Some(agent_ana().id));
    rig.press("A");
    assert!(rig.screen().contains("It is yours already"));
}

#[test]
fn the_keys_are_text_in_the_composer() {
    let mut rig = rig();
    rig.press("r").write("eE*A");
    assert_eq!(acts(&rig), []);
    assert_eq!(rig.model.composer().unwrap().editor().text(), "eE*A");
}

#[test]
fn the_list_stands_still_under_a_draft_although_a_colleague_closes_one() {
    let mut rig = rig();
    let before = listed(&rig);
    rig.press("r").write("hi");
    let closed = &mut rig.disk.rows[1].conversation;
    closed.status = ConversationStatus::Done;
    rig.applied(&[conversation_id(2)]);
    assert_eq!(listed(&rig), before);
    rig.press("esc");
    assert_eq!(listed(&rig).len(), before.len() - 1);
}

#[test]
fn what_the_relay_refused_is_said_in_words() {
    let mut rig = rig();
    let patch = Patch {
        status: Some(ConversationStatus::Done),
        ..Patch::new(RequestId(Uuid::nil()))
    };
    let refuse = |rig: &mut Rig, n, code, detail: &str| {
        rig.tell(Event::Cache(CacheEvent::TriageRefused {
            conversation: conversation_id(n),
            patch: Box::new(patch.clone()),
            problem: Box::new(Problem::new(code, detail)),
            about: Box::default(),
        }));
    };
    refuse(&mut rig, 1, ErrorCode::CustomerWrote, "`seen_seq`: …");
    let words = "Maria Alvarez: not marked done. The customer wrote meanwhile, so it stays open";
    assert_eq!(newest_notice(&rig), words);
    refuse(&mut rig, 1, ErrorCode::ConversationChanged, "`if_seq`: …");
    let words = "Maria Alvarez: not marked done. Bo assigned it to Ana at 12:00; press the key \
                 again if it is still to be done";
    assert_eq!(newest_notice(&rig), words);
    refuse(&mut rig, 2, ErrorCode::ConversationChanged, "`if_seq`: …");
    assert!(newest_notice(&rig).contains("A colleague changed it meanwhile; press"));
    refuse(&mut rig, 99, ErrorCode::MethodNotAllowed, "");
    let words = "A conversation: not marked done. The path does not take this method";
    assert_eq!(newest_notice(&rig), words);
}
