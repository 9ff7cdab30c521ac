//! A running relay with its own folder and its own threads.

use super::{DEADLINE, LOOK, described, encode, eventually, in_time};
use reqwest::Method;
use serde_json::Value;
use smsdesk_common::api::{ErrorCode, Problem};
use smsdesk_common::entry::Entry;
use smsdesk_common::feed::{Change, Content};
use smsdesk_common::record::Record;
use smsdesk_relay::admin::{self, Command, client};
use smsdesk_relay::auth::limits::Rates;
use smsdesk_relay::clock::Clock;
use smsdesk_relay::config::{self, Config};
use smsdesk_relay::outbox::cadence::Cadence;
use smsdesk_relay::outbox::probe::PROBE_FIRST_MS;
use smsdesk_relay::stream::session::Patience;
use smsdesk_relay::twilio::signature::{SIGNATURE_HEADER, SigningKey, sign};
use smsdesk_relay::{RunError, Tempo};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) const ACCOUNT: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
pub(crate) const AUTH_TOKEN: &str = "f00dfeedf00dfeedf00dfeedf00dfeed";
pub(crate) const LINE: &str = "+15557122661";
pub(crate) const MARIA: &str = "+12394267058";

/// How a relay is set up. Its folder outlives it, so that another one can go on there.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) public_url: String,
    pub(crate) api_base_url: String,
    pub(crate) connections_max: usize,
    /// The only line.
    pub(crate) line: &'static str,
    /// The account's token, as the configuration has it.
    pub(crate) auth_token: &'static str,
    /// The shortest pause before a refused account is tried again.
    pub(crate) probe_ms: u64,
    /// How long streams wait.
    pub(crate) patience: Patience,
    /// Further TOML at the end, such as accounts.
    pub(crate) more: String,
    /// Where the metrics are.
    pub(crate) metrics: Option<SocketAddr>,
    /// How the provider's lists are read.
    pub(crate) cadence: Cadence,
    /// How often one may ask.
    pub(crate) rates: Rates,
    pub(crate) folder: Arc<TempDir>,
}

impl Setup {
    pub(crate) fn new() -> Self {
        Self {
            public_url: "https://sms.example.com".to_owned(),
            // The discard port: nobody listens.
            api_base_url: "http://127.0.0.1:9".to_owned(),
            connections_max: 1_000,
            line: LINE,
            auth_token: AUTH_TOKEN,
            probe_ms: PROBE_FIRST_MS,
            patience: Patience::STANDARD,
            more: String::new(),
            metrics: None,
            cadence: Cadence::STANDARD,
            rates: Rates::STANDARD,
            folder: Arc::new(tempfile::tempdir().unwrap()),
        }
    }

    pub(crate) fn at(public_url: &str) -> Self {
        Self {
            public_url: public_url.to_owned(),
            ..Self::new()
        }
    }

    pub(crate) fn calling(api_base_url: String) -> Self {
        Self {
            api_base_url,
            ..Self::new()
        }
    }

    /// The same with metrics, on a port that was free just now.
    pub(crate) fn watched(self) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let metrics = Some(free.local_addr().unwrap());
        Self { metrics, ..self }
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("smsdesk.db")
    }

    pub(crate) fn text(&self, listen: SocketAddr) -> String {
        let Self {
            public_url,
            api_base_url,
            connections_max,
            line,
            auth_token,
            more,
            metrics,
            ..
        } = self;
        let metrics = metrics.map(|at| format!("metrics_listen = \"{at}\"\n"));
        let metrics = metrics.unwrap_or_default();
        format!(
            "[relay]\nlisten = \"{listen}\"\npublic_url = \"{public_url}\"\n\
             connections_max = {connections_max}\n{metrics}[relay.twilio]\n\
             account_sid = \"{ACCOUNT}\"\nauth_token = \"{auth_token}\"\nlines = [\"{line}\"]\n\
             api_base_url = \"{api_base_url}\"\n{more}\n"
        )
    }

    pub(crate) fn config(&self) -> Config {
        let text = self.text(SocketAddr::from(([127, 0, 0, 1], 0)));
        let path = self.folder.path().join("relay.toml");
        let mut config = config::parse(&path, &text, |_| None).unwrap();
        config.sending.probe_ms = self.probe_ms;
        config
    }
}

/// An answer in full.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) async fn read(response: reqwest::Response) -> Self {
        let content_type = response.headers().get("content-type");
        let content_type = content_type.map_or("", |value| value.to_str().unwrap());
        Self {
            status: response.status().as_u16(),
            content_type: content_type.to_owned(),
            body: response.text().await.unwrap(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// Fails unless it is a problem of that code, with the status and type that go with it.
    pub(crate) fn problem(&self, code: ErrorCode) -> Problem {
        assert_eq!(self.status, code.status(), "{self:?}");
        assert_eq!(self.content_type, "application/problem+json", "{self:?}");
        let problem: Problem = serde_json::from_str(&self.body).unwrap();
        assert_eq!(problem.code, code, "{self:?}");
        assert_eq!(problem.status, self.status);
        problem
    }
}

/// A running relay.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) setup: Setup,
    pub(crate) address: SocketAddr,
    /// Ana's, who may write.
    pub(crate) token: String,
    http: reqwest::Client,
    shutdown: CancellationToken,
    task: Option<JoinHandle<Result<(), RunError>>>,
    runtime: Option<Runtime>,
}

impl Desk {
    /// Starts a relay and lets Ana join.
    pub(crate) async fn start(setup: Setup) -> Self {
        let mut desk = Self::launch(setup, Clock::system()).await;
        desk.token = desk.join("Ana", "agent").await;
        desk
    }

    /// Starts a relay where nobody has joined, or others did before.
    pub(crate) async fn launch(setup: Setup, clock: Clock) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let task = {
            let (config, shutdown) = (setup.config(), shutdown.clone());
            let tempo = Tempo {
                cadence: setup.cadence,
                patience: setup.patience,
                rates: setup.rates,
            };
            runtime.spawn(async move {
                let listener = TcpListener::from_std(listener).unwrap();
                smsdesk_relay::run_at(config, tempo, listener, clock, shutdown).await
            })
        };
        let mut desk = Self::elsewhere(setup, address);
        desk.shutdown = shutdown;
        desk.task = Some(task);
        desk.runtime = Some(runtime);
        let ready = desk.request(Method::GET, "/ready", "", "", None).await;
        assert_eq!(ready.status, 200);
        desk
    }

    /// A relay that runs in another process.
    pub(crate) fn elsewhere(setup: Setup, address: SocketAddr) -> Self {
        // Another test of this process may have been first.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(DEADLINE)
            .build()
            .unwrap();
        Self {
            setup,
            address,
            token: String::new(),
            http,
            shutdown: CancellationToken::new(),
            task: None,
            runtime: None,
        }
    }

    /// Lets the relay end as it does on SIGTERM; returns how it ended.
    pub(crate) async fn stop(&mut self) -> Result<(), RunError> {
        self.shutdown.cancel();
        let task = self.task.take().unwrap();
        in_time("the relay's end", task).await.unwrap()
    }

    pub(crate) fn begin_to_stop(&self) {
        self.shutdown.cancel();
    }

    /// Ends the relay as a crash does: nothing that is under way ends properly. Another one can
    /// be launched with the setup that is returned.
    pub(crate) async fn crash(mut self) -> Setup {
        self.runtime.take().unwrap().shutdown_background();
        let setup = self.setup.clone();
        let lock = setup.database().with_extension("db.lock");
        eventually("the lock is free", async || {
            std::fs::File::open(&lock).unwrap().try_lock().ok()
        })
        .await;
        setup
    }

    pub(crate) async fn administrate(&self, command: Command) -> admin::Answer {
        client::ask(&self.setup.config(), command).await.unwrap()
    }

    /// A new token for somebody.
    pub(crate) async fn join(&self, name: &str, role: &str) -> String {
        let name = name.to_owned();
        let role = Some(role.parse().unwrap());
        let answer = self.administrate(Command::Invite { name, role }).await;
        let admin::Answer::Invite { invite } = answer else {
            panic!("{answer:?}")
        };
        let (relay, code) = invite.split_once('#').unwrap();
        assert_eq!(relay, self.setup.public_url);
        let device = "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee";
        let body = serde_json::json!({ "code": code, "device": device }).to_string();
        let joined = self
            .request(Method::POST, "/v1/join", "", "application/json", Some(body))
            .await;
        assert_eq!(joined.status, 201, "{joined:?}");
        joined.json()["token"].as_str().unwrap().to_owned()
    }

    /// Gives a program a token with some scopes.
    pub(crate) async fn program(&self, name: &str, scopes: &str) -> String {
        let command = Command::AddToken {
            name: name.to_owned(),
            scopes: scopes.parse().unwrap(),
            lasts_ms: None,
        };
        match self.administrate(command).await {
            admin::Answer::Token { token, .. } => token,
            answer => panic!("{answer:?}"),
        }
    }

    /// What Prometheus is told.
    pub(crate) async fn metrics(&self) -> String {
        let url = format!("http://{}/metrics", self.setup.metrics.unwrap());
        let answer = self.http.get(url).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.text().await.unwrap()
    }

    /// Any request as it is.
    pub(crate) fn raw(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("http://{}{path}", self.address);
        self.http.request(method, url)
    }

    pub(crate) async fn revoke(&self, name: &str) {
        let name = name.to_owned();
        let wipe = false;
        self.administrate(Command::Revoke { name, wipe }).await;
    }

    /// Any request; empty texts leave their header out.
    pub(crate) async fn request(
        &self,
        method: Method,
        path: &str,
        token: &str,
        content_type: &str,
        body: Option<String>,
    ) -> Answer {
        let url = format!("http://{}{path}", self.address);
        let mut request = self.http.request(method.clone(), url);
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if !content_type.is_empty() {
            request = request.header("content-type", content_type);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let answer = Answer::read(request.send().await.unwrap()).await;
        described::check(&method, path, &answer);
        answer
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path, &self.token, "", None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        let body = Some(body.to_string());
        self.request(Method::POST, path, &self.token, "application/json", body)
            .await
    }

    /// Sends a text as Ana.
    pub(crate) async fn send(&self, id: u128, to: &str, body: &str) -> Answer {
        let id = uuid::Uuid::from_u128(id);
        let message = serde_json::json!({ "id": id, "to": to, "body": body });
        self.post("/v1/messages", &message).await
    }

    /// Posts a webhook as it is.
    pub(crate) async fn webhook(&self, target: &str, signature: &str, body: String) -> Answer {
        let url = format!("http://{}{target}", self.address);
        let request = self
            .http
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .header(SIGNATURE_HEADER, signature)
            .body(body);
        let answer = Answer::read(request.send().await.unwrap()).await;
        described::check(&Method::POST, target, &answer);
        answer
    }

    /// Posts a webhook as Twilio does: signed with the account's token over the public URL.
    pub(crate) async fn signed<K: AsRef<str>, V: AsRef<str>>(
        &self,
        target: &str,
        pairs: &[(K, V)],
    ) -> Answer {
        let signature = signature(AUTH_TOKEN, &self.setup.public_url, target, pairs);
        self.webhook(target, &signature, encode(pairs)).await
    }

    /// A customer writes.
    pub(crate) async fn receive(&self, sid: u32, from: &str, body: &str) -> Answer {
        self.signed("/webhooks/twilio/message", &inbound(sid, from, body))
            .await
    }

    /// The whole feed, oldest first.
    pub(crate) async fn changes(&self) -> Vec<Change> {
        let mut changes: Vec<Change> = Vec::new();
        loop {
            let after = changes.last().map_or(0, |last| last.seq.0);
            let page = self.get(&format!("/v1/changes?after={after}")).await.json();
            let more: Vec<Change> = serde_json::from_value(page["changes"].clone()).unwrap();
            if more.is_empty() {
                return changes;
            }
            changes.extend(more);
        }
    }

    /// Every entry, in the order they were made.
    pub(crate) async fn entries(&self) -> Vec<Entry> {
        let changes = self.changes().await.into_iter();
        let mut entries: Vec<_> = changes
            .filter_map(|change| match change.content {
                Content::Known(Record::Entry(entry)) => Some(*entry),
                _ => None,
            })
            .collect();
        entries.sort_by_key(|entry| entry.position);
        entries
    }

    /// The status of the entry with that id, in its word.
    pub(crate) async fn status_of(&self, id: u128) -> String {
        let id = uuid::Uuid::from_u128(id);
        let entry = self.get(&format!("/v1/entries/{id}")).await.json();
        entry["status"].as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the entry has that status.
    pub(crate) async fn becomes(&self, id: u128, status: &str) {
        let mut last = String::new();
        let looking = async {
            loop {
                last = self.status_of(id).await;
                if last == status {
                    return;
                }
                tokio::time::sleep(LOOK).await;
            }
        };
        let became = tokio::time::timeout(DEADLINE, looking).await;
        assert!(became.is_ok(), "text {id} is {last}, and never {status}");
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// What Twilio would send in the header.
pub(crate) fn signature<K: AsRef<str>, V: AsRef<str>>(
    auth_token: &str,
    public_url: &str,
    target: &str,
    pairs: &[(K, V)],
) -> String {
    let key = SigningKey::auth_token(auth_token.into());
    sign(&key, &format!("{public_url}{target}"), pairs)
}

/// The parameters of an inbound text as Twilio sends them.
pub(crate) fn inbound(sid: u32, from: &str, body: &str) -> Vec<(String, String)> {
    let sid = format!("SM{sid:032x}");
    [
        ("ToCountry", "US"),
        ("ToState", ""),
        ("SmsMessageSid", &sid),
        ("NumMedia", "0"),
        ("ToCity", ""),
        ("FromZip", "34102"),
        ("SmsSid", &sid),
        ("FromState", "FL"),
        ("SmsStatus", "received"),
        ("FromCity", "NAPLES"),
        ("Body", body),
        ("FromCountry", "US"),
        ("To", LINE),
        ("NumSegments", "1"),
        ("MessageSid", &sid),
        ("AccountSid", ACCOUNT),
        ("From", from),
        ("ApiVersion", "2010-04-01"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}
