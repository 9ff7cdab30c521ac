//! The terminal app while texts arrive: key to frame, and what a text writes.

use super::app::{self, never_cleared, timed};
use super::app_cache::{self, Filled};
use super::figure::{Figure, Goal};
use super::stand_in::StandIn;
use super::{Bench, kib, rate};
use crate::pty::Pty;
use anyhow::Context as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Texts that arrive a second, each in a batch of its own.
const TEXTS_A_SECOND: u64 = 500;
/// So many of them must be on the disk each second.
const ARRIVED_A_SECOND_MIN: f64 = 475.0;
/// One in so many goes to a conversation on the screen.
const ON_SCREEN_EVERY: u64 = 10;
/// Conversations on the screen.
const ON_SCREEN: u64 = 15;
/// Times that the letters are typed.
const WORDS: usize = 8;
/// What is typed.
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz";
/// Times that the list is walked down and up.
const WALKS: usize = 16;
/// Conversations of one walk.
const STEPS: usize = 6;
/// How long a key may take at most, in milliseconds: one frame of a screen at 60 Hz.
const KEY_MS_MAX: [f64; 2] = [8.0, 16.0];
/// What a text may write at most, in KiB.
const TEXT_KIB_MAX: f64 = 2.0;
/// Texts that are counted by themselves.
const COUNTED: u64 = 20;
/// How long the screen must be still to be at rest.
const REST: Duration = Duration::from_millis(80);
/// When a key is given up.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let mut filled = app_cache::filled(bench)?;
    let relay = bench.block_on(StandIn::start(filled.head, filled.digest))?;
    let url = format!("http://{}", relay.address);
    app_cache::identify(filled.home.path(), url, "token".to_owned())?;
    let (mut desk, _) = app::start(filled.home.path(), "message number")?;
    desk.sees("live");
    let started = desk.rests(REST);
    let mut figures = texts(bench, &mut filled, &relay, &desk)?;
    let over = AtomicBool::new(false);
    let runtime = bench.runtime.handle().clone();
    let (keys, arrived) = std::thread::scope(|scope| {
        let flood = scope.spawn(|| runtime.block_on(flood(&mut filled, &relay, &over)));
        let keys = keys(&mut desk);
        over.store(true, Ordering::Relaxed);
        let arrived = flood.join().map_err(|_| anyhow::anyhow!("the flood ended"));
        (keys, arrived)
    });
    let (mut typed, mut walked) = keys?;
    never_cleared(&desk, started)?;
    let name = |what| format!("{what} → frame, {TEXTS_A_SECOND} texts a second");
    figures.extend(timed(&name("letter"), &mut typed, KEY_MS_MAX));
    figures.extend(timed(&name("j, k"), &mut walked, KEY_MS_MAX));
    figures.push(
        Figure::told("texts on the disk meanwhile", arrived??, "/s")
            .goal(Goal::AtLeast(ARRIVED_A_SECOND_MIN)),
    );
    desk.signal("TERM");
    desk.ends();
    Ok(figures)
}

/// What single texts write: in the open chat, elsewhere in the list, and where nobody looks.
fn texts(
    bench: &Bench,
    filled: &mut Filled,
    relay: &StandIn,
    desk: &Pty,
) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    let far = filled.conversations / 2;
    for (what, of) in [("the chat", 0), ("the list", 3), ("neither", far)] {
        let mut most = 0;
        for n in 0..COUNTED {
            let before = desk.rests(REST);
            bench.block_on(relay.send(filled.arrives(n, of)))?;
            while relay.acked() < filled.head {
                std::thread::sleep(Duration::from_millis(1));
            }
            most = most.max(desk.rests(REST) - before);
        }
        figures.push(
            Figure::told(
                format!("written for a text in {what}, most"),
                kib(most),
                "KiB",
            )
            .goal(Goal::AtMost(TEXT_KIB_MAX)),
        );
    }
    Ok(figures)
}

/// Sends texts at a steady rate until it is over; how many were on the app's disk a second.
async fn flood(filled: &mut Filled, relay: &StandIn, over: &AtomicBool) -> anyhow::Result<f64> {
    let mut beat = tokio::time::interval(Duration::from_micros(1_000_000 / TEXTS_A_SECOND));
    let (began, before) = (Instant::now(), relay.acked());
    let mut n = COUNTED;
    while !over.load(Ordering::Relaxed) {
        beat.tick().await;
        let of = if n.is_multiple_of(ON_SCREEN_EVERY) {
            n / ON_SCREEN_EVERY % ON_SCREEN
        } else {
            n.wrapping_mul(7_919) % filled.conversations
        };
        relay.send(filled.arrives(n, of)).await?;
        n += 1;
    }
    // A text is two changes.
    let arrived = usize::try_from((relay.acked().0 - before.0) / 2)?;
    Ok(rate(arrived, began.elapsed()))
}

/// How long letters took to stand in the reply, and steps to be taken in the list.
fn keys(desk: &mut Pty) -> anyhow::Result<(Vec<Duration>, Vec<Duration>)> {
    let mut walked = Vec::new();
    for _ in 0..WALKS {
        walked.extend(walk(desk, "j")?);
        walked.extend(walk(desk, "k")?);
    }
    desk.types("r");
    desk.sees("Enter sends");
    let mut typed = Vec::new();
    for _ in 0..WORDS {
        for length in 1..=LETTERS.len() {
            let (word, letter) = (&LETTERS[..length], &LETTERS[length - 1..length]);
            typed.push(timed_key(desk, letter, |rows| {
                rows.iter().any(|row| row.contains(word))
            })?);
        }
        desk.types("\x15");
        desk.no_longer_sees("abc");
    }
    Ok((typed, walked))
}

/// How long each step took.
fn walk(desk: &mut Pty, key: &str) -> anyhow::Result<Vec<Duration>> {
    let step = |_| {
        let before = selected(&desk.rows(3));
        timed_key(desk, key, |rows| selected(rows) != before)
    };
    (0..STEPS).map(step).collect()
}

/// The row of the conversation that is selected.
pub(super) fn selected(rows: &[String]) -> Option<usize> {
    rows.iter().position(|row| row.contains('▌'))
}

/// How long `key` took until the screen showed what it should.
pub(super) fn timed_key(
    desk: &mut Pty,
    key: &str,
    done: impl Fn(&[String]) -> bool,
) -> anyhow::Result<Duration> {
    // Keys closer together than hands are would be a paste.
    std::thread::sleep(Duration::from_millis(20));
    let began = Instant::now();
    desk.types_at_once(key);
    let shown = desk.shows_within(200, PATIENCE, began, done);
    let (time, _) = shown.with_context(|| format!("no answer to {key}:\n{}", desk.screen()))?;
    Ok(time)
}
