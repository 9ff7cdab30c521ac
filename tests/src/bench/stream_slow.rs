//! A thousand clients that do not read, beside the provider: what they cost its answers.

use super::ack::steadily;
use super::figure::{Figure, Goal};
use super::relay::Relay;
use super::stream_crowd::connect;
use super::{Bench, ms, quantile};
use std::time::Duration;

/// Clients that never read.
const CLIENTS: usize = 1_000;
/// Texts a second.
const RATE: u64 = 500;
/// Seconds of each of the measurements.
const SECONDS: u64 = 10;
/// Measurements with and without them, in turn: the machine has moods.
const TURNS: usize = 3;
/// Customers that write.
const CUSTOMERS: u64 = 500;
/// How much longer the slowest answer in a hundred may take, in percent.
const CHANGE_PERCENT_MAX: f64 = 10.0;

pub(super) fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    bench.block_on(async {
        let relay = Relay::start().await?;
        let token = relay.join().await?.token;
        let (mut without, mut with) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            without.extend(measure(bench, &relay).await?);
            let sockets = connect(&relay, &token, CLIENTS, None).await?;
            with.extend(measure(bench, &relay).await?);
            drop(sockets);
        }
        relay.stop()?;
        let p99 = [&mut without, &mut with].map(|times| ms(quantile(times, 0.99)));
        let change = (p99[1] / p99[0] - 1.0) * 100.0;
        Ok(vec![
            Figure::told("webhook → 200, p99 without slow clients", p99[0], "ms"),
            Figure::told(format!("the same with {CLIENTS}"), p99[1], "ms"),
            Figure::told("what they change", change, "%").goal(Goal::AtMost(CHANGE_PERCENT_MAX)),
        ])
    })
}

async fn measure(bench: &Bench, relay: &Relay) -> anyhow::Result<Vec<Duration>> {
    let requests: Vec<_> = bench
        .numbers(RATE * SECONDS)
        .map(|number| relay.webhook(number, CUSTOMERS))
        .collect();
    steadily(relay.address, requests, RATE).await
}
