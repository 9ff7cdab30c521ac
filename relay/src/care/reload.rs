//! What another configuration changes while the relay runs. The table of keys says which take a
//! restart: they are named, and what held of them holds on. Where anything cannot be taken, nothing is.

use super::live::Live;
use crate::config::{Account, Config, Given};
use crate::state::Relay;
use crate::telemetry::Level;
use smsdesk_common::config::Holds;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// A configuration that was read again and checked, and who waits until it holds.
pub type Reload = (Config, oneshot::Sender<()>);

/// Where they differ, the secrets belong to other accounts.
const WHOSE: &[&str] = &[
    "relay.twilio.account_sid",
    "relay.twilio.api_base_url",
    "relay.twilio.lines",
    "relay.twilio.accounts",
];
/// The accounts' secrets: who sends, and who signs.
const SECRETS: &[&str] = &[
    "relay.twilio.auth_token",
    "relay.twilio.auth_token_secondary",
    "relay.twilio.api_key_sid",
    "relay.twilio.api_key_secret",
    "relay.twilio.accounts (secrets)",
];

/// What was said, to tell what is news.
pub(super) struct Held {
    /// At the start.
    first: Given,
    /// The last time.
    last: Given,
    level: Option<Level>,
}

impl Held {
    pub(super) fn of(config: &Config) -> Self {
        Self {
            first: config.given.clone(),
            last: config.given.clone(),
            level: None,
        }
    }

    pub(super) fn with_level(self, level: Option<Level>) -> Self {
        Self { level, ..self }
    }
}

/// Takes configurations until shutdown.
pub(super) async fn run(relay: Arc<Relay>, mut held: Held, mut reloads: mpsc::Receiver<Reload>) {
    loop {
        let reload = tokio::select! {
            () = relay.shutdown.cancelled() => return,
            reload = reloads.recv() => reload,
        };
        let Some((config, done)) = reload else {
            return;
        };
        take(&relay, &mut held, config).await;
        // Whoever asked may have gone.
        let _ = done.send(());
    }
}

async fn take(relay: &Relay, held: &mut Held, config: Config) {
    let fixed = held.first.differing(&config.given, Holds::Start);
    let stranger = WHOSE.iter().any(|key| fixed.contains(key));
    // All that can fail comes first.
    if let Err(error) = certificate(relay).await {
        tracing::error!(%error, "no certificate can be read: the configuration that holds holds on");
        return;
    }
    if !stranger && let Err(error) = exchange(relay, &config.accounts, &config.api_base_url) {
        tracing::error!(%error, "the secrets cannot be used: the configuration that holds holds on");
        return;
    }
    let live = Live {
        // No key sets it.
        sending: crate::config::Sending {
            probe_ms: relay.live().sending.probe_ms,
            ..config.sending.clone()
        },
        ..Live::of(&config)
    };
    let (before, after) = (relay.live().log_level, live.log_level);
    relay.take(live);
    // What is told below is told at whichever says more.
    if let Some(level) = &held.level {
        level.set(before.max(after));
    }
    for key in held.last.differing(&config.given, Holds::Reload) {
        let is_overruled = key == "relay.log_level" && held.level.is_none();
        if is_overruled {
            tracing::warn!(key, "has changed: --log-level says it instead");
        } else if !(stranger && SECRETS.contains(&key)) {
            tracing::info!(key, "has changed and holds now");
        }
    }
    for key in fixed {
        tracing::warn!(
            key,
            "has changed: that takes a restart, and what held holds on"
        );
    }
    if stranger {
        tracing::warn!("the secrets of the accounts are left as they are until then");
    }
    tracing::info!("the configuration was read again");
    held.last = config.given;
    if let Some(level) = &held.level {
        level.set(after);
    }
}

async fn certificate(relay: &Relay) -> Result<(), crate::tls::PairError> {
    match &relay.tls {
        Some(tls) => tls.reload().await,
        None => Ok(()),
    }
}

fn exchange(
    relay: &Relay,
    accounts: &[Account],
    api_base_url: &str,
) -> Result<(), crate::RunError> {
    relay.accounts.exchange(accounts, api_base_url)
}
