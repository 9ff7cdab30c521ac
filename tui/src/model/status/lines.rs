//! What is said of how app and relay fare, a line a matter. What came from the network is remote text.

use crate::model::Model;
use crate::model::connection::Connection;
use crate::model::stats::spelled as span;
use smsdesk_common::api::status::RelayStatus;
use smsdesk_common::capability::Capability;
use smsdesk_common::latency::{Spread, spelled};

/// Rows of the screen that are no lines: the frame, the keys, and an empty one above them.
pub const ROWS_AROUND: u16 = 4;
/// A copy that is so many changes behind is worth a colour.
const LAG_MANY: u64 = 1_000;

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is about.
    pub name: &'static str,
    /// What is said.
    pub says: String,
    /// Whether it is bad.
    pub is_bad: bool,
}

const fn line(name: &'static str, says: String, is_bad: bool) -> Line {
    Line { name, says, is_bad }
}

const fn well(name: &'static str, says: String) -> Line {
    line(name, says, false)
}

/// How many lines can be scrolled away.
pub fn scrolls(model: &Model) -> usize {
    let room = model.setup.size.height.saturating_sub(ROWS_AROUND);
    lines(model).len().saturating_sub(usize::from(room))
}

/// All of them, what matters most first.
pub fn lines(model: &Model) -> Vec<Line> {
    let mut lines = vec![connection(model)];
    lines.extend(model.watch.told().into_iter().flat_map(troubles));
    lines.extend(waits(model));
    lines.push(way("webhook → disk", model.watch.to_disk(), model));
    lines.push(way("webhook → screen", model.watch.to_screen(), model));
    lines.push(clock(model));
    lines.extend(copy(model));
    match model.watch.told() {
        Some(told) => relay(model, told, &mut lines),
        None => lines.push(silent(model)),
    }
    lines
}

fn connection(model: &Model) -> Line {
    let trip = model.watch.trip_ms();
    let trip = trip.map_or_else(String::new, |ms| format!(" · an answer takes {ms} ms"));
    match &model.connection {
        Connection::Live => well("connection", format!("live{trip}")),
        Connection::CatchingUp { behind } => well("connection", format!("{behind} changes behind")),
        Connection::Connecting => line("connection", "trying".to_owned(), true),
        Connection::Offline => line("connection", "offline".to_owned(), true),
        Connection::SignedOut { reason } => {
            line("connection", format!("signed out: {reason}"), true)
        }
    }
}

/// What of mine waits, where something does.
fn waits(model: &Model) -> Option<Line> {
    let waits = model.outbox.words();
    let refused = match model.outbox.refused {
        0 => None,
        1 => Some("1 was refused".to_owned()),
        count => Some(format!("{count} were refused")),
    };
    let is_bad = refused.is_some();
    let parts: Vec<_> = waits.into_iter().chain(refused).collect();
    Some(match parts.is_empty() {
        true => well("my outbox", "empty".to_owned()),
        false => line("my outbox", parts.join(", "), is_bad),
    })
}

fn way(name: &'static str, told: Option<Spread>, model: &Model) -> Line {
    let nothing = match model.watch.clock() {
        None => "not known before the clocks are compared",
        Some(_) => "no text has come yet",
    };
    well(name, told.map_or_else(|| nothing.to_owned(), spread))
}

fn spread(told: Spread) -> String {
    let (half, most) = (spelled(told.p50_us), spelled(told.p99_us));
    format!("p50 {half} · p99 {most} (of {})", told.count)
}

fn clock(model: &Model) -> Line {
    let Some((ahead_ms, exact_ms)) = model.watch.clock() else {
        return well("clock", "not compared yet".to_owned());
    };
    let apart = spelled(ahead_ms.unsigned_abs().saturating_mul(1_000));
    let says = match ahead_ms.abs() <= exact_ms.max(1) {
        true => "that of the relay".to_owned(),
        false if ahead_ms > 0 => format!("{apart} behind the relay's"),
        false => format!("{apart} ahead of the relay's"),
    };
    well("clock", says)
}

/// What is on this disk.
fn copy(model: &Model) -> Vec<Line> {
    let Some(here) = model.watch.here() else {
        return Vec::new();
    };
    let known = model.watch.told().map(|told| told.head.0);
    let held = here.head.map_or(0, |head| head.0);
    let behind = known.map_or(0, |head| head.saturating_sub(held));
    let left = model.history.remaining;
    let mut says = match behind {
        0 => format!("up to {held}"),
        behind => format!("up to {held}, {behind} behind"),
    };
    if left > 0 {
        says.push_str(&format!(" · {left} older still to come"));
    }
    let size = here
        .bytes
        .map_or_else(String::new, |size| format!("{} · ", bytes(size)));
    let percent = u64::from(here.indexed) * 100 / u64::from(here.entries.max(1));
    let index = match here.indexed < here.entries {
        true => format!("{size}{} texts, {percent} % searchable", here.entries),
        false => format!("{size}{} texts, all searchable", here.entries),
    };
    vec![line("copy", says, behind > LAG_MANY), well("cache", index)]
}

/// Why the relay says nothing.
fn silent(model: &Model) -> Line {
    let lacks = model.relay.lacks(Capability::Status);
    let why = lacks.or_else(|| model.watch.problem().map(str::to_owned));
    let is_bad = why.is_some();
    let why = why.unwrap_or_else(|| match model.connection {
        Connection::Live | Connection::CatchingUp { .. } => "asking…".to_owned(),
        _ => "not reached".to_owned(),
    });
    line("relay", why, is_bad)
}

fn relay(model: &Model, told: &RelayStatus, lines: &mut Vec<Line>) {
    let up = span(
        i64::try_from(told.up_s)
            .unwrap_or(i64::MAX)
            .saturating_mul(1_000),
    );
    let says = format!("{}, protocol {}, up {up}", told.version, told.protocol);
    lines.push(well("relay", says));
    // What was said stays while nothing newer is: it must not pass for fresh.
    let problem = model.watch.problem();
    lines.extend(problem.map(|why| line("relay", format!("says no more: {why}"), true)));
    lines.push(webhooks(told));
    let ack = told
        .webhooks
        .ack
        .map_or_else(|| "none yet".to_owned(), spread);
    lines.push(well("webhook → commit", ack));
    let disk = told.commits.map_or_else(|| "none yet".to_owned(), spread);
    lines.push(well("commits", disk));
    let outbox = &told.outbox;
    let says = format!(
        "{} wait, {} of them are being sent · {} of unknown fate",
        outbox.waiting, outbox.sending, outbox.unknown
    );
    lines.push(line("relay's outbox", says, outbox.unknown > 0));
    lines.push(twilio(told));
    lines.push(lists(told));
    let (open, lag) = (&told.sessions, told.sessions.lag);
    let says = format!(
        "{} of people, {} of programs · the slowest is {lag} behind",
        open.people, open.programs
    );
    lines.push(line("streams", says, lag > LAG_MANY));
    lines.push(disk_of(told));
}

/// What keeps the relay from its work.
fn troubles(told: &RelayStatus) -> Vec<Line> {
    let mut found = Vec::new();
    if told.outbox.paused {
        found.push("an operator has paused everything that goes out".to_owned());
    }
    if let Some(paused) = &told.twilio.sending_paused {
        let (lines, code) = (paused.lines, paused.code);
        found.push(format!(
            "Twilio refuses the account of {lines} lines ({code})"
        ));
    }
    found.extend(told.disk.problem.clone());
    let troubles = found.into_iter();
    troubles.map(|says| line("trouble", says, true)).collect()
}

fn webhooks(told: &RelayStatus) -> Line {
    let seconds = told.webhooks.last_age_s;
    let last = seconds.map_or_else(
        || "none yet".to_owned(),
        |s| format!("the last {} ago", ago(s)),
    );
    let says = format!(
        "{last} · {} taken, {} not",
        told.webhooks.accepted, told.webhooks.refused
    );
    well("webhooks", says)
}

fn twilio(told: &RelayStatus) -> Line {
    let twilio = &told.twilio;
    let calls = twilio.calls.map_or_else(String::new, |took| {
        let (half, most) = (spelled(took.p50_us), spelled(took.p99_us));
        format!("p50 {half} · p99 {most} · ")
    });
    let (called, failed) = (twilio.called, twilio.failed);
    let says = format!("{calls}{called} calls, {failed} failed");
    well("Twilio", says)
}

/// How old what Twilio's lists told is, and what webhooks had lost.
fn lists(told: &RelayStatus) -> Line {
    let (age, found) = (told.twilio.lists_read_age_s, &told.twilio.reconciled);
    let read = age.map_or_else(
        || "not read yet".to_owned(),
        |s| format!("read {} ago", ago(s)),
    );
    let lost = found.inbound.saturating_add(found.statuses);
    well(
        "Twilio's lists",
        format!("{read} · {lost} that webhooks lost"),
    )
}

fn ago(seconds: u64) -> String {
    span(
        i64::try_from(seconds)
            .unwrap_or(i64::MAX)
            .saturating_mul(1_000),
    )
}

fn disk_of(told: &RelayStatus) -> Line {
    let of = |size: Option<u64>| size.map_or_else(|| "?".to_owned(), bytes);
    let disk = &told.disk;
    let says = format!(
        "{} free · database {}, log {}",
        of(disk.free_bytes),
        of(disk.database_bytes),
        of(disk.wal_bytes)
    );
    line("relay's disk", says, disk.problem.is_some())
}

/// A size as people read it.
fn bytes(count: u64) -> String {
    let (unit, name) = match count {
        0..1_000_000 => (1_000, "kB"),
        1_000_000..1_000_000_000 => (1_000_000, "MB"),
        _ => (1_000_000_000, "GB"),
    };
    let tenths = count / (unit / 10);
    match tenths {
        0..100 => format!("{}.{} {name}", tenths / 10, tenths % 10),
        tenths => format!("{} {name}", tenths / 10),
    }
}
