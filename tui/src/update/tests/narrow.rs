use crate::model::Focus;
use crate::testkit::{Rig, conversation_id, desk};
use smsdesk_common::ids::ConversationId;

fn shown(rig: &Rig) -> Vec<ConversationId> {
    let rows = rig.model.roster.slice().rows.iter();
    rows.map(|row| row.conversation.id).collect()
}

fn rig() -> Rig {
    Rig::new(120, 30, desk())
}

#[test]
fn each_key_narrows_the_list_at_once() {
    let mut rig = rig();
    rig.press("\\");
    assert_eq!(shown(&rig).len(), 4);
    rig.write("me");
    assert_eq!(
        shown(&rig),
        [2, 3].map(conversation_id),
        "sending me, Documents"
    );
    assert_eq!(rig.selected(), Some(conversation_id(2)));
    rig.write("n");
    assert_eq!(shown(&rig), [conversation_id(3)]);
    assert!(rig.screen().contains("Narrow the list · 1 left"));
    rig.press("backspace");
    assert_eq!(shown(&rig).len(), 2);
}

#[test]
fn enter_keeps_it_and_the_title_says_so() {
    let mut rig = rig();
    rig.press("\\").write("is:unread").press("enter");
    assert_eq!(shown(&rig), [1, 2, 3].map(conversation_id));
    assert!(rig.screen().contains("Inbox · \\is:unread · longest"));
    rig.press("\\ ctrl-u enter");
    assert_eq!(shown(&rig).len(), 4);
    rig.press("\\").write("chen").press("enter g i");
    assert_eq!(shown(&rig).len(), 4, "another view begins as it is");
}

#[test]
fn esc_drops_it_and_the_selection_is_where_it_was() {
    let mut rig = rig();
    rig.press("j j enter");
    assert_eq!(rig.model.focus, Focus::Chat);
    rig.press("\\").write("chen");
    assert_eq!(rig.selected(), Some(conversation_id(4)));
    rig.write("x");
    assert_eq!(rig.selected(), None);
    rig.press("esc");
    assert_eq!(shown(&rig).len(), 4);
    assert_eq!(rig.selected(), Some(conversation_id(3)));
    let chat = rig.model.timeline.as_ref().unwrap();
    assert_eq!(chat.conversation(), conversation_id(3));
    rig.press("\\")
        .write("chen")
        .press("enter \\")
        .write(" is:done");
    assert_eq!(shown(&rig), []);
    rig.press("esc");
    assert_eq!(shown(&rig), [conversation_id(4)], "what was kept before");
}

#[test]
fn what_is_no_filter_yet_says_what_is_expected_and_keeps_the_rows() {
    let mut rig = rig();
    rig.press("\\").write("maria is:");
    assert_eq!(shown(&rig), [conversation_id(1)]);
    let says = "column 10: expected open, done, snoozed, flagged, unread or waiting";
    assert!(rig.screen().contains(says), "{}", rig.screen());
    rig.press("enter");
    assert!(rig.model.prompt().is_some(), "it is not taken");
    rig.write("open");
    assert!(!rig.screen().contains("expected"));
    rig.press("enter");
    assert_eq!(shown(&rig), [conversation_id(1)]);
}
