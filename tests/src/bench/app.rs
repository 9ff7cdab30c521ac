//! The terminal app over a large cache: first paint, memory, key to frame, closing without a relay.

use super::figure::{Figure, Goal};
use super::proc::rss_mb;
use super::{Bench, app_cache, kib, ms, quantile};
use crate::pty::{Line, Pty};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Conversations that are closed, one by one.
const CLOSED: usize = 40;
/// What clears a whole screen: an app that does so for a key or a text makes it flicker.
const CLEAR: &[u8] = b"\x1b[2J";
/// What begins a frame.
const FRAME: &[u8] = b"\x1b[?2026h";
/// Keys that are timed.
const KEYS: usize = 400;
/// Starts that are timed.
const STARTS: usize = 10;
/// How long the first paint should take at most, in milliseconds.
const PAINT_MS_MAX: f64 = 150.0;
/// How long a key should take at most, in milliseconds: the middle one, and one in a hundred.
const KEY_MS_MAX: [f64; 2] = [1.0, 5.0];
/// What a key should write at most, in the mean, in KiB.
const KEY_KIB_MAX: f64 = 2.0;
/// The most memory of the app, in megabytes.
const MEMORY_MB_MAX: f64 = 120.0;
/// The size of every terminal here.
pub(super) const SIZE: (u16, u16) = (120, 40);

pub(super) fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let filled = app_cache::filled(bench)?;
    let home = filled.home.path();
    let mut paints = Vec::new();
    for _ in 0..STARTS {
        let (desk, paint) = start(home, "message number")?;
        paints.push(paint);
        desk.signal("TERM");
        desk.ends();
    }
    let (mut desk, _) = start(home, "message number")?;
    let started = desk.rests(Duration::from_millis(30));
    let mut times = press(&mut desk, "jjjkGggnJ", KEYS);
    let ended = desk.rests(Duration::from_millis(30));
    let bytes = (ended - started) / KEYS;
    let mut closed = press(&mut desk, "e", CLOSED);
    never_cleared(&desk, started)?;
    let paint = |name: &str, times: &mut Vec<Duration>, share| {
        let time = ms(quantile(times, share));
        Figure::told(name, time, "ms").goal(Goal::AtMost(PAINT_MS_MAX))
    };
    let mut figures = vec![
        paint("first paint, p50", &mut paints, 0.5),
        paint("first paint, worst", &mut paints, 1.0),
    ];
    let told = format!("{} of {KEYS} keys changed the screen", times.len());
    figures.extend(timed("key → frame", &mut times, KEY_MS_MAX).map(|figure| figure.limit(&told)));
    figures.extend(timed("close → frame, relay gone", &mut closed, KEY_MS_MAX));
    figures.push(
        Figure::told("written for a key, mean", kib(bytes), "KiB").goal(Goal::AtMost(KEY_KIB_MAX)),
    );
    figures
        .push(Figure::told("memory", rss_mb(desk.pid())?, "MB").goal(Goal::AtMost(MEMORY_MB_MAX)));
    desk.signal("TERM");
    desk.ends();
    Ok(figures)
}

/// The middle of `times` and one in a hundred, beside their goals in milliseconds.
pub(super) fn timed(name: &str, times: &mut [Duration], [p50, p99]: [f64; 2]) -> [Figure; 2] {
    let figure = |words, time, most| {
        Figure::told(format!("{name}, {words}"), ms(time), "ms").goal(Goal::AtMost(most))
    };
    [
        figure("p50", quantile(times, 0.5), p50),
        figure("p99", quantile(times, 0.99), p99),
    ]
}

/// How often `bytes` stands in what was written after `from`.
fn count(desk: &Pty, from: usize, bytes: &[u8]) -> usize {
    desk.bytes()[from..]
        .windows(bytes.len())
        .filter(|window| *window == bytes)
        .count()
}

/// How many frames were written after `from`.
pub(super) fn frames(desk: &Pty, from: usize) -> usize {
    count(desk, from, FRAME)
}

/// # Errors
/// The screen was cleared after `from`.
pub(super) fn never_cleared(desk: &Pty, from: usize) -> anyhow::Result<()> {
    let clears = count(desk, from, CLEAR);
    anyhow::ensure!(clears == 0, "the screen was cleared {clears} times");
    Ok(())
}

/// Presses keys of `cycle` one by one; how long each took that changed the screen.
pub(super) fn press(desk: &mut Pty, cycle: &str, count: usize) -> Vec<Duration> {
    let mut times = Vec::with_capacity(count);
    for key in cycle.chars().cycle().take(count) {
        // A key is answered by whatever is written next; let the screen come to rest before.
        let before = desk.rests(Duration::from_millis(30));
        let began = Instant::now();
        desk.types_at_once(&key.to_string());
        times.extend(desk.writes_more_than(before, Duration::from_millis(250), began));
    }
    times
}

/// Where the app keeps its data below `home`.
pub(super) fn folder(home: &Path) -> PathBuf {
    home.join("smsdesk").join("default")
}

/// The app in a terminal, its data below `home`, and how long it took to show `words`.
///
/// # Errors
/// This program has no path.
pub(super) fn start(home: &Path, words: &str) -> anyhow::Result<(Pty, Duration)> {
    start_over(Line::Local, home, words)
}

/// The app at the other end of a line.
///
/// # Errors
/// This program has no path.
pub(super) fn start_over(line: Line, home: &Path, words: &str) -> anyhow::Result<(Pty, Duration)> {
    let program = std::env::current_exe()?.display().to_string();
    let home = home.display().to_string();
    let environment = [
        (super::ROLE, "desk"),
        ("HOME", home.as_str()),
        ("XDG_DATA_HOME", home.as_str()),
    ];
    let began = Instant::now();
    let desk = Pty::start_over(line, &program, &[], &environment, SIZE);
    desk.sees(words);
    Ok((desk, began.elapsed()))
}
