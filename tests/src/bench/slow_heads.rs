//! Webhooks beside thousands of connections that never come to the end of what they say, from one
//! source and from as many, over plain HTTP and over TLS.

use super::figure::{Figure, Goal};
use super::relay::Relay;
use super::stream_crowd::allowed;
use super::{Bench, ms, quantile};
use crate::world::free_address;
use anyhow::Context as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

/// Connections that are held open, or opened again.
const SLOW: usize = 5_000;
/// How often each says another byte.
const BYTE_EACH: Duration = Duration::from_secs(1);
/// How long the crowd gathers before.
const GATHER: Duration = Duration::from_secs(5);
/// Webhooks, and how far apart: fifty a second, each over a connection of its own.
const WEBHOOKS: u64 = 500;
const APART: Duration = Duration::from_millis(20);
/// Customers that write them.
const CUSTOMERS: u64 = 50;
/// Places of a relay where nothing else is configured.
const PLACES: &str = "1000";
/// A webhook should take at most this, in milliseconds.
const P99_MS_MAX: f64 = 1_000.0;
/// Where webhooks come from; the crowd comes from elsewhere.
const PROVIDER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);

pub(super) fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for secure in [false, true] {
        for sources in [1, SLOW] {
            figures.extend(bench.block_on(beside(bench, secure, sources))?);
        }
    }
    Ok(figures)
}

async fn beside(bench: &Bench, secure: bool, sources: usize) -> anyhow::Result<[Figure; 2]> {
    let (relay, client) = start(secure).await?;
    let slow = allowed(SLOW)?;
    let opened = Arc::new(AtomicU64::new(0));
    let mut crowd = JoinSet::new();
    for n in 0..slow {
        let opened = Arc::clone(&opened);
        crowd.spawn(dawdle(relay.address, source(n % sources), secure, opened));
    }
    tokio::time::sleep(GATHER).await;
    let mut posting = JoinSet::new();
    for n in bench.numbers(WEBHOOKS) {
        let (signature, body) = relay.signed(n, CUSTOMERS);
        let request = client
            .post(relay.webhook_url())
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-twilio-signature", signature)
            .body(body);
        posting.spawn(async move {
            let began = Instant::now();
            let answer = request.send().await.context("a webhook was lost")?;
            anyhow::ensure!(answer.status() == 200, "a webhook was refused");
            anyhow::Ok(began.elapsed())
        });
        tokio::time::sleep(APART).await;
    }
    let mut times = Vec::new();
    while let Some(posted) = posting.join_next().await {
        times.push(posted??);
    }
    crowd.shutdown().await;
    relay.stop()?;
    let over = if secure { "TLS" } else { "plain" };
    let from = if sources == 1 {
        "one source"
    } else {
        "as many sources"
    };
    let name = format!("webhooks beside {slow} slow connections from {from}, {over}");
    let opened = opened.load(Ordering::Relaxed);
    let p99 = Figure::told(format!("{name}, p99"), ms(quantile(&mut times, 0.99)), "ms");
    Ok([
        Figure::told(format!("{name}, p50"), ms(quantile(&mut times, 0.5)), "ms"),
        p99.goal(Goal::AtMost(P99_MS_MAX))
            .limit(format!("{opened} slow connections were opened")),
    ])
}

/// A relay as it is configured by default, to which everybody is a stranger, and who calls it.
async fn start(secure: bool) -> anyhow::Result<(Relay, reqwest::Client)> {
    let folder = tempfile::tempdir()?;
    let address = free_address().await;
    let mut settings = vec![("SMSDESK_RELAY__CONNECTIONS_MAX", PLACES)];
    let mut origin = format!("http://{address}");
    let mut client = reqwest::Client::builder()
        .local_address(IpAddr::V4(PROVIDER))
        .pool_max_idle_per_host(0);
    if secure {
        origin = format!("https://localhost:{}", address.port());
        let key = rcgen::KeyPair::generate()?;
        let params = rcgen::CertificateParams::new(vec!["localhost".to_owned()])?;
        let certificate = params.self_signed(&key)?;
        let (chain, private) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
        std::fs::write(&chain, certificate.pem())?;
        std::fs::write(&private, key.serialize_pem())?;
        let root = reqwest::Certificate::from_der(certificate.der())?;
        client = client.tls_certs_only([root]).resolve("localhost", address);
        settings.extend([
            ("SMSDESK_RELAY__TLS__MODE", "files"),
            ("SMSDESK_RELAY__PUBLIC_URL", leaked(origin.clone())),
            (
                "SMSDESK_RELAY__TLS__CERTIFICATE",
                leaked(chain.display().to_string()),
            ),
            (
                "SMSDESK_RELAY__TLS__KEY",
                leaked(private.display().to_string()),
            ),
        ]);
    }
    let relay = Relay::start_as(folder, address, origin, settings).await?;
    Ok((relay, client.build()?))
}

/// A program's environment lives as long as the benchmark.
fn leaked(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

/// The n-th address of this machine that is neither a proxy's nor the provider's.
fn source(n: usize) -> Ipv4Addr {
    let n = u32::try_from(n).unwrap_or(0);
    Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 1, 0, 1)) + n)
}

/// Opens a connection, says a byte now and then, and begins anew where it was closed.
async fn dawdle(to: SocketAddr, from: Ipv4Addr, secure: bool, opened: Arc<AtomicU64>) {
    loop {
        if let Ok(stream) = connect(to, from).await {
            opened.fetch_add(1, Ordering::Relaxed);
            // Closed by the relay, as it should be.
            let _ = drag_on(stream, secure).await;
        }
        tokio::time::sleep(BYTE_EACH).await;
    }
}

async fn connect(to: SocketAddr, from: Ipv4Addr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((from, 0)))?;
    socket.connect(to).await
}

async fn drag_on(mut stream: TcpStream, secure: bool) -> std::io::Result<()> {
    // The head of a request, or of a handshake's record, that gets no end.
    let head: &[u8] = if secure {
        &[22, 3, 1, 2, 0, 1, 0, 1, 252]
    } else {
        b"POST /webhooks/twilio/message HTTP/1.1\r\nhost: x\r\nx: "
    };
    stream.write_all(head).await?;
    let mut said = [0; 256];
    loop {
        tokio::select! {
            read = stream.read(&mut said) => if read? == 0 {
                return Ok(());
            },
            () = tokio::time::sleep(BYTE_EACH) => stream.write_all(b"x").await?,
        }
    }
}
