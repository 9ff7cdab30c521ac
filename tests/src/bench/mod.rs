//! Benchmarks of the real programs: webhooks taken a second, webhook to client, first paint, key
//! to frame, memory. They print and judge nothing.

#![expect(clippy::print_stdout, reason = "a benchmark is there to be read")]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]

mod app;
mod relay;
mod stream;
mod webhooks;

use anyhow::Context as _;
use std::time::Duration;

/// Runs every benchmark and prints its figures.
///
/// # Errors
/// A program could not be started, or did not do its part.
pub fn main() -> anyhow::Result<()> {
    crate::world::install_crypto();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let relay = relay::Relay::start().await?;
        println!("relay at rest: {} MB", relay.rss_mb()?);
        for connections in [1, 8, 64] {
            webhooks::report(&relay, connections).await?;
        }
        for rate in [50, 500] {
            stream::report(&relay, rate).await?;
        }
        println!("relay after that: {} MB", relay.rss_mb()?);
        relay.stop()
    })?;
    app::report(&runtime)
}

/// The environment variable that makes the benchmark's program one of those that it measures.
pub const ROLE: &str = "SMSDESK_BENCH_ROLE";

/// The resident memory of a process, in megabytes.
fn rss_mb(pid: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .context("no VmRSS")?;
    let kb: u64 = line
        .split_whitespace()
        .nth(1)
        .context("no figure")?
        .parse()?;
    Ok(kb / 1024)
}

/// The value below which `share` of `times` lie.
fn quantile(times: &mut [Duration], share: f64) -> Duration {
    times.sort_unstable();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place in a list of some thousands"
    )]
    let place = (times.len().saturating_sub(1) as f64 * share).round() as usize;
    times.get(place).copied().unwrap_or_default()
}

fn ms(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1_000.0)
}
