//! The terminal app at a terminal that takes few bytes: keys, and what stands in their way.

use super::app::{self, never_cleared, timed};
use super::app_flood::{selected, timed_key};
use super::figure::{Figure, Goal};
use super::{Bench, app_cache, kib};
use crate::pty::{Line, Pty};
use anyhow::Context as _;
use std::time::{Duration, Instant};

/// What the terminal takes a second: a modem of 1996, or a phone at the edge of its cell.
const BYTES_A_SECOND: u32 = 4_000;
/// What is typed.
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz";
/// Keys of each kind that are timed one by one.
const KEYS: usize = 12;
/// Keys that a held key repeats.
const HELD: usize = 60;
/// Between two of them.
const REPEAT: Duration = Duration::from_millis(33);
/// How long a letter may take at most, in milliseconds.
const LETTER_MS_MAX: [f64; 2] = [100.0, 250.0];
/// How long a key may take at most that draws another chat, in milliseconds.
const KEY_MS_MAX: [f64; 2] = [500.0, 1_000.0];
/// What may stand between a held key and its end, in KiB: what a terminal of the system holds back,
/// 16 or so, and a frame. The app itself holds nothing back.
const BACKLOG_KIB_MAX: f64 = 20.0;
/// Columns of the list.
const LIST_COLUMNS: u16 = 36;
/// How long the screen must be still to be at rest.
const REST: Duration = Duration::from_millis(150);
/// When the end is given up.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let filled = app_cache::filled(bench)?;
    let line = Line::Slow {
        bytes_a_second: BYTES_A_SECOND,
    };
    let (mut desk, _) = app::start_over(line, filled.home.path(), "message number")?;
    let started = desk.rests(REST);
    let mut figures = Vec::new();
    let mut moved = Vec::new();
    for key in ["j", "k"].into_iter().cycle().take(KEYS) {
        desk.rests(REST);
        let before = selected(&desk.rows(LIST_COLUMNS));
        moved.push(timed_key(&mut desk, key, |rows| selected(rows) != before)?);
    }
    figures.extend(timed("j, k → shown at 4,000 B/s", &mut moved, KEY_MS_MAX));
    figures.push(held(&mut desk)?);
    let (mut opened, mut typed) = (Vec::new(), Vec::new());
    for _ in 0..KEYS / 4 {
        desk.rests(REST);
        opened.push(timed_key(&mut desk, "r", |rows| {
            shows(rows, "Enter sends")
        })?);
        desk.rests(REST);
        for length in 1..=LETTERS.len() {
            let (word, letter) = (&LETTERS[..length], &LETTERS[length - 1..length]);
            typed.push(timed_key(&mut desk, letter, |rows| shows(rows, word))?);
        }
        desk.types("\x15");
        desk.types("\x1b");
        desk.no_longer_sees("Enter sends");
    }
    figures.extend(timed("r → shown at 4,000 B/s", &mut opened, KEY_MS_MAX));
    figures.extend(timed(
        "letter → shown at 4,000 B/s",
        &mut typed,
        LETTER_MS_MAX,
    ));
    desk.types("q");
    figures.extend(closed(&mut desk)?);
    never_cleared(&desk, started)?;
    desk.signal("TERM");
    desk.ends();
    Ok(figures)
}

fn shows(rows: &[String], words: &str) -> bool {
    rows.iter().any(|row| row.contains(words))
}

/// Holds `j`, and `k` back to where it began: what still comes after the last of them.
fn held(desk: &mut Pty) -> anyhow::Result<Figure> {
    let began = desk.rows(LIST_COLUMNS);
    let mut most = 0;
    for key in ["j", "k"] {
        desk.rests(REST);
        for _ in 0..HELD {
            desk.types_at_once(key);
            std::thread::sleep(REPEAT);
        }
        let released = desk.bytes().len();
        most = most.max(desk.rests(REST) - released);
    }
    let same = selected(&began) == selected(&desk.rows(LIST_COLUMNS));
    anyhow::ensure!(same, "keys were lost:\n{}", desk.screen());
    let seconds = kib(most) * 1_024.0 / f64::from(BYTES_A_SECOND);
    Ok(Figure::told(
        format!("backlog of {HELD} keys held at 30/s, most"),
        kib(most),
        "KiB",
    )
    .goal(Goal::AtMost(BACKLOG_KIB_MAX))
    .limit(format!("{seconds:.1} s until the screen was right")))
}

/// How long a conversation took to leave the list.
fn closed(desk: &mut Pty) -> anyhow::Result<[Figure; 2]> {
    let mut times = Vec::new();
    for _ in 0..KEYS {
        desk.rests(REST);
        let rows = desk.rows(LIST_COLUMNS);
        let row = selected(&rows).and_then(|at| rows.get(at + 1)).cloned();
        let preview = row.context("nothing is selected")?;
        let began = Instant::now();
        desk.types_at_once("e");
        let gone = |rows: &[String]| !rows.contains(&preview);
        let shown = desk.shows_within(LIST_COLUMNS, PATIENCE, began, gone);
        times.push(
            shown
                .with_context(|| format!("it stays:\n{}", desk.screen()))?
                .0,
        );
    }
    Ok(timed("e → gone at 4,000 B/s", &mut times, KEY_MS_MAX))
}
