//! Undo and redo on the disk: any acts, the network in any state, restarts in between.

use super::patches::{Step, World};
use super::*;
use crate::cache::outbox::steps::UNDO_STEPS_MAX;
use crate::cache::testing::{agent, agent_id, contact, conversation, entry, sent};
use crate::model::batch::{Outcome, Target};
use crate::model::triage::Act;
use crate::model::undo::{Turned, Way, Why};
use smsdesk_common::activity::Activity;
use smsdesk_common::conversation::{Conversation, ConversationStatus, Preview};
use smsdesk_common::entry::{Direction, Entry, EntryKind};
use tempfile::TempDir;

const ACTS: [Act; 5] = [
    Act::Done,
    Act::DoneOrReopen,
    Act::Flag,
    Act::PutFlag,
    Act::Take,
];

/// A world whose outbox lies in a file that can be closed and opened again.
struct Home {
    world: World,
    folder: TempDir,
    ids: u128,
}

impl Home {
    fn new() -> Self {
        let mut home = Self {
            world: World::new(),
            folder: tempfile::tempdir().unwrap(),
            ids: 1_000,
        };
        home.restart();
        home
    }

    fn restart(&mut self) {
        // The last connection to the file goes before the next one opens it.
        self.world.desk.outbox = Connection::open_in_memory().unwrap();
        let path = self.folder.path().join("outbox.db");
        let mut outbox = Connection::open(path).unwrap();
        outbox.pragma_update(None, "synchronous", "OFF").unwrap();
        schema::migrate(&mut outbox).unwrap();
        self.world.desk.outbox = outbox;
        self.world.desk.settle();
    }

    fn hand<T>(&mut self, work: impl FnOnce(&mut Hand<'_>) -> T) -> T {
        let ids = &mut self.ids;
        let mut new_id = || {
            *ids += 1;
            Uuid::from_u128(*ids)
        };
        work(&mut Hand {
            records: &self.world.desk.records,
            outbox: &mut self.world.desk.outbox,
            me: Some(agent_id(1)),
            now: NOON,
            new_id: &mut new_id,
        })
    }

    fn act(&mut self, conversations: &[u64], acts: &[Act]) -> Vec<Outcome> {
        let target = |n: &u64| Target {
            conversation: conversation_id(*n),
            seen: Seq(50),
        };
        let targets: Vec<_> = conversations.iter().map(target).collect();
        self.hand(|hand| hand.act(&targets, acts)).unwrap()
    }

    fn turn(&mut self, way: Way) -> Option<Turned> {
        self.hand(|hand| hand.turn(way)).unwrap()
    }

    fn states(&self) -> Vec<State> {
        let shown = |n| state(&self.world.shown(conversation_id(n)).unwrap());
        (1..=3).map(shown).collect()
    }

    fn commit(&mut self, record: Record) {
        self.world.relay.feed.commit(record);
        self.world.step(&Step::Feed(u64::MAX));
    }
}

type State = (ConversationStatus, bool, Option<AgentId>);

fn state(conversation: &Conversation) -> State {
    (
        conversation.status,
        conversation.flagged,
        conversation.assignee,
    )
}

#[derive(Clone, Debug)]
enum Move {
    Act(Vec<u64>, Vec<Act>),
    Restart,
    Network(Step),
}

fn quiet() -> impl Strategy<Value = Move> {
    let some = proptest::sample::subsequence(vec![1_u64, 2, 3], 1..=3);
    let acts = proptest::collection::vec(proptest::sample::select(ACTS.to_vec()), 1..=3);
    prop_oneof![
        6 => (some, acts).prop_map(|(some, acts)| Move::Act(some, acts)),
        1 => Just(Move::Restart),
        4 => (0usize..3, 0u8..3).prop_map(|(nth, heard)| Move::Network(Step::Send { nth, heard })),
        4 => (1u64..5).prop_map(|most| Move::Network(Step::Feed(most))),
    ]
}

impl Home {
    fn step(&mut self, step: &Move) {
        match step {
            Move::Act(conversations, acts) => drop(self.act(conversations, acts)),
            Move::Restart => self.restart(),
            Move::Network(step) => self.world.step(step),
        }
    }

    /// Turns until there is nothing left, with the network and restarts in between.
    fn turn_all(&mut self, way: Way, between: &[Move]) -> usize {
        let mut meanwhile = between
            .iter()
            .filter(|step| !matches!(step, Move::Act(..)))
            .cycle();
        let mut turned = 0;
        while let Some(done) = self.turn(way) {
            assert_eq!(done.kept, [], "nobody else changed anything");
            turned += 1;
            if let Some(step) = meanwhile.next() {
                self.step(step);
            }
        }
        turned
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn undone_completely_all_is_as_before_and_redone_completely_as_after(
        steps in proptest::collection::vec(quiet(), 0..30),
    ) {
        let mut home = Home::new();
        let before = home.states();
        for step in &steps {
            home.step(step);
        }
        let after = home.states();
        let undone = home.turn_all(Way::Undo, &steps);
        prop_assert_eq!(home.states(), before.clone());
        let redone = home.turn_all(Way::Redo, &steps);
        prop_assert_eq!(home.states(), after);
        prop_assert_eq!(undone, redone);
        home.turn_all(Way::Undo, &steps);
        for _ in 0..200 {
            home.world.step(&Step::Send { nth: 0, heard: 1 });
        }
        home.world.step(&Step::Feed(u64::MAX));
        prop_assert_eq!(home.world.desk.states(), []);
        let relay = home.world.relay.conversations.values().map(state);
        prop_assert_eq!(relay.collect::<Vec<_>>(), before, "and the relay has it so");
    }
}

#[test]
fn an_act_that_nobody_has_sent_yet_is_undone_behind_it() {
    let mut home = Home::new();
    home.act(&[1], &[Act::Done]);
    home.restart();
    let turned = home.turn(Way::Undo).unwrap();
    assert_eq!(turned.moved[0].conversation, conversation_id(1));
    assert_eq!(home.states()[0].0, ConversationStatus::Open);
    let body = |it: &Outgoing| serde_json::from_str::<serde_json::Value>(&it.body).unwrap();
    let first = next(&home.world.desk.outbox, 9).unwrap();
    assert_eq!(body(&first[0])["status"], "done");
    home.world.step(&Step::Send { nth: 0, heard: 1 });
    let second = next(&home.world.desk.outbox, 9).unwrap();
    assert_eq!(body(&second[0])["status"], "open");
    assert_ne!(first[0].id, second[0].id);
}

#[test]
fn several_conversations_and_acts_are_one_step() {
    let mut home = Home::new();
    let before = home.states();
    home.act(&[1, 2, 3], &[Act::Take, Act::PutFlag, Act::Done]);
    let requests = next(&home.world.desk.outbox, 9).unwrap();
    assert_eq!(requests.len(), 3, "one a conversation");
    assert_eq!(home.turn(Way::Undo).unwrap().moved.len(), 3);
    assert_eq!(home.states(), before);
    assert_eq!(home.turn(Way::Undo), None);
}

#[test]
fn a_key_that_turns_over_turns_all_to_the_same_side() {
    let mut home = Home::new();
    home.act(&[1], &[Act::Flag]);
    home.act(&[1, 2, 3], &[Act::Flag]);
    assert!(home.states().iter().all(|state| state.1));
    home.act(&[2], &[Act::Done]);
    home.act(&[1, 2, 3], &[Act::DoneOrReopen]);
    let done = ConversationStatus::Done;
    assert!(home.states().iter().all(|state| state.0 == done));
}

#[test]
fn a_new_act_ends_what_could_be_redone() {
    let mut home = Home::new();
    home.act(&[1], &[Act::Flag]);
    home.turn(Way::Undo).unwrap();
    // One that changes nothing is none.
    home.act(&[1], &[Act::Take]);
    assert_eq!(home.turn(Way::Redo), None);
}

fn told(n: u64, did: Activity, by: u64, minutes: i64) -> Record {
    Record::Entry(Box::new(Entry {
        position: Seq(60 + n),
        entry_kind: EntryKind::Activity,
        direction: Direction::Internal,
        activity: vec![did],
        at: NOON.plus_millis(minutes * 60_000),
        ..sent(entry_id(n), 1, by)
    }))
}

#[test]
fn what_a_colleague_changed_since_is_left_alone_and_said() {
    let mut home = Home::new();
    home.commit(Record::Agent(agent(2, "Bo")));
    home.commit(Record::Contact(Box::new(contact(1, Some("Maria")))));
    home.act(&[2], &[Act::Flag]);
    home.act(&[1, 3], &[Act::Take]);
    for _ in 0..3 {
        home.world.step(&Step::Send { nth: 0, heard: 1 });
    }
    home.world.step(&Step::Feed(u64::MAX));
    let (from, to) = (Some(agent_id(1)), Some(agent_id(2)));
    home.commit(told(7, Activity::Assignee { from, to }, 2, 80));
    home.commit(Record::Conversation(Box::new(Conversation {
        assignee: to,
        ..conversation(1)
    })));
    let turned = home.turn(Way::Undo).unwrap();
    let moved: Vec<_> = turned.moved.iter().map(|it| it.conversation).collect();
    assert_eq!(
        moved,
        [conversation_id(3)],
        "the rest of the step is undone"
    );
    assert_eq!(turned.kept.len(), 1);
    assert_eq!(turned.kept[0].name.as_deref(), Some("Maria"));
    let expected = Why::Changed {
        by: "Bo".to_owned(),
        did: "took it".to_owned(),
        at: NOON.plus_millis(80 * 60_000),
    };
    assert_eq!(turned.kept[0].why, expected);
    assert_eq!(home.states()[0].2, to);
    // The next undo goes on with the step before.
    assert_eq!(home.turn(Way::Undo).unwrap().moved.len(), 1);
    assert!(!home.states()[1].1);
    assert_eq!(home.turn(Way::Undo), None);
}

#[test]
fn nothing_is_put_away_over_a_text_that_came_since() {
    let mut home = Home::new();
    home.act(&[1], &[Act::Done]);
    home.turn(Way::Undo).unwrap();
    let text = Entry {
        position: Seq(70),
        ..entry(9, 1, 3)
    };
    home.commit(Record::Entry(Box::new(text.clone())));
    home.commit(Record::Conversation(Box::new(Conversation {
        last: Some(Preview::of(&text)),
        ..conversation(1)
    })));
    let turned = home.turn(Way::Redo).unwrap();
    let at = Some(text.at);
    assert_eq!(turned.kept[0].why, Why::CustomerWrote { at });
    assert_eq!(home.turn(Way::Redo), None, "the step is dropped");
}

#[test]
fn what_the_relay_refused_is_no_step_any_more() {
    let mut home = Home::new();
    home.act(&[1, 2], &[Act::Done]);
    home.world.step(&Step::Refuse(0));
    let turned = home.turn(Way::Undo).unwrap();
    let moved: Vec<_> = turned.moved.iter().map(|it| it.conversation).collect();
    assert_eq!(moved, [conversation_id(2)]);
    home.act(&[3], &[Act::Done]);
    let waiting = next(&home.world.desk.outbox, 9).unwrap();
    let third = waiting
        .iter()
        .position(|it| it.conversation == conversation_id(3));
    home.world.step(&Step::Refuse(third.unwrap()));
    assert_eq!(home.turn(Way::Undo), None);
}

#[test]
fn the_log_keeps_no_more_than_its_limit() {
    let mut home = Home::new();
    home.act(&[1], &[Act::Flag]);
    let outbox = &home.world.desk.outbox;
    outbox
        .execute(
            "UPDATE sqlite_sequence SET seq = ?1 WHERE name = 'undo_step'",
            [UNDO_STEPS_MAX],
        )
        .unwrap();
    home.act(&[1], &[Act::Take]);
    assert_eq!(home.turn(Way::Undo).unwrap().moved.len(), 1);
    assert_eq!(home.turn(Way::Undo), None);
}

#[test]
fn an_outbox_of_the_version_before_can_be_worked_with_and_has_nothing_to_undo() {
    let mut outbox = Connection::open_in_memory().unwrap();
    schema::migrate_to(&mut outbox, 2).unwrap();
    schema::migrate(&mut outbox).unwrap();
    let mut home = Home::new();
    home.world.desk.outbox = outbox;
    assert_eq!(home.turn(Way::Undo), None);
    home.act(&[1], &[Act::Flag]);
    assert!(home.turn(Way::Undo).is_some());
}
