//! The relay as a role of the rig's own program, with another clock or in more haste than anybody
//! can configure.

use anyhow::Context as _;
use smsdesk_relay::clock::Clock;
use smsdesk_relay::config;
use smsdesk_relay::outbox::cadence::{Cadence, Patience};
use smsdesk_relay::telemetry::{self, LogFormat};
use smsdesk_relay::{Tempo, run_at};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Reads the provider's lists every second, and gives a text in doubt up after some: for a
/// provider on the same machine whose lists do not lag. A message that the relay does not know of
/// is still nobody else's for as long as always.
const QUICK: Cadence = Cadence {
    every_ms: 1_000,
    webhook_ms: 2_000,
    callback_ms: 2_000,
    call_ms: 20,
    idle_ms: 100,
    fault_ms: 200,
    patience: Patience {
        call_ms: 2_000,
        slack_ms: 2_000,
        first_look_ms: 500,
        between_ms: [500, 1_000, 2_000],
        lag_ms: 2_000,
        ..Patience::STANDARD
    },
    ..Cadence::STANDARD
};

/// A relay that reads the provider's lists in haste, so that what was lost is there within seconds.
///
/// # Errors
/// It cannot start.
pub fn quick_relay() -> anyhow::Result<ExitCode> {
    let tempo = Tempo {
        cadence: QUICK,
        ..Tempo::STANDARD
    };
    relay(tempo, |_| Clock::system())
}

/// A relay with that tempo and a clock that may depend on where its configuration is. A command
/// other than `serve` goes by neither.
///
/// # Errors
/// It cannot start.
pub fn relay(tempo: Tempo, clock: impl FnOnce(&Path) -> Clock) -> anyhow::Result<ExitCode> {
    let arguments: Vec<_> = std::env::args().collect();
    if arguments.get(1).is_none_or(|command| command != "serve") {
        return Ok(smsdesk_relay::cli::main());
    }
    crate::world::install_crypto();
    let _ = telemetry::start(LogFormat::default(), "error".parse()?);
    let file = arguments
        .iter()
        .skip_while(|word| *word != "--config")
        .nth(1);
    let file = PathBuf::from(file.context("--config")?);
    let parsed = config::parse(&file, &std::fs::read_to_string(&file)?, |_| None)?;
    let clock = clock(&file);
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(async {
            let shutdown = CancellationToken::new();
            let mut term = signal(SignalKind::terminate())?;
            let end = shutdown.clone();
            tokio::spawn(async move {
                term.recv().await;
                end.cancel();
            });
            let listener = smsdesk_relay::bind("relay.listen", parsed.listen).await?;
            run_at(parsed, tempo, listener, clock, shutdown).await?;
            Ok(ExitCode::SUCCESS)
        })
}
