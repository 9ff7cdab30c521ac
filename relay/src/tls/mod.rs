//! HTTPS in the relay itself: TLS 1.2 and 1.3, with a certificate from files that something else
//! renews, or from an authority that is asked by ACME.
//!
//! Whatever goes wrong with a new certificate, the one that is held stays.

mod acme;
mod der;
mod files;
mod life;
mod pair;
mod plain;
mod shown;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use life::{Life, Worry};
pub use pair::{Held, PairError};
pub(crate) use plain::routes as plain_routes;

use crate::clock::Clock;
use crate::config;
use crate::server::{Limits, Patient};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::version::{TLS12, TLS13};
use shown::{ACME_ALPN, Shown};
use smsdesk_common::api::health::Certificate;
use smsdesk_common::config::ConfigError;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

/// The first byte of every TLS connection (RFC 8446, 5.1).
const HANDSHAKE: u8 = 22;
/// The most bytes of a request in the clear that are read before the connection closes.
const CLEAR_BYTES_MAX: u64 = 64 * 1024;
/// How often the same is told of a certificate that ends, in milliseconds: once a day.
const TOLD_MS: i64 = 86_400_000;
/// The answer to HTTP where TLS was expected.
const IN_THE_CLEAR: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\n\
    content-length: 46\r\nconnection: close\r\n\r\nexpected TLS here: the address is https://...\n";

/// What speaks TLS.
pub struct Tls {
    host: String,
    shown: Arc<Shown>,
    server: Arc<ServerConfig>,
    from: From,
    clock: Clock,
    /// Rung when an operator wants it renewed now.
    bell: Notify,
    /// Whether the last try at another certificate failed.
    failing: AtomicBool,
    /// When it was last told that the certificate ends.
    told_at: AtomicI64,
    /// Reading files anew, one after the other.
    reading: Mutex<()>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("host", &self.host).finish()
    }
}

/// Where certificates come from.
enum From {
    Files(files::Files),
    Acme(acme::Acme),
}

impl Tls {
    /// Reads what is there. With files that must be a pair that can be shown; an authority is asked
    /// later, so that the relay starts without it.
    ///
    /// # Errors
    /// Names the key.
    pub fn open(config: &config::Tls, clock: Clock) -> Result<Arc<Self>, ConfigError> {
        let shown = Arc::new(Shown::default());
        let (from, held) = match &config.pair {
            config::Pair::Files { certificate, key } => {
                let held = Held::read(certificate, key).map_err(|error| {
                    ConfigError::new("relay.tls.certificate", error.to_string())
                })?;
                let files = files::Files::new(certificate.clone(), key.clone());
                (From::Files(files), Some(held))
            }
            config::Pair::Acme(acme) => {
                let (acme, held) = acme::Acme::open(acme, &config.host)?;
                (From::Acme(acme), held)
            }
        };
        if let Some(held) = held {
            if !held.is_for(&config.host) {
                tracing::warn!(host = %config.host, "the certificate is not for the public URL's host");
            }
            shown.show(held);
        }
        let server = server_config(Arc::clone(&shown))
            .map_err(|error| ConfigError::new("relay.tls", error.to_string()))?;
        Ok(Arc::new(Self {
            host: config.host.clone(),
            shown,
            server: Arc::new(server),
            from,
            clock,
            bell: Notify::new(),
            failing: AtomicBool::new(false),
            told_at: AtomicI64::new(i64::MIN),
            reading: Mutex::new(()),
        }))
    }

    /// Keeps the certificate fresh until `shutdown`.
    pub async fn run(self: Arc<Self>, shutdown: CancellationToken) {
        match &self.from {
            From::Files(files) => files.watch(&self, &shutdown).await,
            From::Acme(acme) => acme.run(&self, &shutdown).await,
        }
    }

    /// Reads the files again; an authority is asked now where it would be later, unless it wants to
    /// be left alone. What is held stays where the new one is wrong.
    ///
    /// # Errors
    /// What is wrong with the files.
    pub async fn reload(self: &Arc<Self>) -> Result<(), PairError> {
        if matches!(self.from, From::Acme(_)) {
            self.bell.notify_one();
            return Ok(());
        }
        let this = Arc::clone(self);
        let read = tokio::task::spawn_blocking(move || this.read_files());
        read.await
            .unwrap_or_else(|error| Err(PairError::File(error.to_string())))
    }

    fn read_files(&self) -> Result<(), PairError> {
        let From::Files(files) = &self.from else {
            return Ok(());
        };
        // Two that read at the same time must not show the older one last.
        let _alone = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let read = files.read();
        self.failing.store(read.is_err(), Ordering::Relaxed);
        let held = read.inspect_err(|error| {
            tracing::error!(%error, "the new certificate cannot be used: the old one stays");
        })?;
        if !held.is_for(&self.host) {
            tracing::warn!(host = %self.host, "the certificate is not for the public URL's host");
        }
        tracing::info!(until = %held.life.until.to_rfc3339(), "another certificate");
        self.shown.show(held);
        Ok(())
    }

    /// What is held, if anything is.
    pub fn held(&self) -> Option<Held> {
        self.shown.held()
    }

    /// How the certificate fares, for everybody who asks for the relay's health.
    pub fn told(&self) -> Certificate {
        let now = self.clock.now();
        let held = self.held();
        let worry = held.as_ref().map(|held| held.life.worry(now));
        let problem = match worry {
            None => Some("there is none yet: nobody can connect".to_owned()),
            Some(Some(Worry::Ended)) => Some("it has ended".to_owned()),
            Some(Some(Worry::NotYet)) => Some("it is not valid yet".to_owned()),
            Some(Some(Worry::Soon(days))) => Some(format!("it ends in {days} days")),
            Some(None) if self.failing.load(Ordering::Relaxed) => {
                Some("the last try to renew it failed".to_owned())
            }
            Some(None) => None,
        };
        Certificate {
            until: held.map(|held| held.life.until),
            problem,
        }
    }

    /// Says in the log, once a day, what somebody has to look at.
    fn warn(&self) {
        let now = self.clock.now();
        let Some(problem) = self.told().problem else {
            return;
        };
        let told_at = self.told_at.load(Ordering::Relaxed);
        if now.as_millis().saturating_sub(told_at) >= TOLD_MS {
            self.told_at.store(now.as_millis(), Ordering::Relaxed);
            tracing::error!(host = %self.host, "the certificate: {problem}");
        }
    }

    /// The handshake, within its limit of time; none where there is nothing more to say. Whoever
    /// speaks HTTP in the clear is told so.
    pub(crate) async fn handshake(
        &self,
        stream: TcpStream,
        limits: Limits,
    ) -> Option<TlsStream<Patient<TcpStream>>> {
        let shaken = tokio::time::timeout(limits.handshake, self.shake(stream, limits)).await;
        match shaken {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                tracing::debug!(%error, "a handshake failed");
                None
            }
            Err(_) => {
                tracing::debug!("a handshake took too long");
                None
            }
        }
    }

    async fn shake(
        &self,
        mut stream: TcpStream,
        limits: Limits,
    ) -> std::io::Result<Option<TlsStream<Patient<TcpStream>>>> {
        let mut first = [0];
        if stream.peek(&mut first).await? == 1 && first != [HANDSHAKE] {
            if first[0].is_ascii_uppercase() {
                stream.write_all(IN_THE_CLEAR).await?;
            }
            stream.shutdown().await?;
            // An answer gets lost where the connection closes on bytes that nobody has read.
            let mut rest = stream.take(CLEAR_BYTES_MAX);
            tokio::io::copy(&mut rest, &mut tokio::io::sink()).await?;
            return Ok(None);
        }
        let stream = Patient::new(stream, limits.write);
        let acceptor = TlsAcceptor::from(Arc::clone(&self.server));
        let mut stream = acceptor.accept(stream).await?;
        if stream.get_ref().1.alpn_protocol() == Some(ACME_ALPN) {
            // An authority has seen what it wanted to see.
            stream.shutdown().await?;
            return Ok(None);
        }
        Ok(Some(stream))
    }
}

fn server_config(shown: Arc<Shown>) -> Result<ServerConfig, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .with_no_client_auth()
        .with_cert_resolver(shown);
    config.alpn_protocols = vec![b"http/1.1".to_vec(), ACME_ALPN.to_vec()];
    // Whoever comes back after a restart of theirs needs no new exchange of keys.
    config.ticketer = ring::Ticketer::new()?;
    Ok(config)
}
