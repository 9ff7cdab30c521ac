mod contacts;
mod hold;
mod notes;
mod patches;
mod timed;
mod undo;

use super::*;
use crate::cache::overlay::echoes;
use crate::cache::records;
use crate::cache::testing::{Desk, Feed, NOON, conversation_id, entry_id, marker, sent, text};
use proptest::prelude::*;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::ids::Seq;
use smsdesk_common::ids::{AgentId, RequestId};
use smsdesk_common::record::Record;
use std::collections::BTreeSet;

impl Desk {
    fn queue(&self) -> Vec<Uuid> {
        next(&self.outbox, 100)
            .unwrap()
            .into_iter()
            .map(|request| request.id)
            .collect()
    }

    fn answer(&mut self, n: u64, seq: u64) {
        let epoch = records::cursor(&self.records)
            .unwrap()
            .map(|cursor| cursor.epoch);
        answered(
            &self.outbox,
            entry_id(n).0,
            Answer {
                seq: Seq(seq),
                epoch,
            },
        )
        .unwrap();
        self.settle();
    }

    fn refuse(&mut self, n: u64) {
        let problem = Problem::new(ErrorCode::ToInvalid, "no");
        refused(&mut self.outbox, entry_id(n).0, &problem).unwrap();
    }

    fn settle(&mut self) {
        settle(&self.records, &mut self.outbox).unwrap();
    }

    fn states(&self) -> Vec<(Uuid, String)> {
        self.outbox
            .prepare("SELECT id, state FROM request ORDER BY n")
            .unwrap()
            .query_map((), |row| {
                let id: String = row.get(0)?;
                Ok((id.parse().unwrap(), row.get(1)?))
            })
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap()
    }

    fn reset(&mut self, epoch: u128) {
        self.feed = Feed::new(epoch);
        records::start_fresh(&mut self.records, self.feed.epoch, self.feed.head).unwrap();
        self.settle();
    }
}

/// Puts a request into an outbox that lacks what later versions look at.
fn put_in_older(outbox: &mut Connection, request: Request) -> Outgoing {
    let request = request.into_outgoing().unwrap();
    let tx = outbox.transaction().unwrap();
    insert(&tx, &request, NOON).unwrap();
    tx.commit().unwrap();
    request
}

fn read(n: u128, conversation: u64, position: u64) -> Request {
    Request::Read {
        id: RequestId(Uuid::from_u128(n)),
        conversation: conversation_id(conversation),
        position: Seq(position),
        inbound_read: 1,
    }
}

fn entry_record(n: u64, conversation: u64) -> Record {
    Record::Entry(Box::new(sent(entry_id(n), conversation, 1)))
}

#[test]
fn of_each_conversation_the_oldest_waiting_request_may_go() {
    let mut desk = Desk::new();
    for (entry, conversation) in [(1, 1), (2, 1), (3, 2), (4, 1)] {
        desk.submit(text(entry, conversation, "hi"));
    }
    assert_eq!(desk.queue(), [1, 3].map(|n| entry_id(n).0));
    desk.answer(1, 9);
    assert_eq!(desk.queue(), [2, 3].map(|n| entry_id(n).0));
    desk.refuse(2);
    assert_eq!(
        desk.queue(),
        [3, 4].map(|n| entry_id(n).0),
        "a refusal holds up nobody"
    );
}

#[test]
fn a_request_goes_out_with_the_same_bytes_every_time() {
    let mut desk = Desk::new();
    desk.submit(text(1, 1, "on my way 🚐"));
    let first = next(&desk.outbox, 1).unwrap().remove(0);
    assert_eq!(
        (first.method, first.path.as_str()),
        (Method::Post, "/v1/messages")
    );
    let body = format!(
        r#"{{"id":"{}","conversation":"{}","body":"on my way 🚐","seen_seq":1}}"#,
        entry_id(1),
        conversation_id(1)
    );
    assert_eq!(first.body, body);
    tried(&desk.outbox, first.id).unwrap();
    let second = next(&desk.outbox, 1).unwrap().remove(0);
    assert_eq!(
        second,
        Outgoing {
            attempts: 1,
            ..first
        }
    );
}

#[test]
fn an_answered_text_leaves_once_its_record_is_here() {
    let mut desk = Desk::new();
    desk.submit(text(1, 1, "hi"));
    desk.answer(1, 1);
    assert_eq!(desk.states(), [(entry_id(1).0, "answered".to_owned())]);
    desk.commit([entry_record(1, 1)]);
    desk.settle();
    assert_eq!(desk.states(), []);
    desk.answer(1, 1);
    assert_eq!(desk.states(), [], "a second answer brings nothing back");
}

#[test]
fn a_text_whose_answer_was_lost_leaves_with_its_record() {
    let mut desk = Desk::new();
    desk.submit(text(1, 1, "hi"));
    tried(&desk.outbox, entry_id(1).0).unwrap();
    desk.commit([entry_record(1, 1)]);
    desk.settle();
    assert_eq!((desk.states(), desk.queue()), (Vec::new(), Vec::new()));
}

#[test]
fn a_text_that_was_deleted_meanwhile_has_come_back_too() {
    let mut desk = Desk::new();
    desk.submit(text(1, 1, "hi"));
    desk.answer(1, 1);
    desk.feed.delete("entry", &entry_id(1).to_string());
    let batch = desk.feed.batch(Seq::ZERO, desk.feed.head);
    records::apply(&mut desk.records, &batch).unwrap();
    desk.settle();
    assert_eq!(desk.states(), []);
}

#[test]
fn a_newer_place_in_reading_replaces_one_that_waits() {
    let mut desk = Desk::new();
    desk.submit(read(1, 1, 5));
    desk.submit(read(2, 2, 5));
    desk.submit(read(3, 1, 9));
    assert_eq!(desk.queue(), [2, 3].map(Uuid::from_u128));
}

#[test]
fn a_place_in_reading_leaves_once_the_feed_has_passed_its_answer() {
    let mut desk = Desk::new();
    desk.submit(read(1, 1, 5));
    let epoch = Some(desk.feed.epoch);
    answered(
        &desk.outbox,
        Uuid::from_u128(1),
        Answer { seq: Seq(1), epoch },
    )
    .unwrap();
    desk.settle();
    assert_eq!(
        desk.states().len(),
        1,
        "the screen must not show the former place meanwhile"
    );
    desk.commit([Record::ReadMarker(marker(1, 1, 5, 1))]);
    desk.settle();
    assert_eq!(desk.states(), []);
}

#[test]
fn a_refused_place_in_reading_bothers_nobody() {
    let mut desk = Desk::new();
    desk.submit(read(1, 1, 5));
    let problem = Problem::new(ErrorCode::RouteUnknown, "");
    refused(&mut desk.outbox, Uuid::from_u128(1), &problem).unwrap();
    assert_eq!(desk.states(), []);
}

#[test]
fn only_a_refused_text_can_be_withdrawn_and_its_words_are_kept() {
    let mut desk = Desk::new();
    desk.submit(text(1, 1, "first"));
    desk.submit(text(2, 1, "second"));
    assert_eq!(
        withdraw(&mut desk.outbox, RequestKind::Send, entry_id(1), NOON).unwrap(),
        None
    );
    desk.refuse(1);
    desk.refuse(2);
    assert_eq!(
        counts(&desk.outbox).unwrap(),
        OutboxCounts {
            waiting: 0,
            refused: 2,
            ..OutboxCounts::default()
        }
    );
    let mut withdraw =
        |n| withdraw(&mut desk.outbox, RequestKind::Send, entry_id(n), NOON).unwrap();
    assert_eq!(withdraw(1), Some(conversation_id(1)));
    assert_eq!(withdraw(2), Some(conversation_id(1)));
    assert_eq!(withdraw(2), None);
    let draft = drafts::TEXTS
        .load(&desk.outbox, conversation_id(1))
        .unwrap();
    assert_eq!(draft, "first", "a draft is never replaced");
}

#[test]
fn a_draft_is_used_up_by_the_text_that_says_the_same() {
    let mut desk = Desk::new();
    for n in [1, 2] {
        drafts::TEXTS
            .save(&desk.outbox, conversation_id(n), " on my way\n", NOON)
            .unwrap();
        desk.submit(text(
            n,
            n,
            ["on my way", "something else"][usize::from(n == 2)],
        ));
    }
    assert!(!drafts::exists(&desk.outbox, conversation_id(1)).unwrap());
    assert!(drafts::exists(&desk.outbox, conversation_id(2)).unwrap());
}

#[test]
fn a_full_outbox_and_a_text_without_end_are_refused_in_words() {
    let mut desk = Desk::new();
    let endless = text(1, 1, &"x".repeat(TEXT_BYTES_MAX + 1));
    let refused = submit(&mut desk.outbox, endless, NOON);
    assert!(matches!(refused, Err(CacheError::TextTooLong(_))));
    for n in 0..u64::from(OUTBOX_REQUESTS_MAX) {
        desk.submit(text(n, n, "hi"));
    }
    let refused = submit(&mut desk.outbox, text(9_999, 1, "hi"), NOON);
    assert!(matches!(
        refused,
        Err(CacheError::OutboxFull(OUTBOX_REQUESTS_MAX))
    ));
}

#[test]
fn a_restored_relay_gets_what_it_had_not_taken_and_nothing_else() {
    let mut desk = Desk::new();
    desk.submit(text(1, 1, "taken"));
    desk.submit(text(2, 2, "on its way"));
    desk.answer(1, 40);
    desk.feed = Feed::new(2);
    desk.feed.commit(entry_record(8, 8));
    let head = desk.feed.head;
    records::start_fresh(&mut desk.records, desk.feed.epoch, head).unwrap();
    desk.settle();
    assert_eq!(desk.queue(), [entry_id(2).0]);
    assert_eq!(
        desk.states()[0].1,
        "answered",
        "the record may still come with the history"
    );
    records::apply_history(&mut desk.records, &desk.feed.page(head.next(), 10)).unwrap();
    desk.settle();
    assert_eq!(
        desk.states()[0].1,
        "refused",
        "the whole history is here, and it is not there"
    );
    assert_eq!(
        desk.queue(),
        [entry_id(2).0],
        "it is never sent again by itself"
    );
    let shown = echoes(&desk.records, &desk.outbox, conversation_id(1), None).unwrap();
    let said = format!("{:?}", shown[0].local);
    assert!(said.contains("restored from a backup"), "{said}");
}

#[derive(Clone, Debug)]
enum Step {
    Submit(u64),
    /// The relay takes what may go, or some of it; the answer may get lost.
    Send {
        nth: usize,
        answer: bool,
    },
    /// The relay refuses what may go.
    Refuse(usize),
    /// The feed brings everything that the relay has committed.
    Feed,
    /// The relay comes back from an old backup, and all of its history is fetched.
    Restore,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1u64..4).prop_map(Step::Submit),
        4 => (0usize..3, any::<bool>()).prop_map(|(nth, answer)| Step::Send { nth, answer }),
        1 => (0usize..3).prop_map(Step::Refuse),
        2 => Just(Step::Feed),
        1 => Just(Step::Restore),
    ]
}

/// What the world knows beside the desk.
#[derive(Default)]
struct World {
    submitted: Vec<(u64, u64)>,
    answered: BTreeSet<Uuid>,
    lives: u128,
    applied: Seq,
}

fn take(desk: &mut Desk, world: &mut World, step: &Step) {
    match *step {
        Step::Submit(conversation) => {
            let entry = world.submitted.len() as u64 + 1;
            world.submitted.push((entry, conversation));
            desk.submit(text(entry, conversation, "hi"));
        }
        Step::Send { nth, answer } => {
            let Some(request) = next(&desk.outbox, 100).unwrap().into_iter().nth(nth) else {
                return;
            };
            assert!(
                !world.answered.contains(&request.id),
                "a taken text is sent again"
            );
            let (entry, conversation) = *world
                .submitted
                .iter()
                .find(|(entry, _)| entry_id(*entry).0 == request.id)
                .unwrap();
            let seq = desk.feed.commit(entry_record(entry, conversation));
            if answer {
                world.answered.insert(request.id);
                desk.answer(entry, seq.0);
            } else {
                tried(&desk.outbox, request.id).unwrap();
            }
        }
        Step::Refuse(nth) => {
            if let Some(request) = next(&desk.outbox, 100).unwrap().into_iter().nth(nth) {
                let problem = Problem::new(ErrorCode::ToInvalid, "no");
                refused(&mut desk.outbox, request.id, &problem).unwrap();
            }
        }
        Step::Feed => {
            let batch = desk.feed.batch(world.applied, desk.feed.head);
            records::apply(&mut desk.records, &batch).unwrap();
            world.applied = desk.feed.head;
            desk.settle();
        }
        Step::Restore => {
            world.lives += 1;
            world.applied = Seq::ZERO;
            desk.reset(1 + world.lives);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn no_text_vanishes_or_shows_twice_or_is_sent_again_once_it_was_taken(
        steps in proptest::collection::vec(step(), 0..40),
    ) {
        let (mut desk, mut world) = (Desk::new(), World::default());
        // What came back once may go again with a relay that is restored without it.
        let mut came_back = BTreeSet::new();
        for step in &steps {
            take(&mut desk, &mut world, step);
            for (entry, conversation) in &world.submitted {
                let id = entry_id(*entry);
                let recorded = records::holds_entry(&desk.records, &id.to_string()).unwrap();
                let shown = echoes(&desk.records, &desk.outbox, conversation_id(*conversation), None)
                    .unwrap()
                    .into_iter()
                    .filter(|item| item.entry.id == id)
                    .count();
                if recorded {
                    came_back.insert(id);
                }
                prop_assert!(shown + usize::from(recorded) <= 1);
                prop_assert!(shown + usize::from(recorded) == 1 || came_back.contains(&id));
            }
        }
    }
}
