//! Texts that wait for their time, in the outbox and on the screen.

use super::*;
use crate::cache::outbox::timed as deeds;
use crate::cache::outbox::{Hand, Undone};
use crate::cache::testing::conversation;
use crate::cache::{begun, drafts, timed};
use crate::model::question::Seen;
use crate::model::timed::{TimedDeed, TimedUndone, Timing};
use smsdesk_common::api::messages::{MessagePatch, SendMessage};
use smsdesk_common::entry::Entry;
use smsdesk_common::status::DeliveryStatus;

const HOUR_MS: i64 = 3_600_000;

fn later(n: u64, body: &str) -> Request {
    Request::SendLater {
        entry: entry_id(n),
        conversation: conversation_id(1),
        body: body.to_owned(),
        seen: Seen::default(),
        epoch: None,
        timing: Timing {
            at: NOON.plus_millis(HOUR_MS),
            zone: Some("Europe/Berlin".to_owned()),
            cancel_on_reply: false,
        },
        template: None,
        begins: None,
    }
}

fn record(n: u64, status: DeliveryStatus) -> Record {
    Record::Entry(Box::new(Entry {
        status: Some(status),
        send_at: Some(NOON.plus_millis(HOUR_MS)),
        ..sent(entry_id(n), 1, 1)
    }))
}

impl Desk {
    fn times(&mut self, n: u64, body: &str) {
        self.times_in(n, body, conversation_id(1));
    }

    fn times_in(&mut self, n: u64, body: &str, to: ConversationId) {
        let ends = begun::ends_of(self.shelves(), to).unwrap();
        let mut request = later(n, body);
        if let Request::SendLater {
            conversation,
            begins,
            ..
        } = &mut request
        {
            (*conversation, *begins) = (to, ends);
        }
        let tx = self.outbox.transaction().unwrap();
        let place = put(&tx, request, NOON).unwrap();
        deeds::note_scheduled(&tx, place, to, entry_id(n)).unwrap();
        tx.commit().unwrap();
    }

    /// Begins what the relay will have as conversation 1.
    fn begins(&mut self, n: u64) -> ConversationId {
        let (id, one) = (conversation_id(n), conversation(1));
        let insert = "INSERT INTO begun (conversation, line, address, at) VALUES (?1, ?2, ?3, 0)";
        let values = params![id.0.as_bytes(), one.line.as_str(), one.address.as_str()];
        self.outbox.execute(insert, values).unwrap();
        begun::settle(&self.records, &mut self.outbox).unwrap();
        id
    }

    fn with_hand<T>(&mut self, first_id: u64, work: impl FnOnce(&mut Hand<'_>) -> T) -> T {
        let mut next = first_id;
        work(&mut Hand {
            records: &self.records,
            outbox: &mut self.outbox,
            me: None,
            now: NOON,
            new_id: &mut || {
                next += 1;
                entry_id(next).0
            },
        })
    }

    fn change(&mut self, n: u64, ids: u64, deed: &TimedDeed) -> bool {
        self.with_hand(ids, |hand| hand.change_timed(entry_id(n), deed).unwrap())
    }

    fn undo(&mut self, ids: u64) -> Undone {
        self.with_hand(ids, |hand| hand.undo().unwrap())
    }

    fn waiting_texts(&self) -> Vec<String> {
        let entries = timed::entries(self.shelves()).unwrap();
        entries.into_iter().map(|(entry, _)| entry.body).collect()
    }

    fn kinds(&self) -> Vec<String> {
        let mut statement = self
            .outbox
            .prepare("SELECT kind || ' ' || method FROM request ORDER BY n")
            .unwrap();
        let rows = statement.query_map((), |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }
}

#[test]
fn a_timed_text_is_shown_from_the_outbox_then_from_its_record() {
    let mut desk = Desk::new();
    desk.times(1, "later");
    assert_eq!(desk.waiting_texts(), ["later"]);
    let shown = echoes(&desk.records, &desk.outbox, conversation_id(1), None).unwrap();
    assert!(shown[0].entry.is_timed());
    desk.commit([record(1, DeliveryStatus::Scheduled)]);
    desk.settle();
    assert!(desk.queue().is_empty());
    assert_eq!(desk.waiting_texts().len(), 1);
    desk.commit([record(1, DeliveryStatus::Queued)]);
    assert!(desk.waiting_texts().is_empty(), "it has gone");
}

#[test]
fn a_change_is_shown_at_once_and_leaves_with_the_record_that_has_it() {
    let mut desk = Desk::with([record(1, DeliveryStatus::Scheduled)]);
    assert!(desk.change(1, 50, &TimedDeed::Edit("other".to_owned())));
    assert_eq!(desk.waiting_texts(), ["other"]);
    assert_eq!(desk.kinds(), ["timed PATCH"]);
    // The activity that tells of it, then the text beyond it.
    desk.commit([Record::Entry(Box::new(sent(entry_id(51), 1, 1)))]);
    desk.settle();
    assert_eq!(
        desk.kinds(),
        ["timed PATCH"],
        "the text is still the former one"
    );
    desk.commit([record(1, DeliveryStatus::Scheduled)]);
    desk.settle();
    assert!(desk.kinds().is_empty());
}

#[test]
fn what_is_canceled_before_the_relay_has_it_is_never_asked_for_again() {
    let mut desk = Desk::new();
    desk.times(1, "later");
    assert!(desk.change(1, 50, &TimedDeed::Cancel));
    assert_eq!(
        desk.kinds(),
        ["timed PATCH"],
        "and the relay is told all the same"
    );
    assert!(desk.waiting_texts().is_empty());
    assert!(!desk.change(1, 60, &TimedDeed::SendNow), "it waits no more");
}

#[test]
fn undo_takes_the_timing_back_and_the_words_are_the_draft() {
    let mut desk = Desk::new();
    desk.times(1, "later");
    let undone = desk.undo(50);
    assert!(matches!(undone, Undone::Text(taken) if taken.body == "later"));
    assert!(desk.waiting_texts().is_empty());
    assert_eq!(
        drafts::TEXTS
            .load(&desk.outbox, conversation_id(1))
            .unwrap(),
        "later"
    );
    assert_eq!(desk.undo(60), Undone::Nothing);
}

#[test]
fn undo_turns_a_change_back_and_times_a_canceled_text_again() {
    let mut desk = Desk::with([record(1, DeliveryStatus::Scheduled)]);
    let before = desk.waiting_texts();
    desk.change(1, 50, &TimedDeed::Edit("other".to_owned()));
    let restored = Undone::Timed(conversation_id(1), TimedUndone::Restored);
    assert_eq!(desk.undo(60), restored);
    assert_eq!(desk.waiting_texts(), before);
    desk.change(1, 70, &TimedDeed::Cancel);
    assert!(desk.waiting_texts().is_empty());
    assert_eq!(desk.undo(80), restored);
    assert_eq!(desk.waiting_texts(), before);
    assert_eq!(desk.kinds().last().unwrap(), "send POST", "under a new id");
}

#[test]
fn what_has_gone_out_is_not_undone() {
    let mut desk = Desk::new();
    desk.times(1, "later");
    desk.commit([record(1, DeliveryStatus::Sent)]);
    desk.settle();
    let gone = Undone::Timed(conversation_id(1), TimedUndone::Gone);
    assert_eq!(desk.undo(50), gone);
    assert!(desk.kinds().is_empty());
}

#[test]
fn a_refused_change_is_dropped_and_told() {
    let mut desk = Desk::with([record(1, DeliveryStatus::Scheduled)]);
    let before = desk.waiting_texts();
    desk.change(1, 50, &TimedDeed::Edit("other".to_owned()));
    let problem = Problem::new(ErrorCode::AlreadySent, "too late");
    let told = refused(&mut desk.outbox, entry_id(51).0, &problem).unwrap();
    assert!(matches!(told, Some(Refused::Timed(_))));
    assert_eq!(desk.waiting_texts(), before);
}

#[test]
fn a_timed_text_that_begins_its_conversation_is_undone_where_that_is_by_then() {
    let mut desk = Desk::new();
    let id = desk.begins(8);
    desk.times_in(1, "later", id);
    desk.change(1, 50, &TimedDeed::Cancel);
    desk.undo(60);
    let newest = "SELECT body FROM request ORDER BY n DESC LIMIT 1";
    let again: String = desk.outbox.query_row(newest, (), |row| row.get(0)).unwrap();
    let message: SendMessage = serde_json::from_str(&again).unwrap();
    assert_eq!((message.conversation, message.open), (None, Some(id)));
    desk.times_in(2, "and more", id);
    desk.commit([Record::Conversation(Box::new(conversation(1)))]);
    begun::settle(&desk.records, &mut desk.outbox).unwrap();
    let theirs = conversation_id(1);
    assert!(matches!(desk.undo(70), Undone::Text(taken) if taken.conversation == theirs));
    assert_eq!(
        drafts::TEXTS.load(&desk.outbox, theirs).unwrap(),
        "and more"
    );
}

#[test]
fn a_time_that_has_passed_is_not_given_back_for_that_would_send_the_text() {
    let late = Entry {
        send_at: Some(NOON.plus_millis(-1)),
        status: Some(DeliveryStatus::Scheduled),
        ..sent(entry_id(1), 1, 1)
    };
    let mut desk = Desk::with([Record::Entry(Box::new(late))]);
    let (at, zone) = (NOON.plus_millis(HOUR_MS), None);
    assert!(desk.change(1, 50, &TimedDeed::Move { at, zone }));
    let passed = Undone::Timed(conversation_id(1), TimedUndone::Passed);
    assert_eq!(desk.undo(60), passed);
    assert_eq!(desk.kinds(), ["timed PATCH"], "no more is asked for");
}

#[test]
fn a_text_that_is_taken_back_is_the_draft_in_the_commit_that_cancels_it() {
    let mut desk = Desk::new();
    desk.times(1, "one\ntwo");
    drafts::TEXTS
        .save(&desk.outbox, conversation_id(1), "three", NOON)
        .unwrap();
    let taken = desk.with_hand(50, |hand| hand.take_timed_back(entry_id(1)).unwrap());
    assert_eq!(taken.unwrap().body, "one\ntwo");
    assert!(desk.waiting_texts().is_empty());
    assert_eq!(desk.kinds(), ["timed PATCH"]);
    let draft = drafts::TEXTS
        .load(&desk.outbox, conversation_id(1))
        .unwrap();
    assert_eq!(draft, "one\ntwo\nthree");
    assert_eq!(desk.undo(60), Undone::Nothing);
}

#[test]
fn a_text_that_could_not_be_canceled_any_more_is_not_timed_again() {
    let mut desk = Desk::with([record(1, DeliveryStatus::Scheduled)]);
    desk.change(1, 50, &TimedDeed::Cancel);
    let problem = Problem::new(ErrorCode::AlreadySent, "too late");
    refused(&mut desk.outbox, entry_id(51).0, &problem).unwrap();
    assert_eq!(desk.undo(60), Undone::Nothing);
}

/// What is asked of the relay in this order, where it does not know the text yet: each request as its
/// kind with what the text says.
fn sends(desk: &mut Desk, is_known: bool) -> Vec<String> {
    let mut asked = Vec::new();
    while let Some(request) = next(&desk.outbox, 10).unwrap().into_iter().next() {
        let says: serde_json::Value = serde_json::from_str(&request.body).unwrap();
        let says = says["body"].as_str().unwrap_or("-").to_owned();
        asked.push(format!("{} {says}", request.method.as_str()));
        if request.kind == RequestKind::Timed && !is_known {
            let unknown = Problem::new(ErrorCode::EntryUnknown, "no such text");
            let told = refused(&mut desk.outbox, request.id, &unknown).unwrap();
            assert!(told.is_none(), "nothing was refused that its author wants");
        } else {
            let answer = Answer {
                seq: Seq(1),
                epoch: None,
            };
            answered(&desk.outbox, request.id, answer).unwrap();
        }
    }
    asked
}

#[test]
fn a_text_that_was_changed_before_the_relay_had_it_is_never_asked_for_as_it_was() {
    let mut desk = Desk::new();
    desk.times(1, "old words");
    outbox_texts(&mut desk, &["behind it"]);
    desk.change(1, 50, &TimedDeed::Edit("new words".to_owned()));
    let at = NOON.plus_millis(2 * HOUR_MS);
    let zone = None;
    desk.change(1, 60, &TimedDeed::Move { at, zone });
    desk.change(1, 70, &TimedDeed::Edit("newest words".to_owned()));
    assert_eq!(desk.waiting_texts(), ["newest words"]);
    let asked = sends(&mut desk, false);
    assert_eq!(
        asked,
        [
            "PATCH new words",
            "PATCH -",
            "PATCH newest words",
            "POST newest words",
            "POST behind it"
        ]
    );
    let body: String = desk
        .outbox
        .query_row(
            "SELECT body FROM request WHERE id = ?1",
            [entry_id(1).to_string()],
            |row| row.get(0),
        )
        .unwrap();
    let message: SendMessage = serde_json::from_str(&body).unwrap();
    assert_eq!(message.send_at, Some(at));
    assert_eq!(message.zone.as_deref(), Some("Europe/Berlin"));
}

#[test]
fn a_text_that_the_relay_had_without_this_device_knowing_is_changed_and_asked_for_again() {
    let mut desk = Desk::new();
    desk.times(1, "old words");
    desk.change(1, 50, &TimedDeed::Edit("new words".to_owned()));
    // The very bytes of the first time, so that the relay knows it for the same.
    assert_eq!(
        sends(&mut desk, true),
        ["PATCH new words", "POST old words"]
    );
}

#[test]
fn a_text_that_is_sent_now_before_the_relay_had_it_has_no_time_any_more() {
    let mut desk = Desk::new();
    desk.times(1, "later");
    desk.change(1, 50, &TimedDeed::SendNow);
    assert_eq!(sends(&mut desk, false), ["PATCH -", "POST later"]);
    let shown = echoes(&desk.records, &desk.outbox, conversation_id(1), None).unwrap();
    assert!(!shown[0].entry.is_timed());
    assert_eq!(desk.undo(60), Undone::Nothing, "it is not taken back");
}

fn outbox_texts(desk: &mut Desk, words: &[&str]) {
    for (n, words) in (2..).zip(words) {
        submit(&mut desk.outbox, text(n, 1, words), NOON).unwrap();
    }
}

#[test]
fn undo_leaves_what_a_colleague_changed_since() {
    let said = |words: &str, seq: u64| {
        let Record::Entry(entry) = record(1, DeliveryStatus::Scheduled) else {
            unreachable!()
        };
        Record::Entry(Box::new(Entry {
            body: words.to_owned(),
            seq: Seq(seq),
            ..*entry
        }))
    };
    let mut desk = Desk::with([said("old", 1)]);
    desk.change(1, 50, &TimedDeed::Edit("mine".to_owned()));
    desk.commit([Record::Entry(Box::new(sent(entry_id(51), 1, 1)))]);
    desk.commit([said("theirs", 3)]);
    desk.settle();
    let changed = Undone::Timed(conversation_id(1), TimedUndone::Changed);
    assert_eq!(desk.undo(60), changed);
    assert!(desk.kinds().is_empty(), "nothing is asked of the relay");
    // Where it is as it was left, the relay is told what was seen.
    desk.change(1, 70, &TimedDeed::Edit("mine".to_owned()));
    desk.commit([Record::Entry(Box::new(sent(entry_id(71), 1, 1)))]);
    desk.commit([said("mine", 5)]);
    desk.settle();
    let restored = Undone::Timed(conversation_id(1), TimedUndone::Restored);
    assert_eq!(desk.undo(80), restored);
    let asked = next(&desk.outbox, 1).unwrap().remove(0);
    let patch: MessagePatch = serde_json::from_str(&asked.body).unwrap();
    assert!(patch.if_seq.is_some());
}
