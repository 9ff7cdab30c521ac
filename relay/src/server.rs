//! The accept loop: HTTP/1.1 with a limit on connections, on the time a head may take, and on the
//! bytes it may have. `axum::serve` sets no timer, so that hyper's time limit would do nothing.

use axum::Router;
use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
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
/// How long to wait after a failed accept (too many open files), in milliseconds.
const ACCEPT_PAUSE_MS: u64 = 50;
/// How long requests may go on after shutdown, in seconds: Twilio waits 15 for an answer.
const DRAIN_S_MAX: u64 = 15;

/// Accepts connections until `shutdown`, then waits for the requests that are under way.
pub async fn serve(
    listener: TcpListener,
    routes: Router,
    connections_max: usize,
    shutdown: CancellationToken,
) {
    let places = Arc::new(Semaphore::new(connections_max));
    let connections = TaskTracker::new();
    while let Some((stream, place)) = accept(&listener, &places, &shutdown).await {
        connections.spawn(connection(stream, routes.clone(), place, shutdown.clone()));
    }
    drop(listener);
    connections.close();
    let drained = tokio::time::timeout(Duration::from_secs(DRAIN_S_MAX), connections.wait());
    if drained.await.is_err() {
        tracing::warn!(connections = connections.len(), "stopped before they ended");
    }
}

/// The next connection once there is a place for it; none on shutdown.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    shutdown: &CancellationToken,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    loop {
        let next = async {
            let place = Arc::clone(places).acquire_owned().await.ok()?;
            Some((listener.accept().await, place))
        };
        let (accepted, place) = tokio::select! {
            biased;
            () = shutdown.cancelled() => return None,
            next = next => next?,
        };
        match accepted {
            Ok((stream, _)) => return Some((stream, place)),
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
    place: OwnedSemaphorePermit,
    shutdown: CancellationToken,
) {
    // Small answers must not wait for more to send.
    let _ = stream.set_nodelay(true);
    let service = routes.map_request(|request: Request<Incoming>| request.map(Body::new));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(HEAD_S_MAX))
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
    drop(place);
}
