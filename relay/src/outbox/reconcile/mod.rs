//! Reads the provider's lists for what its webhooks did not tell: at the start, every few minutes,
//! and once a day over three days. Never sends, and never keeps a text or a webhook waiting: one
//! short call at a time, and what it finds is stored in small transactions.

mod doubts;
mod held;
mod media;
mod page;
pub mod tally;
#[cfg(test)]
mod tests;
mod walk;
pub mod window;

pub use doubts::{Found, carry_out, with_messages};

use crate::clock::monotonic;
use crate::outbox::cadence::Cadence;
use crate::state::Relay;
use crate::store::reconcile::{Purpose, Walk};
use crate::store::{StoreError, lines, media_wanted, reconcile, unknown};
use crate::twilio::client::LookError;
use crate::twilio::sid::AccountSid;
use smsdesk_common::phone::Address;
use smsdesk_common::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Findings in one transaction: a webhook waits behind at most so many.
const CHUNK: usize = 16;

/// Which list of a line.
type List = (Address, Purpose);

/// A list, and what is to be done about it.
#[derive(Debug)]
struct Reading {
    /// The walk that is under way.
    walk: Option<Walk>,
    /// When the next one begins.
    due: Instant,
    /// When the last one began that was completed since the start.
    completed: Option<Timestamp>,
    /// The oldest message that this walk left alone, for it may be a text that is still looked for.
    left: Option<Timestamp>,
}

/// An account that gave no answer.
#[derive(Clone, Copy, Debug)]
struct Blocked {
    until: Instant,
    faults: u32,
}

/// Why a step came to nothing.
#[derive(Debug)]
enum Fault {
    Look(AccountSid, LookError),
    Store(StoreError),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Whether a step did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Did {
    /// It called the provider.
    Call,
    /// There was nothing to do.
    Nothing,
}

/// The relay's only reader of the provider's lists.
#[derive(Debug)]
pub struct Reconciler {
    relay: Arc<Relay>,
    cadence: Cadence,
    lists: BTreeMap<List, Reading>,
    /// The list that was read last: the next one has its turn.
    last: Option<List>,
    blocked: BTreeMap<AccountSid, Blocked>,
    held: held::Waiting,
    is_loaded: bool,
}

impl Reconciler {
    /// One that has read nothing yet.
    pub fn new(relay: Arc<Relay>, cadence: Cadence) -> Self {
        Self {
            relay,
            cadence,
            lists: BTreeMap::new(),
            last: None,
            blocked: BTreeMap::new(),
            held: held::Waiting::default(),
            is_loaded: false,
        }
    }

    /// Works until shutdown. A call under way is given up then: it changes nothing at the provider.
    pub async fn run(mut self) {
        let shutdown = self.relay.shutdown.clone();
        let work = async {
            loop {
                let pause = self.step().await;
                tokio::time::sleep(pause).await;
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = work => {}
        }
    }

    /// Does one thing; says how long to wait before the next.
    async fn step(&mut self) -> Duration {
        let ms = Duration::from_millis;
        match self.next().await {
            Ok(Did::Call) => ms(self.cadence.call_ms),
            Ok(Did::Nothing) => ms(self.cadence.idle_ms),
            Err(Fault::Look(account, error)) => {
                self.block(account, &error);
                ms(self.cadence.call_ms)
            }
            Err(Fault::Store(error)) => {
                tracing::error!(%error, "what the provider's list told could not be stored");
                ms(self.cadence.fault_ms)
            }
        }
    }

    /// The most urgent thing: a text in doubt, then attachments, then the next page of a
    /// list, then a text that the provider keeps.
    async fn next(&mut self) -> Result<Did, Fault> {
        if !self.is_loaded {
            self.load().await?;
        }
        let now = self.relay.clock.now();
        let look = self.relay.store.read(|reads| {
            let is_new = unknown::is_any_new(reads)?;
            let (doubts, media) = (unknown::next_due(reads)?, media_wanted::next_due(reads)?);
            Ok::<_, StoreError>((is_new, doubts, media))
        });
        let (is_new, doubts, media) = look.await?;
        if is_new {
            self.adopt().await?;
        }
        if doubts.is_some_and(|due| due <= now) && self.settle(now).await? == Did::Call {
            return Ok(Did::Call);
        }
        if media.is_some_and(|due| due <= now) && self.fetch_media(now).await? == Did::Call {
            return Ok(Did::Call);
        }
        if self.walk_on(now).await? == Did::Call {
            return Ok(Did::Call);
        }
        self.ask_for_held(now).await
    }

    /// Takes up what was under way at the last stop.
    async fn load(&mut self) -> Result<(), Fault> {
        let look = self
            .relay
            .store
            .read(|reads| Ok::<_, StoreError>((lines::all(reads)?, reconcile::under_way(reads)?)));
        let (lines, mut walks) = look.await?;
        let due = monotonic();
        for line in lines.into_iter().filter(|line| line.active) {
            for purpose in Purpose::ALL {
                let is_here = |walk: &Walk| walk.line == line.id && walk.purpose == purpose;
                let at = walks.iter().position(is_here);
                let walk = at.map(|at| walks.swap_remove(at));
                let list = (line.id.clone(), purpose);
                let reading = Reading {
                    walk,
                    due,
                    completed: None,
                    left: None,
                };
                self.lists.insert(list, reading);
            }
        }
        self.is_loaded = true;
        Ok(())
    }

    /// Asks nothing of an account for a while: as long as it wants, longer with each failure.
    fn block(&mut self, account: AccountSid, error: &LookError) {
        let faults = self.blocked.get(&account).map_or(0, |held| held.faults);
        let doubled = self.cadence.fault_ms.saturating_mul(1 << faults.min(16));
        let own = Duration::from_millis(doubled.min(self.cadence.every_ms));
        let asked = match error {
            LookError::Later { after } => after.unwrap_or_default(),
            LookError::Missing | LookError::Unreadable => Duration::ZERO,
            LookError::Refused { error } => {
                let code = error.code;
                tracing::error!(code, "the provider refuses to show its list of messages");
                Duration::ZERO
            }
        };
        if faults == 0 {
            tracing::warn!(%error, "the provider's list could not be read; will try again");
        }
        let held = Blocked {
            until: monotonic() + own.max(asked),
            faults: faults.saturating_add(1),
        };
        self.blocked.insert(account, held);
    }

    fn is_blocked(&self, line: &Address) -> bool {
        let client = self.relay.accounts.client(line);
        let account = client.account();
        let held = self.blocked.get(account);
        held.is_some_and(|held| held.until > monotonic())
    }

    /// The outcome of a call for a line; an answer ends the account's block.
    fn answered<T>(&mut self, line: &Address, answer: Result<T, LookError>) -> Result<T, Fault> {
        let client = self.relay.accounts.client(line);
        let account = client.account();
        match answer {
            Ok(answer) => {
                self.blocked.remove(account);
                Ok(answer)
            }
            Err(error) => Err(Fault::Look(account.clone(), error)),
        }
    }
}

/// Whether a time is at least so long ago. One to come belongs to a clock that is ahead of ours:
/// waiting for it could take for ever.
fn is_past(at: Timestamp, now: Timestamp, ms: i64) -> bool {
    let age = now.millis_since(at);
    age >= ms || age < -CLOCK_AHEAD_MS
}

/// How far the provider's clock may be ahead before its times are not waited for.
const CLOCK_AHEAD_MS: i64 = 5_000;
