//! Notes in the outbox: kept as texts are, and never one of them.

use super::*;
use crate::cache::applied::Refused;
use crate::cache::drafts;
use crate::cache::testing::{Feed, entry};
use smsdesk_common::entry::{Direction, Entry, EntryKind};

fn note(n: u64, conversation: u64, body: &str) -> Request {
    Request::Note {
        entry: entry_id(n),
        conversation: conversation_id(conversation),
        body: body.to_owned(),
    }
}

fn note_record(n: u64) -> Record {
    Record::Entry(Box::new(Entry {
        id: entry_id(n),
        entry_kind: EntryKind::Note,
        direction: Direction::Internal,
        ..entry(n, 1, 0)
    }))
}

fn shown(desk: &Desk) -> Vec<(EntryKind, Direction, String)> {
    echoes(&desk.records, &desk.outbox, conversation_id(1), None)
        .unwrap()
        .into_iter()
        .map(|item| (item.entry.entry_kind, item.entry.direction, item.entry.body))
        .collect()
}

/// Where the relay has it.
fn held(feed: &Feed, id: EntryId) -> Option<Seq> {
    let key = ("entry".to_owned(), id.to_string());
    feed.live.get(&key).map(|change| change.seq)
}

fn note_draft(desk: &Desk) -> String {
    drafts::NOTES
        .load(&desk.outbox, conversation_id(1))
        .unwrap()
}

fn draft(desk: &Desk) -> String {
    drafts::TEXTS
        .load(&desk.outbox, conversation_id(1))
        .unwrap()
}

#[test]
fn notes_and_texts_of_a_conversation_go_in_one_order() {
    let mut desk = Desk::new();
    desk.submit(text(1, 1, "hello"));
    desk.submit(note(2, 1, "she paid"));
    desk.submit(text(3, 1, "bye"));
    assert_eq!(desk.queue(), [entry_id(1).0]);
    desk.answer(1, 9);
    assert_eq!(desk.queue(), [entry_id(2).0]);
    let request = next(&desk.outbox, 1).unwrap().remove(0);
    let path = format!("/v1/conversations/{}/notes", conversation_id(1));
    assert_eq!((request.method, request.path), (Method::Post, path));
    let body = format!(r#"{{"id":"{}","body":"she paid"}}"#, entry_id(2));
    assert_eq!((request.kind, request.body), (RequestKind::Note, body));
    let of_ours = |kind, direction, body: &str| (kind, direction, body.to_owned());
    assert_eq!(
        shown(&desk),
        [
            of_ours(EntryKind::Message, Direction::Outbound, "hello"),
            of_ours(EntryKind::Note, Direction::Internal, "she paid"),
            of_ours(EntryKind::Message, Direction::Outbound, "bye"),
        ]
    );
    assert_eq!(counts(&desk.outbox).unwrap().waiting, 2);
}

#[test]
fn a_note_is_shown_until_its_record_is_here_and_then_once() {
    let mut desk = Desk::new();
    desk.submit(note(1, 1, "she paid"));
    desk.answer(1, 9);
    assert_eq!(shown(&desk).len(), 1);
    desk.commit([note_record(1)]);
    assert_eq!(shown(&desk), [], "the record stands in its place");
    desk.settle();
    assert_eq!(desk.states(), []);
}

#[test]
fn a_note_uses_up_its_own_draft_and_no_other() {
    let mut desk = Desk::new();
    let conversation = conversation_id(1);
    drafts::TEXTS
        .save(&desk.outbox, conversation, "she paid", NOON)
        .unwrap();
    drafts::NOTES
        .save(&desk.outbox, conversation, "she paid ", NOON)
        .unwrap();
    desk.submit(note(1, 1, "she paid"));
    assert_eq!(
        (draft(&desk), note_draft(&desk)),
        ("she paid".to_owned(), String::new())
    );
    drafts::NOTES
        .save(&desk.outbox, conversation, "and more", NOON)
        .unwrap();
    desk.submit(text(2, 1, "and more"));
    assert_eq!(note_draft(&desk), "and more");
    drafts::NOTES
        .save(&desk.outbox, conversation, "", NOON)
        .unwrap();
    assert_eq!(note_draft(&desk), "");
    let long = "x".repeat(TEXT_BYTES_MAX + 1);
    assert!(
        drafts::NOTES
            .save(&desk.outbox, conversation, &long, NOON)
            .is_err()
    );
    assert!(submit(&mut desk.outbox, note(3, 1, &long), NOON).is_err());
}

#[test]
fn a_refused_note_stays_with_its_reason_and_comes_back_as_a_note_alone() {
    let mut desk = Desk::new();
    desk.submit(note(1, 1, "she paid"));
    assert_eq!(
        withdraw(&mut desk.outbox, RequestKind::Note, entry_id(1), NOON).unwrap(),
        None
    );
    let problem = Problem::new(ErrorCode::BodyTooLong, "no");
    let said = refused(&mut desk.outbox, entry_id(1).0, &problem).unwrap();
    assert_eq!(
        said,
        Some(Refused::Note(entry_id(1), "she paid".to_owned()))
    );
    assert_eq!(counts(&desk.outbox).unwrap().refused, 1);
    assert_eq!(shown(&desk).len(), 1);
    assert_eq!(
        withdraw(&mut desk.outbox, RequestKind::Send, entry_id(1), NOON).unwrap(),
        None
    );
    assert_eq!(draft(&desk), "", "never a draft of a reply");
    let conversation = withdraw(&mut desk.outbox, RequestKind::Note, entry_id(1), NOON).unwrap();
    assert_eq!(conversation, Some(conversation_id(1)));
    assert_eq!(
        (draft(&desk).as_str(), note_draft(&desk).as_str()),
        ("", "she paid")
    );
    assert_eq!(desk.states(), []);
}

#[test]
fn a_refused_note_does_not_go_over_a_draft_and_a_refused_text_is_not_taken_for_one() {
    let mut desk = Desk::new();
    desk.submit(note(1, 1, "she paid"));
    desk.submit(text(2, 1, "hello"));
    drafts::NOTES
        .save(&desk.outbox, conversation_id(1), "another", NOON)
        .unwrap();
    desk.refuse(1);
    desk.refuse(2);
    withdraw(&mut desk.outbox, RequestKind::Note, entry_id(1), NOON).unwrap();
    assert_eq!(
        withdraw(&mut desk.outbox, RequestKind::Note, entry_id(2), NOON).unwrap(),
        None
    );
    assert_eq!(note_draft(&desk), "another");
    withdraw(&mut desk.outbox, RequestKind::Send, entry_id(2), NOON).unwrap();
    assert_eq!(
        (draft(&desk).as_str(), note_draft(&desk).as_str()),
        ("hello", "another")
    );
}

#[test]
fn a_note_that_a_restored_relay_lost_waits_again_under_its_id_and_a_text_does_not() {
    let mut desk = Desk::new();
    desk.submit(note(1, 1, "she paid"));
    desk.submit(text(2, 2, "hello"));
    desk.answer(1, 9);
    desk.answer(2, 9);
    desk.reset(2);
    let state = |n: u64, state: &str| (entry_id(n).0, state.to_owned());
    assert_eq!(desk.states(), [state(1, "waiting"), state(2, "refused")]);
    assert_eq!(desk.queue(), [entry_id(1).0]);
    desk.settle();
    assert_eq!(desk.queue(), [entry_id(1).0]);
    desk.commit([note_record(1)]);
    desk.settle();
    assert_eq!(desk.states(), [state(2, "refused")]);
}

#[test]
fn an_older_outbox_takes_notes_and_keeps_what_it_has() {
    let mut outbox = Connection::open_in_memory().unwrap();
    schema::migrate_to(&mut outbox, 4).unwrap();
    let before = [text(1, 1, "hello"), read(2, 2, 5)].map(|it| put_in_older(&mut outbox, it));
    schema::migrate(&mut outbox).unwrap();
    assert_eq!(next(&outbox, 9).unwrap(), before);
    submit(&mut outbox, note(3, 1, "she paid"), NOON).unwrap();
    let kinds: Vec<String> = outbox
        .prepare("SELECT kind FROM request ORDER BY n")
        .unwrap()
        .query_map((), |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(kinds, ["send", "read", "note"]);
    let unknown = "INSERT INTO request (id, kind, conversation, method, path, body, created_at)
         VALUES ('x', 'fax', x'00', 'POST', '/', '', 0)";
    assert!(outbox.execute(unknown, ()).is_err(), "the check holds");
}

#[derive(Clone, Debug)]
enum NoteStep {
    Write,
    Send { heard: bool },
    Refuse,
    Feed,
    Restore { keeps: bool },
}

fn any_step() -> impl Strategy<Value = NoteStep> {
    prop_oneof![
        3 => Just(NoteStep::Write),
        3 => any::<bool>().prop_map(|heard| NoteStep::Send { heard }),
        1 => Just(NoteStep::Refuse),
        2 => Just(NoteStep::Feed),
        1 => any::<bool>().prop_map(|keeps| NoteStep::Restore { keeps }),
    ]
}

/// The relay takes the oldest note that waits; an id that it has is answered with the same entry.
fn deliver(desk: &mut Desk, heard: bool) -> bool {
    let Some(request) = next(&desk.outbox, 1).unwrap().into_iter().next() else {
        return false;
    };
    let n = u64::try_from(request.id.as_u128() & u128::from(u64::MAX)).unwrap();
    let seq = held(&desk.feed, entry_id(n)).unwrap_or_else(|| desk.feed.commit(note_record(n)));
    match heard {
        true => desk.answer(n, seq.0),
        false => tried(&desk.outbox, request.id).unwrap(),
    }
    true
}

/// A desk, and what happened to its notes, which are numbered from 1.
struct World {
    desk: Desk,
    applied: Seq,
    lives: u128,
    written: u64,
    refused: BTreeSet<EntryId>,
    came_back: BTreeSet<EntryId>,
}

impl World {
    fn feed(&mut self) {
        let batch = self.desk.feed.batch(self.applied, self.desk.feed.head);
        records::apply(&mut self.desk.records, &batch).unwrap();
        self.applied = self.desk.feed.head;
        self.desk.settle();
    }

    fn refuse(&mut self) {
        let waiting = next(&self.desk.outbox, 1).unwrap();
        let fresh = |it: &&Outgoing| held(&self.desk.feed, EntryId(it.id)).is_none();
        if let Some(request) = waiting.iter().find(fresh) {
            let problem = Problem::new(ErrorCode::BodyTooLong, "no");
            refused(&mut self.desk.outbox, request.id, &problem).unwrap();
            self.refused.insert(EntryId(request.id));
        }
    }

    fn restore(&mut self, keeps: bool) {
        self.lives += 1;
        let before = std::mem::replace(&mut self.desk.feed, Feed::new(self.lives));
        self.desk.reset(self.lives);
        for n in (1..=self.written).filter(|n| keeps && held(&before, entry_id(*n)).is_some()) {
            self.desk.feed.commit(note_record(n));
        }
        self.applied = Seq::ZERO;
    }

    fn step(&mut self, step: &NoteStep) {
        match *step {
            NoteStep::Write => {
                self.written += 1;
                self.desk.submit(note(self.written, 1, "she paid"));
            }
            NoteStep::Send { heard } => drop(deliver(&mut self.desk, heard)),
            NoteStep::Refuse => self.refuse(),
            NoteStep::Feed => self.feed(),
            NoteStep::Restore { keeps } => self.restore(keeps),
        }
    }

    /// On the screen once; what came back once may go again with a relay that is restored.
    fn check(&mut self) {
        let items = echoes(
            &self.desk.records,
            &self.desk.outbox,
            conversation_id(1),
            None,
        )
        .unwrap();
        for id in (1..=self.written).map(entry_id) {
            let recorded = records::holds_entry(&self.desk.records, &id.to_string()).unwrap();
            if recorded {
                self.came_back.insert(id);
            }
            let shown = items.iter().filter(|item| item.entry.id == id).count();
            let on_screen = shown + usize::from(recorded);
            assert!(on_screen <= 1 && (on_screen == 1 || self.came_back.contains(&id)));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn every_note_is_on_the_screen_once_whatever_is_lost_and_reaches_the_relay_in_the_end(
        steps in proptest::collection::vec(any_step(), 0..40),
    ) {
        let mut world = World {
            desk: Desk::new(),
            applied: Seq::ZERO,
            lives: 1,
            written: 0,
            refused: BTreeSet::new(),
            came_back: BTreeSet::new(),
        };
        for step in &steps {
            world.step(step);
            world.check();
        }
        let mut left = 500;
        world.feed();
        while deliver(&mut world.desk, true) {
            world.feed();
            world.check();
            left -= 1;
            prop_assert!(left > 0, "it never ends");
        }
        for (id, state) in world.desk.states() {
            prop_assert!(world.refused.contains(&EntryId(id)) && state == "refused");
        }
    }
}
