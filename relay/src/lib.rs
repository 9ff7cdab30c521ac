//! The smsdesk relay: takes Twilio's webhooks, stores them durably, streams every change to the
//! terminals and sends their replies.
//!
//! [`run`] wires the parts and does nothing else. Start reading at `router` for what comes in, at
//! `desk` for what is done about it, at `store` for how it is kept.

mod accesses;
pub mod admin;
pub mod auth;
pub mod automation;
pub mod care;
pub mod cli;
pub mod clock;
pub mod config;
mod counting;
pub mod desk;
pub mod doctor;
mod due;
pub mod http;
pub mod hub;
mod indexer;
pub mod insight;
pub mod metrics;
pub mod openapi;
pub mod outbox;
pub mod router;
pub mod server;
pub mod setup;
pub mod snooze;
pub mod state;
pub mod store;
pub mod stream;
pub mod telemetry;
pub mod timed;
pub mod tls;
pub mod twilio;

use crate::auth::limits::{Limits, Rates};
use crate::care::{Prepared, Reins};
use crate::clock::Clock;
use crate::config::Config;
use crate::http::gate::Gate;
use crate::outbox::cadence::Cadence;
use crate::outbox::reconcile::Reconciler;
use crate::outbox::worker::Worker;
use crate::server::Door;
use crate::state::Relay;
use crate::store::{OpenError, Store, StoreError};
use crate::stream::session::Patience;
use crate::tls::Tls;
use smsdesk_common::config::ConfigError;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// This version of the relay.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Connections for metrics at the same time: one Prometheus and somebody who looks.
const METRICS_CONNECTIONS_MAX: usize = 8;
/// Connections for plain HTTP at the same time: they get a line and close.
const CLEAR_CONNECTIONS_MAX: usize = 64;

/// Why the relay could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// An address cannot be listened on.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database failed while the relay got ready.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The network client cannot be made.
    #[error("the client for Twilio's API cannot be made: {0}")]
    Client(String),
    /// The listener has no address.
    #[error("the listening socket failed: {0}")]
    Listener(#[from] std::io::Error),
    /// The threads for the streams cannot be started.
    #[error("the threads for the streams cannot be started: {0}")]
    Threads(std::io::Error),
    /// What is counted cannot be set up.
    #[error("the metrics cannot be set up: {0}")]
    Metrics(#[from] prometheus::Error),
    /// The part that sends texts ended by itself.
    #[error("the outbox ended by a fault: nothing more would have been sent")]
    Outbox,
    /// The thread that writes ended by itself.
    #[error("the database's writer ended by a fault: nothing more would have been stored")]
    Writer,
}

/// Listens on a configured address.
///
/// # Errors
/// It is in use, or not of this machine; names the key.
pub async fn bind(key: &str, address: SocketAddr) -> Result<TcpListener, ConfigError> {
    TcpListener::bind(address).await.map_err(|error| {
        let problem = match error.kind() {
            std::io::ErrorKind::AddrInUse => format!("{address} is in use by another program"),
            _ => format!("{address}: {error}"),
        };
        ConfigError::new(key, problem)
    })
}

/// Serves until `shutdown`; then takes nothing new, lets what is under way end, and returns with
/// the database closed.
///
/// # Errors
/// The database is in use, of a later version or unusable; or the parts cannot be made.
pub async fn run(
    config: Config,
    listener: TcpListener,
    clock: Clock,
    shutdown: CancellationToken,
) -> Result<(), RunError> {
    run_at(config, Tempo::STANDARD, listener, clock, shutdown).await
}

/// Limits of time that tests shorten and nobody configures.
#[derive(Clone, Copy, Debug)]
pub struct Tempo {
    /// How the provider's lists are read.
    pub cadence: Cadence,
    /// How long streams wait.
    pub patience: Patience,
    /// How often one may ask.
    pub rates: Rates,
}

impl Tempo {
    /// What [`run`] goes by.
    pub const STANDARD: Self = Self {
        cadence: Cadence::STANDARD,
        patience: Patience::STANDARD,
        rates: Rates::STANDARD,
    };
}

/// [`run`] with other limits of time.
///
/// # Errors
/// As [`run`].
pub async fn run_at(
    config: Config,
    tempo: Tempo,
    listener: TcpListener,
    clock: Clock,
    shutdown: CancellationToken,
) -> Result<(), RunError> {
    run_held(config, tempo, listener, (clock, Reins::default()), shutdown).await
}

/// [`run_at`] for somebody who is told how it goes, and may bring another configuration.
///
/// # Errors
/// As [`run`].
pub async fn run_held(
    config: Config,
    tempo: Tempo,
    listener: TcpListener,
    (clock, reins): (Clock, Reins),
    shutdown: CancellationToken,
) -> Result<(), RunError> {
    let address = listener.local_addr()?;
    let prepared = Prepared::new(&config, reins);
    let database = config.database.clone();
    let store = Store::open(&database, clock.clone()).await?;
    let lines = config.lines();
    store
        .write(move |tx| desk::lines::adopt(tx, &lines))
        .await?;
    insight::begin(&store, config.insight.as_ref()).await?;
    let (door, clear) = doors(&config, &clock).await?;
    let metrics = match config.metrics_listen {
        Some(address) => Some(bind("relay.metrics_listen", address).await?),
        None => None,
    };
    let tasks = TaskTracker::new();
    let (recent, threads) = stream::begin(&store, &tasks, &shutdown).await?;
    let shared = (store, recent, threads.handle());
    let (patience, stop) = (tempo.patience, shutdown.clone());
    let mut relay = Relay::new(config, patience, shared, clock, stop, tasks.clone())?;
    relay.gate = Gate::new(Limits::new(tempo.rates));
    relay.tls.clone_from(&door.tls);
    relay.trusted_proxies = door.proxies.clone();
    let relay = Arc::new(relay);
    outbox::recover(&relay.store).await?;
    let worker = tokio::spawn(send_all(Arc::clone(&relay), shutdown.clone()));
    let writer = tasks.spawn(end_with_writer(
        relay.store.writer_ended(),
        shutdown.clone(),
    ));
    spawn_rounds(&tasks, &relay, tempo.cadence);
    spawn_tls(&tasks, &relay, clear);
    let admin = admin::socket::listen(&database, relay.store.clone(), relay.public_url.clone());
    let admin = admin.map(|admin| tokio::spawn(admin.run(shutdown.clone())));
    if let Some(listener) = metrics {
        let routes = http::metrics::routes(Arc::clone(&relay));
        let door = Door::plain(server::Limits::standard(METRICS_CONNECTIONS_MAX));
        tasks.spawn(server::serve(listener, routes, door, shutdown.clone()));
    }
    tracing::info!(%address, version = VERSION, "listening");
    prepared.begin(&tasks, &relay);
    server::serve(listener, router::routes(Arc::clone(&relay)), door, shutdown).await;
    tasks.close();
    tasks.wait().await;
    let sent = worker.await.map_err(|_| RunError::Outbox);
    if let Some(admin) = admin {
        // It ends by itself on shutdown; an error here is a panic that was reported already.
        let _ = admin.await;
    }
    drop(threads);
    let store = relay.store.clone();
    drop(relay);
    store.close().await;
    tracing::info!("stopped");
    // A panic of it was told already.
    writer.await.unwrap_or(Err(RunError::Writer)).and(sent)
}

/// Sends what waits, and ends everything where that ends: a relay that takes texts and never sends them
/// is worse than one that is started again.
async fn send_all(relay: Arc<Relay>, shutdown: CancellationToken) {
    let end_all = shutdown.drop_guard();
    Worker::new(relay).run().await;
    drop(end_all);
}

/// Ends everything where the writer ends before: a relay that refuses every text is worse than one that
/// is started again.
async fn end_with_writer(
    ended: impl Future<Output = ()>,
    shutdown: CancellationToken,
) -> Result<(), RunError> {
    tokio::select! {
        biased;
        () = shutdown.cancelled() => Ok(()),
        () = ended => {
            shutdown.cancel();
            Err(RunError::Writer)
        }
    }
}

/// What stands before all that is served, and the listener that leads to it from plain HTTP.
async fn doors(config: &Config, clock: &Clock) -> Result<(Door, Option<TcpListener>), RunError> {
    let secure = config.tls.as_ref();
    let tls = secure.map(|tls| Tls::open(tls, clock.clone()));
    let clear = match secure.and_then(|tls| tls.http_listen) {
        Some(address) => Some(bind("relay.tls.http_listen", address).await?),
        None => None,
    };
    let door = Door {
        limits: server::Limits::standard(config.connections_max),
        proxies: config.trusted_proxies.clone().into(),
        tls: tls.transpose()?,
    };
    Ok((door, clear))
}

/// Keeps the certificate fresh, and leads from plain HTTP to it.
fn spawn_tls(tasks: &TaskTracker, relay: &Arc<Relay>, clear: Option<TcpListener>) {
    let Some(tls) = &relay.tls else { return };
    let shutdown = &relay.shutdown;
    tasks.spawn(Arc::clone(tls).run(shutdown.clone()));
    if let Some(listener) = clear {
        let routes = tls::plain_routes(Arc::clone(tls), relay.public_url.origin().to_owned());
        let door = Door::plain(server::Limits::standard(CLEAR_CONNECTIONS_MAX));
        tasks.spawn(server::serve(listener, routes, door, shutdown.clone()));
    }
}

/// What is done again and again beside requests.
fn spawn_rounds(tasks: &TaskTracker, relay: &Arc<Relay>, cadence: Cadence) {
    tasks.spawn(Reconciler::new(Arc::clone(relay), cadence).run());
    tasks.spawn(snooze::run(Arc::clone(relay)));
    tasks.spawn(timed::run(Arc::clone(relay)));
    tasks.spawn(automation::broadcast::run(Arc::clone(relay)));
    tasks.spawn(automation::reminders::run(Arc::clone(relay)));
    tasks.spawn(indexer::run(Arc::clone(relay)));
    tasks.spawn(counting::run(Arc::clone(relay)));
    tasks.spawn(accesses::run(Arc::clone(relay)));
    tasks.spawn(insight::run(Arc::clone(relay)));
}
