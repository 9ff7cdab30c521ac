//! What webhooks did not tell is found in the provider's lists: against the simulator.

use crate::common::desk::{ACCOUNT, AUTH_TOKEN, LINE, MARIA};
use crate::common::{Desk, Setup, eventually};
use smsdesk_common::entry::{Direction, Entry, Origin};
use smsdesk_common::status::DeliveryStatus;
use smsdesk_relay::clock::Clock;
use smsdesk_relay::outbox::cadence::{Cadence, Patience};
use smsdesk_relay::twilio::simulator::{
    InboundText, Knobs, Rate, Simulator, SimulatorConfig, StatusTiming,
};
use std::collections::BTreeSet;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

/// As the relay goes by, only quicker. Lists that lag and clocks that differ have their room still.
const QUICK: Cadence = Cadence {
    every_ms: 200,
    webhook_ms: 0,
    callback_ms: 0,
    foreign_ms: 3_000,
    call_ms: 1,
    idle_ms: 20,
    fault_ms: 20,
    media_ms: 20,
    patience: Patience {
        call_ms: 100,
        first_look_ms: 100,
        between_ms: [200, 400, 800],
        lag_ms: 1_500,
        ..Patience::STANDARD
    },
    ..Cadence::STANDARD
};

/// A simulated provider whose webhooks and callbacks reach nobody.
struct Provider {
    simulator: Simulator,
    _shutdown: DropGuard,
}

impl Provider {
    async fn start() -> Self {
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shutdown = CancellationToken::new();
        let config = SimulatorConfig {
            timing: StatusTiming::IMMEDIATE,
            ..SimulatorConfig::new(ACCOUNT, AUTH_TOKEN.into())
        };
        let now = Clock::system().as_fn();
        let simulator = Simulator::start(config, listener, now, shutdown.clone()).unwrap();
        Self {
            simulator,
            _shutdown: shutdown.drop_guard(),
        }
    }

    fn turn(&self, change: impl FnOnce(&mut Knobs)) {
        let mut knobs = self.simulator.knobs();
        change(&mut knobs);
        self.simulator.turn(knobs);
    }

    async fn write(&self, text: InboundText) {
        self.simulator.inbound(&text).await.unwrap();
    }

    fn setup(&self) -> Setup {
        Setup {
            cadence: QUICK,
            // Nobody listens there: no callback arrives.
            public_url: "http://127.0.0.1:9".to_owned(),
            ..Setup::calling(self.simulator.base_url().to_owned())
        }
    }
}

fn many(count: u32) -> InboundText {
    InboundText {
        count,
        ..InboundText::new(MARIA, "text {n}")
    }
}

fn inbound_of(entries: Vec<Entry>) -> Vec<Entry> {
    let mut entries = entries;
    entries.retain(|entry| entry.direction == Direction::Inbound);
    entries
}

async fn until_inbound(desk: &Desk, count: usize) -> Vec<Entry> {
    eventually("every text is there", async || {
        let entries = inbound_of(desk.entries().await);
        (entries.len() >= count).then_some(entries)
    })
    .await
}

fn rate(rate: f64) -> Rate {
    Rate::try_from(rate).unwrap()
}

#[tokio::test]
async fn texts_that_came_while_the_relay_was_stopped_are_found_once() {
    let provider = Provider::start().await;
    let mut desk = Desk::start(provider.setup()).await;
    desk.stop().await.unwrap();
    provider.write(many(500)).await;
    let mut next = Desk::launch(desk.setup.clone(), Clock::system()).await;
    next.token.clone_from(&desk.token);
    let entries = until_inbound(&next, 500).await;
    assert!(entries.iter().all(|entry| entry.origin == Origin::Backfill));
    let found: BTreeSet<_> = entries.into_iter().filter_map(|entry| entry.sid).collect();
    let messages = provider.simulator.messages();
    let there: BTreeSet<_> = messages
        .iter()
        .map(|one| one.sid.as_str().to_owned())
        .collect();
    assert_eq!(found, there);
    for message in &messages {
        let sid = message.sid.as_str();
        let pairs = [
            ("AccountSid", ACCOUNT),
            ("MessageSid", sid),
            ("From", MARIA),
            ("To", LINE),
            ("Body", &message.body),
        ];
        let late = next.signed("/webhooks/twilio/message", &pairs).await;
        assert_eq!(late.status, 200);
    }
    assert_eq!(inbound_of(next.entries().await).len(), 500, "late webhooks");
    let page = next.get("/v1/conversations").await.json();
    assert_eq!(page["conversations"][0]["inbound_total"], 500);
}

#[tokio::test]
async fn texts_whose_answer_is_lost_are_settled_and_none_is_doubled() {
    let provider = Provider::start().await;
    provider.turn(|knobs| {
        knobs.drop_answer = rate(0.3);
        knobs.list_lag_ms = 300.try_into().unwrap();
    });
    let desk = Desk::start(provider.setup()).await;
    let count = 300;
    for n in 1..=count {
        // Three texts with the same words to each of a hundred people.
        let to = format!("+1239426{:04}", 1_000 + n % 100);
        assert_eq!(desk.send(n, &to, "the same words").await.status, 201);
    }
    let entries = eventually("every text is delivered", async || {
        let entries = desk.entries().await;
        let is_there = |entry: &Entry| entry.status == Some(DeliveryStatus::Delivered);
        entries.iter().all(is_there).then_some(entries)
    })
    .await;
    let sids: BTreeSet<_> = entries
        .iter()
        .filter_map(|entry| entry.sid.clone())
        .collect();
    let messages = provider.simulator.messages();
    assert_eq!((sids.len(), messages.len()), (300, 300));
    assert_eq!(desk.get("/health").await.json()["unknown_sends"], 0);
}
