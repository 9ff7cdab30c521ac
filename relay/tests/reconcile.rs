//! What webhooks did not tell is found in the provider's lists: against the simulator.

use crate::common::desk::{ACCOUNT, AUTH_TOKEN, LINE, MARIA};
use crate::common::{Desk, Setup, eventually};
use smsdesk_common::entry::{Direction, Entry, Origin};
use smsdesk_common::status::DeliveryStatus;
use smsdesk_relay::clock::Clock;
use smsdesk_relay::outbox::cadence::{Cadence, Patience};
use smsdesk_relay::twilio::simulator::{
    InboundMedia, InboundText, Knobs, MessagingService, OptOutManagement, Rate, Simulator,
    SimulatorConfig, StatusTiming,
};
use std::collections::BTreeSet;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

/// As the relay goes by, only quicker. Lists that lag and clocks that differ have their room still.
pub(crate) const QUICK: Cadence = Cadence {
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
pub(crate) struct Provider {
    pub(crate) simulator: Simulator,
    _shutdown: DropGuard,
}

impl Provider {
    pub(crate) async fn start() -> Self {
        Self::with(|_| ()).await
    }

    async fn with(change: impl FnOnce(&mut SimulatorConfig)) -> Self {
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shutdown = CancellationToken::new();
        let mut config = SimulatorConfig {
            timing: StatusTiming::IMMEDIATE,
            ..SimulatorConfig::new(ACCOUNT, AUTH_TOKEN.into())
        };
        change(&mut config);
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

    /// Has a text go out as another program of the account does.
    async fn create(&self, to: &str, body: &str) {
        let base = self.simulator.base_url();
        let url = format!("{base}/2010-04-01/Accounts/{ACCOUNT}/Messages.json");
        let form = [("From", LINE), ("To", to), ("Body", body)];
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = http.post(url).basic_auth(ACCOUNT, Some(AUTH_TOKEN));
        let answer = request.form(&form).send().await.unwrap();
        assert_eq!(answer.status(), 201);
    }

    pub(crate) async fn write(&self, text: InboundText) {
        self.simulator.inbound(&text).await.unwrap();
    }

    pub(crate) fn setup(&self) -> Setup {
        Setup {
            cadence: QUICK,
            // Nobody listens there: no callback arrives.
            public_url: "http://127.0.0.1:9".to_owned(),
            ..Setup::calling(self.simulator.base_url().to_owned())
        }
    }
}

pub(crate) fn many(count: u32) -> InboundText {
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

pub(crate) async fn until_inbound(desk: &Desk, count: usize) -> Vec<Entry> {
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

#[tokio::test]
async fn a_restart_in_the_middle_of_the_pages_loses_and_doubles_nothing() {
    let provider = Provider::start().await;
    let mut setup = provider.setup();
    setup.cadence.page_messages = 20;
    setup.cadence.call_ms = 20;
    let mut desk = Desk::start(setup).await;
    let token = desk.token.clone();
    desk.stop().await.unwrap();
    provider.write(many(300)).await;
    let mut setup = desk.setup.clone();
    for least in [20, 100, 180] {
        let mut desk = Desk::launch(setup, Clock::system()).await;
        desk.token.clone_from(&token);
        until_inbound(&desk, least).await;
        setup = desk.crash().await;
    }
    let mut desk = Desk::launch(setup, Clock::system()).await;
    desk.token = token;
    let entries = until_inbound(&desk, 300).await;
    let found: BTreeSet<_> = entries
        .iter()
        .filter_map(|entry| entry.sid.clone())
        .collect();
    assert_eq!((entries.len(), found.len()), (300, 300));
}

#[tokio::test]
async fn a_provider_that_is_too_busy_or_down_is_asked_again() {
    let provider = Provider::start().await;
    provider.turn(|knobs| {
        knobs.http_429 = rate(0.3);
        knobs.http_500 = rate(0.2);
        knobs.http_503 = rate(0.2);
    });
    let mut setup = provider.setup();
    setup.cadence.page_messages = 10;
    let desk = Desk::start(setup).await;
    provider.write(many(60)).await;
    assert_eq!(until_inbound(&desk, 60).await.len(), 60);
}

#[tokio::test]
async fn a_text_that_was_never_taken_is_unconfirmed_and_not_sent_again() {
    let provider = Provider::start().await;
    provider.turn(|knobs| knobs.http_500 = Rate::ALWAYS);
    let desk = Desk::start(provider.setup()).await;
    desk.send(1, MARIA, "hello").await;
    desk.becomes(1, "unknown").await;
    provider.turn(|knobs| knobs.http_500 = Rate::NEVER);
    desk.becomes(1, "unconfirmed").await;
    assert_eq!(desk.get("/health").await.json()["unknown_sends"], 0);
    assert_eq!(provider.simulator.messages().len(), 0);
    // Evidence that comes after all still counts.
    provider.create(MARIA, "hello").await;
    desk.becomes(1, "delivered").await;
    let health = desk.get("/health").await.json();
    assert_eq!(health["reconciled"]["unconfirmed"], 1);
    assert_eq!(health["reconciled"]["settled"], 1);
    assert_eq!(desk.entries().await.len(), 1);
}

#[tokio::test]
async fn a_text_that_still_waits_at_the_provider_is_found_and_later_advances() {
    let provider = Provider::with(|config| {
        let second = std::time::Duration::from_secs(1);
        config.timing.sending = second;
        config.timing.sent = second * 2;
        config.timing.delivered = second * 2;
    })
    .await;
    provider.turn(|knobs| knobs.http_500_accepted = Rate::ALWAYS);
    let desk = Desk::start(provider.setup()).await;
    desk.send(1, MARIA, "hello").await;
    desk.becomes(1, "accepted").await;
    let waits = provider.simulator.messages().remove(0).sent_at.is_none();
    assert!(waits, "it was found before it was sent");
    desk.becomes(1, "delivered").await;
    let health = desk.get("/health").await.json();
    assert_eq!(health["reconciled"]["statuses"], 1);
    assert_eq!(health["reconciled"]["settled"], 1);
    assert!(health["lists_read_age_s"].is_number());
}

#[tokio::test]
async fn texts_that_went_out_without_us_appear_once() {
    let provider = Provider::start().await;
    let desk = Desk::start(provider.setup()).await;
    provider.create(MARIA, "from the console").await;
    desk.send(1, MARIA, "from the desk").await;
    let entries = eventually("both are there", async || {
        let entries = desk.entries().await;
        let is_done = |entry: &Entry| entry.status == Some(DeliveryStatus::Delivered);
        (entries.len() == 2 && entries.iter().all(is_done)).then_some(entries)
    })
    .await;
    let stranger = entries
        .iter()
        .find(|entry| entry.body == "from the console");
    let stranger = stranger.unwrap();
    assert_eq!(stranger.origin, Origin::Backfill);
    assert_eq!(stranger.author.to_string(), "automation:twilio");
    assert_eq!(provider.simulator.messages().len(), 2);
}

#[tokio::test]
async fn attachments_of_a_found_text_are_filled_in() {
    let provider = Provider::start().await;
    let desk = Desk::start(provider.setup()).await;
    let text = InboundText {
        media: InboundMedia::Types(vec!["image/png".to_owned(), "application/pdf".to_owned()]),
        ..InboundText::new(MARIA, "")
    };
    provider.write(text).await;
    let entry = eventually("the attachments are there", async || {
        let mut entries = desk.entries().await;
        entries.pop().filter(|entry| !entry.media.is_empty())
    })
    .await;
    let types: Vec<_> = entry
        .media
        .iter()
        .map(|file| file.content_type.as_str())
        .collect();
    assert_eq!(types, ["image/png", "application/pdf"]);
    let message = provider.simulator.messages().remove(0);
    assert!(entry.media[1].url.ends_with(message.media[1].sid.as_str()));
}

#[tokio::test]
async fn a_messaging_service_is_read_from_the_accounts_list() {
    let sid = "MGbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    let provider = Provider::with(|config| {
        let opt_out = OptOutManagement::Default;
        let sid = sid.to_owned();
        config.messaging_service = Some(MessagingService { sid, opt_out });
    })
    .await;
    provider.turn(|knobs| knobs.drop_answer = Rate::ALWAYS);
    let desk = Desk::start(Setup {
        line: sid,
        ..provider.setup()
    })
    .await;
    provider.write(many(3)).await;
    desk.send(1, MARIA, "hello").await;
    desk.becomes(1, "delivered").await;
    until_inbound(&desk, 3).await;
    let page = desk.get("/v1/conversations").await.json();
    let conversations = page["conversations"].as_array().unwrap();
    assert_eq!(conversations.len(), 1);
    assert_eq!(conversations[0]["line"], sid);
}
