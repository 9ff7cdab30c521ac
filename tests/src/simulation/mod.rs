//! The whole house in one seed: relay, devices and provider in virtual time, over a network that
//! loses, doubles, reorders and stops, with parties that are killed at any moment. At the end all
//! is healed, and I1 to I12 must hold.
//!
//! What decides is the shipped code: the sessions of both sides and the ring between them, the
//! desk's functions and the writer over SQLite in memory, the disk of the app with its outbox, the
//! rules about pace, pauses, outcomes, texts in doubt and back-off. What is modelled is what carries
//! it: network, processes, when the provider's lists are read, the provider. The same seed does the
//! same everywhere.

pub mod asking;
pub mod checker;
pub mod command;
pub mod copy;
pub mod device;
pub mod event;
pub mod faults;
pub mod mischief;
pub mod network;
pub mod pages;
pub mod relay;
pub mod run;
pub mod scheduler;
pub mod settlement;
pub mod trace;
pub mod twilio;
pub mod verdict;
pub mod work;

pub use command::{Asked, main};
pub use faults::Sabotage;
pub use run::{Failure, Options, Stage, Summary, run};
pub use trace::Tracing;

use crate::random::Random;
use asking::Call;
use checker::Checker;
use device::Device;
use event::Event;
use faults::Faults;
use network::Network;
use relay::Relay;
use scheduler::Scheduler;
use smsdesk_common::ids::{Epoch, Seq};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::time::Instant;
use trace::Trace;
use twilio::Twilio;

/// Our number.
const LINE: &str = "+15557122661";
/// Who writes to it.
const CUSTOMERS: [&str; 3] = ["+12394267058", "+13055550101", "+13055550102"];
/// Our account.
const ACCOUNT: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
/// What its webhooks are signed with.
const SECRET: &str = "0123456789abcdef0123456789abcdef";
/// Where they go.
const PUBLIC_URL: &str = "https://relay.example";

/// Everything there is.
#[derive(Debug)]
pub struct World {
    faults: Faults,
    sabotage: Option<Sabotage>,
    random: Random,
    agenda: Scheduler<Event>,
    trace: Trace,
    network: Network,
    relay: Relay,
    devices: Vec<Device>,
    twilio: Twilio,
    checker: Checker,
    calls: BTreeMap<u64, Call>,
    /// What agents have yet to write.
    to_come: BTreeSet<u32>,
    /// How far the checker has looked at the log.
    looked: Option<(Epoch, Seq)>,
    /// Stands for the beginning on a clock that never jumps; only differences are ever used.
    began: Instant,
}

impl World {
    fn note(&mut self, who: &str, line: impl FnOnce() -> String) {
        self.trace.note(self.agenda.now(), who, line);
    }

    fn note_device(&mut self, index: usize, line: impl FnOnce() -> String) {
        let who = ["d0", "d1", "d2", "d3"].get(index).copied();
        self.note(who.unwrap_or("d?"), line);
    }

    /// The relay's wall clock, in milliseconds since 1970.
    fn wall(&self) -> i64 {
        self.relay.wall_ms()
    }
}

/// What cannot fail in a simulation, because nothing here is ever full, slow or damaged.
fn must<T, E: Debug>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("the simulated house has a fault of its own: {error:?}"))
}
