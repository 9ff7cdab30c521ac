//! A relay that was killed serves again soon, however much it holds; and what it holds is on disk.

use super::figure::{Figure, Goal};
use super::relay::Relay;
use super::webhooks::post;
use super::{Bench, ms};
use std::time::{Duration, Instant};

/// Restarts that are timed.
const RESTARTS: usize = 5;
/// Texts that come before each kill, so that the log has to be read again.
const TEXTS: u64 = 1_000;
/// Customers that write them.
const CUSTOMERS: u64 = 500;
/// The slowest restart should take at most this, in milliseconds.
const MS_MAX: f64 = 1_000.0;
/// The relay at rest should have at most this, in megabytes.
const IDLE_MB_MAX: f64 = 20.0;

pub(super) fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let folder = bench.filled(bench.entries)?;
    bench.block_on(async {
        let mut relay = Relay::start_in(folder).await?;
        let at_rest = relay.rss_mb()?;
        let mut worst = Duration::ZERO;
        for _ in 0..RESTARTS {
            let texts = bench.numbers(TEXTS).map(|n| relay.webhook(n, CUSTOMERS));
            post(relay.address, texts.collect()).await?;
            let began = Instant::now();
            relay.kill_and_start().await?;
            worst = worst.max(began.elapsed());
        }
        relay.stop()?;
        let entries = bench.entries;
        Ok(vec![
            Figure::told(
                format!("kill to serving, {entries} entries"),
                ms(worst),
                "ms",
            )
            .goal(Goal::AtMost(MS_MAX))
            .limit(format!("the worst of {RESTARTS}; asked every 15 ms")),
            Figure::told(format!("relay at rest, {entries} entries"), at_rest, "MB")
                .goal(Goal::AtMost(IDLE_MB_MAX)),
        ])
    })
}
