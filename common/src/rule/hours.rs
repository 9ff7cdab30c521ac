//! Hours of the week, by the clock on somebody's wall.

use crate::time::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Minutes of a day.
pub(super) const DAY_MINUTES: u32 = 24 * 60;

/// The same hours on some days of the week. One that ends before it begins goes over midnight and
/// belongs to the day on which it began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "RuleWindow")]
pub struct Window {
    /// When it begins, in minutes after midnight.
    pub from: u32,
    /// When it ends, in minutes after midnight; 1440 is the end of the day.
    pub to: u32,
    /// The days, as `mon`; every day where none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<String>,
    /// The zone, as IANA names it.
    pub zone: String,
}

impl Window {
    /// Whether a time lies in it: its first minute does, its last one does not. None of a zone that
    /// is not known here.
    pub fn contains(&self, at: Timestamp) -> bool {
        let Ok(zone) = TimeZone::get(&self.zone) else {
            return false;
        };
        let local = zone.to_datetime(at.to_jiff());
        let minute = minute_of(local);
        let yesterday = local.date().yesterday().unwrap_or(local.date());
        if self.from < self.to {
            return self.is_on(local.date()) && (self.from..self.to).contains(&minute);
        }
        (minute >= self.from && self.is_on(local.date()))
            || (minute < self.to && self.is_on(yesterday))
    }

    fn is_on(&self, date: Date) -> bool {
        let day = day_name(date.weekday());
        self.days.is_empty() || self.days.iter().any(|known| known == day)
    }
}

fn minute_of(local: DateTime) -> u32 {
    let minutes = i32::from(local.hour()) * 60 + i32::from(local.minute());
    u32::try_from(minutes).unwrap_or_default()
}

/// The days as they are written, Monday first.
pub(super) const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

const fn day_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "mon",
        Weekday::Tuesday => "tue",
        Weekday::Wednesday => "wed",
        Weekday::Thursday => "thu",
        Weekday::Friday => "fri",
        Weekday::Saturday => "sat",
        Weekday::Sunday => "sun",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(from: u32, to: u32, days: &[&str], zone: &str) -> Window {
        Window {
            from: from * 60,
            to: to * 60,
            days: days.iter().map(|day| (*day).to_owned()).collect(),
            zone: zone.to_owned(),
        }
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    const WORK: [&str; 5] = ["mon", "tue", "wed", "thu", "fri"];

    #[test]
    fn hours_go_by_the_clock_on_the_wall_in_winter_and_in_summer() {
        let office = window(9, 17, &WORK, "America/New_York");
        // Thursday in November, and Thursday in July: an hour apart in UTC.
        for (time, open) in [
            ("2026-11-19T13:59:00Z", false),
            ("2026-11-19T14:00:00Z", true),
            ("2026-11-19T21:59:59Z", true),
            ("2026-11-19T22:00:00Z", false),
            ("2026-07-16T13:00:00Z", true),
            ("2026-07-16T21:00:00Z", false),
            ("2026-11-21T15:00:00Z", false),
        ] {
            assert_eq!(office.contains(at(time)), open, "{time}");
        }
    }

    #[test]
    fn a_night_belongs_to_the_day_on_which_it_began() {
        let night = window(22, 6, &["fri"], "Europe/Berlin");
        for (time, open) in [
            ("2026-11-20T21:00:00Z", true),
            ("2026-11-21T04:59:00Z", true),
            ("2026-11-21T05:00:00Z", false),
            ("2026-11-20T04:00:00Z", false),
            ("2026-11-21T21:00:00Z", false),
        ] {
            assert_eq!(night.contains(at(time)), open, "{time}");
        }
    }

    #[test]
    fn a_zone_that_is_not_known_has_no_hours() {
        let nowhere = window(0, 24, &[], "Mars/Olympus");
        assert!(!nowhere.contains(at("2026-11-20T15:00:00Z")));
    }
}
