//! A stand-in for Twilio: its messaging REST API, signed webhooks, status callbacks, and what
//! goes wrong with them.
//!
//! It holds one account in memory and is meant for practice, demonstrations and tests. It knows
//! Twilio's side only: it shares the arithmetic of segments and the signature with the relay, and
//! nothing else, so that a mistake of the relay's is not repeated here. Its time comes from its
//! caller; the chance in it follows from a seed.

mod alert;
mod application;
mod config;
mod delivery;
mod exchange;
mod fate;
mod geography;
mod inbound;
mod journey;
mod knobs;
mod media_bytes;
mod message;
mod message_log;
mod number;
mod opt_out;
mod outbound;
mod random;
mod rest;
mod router;
mod server;
mod service;
mod steer;
mod timeline;
mod twiml;
mod xml;

pub use self::config::{
    ApiKey, ConfigError, MessagingService, OptOutManagement, SimulatorConfig, StatusTiming,
};
pub use self::delivery::{Attempt, Outcome, Purpose};
pub use self::exchange::Now;
pub use self::fate::Fate;
pub use self::inbound::{InboundError, InboundMedia, InboundText, Received};
pub use self::knobs::{KnobError, Knobs, Millis, OutOfRange, Rate};
pub use self::message::{Direction, MediaFile, Message, Sid, Status};

use self::delivery::Poster;
use self::exchange::Exchange;
use crate::twilio::signature::SigningKey;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long connections and callbacks may take to finish after the shutdown.
const DRAIN: Duration = Duration::from_secs(2);

/// A running simulator. Clones are handles to the same one; it runs until its shutdown token is
/// cancelled, however many handles are left.
#[derive(Clone)]
pub struct Simulator {
    exchange: Arc<Exchange>,
    address: SocketAddr,
    server: TaskTracker,
}

impl Simulator {
    /// Starts serving on `listener`.
    ///
    /// The process has to have a default rustls provider installed, for webhooks may be `https`.
    ///
    /// # Errors
    /// The configuration cannot work, the listener has no address, or there is no provider.
    pub fn start(
        config: SimulatorConfig,
        listener: TcpListener,
        now: Now,
        shutdown: CancellationToken,
    ) -> Result<Self, SimulatorError> {
        config.check()?;
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            return Err(SimulatorError::NoTlsProvider);
        }
        let address = listener.local_addr().map_err(SimulatorError::Listener)?;
        let base = config
            .public_base
            .clone()
            .unwrap_or_else(|| format!("http://{address}"));
        let base = base.trim_end_matches('/').to_owned();
        let poster = Poster::new(SigningKey::auth_token(config.auth_token.clone()));
        let exchange = Arc::new(Exchange::new(config, base, poster, now, shutdown.clone()));
        let server = TaskTracker::new();
        server.spawn(server::serve(
            router::router(Arc::clone(&exchange)),
            listener,
            shutdown,
        ));
        server.close();
        Ok(Self {
            exchange,
            address,
            server,
        })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What to give a client instead of `https://api.twilio.com`, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.exchange.base
    }

    /// Has a person write, and waits until the webhooks are done.
    ///
    /// # Errors
    /// The text cannot be; nothing happened.
    pub async fn inbound(&self, text: &InboundText) -> Result<Vec<Received>, InboundError> {
        self.exchange.receive(text).await
    }

    /// Every message, the oldest first.
    pub fn messages(&self) -> Vec<Message> {
        self.exchange.state().messages.iter().cloned().collect()
    }

    /// The messages from `position` on, the oldest first.
    pub fn messages_from(&self, position: u64) -> Vec<Message> {
        let state = self.exchange.state();
        state
            .messages
            .iter()
            .filter(|message| message.position >= position)
            .cloned()
            .collect()
    }

    /// Wakes whenever a message comes or changes; carries how often that happened.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.exchange.changes()
    }

    /// Every try to deliver a webhook or a status callback, the oldest first.
    pub fn attempts(&self) -> Vec<Attempt> {
        self.exchange.state().attempts.iter().cloned().collect()
    }

    /// The tries that have a number above `number`, the oldest first. Only the newest ones are
    /// kept: whoever wants all of them asks often.
    pub fn attempts_after(&self, number: u64) -> Vec<Attempt> {
        let state = self.exchange.state();
        let newest_first = state.attempts.iter().rev();
        let mut new: Vec<Attempt> = newest_first
            .take_while(|attempt| attempt.number > number)
            .cloned()
            .collect();
        new.reverse();
        new
    }

    /// How the knobs stand.
    pub fn knobs(&self) -> Knobs {
        self.exchange.state().knobs.clone()
    }

    /// Puts the knobs where they are wanted, all of them.
    pub fn turn(&self, knobs: Knobs) {
        self.exchange.state().knobs = knobs;
    }

    /// Back to the start: no messages, opt-outs, faults or attempts; the account as configured.
    pub fn reset(&self) {
        self.exchange.reset();
    }

    /// Waits until it has stopped after its shutdown token was cancelled; what has not finished
    /// two seconds later is left behind.
    pub async fn stopped(&self) {
        self.exchange.shutdown.cancelled().await;
        self.exchange.under_way.close();
        let finished = async {
            self.server.wait().await;
            self.exchange.under_way.wait().await;
        };
        // Nothing here is worth more waiting: no message outlives the process anyway.
        drop(tokio::time::timeout(DRAIN, finished).await);
    }
}

/// Why a simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// The configuration cannot work.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The listener has no address.
    #[error("the simulator's listener: {0}")]
    Listener(#[source] std::io::Error),
    /// The process installed no TLS provider.
    #[error("no default rustls crypto provider is installed in this process")]
    NoTlsProvider,
}
