use super::*;
use crate::cache::list::rows;
use crate::cache::outbox::{self, Request};
use crate::cache::records;
use crate::cache::templates;
use crate::cache::testing::{
    Desk, NOON, address, conversation, conversation_id, entry_id, patch, template,
};
use crate::model::templates::Origin;
use smsdesk_common::api::messages::SendMessage;
use smsdesk_common::feed::Digest;
use smsdesk_common::record::Record;

/// What conversation 1 of the relay is between.
fn ends() -> (Address, Address) {
    let one = conversation(1);
    (one.line, one.address)
}

fn begun(desk: &mut Desk, n: u64) -> ConversationId {
    let (line, address) = ends();
    let new = Begun {
        id: conversation_id(n),
        line,
        address,
        at: NOON,
    };
    begin(&desk.records, &mut desk.outbox, &new).unwrap()
}

fn writes(desk: &mut Desk, id: ConversationId, words: &str) {
    let begins = ends_of(desk.shelves(), id).unwrap();
    desk.submit(Request::Send {
        entry: entry_id(70),
        conversation: meant(&desk.outbox, id).unwrap(),
        body: words.to_owned(),
        seen: Seq::ZERO.into(),
        epoch: None,
        template: None,
        begins,
    });
}

fn is_shown(desk: &Desk, id: ConversationId) -> bool {
    rows(desk.shelves(), &[id]).unwrap()[0].is_some()
}

fn settled(desk: &mut Desk) -> Moved {
    settle(&desk.records, &mut desk.outbox).unwrap()
}

fn counted(desk: &Desk) -> i64 {
    let count = "SELECT coalesce(sum(count), 0) FROM conversation_tally";
    desk.records.query_row(count, (), |row| row.get(0)).unwrap()
}

#[test]
fn a_conversation_that_was_begun_is_shown_and_its_text_says_to_whom_it_goes() {
    let mut desk = Desk::new();
    let id = begun(&mut desk, 8);
    assert_eq!(begun(&mut desk, 9), id, "one for a line and an address");
    assert!(is_shown(&desk, id));
    writes(&mut desk, id, "hello");
    let asked = outbox::next(&desk.outbox, 9).unwrap().remove(0);
    let message: SendMessage = serde_json::from_str(&asked.body).unwrap();
    let (line, address) = ends();
    assert_eq!(message.to.as_deref(), Some(address.as_str()));
    assert_eq!(message.line.as_deref(), Some(line.as_str()));
    assert_eq!((message.open, message.conversation), (Some(id), None));
    assert_eq!(counted(&desk), 1);
}

#[test]
fn the_record_of_our_own_text_takes_the_place_of_what_stood_in_for_it() {
    let mut desk = Desk::new();
    let id = begun(&mut desk, 1);
    writes(&mut desk, id, "hello");
    desk.commit([Record::Conversation(Box::new(conversation(1)))]);
    assert_eq!(settled(&mut desk), [(id, id)]);
    assert_eq!(settled(&mut desk), []);
    assert!(is_shown(&desk, id));
    assert_eq!(counted(&desk), 1);
    assert_eq!(ends_of(desk.shelves(), id).unwrap(), None);
    assert_eq!(begun(&mut desk, 9), id);
}

#[test]
fn where_the_customer_was_faster_everything_goes_to_their_conversation() {
    let mut desk = Desk::new();
    let id = begun(&mut desk, 8);
    writes(&mut desk, id, "hello");
    drafts::TEXTS
        .save(&desk.outbox, id, "and more", NOON)
        .unwrap();
    desk.commit([Record::Conversation(Box::new(conversation(1)))]);
    let theirs = conversation_id(1);
    assert_eq!(settled(&mut desk), [(id, theirs)]);
    assert!(is_shown(&desk, theirs) && !is_shown(&desk, id));
    assert_eq!(counted(&desk), 1, "no twin");
    assert_eq!(
        drafts::TEXTS.load(&desk.outbox, theirs).unwrap(),
        "and more"
    );
    let asked = outbox::next(&desk.outbox, 9).unwrap().remove(0);
    assert_eq!(asked.conversation, theirs);
    assert_eq!(
        meant(&desk.outbox, id).unwrap(),
        theirs,
        "what is late finds it"
    );
    forget_settled(&desk.outbox).unwrap();
    assert_eq!(meant(&desk.outbox, id).unwrap(), id);
}

#[test]
fn what_was_begun_outlives_the_copy_of_the_records_and_no_digest_counts_it() {
    let mut desk = Desk::new();
    let id = begun(&mut desk, 8);
    writes(&mut desk, id, "hello");
    let cursor = records::cursor(&desk.records).unwrap().unwrap();
    assert_eq!(cursor.digest, Digest::EMPTY);
    records::start_fresh(&mut desk.records, cursor.epoch, cursor.high).unwrap();
    assert!(!is_shown(&desk, id));
    assert_eq!(settled(&mut desk), []);
    assert!(is_shown(&desk, id));
}

#[test]
fn what_nobody_wrote_to_is_forgotten_with_the_next_one() {
    let mut desk = Desk::new();
    let idle = begun(&mut desk, 8);
    let (line, _) = ends();
    let other = Begun {
        id: conversation_id(9),
        line,
        address: address("+13055550142"),
        at: NOON,
    };
    let other = begin(&desk.records, &mut desk.outbox, &other).unwrap();
    assert!(is_shown(&desk, other) && !is_shown(&desk, idle));
}

/// The customer was faster: their conversation takes the place of what was begun as 8.
fn customer_was_faster(desk: &mut Desk) -> ConversationId {
    desk.commit([Record::Conversation(Box::new(conversation(1)))]);
    settled(desk);
    conversation_id(1)
}

#[test]
fn the_fields_of_a_draft_and_the_note_that_was_begun_go_with_it() {
    let mut desk = Desk::new();
    let id = begun(&mut desk, 8);
    let owes = Origin {
        template: Some(template(1, "x", "").id),
        fields: vec!["{{ when }}".to_owned()],
    };
    templates::keep_origin(&desk.outbox, id, &owes).unwrap();
    drafts::TEXTS
        .save(&desk.outbox, id, "at {{ when }}", NOON)
        .unwrap();
    drafts::NOTES
        .save(&desk.outbox, id, "she asked twice", NOON)
        .unwrap();
    let theirs = customer_was_faster(&mut desk);
    assert_eq!(templates::origin(&desk.outbox, theirs).unwrap(), owes);
    assert!(templates::origin(&desk.outbox, id).unwrap().is_empty());
    let note = drafts::NOTES.load(&desk.outbox, theirs).unwrap();
    assert_eq!(note, "she asked twice");
    assert!(!drafts::exists(&desk.outbox, id).unwrap());
}

#[test]
fn what_comes_late_under_the_former_id_goes_to_the_conversation_that_there_is() {
    let mut desk = Desk::new();
    let id = begun(&mut desk, 8);
    let theirs = customer_was_faster(&mut desk);
    desk.submit(Request::Note {
        entry: entry_id(71),
        conversation: id,
        body: "she asked twice".to_owned(),
    });
    let asked = outbox::next(&desk.outbox, 9).unwrap().remove(0);
    assert_eq!(asked.conversation, theirs);
    assert_eq!(asked.path, format!("/v1/conversations/{theirs}/notes"));
}

#[test]
fn what_is_asked_of_a_conversation_waits_until_the_relay_has_it_and_lets_its_text_pass() {
    let mut desk = Desk::new();
    let id = begun(&mut desk, 8);
    desk.patch(8, patch(90));
    assert_eq!(outbox::next(&desk.outbox, 9).unwrap(), []);
    writes(&mut desk, id, "hello");
    let asked = outbox::next(&desk.outbox, 9).unwrap();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].id, entry_id(70).0);
    let theirs = customer_was_faster(&mut desk);
    let asked = outbox::next(&desk.outbox, 9).unwrap().remove(0);
    assert_eq!(asked.path, format!("/v1/conversations/{theirs}"));
}
