//! A server for tests, and how its end is waited for.

use super::{Door, Limits, serve};
use axum::Router;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// No test waits as long.
pub(crate) const UNHURRIED: Duration = Duration::from_secs(60);

/// Limits that no test meets but the one that it is about.
pub(crate) const LIMITS: Limits = Limits {
    connections: 8,
    handshake: UNHURRIED,
    head: UNHURRIED,
    write: UNHURRIED,
    drain: UNHURRIED,
};

/// A server on a port of its own.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) shutdown: CancellationToken,
    pub(crate) task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn open(routes: Router, door: Door) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(serve(listener, routes, door, shutdown.clone()));
        Self {
            address,
            shutdown,
            task,
        }
    }
}

/// Everything until the server closes; a reset is an end, too.
pub(crate) async fn until_closed(stream: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
    let mut all = Vec::new();
    let read = tokio::time::timeout(UNHURRIED / 2, stream.read_to_end(&mut all));
    let _ended = read.await.expect("the server never closed");
    all
}
