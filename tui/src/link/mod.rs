//! The network: one WebSocket for what the relay has, HTTP calls for the history and for what is
//! asked of it.
//!
//! Everything that arrives goes to the disk first; the app hears of it as events after the
//! commit. Every failure becomes a state with words. This module draws nothing, holds no SQL, and
//! never decides what is shown.

mod api;
pub mod backoff;
pub mod checkup;
pub mod failure;
#[cfg(test)]
mod healing_tests;
mod history;
mod http;
pub mod invite;
mod join;
mod live;
pub mod lives;
pub mod pace;
pub mod relay_url;
mod requests;
pub mod session;
mod socket;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod wipe_tests;

pub use api::Api;
pub use invite::{Invite, InviteError};
pub use join::{JoinError, join};
pub use relay_url::{RelayUrl, RelayUrlError};

use crate::cache::{Applied, Cache};
use crate::event::{CacheEvent, Event, LinkEvent};
use crate::model::connection::Connection;
use backoff::Roll;
use http::Http;
use reqwest::header::HeaderValue;
use secrecy::SecretString;
use smsdesk_common::ids::ConversationId;
use smsdesk_common::stream::PresenceState;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;

/// Which relay, and as whom.
#[derive(Clone, Debug)]
pub struct LinkConfig {
    /// The relay.
    pub relay: RelayUrl,
    /// Proves who we are; as [`join()`] brought it.
    pub token: SecretString,
    /// Program and version, for the relay's log: `smsdesk/0.1.0`.
    pub client: String,
    /// What the agent does, for the colleagues.
    pub doing: watch::Receiver<Option<Doing>>,
}

/// What an agent does where.
pub type Doing = (ConversationId, PresenceState);

/// Somebody who never says what they do.
pub fn nobody() -> watch::Receiver<Option<Doing>> {
    watch::channel(None).1
}

/// Why the link has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It was asked to.
    Shutdown,
    /// The relay wants nothing more from this device; says why. The app was told.
    SignedOut {
        /// In words.
        reason: String,
    },
    /// The same, and this device has removed its copy of the records because the relay said so.
    Wiped {
        /// What stays, in words. The app was told.
        reason: String,
    },
    /// Nobody listens to events any more, or the disk is closed.
    AppGone,
}

/// What the three activities share.
#[derive(Debug)]
struct Link {
    http: Http,
    authorization: HeaderValue,
    client: String,
    cache: Cache,
    doing: watch::Receiver<Option<Doing>>,
    events: mpsc::Sender<Event>,
    /// Whether the stream is welcome at the relay.
    online: watch::Sender<bool>,
    /// There may be history to fetch.
    history: Notify,
    /// The copy was started anew: what waited for that may go on.
    fresh: Notify,
    /// The newest head of any page of the history that is on the disk. The copy may lack what had
    /// moved on by then, so that it compares with no older state.
    history_seen: AtomicU64,
    /// The trouble that was said last, so that it is not repeated with every try.
    said: Mutex<Option<String>>,
}

impl Link {
    async fn send(&self, event: Event) -> Result<(), End> {
        self.events.send(event).await.map_err(|_| End::AppGone)
    }

    /// Tells the app something about the network.
    async fn say(&self, event: LinkEvent) -> Result<(), End> {
        if matches!(event, LinkEvent::Welcome(_)) {
            *self.said.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        self.send(Event::Link(event)).await
    }

    /// Tells the app what a commit has changed.
    async fn tell(&self, events: impl Iterator<Item = CacheEvent>) -> Result<(), End> {
        for event in events {
            self.send(Event::Cache(event)).await?;
        }
        Ok(())
    }

    /// Has the outbox looked at where a part of the feed has changed what waits there: a note that a
    /// restored relay no longer knows waits again; a conversation that was begun here is the relay's.
    fn ring_for(&self, applied: &Applied) {
        let waits = applied.outbox.is_some_and(|outbox| outbox.waiting > 0);
        if waits || !applied.moved.is_empty() {
            self.fresh.notify_one();
        }
    }

    /// Says a trouble, unless it is what was said last.
    async fn trouble(&self, message: String) -> Result<(), End> {
        {
            let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
            if said.as_ref() == Some(&message) {
                return Ok(());
            }
            *said = Some(message.clone());
        }
        self.send(Event::Link(LinkEvent::Trouble { message })).await
    }
}

/// Keeps this device and its relay in step until `shutdown`, until the relay refuses the token, or
/// until nobody listens. `wake` says that the outbox has something new.
///
/// A TLS provider must be installed in this process (`rustls::crypto::CryptoProvider`).
pub async fn run(
    config: LinkConfig,
    cache: Cache,
    events: mpsc::Sender<Event>,
    wake: Arc<Notify>,
    shutdown: CancellationToken,
) -> End {
    let end = match setup(config, cache, events.clone()) {
        Ok(link) => {
            let end = tokio::select! {
                () = shutdown.cancelled() => End::Shutdown,
                end = Box::pin(work(&link, &wake)) => end,
            };
            match end {
                End::SignedOut { .. } if link.http.is_to_wipe() => wipe(&link).await,
                end => end,
            }
        }
        Err(http::SetupError(reason)) => End::SignedOut { reason },
    };
    if let End::SignedOut { reason } | End::Wiped { reason } = &end {
        let state = Connection::SignedOut {
            reason: reason.clone(),
        };
        // Where nobody listens any more, nobody needs to hear it.
        let _ = events.send(Event::Link(LinkEvent::Connection(state))).await;
    }
    end
}

/// Removes the copy of the records, and says what stays.
async fn wipe(link: &Link) -> End {
    match link.cache.wipe().await {
        Ok((left, applied)) => {
            let events = applied.into_iter().flat_map(Applied::into_events);
            // Where nobody listens any more, nothing is shown any more.
            let _ = link.tell(events).await;
            let reason = format!(
                "your access was taken away, and the copy of the records was removed from this \
                 device; {left}"
            );
            End::Wiped { reason }
        }
        Err(error) => End::SignedOut {
            reason: format!("your access was taken away, and {error}"),
        },
    }
}

fn setup(
    config: LinkConfig,
    cache: Cache,
    events: mpsc::Sender<Event>,
) -> Result<Link, http::SetupError> {
    let authorization = http::bearer(&config.token)?;
    Ok(Link {
        http: Http::new(config.relay, Some(authorization.clone()))?,
        authorization,
        client: config.client,
        cache,
        doing: config.doing,
        events,
        online: watch::channel(false).0,
        history: Notify::new(),
        fresh: Notify::new(),
        history_seen: AtomicU64::new(0),
        said: Mutex::new(None),
    })
}

/// The stream, the history and the outbox, side by side in one task: none of them computes for
/// long, and the end of one ends all.
async fn work(link: &Link, wake: &Notify) -> End {
    if let Ok(counts) = link.cache.outbox().await
        && let Err(end) = link.send(Event::Cache(counts.into())).await
    {
        return end;
    }
    let (verify, mut to_verify) = mpsc::channel(1);
    tokio::select! {
        end = live::run(link, &mut to_verify) => end,
        end = history::run(link, &verify) => end,
        end = requests::run(link, wake) => end,
    }
}

/// A random number for pauses. Where the system has none, all devices wait the longest.
fn roll() -> Roll {
    getrandom::u64().map_or(Roll(u64::MAX), Roll)
}
