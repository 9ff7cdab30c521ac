//! Times as people read them.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use smsdesk_common::time::Timestamp;

/// The day of `at` where the agent is.
pub(super) fn date(at: Timestamp, zone: &TimeZone) -> Date {
    zone.to_datetime(at.to_jiff()).date()
}

/// The time of day where the agent is: `13:05`.
pub fn clock_time(at: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(at.to_jiff()).strftime("%H:%M").to_string()
}

/// A day, seen from `today`: `Today`, `Yesterday`, `Thu 20 Nov`, `Thu 20 Nov 2025`.
pub fn day(date: Date, today: Date) -> String {
    if date == today {
        return "Today".to_owned();
    }
    if date.tomorrow().is_ok_and(|next| next == today) {
        return "Yesterday".to_owned();
    }
    let form = if date.year() == today.year() {
        "%a %-d %b"
    } else {
        "%a %-d %b %Y"
    };
    date.strftime(form).to_string()
}

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// How long something has lasted, in at most four columns, and in how many milliseconds that
/// changes: `now`, `42m`, `18h`, `3d`, `5w`.
pub fn age(since: Timestamp, now: Timestamp) -> (String, i64) {
    let ms = now.millis_since(since).max(0);
    let (unit, letter) = match ms {
        _ if ms < MINUTE_MS => return ("now".to_owned(), MINUTE_MS - ms),
        _ if ms < HOUR_MS => (MINUTE_MS, 'm'),
        _ if ms < DAY_MS => (HOUR_MS, 'h'),
        _ if ms < 14 * DAY_MS => (DAY_MS, 'd'),
        _ => (7 * DAY_MS, 'w'),
    };
    (
        format!("{}{letter}", (ms / unit).min(999)),
        unit - ms % unit,
    )
}
