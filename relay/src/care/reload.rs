//! What another configuration changes while the relay runs: secrets of the same accounts, and
//! certificates from files. Everything else takes a restart, and is named.

use crate::config::Config;
use crate::state::Relay;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// A configuration that was read again and checked, and who waits until it holds.
pub type Reload = (Config, oneshot::Sender<()>);

/// What takes a restart, by its key, in words that tell two values apart and no secret.
pub(super) struct Fixed(Vec<(&'static str, String)>);

impl Fixed {
    pub(super) fn of(config: &Config) -> Self {
        let accounts = config.accounts.iter();
        let accounts: Vec<_> = accounts.map(|it| (it.sid.as_str(), &it.lines)).collect();
        Self(vec![
            ("relay.listen", format!("{:?}", config.listen)),
            ("relay.public_url", format!("{:?}", config.public_url)),
            ("relay.database", format!("{:?}", config.database)),
            (
                "relay.default_region",
                format!("{:?}", config.default_region),
            ),
            ("relay.company", format!("{:?}", config.company)),
            (
                "relay.metrics_listen",
                format!("{:?}", config.metrics_listen),
            ),
            ("relay.connections_max", config.connections_max.to_string()),
            (
                "relay.trusted_proxies",
                format!("{:?}", config.trusted_proxies),
            ),
            ("relay.tls", format!("{:?}", config.tls)),
            ("relay.late_sends", format!("{:?}", config.late)),
            ("relay.compliance", format!("{:?}", config.answers)),
            ("relay.insight", format!("{:?}", config.insight)),
            (
                "relay.backup, relay.retention",
                format!("{:?}", config.care),
            ),
            (API, config.api_base_url.clone()),
            (ACCOUNTS, format!("{accounts:?}")),
            (
                "relay.twilio.segments_per_second",
                format!("{:?}", config.sending),
            ),
        ])
    }

    /// The keys whose values differ.
    fn differing(&self, other: &Self) -> Vec<&'static str> {
        let pairs = self.0.iter().zip(&other.0);
        pairs
            .filter(|((_, one), (_, other))| one != other)
            .map(|((key, _), _)| *key)
            .collect()
    }
}

const API: &str = "relay.twilio.api_base_url";
const ACCOUNTS: &str = "relay.twilio.account_sid, relay.twilio.lines";

/// Takes configurations until shutdown.
pub(super) async fn run(relay: Arc<Relay>, fixed: Fixed, mut reloads: mpsc::Receiver<Reload>) {
    loop {
        let reload = tokio::select! {
            () = relay.shutdown.cancelled() => return,
            reload = reloads.recv() => reload,
        };
        let Some((config, done)) = reload else {
            return;
        };
        take(&relay, &fixed, &config);
        if let Some(tls) = &relay.tls
            && let Err(error) = tls.reload().await
        {
            tracing::error!(%error, "the certificate that is shown holds on");
        }
        // Whoever asked may have gone.
        let _ = done.send(());
    }
}

fn take(relay: &Relay, fixed: &Fixed, config: &Config) {
    let differing = fixed.differing(&Fixed::of(config));
    for key in &differing {
        tracing::warn!(key, "has changed: that takes a restart");
    }
    if differing.contains(&ACCOUNTS) || differing.contains(&API) {
        tracing::warn!("the secrets of the accounts are left as they are until then");
        return;
    }
    match relay
        .accounts
        .exchange(&config.accounts, &config.api_base_url)
    {
        Ok(()) => {
            tracing::info!("the configuration was read again: the accounts' secrets hold now")
        }
        Err(error) => tracing::error!(%error, "the accounts' secrets hold on as they were"),
    }
}
