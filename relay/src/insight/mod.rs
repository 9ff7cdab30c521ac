//! Judges what customers write, behind the commit that stored it: mood, matter, and what might be
//! answered.
//!
//! Nothing that is acknowledged waits for it. What is to be judged stands in the timelines, with a place
//! in the database up to which that is done, so that nothing queues in memory, a restart goes on where
//! this stopped, and an endpoint that hangs or fails delays nothing but judgements.

pub mod answer;
pub mod breaker;
pub mod client;
mod endpoint;
pub mod prompt;
pub mod tally;

use crate::clock::monotonic;
use crate::config::{Adapter, Insights};
use crate::desk::insight::{self as desk, Learned};
use crate::state::Relay;
use crate::store::{Store, StoreError, entries, insight};
use client::Client;
use smsdesk_common::entry::Entry;
use smsdesk_common::ids::Seq;
use smsdesk_common::insight::judge;
use smsdesk_common::time::Timestamp;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Texts that the built-in words judge in one commit: a few milliseconds of the one thread that writes.
const BATCH_MAX: u32 = 100;
/// The pause between two commits, in milliseconds: texts and requests come first.
const PAUSE_MS: u64 = 20;
/// The pause after the store failed, in milliseconds.
const STORE_PAUSE_MS: u64 = 5_000;
/// What the configuration calls nobody.
const NOBODY: &str = "none";

/// Who judges.
#[derive(Debug)]
pub enum Judge {
    /// The built-in words.
    Lexicon,
    /// An endpoint.
    Endpoint(Box<Client>),
}

impl Judge {
    /// Who judges by the configuration.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(adapter: Adapter, company: Option<String>) -> Result<Self, reqwest::Error> {
        Ok(match adapter {
            Adapter::Lexicon => Self::Lexicon,
            Adapter::Endpoint(endpoint) => {
                Self::Endpoint(Box::new(Client::new(*endpoint, company)?))
            }
        })
    }
}

/// Keeps in the database who judges, before anything comes in.
///
/// # Errors
/// The database cannot be written.
pub async fn begin(store: &Store, insights: Option<&Insights>) -> Result<(), StoreError> {
    let adapter = insights.map_or(NOBODY, |insights| insights.adapter.as_str());
    let max_age_ms = insights.map_or(0, |insights| insights.max_age_ms);
    store
        .write(move |tx| {
            let since = tx.now().plus_millis(-max_age_ms);
            insight::adopt(tx, adapter, since)
        })
        .await
}

/// Works until shutdown; not at all where nobody judges.
pub async fn run(relay: Arc<Relay>) {
    let Some((judge, max_age_ms)) = relay.judge() else {
        return;
    };
    let mut work = Work::new(max_age_ms);
    let mut growth = relay.store.hub().subscribe();
    loop {
        growth.mark_unchanged();
        let round = async {
            match judge {
                Judge::Lexicon => lexicon(&relay, &mut work).await,
                Judge::Endpoint(client) => {
                    let client = client.of_company(relay.live().company.clone());
                    endpoint::round(&relay, &client, &mut work).await
                }
            }
        };
        let done = tokio::select! {
            () = relay.shutdown.cancelled() => return,
            done = round => done,
        };
        let pause = match done {
            Ok(Next::Grown(most)) => tokio::select! {
                () = relay.shutdown.cancelled() => return,
                changed = growth.changed() => match changed {
                    Ok(()) => Duration::from_millis(PAUSE_MS),
                    Err(_) => return,
                },
                () = sleep(most) => Duration::ZERO,
            },
            Ok(Next::After(pause)) => pause,
            Err(error) => {
                tracing::warn!(%error, "customers' texts could not be judged");
                Duration::from_millis(STORE_PAUSE_MS)
            }
        };
        tokio::select! {
            () = relay.shutdown.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

async fn sleep(most: Option<Duration>) {
    match most {
        Some(most) => tokio::time::sleep(most).await,
        None => std::future::pending().await,
    }
}

/// When there is more to do.
enum Next {
    /// Once the log has grown, or after that time where there is one.
    Grown(Option<Duration>),
    /// After that time.
    After(Duration),
}

/// What is remembered from round to round, and may be forgotten.
struct Work {
    max_age_ms: i64,
    /// Up to here nothing is left to be judged; the place in the database may be behind.
    looked: Seq,
    began: Instant,
    endpoint: endpoint::Memory,
}

impl Work {
    fn new(max_age_ms: i64) -> Self {
        Self {
            max_age_ms,
            looked: Seq::ZERO,
            began: monotonic(),
            endpoint: endpoint::Memory::default(),
        }
    }

    /// Milliseconds on a clock that never jumps.
    fn elapsed_ms(&self) -> u64 {
        let elapsed = monotonic().duration_since(self.began).as_millis();
        u64::try_from(elapsed).unwrap_or(u64::MAX)
    }

    /// What comes before is too old.
    fn since(&self, now: Timestamp) -> Timestamp {
        now.plus_millis(-self.max_age_ms)
    }
}

/// The next texts; none where all is judged.
async fn pending(relay: &Relay, work: &mut Work, limit: u32) -> Result<Vec<Entry>, StoreError> {
    let (looked, since) = (work.looked, work.since(relay.clock.now()));
    let look = relay.store.read(move |reads| {
        let above = insight::place(reads)?.max(looked);
        let newest = entries::newest(reads)?;
        let texts = insight::pending(reads, above, since, limit)?;
        Ok::<_, StoreError>((texts, newest))
    });
    let (texts, newest) = look.await?;
    if texts.is_empty() {
        work.looked = newest;
    }
    Ok(texts)
}

/// Judges some texts by the built-in words; none while the disk is nearly full.
async fn lexicon(relay: &Relay, work: &mut Work) -> Result<Next, StoreError> {
    if relay.store.is_low() {
        return Ok(Next::Grown(None));
    }
    let texts = pending(relay, work, BATCH_MAX).await?;
    let Some(last) = texts.last() else {
        return Ok(Next::Grown(None));
    };
    let place = last.position;
    let worded = texts.iter().filter(|text| !text.body.trim().is_empty());
    let learned: Vec<Learned> = worded
        .map(|text| Learned::judged(text.id, judge(&text.body)))
        .collect();
    relay.insights.judged(learned.len());
    let store = relay.store.write(move |tx| {
        for one in &learned {
            desk::learn(tx, one)?;
        }
        insight::set_place(tx, place)
    });
    store.await?;
    Ok(Next::After(Duration::from_millis(PAUSE_MS)))
}
