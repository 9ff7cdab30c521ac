//! Ten thousand clients that are connected while nothing happens: memory and CPU of the relay.

use super::figure::{Figure, Goal};
use super::relay::Relay;
use super::stream_crowd::{allowed, connect};
use super::{Bench, proc};
use futures_util::StreamExt as _;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Clients, where the limit of open files allows.
const CLIENTS: usize = 10_000;
/// What each may cost at most, in kilobytes.
const CLIENT_KB_MAX: f64 = 24.0;
/// How long to look: longer than between two pings.
const LOOK: Duration = Duration::from_secs(30);

pub(super) fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    bench.block_on(async {
        let relay = Relay::start().await?;
        let token = relay.join().await?.token;
        let before = relay.rss_mb()?;
        let clients = allowed(CLIENTS)?;
        let began = Instant::now();
        let sockets = connect(&relay, &token, clients, None).await?;
        let connected = began.elapsed();
        let mut listening = JoinSet::new();
        for mut socket in sockets {
            // Pings are answered while somebody listens.
            listening.spawn(async move { while let Some(Ok(_)) = socket.next().await {} });
        }
        bench.say(&format!(
            "{clients} clients, looking for {} s",
            LOOK.as_secs()
        ));
        let cpu = proc::cpu(relay.pid()?)?;
        tokio::time::sleep(LOOK).await;
        let cpu = proc::cpu(relay.pid()?)?.saturating_sub(cpu);
        let count = f64::from(u32::try_from(clients)?);
        let kb = (relay.rss_mb()? - before) * 1_024.0 / count;
        anyhow::ensure!(listening.try_join_next().is_none(), "some were closed");
        relay.stop()?;
        Ok(vec![
            Figure::told(format!("{clients} idle clients, memory each"), kb, "KB")
                .goal(Goal::AtMost(CLIENT_KB_MAX)),
            Figure::told(
                format!("{clients} idle clients, CPU a second"),
                cpu.as_secs_f64() * 1_000.0 / LOOK.as_secs_f64(),
                "ms",
            )
            .limit("a ping each in 25 s"),
            Figure::told(
                format!("{clients} clients, connected in"),
                connected.as_secs_f64(),
                "s",
            ),
        ])
    })
}
