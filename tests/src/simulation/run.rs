//! One seed from its beginning to its verdict.

use super::device::Device;
use super::event::Event;
use super::faults::{Faults, Mischief, Sabotage};
use super::relay::Relay;
use super::scheduler::Millis;
use super::trace::{Trace, Tracing};
use super::{World, must};
use smsdesk::cache::memory::MemoryDisk;
use smsdesk_common::agent::{Agent, Role};
use smsdesk_common::ids::{ConversationId, Seq};
use smsdesk_relay::store::memory::MemoryStore;
use smsdesk_relay::store::{StoreError, agents, tokens};
use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How often the checker looks, in milliseconds.
const LOOK_MS: Millis = 10_000;
/// How long after chaos everything must be settled, in milliseconds: the longest back-off, the
/// longest wait for evidence and the longest silence fit into it several times.
const QUIET_MS_MAX: Millis = 30 * 60 * 1_000;
/// The most events of one seed: many times what any takes, so that one that never ends is noticed.
const EVENTS_MAX: u64 = 200_000;
/// The most devices.
const DEVICES_MAX: u64 = 4;

/// What one run is like.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Which world.
    pub seed: u64,
    /// How the house is broken, if it is.
    pub sabotage: Option<Sabotage>,
    /// Whether what happens is kept in words.
    pub tracing: Tracing,
}

impl Options {
    /// The house as it is.
    pub const fn of(seed: u64) -> Self {
        Self {
            seed,
            sabotage: None,
            tracing: Tracing::Off,
        }
    }
}

/// What a run that held was like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Events.
    pub events: u64,
    /// Texts that the provider had in the end.
    pub texts: u64,
    /// Positions of the relay's log.
    pub commits: u64,
    /// Virtual time, in milliseconds.
    pub ms: Millis,
}

/// A seed in which something did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which.
    pub seed: u64,
    /// What did not hold.
    pub what: String,
    /// What happened, where it was kept.
    pub trace: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}seed {}: {}", self.trace, self.seed, self.what)
    }
}

/// Databases that are used again, because making them takes longer than a seed.
#[derive(Debug, Default)]
pub struct Stage {
    store: Option<MemoryStore>,
    disks: Vec<MemoryDisk>,
}

/// Runs a seed.
///
/// # Errors
/// Something did not hold.
pub fn run(options: Options, stage: &mut Stage) -> Result<Summary, Failure> {
    let mut trace = String::new();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut world = World::new(options, stage);
        let verdict = world.run();
        trace = world.trace.text();
        let summary = world.summary();
        world.leave(stage);
        verdict.map(|()| summary)
    }));
    let failed = |what| Failure {
        seed: options.seed,
        what,
        trace,
    };
    match outcome {
        Ok(verdict) => verdict.map_err(failed),
        Err(panic) => {
            let words = panic.downcast_ref::<String>().cloned();
            Err(failed(words.unwrap_or_else(|| "a panic".to_owned())))
        }
    }
}

impl World {
    fn new(options: Options, stage: &mut Stage) -> Self {
        let mut random = crate::random::Random::new(options.seed);
        let faults = Faults::of(&mut random);
        let relay = Relay::new(stage.store.take(), random.clone());
        let mut world = Self {
            faults,
            sabotage: options.sabotage,
            random,
            agenda: super::Scheduler::default(),
            trace: Trace::new(options.tracing),
            network: super::Network::default(),
            relay,
            devices: Vec::new(),
            twilio: super::Twilio::default(),
            checker: super::Checker::default(),
            calls: BTreeMap::new(),
            to_come: std::collections::BTreeSet::new(),
            looked: None,
            began: smsdesk::clock::monotonic(),
        };
        world.people_join(stage);
        world.plan_life();
        world
    }

    fn leave(self, stage: &mut Stage) {
        stage.store = Some(self.relay.store);
        stage
            .disks
            .extend(self.devices.into_iter().map(|device| device.disk));
    }

    fn summary(&self) -> Summary {
        Summary {
            events: self.agenda.happened(),
            texts: self.twilio.messages.len() as u64,
            commits: self.relay.store.head().0,
            ms: self.agenda.now(),
        }
    }

    fn people_join(&mut self, stage: &mut Stage) {
        let count = self.random.within(2, DEVICES_MAX);
        // Mostly two: more cost more and rarely find more.
        let count = if self.random.chance(700) { 2 } else { count };
        for index in 0..usize::try_from(count).unwrap_or(2) {
            let disk = match stage.disks.pop() {
                Some(mut disk) => {
                    must(disk.empty());
                    disk
                }
                None => must(MemoryDisk::open()),
            };
            let device = Device::new(index, disk, &mut self.random);
            let agent = Agent {
                id: device.agent,
                seq: Seq::ZERO,
                name: device.name.clone(),
                role: Role::Agent,
                active: true,
            };
            let (token, id, hash) = (
                device.token,
                device.id(),
                vec![u8::try_from(index).unwrap_or(0); 32],
            );
            must(self.relay.store.write(move |tx| -> Result<(), StoreError> {
                let agent = agents::insert(tx, agent)?;
                tokens::insert(tx, token, agent.id, id, &hash)
            }));
            self.devices.push(device);
        }
    }

    fn plan_life(&mut self) {
        let chaos = self.faults.chaos_ms;
        self.agenda.after(0, Event::StartRelay);
        self.agenda.after(1, Event::CustomerWrites);
        for _ in 0..self.random.within(0, 3) {
            let at = self.random.below(chaos);
            self.agenda.after(at, Event::CustomerWrites);
        }
        for index in 0..self.devices.len() {
            let at = self.random.below(2_000);
            self.agenda.after(at, Event::StartApp(index));
            let at = self.random.below(chaos);
            self.agenda.after(at, Event::AgentReads(index));
            let at = self.random.below(chaos);
            self.agenda.after(at, Event::AgentTriages(index));
            let at = self.random.below(2 * chaos);
            self.agenda.after(at, Event::AgentWithdraws(index));
        }
        let texts = self.random.within(1, 4);
        for number in 0..u32::try_from(texts).unwrap_or(0) {
            let index = self.random.place(self.devices.len());
            let at = self.random.below(chaos);
            self.to_come.insert(number);
            self.agenda.after(at, Event::AgentWrites(index, number));
        }
        for mischief in self.faults.mischief.clone() {
            let earliest = if mischief == Mischief::Restore {
                chaos / 2
            } else {
                0
            };
            let latest = if mischief == Mischief::Backup {
                chaos / 2
            } else {
                chaos
            };
            let at = self.random.within(earliest, latest);
            self.agenda.after(at, Event::Mischief(mischief));
        }
        self.agenda.after(chaos, Event::Heal);
        self.agenda.after(LOOK_MS, Event::Look);
    }

    fn run(&mut self) -> Result<(), String> {
        let healed = self.faults.chaos_ms;
        while let Some(event) = self.agenda.advance() {
            let now = self.agenda.now();
            self.relay.set_wall(now);
            let looks = matches!(event, Event::Look);
            self.happens(event);
            if let Some(what) = self.checker.violation() {
                return Err(what);
            }
            if looks && now > healed {
                let unrest = self.unrest();
                match unrest {
                    None => {
                        self.judge();
                        return self.checker.violation().map_or(Ok(()), Err);
                    }
                    Some(what) if now > healed + QUIET_MS_MAX + self.relay.set_back => {
                        return Err(format!("never quiet: {what}"));
                    }
                    Some(_) => {}
                }
            }
            if self.agenda.happened() > EVENTS_MAX {
                return Err("never ends: too many events".to_owned());
            }
        }
        Err("nothing more happens".to_owned())
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Mischief(mischief) => self.mischief(mischief),
            Event::Unblock(device) => self.unblock(device),
            Event::UncutProvider => self.network.provider_cut = false,
            Event::Heal => self.heal(),
            Event::Look => self.look(),
            Event::Dial(connection) => self.relay_is_dialled(connection),
            Event::Dialled(connection, answer) => self.dialled(connection, answer),
            Event::Carry(connection, way) => self.carry(connection, way),
            Event::Broken(connection, super::network::Way::ToRelay) => self.relay_loses(connection),
            Event::Broken(connection, super::network::Way::ToDevice) => {
                self.device_loses(connection);
            }
            Event::Break(connection) => self.cut(connection),
            Event::Call(call) => self.called(call),
            Event::Answer(call, reply) => self.answered(call, reply),
            Event::StartRelay => self.start_relay(),
            Event::Commit(life, work) => self.commit(life, work),
            Event::Grow(life) => self.grow(life),
            Event::Wake(connection) => self.wake(connection),
            Event::Tick(connection) => self.tick(connection),
            Event::Round(life) => self.round(life),
            Event::Bell(life) => self.bell(life),
            Event::Reconcile(life) => self.reconcile(life),
            Event::Outcome(handover, outcome) => self.outcome(&handover, outcome),
            Event::StartApp(index) => self.start_app(index),
            Event::Due(index, life) => self.due(index, life),
            Event::Silence(index, connection) => self.silence(index, connection),
            Event::History(index, life) => self.fetch_history(index, life),
            Event::Requests(index, life) => self.send_requests(index, life),
            event => self.people_act(event),
        }
    }

    fn people_act(&mut self, event: Event) {
        match event {
            Event::CustomerWrites => self.customer_writes(),
            Event::AgentWrites(index, number) => self.agent_writes(index, number),
            Event::AgentReads(index) => self.agent_reads(index),
            Event::AgentTriages(index) => self.agent_triages(index),
            Event::AgentWithdraws(index) => self.agent_withdraws(index),
            Event::LateEcho(index, life, entry, conversation) => {
                if self.devices[index].life == life {
                    self.keep_text(index, entry, ConversationId(conversation), 1);
                }
            }
            Event::Create(handover) => self.create(handover),
            Event::Progress(number) => self.progress(number),
            Event::Post(number) => self.post(number),
            Event::Posted(number) => self.posted(number),
            Event::PostAnswered(number, taken) => self.post_answered(number, taken),
            other => self.note("world", || format!("does not know {other:?}")),
        }
    }

    fn look(&mut self) {
        self.look_at_log();
        let index = self.random.place(self.devices.len());
        if self.random.chance(300) {
            self.save(index);
        }
        self.agenda.after(LOOK_MS, Event::Look);
    }
}
