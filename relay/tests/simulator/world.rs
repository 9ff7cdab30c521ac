//! A simulator, a webhook server and a client for one test.

use crate::receiver::Receiver;
use reqwest::{Client, Response, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};
use smsdesk_common::time::Timestamp;
use smsdesk_relay::twilio::simulator::{
    InboundText, Knobs, Message, MessagingService, OptOutManagement, Received, Simulator,
    SimulatorConfig, StatusTiming,
};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

pub(crate) const ACCOUNT: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
pub(crate) const TOKEN: &str = "12345678901234567890123456789012";
pub(crate) const SERVICE: &str = "MGbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
pub(crate) const LINE: &str = "+15557122661";
pub(crate) const PERSON: &str = "+12025550123";

/// Longer than anything here takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(60);

/// What `future` gives, unless it takes so long that the test has failed.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, future)
        .await
        .expect("it happens in time")
}

pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) receiver: Receiver,
    pub(crate) client: Client,
    /// Milliseconds since the epoch that the simulator believes in.
    pub(crate) clock: Arc<AtomicI64>,
    _shutdown: DropGuard,
}

pub(crate) fn config() -> SimulatorConfig {
    SimulatorConfig {
        timing: StatusTiming::IMMEDIATE,
        ..SimulatorConfig::new(ACCOUNT, SecretString::from(TOKEN))
    }
}

pub(crate) fn with_service(opt_out: OptOutManagement) -> SimulatorConfig {
    let sid = SERVICE.to_owned();
    SimulatorConfig {
        messaging_service: Some(MessagingService { sid, opt_out }),
        ..config()
    }
}

impl World {
    /// A simulator whose webhooks go to `/sms` of a server that answers `<Response/>`.
    pub(crate) async fn new() -> Self {
        Self::with(config()).await
    }

    pub(crate) async fn with(config: SimulatorConfig) -> Self {
        // Another test of this process may have been first.
        drop(rustls::crypto::ring::default_provider().install_default());
        let receiver = Receiver::start().await;
        let webhook_url = config
            .webhook_url
            .clone()
            .or_else(|| Some(receiver.url("/sms")));
        let clock = Arc::new(AtomicI64::new(1_795_252_560_000));
        let now = {
            let clock = Arc::clone(&clock);
            Arc::new(move || Timestamp::from_millis(clock.load(Ordering::Relaxed)))
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shutdown = CancellationToken::new();
        let config = SimulatorConfig {
            webhook_url,
            ..config
        };
        let simulator = Simulator::start(config, listener, now, shutdown.clone()).unwrap();
        let client = Client::builder()
            .no_proxy()
            .timeout(DEADLINE)
            .build()
            .unwrap();
        Self {
            simulator,
            receiver,
            client,
            clock,
            _shutdown: shutdown.drop_guard(),
        }
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.clock
            .fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::Relaxed);
    }

    /// The address of something of the account: `Messages.json`.
    pub(crate) fn url(&self, of: &str) -> String {
        format!(
            "{}/2010-04-01/Accounts/{ACCOUNT}/{of}",
            self.simulator.base_url()
        )
    }

    pub(crate) async fn get(&self, of: &str) -> (StatusCode, Value) {
        self.get_url(&self.url(of)).await
    }

    pub(crate) async fn get_url(&self, url: &str) -> (StatusCode, Value) {
        read(
            self.client
                .get(url)
                .basic_auth(ACCOUNT, Some(TOKEN))
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    pub(crate) async fn post(&self, of: &str, form: &[(&str, &str)]) -> (StatusCode, Value) {
        read(self.send(of, form).await.unwrap()).await
    }

    /// Posts a form and gives the raw answer, or the error where there is none.
    pub(crate) async fn send(&self, of: &str, form: &[(&str, &str)]) -> reqwest::Result<Response> {
        let request = self
            .client
            .post(self.url(of))
            .basic_auth(ACCOUNT, Some(TOKEN));
        request.form(form).send().await
    }

    pub(crate) async fn delete(&self, of: &str) -> (StatusCode, Value) {
        let request = self
            .client
            .delete(self.url(of))
            .basic_auth(ACCOUNT, Some(TOKEN));
        read(request.send().await.unwrap()).await
    }

    /// Creates a message from the line to the person; what is given replaces or adds.
    pub(crate) async fn create(&self, more: &[(&str, &str)]) -> (StatusCode, Value) {
        let good = [("To", PERSON), ("From", LINE), ("Body", "Hello")];
        let kept = good
            .into_iter()
            .filter(|(name, _)| more.iter().all(|(key, _)| key != name));
        let form: Vec<_> = kept.chain(more.iter().copied()).collect();
        self.post("Messages.json", &form).await
    }

    /// Creates a message that reports to `/status?entry=1` of the receiver, and gives its SID.
    pub(crate) async fn create_reporting(&self, more: &[(&str, &str)]) -> String {
        let callback = self.receiver.url("/status?entry=1");
        let form = [&[("StatusCallback", callback.as_str())], more].concat();
        let (status, message) = self.create(&form).await;
        assert_eq!(status, StatusCode::CREATED, "{message}");
        message["sid"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn write(&self, body: &str) -> Received {
        let text = InboundText::new(PERSON, body);
        let mut received = within(self.simulator.inbound(&text)).await.unwrap();
        assert_eq!(received.len(), 1);
        received.remove(0)
    }

    pub(crate) async fn steer(&self, path: &str, body: Value) -> (StatusCode, Value) {
        let url = format!("{}/_sim/{path}", self.simulator.base_url());
        let request = match path {
            "knobs" | "account" | "services" | "applications" => self.client.put(url),
            _ if path.starts_with("numbers/") => self.client.put(url),
            _ => self.client.post(url),
        };
        read(request.json(&body).send().await.unwrap()).await
    }

    pub(crate) async fn look(&self, path: &str) -> Value {
        let url = format!("{}/_sim/{path}", self.simulator.base_url());
        read(self.client.get(url).send().await.unwrap()).await.1
    }

    pub(crate) fn turn(&self, knobs: Knobs) {
        self.simulator.turn(knobs);
    }

    /// Waits until the messages are as `wanted` says.
    pub(crate) async fn until(&self, wanted: impl Fn(&[Message]) -> bool) -> Vec<Message> {
        let mut changes = self.simulator.changes();
        within(async {
            loop {
                changes.mark_unchanged();
                let messages = self.simulator.messages();
                if wanted(&messages) {
                    return messages;
                }
                changes.changed().await.unwrap();
            }
        })
        .await
    }

    /// The message with this SID.
    pub(crate) fn message(&self, sid: &str) -> Message {
        let messages = self.simulator.messages();
        messages
            .into_iter()
            .find(|message| message.sid.as_str() == sid)
            .unwrap()
    }
}

async fn read(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let body = response.bytes().await.unwrap();
    let json = serde_json::from_slice(&body);
    (
        status,
        json.unwrap_or_else(|_| json!(String::from_utf8_lossy(&body))),
    )
}
