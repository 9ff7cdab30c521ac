//! `serve`: the daemon.

use crate::care::Reins;
use crate::care::notify::{self, Notifier};
use crate::care::reload::Reload;
use crate::cli::load;
use crate::clock::Clock;
use crate::config::Config;
use crate::telemetry::Level;
use crate::{RunError, Tempo};
use anyhow::Context as _;
use listenfd::ListenFd;
use smsdesk_common::config::ConfigError;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// Serves until SIGTERM or SIGINT, then drains. SIGHUP reads the configuration again.
pub(super) async fn run(
    named: Option<PathBuf>,
    clock: Clock,
    level: Option<Level>,
) -> anyhow::Result<()> {
    let config = load::config(named.as_deref())?;
    if let Some(level) = &level {
        level.set(config.log_level);
    }
    let listener = listener(&config).await?;
    // Before the database is opened: what opens it looks whether there is a reserve to watch.
    if let Err(error) = crate::store::space::keep_reserve(&config.database) {
        tracing::warn!(%error, "no room is held back for a full disk");
    }
    let notifier = notifier()?;
    let (bring, reloads) = mpsc::channel(1);
    let reins = Reins {
        notifier: notifier.clone(),
        watchdog: watchdog(),
        reloads: Some(reloads),
        level,
    };
    let shutdown = CancellationToken::new();
    tokio::spawn(cancel_on_signal(shutdown.clone())?);
    tokio::spawn(reload_on_hangup(named, notifier, bring)?);
    let held = (clock, reins);
    let ran = crate::run_held(config, Tempo::STANDARD, listener, held, shutdown).await;
    ran.map_err(|error| match error {
        RunError::Config(error) => error.into(),
        error => error.into(),
    })
}

/// The socket that whoever started the relay holds open, so that nobody is refused while it is started
/// again; else one of its own.
async fn listener(config: &Config) -> anyhow::Result<TcpListener> {
    let passed = ListenFd::from_env().take_tcp_listener(0);
    let passed = passed.context("the first socket that was passed ($LISTEN_FDS)")?;
    let Some(socket) = passed else {
        return Ok(crate::bind("relay.listen", config.listen).await?);
    };
    socket.set_nonblocking(true)?;
    tracing::info!("the socket was passed: relay.listen does not count");
    Ok(TcpListener::from_std(socket)?)
}

fn notifier() -> anyhow::Result<Notifier> {
    match std::env::var_os("NOTIFY_SOCKET") {
        Some(socket) => Notifier::to(&socket).context("NOTIFY_SOCKET"),
        None => Ok(Notifier::default()),
    }
}

/// Within what time whoever started the relay wants to hear that it is alive, where it is meant.
fn watchdog() -> Option<Duration> {
    let number = |name| std::env::var(name).ok()?.parse::<u64>().ok();
    let is_meant = number("WATCHDOG_PID").is_none_or(|pid| pid == u64::from(std::process::id()));
    let within = number("WATCHDOG_USEC").map(Duration::from_micros);
    within.filter(|within| is_meant && !within.is_zero())
}

/// Reads the configuration again on each SIGHUP. One that is wrong changes nothing.
fn reload_on_hangup(
    named: Option<PathBuf>,
    notifier: Notifier,
    bring: mpsc::Sender<Reload>,
) -> anyhow::Result<impl Future<Output = ()> + Send> {
    let mut hangup = signal(SignalKind::hangup()).context("SIGHUP")?;
    Ok(async move {
        while hangup.recv().await.is_some() {
            notifier.tell(notify::RELOADING);
            if let Err(error) = reload(named.as_deref(), &bring).await {
                tracing::error!(%error, "the configuration is wrong: the one that holds holds on");
            }
            notifier.tell(notify::READY);
        }
    })
}

async fn reload(named: Option<&Path>, bring: &mpsc::Sender<Reload>) -> Result<(), ConfigError> {
    let config = load::config(named)?;
    let (done, taken) = oneshot::channel();
    // Without a taker the relay is just starting or stopping.
    if bring.send((config, done)).await.is_ok() {
        let _ = taken.await;
    }
    Ok(())
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
