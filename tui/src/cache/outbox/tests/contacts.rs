//! What is done to contacts: shown at once, sent in order, taken back.

use super::*;
use crate::cache::outbox::{Hand, People};
use crate::cache::testing::{Desk, contact, contact_id, conversation, conversation_id};
use crate::model::contact::{Ask, Told};
use crate::model::undo::Way;
use smsdesk_common::api::contacts::PatchContact;
use smsdesk_common::api::update::Update;
use smsdesk_common::ids::{ContactId, RequestId};

fn hand<T>(desk: &mut Desk, ids: &mut u128, work: impl FnOnce(&mut Hand<'_>) -> T) -> T {
    let mut new_id = || {
        *ids += 1;
        Uuid::from_u128(*ids)
    };
    work(&mut Hand {
        records: &desk.records,
        outbox: &mut desk.outbox,
        me: None,
        now: NOON,
        new_id: &mut new_id,
    })
}

fn renamed(contact: u64, name: &str) -> Ask {
    let patch = PatchContact {
        name: Update::Set(name.to_owned()),
        ..PatchContact::new(RequestId(Uuid::nil()))
    };
    Ask::Edit {
        contact: contact_id(contact),
        patch: Box::new(patch),
    }
}

fn shown(desk: &Desk, id: u64) -> Option<String> {
    let people = People::load(&desk.records, &desk.outbox).unwrap();
    let held = people.contact(&desk.records, contact_id(id)).unwrap();
    held.and_then(|contact| contact.name)
}

fn row_name(desk: &Desk, n: u64) -> Option<String> {
    let rows = crate::cache::list::rows(desk.shelves(), &[conversation_id(n)]).unwrap();
    rows[0].as_ref().and_then(|row| row.name.clone())
}

fn desk() -> Desk {
    Desk::with([
        Record::Contact(Box::new(contact(1, None))),
        Record::Contact(Box::new(contact(2, Some("Bo")))),
        Record::Conversation(Box::new(conversation(1))),
        Record::Conversation(Box::new(conversation(2))),
    ])
}

#[test]
fn a_name_is_shown_at_once_and_leaves_with_its_record() {
    let (mut desk, mut ids) = (desk(), 100);
    let done = hand(&mut desk, &mut ids, |hand| {
        hand.contact(renamed(1, "Maria"))
    });
    assert_eq!(done.unwrap(), Told::Done(contact_id(1)));
    assert_eq!(row_name(&desk, 1).as_deref(), Some("Maria"));
    let asked = next(&desk.outbox, 9).unwrap().remove(0);
    assert_eq!(asked.path, format!("/v1/contacts/{}", contact_id(1)));
    desk.commit([Record::Contact(Box::new(contact(1, Some("Maria"))))]);
    let epoch = Some(desk.feed.epoch);
    let seq = desk.feed.head;
    answered(&desk.outbox, asked.id, Answer { seq, epoch }).unwrap();
    settle(&desk.records, &mut desk.outbox).unwrap();
    assert!(next(&desk.outbox, 9).unwrap().is_empty());
    assert_eq!(row_name(&desk, 1).as_deref(), Some("Maria"));
}

#[test]
fn what_was_done_last_is_taken_back_first_and_done_again() {
    let (mut desk, mut ids) = (desk(), 100);
    for name in ["Maria", "Maria Diaz"] {
        hand(&mut desk, &mut ids, |hand| hand.contact(renamed(1, name))).unwrap();
    }
    let mut turn = |desk: &mut Desk, way| {
        let told = hand(desk, &mut ids, |hand| hand.turn_contact(way)).unwrap();
        (told.is_some(), shown(desk, 1))
    };
    let name = |name: &str| Some(name.to_owned());
    assert_eq!(turn(&mut desk, Way::Undo), (true, name("Maria")));
    assert_eq!(turn(&mut desk, Way::Undo), (true, None));
    assert_eq!(turn(&mut desk, Way::Undo), (false, None));
    assert_eq!(turn(&mut desk, Way::Redo), (true, name("Maria")));
    assert_eq!(turn(&mut desk, Way::Redo), (true, name("Maria Diaz")));
    assert_eq!(turn(&mut desk, Way::Redo), (false, name("Maria Diaz")));
    let lanes: BTreeSet<_> = next(&desk.outbox, 9)
        .unwrap()
        .into_iter()
        .map(|asked| asked.conversation)
        .collect();
    assert_eq!(lanes.len(), 1, "one after the other");
}

#[test]
fn what_a_colleague_changed_since_is_not_turned() {
    let (mut desk, mut ids) = (desk(), 100);
    hand(&mut desk, &mut ids, |hand| {
        hand.contact(renamed(2, "Robert"))
    })
    .unwrap();
    let asked = next(&desk.outbox, 9).unwrap().remove(0);
    desk.commit([Record::Contact(Box::new(contact(2, Some("Bob"))))]);
    let (epoch, seq) = (Some(desk.feed.epoch), desk.feed.head);
    answered(&desk.outbox, asked.id, Answer { seq, epoch }).unwrap();
    settle(&desk.records, &mut desk.outbox).unwrap();
    let told = hand(&mut desk, &mut ids, |hand| hand.turn_contact(Way::Undo));
    let Some(Told::Turned { kept: Some(_), .. }) = told.unwrap() else {
        panic!("it was turned");
    };
    assert_eq!(shown(&desk, 2).as_deref(), Some("Bob"));
    let again = hand(&mut desk, &mut ids, |hand| hand.turn_contact(Way::Undo));
    assert_eq!(again.unwrap(), None, "the step is dropped");
}

#[test]
fn a_merge_shows_one_name_in_both_conversations_until_it_is_taken_back() {
    let (mut desk, mut ids) = (desk(), 100);
    let merge = Ask::Merge {
        contact: contact_id(1),
        other: contact_id(2),
    };
    hand(&mut desk, &mut ids, |hand| hand.contact(merge)).unwrap();
    let name = Some("Bo".to_owned());
    assert_eq!(
        (row_name(&desk, 1), row_name(&desk, 2)),
        (name.clone(), name.clone())
    );
    hand(&mut desk, &mut ids, |hand| hand.turn_contact(Way::Undo)).unwrap();
    assert_eq!((row_name(&desk, 1), row_name(&desk, 2)), (None, name));
}

#[test]
fn a_refused_change_is_not_shown_and_is_no_step() {
    let (mut desk, mut ids) = (desk(), 100);
    hand(&mut desk, &mut ids, |hand| {
        hand.contact(renamed(1, "Maria"))
    })
    .unwrap();
    let asked = next(&desk.outbox, 9).unwrap().remove(0);
    let problem = Problem::new(ErrorCode::ContactUnknown, "gone");
    let heard = refused(&mut desk.outbox, asked.id, &problem).unwrap();
    assert_eq!(heard, Some(Refused::Contact));
    assert_eq!(shown(&desk, 1), None);
    let told = hand(&mut desk, &mut ids, |hand| hand.turn_contact(Way::Undo));
    assert_eq!(told.unwrap(), None);
    let missing = hand(&mut desk, &mut ids, |hand| hand.contact(renamed(9, "x")));
    assert_eq!(missing.unwrap(), Told::Missing(ContactId(contact_id(9).0)));
}

#[test]
fn an_opt_out_is_asked_for_in_its_turn_and_no_undo_takes_it_back() {
    let (mut desk, mut ids) = (desk(), 100);
    let out = Ask::OptOut {
        contact: contact_id(1),
    };
    hand(&mut desk, &mut ids, |hand| {
        hand.contact(renamed(1, "Maria"))
    })
    .unwrap();
    let done = hand(&mut desk, &mut ids, |hand| hand.contact(out));
    assert_eq!(done.unwrap(), Told::Done(contact_id(1)));
    assert_eq!(shown(&desk, 1).as_deref(), Some("Maria"));
    hand(&mut desk, &mut ids, |hand| hand.turn_contact(Way::Undo)).unwrap();
    assert_eq!(shown(&desk, 1), None, "the name is what was taken back");
    let first = next(&desk.outbox, 9).unwrap().remove(0);
    let problem = Problem::new(ErrorCode::ContactUnknown, "gone");
    refused(&mut desk.outbox, first.id, &problem).unwrap();
    let asked = next(&desk.outbox, 9).unwrap().remove(0);
    let path = format!("/v1/contacts/{}/opt-out", contact_id(1));
    assert_eq!(asked.path, path);
}
