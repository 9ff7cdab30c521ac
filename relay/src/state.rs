//! What every part of the running relay shares. Data and handles; no logic.

use crate::RunError;
use crate::auth::limits::{Limits, Rates};
use crate::auth::trusted::Trusted;
use crate::care::backups::Backups;
use crate::care::live::Live;
use crate::clock::{Clock, monotonic};
use crate::config::{Account, Config};
use crate::http::asked::Asked;
use crate::http::broadcasts::LISTS_MAX;
use crate::http::gate::Gate;
use crate::insight::{Judge, tally};
use crate::metrics::Metrics;
use crate::metrics::calls::Calls;
use crate::outbox::lanes::AccountNumber;
use crate::outbox::reconcile::tally::Tally;
use crate::store::Store;
use crate::stream::attendance::Attendance;
use crate::stream::colleagues::Colleagues;
use crate::stream::recent::Recent;
use crate::stream::session::Patience;
use crate::tls::Tls;
use crate::twilio::call::CallPlan;
use crate::twilio::client::{Auth, TwilioClient};
use crate::twilio::public_url::PublicUrl;
use crate::twilio::signature::SigningKey;
use smsdesk_common::phone::Address;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Twilio accounts by what leads to them.
#[derive(Debug)]
pub struct Accounts {
    /// Secrets and who uses them: other ones take their place while the relay runs.
    held: RwLock<Arc<Held>>,
    /// Which account a line belongs to; the first one has those that none lists.
    numbers: BTreeMap<Address, AccountNumber>,
    /// Where calls are counted.
    calls: Option<Calls>,
}

#[derive(Debug)]
struct Held {
    /// What may sign the webhooks of an account: one token, or two while they are being exchanged.
    keys: BTreeMap<String, Vec<SigningKey>>,
    /// Who sends for a line.
    clients: BTreeMap<Address, TwilioClient>,
    /// Who sends for a line that no account lists any more.
    main: TwilioClient,
}

impl Held {
    fn new(accounts: &[Account], api_base_url: &str) -> Result<Self, RunError> {
        let mut keys = BTreeMap::new();
        let mut clients = BTreeMap::new();
        let mut main = None;
        for account in accounts {
            let tokens = [
                Some(&account.auth_token),
                account.auth_token_secondary.as_ref(),
            ];
            let tokens = tokens.into_iter().flatten().cloned();
            let of_account = tokens.map(SigningKey::auth_token).collect();
            keys.insert(account.sid.as_str().to_owned(), of_account);
            let auth = match &account.api_key {
                Some(key) => Auth::ApiKey {
                    sid: key.sid.clone(),
                    secret: key.secret.clone(),
                },
                None => Auth::Token(account.auth_token.clone()),
            };
            let client = TwilioClient::new(api_base_url, &account.sid, auth)
                .map_err(|error| RunError::Client(error.to_string()))?;
            main.get_or_insert_with(|| client.clone());
            let lines = account.lines.iter();
            clients.extend(lines.map(|line| (line.clone(), client.clone())));
        }
        let main = main.ok_or_else(|| RunError::Client("no account is configured".to_owned()))?;
        Ok(Self {
            keys,
            clients,
            main,
        })
    }

    /// The same, and what they call is counted.
    fn counted_by(&self, calls: &Calls) -> Self {
        let counted = |client: &TwilioClient| {
            let mut client = client.clone();
            client.count_by(calls.clone());
            client
        };
        let clients = self.clients.iter();
        Self {
            keys: self.keys.clone(),
            clients: clients
                .map(|(line, client)| (line.clone(), counted(client)))
                .collect(),
            main: counted(&self.main),
        }
    }
}

impl Accounts {
    /// The clients of the configured accounts.
    ///
    /// # Errors
    /// None is configured, or TLS cannot be set up.
    pub fn new(accounts: &[Account], api_base_url: &str) -> Result<Self, RunError> {
        let numbered = accounts.iter().enumerate();
        let numbers = numbered.flat_map(|(number, account)| {
            let lines = account.lines.iter();
            lines.map(move |line| (line.clone(), number))
        });
        Ok(Self {
            numbers: numbers.collect(),
            held: RwLock::new(Arc::new(Held::new(accounts, api_base_url)?)),
            calls: None,
        })
    }

    /// The same, and what they call is counted.
    #[must_use]
    pub(crate) fn counted_by(mut self, calls: &Calls) -> Self {
        let held = self.held.get_mut().unwrap_or_else(PoisonError::into_inner);
        *held = Arc::new(held.counted_by(calls));
        self.calls = Some(calls.clone());
        self
    }

    /// Puts other secrets of the same accounts in the place of those that hold.
    ///
    /// # Errors
    /// TLS cannot be set up; those that held hold.
    pub fn exchange(&self, accounts: &[Account], api_base_url: &str) -> Result<(), RunError> {
        let held = Held::new(accounts, api_base_url)?;
        let held = match &self.calls {
            Some(calls) => held.counted_by(calls),
            None => held,
        };
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(held);
        Ok(())
    }

    fn held(&self) -> Arc<Held> {
        Arc::clone(&self.held.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What may sign the webhooks of an account; nothing for one that is not ours.
    pub fn keys(&self, account: &str) -> Vec<SigningKey> {
        let keys = self.held().keys.get(account).cloned();
        keys.unwrap_or_default()
    }

    /// Who sends for `line`.
    pub fn client(&self, line: &Address) -> TwilioClient {
        let held = self.held();
        held.clients.get(line).unwrap_or(&held.main).clone()
    }

    /// Which account a line belongs to.
    pub fn number(&self, line: &Address) -> AccountNumber {
        self.numbers.get(line).copied().unwrap_or(0)
    }

    /// Which account each listed line belongs to.
    pub const fn numbers(&self) -> &BTreeMap<Address, AccountNumber> {
        &self.numbers
    }
}

/// The running relay.
#[derive(Debug)]
pub struct Relay {
    /// Everything that is kept.
    pub store: Store,
    /// What Twilio and agents call.
    pub public_url: PublicUrl,
    /// Whose word is taken on where a request comes from.
    pub trusted_proxies: Trusted,
    /// What another configuration changes.
    live: watch::Sender<Arc<Live>>,
    /// Who signs and who sends.
    pub accounts: Accounts,
    /// The time of day.
    pub clock: Clock,
    /// The newest part of the feed, for every stream.
    pub(crate) recent: Arc<Recent>,
    /// Who is where, for every stream.
    pub(crate) colleagues: Arc<Colleagues>,
    /// Which streams are open, and how far each of them is.
    pub(crate) attendance: Arc<Attendance>,
    /// What is counted.
    pub(crate) metrics: Metrics,
    /// When the relay began.
    began: Instant,
    /// Where streams are served.
    pub(crate) streams: Handle,
    /// How long streams wait.
    pub patience: Patience,
    /// Rung after a text was queued.
    pub outbox_bell: Notify,
    /// Rung after a conversation was changed: it may have a time to come back at.
    pub snooze_bell: Notify,
    /// Rung after a text was timed, or timed anew.
    pub timed_bell: Notify,
    /// Rung after a broadcast was made or changed.
    pub broadcast_bell: Notify,
    /// Held while the list of a broadcast is stored: one after the other.
    pub(crate) broadcast_begins: tokio::sync::Mutex<()>,
    /// Room for lists that are taken at the same time.
    pub(crate) broadcast_rooms: Arc<Semaphore>,
    /// What authors of texts were asked about.
    pub(crate) asked: Asked,
    /// Held while an attachment is fetched: one after the other.
    pub(crate) media_turn: tokio::sync::Mutex<()>,
    /// Rung after a job was made or changed: the customer may have to be reminded.
    pub job_bell: Notify,
    /// What happens to calls.
    pub(crate) calls: CallPlan,
    /// Who judges customers' texts, and how old they may be in milliseconds.
    judge: Option<(Judge, i64)>,
    /// What came of judging them.
    pub insights: tally::Tally,
    /// When the last webhook was accepted, in milliseconds since the epoch; 0 for never.
    last_webhook: AtomicI64,
    /// What the provider's lists brought.
    pub tally: Tally,
    /// How copies of the database fare.
    pub(crate) backups: Backups,
    /// Who may ask what, and how often.
    pub(crate) gate: Gate,
    /// What speaks HTTPS; none where a proxy does.
    pub tls: Option<Arc<Tls>>,
    /// Ends everything.
    pub shutdown: CancellationToken,
    /// Connections that outlive their HTTP request, to be waited for at the end.
    pub tasks: TaskTracker,
}

impl Relay {
    pub(crate) fn new(
        config: Config,
        patience: Patience,
        (store, recent, streams): (Store, Arc<Recent>, Handle),
        clock: Clock,
        shutdown: CancellationToken,
        tasks: TaskTracker,
    ) -> Result<Self, RunError> {
        let live = Arc::new(Live::of(&config));
        let judge = config.insight.map(|insights| {
            let judge = Judge::new(insights.adapter, config.company.clone());
            judge.map(|judge| (judge, insights.max_age_ms))
        });
        let judge = judge.transpose();
        let metrics = Metrics::new()?;
        store.count_by(metrics.commits.clone());
        let accounts = Accounts::new(&config.accounts, &config.api_base_url)?;
        Ok(Self {
            store,
            judge: judge.map_err(|error| RunError::Client(error.to_string()))?,
            insights: tally::Tally::default(),
            accounts: accounts.counted_by(&metrics.calls),
            metrics,
            attendance: Arc::default(),
            began: monotonic(),
            public_url: config.public_url,
            trusted_proxies: config.trusted_proxies.into(),
            live: watch::Sender::new(live),
            recent,
            colleagues: Colleagues::begin(&tasks, &streams, &shutdown),
            streams,
            patience,
            clock,
            outbox_bell: Notify::new(),
            snooze_bell: Notify::new(),
            timed_bell: Notify::new(),
            broadcast_bell: Notify::new(),
            broadcast_begins: tokio::sync::Mutex::new(()),
            broadcast_rooms: Arc::new(Semaphore::new(LISTS_MAX)),
            asked: Asked::default(),
            media_turn: tokio::sync::Mutex::new(()),
            job_bell: Notify::new(),
            calls: config.calls,
            last_webhook: AtomicI64::new(0),
            tally: Tally::default(),
            backups: Backups::default(),
            gate: Gate::new(Limits::new(Rates::STANDARD)),
            tls: None,
            shutdown,
            tasks,
        })
    }

    /// What holds now.
    pub(crate) fn live(&self) -> Arc<Live> {
        Arc::clone(&self.live.borrow())
    }

    /// Wakes when something else holds.
    pub(crate) fn live_changes(&self) -> watch::Receiver<Arc<Live>> {
        self.live.subscribe()
    }

    /// Something else holds from now on, for all that waits, too.
    pub(crate) fn take(&self, live: Live) {
        self.trusted_proxies.take(live.trusted_proxies.clone());
        self.live.send_replace(Arc::new(live));
        self.outbox_bell.notify_one();
        self.timed_bell.notify_one();
        self.broadcast_bell.notify_one();
        self.job_bell.notify_one();
    }

    /// Who judges customers' texts, and how old they may be in milliseconds.
    pub(crate) fn judge(&self) -> Option<(&Judge, i64)> {
        self.judge
            .as_ref()
            .map(|(judge, max_age)| (judge, *max_age))
    }

    /// Whether anybody judges customers' texts.
    pub(crate) const fn judges(&self) -> bool {
        self.judge.is_some()
    }

    /// Seconds since the start.
    pub(crate) fn up_s(&self) -> u64 {
        monotonic().duration_since(self.began).as_secs()
    }

    /// Notes that a webhook was accepted just now.
    pub(crate) fn webhook_accepted(&self) {
        self.last_webhook
            .store(self.clock.now().as_millis(), Ordering::Relaxed);
    }

    /// Seconds since the last accepted webhook; none since the start.
    pub(crate) fn last_webhook_age_s(&self) -> Option<u64> {
        let last = self.last_webhook.load(Ordering::Relaxed);
        let age = self.clock.now().as_millis().saturating_sub(last) / 1_000;
        (last > 0).then(|| u64::try_from(age).unwrap_or(0))
    }

    /// Seconds since the provider's lists were last read in full; none since the start.
    pub(crate) fn lists_read_age_s(&self) -> Option<u64> {
        let at = self.tally.completed_at()?;
        let age = self.clock.now().millis_since(at) / 1_000;
        Some(u64::try_from(age).unwrap_or(0))
    }
}
