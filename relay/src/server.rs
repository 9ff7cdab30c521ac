//! The accept loop: HTTP/1.1, over TLS where that is configured, with a limit on connections, on the
//! time of a handshake, on the time and bytes of a head, and on the time that a client may take to
//! read. `axum::serve` sets no timer, so that hyper's time limit would do nothing.

mod patient;
mod strangers;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use crate::auth::source::Source;
use crate::auth::trusted::Trusted;
use crate::tls::Tls;
use axum::Router;
use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
pub(crate) use patient::Patient;
use smsdesk_common::ids::TokenId;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use strangers::Strangers;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

/// How long a TLS handshake may take, in seconds.
const HANDSHAKE_S_MAX: u64 = 10;
/// How long a request's head may take, in seconds; an idle connection is closed after it, too.
const HEAD_S_MAX: u64 = 10;
/// The most bytes of a request's head.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// How long an answer may wait for the client to read, in seconds.
const WRITE_S_MAX: u64 = 30;
/// Connections that a token keeps whatever happens: a device has its stream, its requests and the
/// scripts beside it. More are its own only as long as there is room.
const PLACES_OF_TOKEN: usize = 16;
/// How long to wait after a failed accept (too many open files), in milliseconds.
const ACCEPT_PAUSE_MS: u64 = 50;
/// How long requests may go on after shutdown, in seconds: Twilio waits 15 for an answer.
const DRAIN_S_MAX: u64 = 15;

/// What connections are held to.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at the same time, those that became WebSockets included.
    pub connections: usize,
    /// How long a TLS handshake may take.
    pub handshake: Duration,
    /// How long a head may take, and how long a connection may be idle.
    pub head: Duration,
    /// How long an answer may wait for the client to read.
    pub write: Duration,
    /// How long requests may go on after shutdown; then they are cut off.
    pub drain: Duration,
}

impl Limits {
    /// The limits of a real relay with so many connections.
    pub const fn standard(connections: usize) -> Self {
        Self {
            connections,
            handshake: Duration::from_secs(HANDSHAKE_S_MAX),
            head: Duration::from_secs(HEAD_S_MAX),
            write: Duration::from_secs(WRITE_S_MAX),
            drain: Duration::from_secs(DRAIN_S_MAX),
        }
    }
}

/// Who comes in, and how.
#[derive(Clone, Debug)]
pub struct Door {
    /// What connections are held to.
    pub limits: Limits,
    /// Proxies bring many people over their connections: none of them is a stranger's.
    pub proxies: Trusted,
    /// How TLS is spoken; none where a proxy does, or nobody.
    pub tls: Option<Arc<Tls>>,
}

impl Door {
    /// A door without TLS, where no proxy comes.
    pub fn plain(limits: Limits) -> Self {
        Self {
            limits,
            proxies: Trusted::default(),
            tls: None,
        }
    }
}

/// Connections that are counted by the same.
type Crowd<K> = Arc<Mutex<Strangers<K, CancellationToken>>>;

/// A place among the connections. Every request carries one among its extensions; the place is
/// free again when its last copy is gone, so whatever outlives the request keeps a copy.
#[derive(Clone, Debug)]
pub struct Place {
    _permit: Arc<OwnedSemaphorePermit>,
    stranger: Option<Arc<Counted<Source>>>,
    /// Whose it is by their token.
    holder: Arc<OnceLock<Counted<TokenId>>>,
    held: Crowd<TokenId>,
    end: CancellationToken,
}

impl Place {
    /// The other end has shown a token or a signature that is right: the place is theirs, and is not
    /// given to somebody else for being a stranger's.
    pub fn prove(&self) {
        if let Some(stranger) = &self.stranger {
            stranger.leave();
        }
    }

    /// The same by a token. A proxy brings many people over a connection: it is nobody's.
    pub fn prove_by(&self, token: TokenId) {
        self.prove();
        if self.stranger.is_some() {
            self.hold(token);
        }
    }

    /// The connection serves nobody else from now on, a proxy's neither. The first token counts.
    pub fn hold(&self, token: TokenId) {
        let enter = || Counted::enter(&self.held, token, self.end.clone());
        self.holder.get_or_init(enter);
    }

    /// Ends when the place is to be given up at once.
    pub async fn lost(&self) {
        self.end.cancelled().await;
    }
}

/// A connection that is counted as somebody's, until this is dropped.
#[derive(Debug)]
struct Counted<K: Copy + Eq + Hash> {
    number: u64,
    crowd: Crowd<K>,
}

impl<K: Copy + Eq + Hash> Counted<K> {
    fn enter(crowd: &Crowd<K>, whose: K, end: CancellationToken) -> Self {
        let mut all = crowd.lock().unwrap_or_else(PoisonError::into_inner);
        Self {
            number: all.enter(whose, end),
            crowd: Arc::clone(crowd),
        }
    }

    fn leave(&self) {
        let mut crowd = self.crowd.lock().unwrap_or_else(PoisonError::into_inner);
        crowd.leave(self.number);
    }
}

impl<K: Copy + Eq + Hash> Drop for Counted<K> {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Ends the first connection of whoever has the most, if that is more than `left`. Says whether.
fn show_out<K: Copy + Eq + Hash>(crowd: &Crowd<K>, left: usize) -> bool {
    let mut all = crowd.lock().unwrap_or_else(PoisonError::into_inner);
    let end = all.show_out(left);
    drop(all);
    end.inspect(CancellationToken::cancel).is_some()
}

/// The other end of a connection. Every request carries it among its extensions.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// When connections end.
#[derive(Clone, Debug)]
struct Ends {
    /// After the request that is under way.
    soon: CancellationToken,
    /// At once.
    now: CancellationToken,
}

/// A connection that has its place.
struct Accepted {
    stream: TcpStream,
    peer: Peer,
    place: Place,
    ends: Ends,
}

/// Accepts connections until `shutdown`, then waits for the requests that are under way. Nothing
/// of them runs on when this returns.
pub async fn serve(listener: TcpListener, routes: Router, door: Door, shutdown: CancellationToken) {
    let connections = TaskTracker::new();
    let ends = Ends {
        soon: shutdown,
        now: CancellationToken::new(),
    };
    let mut porter = Porter {
        listener,
        places: Arc::new(Semaphore::new(door.limits.connections)),
        unproven: Arc::new(Mutex::new(Strangers::new())),
        held: Arc::new(Mutex::new(Strangers::new())),
        door: door.clone(),
        ends: ends.clone(),
    };
    while let Some(accepted) = porter.accept().await {
        connections.spawn(connection(accepted, routes.clone(), door.clone()));
    }
    drop(porter);
    connections.close();
    let drained = tokio::time::timeout(door.limits.drain, connections.wait());
    if drained.await.is_err() {
        let connections = connections.len();
        tracing::warn!(connections, "were cut off before their requests ended");
        ends.now.cancel();
    }
    connections.wait().await;
}

/// Lets connections in.
struct Porter {
    listener: TcpListener,
    places: Arc<Semaphore>,
    unproven: Crowd<Source>,
    held: Crowd<TokenId>,
    door: Door,
    ends: Ends,
}

impl Porter {
    /// The next connection once there is a place for it; none on shutdown.
    async fn accept(&mut self) -> Option<Accepted> {
        let shutdown = self.ends.soon.clone();
        let next = async {
            let (stream, peer) = self.knock().await;
            let permit = self.place().await?;
            Some(self.admit(stream, Peer(peer), permit))
        };
        tokio::select! {
            biased;
            () = shutdown.cancelled() => None,
            next = next => next,
        }
    }

    /// The next one that comes.
    async fn knock(&self) -> (TcpStream, IpAddr) {
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => return (stream, peer.ip()),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(ACCEPT_PAUSE_MS)).await;
                }
            }
        }
    }

    /// A place, where need be that of a stranger or of a token that has many; where all are taken by
    /// others, whoever has come waits.
    async fn place(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(permit) = Arc::clone(&self.places).try_acquire_owned() {
            return Some(permit);
        }
        let _ = show_out(&self.unproven, 0) || show_out(&self.held, PLACES_OF_TOKEN);
        Arc::clone(&self.places).acquire_owned().await.ok()
    }

    fn admit(&self, stream: TcpStream, peer: Peer, permit: OwnedSemaphorePermit) -> Accepted {
        // Ends with all the others, or alone.
        let now = self.ends.now.child_token();
        let is_stranger = !self.door.proxies.has(peer.0);
        let stranger = is_stranger.then(|| {
            let from = Source::network(peer.0);
            Arc::new(Counted::enter(&self.unproven, from, now.clone()))
        });
        Accepted {
            stream,
            peer,
            place: Place {
                _permit: Arc::new(permit),
                stranger,
                holder: Arc::default(),
                held: Arc::clone(&self.held),
                end: now.clone(),
            },
            ends: Ends {
                soon: self.ends.soon.clone(),
                now,
            },
        }
    }
}

async fn connection(accepted: Accepted, routes: Router, door: Door) {
    let now = accepted.ends.now.clone();
    tokio::select! {
        () = greeted(accepted, routes, door) => {}
        () = now.cancelled() => {}
    }
}

/// Speaks TLS where that is configured, then HTTP.
async fn greeted(accepted: Accepted, routes: Router, door: Door) {
    let Accepted {
        stream,
        peer,
        place,
        ends,
    } = accepted;
    // Small answers must not wait for more to send.
    let _ = stream.set_nodelay(true);
    let limits = door.limits;
    match door.tls {
        None => {
            let stream = Patient::new(stream, limits.write);
            converse(stream, routes, (peer, place), limits, ends.soon).await;
        }
        Some(tls) => {
            // Nobody has asked for anything before the handshake: nothing is waited for.
            let handshake = tls.handshake(stream, limits);
            let stream = tokio::select! {
                stream = handshake => stream,
                () = ends.soon.cancelled() => None,
            };
            if let Some(stream) = stream {
                converse(stream, routes, (peer, place), limits, ends.soon).await;
            }
        }
    }
}

/// Answers requests until the other end closes, or `soon` does after the one that is under way.
async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    routes: Router,
    (peer, place): (Peer, Place),
    limits: Limits,
    soon: CancellationToken,
) {
    let service = routes.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(place.clone());
        request.extensions_mut().insert(peer);
        request.map(Body::new)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = soon.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
