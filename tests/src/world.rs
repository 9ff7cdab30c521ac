//! A desk on loopback: the simulator, and a relay that can be stopped, killed and started again
//! on the same database and port.

#![expect(
    clippy::expect_used,
    reason = "a harness that does not work is a failed test"
)]

use crate::eventually::eventually;
use secrecy::SecretString;
use smsdesk::link::{self, Invite};
use smsdesk_common::agent::Role;
use smsdesk_common::api::join::Joined;
use smsdesk_common::ids::DeviceId;
use smsdesk_common::later::LatePolicy;
use smsdesk_common::phone::Address;
use smsdesk_relay::admin::{Answer, Command, client};
use smsdesk_relay::auth::proxies::Proxies;
use smsdesk_relay::clock::Clock;
use smsdesk_relay::config::{Account, Care, Config, Given, Origin, Sending};
use smsdesk_relay::desk::consent::answer::Answers;
use smsdesk_relay::twilio::call::CallPlan;
use smsdesk_relay::twilio::public_url::PublicUrl;
use smsdesk_relay::twilio::simulator::{
    Direction, InboundText, Knobs, Millis, Rate, Received, Simulator, SimulatorConfig, StatusTiming,
};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The simulated account.
pub const ACCOUNT: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
/// Its token.
pub const TOKEN: &str = "token";
/// The only line.
pub const LINE: &str = "+15557122661";
/// A customer.
pub const MARIA: &str = "+12394267058";
/// Another one.
pub const BO: &str = "+12394267059";

/// A desk on loopback.
pub struct World {
    /// The provider.
    pub simulator: Simulator,
    address: SocketAddr,
    folder: TempDir,
    relay: Option<Running>,
    answers: Option<Answers>,
    /// How far the clock of relay and provider is ahead of the machine's, in milliseconds.
    ahead_ms: Arc<AtomicI64>,
    everything: CancellationToken,
}

struct Running {
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

/// Installs what TLS needs; the second time it does nothing.
pub fn install_crypto() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

impl World {
    /// A desk whose texts are delivered at once.
    pub async fn start() -> Self {
        Self::start_with(|_| {}, None).await
    }

    /// As [`Self::start`], with another provider, and with answers of the relay's own to STOP.
    pub async fn start_with(
        change: impl FnOnce(&mut SimulatorConfig),
        answers: Option<Answers>,
    ) -> Self {
        install_crypto();
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let address = free_address().await;
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .expect("a free port");
        let everything = CancellationToken::new();
        let mut config = SimulatorConfig {
            lines: vec![LINE.to_owned()],
            webhook_url: Some(format!(
                "http://{address}/webhooks/twilio/message#rc=5&rp=all"
            )),
            timing: StatusTiming::IMMEDIATE,
            ..SimulatorConfig::new(ACCOUNT, SecretString::from(TOKEN))
        };
        change(&mut config);
        let ahead_ms = Arc::default();
        let now = clock(&ahead_ms).as_fn();
        let simulator = Simulator::start(config, listener, now, everything.clone())
            .expect("the simulator starts");
        let mut world = Self {
            simulator,
            address,
            folder,
            relay: None,
            answers,
            ahead_ms,
            everything,
        };
        world.start_relay().await;
        world
    }

    /// What terminals and the provider call.
    pub fn relay_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A folder that goes with the world.
    pub fn folder(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The relay's configuration.
    pub fn config(&self) -> Config {
        Config {
            listen: self.address,
            public_url: PublicUrl::parse(&self.relay_url()).expect("a URL"),
            database: self.folder("relay.db"),
            default_region: "US".parse().expect("a region"),
            company: Some("Riverside Plumbing".to_owned()),
            metrics_listen: None,
            connections_max: 256,
            trusted_proxies: Proxies::default(),
            tls: None,
            api_base_url: self.simulator.base_url().to_owned(),
            accounts: vec![Account {
                sid: ACCOUNT.parse().expect("an account"),
                auth_token: SecretString::from(TOKEN),
                auth_token_secondary: None,
                api_key: None,
                lines: vec![Address::from_twilio(LINE).expect("an address")],
            }],
            // As fast as the machine: what is measured and tried here is not the pace.
            sending: Sending {
                segments_per_second: 10_000,
                ..Sending::default()
            },
            late: LatePolicy::STANDARD,
            answers: self.answers.clone(),
            calls: CallPlan {
                forward_to: None,
                greeting: "Please send a text.".to_owned(),
            },
            insight: None,
            origin: Origin::default(),
            care: Care::default(),
            log_level: "error".parse().expect("a level"),
            given: Given::default(),
        }
    }

    /// Starts the relay on the same database and port as before.
    pub async fn start_relay(&mut self) {
        assert!(self.relay.is_none(), "it runs already");
        let address = self.address;
        let listener = eventually("the relay's port", || async move {
            TcpListener::bind(address)
                .await
                .map_err(|error| error.to_string())
        })
        .await;
        let shutdown = CancellationToken::new();
        let run = smsdesk_relay::run(self.config(), listener, self.clock(), shutdown.clone());
        let task = tokio::spawn(async move { run.await.expect("the relay runs") });
        self.relay = Some(Running { shutdown, task });
        eventually("the relay to be ready", || async move {
            let url = format!("http://{address}/ready");
            reqwest::get(url)
                .await
                .map(|_| ())
                .map_err(|error| error.to_string())
        })
        .await;
    }

    /// The clock of relay and provider.
    pub fn clock(&self) -> Clock {
        clock(&self.ahead_ms)
    }

    /// So much time passes for relay and provider, in milliseconds. Whoever waits for a moment does
    /// not notice before it looks again: stop the relay before.
    pub fn passes(&self, ms: i64) {
        self.ahead_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// Stops the relay as SIGTERM does.
    pub async fn stop_relay(&mut self) {
        let Some(relay) = self.relay.take() else {
            return;
        };
        relay.shutdown.cancel();
        relay.task.await.expect("the relay ends");
    }

    /// An invite for somebody.
    pub async fn invite(&self, name: &str) -> String {
        self.invite_as(name, None).await
    }

    async fn invite_as(&self, name: &str, role: Option<Role>) -> String {
        let command = Command::Invite {
            name: name.to_owned(),
            role,
        };
        let config = self.config();
        eventually("an invite", || async {
            match client::ask(&config, command.clone()).await {
                Ok(Answer::Invite { invite }) => Ok(invite),
                other => Err(format!("{other:?}")),
            }
        })
        .await
    }

    /// A token for somebody.
    pub async fn join(&self, name: &str) -> Joined {
        self.join_as(name, None).await
    }

    /// A token for somebody with that role.
    pub async fn join_as(&self, name: &str, role: Option<Role>) -> Joined {
        let invite = Invite::parse(&self.invite_as(name, role).await).expect("an invite");
        let device = DeviceId(smsdesk::clock::new_id());
        link::join(&invite, device).await.expect("joining works")
    }

    /// A customer writes; fails unless the relay took the webhook.
    pub async fn customer_writes(&self, from: &str, body: &str) {
        let received = self.write(from, body).await;
        let taken = received.iter().all(|received| {
            received
                .webhooks
                .last()
                .is_some_and(|webhook| webhook.status == Some(200))
        });
        assert!(taken, "the webhook was not taken: {received:?}");
    }

    /// A customer writes; the webhook's fate is for the caller to judge.
    pub async fn write(&self, from: &str, body: &str) -> Vec<Received> {
        self.simulator
            .inbound(&InboundText::new(from, body))
            .await
            .expect("a text")
    }

    /// A customer writes what only the provider hears: no webhook tells the relay, and for an hour
    /// no list does.
    pub async fn customer_writes_unheard(&self, from: &str, body: &str) {
        self.turn(|knobs| {
            knobs.lose_webhooks = Rate::ALWAYS;
            knobs.list_lag_ms = Millis::MAX;
        });
        self.write(from, body).await;
        self.turn(|knobs| knobs.lose_webhooks = Rate::NEVER);
    }

    /// The words of what the provider was asked to send to somebody, the oldest first. What it
    /// answers by itself is not among them.
    pub fn handed_over(&self, to: &str) -> Vec<String> {
        let messages = self.simulator.messages().into_iter();
        let ours = messages
            .filter(|message| message.direction == Direction::OutboundApi && message.to == to);
        ours.map(|message| message.body).collect()
    }

    /// Waits until the provider has these texts for somebody, and no others.
    pub async fn gets<T: AsRef<str>>(&self, to: &str, expected: &[T]) {
        let expected: Vec<_> = expected.iter().map(AsRef::as_ref).collect();
        eventually(&format!("{expected:?} for {to}"), || async {
            match self.handed_over(to) {
                found if found == expected => Ok(()),
                found => Err(format!("{found:?}")),
            }
        })
        .await;
    }

    /// Turns the simulator's knobs.
    pub fn turn(&self, change: impl FnOnce(&mut Knobs)) {
        let mut knobs = self.simulator.knobs();
        change(&mut knobs);
        self.simulator.turn(knobs);
    }

    /// Ends everything.
    pub async fn end(mut self) {
        self.stop_relay().await;
        self.everything.cancel();
        self.simulator.stopped().await;
    }
}

fn clock(ahead_ms: &Arc<AtomicI64>) -> Clock {
    let (system, ahead_ms) = (Clock::system(), Arc::clone(ahead_ms));
    Clock::from_fn(move || system.now().plus_millis(ahead_ms.load(Ordering::Relaxed)))
}

/// Ports that systems give to nobody who asks for any: those of Linux begin at 32,768.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
/// Ports that one process takes before it may meet those of the next.
const PORTS_EACH: u32 = 64;

/// An address that is free now, for something that must come back to it later: nobody else is
/// given it while nothing listens there.
pub async fn free_address() -> SocketAddr {
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    let first = std::process::id().wrapping_mul(PORTS_EACH);
    for _ in PORTS {
        let n = first.wrapping_add(TAKEN.fetch_add(1, Ordering::Relaxed));
        let at = u16::try_from(n % u32::from(PORTS.end - PORTS.start)).expect("in the range");
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", PORTS.start + at)).await {
            return listener.local_addr().expect("an address");
        }
    }
    panic!("no port of {PORTS:?} is free")
}

/// How often a fault of the provider happens, from 0 to 1.
///
/// # Panics
/// It is outside of that.
#[must_use]
pub fn rate(share: f64) -> Rate {
    Rate::try_from(share).expect("a share")
}
