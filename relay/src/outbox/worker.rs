//! Hands texts to the provider: claims in one transaction, calls outside any, records in another.

use crate::desk::status;
use crate::outbox::policy::{Decision, decide};
use crate::state::Relay;
use crate::store::outbox::Waiting;
use crate::store::sql::Tx;
use crate::store::{StoreError, entries, outbox};
use crate::twilio::classify::CreateOutcome;
use crate::twilio::client::CreateMessage;
use smsdesk_common::ids::EntryId;
use smsdesk_common::status::{Delivery, DeliveryStatus};
use smsdesk_common::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

#[cfg(test)]
mod tests;

/// Texts that are handed over at the same time, each of another conversation.
const CALLS_MAX: usize = 16;
/// How often to look for due texts even if nothing rang, in milliseconds.
const LOOK_MS: u64 = 5_000;
/// The pause after the store failed, in milliseconds.
const STORE_PAUSE_MS: u64 = 500;
/// How often an outcome is offered to a faulty store, or to a failing one while the relay stops.
/// What cannot be recorded stays claimed, and is unknown after the next start: never handed over
/// twice.
const RECORD_TRIES_MAX: u32 = 20;

/// The relay's only way to send.
#[derive(Debug)]
pub struct Worker {
    relay: Arc<Relay>,
    calls: JoinSet<()>,
}

/// A claimed text with its words.
#[derive(Debug)]
pub struct Claimed {
    /// As it stood in the queue.
    pub waiting: Waiting,
    /// The words.
    pub body: String,
}

/// Claims up to `limit` texts that are due, with their words.
///
/// # Errors
/// The database cannot be written.
pub fn claim(tx: &mut dyn Tx, limit: u32) -> Result<Vec<Claimed>, StoreError> {
    let mut claimed = Vec::new();
    for waiting in outbox::claim(tx, limit)? {
        if let Some(entry) = entries::find(tx, waiting.entry)? {
            claimed.push(Claimed {
                waiting,
                body: entry.body,
            });
        }
    }
    Ok(claimed)
}

impl Worker {
    /// A worker that has nothing under way.
    pub fn new(relay: Arc<Relay>) -> Self {
        Self {
            relay,
            calls: JoinSet::new(),
        }
    }

    /// Works until shutdown, then lets the calls under way end and be recorded.
    pub async fn run(mut self) {
        let shutdown = self.relay.shutdown.clone();
        while !shutdown.is_cancelled() {
            let pause = self.round().await;
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = self.relay.outbox_bell.notified() => {}
                Some(_) = self.calls.join_next(), if !self.calls.is_empty() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        while self.calls.join_next().await.is_some() {}
    }

    /// Claims what is due and starts a call for each; says how long nothing else is due.
    async fn round(&mut self) -> Duration {
        while self.calls.try_join_next().is_some() {}
        let room = CALLS_MAX.saturating_sub(self.calls.len());
        if room > 0 {
            match self.claim(room).await {
                Ok(claimed) => {
                    for text in claimed {
                        self.calls.spawn(hand_over(Arc::clone(&self.relay), text));
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "the outbox could not be read");
                    return Duration::from_millis(STORE_PAUSE_MS);
                }
            }
        }
        self.until_due().await
    }

    async fn claim(&self, room: usize) -> Result<Vec<Claimed>, StoreError> {
        let limit = u32::try_from(room).unwrap_or(u32::MAX);
        let store = &self.relay.store;
        // Most rounds find nothing: a look is cheaper than a commit.
        let now = self.relay.clock.now();
        let due = store
            .read(move |reads| outbox::next_due(reads, now))
            .await?
            .is_some_and(|due| due <= now);
        if !due {
            return Ok(Vec::new());
        }
        store.write(move |tx| claim(tx, limit)).await
    }

    async fn until_due(&self) -> Duration {
        let longest = Duration::from_millis(LOOK_MS);
        let now = self.relay.clock.now();
        let due = self
            .relay
            .store
            .read(move |reads| outbox::next_due(reads, now));
        match due.await {
            // What is due and was not claimed waits for a call of its conversation to end.
            Ok(Some(due)) if due > now => {
                let ms = u64::try_from(due.millis_since(now)).unwrap_or(LOOK_MS);
                Duration::from_millis(ms).min(longest)
            }
            _ => longest,
        }
    }
}

async fn hand_over(relay: Arc<Relay>, text: Claimed) {
    let Claimed { waiting, body } = text;
    let entry = waiting.entry;
    let callback = format!("{}/webhooks/twilio/status?entry={entry}", relay.public_url);
    let message = CreateMessage {
        to: waiting.address,
        from: waiting.line.clone().into(),
        body,
        status_callback: Some(callback),
        validity_s: None,
        media_urls: Vec::new(),
    };
    let outcome = relay.accounts.client(&waiting.line).create(&message).await;
    note(entry, &outcome);
    let decision = decide(outcome, waiting.attempts + 1, random());
    for tries in 1.. {
        let decision = decision.clone();
        let recorded = relay.store.write(move |tx| record(tx, entry, &decision));
        let Err(error) = recorded.await else {
            return;
        };
        if tries == 1 {
            tracing::error!(%entry, %error, "an outcome could not be recorded; will try again");
        }
        if gives_up(tries, &error, &relay.shutdown) {
            tracing::error!(%entry, %error, "an outcome is lost; unknown after the next start");
            return;
        }
        tokio::time::sleep(Duration::from_millis(STORE_PAUSE_MS)).await;
    }
}

/// A full disk may last for hours, and then an outcome is still worth having: without it the text
/// and all behind it would wait for the next start. A fault does not pass, and a stop has to end.
fn gives_up(tries: u32, error: &StoreError, shutdown: &CancellationToken) -> bool {
    tries >= RECORD_TRIES_MAX && (!error.is_temporary() || shutdown.is_cancelled())
}

fn note(entry: EntryId, outcome: &CreateOutcome) {
    match outcome {
        CreateOutcome::Accepted(message) => {
            tracing::debug!(%entry, sid = message.sid.as_str(), "handed over");
        }
        CreateOutcome::Rejected { error } => {
            tracing::info!(%entry, code = error.code, "refused by the provider");
        }
        CreateOutcome::RetryLater { .. } => tracing::info!(%entry, "not taken; will try again"),
        CreateOutcome::AccountRefused { error } => {
            tracing::error!(%entry, code = error.code, "the provider refuses the account");
        }
        CreateOutcome::Ambiguous { reason } => {
            tracing::warn!(%entry, %reason, "unknown whether it was taken");
        }
    }
}

fn random() -> u64 {
    let mut bytes = [0; 8];
    // Without randomness the pauses are the shortest ones; they still grow by attempts.
    let _ = getrandom::fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

fn later(now: Timestamp, after_ms: u64) -> Timestamp {
    now.plus_millis(i64::try_from(after_ms).unwrap_or(i64::MAX))
}

/// Records a decision. A status callback may have come first; then the row is gone already.
///
/// # Errors
/// The database cannot be written.
pub fn record(tx: &mut dyn Tx, id: EntryId, decision: &Decision) -> Result<(), StoreError> {
    let Some(mut entry) = entries::find(tx, id)? else {
        return Ok(());
    };
    let delivery = |status, error| Delivery { status, error };
    let now = tx.now();
    match decision {
        Decision::Again { after_ms } => return outbox::requeue(tx, id, later(now, *after_ms)),
        Decision::Pause { after_ms } => {
            // Each further call would be refused like this one: a backlog must not hammer.
            let until = later(now, *after_ms);
            outbox::requeue(tx, id, until)?;
            return outbox::pause_line_of(tx, id, until);
        }
        Decision::Record(message) => {
            outbox::remove(tx, id)?;
            let sid = message.sid.as_str();
            if entry.sid.as_deref().is_some_and(|held| held != sid) {
                tracing::error!(entry = %id, "the provider has this text twice");
            }
            entry.sid.get_or_insert_with(|| sid.to_owned());
            entry.segments = message.segments.or(entry.segments);
            entry.price = message.price.clone().or(entry.price.take());
            status::merge(&mut entry, &message.delivery, now);
            status::merge_early(tx, &mut entry)?;
        }
        // A report on it is better evidence than any answer: the provider has it.
        Decision::Fail(_) | Decision::Unknown if entry.sid.is_some() => return Ok(()),
        Decision::Fail(error) => {
            outbox::remove(tx, id)?;
            let failed = delivery(DeliveryStatus::Failed, Some(error.clone()));
            status::merge(&mut entry, &failed, now);
        }
        Decision::Unknown => {
            outbox::set_unknown(tx, id)?;
            status::merge(&mut entry, &delivery(DeliveryStatus::Unknown, None), now);
        }
    }
    status::store(tx, &mut entry)
}
