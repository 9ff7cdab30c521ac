use super::testing::{LIMITS, Server, UNHURRIED, until_closed};
use super::*;
use crate::auth::proxies::Proxies;
use axum::Extension;
use axum::routing::get;
use std::future::pending;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

impl Server {
    async fn start(limits: Limits) -> Self {
        Self::behind(Door::plain(limits)).await
    }

    /// To whom everybody is a stranger.
    async fn among_strangers(limits: Limits) -> Self {
        let proxies = Proxies::parse::<&str>(&[]).unwrap();
        Self::behind(Door {
            proxies: proxies.into(),
            ..Door::plain(limits)
        })
        .await
    }

    async fn behind(door: Door) -> Self {
        let prove = async |Extension(place): Extension<Place>| place.prove();
        let routes = Router::new()
            .route("/", get(async || "here"))
            .route("/prove", get(prove))
            .route("/much", get(async || "x".repeat(64 * 1024 * 1024)))
            .route("/never", get(pending::<()>));
        Self::open(routes, door).await
    }

    async fn ask(&self, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream
    }
}

#[tokio::test]
async fn a_head_that_does_not_come_to_its_end_is_cut_off() {
    let server = Server::start(Limits {
        head: Duration::from_millis(50),
        ..LIMITS
    })
    .await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost:").await.unwrap();
    let said = until_closed(&mut stream).await;
    assert!(!said.starts_with(b"HTTP/1.1 200"), "{said:?}");
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    // Long enough for a busy machine to bring the head.
    let server = Server::start(Limits {
        head: Duration::from_secs(1),
        ..LIMITS
    })
    .await;
    let said = until_closed(&mut server.ask("/").await).await;
    assert!(said.ends_with(b"here"), "{said:?}");
}

#[tokio::test]
async fn a_head_of_too_many_bytes_is_refused() {
    let server = Server::start(LIMITS).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "GET / HTTP/1.1\r\nx: {}\r\n\r\n",
        "y".repeat(HEAD_BYTES_MAX)
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let said = until_closed(&mut stream).await;
    assert!(said.starts_with(b"HTTP/1.1 431"), "{said:?}");
}

#[tokio::test]
async fn one_connection_more_than_there_are_places_waits_its_turn() {
    let server = Server::start(Limits {
        connections: 1,
        ..LIMITS
    })
    .await;
    let first = server.ask("/never").await;
    let mut second = server.ask("/").await;
    let mut byte = [0];
    let early = tokio::time::timeout(Duration::from_millis(100), second.read(&mut byte)).await;
    assert!(early.is_err(), "answered beside the first one");
    drop(first);
    let read = tokio::time::timeout(UNHURRIED / 2, second.read(&mut byte)).await;
    assert_eq!(read.expect("its turn never came").unwrap(), 1);
}

#[tokio::test]
async fn a_client_that_does_not_read_loses_its_place() {
    let server = Server::start(Limits {
        connections: 1,
        write: Duration::from_millis(50),
        ..LIMITS
    })
    .await;
    let _idler = server.ask("/much").await;
    let mut next = server.ask("/").await;
    let mut byte = [0];
    let read = tokio::time::timeout(UNHURRIED / 2, next.read(&mut byte)).await;
    assert_eq!(read.expect("the place never came free").unwrap(), 1);
}

#[tokio::test]
async fn what_does_not_end_in_time_after_shutdown_is_cut_off() {
    let server = Server::start(Limits {
        drain: Duration::from_millis(50),
        ..LIMITS
    })
    .await;
    let mut stuck = server.ask("/never").await;
    let mut answered = server.ask("/").await;
    let mut byte = [0];
    answered.read_exact(&mut byte).await.unwrap();
    server.shutdown.cancel();
    let ended = tokio::time::timeout(UNHURRIED / 2, server.task).await;
    ended.expect("the server never ended").unwrap();
    assert_eq!(until_closed(&mut stuck).await, b"");
}

#[tokio::test]
async fn whoever_has_shown_nothing_makes_room() {
    let server = Server::among_strangers(Limits {
        connections: 2,
        ..LIMITS
    })
    .await;
    let mut known = server.ask("/prove").await;
    let mut answered = [0; 12];
    known.read_exact(&mut answered).await.unwrap();
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    // Each one comes in, because the one before has to go.
    for _ in 0..20 {
        let said = server.ask("/never").await;
        assert_eq!(until_closed(&mut silent).await, b"");
        silent = said;
    }
    known
        .write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let said = until_closed(&mut known).await;
    assert!(said.ends_with(b"here"), "{said:?}");
}

#[tokio::test]
async fn whoever_is_known_is_waited_for() {
    let server = Server::among_strangers(Limits {
        connections: 1,
        ..LIMITS
    })
    .await;
    let mut first = server.ask("/prove").await;
    let mut byte = [0];
    first.read_exact(&mut byte).await.unwrap();
    first
        .write_all(b"GET /never HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut second = server.ask("/").await;
    let early = tokio::time::timeout(Duration::from_millis(100), second.read(&mut byte)).await;
    assert!(early.is_err(), "answered beside the first one");
    drop(first);
    let read = tokio::time::timeout(UNHURRIED / 2, second.read(&mut byte)).await;
    assert_eq!(read.expect("its turn never came").unwrap(), 1);
}

#[tokio::test]
async fn a_proxy_is_no_stranger() {
    let server = Server::start(Limits {
        connections: 1,
        ..LIMITS
    })
    .await;
    let mut proxied = TcpStream::connect(server.address).await.unwrap();
    let _waits = server.ask("/").await;
    let mut byte = [0];
    let early = tokio::time::timeout(Duration::from_millis(100), proxied.read(&mut byte)).await;
    assert!(early.is_err(), "it was shown out");
}
