//! Texts that wait for their time, in the outbox and on the screen.

use super::*;
use crate::cache::outbox::timed as deeds;
use crate::cache::outbox::{Hand, Undone};
use crate::cache::{drafts, timed};
use crate::model::question::Seen;
use crate::model::timed::{TimedDeed, TimedUndone, Timing};
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
        let tx = self.outbox.transaction().unwrap();
        let place = put(&tx, later(n, body), NOON).unwrap();
        deeds::note_scheduled(&tx, place, conversation_id(1), entry_id(n)).unwrap();
        tx.commit().unwrap();
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
        drafts::load(&desk.outbox, conversation_id(1)).unwrap(),
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
