//! A relay without its server, and a simulated provider on the same clock, to be taken step by
//! step.

use crate::clock::Clock;
use crate::config;
use crate::desk::send::{Outgoing, Recipient, send};
use crate::desk::{DeskError, lines, people, receive};
use crate::outbox::cadence::Cadence;
use crate::state::Relay;
use crate::store::{Store, conversations, entries, outbox};
use crate::stream::recent::Recent;
use crate::stream::session::Patience;
use crate::twilio::form::{Form, InboundMessage};
use crate::twilio::simulator::{
    InboundText, Knobs, MessagingService, OptOutManagement, Simulator, SimulatorConfig,
    StatusTiming,
};
use smsdesk_common::entry::{Entry, Origin};
use smsdesk_common::ids::EntryId;
use smsdesk_common::phone::Address;
use smsdesk_common::time::Timestamp;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

pub(crate) const ACCOUNT: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
pub(crate) const TOKEN: &str = "f00dfeedf00dfeedf00dfeedf00dfeed";
pub(crate) const LINE: &str = "+15557122661";
const SERVICE: &str = "MGbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
pub(crate) const MARIA: &str = "+12394267058";
/// The standard figures, without the pauses that only the other side needs.
pub(crate) const CADENCE: Cadence = Cadence {
    call_ms: 0,
    fault_ms: 0,
    ..Cadence::STANDARD
};

/// Relay and provider.
pub(crate) struct Rig {
    pub(crate) relay: Arc<Relay>,
    pub(crate) simulator: Simulator,
    now: Arc<AtomicI64>,
    _folder: tempfile::TempDir,
    _shutdown: DropGuard,
}

impl Rig {
    pub(crate) async fn start() -> Self {
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let now = Arc::new(AtomicI64::new(1_795_252_560_000));
        let reading = Arc::clone(&now);
        let clock = Clock::from_fn(move || Timestamp::from_millis(reading.load(Ordering::Relaxed)));
        let shutdown = CancellationToken::new();
        let simulated = SimulatorConfig {
            timing: StatusTiming::IMMEDIATE,
            messaging_service: Some(MessagingService {
                sid: SERVICE.to_owned(),
                opt_out: OptOutManagement::Default,
            }),
            ..SimulatorConfig::new(ACCOUNT, TOKEN.into())
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let simulator =
            Simulator::start(simulated, listener, clock.as_fn(), shutdown.clone()).unwrap();
        let text = format!(
            "[relay]\npublic_url = \"https://sms.example.com\"\n[relay.twilio]\n\
             account_sid = \"{ACCOUNT}\"\nauth_token = \"{TOKEN}\"\nlines = [\"{LINE}\"]\n\
             api_base_url = \"{}\"\n",
            simulator.base_url()
        );
        let config = config::parse(Path::new("relay.toml"), &text, |_| None).unwrap();
        let store = Store::open(&folder.path().join("t.db"), clock.clone()).await;
        let store = store.unwrap();
        let ours = config.lines();
        store
            .write(move |tx| lines::adopt(tx, &ours))
            .await
            .unwrap();
        let tasks = TaskTracker::new();
        let recent = Arc::new(Recent::open(&store).await.unwrap());
        let patience = Patience::STANDARD;
        let shared = (store, recent, tokio::runtime::Handle::current());
        let relay = Relay::new(config, patience, shared, clock, shutdown.clone(), tasks).unwrap();
        Self {
            relay: Arc::new(relay),
            simulator,
            now,
            _folder: folder,
            _shutdown: shutdown.drop_guard(),
        }
    }

    pub(crate) fn advance(&self, ms: i64) {
        self.now.fetch_add(ms, Ordering::Relaxed);
    }

    pub(crate) fn turn(&self, change: impl FnOnce(&mut Knobs)) {
        let mut knobs = self.simulator.knobs();
        change(&mut knobs);
        self.simulator.turn(knobs);
    }

    /// Maria writes so often; no webhook tells of it. Returns the provider's ids.
    pub(crate) async fn write(&self, count: u32) -> Vec<String> {
        let text = InboundText {
            count,
            ..InboundText::new(MARIA, "text {n}")
        };
        let received = self.simulator.inbound(&text).await.unwrap();
        let sid = |one: &crate::twilio::simulator::Received| one.message.sid.to_string();
        received.iter().map(sid).collect()
    }

    /// A webhook comes.
    pub(crate) async fn receive(&self, sid: &str, body: &str) {
        let pairs = [
            ("AccountSid", ACCOUNT),
            ("MessageSid", sid),
            ("From", MARIA),
            ("To", LINE),
            ("Body", body),
        ];
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        let form = Form::parse(form.as_bytes()).unwrap();
        let text = InboundMessage::from_form(&form).unwrap();
        let job = move |tx: &mut dyn crate::store::sql::Tx| {
            receive::receive(tx, &text, b"raw", Origin::Webhook)
        };
        self.relay.store.write(job).await.unwrap();
    }

    /// A text to Maria whose hand-over was broken off.
    pub(crate) async fn in_doubt(&self, body: &str) -> EntryId {
        let id = EntryId(Uuid::from_u128(1));
        let outgoing = Outgoing {
            id: Some(id),
            recipient: Recipient::Address {
                to: Address::from_twilio(MARIA).unwrap(),
                line: None,
                open: None,
            },
            body: body.to_owned(),
            media: Vec::new(),
            epoch: None,
            seen: None,
            template: None,
            later: None,
            confirmed: false,
        };
        let sent = self.relay.store.write(move |tx| {
            let (ana, _) = people::invite(tx, "Ana", None)?;
            send(tx, &outgoing, &ana)?;
            outbox::claim_all(tx)?;
            Ok::<_, DeskError>(())
        });
        sent.await.unwrap();
        crate::outbox::recover(&self.relay.store).await.unwrap();
        id
    }

    pub(crate) async fn entry(&self, id: EntryId) -> Entry {
        let store = &self.relay.store;
        let found = store.read(move |reads| entries::find(reads, id)).await;
        found.unwrap().unwrap()
    }

    /// What was said with Maria, newest first.
    pub(crate) async fn entries(&self) -> Vec<Entry> {
        let look = self.relay.store.read(|reads| {
            let [line, maria] = [LINE, MARIA].map(|text| Address::from_twilio(text).unwrap());
            match conversations::between(reads, &line, &maria)? {
                Some(found) => entries::page(reads, found.id, None, 1_000),
                None => Ok(Vec::new()),
            }
        });
        look.await.unwrap()
    }

    /// Asks something of the provider as another program of the account does.
    pub(crate) async fn post(&self, of: &str, form: &[(&str, &str)]) -> serde_json::Value {
        let base = self.simulator.base_url();
        let url = format!("{base}/2010-04-01/Accounts/{ACCOUNT}/{of}");
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = http.post(url).basic_auth(ACCOUNT, Some(TOKEN));
        let answer = request.form(form).send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
        answer.json().await.unwrap()
    }

    /// Has a text to Maria wait at the provider for hours; returns the provider's id of it.
    pub(crate) async fn schedule(&self, body: &str) -> String {
        let at = self
            .relay
            .clock
            .now()
            .plus_millis(8 * 3_600_000)
            .to_rfc3339();
        let form = [
            ("MessagingServiceSid", SERVICE),
            ("From", LINE),
            ("To", MARIA),
            ("Body", body),
            ("ScheduleType", "fixed"),
            ("SendAt", &at),
        ];
        let message = self.post("Messages.json", &form).await;
        message["sid"].as_str().unwrap().to_owned()
    }

    /// Withdraws such a text.
    pub(crate) async fn cancel(&self, sid: &str) {
        let form = [("Status", "canceled")];
        self.post(&format!("Messages/{sid}.json"), &form).await;
    }
}
