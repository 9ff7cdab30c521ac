//! Hands texts to the provider: claims in one transaction, calls outside any, records in another.

use crate::clock;
use crate::desk::{broadcast, shield};
use crate::outbox::age;
use crate::outbox::lanes::{Answer, Grant, Lanes, Queue, Rules, share};
use crate::outbox::policy::{Decision, decide};
use crate::outbox::record::{give_up, record};
use crate::outbox::setback::Watch;
use crate::state::Relay;
use crate::store::outbox::Waiting;
use crate::store::sql::{Reads, Tx};
use crate::store::{StoreError, entries, lines, outbox, settings};
use crate::twilio::classify::CreateOutcome;
use crate::twilio::client::CreateMessage;
use smsdesk_common::ids::EntryId;
use smsdesk_common::phone::Address;
use smsdesk_common::time::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

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

/// The shortest wait between two rounds that found nothing to do, in milliseconds.
const ROUND_MS_MIN: u64 = 5;

/// The relay's only way to send.
#[derive(Debug)]
pub struct Worker {
    relay: Arc<Relay>,
    lanes: Lanes,
    watch: Watch,
    calls: JoinSet<Answer>,
    /// What each call is about: a call that panics cannot say it.
    under_way: HashMap<Id, Call>,
    started: Instant,
}

/// A claimed text with its words.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// As it stood in the queue.
    pub waiting: Waiting,
    /// The words.
    pub body: String,
    /// Where its attachments are.
    pub media_urls: Vec<String>,
    /// Whether it asks if its account is still refused.
    pub probe: bool,
}

/// A call under way.
#[derive(Clone, Debug)]
struct Call {
    entry: EntryId,
    line: Address,
    probe: bool,
}

impl Worker {
    /// A worker that has nothing under way.
    pub fn new(relay: Arc<Relay>) -> Self {
        let sending = relay.live().sending.clone();
        let lanes = Lanes::new(Rules {
            rate: sending.segments_per_second,
            rates: sending.line_rates.clone(),
            accounts: relay.accounts.numbers().clone(),
            probe_ms: sending.probe_ms,
        });
        Self {
            relay,
            lanes,
            watch: Watch::new(),
            calls: JoinSet::new(),
            under_way: HashMap::new(),
            started: clock::monotonic(),
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
                Some(ended) = self.calls.join_next_with_id() => self.ended(ended),
                () = tokio::time::sleep(pause) => {}
            }
        }
        while let Some(ended) = self.calls.join_next_with_id().await {
            self.ended(ended);
        }
    }

    /// Gives up what has waited for too long, claims what may go and starts a call for each; says
    /// how long nothing else can be done.
    async fn round(&mut self) -> Duration {
        while let Some(ended) = self.calls.try_join_next_with_id() {
            self.ended(ended);
        }
        self.work().await.unwrap_or_else(|error| {
            tracing::error!(%error, "the outbox could not be read");
            Duration::from_millis(STORE_PAUSE_MS)
        })
    }

    async fn work(&mut self) -> Result<Duration, StoreError> {
        let longest = Duration::from_millis(LOOK_MS);
        let now = self.relay.clock.now();
        let store = self.relay.store.clone();
        let live = self.relay.live();
        let validity_s = live.sending.validity_s;
        let sending = &live.sending;
        let (rate, rates) = (sending.segments_per_second, &sending.line_rates);
        self.lanes.go_by(rate, rates, self.now_ms());
        if let Some(by_ms) = self.watch.look(now, self.now_ms()) {
            store
                .write(move |tx| outbox::clock_went_back(tx, by_ms))
                .await?;
            self.watch.settled();
            if by_ms > 0 {
                tracing::warn!(by_ms, "the wall clock went back: pauses were put right");
            }
        }
        // Most rounds find nothing: a look is cheaper than a commit.
        let (overdue, queues) = store
            .read(move |reads| look(reads, now, validity_s))
            .await?;
        if overdue {
            let given_up = store.write(move |tx| give_up(tx, validity_s)).await?;
            tracing::warn!(texts = given_up, "waited for too long and were given up");
            return Ok(Duration::ZERO);
        }
        let room = CALLS_MAX.saturating_sub(self.calls.len());
        if room == 0 {
            return Ok(longest);
        }
        let grants = self.lanes.grants(&queues, now, self.now_ms());
        let mut rest = queues;
        if !grants.is_empty() {
            for text in store.write(move |tx| claim(tx, &grants, room)).await? {
                self.begin(text);
            }
            (_, rest) = store
                .read(move |reads| look(reads, now, validity_s))
                .await?;
        }
        if self.calls.len() >= CALLS_MAX {
            return Ok(longest);
        }
        let wakes = self.lanes.wakes_in_ms(&rest, now, self.now_ms());
        let wakes = wakes.map(|ms| Duration::from_millis(ms.max(ROUND_MS_MIN)));
        Ok(wakes.map_or(longest, |wakes| wakes.min(longest)))
    }

    fn begin(&mut self, text: Claimed) {
        let call = Call {
            entry: text.waiting.entry,
            line: text.waiting.line.clone(),
            probe: text.probe,
        };
        let segments = text.waiting.segments;
        let relay = Arc::clone(&self.relay);
        // Of the highest level, so that lines of every level carry it. Twilio's id comes later.
        let entry = call.entry;
        let span = tracing::error_span!("text", %entry, twilio_request = tracing::field::Empty);
        self.start(call, segments, hand_over(relay, text).instrument(span));
    }

    fn start(
        &mut self,
        call: Call,
        segments: u32,
        work: impl Future<Output = Answer> + Send + 'static,
    ) {
        let now_ms = self.now_ms();
        self.lanes.began(&call.line, segments, now_ms);
        let id = self.calls.spawn(work).id();
        self.under_way.insert(id, call);
    }

    /// Takes the end of a call. One that panicked may have reached the provider.
    fn ended(&mut self, ended: Result<(Id, Answer), JoinError>) {
        let (id, answer) = match ended {
            Ok((id, answer)) => (id, Some(answer)),
            Err(error) => (error.id(), None),
        };
        let Some(call) = self.under_way.remove(&id) else {
            return;
        };
        let now_ms = self.now_ms();
        let said = answer.unwrap_or(Answer::Nothing);
        self.lanes.ended(&call.line, call.probe, said, now_ms);
        if answer.is_none() {
            let entry = call.entry;
            tracing::error!(%entry, "a fault while it was handed over: unknown whether it was taken");
            let relay = Arc::clone(&self.relay);
            let line = call.line.clone();
            let unknown = async move {
                keep(&relay, entry, line, Decision::Unknown).await;
                Answer::Nothing
            };
            // Recording it is tried once: where that panics too, the text stays claimed, and is
            // unknown after the next start.
            self.calls.spawn(unknown);
        }
    }

    /// Milliseconds since the start, by a clock that never jumps.
    fn now_ms(&self) -> u64 {
        let passed = clock::monotonic().duration_since(self.started);
        u64::try_from(passed.as_millis()).unwrap_or(u64::MAX)
    }
}

/// Whether a text has waited for too long, and what waits; nothing does where everything is paused.
///
/// # Errors
/// The database cannot be read.
pub fn look(
    reads: &mut dyn Reads,
    now: Timestamp,
    validity_s: u32,
) -> Result<(bool, Vec<Queue>), StoreError> {
    if settings::sends_paused(reads)? {
        return Ok((false, Vec::new()));
    }
    let since = age::given_up_since(now, validity_s);
    let overdue = outbox::overdue(reads, since, 1)?;
    Ok((!overdue.is_empty(), outbox::queues(reads, now)?))
}

/// Claims what the lines may hand over, `room` texts at most.
///
/// # Errors
/// The database cannot be written.
pub fn claim(tx: &mut dyn Tx, grants: &[Grant], room: usize) -> Result<Vec<Claimed>, StoreError> {
    let mut claimed = Vec::new();
    // They may have been paused since somebody looked.
    if settings::sends_paused(tx)? {
        return Ok(claimed);
    }
    for (at, grant) in grants.iter().enumerate() {
        let places = share(room.saturating_sub(claimed.len()), grants.len() - at);
        let limit = u32::try_from(places.min(grant.texts)).unwrap_or(u32::MAX);
        let line = lines::find(tx, grant.line.as_str())?;
        let paused = line.and_then(|line| line.paused);
        for mut waiting in outbox::claim(tx, &grant.line, limit, grant.segments)? {
            // The pause is taken out of every text's waiting once it ends; of this one now.
            if let Some(paused) = &paused {
                waiting.waits_since = age::forgiven(waiting.waits_since, paused.since, tx.now());
            }
            if let Some(entry) = entries::find(tx, waiting.entry)? {
                // Once more, and for the last time: they may have opted out while it waited.
                let (line, to) = (&waiting.line, &waiting.address);
                if let Some(why) = shield::stops(tx, &entry.author, line, to)? {
                    record(tx, entry.id, &|_| false, &Decision::GiveUp(why))?;
                    continue;
                }
                if broadcast::stops(tx, &entry)? {
                    continue;
                }
                claimed.push(Claimed {
                    waiting,
                    body: entry.body,
                    media_urls: entry.media.into_iter().map(|media| media.url).collect(),
                    probe: grant.probe,
                });
            }
        }
    }
    Ok(claimed)
}

async fn hand_over(relay: Arc<Relay>, text: Claimed) -> Answer {
    let Claimed {
        waiting,
        body,
        media_urls,
        ..
    } = text;
    let entry = waiting.entry;
    let validity_s = relay.live().sending.validity_s;
    let Some(left_s) = age::remaining_s(waiting.waits_since, relay.clock.now(), validity_s) else {
        let given_up = Decision::GiveUp(age::given_up(validity_s, None));
        keep(&relay, entry, waiting.line, given_up).await;
        return Answer::Nothing;
    };
    let callback = format!("{}/webhooks/twilio/status?entry={entry}", relay.public_url);
    let message = CreateMessage {
        to: waiting.address,
        from: waiting.line.clone().into(),
        body,
        status_callback: Some(callback),
        validity_s: Some(left_s),
        media_urls,
    };
    let outcome = relay.accounts.client(&waiting.line).create(&message).await;
    note(&outcome);
    let answer = answer(&outcome);
    let decision = decide(outcome, waiting.attempts + 1, random());
    keep(&relay, entry, waiting.line, decision).await;
    answer
}

/// What an outcome says of its account.
pub const fn answer(outcome: &CreateOutcome) -> Answer {
    match outcome {
        CreateOutcome::Accepted(_) | CreateOutcome::Rejected { .. } => Answer::Heard,
        CreateOutcome::AccountRefused { .. } => Answer::Refused,
        CreateOutcome::RetryLater { .. } | CreateOutcome::Ambiguous { .. } => Answer::Nothing,
    }
}

/// Records a decision, however long the store takes to be able to.
async fn keep(relay: &Arc<Relay>, entry: EntryId, line: Address, decision: Decision) {
    for tries in 1.. {
        let (decision, line, shared) = (decision.clone(), line.clone(), Arc::clone(relay));
        let recorded = relay.store.write(move |tx| {
            let account = shared.accounts.number(&line);
            let peers = |other: &Address| shared.accounts.number(other) == account;
            record(tx, entry, &peers, &decision)
        });
        let Err(error) = recorded.await else {
            return;
        };
        if tries == 1 {
            tracing::error!(%entry, %error, "an outcome could not be recorded; will try again");
        }
        if gives_up(tries, &error, &relay.shutdown) {
            tracing::error!(%entry, %error, "an outcome is lost; the text is unknown");
            // Claimed for ever, it would hold up all that comes behind it. Where not even this can
            // be stored, the next start does it.
            let unknown = Decision::Unknown;
            let told = relay
                .store
                .write(move |tx| record(tx, entry, &|_| false, &unknown));
            if let Err(error) = told.await {
                tracing::error!(%entry, %error, "it is unknown after the next start");
            }
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

/// Says how a call ended; which text it was about is said by the span.
fn note(outcome: &CreateOutcome) {
    match outcome {
        CreateOutcome::Accepted(message) => {
            tracing::debug!(sid = message.sid.as_str(), "handed over");
        }
        CreateOutcome::Rejected { error } => {
            tracing::info!(code = error.code, "refused by the provider");
        }
        CreateOutcome::RetryLater { .. } => tracing::info!("not taken; will try again"),
        CreateOutcome::AccountRefused { error } => {
            tracing::info!(code = error.code, "not taken: the account is refused");
        }
        CreateOutcome::Ambiguous { reason } => {
            tracing::warn!(%reason, "unknown whether it was taken");
        }
    }
}

fn random() -> u64 {
    let mut bytes = [0; 8];
    // Without randomness the pauses are the shortest ones; they still grow by attempts.
    let _ = getrandom::fill(&mut bytes);
    u64::from_le_bytes(bytes)
}
