//! A time as people write it: `2h`, `18:00`, `tue 9`, `tomorrow 9`, `24 dec 9:00`.
//!
//! Knows nothing of what the time is for. Every time that it reads lies ahead of now: one that has
//! passed today means the next such time. In the hour that a change of clocks leaves out, a time
//! lies as far behind it as it would have lain behind the hour before.

mod exact;
mod words;

pub use self::exact::{Unfit, read_exactly};

use self::words::{Day, Said};
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span, Zoned};
use smsdesk_common::time::Timestamp;

/// The furthest time, in days: nobody remembers why after that, and a year that was mistyped shows.
pub const AHEAD_DAYS_MAX: i64 = 366;

const DAY_MS: i64 = 86_400_000;

/// The time of a day that was named alone.
const MORNING: Time = Time::constant(9, 0, 0, 0);

/// The time that `text` means, seen from `now` in `zone`; none where it means none that lies ahead
/// within [`AHEAD_DAYS_MAX`] days.
pub fn read(text: &str, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let here = now.to_jiff().to_zoned(zone.clone());
    let at = match words::parse(text)? {
        Said::After { days, minutes } => {
            let span = Span::new().try_days(days).ok()?.try_minutes(minutes).ok()?;
            vec![here.checked_add(span).ok()?]
        }
        Said::On { day, time } => on(&here, day, time),
    };
    at.into_iter()
        .map(|at| Timestamp::from_millis(at.timestamp().as_millisecond()))
        .find(|at| (1..=AHEAD_DAYS_MAX * DAY_MS).contains(&at.millis_since(now)))
}

/// Whether [`read`] can make something of a text, at a fitting moment.
pub fn is_one(text: &str) -> bool {
    words::parse(text).is_some()
}

/// A time that lies ahead, as short as it stays clear: `18:00`, `Tue 09:00`, `24 Dec 09:00`.
pub fn told(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now) = (there(at, zone), there(now, zone));
    let days = now
        .date()
        .until(at.date())
        .map_or(0, |span| span.get_days());
    let form = match days {
        0 => "%H:%M",
        1..=6 => "%a %H:%M",
        _ if at.year() == now.year() => "%-d %b %H:%M",
        _ => "%-d %b %Y %H:%M",
    };
    at.strftime(form).to_string()
}

/// A time with its day: `Tue 24 Nov 09:00`, `Fri 1 Jan 2027 09:00`.
pub fn told_in_full(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now) = (there(at, zone), there(now, zone));
    let form = if at.year() == now.year() {
        "%a %-d %b %H:%M"
    } else {
        "%a %-d %b %Y %H:%M"
    };
    at.strftime(form).to_string()
}

fn there(at: Timestamp, zone: &TimeZone) -> Zoned {
    at.to_jiff().to_zoned(zone.clone())
}

/// The times that a day and a time of day can mean, earliest first.
fn on(here: &Zoned, day: Day, time: Option<Time>) -> Vec<Zoned> {
    let time = time.unwrap_or(MORNING);
    dates(here.date(), day)
        .into_iter()
        .flat_map(|date| instants(here, date, time))
        .collect()
}

/// The dates that a day can mean, earliest first.
fn dates(today: Date, day: Day) -> Vec<Date> {
    let within = |from: i32, to: i32| (from..=to).filter_map(move |days| later(today, days));
    match day {
        Day::Next => within(0, 1).collect(),
        Day::Today => vec![today],
        Day::Tomorrow => within(1, 1).collect(),
        Day::Week(weekday) => within(0, 7).filter(|it| it.weekday() == weekday).collect(),
        Day::NextWeek(weekday) => {
            let monday = 7 - i32::from(today.weekday().to_monday_zero_offset());
            let offset = i32::from(weekday.to_monday_zero_offset());
            later(today, monday + offset).into_iter().collect()
        }
        Day::Of { month, day } => [today.year(), today.year() + 1]
            .into_iter()
            .filter_map(|year| Date::new(year, month, day).ok())
            .collect(),
        Day::Date(date) => vec![date],
    }
}

fn later(date: Date, days: i32) -> Option<Date> {
    date.checked_add(Span::new().try_days(days).ok()?).ok()
}

/// When that is: twice in the hour that a change of clocks repeats.
fn instants(here: &Zoned, date: Date, time: Time) -> Vec<Zoned> {
    let ambiguous = || {
        let zone = here.time_zone();
        zone.to_ambiguous_zoned(date.to_datetime(time))
    };
    let first = ambiguous().compatible();
    let repeated = matches!(ambiguous().offset(), AmbiguousOffset::Fold { .. });
    let second = ambiguous().later().ok().filter(|_| repeated);
    first.into_iter().chain(second).collect()
}

/// What is offered where a time is asked for: the words to type, in the order of their times.
pub fn presets(now: Timestamp, zone: &TimeZone) -> Vec<(&'static str, Timestamp)> {
    let texts = ["1h", "3h", "18:00", "tomorrow 9", "next week"];
    let read = |text| Some((text, read(text, now, zone)?));
    let mut presets: Vec<_> = texts.into_iter().filter_map(read).collect();
    presets.sort_by_key(|(_, at)| *at);
    presets
}

#[cfg(test)]
mod tests;
