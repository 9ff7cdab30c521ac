//! Stretches of time in somebody's days.

use super::QUARTER_MS;
use crate::time::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{ToSpan as _, Zoned};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The most days of a period that is told day by day: ten years and a bit.
pub const DAYS_MAX: usize = 3_700;

/// By what figures are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "StatsBy")]
pub enum By {
    /// Who wrote.
    Agent,
    /// The line of ours.
    Line,
    /// The labels that the conversations have now.
    Label,
    /// The hour of the day.
    Hour,
    /// The day.
    Day,
}

impl By {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Agent, Self::Line, Self::Label, Self::Hour, Self::Day];

    /// The name in JSON and in a query.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Line => "line",
            Self::Label => "label",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for By {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let named = Self::ALL.into_iter().find(|by| by.as_str() == text);
        named.ok_or(PeriodError("expected agent, line, label, hour or day"))
    }
}

/// A text that is no time, or a period that cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PeriodError(&'static str);

const EXPECTED: &str = "expected a day such as 2026-11-20 or a time such as 2026-11-20T13:16:00Z";

/// From a point in time, included, to another one, excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Period {
    /// Included.
    pub from: Timestamp,
    /// Excluded.
    pub to: Timestamp,
}

impl Period {
    /// The day of a zone that `now` is in, to its end.
    pub fn today(now: Timestamp, zone: &TimeZone) -> Self {
        let day = day_of(now, zone);
        Self {
            from: start(day, zone),
            to: start(next(day), zone),
        }
    }

    /// The month of a zone that `now` is in, to its end.
    pub fn month(now: Timestamp, zone: &TimeZone) -> Self {
        let day = day_of(now, zone);
        Self {
            from: start(day.first_of_month(), zone),
            to: start(next(day.last_of_month()), zone),
        }
    }

    /// Between two days, both included, or two times, the second excluded. Where one is not given:
    /// from the month's first day, and to the end of today.
    ///
    /// # Errors
    /// A text is neither a day nor a time, or the end lies before the beginning.
    pub fn read(
        from: Option<&str>,
        to: Option<&str>,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Result<Self, PeriodError> {
        let from = match from {
            None => Self::month(now, zone).from,
            Some(text) => match point(text)? {
                Point::Day(day) => start(day, zone),
                Point::Time(at) => at,
            },
        };
        let (to, is_before) = match to {
            None => (Self::today(now, zone).to.max(from), false),
            Some(text) => match point(text)? {
                // A day that is included ends behind the beginning.
                Point::Day(day) => {
                    let to = start(next(day), zone);
                    (to, to <= from)
                }
                Point::Time(at) => (at, at < from),
            },
        };
        if is_before {
            return Err(PeriodError("the end lies before the beginning"));
        }
        Ok(Self { from, to })
    }

    /// Whether it holds a point in time.
    pub fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

enum Point {
    Day(Date),
    Time(Timestamp),
}

fn point(text: &str) -> Result<Point, PeriodError> {
    // jiff reads a time as a day, too.
    if text.len() == "2026-11-20".len()
        && let Ok(day) = text.parse()
    {
        return Ok(Point::Day(day));
    }
    let time = Timestamp::parse_rfc3339(text).map_err(|_| PeriodError(EXPECTED))?;
    Ok(Point::Time(time))
}

fn day_of(at: Timestamp, zone: &TimeZone) -> Date {
    zone.to_datetime(at.to_jiff()).date()
}

fn next(day: Date) -> Date {
    day.saturating_add(1.day())
}

/// When a day begins there: not always at midnight, for a clock may be put forward then.
fn start(day: Date, zone: &TimeZone) -> Timestamp {
    let begins = day.to_zoned(zone.clone()).and_then(|at| at.start_of_day());
    // Beyond the calendar there are no days.
    let begins = begins.as_ref().map(Zoned::timestamp);
    begins.map_or(Timestamp::from_millis(i64::MAX), |at| {
        Timestamp::from_millis(at.as_millisecond())
    })
}

/// Every day that a period touches, with when it begins.
///
/// # Errors
/// There are too many.
pub fn day_starts(period: &Period, zone: &TimeZone) -> Result<Vec<(Date, Timestamp)>, PeriodError> {
    let mut day = day_of(period.from, zone);
    let mut days = Vec::new();
    if period.from >= period.to {
        return Ok(days);
    }
    loop {
        let begins = start(day, zone);
        if begins >= period.to {
            return Ok(days);
        }
        if days.len() == DAYS_MAX {
            return Err(PeriodError(
                "the period has too many days to tell each: at most 3700",
            ));
        }
        days.push((day, begins));
        day = next(day);
    }
}

/// The hour of a zone's day, 0 to 23.
pub fn hour_of(at: Timestamp, zone: &TimeZone) -> usize {
    usize::try_from(zone.to_datetime(at.to_jiff()).hour()).unwrap_or(0)
}

/// The whole quarters of an hour within a period, counted from 1970: from, included, to, excluded.
/// What is left of the period lies before and behind.
pub fn quarters(period: &Period) -> (i64, i64) {
    let up = |at: Timestamp| {
        let ms = at.as_millis();
        ms.div_euclid(QUARTER_MS) + i64::from(ms.rem_euclid(QUARTER_MS) != 0)
    };
    let from = up(period.from);
    let to = period.to.as_millis().div_euclid(QUARTER_MS);
    (from, to.max(from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn hours(period: Period) -> i64 {
        period.to.millis_since(period.from) / 3_600_000
    }

    #[test]
    fn a_day_has_as_many_hours_as_its_zone_gives_it() {
        let new_york = zone("America/New_York");
        let day = |text| hours(Period::today(at(text), &new_york));
        assert_eq!(day("2026-03-08T12:00:00Z"), 23);
        assert_eq!(day("2026-11-01T12:00:00Z"), 25);
        assert_eq!(day("2026-11-02T12:00:00Z"), 24);
        // In Lord Howe the clock is put forward by half an hour, in Santiago at midnight.
        let period = Period::today(at("2026-10-04T03:00:00Z"), &zone("Australia/Lord_Howe"));
        assert_eq!(
            period.to.millis_since(period.from),
            23 * 3_600_000 + 1_800_000
        );
        let period = Period::today(at("2026-09-06T12:00:00Z"), &zone("America/Santiago"));
        assert_eq!(hours(period), 23);
    }

    #[test]
    fn a_month_ends_where_the_next_one_begins() {
        let kathmandu = zone("Asia/Kathmandu");
        let month = Period::month(at("2026-12-31T18:30:00Z"), &kathmandu);
        assert_eq!(month.from, at("2026-12-31T18:15:00Z"));
        assert_eq!(month.to, at("2027-01-31T18:15:00Z"));
    }

    #[test]
    fn days_are_included_and_times_are_points() {
        let now = at("2026-11-20T13:16:00Z");
        let utc = TimeZone::UTC;
        let read = |from, to| Period::read(from, to, now, &utc);
        let period = read(Some("2026-11-18"), Some("2026-11-19")).unwrap();
        assert_eq!(period.from, at("2026-11-18T00:00:00Z"));
        assert_eq!(period.to, at("2026-11-20T00:00:00Z"));
        let period = read(None, None).unwrap();
        assert_eq!(period.from, at("2026-11-01T00:00:00Z"));
        assert_eq!(period.to, at("2026-11-21T00:00:00Z"));
        let period = read(
            Some("2026-11-20T13:00:00+01:00"),
            Some("2026-11-20T13:00:00Z"),
        );
        assert_eq!(hours(period.unwrap()), 1);
        for (from, to) in [
            (Some("yesterday"), None),
            (Some("2026-13-01"), None),
            (Some("2026-11-20T13:00"), None),
            (Some("2026-11-19"), Some("2026-11-17")),
            (Some("2026-11-19"), Some("2026-11-18")),
            (Some("2026-11-19T00:00:00Z"), Some("2026-11-18")),
            (None, Some("2026-10-31")),
        ] {
            assert!(read(from, to).is_err(), "{from:?} {to:?}");
        }
        assert!(read(Some("2027-01-01"), None).is_ok());
    }

    #[test]
    fn every_day_of_a_period_is_told_once_and_too_many_are_refused() {
        let berlin = zone("Europe/Berlin");
        let now = at("2026-11-20T13:16:00Z");
        let read = |from, to| Period::read(Some(from), Some(to), now, &berlin).unwrap();
        let days = day_starts(&read("2026-03-28", "2026-03-30"), &berlin).unwrap();
        let begin: Vec<_> = days.iter().map(|(_, at)| at.to_rfc3339()).collect();
        assert_eq!(
            begin,
            [
                "2026-03-27T23:00:00.000Z",
                "2026-03-28T23:00:00.000Z",
                "2026-03-29T22:00:00.000Z"
            ]
        );
        assert!(day_starts(&read("1000-01-01", "2026-01-01"), &berlin).is_err());
        let nothing = read("2026-11-20T13:00:00Z", "2026-11-20T13:00:00Z");
        assert_eq!(day_starts(&nothing, &berlin).unwrap(), []);
    }

    #[test]
    fn the_days_of_every_zone_begin_at_a_quarter_of_an_hour() {
        let year = |zone: &TimeZone| {
            let period = Period::read(
                Some("2026-01-01"),
                Some("2026-12-31"),
                at("2026-01-01T00:00:00Z"),
                zone,
            );
            day_starts(&period.unwrap(), zone).unwrap()
        };
        for name in jiff::tz::db().available() {
            let Ok(zone) = TimeZone::get(name.as_str()) else {
                continue;
            };
            for (day, begins) in year(&zone) {
                assert_eq!(
                    begins.as_millis() % QUARTER_MS,
                    0,
                    "{} {day}",
                    name.as_str()
                );
            }
        }
    }

    #[test]
    fn whole_quarters_lie_within_the_period() {
        let period = |from, to| Period {
            from: Timestamp::from_millis(from),
            to: Timestamp::from_millis(to),
        };
        let q = QUARTER_MS;
        assert_eq!(quarters(&period(0, 2 * q)), (0, 2));
        assert_eq!(quarters(&period(1, 2 * q - 1)), (1, 1));
        assert_eq!(quarters(&period(1, 2)), (1, 1));
    }
}
