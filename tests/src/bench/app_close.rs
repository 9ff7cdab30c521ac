//! Closing a conversation: it leaves the list in the next frame, wherever the relay is.

use super::app::{self, frames, never_cleared, timed};
use super::app_flood::selected;
use super::distance::Distance;
use super::figure::{Figure, Goal};
use super::relay::Relay;
use super::webhooks::post;
use super::{Bench, app_cache};
use crate::pty::Pty;
use anyhow::Context as _;
use std::time::{Duration, Instant};

/// From the app to the relay, and back.
const EACH_WAY: Duration = Duration::from_millis(200);
/// Customers, each with one text.
const CUSTOMERS: u64 = 200;
/// Conversations that are closed with a relay, and as many without.
const CLOSED: usize = 30;
/// How long it may take at most, in milliseconds: a commit that is synced, and at worst the next frame
/// of a screen at 60 Hz.
pub(super) const KEY_MS_MAX: [f64; 2] = [5.0, 16.0];
/// Columns of the list.
const LIST_COLUMNS: u16 = 36;
/// How long the screen must be still to be at rest.
const REST: Duration = Duration::from_millis(40);
/// When a key is given up.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let home = tempfile::tempdir()?;
    let (relay, distance, token) = bench.block_on(async {
        let relay = Relay::start().await?;
        let texts = bench
            .numbers(CUSTOMERS)
            .map(|n| relay.webhook(n, CUSTOMERS));
        post(relay.address, texts.collect()).await?;
        let token = relay.join().await?.token;
        let distance = Distance::start(relay.address, EACH_WAY).await?;
        anyhow::Ok((relay, distance, token))
    })?;
    let url = format!("http://{}", distance.address);
    app_cache::identify(home.path(), url, token)?;
    let (mut desk, _) = app::start(home.path(), "plumber")?;
    desk.sees(&format!("Inbox {CUSTOMERS}"));
    desk.sees("live");
    let started = desk.rests(REST);
    let mut figures = Vec::new();
    figures.extend(close(&mut desk, "relay 200 ms away")?);
    desk.no_longer_sees("waiting to send");
    relay.stop()?;
    desk.sees("offline");
    figures.extend(close(&mut desk, "relay gone")?);
    never_cleared(&desk, started)?;
    desk.signal("TERM");
    desk.ends();
    drop(distance);
    Ok(figures)
}

fn close(desk: &mut Pty, relay: &str) -> anyhow::Result<Vec<Figure>> {
    let (mut times, mut most) = (Vec::new(), 0);
    for _ in 0..CLOSED {
        let before = desk.rests(REST);
        let name = customer(&desk.rows(LIST_COLUMNS)).context("nothing is selected")?;
        let began = Instant::now();
        desk.types_at_once("e");
        let gone = |rows: &[String]| !rows.iter().any(|row| row.contains(&name));
        let shown = desk.shows_within(LIST_COLUMNS, PATIENCE, began, gone);
        let (time, bytes) = shown.with_context(|| format!("{name} stays:\n{}", desk.screen()))?;
        times.push(time);
        most = most.max(frames(desk, before) - frames(desk, bytes));
    }
    let mut figures = Vec::from(timed(
        &format!("close → frame, {relay}"),
        &mut times,
        KEY_MS_MAX,
    ));
    let most = f64::from(u32::try_from(most)?);
    figures.push(
        Figure::told(
            format!("frames until it is gone, {relay}, most"),
            most,
            "frames",
        )
        .goal(Goal::AtMost(1.0)),
    );
    Ok(figures)
}

/// The number of the customer who is selected, as it stands in the list.
fn customer(rows: &[String]) -> Option<String> {
    let row = rows.get(selected(rows)?)?;
    let (_, number) = row.split_once('(')?;
    Some(number.split("  ").next()?.trim_end().to_owned())
}
