//! Whatever happens, in whatever order: nobody is texted twice, nobody after a pause, a cancellation or
//! a STOP, everybody else once in the end, and the totals are what the texts say.

use super::*;
use crate::outbox::lanes::Grant;
use crate::outbox::policy::Decision;
use crate::outbox::record::record;
use crate::outbox::worker::claim;
use crate::twilio::classify::CreatedMessage;
use proptest::prelude::*;
use smsdesk_common::entry::Direction;
use smsdesk_common::ids::EntryId;
use smsdesk_common::status::{Delivery, DeliveryError, DeliveryStatus};
use std::collections::{BTreeMap, BTreeSet};

/// How many people the broadcast is to.
const PEOPLE: u32 = 8;

/// What the provider answers to a text.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Taken,
    Limited,
    Refused,
    Lost,
}

/// What may happen to a broadcast.
#[derive(Clone, Copy, Debug)]
enum Step {
    Feed(u32),
    Begin,
    Decide(BroadcastAction),
    Claim(u32),
    Answer(Fate),
    Restart,
    Report(usize, bool),
    OptOut(u32),
    Look,
    Forget,
}

fn step() -> impl Strategy<Value = Step> {
    use BroadcastAction::{Cancel, Pause, Resume};
    let fate = prop_oneof![
        2 => Just(Fate::Taken),
        3 => Just(Fate::Limited),
        1 => Just(Fate::Refused),
        1 => Just(Fate::Lost),
    ];
    prop_oneof![
        6 => (1..4_u32).prop_map(Step::Feed),
        1 => Just(Step::Begin),
        2 => Just(Step::Decide(Pause)),
        4 => Just(Step::Decide(Resume)),
        1 => Just(Step::Decide(Cancel)),
        6 => (1..4_u32).prop_map(Step::Claim),
        8 => fate.prop_map(Step::Answer),
        1 => Just(Step::Restart),
        2 => (0..8_usize, any::<bool>()).prop_map(|(at, well)| Step::Report(at, well)),
        1 => (0..PEOPLE).prop_map(Step::OptOut),
        2 => Just(Step::Look),
        1 => Just(Step::Forget),
    ]
}

/// The desk, and what was seen from outside.
struct Rig {
    world: World,
    /// Handed over and not answered yet.
    calls: Vec<(EntryId, Address)>,
    /// Whom the provider has, or may have, a text for.
    taken: BTreeSet<Address>,
    /// Texts that the provider has for certain or perhaps, to be reported on.
    texts: Vec<EntryId>,
    out: BTreeSet<Address>,
}

fn number(n: u32) -> Address {
    Address::from_twilio(&format!("+1239426{n:04}")).unwrap()
}

fn decision(fate: Fate, sid: u128) -> Decision {
    match fate {
        Fate::Taken => Decision::Record(Box::new(CreatedMessage {
            sid: format!("SM{sid:032x}").parse().unwrap(),
            delivery: Delivery {
                status: DeliveryStatus::Accepted,
                error: None,
            },
            segments: Some(1),
            price: None,
            from: None,
        })),
        Fate::Limited => Decision::Again {
            after_ms: 0,
            code: None,
        },
        Fate::Refused => Decision::Fail(DeliveryError {
            code: 30_006,
            text: "Landline".to_owned(),
        }),
        Fate::Lost => Decision::Unknown,
    }
}

impl Rig {
    async fn new() -> Self {
        let world = world().await;
        world.begin(&bulk(people(PEOPLE), "hello")).await.unwrap();
        Self {
            world,
            calls: Vec::new(),
            taken: BTreeSet::new(),
            texts: Vec::new(),
            out: BTreeSet::new(),
        }
    }

    async fn state(&self) -> BroadcastState {
        let looked = self.world.store.read(|reads| broadcasts::find(reads, ID));
        looked.await.unwrap().unwrap().state
    }

    /// Claims as the worker does, and checks whom.
    async fn claim(&mut self, limit: usize) -> usize {
        let state = self.state().await;
        let claimed = self.world.store.write(move |tx| {
            let grant = Grant {
                line: line(),
                texts: limit,
                segments: 999,
                probe: false,
            };
            claim(tx, &[grant], limit)
        });
        let claimed = claimed.await.unwrap();
        for text in &claimed {
            let to = text.waiting.address.clone();
            assert_ne!(state, BroadcastState::Paused, "{to:?} after a pause");
            assert_ne!(state, BroadcastState::Canceled, "{to:?} after the end");
            assert!(!self.out.contains(&to), "{to:?} after a STOP");
            assert!(!self.taken.contains(&to), "{to:?} twice");
            self.calls.push((text.waiting.entry, to));
        }
        claimed.len()
    }

    async fn answer(&mut self, fate: Fate) {
        if self.calls.is_empty() {
            return;
        }
        let (entry, to) = self.calls.remove(0);
        if matches!(fate, Fate::Taken | Fate::Lost) {
            self.taken.insert(to);
            self.texts.push(entry);
        }
        let decision = decision(fate, entry.0.as_u128());
        let recorded = self
            .world
            .store
            .write(move |tx| record(tx, entry, &|_| false, &decision));
        recorded.await.unwrap();
    }

    /// The relay stops and starts: whether the provider has what was under way, nobody knows.
    async fn restart(&mut self) {
        for (entry, to) in std::mem::take(&mut self.calls) {
            self.taken.insert(to);
            self.texts.push(entry);
        }
        self.world.store.write(doubt_claimed).await.unwrap();
    }

    async fn report(&mut self, at: usize, well: bool) {
        let Some(entry) = self.texts.get(at).copied() else {
            return;
        };
        let sid = format!("SM{:032x}", entry.0.as_u128());
        let word = if well { "delivered" } else { "undelivered" };
        let body = crate::desk::tests::encoded(&[
            ("AccountSid", crate::desk::tests::ACCOUNT),
            ("MessageSid", &sid),
            ("MessageStatus", word),
        ]);
        let form = Form::parse(body.as_bytes()).unwrap();
        let callback = crate::twilio::form::StatusCallback::from_form(&form).unwrap();
        self.world.report(callback, Some(entry)).await;
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Feed(limit) => {
                self.world.feed(limit).await;
            }
            Step::Begin => {
                let again = bulk(people(PEOPLE), "hello");
                self.world.begin(&again).await.unwrap();
            }
            // One that has ended is not decided about any more.
            Step::Decide(action) => {
                let _ = self.world.patch_broadcast(action).await;
            }
            Step::Claim(limit) => {
                self.claim(limit as usize).await;
            }
            Step::Answer(fate) => self.answer(fate).await,
            Step::Restart => self.restart().await,
            Step::Report(at, well) => self.report(at, well).await,
            Step::OptOut(n) => {
                self.world.receive(stop(n)).await;
                self.out.insert(number(n));
            }
            Step::Look => {
                self.world.look_after().await;
            }
            Step::Forget => {
                let forget = |tx: &mut dyn crate::store::sql::Tx| recipients::forget(tx, ID);
                self.world.store.write(forget).await.unwrap();
            }
        }
    }

    /// Lets everything go on until nothing is left to do.
    async fn drain(&mut self) {
        let _ = self.world.patch_broadcast(BroadcastAction::Resume).await;
        while !self.calls.is_empty() {
            self.answer(Fate::Taken).await;
        }
        for _ in 0..PEOPLE {
            self.world.feed(3).await;
            self.claim(PEOPLE as usize).await;
            while !self.calls.is_empty() {
                self.answer(Fate::Taken).await;
            }
        }
    }

    /// The totals are those of the texts, one a person at most.
    async fn adds_up(&self) {
        let held = self.world.look_after().await;
        let rows = self.world.results().await;
        let mut totals = smsdesk_common::broadcast::Totals::default();
        let mut texts = 0;
        for row in &rows {
            totals.add(row.state, 1);
            if let Some(entry) = row.entry {
                let status = self.world.entry(entry).await.status.unwrap();
                assert_eq!(row.state, State::of(status), "{row:?}");
                texts += 1;
            }
        }
        assert_eq!((totals.all(), &totals), (PEOPLE, &held.totals));
        assert_eq!(totals.of(State::Pending) + totals.of(State::Queued), 0);
        let outbound = self.world.outbound().await;
        assert!(outbound.values().all(|count| *count == 1), "{outbound:?}");
        assert_eq!(outbound.len(), texts, "{outbound:?}");
        if held.state != BroadcastState::Canceled {
            let reached = totals.all() - totals.of(State::OptedOut);
            assert_eq!(texts, reached as usize, "{totals:?}");
        }
    }
}

impl World {
    /// How many texts of ours there are for each address.
    async fn outbound(&self) -> BTreeMap<String, usize> {
        let looked = self.store.read(|reads| {
            let every = conversations::Filter::default();
            let mut texts = BTreeMap::new();
            for held in conversations::page(reads, None, &every, 1_000)? {
                let found = entries::page(reads, held.id, None, 1_000)?;
                let ours = |it: &&smsdesk_common::entry::Entry| it.direction == Direction::Outbound;
                let count = found.iter().filter(ours).count();
                if count > 0 {
                    texts.insert(held.address.as_str().to_owned(), count);
                }
            }
            Ok::<_, StoreError>(texts)
        });
        looked.await.unwrap()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn nobody_is_texted_twice_or_against_a_word_whatever_happens_when(
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut rig = Rig::new().await;
            for step in steps {
                rig.take(step).await;
            }
            rig.drain().await;
            rig.adds_up().await;
        });
    }
}
