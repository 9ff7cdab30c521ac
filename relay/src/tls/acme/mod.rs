//! A certificate from an authority (RFC 8555): ordered where none is held, renewed when a third of
//! its life is left, tried again with growing pauses. What is held is shown as long as there is
//! nothing better, ended or not.

mod folder;
mod http;
mod order;

use super::Tls;
use super::life::{Setback, pause_ms};
use super::pair::Held;
use crate::config;
use folder::{Folder, Tries};
use http::Http;
use order::{Failure, Wanted};
use smsdesk_common::config::ConfigError;
use smsdesk_common::time::Timestamp;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long one try may take, in seconds.
const TRY_S_MAX: u64 = 300;
/// How often the clock is looked at while there is nothing to do, in seconds: it may jump.
const LOOK_S: u64 = 3_600;

/// The authority.
pub(super) struct Acme {
    config: config::Acme,
    host: String,
    http: Http,
    folder: Folder,
    /// Spreads what relays do at the same age of their certificates.
    chance: u64,
}

impl Acme {
    /// What is kept of the authority, and the certificate if there is one.
    pub(super) fn open(
        config: &config::Acme,
        host: &str,
    ) -> Result<(Self, Option<Held>), ConfigError> {
        let http = Http::new(config.ca.as_deref())
            .map_err(|problem| ConfigError::new("relay.tls.acme_ca", problem))?;
        let folder = Folder::open(&config.folder, &config.directory).map_err(|error| {
            let problem = format!("{}: {error}", config.folder.display());
            ConfigError::new("relay.tls.acme_folder", problem)
        })?;
        let held = folder.pair().unwrap_or_else(|error| {
            tracing::error!(%error, "the certificate kept cannot be used: a new one is ordered");
            None
        });
        let acme = Self {
            config: config.clone(),
            host: host.to_owned(),
            http,
            folder,
            chance: random(),
        };
        // One for another name would only be refused by whoever connects.
        Ok((acme, held.filter(|held| held.is_for(host))))
    }

    /// Orders whenever it is time, until `shutdown`.
    pub(super) async fn run(&self, tls: &Arc<Tls>, shutdown: &CancellationToken) {
        let mut tries = self.folder.tries();
        loop {
            tls.warn();
            let wait = self.due(tls, tries).millis_since(tls.clock.now());
            if let Ok(wait) = u64::try_from(wait)
                && wait > 0
            {
                tokio::select! {
                    () = shutdown.cancelled() => return,
                    () = tls.bell.notified() => tries.not_before = tries.held_off,
                    () = tokio::time::sleep(Duration::from_millis(wait.min(LOOK_S * 1_000))) => {}
                }
                continue;
            }
            tries = tokio::select! {
                () = shutdown.cancelled() => return,
                tries = self.attempt(tls, tries) => tries,
            };
            if let Err(error) = self.folder.keep_tries(tries) {
                tracing::error!(%error, "how the try went could not be kept");
            }
        }
    }

    /// When something is to be done.
    fn due(&self, tls: &Tls, tries: Tries) -> Timestamp {
        let held = tls.held();
        let renewed = held.map(|held| held.life.renew_at(self.chance));
        renewed.unwrap_or_default().max(tries.not_before)
    }

    async fn attempt(&self, tls: &Tls, tries: Tries) -> Tries {
        let wanted = Wanted {
            directory: &self.config.directory,
            contact: self.config.contact.as_deref(),
            challenge: self.config.challenge,
            host: &self.host,
        };
        tracing::info!(host = %self.host, "asking for a certificate");
        let http = self.http.fresh();
        let getting = wanted.get(&http, &self.folder, &tls.shown);
        let got = tokio::time::timeout(Duration::from_secs(TRY_S_MAX), getting).await;
        let got = got.unwrap_or_else(|_| Err(Failure::unreachable("it took too long")));
        // A try that was cut off may have left its proof.
        tls.shown.prove(None);
        tls.failing.store(got.is_err(), Ordering::Relaxed);
        let failure = match got {
            Ok(held) => {
                let until = held.life.until;
                tls.shown.show(held);
                tracing::info!(host = %self.host, until = %until.to_rfc3339(), "another certificate");
                return Tries::default();
            }
            Err(failure) => failure,
        };
        let failures = tries.failures.saturating_add(1);
        let asked = http.asked.seconds();
        let pause = pause_ms(failure.setback, failures, asked, self.chance);
        let now = tls.clock.now();
        let asked = asked.map_or(0, |_| pause);
        tracing::error!(
            host = %self.host,
            again_in_s = pause / 1_000,
            holds_one = tls.held().is_some(),
            by_the_authority = failure.setback == Setback::Refused,
            "no certificate: {}", failure.words
        );
        Tries {
            failures,
            not_before: now.plus_millis(pause),
            held_off: now.plus_millis(asked),
        }
    }
}

fn random() -> u64 {
    let mut bytes = [0; 8];
    // Without randomness everything is at its earliest.
    let _ = getrandom::fill(&mut bytes);
    u64::from_le_bytes(bytes)
}
