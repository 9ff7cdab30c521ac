//! How long Twilio waits for its answer at a steady rate. Each request has its time, and is
//! measured from then, sent late or not: a relay that stalls holds up all that should have come
//! meanwhile, and each of them counts (an open loop, without coordinated omission).

use super::figure::{Figure, Goal};
use super::relay::Relay;
use super::webhooks::exchange;
use super::{Bench, ms, quantile};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{Mutex, mpsc};
use tokio::time::Instant;

/// Texts a second.
const RATE: u64 = 500;
/// Seconds of the measurement.
const SECONDS: u64 = 20;
/// Customers that write.
const CUSTOMERS: u64 = 500;
/// Connections over which the provider posts: enough that none waits for the other.
const CONNECTIONS: usize = 64;
/// Requests that wait for a connection, at most.
const WAITING_MAX: usize = 10_000;
/// What the slowest one in a hundred should take at most, in milliseconds.
const P99_MS_MAX: f64 = 25.0;

pub(super) fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    bench.block_on(async {
        let relay = Relay::start().await?;
        let requests: Vec<_> = bench
            .numbers(RATE * SECONDS)
            .map(|number| relay.webhook(number, CUSTOMERS))
            .collect();
        let mut times = steadily(relay.address, requests, RATE).await?;
        relay.stop()?;
        let name = |what| format!("webhook → 200 at {RATE}/s, {what}");
        Ok(vec![
            Figure::told(name("p50"), ms(quantile(&mut times, 0.5)), "ms"),
            Figure::told(name("p99"), ms(quantile(&mut times, 0.99)), "ms")
                .goal(Goal::AtMost(P99_MS_MAX))
                .limit("from the time that each was due"),
            Figure::told(name("worst"), ms(quantile(&mut times, 1.0)), "ms"),
        ])
    })
}

/// Posts `rate` requests a second, whatever the answers take; how long after its time each was
/// answered.
///
/// # Errors
/// A request was refused.
pub(super) async fn steadily(
    address: SocketAddr,
    requests: Vec<Vec<u8>>,
    rate: u64,
) -> anyhow::Result<Vec<Duration>> {
    let (lane, inbox) = mpsc::channel::<(Instant, Vec<u8>)>(WAITING_MAX);
    let inbox = Arc::new(Mutex::new(inbox));
    let mut workers = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let inbox = Arc::clone(&inbox);
        workers.push(tokio::spawn(async move {
            let mut times = Vec::new();
            loop {
                let next = inbox.lock().await.recv().await;
                let Some((due, request)) = next else {
                    return anyhow::Ok(times);
                };
                exchange(&mut stream, &request).await?;
                times.push(due.elapsed());
            }
        }));
    }
    let mut due = Instant::now();
    for request in requests {
        // The timer is a millisecond coarse; that is part of what is measured.
        tokio::time::sleep_until(due).await;
        lane.send((due, request)).await?;
        due += Duration::from_micros(1_000_000 / rate);
    }
    drop(lane);
    let mut times = Vec::new();
    for worker in workers {
        times.extend(worker.await??);
    }
    Ok(times)
}
