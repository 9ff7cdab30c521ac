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
    let database = config.database.clone();
    let store = Store::open(&database, clock.clone()).await?;
    let lines = config.lines();
    store
        .write(move |tx| desk::lines::adopt(tx, &lines))
        .await?;
    let connections_max = config.connections_max;
    let tasks = TaskTracker::new();
    let relay = Arc::new(Relay::new(
        config,
        store,
        clock,
        shutdown.clone(),
        tasks.clone(),
    )?);
    outbox::recover(&relay.store).await?;
    let worker = tokio::spawn(Worker::new(Arc::clone(&relay)).run());
    let admin = admin::socket::listen(&database, relay.store.clone(), relay.public_url.clone());
    let admin = admin.map(|admin| tokio::spawn(admin.run(shutdown.clone())));
    tracing::info!(address = %listener.local_addr()?, version = VERSION, "listening");
    server::serve(
        listener,
        router::routes(Arc::clone(&relay)),
        connections_max,
        shutdown,
    )
    .await;
    tasks.close();
    tasks.wait().await;
    // Both end by themselves on shutdown; an error here is a panic that was logged already.
    let _ = worker.await;
    if let Some(admin) = admin {
        let _ = admin.await;
    }
    let store = relay.store.clone();
    drop(relay);
    store.close().await;
    tracing::info!("stopped");
    Ok(())
}
