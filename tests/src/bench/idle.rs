//! What relay and app cost while nothing happens: an app in a terminal, connected and caught up.

use super::figure::{Figure, Goal};
use super::relay::Relay;
use super::webhooks::post;
use super::{Bench, app, proc};
use smsdesk::identity::Identity;
use std::time::Duration;

/// How long to look.
const SECONDS: u32 = 20;
/// How long everything may take to come to rest before.
const SETTLE: Duration = Duration::from_secs(3);
/// Texts in the desk.
const TEXTS: u64 = 500;
/// Customers that wrote them.
const CUSTOMERS: u64 = 50;
/// A program that does nothing should take at most this: a thousandth of a core.
const CPU_MS_A_SECOND_MAX: f64 = 1.0;
/// A relay that does nothing should have at most this, in megabytes.
const RELAY_MB_MAX: f64 = 20.0;

pub(super) fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let home = tempfile::tempdir()?;
    let (relay, token) = bench.block_on(async {
        let relay = Relay::start().await?;
        let texts = bench.numbers(TEXTS).map(|n| relay.webhook(n, CUSTOMERS));
        post(relay.address, texts.collect()).await?;
        let token = relay.join().await?.token;
        anyhow::Ok((relay, token))
    })?;
    let folder = app::folder(home.path());
    std::fs::create_dir_all(&folder)?;
    Identity {
        relay: relay.url(),
        token: token.into(),
    }
    .save(&folder)?;
    let (desk, _) = app::start(home.path(), "plumber")?;
    bench.say(&format!("looking for {SECONDS} s"));
    std::thread::sleep(SETTLE);
    let programs = [("relay", relay.pid()?), ("app", desk.pid())];
    let before = programs.map(|(_, pid)| look(pid));
    std::thread::sleep(Duration::from_secs(u64::from(SECONDS)));
    let mut figures = Vec::new();
    for ((name, pid), before) in programs.into_iter().zip(before) {
        let (cpu, switches) = look(pid)?;
        let (cpu_before, switches_before) = before?;
        let cpu = cpu.saturating_sub(cpu_before).as_secs_f64() * 1_000.0 / f64::from(SECONDS);
        let switches = u32::try_from(switches.saturating_sub(switches_before))?;
        figures.push(
            Figure::told(format!("idle {name}, CPU a second"), cpu, "ms")
                .goal(Goal::AtMost(CPU_MS_A_SECOND_MAX)),
        );
        let wakeups = f64::from(switches) / f64::from(SECONDS);
        figures.push(Figure::told(format!("idle {name}, wakeups"), wakeups, "/s"));
    }
    figures.push(
        Figure::told("idle relay, memory", relay.rss_mb()?, "MB").goal(Goal::AtMost(RELAY_MB_MAX)),
    );
    figures.push(Figure::told(
        "idle app, memory",
        proc::rss_mb(desk.pid())?,
        "MB",
    ));
    desk.signal("TERM");
    desk.ends();
    relay.stop()?;
    Ok(figures)
}

fn look(pid: u32) -> anyhow::Result<(Duration, u64)> {
    Ok((proc::cpu_of_threads(pid)?, proc::switches(pid)?))
}
