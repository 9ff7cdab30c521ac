//! The accept loop: HTTP/1.1 with a limit on connections, on the time and bytes of a head, and on
//! the time that a client may take to read. `axum::serve` sets no timer, so that hyper's time limit
//! would do nothing.

mod patient;
#[cfg(test)]
mod tests;

use axum::Router;
use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use patient::Patient;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

/// How long a request's head may take, in seconds; an idle connection is closed after it, too.
const HEAD_S_MAX: u64 = 10;
/// The most bytes of a request's head.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// How long an answer may wait for the client to read, in seconds.
const WRITE_S_MAX: u64 = 30;
/// How long to wait after a failed accept (too many open files), in milliseconds.
const ACCEPT_PAUSE_MS: u64 = 50;
/// How long requests may go on after shutdown, in seconds: Twilio waits 15 for an answer.
const DRAIN_S_MAX: u64 = 15;

/// What connections are held to.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at the same time, those that became WebSockets included.
    pub connections: usize,
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
            head: Duration::from_secs(HEAD_S_MAX),
            write: Duration::from_secs(WRITE_S_MAX),
            drain: Duration::from_secs(DRAIN_S_MAX),
        }
    }
}

/// A place among the connections. Every request carries one among its extensions; the place is
/// free again when its last copy is gone, so whatever outlives the request keeps a copy.
#[derive(Clone, Debug)]
pub struct Place {
    _permit: Arc<OwnedSemaphorePermit>,
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

/// Accepts connections until `shutdown`, then waits for the requests that are under way. Nothing
/// of them runs on when this returns.
pub async fn serve(
    listener: TcpListener,
    routes: Router,
    limits: Limits,
    shutdown: CancellationToken,
) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let connections = TaskTracker::new();
    let ends = Ends {
        soon: shutdown,
        now: CancellationToken::new(),
    };
    while let Some((stream, peer, place)) = accept(&listener, &places, &ends.soon).await {
        connections.spawn(connection(
            stream,
            routes.clone(),
            (peer, place),
            limits,
            ends.clone(),
        ));
    }
    drop(listener);
    connections.close();
    let drained = tokio::time::timeout(limits.drain, connections.wait());
    if drained.await.is_err() {
        let connections = connections.len();
        tracing::warn!(connections, "were cut off before their requests ended");
        ends.now.cancel();
    }
    connections.wait().await;
}

/// The next connection once there is a place for it; none on shutdown.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    shutdown: &CancellationToken,
) -> Option<(TcpStream, Peer, Place)> {
    loop {
        let next = async {
            let permit = Arc::new(Arc::clone(places).acquire_owned().await.ok()?);
            Some((listener.accept().await, Place { _permit: permit }))
        };
        let (accepted, place) = tokio::select! {
            biased;
            () = shutdown.cancelled() => return None,
            next = next => next?,
        };
        match accepted {
            Ok((stream, peer)) => return Some((stream, Peer(peer.ip()), place)),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(ACCEPT_PAUSE_MS)).await;
            }
        }
    }
}

async fn connection(
    stream: TcpStream,
    routes: Router,
    (peer, place): (Peer, Place),
    limits: Limits,
    ends: Ends,
) {
    // Small answers must not wait for more to send.
    let _ = stream.set_nodelay(true);
    let service = routes.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(place.clone());
        request.extensions_mut().insert(peer);
        request.map(Body::new)
    });
    let stream = TokioIo::new(Patient::new(stream, limits.write));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(stream, TowerToHyperService::new(service))
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = async {
        tokio::select! {
            ended = connection.as_mut() => ended,
            () = ends.soon.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        }
    };
    tokio::select! {
        ended = ended => if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended early");
        },
        () = ends.now.cancelled() => {}
    }
}
