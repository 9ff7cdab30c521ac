//! The smsdesk relay: takes Twilio's webhooks, stores them durably, streams every change to the
//! terminals and sends their replies.
//!
//! [`run`] wires the parts and does nothing else. Start reading at `router` for what comes in, at
//! `desk` for what is done about it, at `store` for how it is kept.

pub mod admin;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod desk;
pub mod http;
pub mod hub;
pub mod outbox;
pub mod router;
pub mod server;
pub mod state;
pub mod store;
pub mod stream;
pub mod telemetry;
pub mod twilio;

use crate::clock::Clock;
use crate::config::Config;
use crate::outbox::worker::Worker;
use crate::state::Relay;
use crate::store::{OpenError, Store, StoreError};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// This version of the relay.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Why the relay could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
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
    /// The part that sends texts ended by itself.
    #[error("the outbox ended by a fault: nothing more would have been sent")]
    Outbox,
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
    let address = listener.local_addr()?;
    let database = config.database.clone();
    let store = Store::open(&database, clock.clone()).await?;
    let lines = config.lines();
    store
        .write(move |tx| desk::lines::adopt(tx, &lines))
        .await?;
    let limits = server::Limits::standard(config.connections_max);
    let tasks = TaskTracker::new();
    let relay = Arc::new(Relay::new(
        config,
        store,
        clock,
        shutdown.clone(),
        tasks.clone(),
    )?);
    outbox::recover(&relay.store).await?;
    let worker = tokio::spawn({
        let worker = Worker::new(Arc::clone(&relay));
        // A relay that takes texts and never sends them is worse than one that is started again.
        let end_all = shutdown.clone().drop_guard();
        async move {
            worker.run().await;
            drop(end_all);
        }
    });
    let admin = admin::socket::listen(&database, relay.store.clone(), relay.public_url.clone());
    let admin = admin.map(|admin| tokio::spawn(admin.run(shutdown.clone())));
    tracing::info!(%address, version = VERSION, "listening");
    server::serve(
        listener,
        router::routes(Arc::clone(&relay)),
        limits,
        shutdown,
    )
    .await;
    tasks.close();
    tasks.wait().await;
    let sent = worker.await.map_err(|_| RunError::Outbox);
    if let Some(admin) = admin {
        // It ends by itself on shutdown; an error here is a panic that was reported already.
        let _ = admin.await;
    }
    let store = relay.store.clone();
    drop(relay);
    store.close().await;
    tracing::info!("stopped");
    sent
}
