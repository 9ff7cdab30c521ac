//! Patches: in whatever order and however often they, their answers and the feed come.

use super::*;
use crate::cache::applied::Refused;
use crate::cache::list;
use crate::cache::testing::{agent_id, conversation, entry, patch};
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::api::update::Update;
use smsdesk_common::conversation::{Conversation, ConversationStatus};
use smsdesk_common::entry::{Direction, Entry, EntryKind};
use smsdesk_common::ids::ConversationId;
use smsdesk_common::triage;
use std::collections::BTreeMap;

const CONVERSATIONS: u64 = 3;

/// A relay as far as patches are concerned.
#[derive(Clone, Debug)]
pub(super) struct Relay {
    pub(super) feed: Feed,
    pub(super) conversations: BTreeMap<ConversationId, Conversation>,
    taken: BTreeSet<Uuid>,
    /// First arrivals, in their order.
    arrivals: Vec<(ConversationId, u128)>,
}

impl Relay {
    fn new() -> Self {
        let mut relay = Self {
            feed: Feed::new(1),
            conversations: BTreeMap::new(),
            taken: BTreeSet::new(),
            arrivals: Vec::new(),
        };
        for n in 1..=CONVERSATIONS {
            relay.put(conversation(n));
        }
        relay
    }

    fn put(&mut self, mut conversation: Conversation) -> Seq {
        let record = Record::Conversation(Box::new(conversation.clone()));
        conversation.seq = self.feed.commit(record);
        let seq = conversation.seq;
        self.conversations.insert(conversation.id, conversation);
        seq
    }

    /// As `PATCH /v1/conversations/{id}`: the first time counts, an entry tells of it, the
    /// conversation comes last.
    fn take(&mut self, id: ConversationId, patch: &Patch) -> Seq {
        let mut conversation = self.conversations[&id].clone();
        if !self.taken.insert(patch.id.0) {
            return conversation.seq;
        }
        self.arrivals.push((id, patch.id.0.as_u128()));
        let activity = triage::apply(patch, &mut conversation);
        if activity.is_empty() {
            return conversation.seq;
        }
        let told = Entry {
            id: EntryId(patch.id.0),
            conversation: id,
            entry_kind: EntryKind::Activity,
            direction: Direction::Internal,
            activity,
            ..entry(1, 1, 0)
        };
        self.feed.commit(Record::Entry(Box::new(told)));
        self.put(conversation)
    }

    /// Something that no patch of mine is about.
    fn touch(&mut self, n: u64) {
        let mut conversation = self.conversations[&conversation_id(n)].clone();
        conversation.inbound_total += 1;
        self.put(conversation);
    }

    /// A colleague's change.
    fn meddle(&mut self, n: u64) {
        let mut conversation = self.conversations[&conversation_id(n)].clone();
        conversation.flagged = !conversation.flagged;
        conversation.status = ConversationStatus::Open;
        self.put(conversation);
    }
}

fn made(id: u128, act: u8) -> Patch {
    let status = |status| Patch {
        status: Some(status),
        ..patch(id)
    };
    match act {
        0 => status(ConversationStatus::Done),
        1 => status(ConversationStatus::Open),
        2 => status(ConversationStatus::Snoozed),
        3 => Patch {
            flagged: Some(true),
            ..patch(id)
        },
        4 => Patch {
            flagged: Some(false),
            ..patch(id)
        },
        _ => Patch {
            assignee: Update::Set(agent_id(1)),
            ..patch(id)
        },
    }
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    /// I do something.
    Act(u64, u8),
    /// A request arrives; its answer is heard so many times.
    Send {
        nth: usize,
        heard: u8,
    },
    /// The feed brings a part of what there is.
    Feed(u64),
    Touch(u64),
    Meddle(u64),
    Refuse(usize),
    Keep,
    Restore(usize),
    Page(usize),
}

pub(super) struct World {
    pub(super) desk: Desk,
    pub(super) relay: Relay,
    backups: Vec<Relay>,
    made: u128,
    mine: BTreeMap<ConversationId, Conversation>,
}

impl World {
    pub(super) fn new() -> Self {
        let relay = Relay::new();
        let mut world = Self {
            desk: Desk::new(),
            mine: relay.conversations.clone(),
            backups: vec![relay.clone()],
            relay,
            made: 0,
        };
        world.step(&Step::Feed(u64::MAX));
        world
    }

    fn cursor(&self) -> crate::cache::applied::Cursor {
        records::cursor(&self.desk.records).unwrap().unwrap()
    }

    pub(super) fn step(&mut self, step: &Step) {
        match *step {
            Step::Act(n, act) => {
                self.made += 1;
                let patch = made(self.made, act);
                let mine = self.mine.get_mut(&conversation_id(n)).unwrap();
                triage::apply(&patch, mine);
                self.desk.patch(n, patch);
            }
            Step::Send { nth, heard } => self.send(nth, heard),
            Step::Feed(most) => {
                let from = self.cursor().high;
                let to = Seq(from.0.saturating_add(most).min(self.relay.feed.head.0));
                let batch = self.relay.feed.batch(from, to);
                records::apply(&mut self.desk.records, &batch).unwrap();
                self.desk.settle();
            }
            Step::Touch(n) => self.relay.touch(n),
            Step::Meddle(n) => self.relay.meddle(n),
            Step::Refuse(nth) => {
                if let Some(request) = self.waiting().into_iter().nth(nth) {
                    let problem = Problem::new(ErrorCode::AgentRevoked, "no");
                    let said = refused(&mut self.desk.outbox, request.id, &problem).unwrap();
                    let Some(Refused::Patch(said)) = said else {
                        panic!("{said:?}")
                    };
                    assert_eq!(said.id.0, request.id);
                }
            }
            Step::Keep => self.backups.push(self.relay.clone()),
            Step::Restore(nth) => {
                let lives = self.relay.feed.epoch.0 + 1;
                self.relay = self.backups[nth % self.backups.len()].clone();
                self.relay.feed.epoch.0 = lives;
                let Feed { epoch, head, .. } = self.relay.feed;
                records::start_fresh(&mut self.desk.records, epoch, head).unwrap();
                self.desk.settle();
            }
            Step::Page(limit) => {
                let low = self.cursor().low;
                if low > Seq::ZERO {
                    let page = self.relay.feed.page(low.next(), limit);
                    records::apply_history(&mut self.desk.records, &page).unwrap();
                    self.desk.settle();
                }
            }
        }
    }

    fn waiting(&self) -> Vec<Outgoing> {
        next(&self.desk.outbox, 100).unwrap()
    }

    fn send(&mut self, nth: usize, heard: u8) {
        let Some(request) = self.waiting().into_iter().nth(nth) else {
            return;
        };
        assert_eq!(request.method, Method::Patch);
        let patch: Patch = serde_json::from_str(&request.body).unwrap();
        let seq = self.relay.take(request.conversation, &patch);
        for _ in 0..heard {
            let epoch = Some(self.cursor().epoch);
            answered(&self.desk.outbox, request.id, Answer { seq, epoch }).unwrap();
            self.desk.settle();
        }
        if heard == 0 {
            tried(&self.desk.outbox, request.id).unwrap();
        }
    }

    /// The network is well again: everything that waits is sent, everything that is new comes.
    fn calm(&mut self) {
        for _ in 0..self.made {
            self.step(&Step::Send { nth: 0, heard: 1 });
        }
        self.step(&Step::Feed(u64::MAX));
        while self.cursor().low > Seq::ZERO {
            self.step(&Step::Page(2));
        }
    }

    pub(super) fn shown(&self, id: ConversationId) -> Option<Conversation> {
        list::conversation(self.desk.shelves(), id).unwrap()
    }
}

fn state(conversation: &Conversation) -> (ConversationStatus, bool, Option<AgentId>) {
    (
        conversation.status,
        conversation.flagged,
        conversation.assignee,
    )
}

fn quiet() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..=CONVERSATIONS, 0u8..6).prop_map(|(n, act)| Step::Act(n, act)),
        5 => (0usize..3, 0u8..3).prop_map(|(nth, heard)| Step::Send { nth, heard }),
        5 => (1u64..5).prop_map(Step::Feed),
        2 => (1..=CONVERSATIONS).prop_map(Step::Touch),
    ]
}

fn wild() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => quiet(),
        1 => (1..=CONVERSATIONS).prop_map(Step::Meddle),
        1 => (0usize..3).prop_map(Step::Refuse),
        1 => Just(Step::Keep),
        1 => (0usize..4).prop_map(Step::Restore),
        1 => (1usize..4).prop_map(Step::Page),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn what_i_did_is_what_i_see_at_every_moment_and_in_the_end_what_the_relay_has(
        steps in proptest::collection::vec(quiet(), 0..60),
    ) {
        let mut world = World::new();
        for step in &steps {
            world.step(step);
            for (id, mine) in &world.mine {
                prop_assert_eq!(state(&world.shown(*id).unwrap()), state(mine), "{:?}", step);
            }
        }
        world.calm();
        prop_assert_eq!(world.desk.states(), []);
        for (id, conversation) in &world.relay.conversations {
            prop_assert_eq!(&world.shown(*id).unwrap(), conversation);
            prop_assert_eq!(state(conversation), state(&world.mine[id]));
        }
        for n in 1..=CONVERSATIONS {
            let id = conversation_id(n);
            let order = world.relay.arrivals.iter().filter(|(of, _)| *of == id);
            prop_assert!(order.is_sorted(), "they arrive in the order in which I made them");
        }
        let arrived: BTreeSet<_> = world.relay.arrivals.iter().map(|(_, id)| id).collect();
        prop_assert_eq!(arrived.len(), world.relay.arrivals.len());
        prop_assert_eq!(arrived.len() as u128, world.made);
    }

    #[test]
    fn refusals_colleagues_and_restored_relays_end_in_what_the_relay_has_too(
        steps in proptest::collection::vec(wild(), 0..60),
    ) {
        let mut world = World::new();
        for step in &steps {
            world.step(step);
        }
        world.calm();
        prop_assert_eq!(world.desk.states(), []);
        for (id, conversation) in &world.relay.conversations {
            prop_assert_eq!(&world.shown(*id).unwrap(), conversation);
        }
    }
}

#[test]
fn a_patch_that_the_relay_never_took_is_sent_again_after_its_restore() {
    let mut world = World::new();
    world.step(&Step::Act(1, 0));
    world.step(&Step::Act(2, 0));
    world.step(&Step::Send { nth: 0, heard: 1 });
    world.step(&Step::Restore(0));
    let waiting: Vec<_> = world.waiting().iter().map(|it| it.conversation).collect();
    assert_eq!(waiting, [conversation_id(2)]);
    world.calm();
    let shown = |n| world.shown(conversation_id(n)).unwrap().status;
    assert_eq!(
        shown(1),
        ConversationStatus::Open,
        "the relay forgot it, and says so"
    );
    assert_eq!(shown(2), ConversationStatus::Done);
}

#[test]
fn a_refused_patch_is_not_shown_and_holds_up_nobody() {
    let mut world = World::new();
    world.step(&Step::Act(1, 0));
    world.step(&Step::Act(1, 3));
    world.step(&Step::Refuse(0));
    let shown = world.shown(conversation_id(1)).unwrap();
    assert_eq!(shown.status, ConversationStatus::Open);
    assert!(shown.flagged, "what was done after it stays");
    assert_eq!(world.waiting().len(), 1);
    assert_eq!(counts(&world.desk.outbox).unwrap().refused, 0);
}

#[test]
fn texts_and_patches_of_a_conversation_go_in_the_order_in_which_they_were_made() {
    let mut desk = Desk::new();
    desk.submit(text(1, 1, "on my way"));
    desk.patch(1, made(90, 0));
    desk.submit(text(2, 1, "one more thing"));
    assert_eq!(desk.queue(), [entry_id(1).0]);
    desk.answer(1, 1);
    assert_eq!(desk.queue(), [Uuid::from_u128(90)]);
    let epoch = Some(desk.feed.epoch);
    let answer = Answer { seq: Seq(2), epoch };
    answered(&desk.outbox, Uuid::from_u128(90), answer).unwrap();
    assert_eq!(desk.queue(), [entry_id(2).0]);
}

#[test]
fn an_outbox_of_the_version_before_keeps_its_texts_in_order() {
    let mut outbox = Connection::open_in_memory().unwrap();
    schema::migrate_to(&mut outbox, 1).unwrap();
    for n in [1, 2, 3] {
        put_in_older(&mut outbox, text(n, 1, "hi"));
    }
    let problem = Problem::new(ErrorCode::ToInvalid, "no");
    refused(&mut outbox, entry_id(1).0, &problem).unwrap();
    schema::migrate(&mut outbox).unwrap();
    let mut desk = Desk::new();
    desk.outbox = outbox;
    desk.patch(1, made(90, 0));
    let states: Vec<_> = desk.states().into_iter().map(|(id, _)| id).collect();
    let texts = [1, 2, 3].map(|n| entry_id(n).0);
    assert_eq!(states[..3], texts);
    assert_eq!(states[3], Uuid::from_u128(90));
    assert_eq!(counts(&desk.outbox).unwrap().refused, 1);
    assert_eq!(desk.queue(), [entry_id(2).0]);
}
