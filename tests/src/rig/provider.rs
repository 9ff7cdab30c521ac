//! The provider and its customers: real webhooks to the relay, with retries and at its worst.

use super::ledger::Ledger;
use crate::random::Random;
use crate::world::{ACCOUNT, LINE, TOKEN};
use secrecy::SecretString;
use smsdesk_relay::clock::Clock;
use smsdesk_relay::twilio::simulator::{
    Direction, InboundText, Knobs, Message, Rate, Simulator, SimulatorConfig, StatusTiming,
};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Customers that write.
const CUSTOMERS: u64 = 40;
/// How often what the provider heard is written down; it keeps the last 10,000 attempts.
const COUNT: Duration = Duration::from_millis(100);

/// The simulated provider.
#[derive(Clone)]
pub struct Provider {
    /// Itself.
    pub simulator: Simulator,
    /// What was acknowledged.
    pub ledger: Arc<Mutex<Ledger>>,
    shutdown: CancellationToken,
    prefix: Arc<str>,
}

impl Provider {
    /// Starts it for a relay at `relay`.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start(relay: SocketAddr, seed: u64) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let ms = Duration::from_millis;
        let config = SimulatorConfig {
            lines: vec![LINE.to_owned()],
            webhook_url: Some(format!(
                "http://{relay}/webhooks/twilio/message#rc=5&rp=all"
            )),
            timing: StatusTiming {
                queued: ms(5),
                sending: ms(10),
                sent: ms(30),
                delivered: ms(90),
                billed: ms(120),
            },
            seed,
            ..SimulatorConfig::new(ACCOUNT, SecretString::from(TOKEN))
        };
        let shutdown = CancellationToken::new();
        let now = Clock::system().as_fn();
        let simulator = Simulator::start(config, listener, now, shutdown.clone())?;
        Ok(Self {
            simulator,
            ledger: Arc::default(),
            shutdown,
            prefix: format!("{seed:x}").into(),
        })
    }

    /// Everything goes wrong now and then.
    ///
    /// # Errors
    /// A rate is none.
    pub fn rage(&self) -> anyhow::Result<()> {
        let rate = |share: f64| Rate::try_from(share);
        self.simulator.turn(Knobs {
            drop_answer: rate(0.15)?,
            http_429: rate(0.02)?,
            http_500_accepted: rate(0.05)?,
            duplicate_webhooks: rate(0.2)?,
            duplicate_callbacks: rate(0.4)?,
            shuffle_callbacks: rate(0.4)?,
            early_callbacks: rate(0.2)?,
            sending_callbacks: rate(0.3)?,
            delivery_failure: rate(0.05)?,
            ..Knobs::default()
        });
        Ok(())
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        self.simulator.turn(Knobs::default());
    }

    /// Forgets everything, for the next run with the same relay's address.
    pub fn forget(&mut self) {
        self.simulator.reset();
        let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        *ledger = Ledger::default();
    }

    /// A customer writes; returns when the webhook's fate is known: whether it was taken. Every
    /// text is unlike any other.
    pub async fn writes(&self, random: &mut Random, number: u64) -> bool {
        let from = customer(random.below(CUSTOMERS));
        let body = format!("text {} {number}", self.prefix);
        let received = self.simulator.inbound(&InboundText::new(from, body)).await;
        // The text is well formed, so that there is no error.
        received.unwrap_or_default().iter().any(|text| {
            let mut webhooks = text.webhooks.iter();
            webhooks.any(|webhook| webhook.status == Some(200))
        })
    }

    /// Writes down what was acknowledged since the last time.
    ///
    /// # Errors
    /// Something was missed.
    pub fn count(&self) -> anyhow::Result<()> {
        let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let attempts = self.simulator.attempts_after(ledger.attempt());
        ledger.count(&attempts)
    }

    /// What was acknowledged so far.
    pub fn ledger(&self) -> Ledger {
        self.ledger
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Writes down what is acknowledged, until the provider ends.
    pub fn counting(&self) -> JoinHandle<anyhow::Result<()>> {
        let provider = self.clone();
        tokio::spawn(async move {
            while !provider.shutdown.is_cancelled() {
                provider.count()?;
                tokio::time::sleep(COUNT).await;
            }
            provider.count()
        })
    }

    /// The texts that it got from us and those that it got for us.
    pub fn messages(&self) -> (Vec<Message>, Vec<Message>) {
        let all = self.simulator.messages().into_iter();
        let (inbound, rest): (Vec<_>, Vec<_>) =
            all.partition(|message| message.direction == Direction::Inbound);
        let ours = |message: &Message| message.direction == Direction::OutboundApi;
        (inbound, rest.into_iter().filter(ours).collect())
    }

    /// Whether every text has reached its last status, so that no callback is due.
    pub fn is_done(&self) -> bool {
        let (_, sent) = self.messages();
        sent.iter().all(|message| message.status.is_final())
    }

    /// Ends it.
    pub async fn end(&self) {
        self.shutdown.cancel();
        self.simulator.stopped().await;
    }
}

/// The address of customer `n`.
pub fn customer(n: u64) -> String {
    format!("+1239426{n:04}")
}
