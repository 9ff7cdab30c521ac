//! What every route and every task of one simulator shares.
//!
//! One lock guards the state; it is never held across an await. The account's data never
//! touches a disk.

use super::alert::Alert;
use super::application::Application;
use super::config::{OptOutManagement, SimulatorConfig};
use super::delivery::{Attempt, Poster};
use super::knobs::Knobs;
use super::message::{Message, Sid};
use super::message_log::MessageLog;
use super::number::{Hook, Number};
use super::random::{self, Dice, Roll};
use super::service::Service;
use super::steer::Standing;
use smsdesk_common::time::Timestamp;
use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Tells the simulator what time it is.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Webhook attempts kept for `GET /_sim/webhooks`, about 2 KB each.
const MAX_ATTEMPTS_KEPT: usize = 10_000;

/// Streams of [`random::hash`] that are not rolls of the dice.
const SID_STREAM: u64 = 1000;

/// One simulated Twilio account.
pub(super) struct Exchange {
    pub(super) config: SimulatorConfig,
    /// What URLs of this simulator start with, without a slash at the end.
    pub(super) base: String,
    pub(super) started_at: Timestamp,
    pub(super) poster: Poster,
    pub(super) shutdown: CancellationToken,
    /// One task per outbound message that is still on its way.
    pub(super) under_way: TaskTracker,
    /// REST requests being served.
    pub(super) concurrent: AtomicUsize,
    now: Now,
    minted: AtomicU64,
    grown: watch::Sender<u64>,
    state: Mutex<State>,
}

/// What changes.
pub(super) struct State {
    pub(super) messages: MessageLog,
    pub(super) numbers: Vec<Number>,
    pub(super) services: Vec<Service>,
    pub(super) applications: Vec<Application>,
    pub(super) alerts: VecDeque<Alert>,
    pub(super) standing: Standing,
    pub(super) knobs: Knobs,
    pub(super) attempts: VecDeque<Attempt>,
    attempts_made: u64,
    opted_out: HashSet<(String, String)>,
    dice: Dice,
}

/// Where texts to a number go.
#[derive(Clone, Debug)]
pub(super) struct Route {
    /// The messaging service that the number belongs to.
    pub(super) service: Option<String>,
    pub(super) sms: Hook,
    pub(super) fallback: Hook,
}

impl Exchange {
    pub(super) fn new(
        config: SimulatorConfig,
        base: String,
        poster: Poster,
        now: Now,
        shutdown: CancellationToken,
    ) -> Self {
        let started_at = now();
        let numbers = numbers(&config, started_at);
        let state = State {
            messages: MessageLog::default(),
            services: services(&config, &numbers, started_at),
            numbers,
            applications: Vec::new(),
            alerts: VecDeque::new(),
            standing: Standing::default(),
            knobs: Knobs::default(),
            attempts: VecDeque::new(),
            attempts_made: 0,
            opted_out: HashSet::new(),
            dice: Dice::new(config.seed),
        };
        Self {
            config,
            base,
            started_at,
            poster,
            shutdown,
            under_way: TaskTracker::new(),
            concurrent: AtomicUsize::new(0),
            now,
            minted: AtomicU64::new(0),
            grown: watch::Sender::new(0),
            state: Mutex::new(state),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// What Twilio's clock shows, which may be ordered to go wrong.
    pub(super) fn twilio_time(&self, now: Timestamp) -> Timestamp {
        now.plus_millis(self.state().standing.clock_offset_ms)
    }

    /// The state, for as long as the guard lives. Never hold it across an await.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves plain data behind that is still worth showing.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A name that no other thing of this account has had. It starts with the time, so that a
    /// simulator started again with the same seed does not repeat the names of the last run.
    pub(super) fn mint(&self, prefix: &str) -> Sid {
        let number = self.minted.fetch_add(1, Ordering::Relaxed);
        let time = self.now().as_millis().unsigned_abs() & 0xffff_ffff_ffff;
        let tail = random::hash(self.config.seed, SID_STREAM, number);
        // The number itself keeps names apart within a millisecond.
        let number = number & 0xffff;
        Sid::new(format!("{prefix}{time:012x}{number:04x}{tail:016x}"))
    }

    /// Tells those who wait that a message came or changed.
    pub(super) fn announce(&self) {
        self.grown.send_modify(|changes| *changes += 1);
    }

    /// Counts changes to messages; wakes at each.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.grown.subscribe()
    }

    /// Keeps a new message and announces it.
    pub(super) fn keep(&self, message: Message) -> Message {
        let kept = self.state().messages.append(message).clone();
        self.announce();
        kept
    }

    /// Back to the start: no messages, opt-outs, faults or attempts; the account as configured.
    pub(super) fn reset(&self) {
        let now = self.now();
        let numbers = numbers(&self.config, now);
        let mut state = self.state();
        state.messages.clear();
        state.services = services(&self.config, &numbers, now);
        state.numbers = numbers;
        state.applications.clear();
        state.alerts.clear();
        state.standing = Standing::default();
        state.knobs = Knobs::default();
        state.attempts.clear();
        state.opted_out.clear();
        state.dice.restart();
        drop(state);
        self.announce();
    }

    /// Whether `person` said STOP to `line` or to a line of its messaging service.
    pub(super) fn is_opted_out(&self, line: &str, person: &str) -> bool {
        let key = (self.opt_out_scope(line), person.to_owned());
        self.state().opted_out.contains(&key)
    }

    /// Notes that `person` said STOP to `line`; whether that is news.
    pub(super) fn opt_out(&self, line: &str, person: &str) -> bool {
        let key = (self.opt_out_scope(line), person.to_owned());
        self.state().opted_out.insert(key)
    }

    /// Notes that `person` said START to `line`; whether that is news.
    pub(super) fn opt_in(&self, line: &str, person: &str) -> bool {
        let key = (self.opt_out_scope(line), person.to_owned());
        self.state().opted_out.remove(&key)
    }

    /// With a messaging service an opt-out holds for the whole service.
    fn opt_out_scope(&self, line: &str) -> String {
        self.config
            .messaging_service
            .as_ref()
            .map_or(line, |service| &service.sid)
            .to_owned()
    }

    pub(super) fn opt_out_management(&self) -> OptOutManagement {
        self.config
            .messaging_service
            .as_ref()
            .map_or(OptOutManagement::Default, |service| service.opt_out)
    }

    /// Keeps an attempt to deliver a webhook and gives it its number, from 1.
    pub(super) fn record(&self, mut attempt: Attempt) {
        let mut state = self.state();
        state.attempts_made += 1;
        attempt.number = state.attempts_made;
        if state.attempts.len() >= MAX_ATTEMPTS_KEPT {
            state.attempts.pop_front();
        }
        state.attempts.push_back(attempt);
    }
}

impl State {
    /// The messaging service of this name.
    pub(super) fn service(&self, sid: &str) -> Option<&Service> {
        self.services
            .iter()
            .find(|service| service.sid.as_str() == sid)
    }

    /// The application of this name.
    pub(super) fn application(&self, sid: &str) -> Option<&Application> {
        self.applications
            .iter()
            .find(|application| application.sid.as_str() == sid)
    }

    /// The service's choice of sender: its first number of the recipient's channel.
    pub(super) fn sender_of(&self, message: &Message) -> Option<String> {
        let channel = |address: &str| {
            let channel = address.split_once(':');
            channel.map(|(channel, _)| channel.to_owned())
        };
        let service = message.messaging_service_sid.as_deref();
        let service = service.and_then(|sid| self.service(sid));
        let wanted = channel(&message.to);
        self.numbers
            .iter()
            .filter(|number| service.is_none_or(|service| service.numbers.contains(&number.sid)))
            .find(|number| channel(&number.phone_number) == wanted)
            .map(|number| number.phone_number.clone())
    }

    /// Where texts to a number go: its service's webhooks; or, where it has none or that one defers
    /// to it, its application's, else its own.
    pub(super) fn route(&self, number: &Number) -> Route {
        let service = self
            .services
            .iter()
            .find(|service| service.numbers.contains(&number.sid));
        let application = number
            .application
            .as_ref()
            .and_then(|sid| self.application(sid.as_str()));
        let (sms, fallback) = match (service.filter(|service| !service.defers), application) {
            (Some(service), _) => (&service.inbound, &service.fallback),
            (None, Some(application)) => (&application.sms, &application.sms_fallback),
            (None, None) => (&number.sms, &number.sms_fallback),
        };
        Route {
            service: service.map(|service| service.sid.as_str().to_owned()),
            sms: sms.clone(),
            fallback: fallback.clone(),
        }
    }

    /// Whether the fault that `rate` picks from the knobs happens this time.
    pub(super) fn happens(
        &mut self,
        roll: Roll,
        rate: impl FnOnce(&Knobs) -> super::knobs::Rate,
    ) -> bool {
        let rate = rate(&self.knobs);
        self.dice.happens(roll, rate)
    }

    /// The next number of the dice.
    pub(super) fn roll(&mut self, roll: Roll) -> u64 {
        self.dice.next(roll)
    }
}

/// The configured lines as numbers of the account. A number's SID depends on the number alone.
fn numbers(config: &SimulatorConfig, now: Timestamp) -> Vec<Number> {
    let number = |line: &String| {
        let digest = line
            .bytes()
            .fold(0, |digest, byte| random::hash(digest, 0, u64::from(byte)));
        let tail = random::hash(digest, 1, 0);
        Number {
            sid: Sid::new(format!("PN{digest:016x}{tail:016x}")),
            phone_number: line.clone(),
            friendly_name: line.clone(),
            sms: Hook::posting_to(config.webhook_url.as_ref()),
            sms_fallback: Hook::posting_to(config.fallback_url.as_ref()),
            status_callback: Hook::default(),
            application: None,
            created_at: now,
            updated_at: now,
        }
    };
    config.lines.iter().map(number).collect()
}

/// The configured service, which has every number and leaves the webhooks to them.
fn services(config: &SimulatorConfig, numbers: &[Number], now: Timestamp) -> Vec<Service> {
    let configured = config.messaging_service.iter();
    let service = configured.map(|service| Service {
        defers: true,
        numbers: numbers.iter().map(|number| number.sid.clone()).collect(),
        ..Service::new(Sid::new(service.sid.clone()), now)
    });
    service.collect()
}
