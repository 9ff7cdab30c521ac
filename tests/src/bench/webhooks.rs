//! Signed webhook to 200 after the fsync, over kept connections.

use super::relay::Relay;
use super::{ms, quantile};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Webhooks of one measurement.
const WEBHOOKS: u64 = 20_000;
/// Fewer where one waits for the other.
const WEBHOOKS_SINGLE: u64 = 2_000;
/// Customers that write them.
const CUSTOMERS: u64 = 500;

/// The next text's number, over all measurements: no sid comes twice.
static NEXT: AtomicU64 = AtomicU64::new(1);

pub(super) fn next_number() -> u64 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}

pub(super) async fn report(relay: &Relay, connections: u64) -> anyhow::Result<()> {
    let all = if connections == 1 {
        WEBHOOKS_SINGLE
    } else {
        WEBHOOKS
    };
    // Signed ahead, so that only the relay is measured.
    let batches: Vec<Vec<Vec<u8>>> = (0..connections)
        .map(|_| {
            (0..all / connections)
                .map(|_| relay.webhook(next_number(), CUSTOMERS))
                .collect()
        })
        .collect();
    let began = Instant::now();
    let posting: Vec<_> = batches
        .into_iter()
        .map(|batch| tokio::spawn(post(relay.address, batch)))
        .collect();
    let mut times = Vec::new();
    for posting in posting {
        times.extend(posting.await??);
    }
    let took = began.elapsed();
    #[expect(clippy::cast_precision_loss, reason = "a rate to be read by people")]
    let rate = times.len() as f64 / took.as_secs_f64();
    println!(
        "webhook → 200 after fsync, {connections:2} connections: {rate:.0}/s, p50 {}, p99 {}",
        ms(quantile(&mut times, 0.5)),
        ms(quantile(&mut times, 0.99)),
    );
    Ok(())
}

async fn post(address: std::net::SocketAddr, batch: Vec<Vec<u8>>) -> anyhow::Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut times = Vec::with_capacity(batch.len());
    for request in batch {
        let began = Instant::now();
        exchange(&mut stream, &request).await?;
        times.push(began.elapsed());
    }
    Ok(times)
}

/// Posts one request and reads its answer, which must be 200.
pub(super) async fn exchange(stream: &mut TcpStream, request: &[u8]) -> anyhow::Result<()> {
    stream.write_all(request).await?;
    let mut answer = Vec::with_capacity(512);
    loop {
        let read = stream.read_buf(&mut answer).await?;
        anyhow::ensure!(read > 0, "the relay closed the connection");
        if answer.ends_with(b"<Response/>") {
            anyhow::ensure!(
                answer.starts_with(b"HTTP/1.1 200"),
                "refused: {}",
                String::from_utf8_lossy(&answer)
            );
            return Ok(());
        }
    }
}
