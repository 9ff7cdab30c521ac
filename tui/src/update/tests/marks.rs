use crate::effect::Effect;
use crate::event::Event;
use crate::testkit::{Rig, conversation_id, desk};
use smsdesk_common::conversation::ConversationStatus;
use smsdesk_common::ids::{ConversationId, Seq};

fn rig() -> Rig {
    Rig::new(120, 30, desk())
}

fn listed(rig: &Rig) -> Vec<ConversationId> {
    let rows = rig.model.roster.slice().rows.iter();
    rows.map(|row| row.conversation.id).collect()
}

fn flagged(rig: &Rig) -> Vec<u32> {
    let is_flagged = |n: &u32| {
        let id = conversation_id(*n);
        let mut rows = rig.disk.rows.iter();
        let row = rows.find(|row| row.conversation.id == id).unwrap();
        row.conversation.flagged
    };
    (1..=4).filter(is_flagged).collect()
}

fn newest_notice(rig: &Rig) -> &str {
    &rig.model.notices.iter().last().unwrap().text
}

#[test]
fn an_act_is_done_to_all_that_are_selected_as_one_step() {
    let mut rig = rig();
    let before = listed(&rig);
    rig.press("space j space");
    assert!(rig.screen().contains("2 selected"));
    rig.press("e");
    assert_eq!(listed(&rig), [before[1], before[3]]);
    assert_eq!(newest_notice(&rig), "2 done · z undoes");
    assert!(rig.model.marks.is_empty(), "nothing is selected any more");
    rig.press("z");
    assert_eq!(listed(&rig), before);
    assert_eq!(
        newest_notice(&rig),
        "Undone: done · 2 conversations · Z redoes"
    );
}

#[test]
fn a_selected_row_is_marked_without_colour_and_space_takes_the_mark_off() {
    let mut rig = rig();
    let marked = |rig: &Rig| {
        let screen = rig.screen();
        let lines = screen.lines().filter(|line| line.contains("✓ Maria"));
        lines.count()
    };
    rig.press("space");
    assert_eq!(marked(&rig), 1, "{}", rig.screen());
    rig.press("k space");
    assert_eq!(marked(&rig), 0);
    assert!(!rig.screen().contains("selected"));
}

#[test]
fn a_range_reaches_to_the_cursor_in_both_directions() {
    let mut rig = rig();
    rig.press("j V j j");
    assert_eq!(rig.model.marks.len(), 3);
    rig.press("k k k");
    assert_eq!(rig.model.marks.len(), 2);
    rig.press("V j j j");
    assert_eq!(rig.model.marks.len(), 2, "V ended it");
    rig.press("A");
    let all = rig.disk.rows.iter().take(3);
    let mine: Vec<_> = all.map(|row| row.conversation.assignee.is_some()).collect();
    assert_eq!(mine, [true; 3]);
    assert_eq!(newest_notice(&rig), "1 yours already, 1 taken · z undoes");
}

#[test]
fn esc_ends_the_range_and_then_selects_nothing() {
    let mut rig = rig();
    rig.press("V j esc");
    assert_eq!((rig.model.marks.anchor(), rig.model.marks.len()), (None, 2));
    rig.press("esc");
    assert!(rig.model.marks.is_empty());
}

#[test]
fn what_is_out_of_sight_is_not_acted_on() {
    let mut rig = rig();
    rig.press("space space g d g i");
    assert!(rig.model.marks.is_empty(), "another view was shown");
    rig.press("space space");
    let closed = &mut rig.disk.rows[0].conversation;
    closed.status = ConversationStatus::Done;
    rig.applied(&[conversation_id(1)]);
    assert_eq!(rig.model.marks.len(), 1, "a colleague closed it");
}

#[test]
fn one_text_that_came_after_it_was_selected_was_seen_where_its_row_is_on_the_screen() {
    let mut rig = rig();
    rig.press("space *");
    let seen = rig.effects.iter().find_map(|effect| match effect {
        Effect::Triage { targets, .. } => Some(targets[0].seen),
        _ => None,
    });
    assert!(seen > Some(Seq::ZERO));
}

#[test]
fn digits_before_an_act_reach_to_so_many_rows_and_before_a_motion_repeat_it() {
    let mut rig = rig();
    let before = listed(&rig);
    rig.press("2 j");
    assert_eq!(rig.selected(), Some(before[2]));
    rig.press("k 2");
    assert!(rig.screen().contains("2… · live"), "{}", rig.screen());
    rig.press("e");
    assert_eq!(listed(&rig), [before[0], before[3]]);
    assert_eq!(rig.selected(), Some(before[3]));
    rig.press("z");
    assert_eq!(listed(&rig), before, "one step");
}

#[test]
fn esc_and_keys_that_take_no_count_drop_it() {
    let mut rig = rig();
    let before = listed(&rig);
    rig.press("1 0 esc");
    assert_eq!(rig.model.count, None);
    rig.press("j");
    assert_eq!(rig.selected(), Some(before[1]), "one row and not ten");
    rig.press("3 r");
    assert_eq!(rig.model.composer().unwrap().editor().text(), "");
    rig.write("12");
    assert_eq!(rig.model.composer().unwrap().editor().text(), "12");
    assert_eq!(rig.model.count, None);
    rig.press("esc 0");
    assert_eq!(rig.model.count, None, "no count begins with nought");
    rig.press("9 9 9 9");
    assert_eq!(rig.model.count, Some(200));
    rig.tell(Event::Input(crate::event::Input::Paste("x".to_owned())));
    assert_eq!(rig.model.count, None);
}

#[test]
fn a_macro_is_one_step_and_a_dot_repeats_it() {
    let mut rig = rig();
    rig.press("m");
    assert!(rig.model.prefix.is_empty(), "there is none");
    let deed = crate::model::macros::deed(&["take", "flag", "done-next"]).unwrap();
    let (name, key) = ("close it".to_owned(), 'c');
    let macros = vec![crate::model::macros::Macro { name, key, deed }];
    rig.model.keymap = crate::input::keymap::Keymap::default().with_macros(macros);
    let before = listed(&rig);
    rig.press("j m");
    assert!(rig.screen().contains("c  close it"), "{}", rig.screen());
    rig.press("c");
    assert_eq!(newest_notice(&rig), "taken, flagged, done · z undoes");
    assert_eq!(rig.selected(), Some(before[2]));
    rig.press(".");
    assert_eq!(listed(&rig), [before[0], before[3]]);
    rig.press("z z");
    assert_eq!(listed(&rig), before);
    assert_eq!(flagged(&rig), [1]);
    rig.press("2 m c m x");
    assert_eq!(listed(&rig).len(), 2);
    rig.press("r").write("mc");
    assert_eq!(rig.model.composer().unwrap().editor().text(), "mc");
}

#[test]
fn a_macro_puts_off_gives_away_and_tags_as_its_words_mean_now() {
    let mut rig = rig();
    let named = |key, actions: &[&str]| {
        let deed = crate::model::macros::deed(actions).unwrap();
        let name = "pass it on".to_owned();
        crate::model::macros::Macro { name, key, deed }
    };
    let macros = vec![
        named('b', &["snooze 2h", "assign bo", "tag later"]),
        named('c', &["flag", "assign cy"]),
    ];
    rig.model.keymap = crate::input::keymap::Keymap::default().with_macros(macros);
    rig.press("m b");
    let row = &rig.disk.rows[0].conversation;
    assert_eq!(row.snoozed_until, Some(rig.now.plus_millis(7_200_000)));
    assert_eq!(row.assignee, Some(crate::testkit::agent_bo().id));
    assert!(row.labels.contains(&"later".to_owned()));
    let before = rig.disk.rows.clone();
    rig.press("m c");
    assert_eq!(
        newest_notice(&rig),
        "Nothing was done: nobody of the name cy works here"
    );
    assert_eq!(rig.disk.rows, before);
}

#[test]
fn a_dot_does_the_last_thing_again_here_or_to_what_is_selected() {
    let mut rig = rig();
    rig.press(".");
    assert!(newest_notice(&rig).starts_with("Nothing was done yet"));
    rig.press("j * j .");
    assert_eq!(flagged(&rig), [1, 2, 3]);
    rig.press("E z");
    rig.press("g i space space .");
    let open = ConversationStatus::Open;
    let done = |it: &&crate::model::list::ListRow| it.conversation.status != open;
    assert_eq!(rig.disk.rows.iter().filter(done).count(), 2);
    rig.press("e 2 .");
    assert_eq!(listed(&rig), []);
}
