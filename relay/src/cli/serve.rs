//! `serve`: the daemon.

use crate::RunError;
use crate::clock::Clock;
use crate::config::Config;
use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Serves until SIGTERM or SIGINT, then drains.
pub(super) async fn run(config: Config) -> anyhow::Result<()> {
    let listener = crate::bind("relay.listen", config.listen).await?;
    // Before the database is opened: what opens it looks whether there is a reserve to watch.
    if let Err(error) = crate::store::space::keep_reserve(&config.database) {
        tracing::warn!(%error, "no room is held back for a full disk");
    }
    let shutdown = CancellationToken::new();
    tokio::spawn(cancel_on_signal(shutdown.clone())?);
    tokio::spawn(outlive_hangup()?);
    let ran = crate::run(config, listener, Clock::system(), shutdown).await;
    ran.map_err(|error| match error {
        RunError::Config(error) => error.into(),
        error => error.into(),
    })
}

/// A terminal that closes, or an operator who expects a reload, must not end the relay.
fn outlive_hangup() -> anyhow::Result<impl Future<Output = ()> + Send> {
    let mut hangup = signal(SignalKind::hangup()).context("SIGHUP")?;
    Ok(async move {
        while hangup.recv().await.is_some() {
            tracing::warn!("SIGHUP changes nothing: restart to read the configuration again");
        }
    })
}

/// Ends the relay on the first SIGTERM or SIGINT.
pub(super) fn cancel_on_signal(
    shutdown: CancellationToken,
) -> anyhow::Result<impl Future<Output = ()> + Send> {
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        shutdown.cancel();
    })
}
