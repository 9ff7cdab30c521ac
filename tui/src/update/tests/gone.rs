//! What waits, what was refused, and what is not there any more: each in words, with whom it is about.

use crate::effect::Effect;
use crate::event::{CacheEvent, Event, LinkEvent};
use crate::model::connection::Connection;
use crate::model::overlay::Overlay;
use crate::model::triage::About;
use crate::model::undo::Why;
use crate::testkit::{NOW, Rig, conversation_id, desk};
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::api::{ErrorCode, Problem};
use smsdesk_common::conversation::ConversationStatus;
use smsdesk_common::ids::{EntryId, RequestId};
use uuid::Uuid;

fn rig() -> Rig {
    Rig::new(120, 30, desk())
}

fn waits(rig: &mut Rig, waiting: u32, notes: u32, changes: u32) {
    rig.tell(Event::Cache(CacheEvent::Outbox {
        waiting,
        refused: 0,
        notes,
        changes,
    }));
}

fn newest_notice(rig: &Rig) -> &str {
    &rig.model.notices.iter().last().unwrap().text
}

#[test]
fn changes_and_notes_that_wait_are_told_by_what_they_are() {
    let mut rig = rig();
    rig.tell(Event::Link(LinkEvent::Connection(Connection::Offline)));
    waits(&mut rig, 2, 0, 3);
    assert!(rig.screen().contains("offline, 2 texts and 3 changes wait"));
    waits(&mut rig, 1, 1, 0);
    assert!(rig.screen().contains("offline, 1 note waits"));
    waits(&mut rig, 2, 0, 0);
    assert!(rig.screen().contains("offline, 2 waiting to send"));
}

#[test]
fn a_change_that_the_relay_is_about_to_take_is_no_news() {
    let mut rig = rig();
    waits(&mut rig, 0, 0, 1);
    assert!(!rig.screen().contains("1 change"));
    waits(&mut rig, 0, 0, 9);
    assert!(rig.screen().contains("9 changes wait"));
}

#[test]
fn leaving_asks_while_changes_wait_too() {
    let mut rig = rig();
    rig.tell(Event::Link(LinkEvent::Connection(Connection::Offline)));
    waits(&mut rig, 2, 0, 3);
    rig.press("q");
    assert_eq!(rig.model.overlays.last(), Some(&Overlay::ConfirmQuit));
    let screen = rig.screen();
    assert!(
        screen.contains("2 texts and 3 changes wait to be sent."),
        "{screen}"
    );
    rig.press("n");
    waits(&mut rig, 0, 0, 1);
    rig.press("q");
    assert!(rig.screen().contains("1 change waits to be sent."));
    assert!(rig.screen().contains("It stays on this disk"));
}

#[test]
fn what_is_undone_is_named_as_the_lists_name_it() {
    let mut rig = rig();
    rig.press("j e z");
    let words = "Undone: done · (305) 555-0102 · Z redoes";
    assert_eq!(newest_notice(&rig), words);
}

#[test]
fn a_conversation_that_is_gone_is_said_and_nothing_is_done() {
    let mut rig = rig();
    rig.disk
        .rows
        .retain(|row| row.conversation.id != conversation_id(1));
    for keys in ["e", "E", "*", "A"] {
        rig.tell(Event::Cache(CacheEvent::ChatMissing(conversation_id(1))));
        let words = "That conversation is not here any more: nothing was done";
        assert_eq!(newest_notice(&rig), words, "{keys}");
        rig.press(keys);
    }
}

#[test]
fn that_somebody_else_was_erased_is_no_news() {
    let mut rig = rig();
    rig.press("r");
    let before = rig.model.notices.iter().count();
    rig.tell(Event::Cache(CacheEvent::Ended(vec![conversation_id(2)])));
    assert_eq!(rig.model.notices.iter().count(), before);
    assert!(rig.model.timeline.is_some());
}

#[test]
fn a_refused_change_names_its_customer_and_who_came_first() {
    let mut rig = rig();
    let patch = Patch {
        status: Some(ConversationStatus::Done),
        ..Patch::new(RequestId(Uuid::nil()))
    };
    let since = Why::Changed {
        by: "Bo".to_owned(),
        did: "marked it done".to_owned(),
        at: NOW,
    };
    rig.tell(Event::Cache(CacheEvent::TriageRefused {
        conversation: conversation_id(99),
        patch: Box::new(patch),
        problem: Box::new(Problem::new(ErrorCode::ConversationChanged, "…")),
        about: Box::new(About {
            name: Some("+13055550142".to_owned()),
            since: Some(since),
        }),
    }));
    let words = "(305) 555-0142: not marked done. Bo marked it done at 14:00; press the key again \
                 if it is still to be done";
    assert_eq!(newest_notice(&rig), words);
}

#[test]
fn a_refused_text_is_told_with_its_customer_and_leaves_where_nobody_could_come_to_it() {
    let mut rig = rig();
    let entry = EntryId(Uuid::from_u128(7));
    let mut refuse = |code| {
        rig.tell(Event::Cache(CacheEvent::TextRefused {
            conversation: conversation_id(1),
            entry,
            body: "hi".to_owned(),
            send_at: None,
            problem: Box::new(Problem::new(code, "…")),
            about: Box::default(),
        }));
        let withdrawn = rig.effects.contains(&Effect::Withdraw { entry });
        (newest_notice(&rig).to_owned(), withdrawn)
    };
    let (words, withdrawn) = refuse(ErrorCode::ToInvalid);
    assert!(
        words.starts_with("Maria Alvarez: a text was refused ("),
        "{words}"
    );
    assert!(
        words.ends_with("· R there edits it") && !withdrawn,
        "{words}"
    );
    let (words, withdrawn) = refuse(ErrorCode::ConversationUnknown);
    let ends = "(No such conversation); its words stay on this disk as the draft";
    assert!(words.ends_with(ends) && withdrawn, "{words}");
}

#[test]
fn whoever_was_erased_leaves_the_screen_with_what_was_being_written_to_them() {
    let mut rig = rig();
    rig.press("r").write("canary");
    assert!(rig.screen().contains("canary"));
    rig.disk
        .rows
        .retain(|row| row.conversation.id != conversation_id(1));
    rig.tell(Event::Cache(CacheEvent::Ended(vec![conversation_id(1)])));
    let words = "Whoever this conversation was with has been erased";
    assert_eq!(newest_notice(&rig), words);
    // Asked for before anybody knew.
    rig.tell(Event::Cache(CacheEvent::ChatMissing(conversation_id(1))));
    assert_eq!(newest_notice(&rig), words);
    let screen = rig.screen();
    assert!(!screen.contains("canary"), "{screen}");
    assert!(!screen.contains("(305) 555-0101"), "{screen}");
    rig.effects.clear();
    rig.press("j");
    let kept = rig
        .effects
        .iter()
        .any(|effect| format!("{effect:?}").contains("canary"));
    assert!(!kept, "{:?}", rig.effects);
}
