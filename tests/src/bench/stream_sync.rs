//! A new device on a desk with a large history: when it can be used, when it is complete, and the
//! memory that this takes.

use super::figure::{Figure, Goal};
use super::relay::Relay;
use super::{Bench, app, ms, proc};
use anyhow::Context as _;
use rusqlite::{Connection, OpenFlags};
use smsdesk::identity::Identity;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long until the newest conversations can be seen, in milliseconds.
const USABLE_MS_MAX: f64 = 1_000.0;
/// How long until all of a million entries is there, in seconds.
const COMPLETE_S_MAX: f64 = 90.0;
/// The most memory that the app may have had at any moment, in megabytes.
const APP_MB_MAX: f64 = 120.0;
/// How often the copy is looked at: seldom enough to cost nothing.
const LOOK: Duration = Duration::from_millis(250);
/// When to give up.
const PATIENCE: Duration = Duration::from_secs(600);

pub(super) fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let home = tempfile::tempdir()?;
    let folder = bench.filled(bench.entries)?;
    let (relay, token) = bench.block_on(async {
        let relay = Relay::start_in(folder).await?;
        let token = relay.join().await?.token;
        anyhow::Ok((relay, token))
    })?;
    let data = app::folder(home.path());
    std::fs::create_dir_all(&data)?;
    Identity {
        relay: relay.url(),
        token: token.into(),
    }
    .save(&data)?;
    let pids = |app| anyhow::Ok([("relay", relay.pid()?), ("app", app)]);
    let began = Instant::now();
    let (desk, usable) = app::start(home.path(), "message number")?;
    bench.say("waiting for the whole history");
    let complete = loop {
        if is_complete(&data.join("cache.db")).unwrap_or(false) {
            break began.elapsed();
        }
        anyhow::ensure!(began.elapsed() < PATIENCE, "the history never ended");
        std::thread::sleep(LOOK);
    };
    let entries = bench.entries;
    let mut figures = vec![
        Figure::told("first sync, usable", ms(usable), "ms").goal(Goal::AtMost(USABLE_MS_MAX)),
        Figure::told(
            format!("first sync of {entries} entries, complete"),
            complete.as_secs_f64(),
            "s",
        )
        .goal(Goal::AtMost(COMPLETE_S_MAX)),
        Figure::told(
            "first sync, most memory of the app",
            peak_mb(desk.pid())?,
            "MB",
        )
        .goal(Goal::AtMost(APP_MB_MAX)),
    ];
    for (name, pid) in pids(desk.pid())? {
        let cpu = proc::cpu(pid)?.as_secs_f64();
        figures.push(Figure::told(
            format!("first sync, CPU of the {name}"),
            cpu,
            "s",
        ));
    }
    figures.push(Figure::told(
        "first sync, most memory of the relay",
        peak_mb(relay.pid()?)?,
        "MB",
    ));
    desk.signal("TERM");
    desk.ends();
    relay.stop()?;
    Ok(figures)
}

/// Whether a copy reaches back to the beginning.
fn is_complete(cache: &Path) -> rusqlite::Result<bool> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(cache, flags)?
        .query_row("SELECT low = 0 FROM cursor", (), |row| row.get(0))
}

/// The most resident memory that a process has had, in megabytes.
fn peak_mb(pid: u32) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kb: u32 = peak
        .and_then(|words| words.split_whitespace().next())
        .context("no VmHWM")?
        .parse()?;
    Ok(f64::from(kb) / 1_024.0)
}
