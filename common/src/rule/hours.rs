//! Hours of the week, by the clock on somebody's wall.

use crate::time::Timestamp;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// Minutes of a day.
pub(super) const DAY_MINUTES: u32 = 24 * 60;
/// How far back the end of the last business hours is looked for, in days: a week, and the day on
/// which a window over midnight began.
const LOOK_BACK_DAYS: i32 = 8;

/// The same hours on some days of the week. One that ends before it begins goes over midnight and
/// belongs to the day on which it began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

    /// The last end at or before a time, as far as one lies in the week before.
    fn ended_before(&self, at: Timestamp) -> Option<Timestamp> {
        let zone = TimeZone::get(&self.zone).ok()?;
        let mut date = zone.to_datetime(at.to_jiff()).date();
        for _ in 0..=LOOK_BACK_DAYS {
            let end = self.end_of(date, &zone);
            if let Some(end) = end.filter(|end| *end <= at && self.is_on(date)) {
                return Some(end);
            }
            date = date.yesterday().ok()?;
        }
        None
    }

    /// When the window that begins on this day ends.
    fn end_of(&self, date: Date, zone: &TimeZone) -> Option<Timestamp> {
        let over = self.to <= self.from || self.to >= DAY_MINUTES;
        let date = if over { date.tomorrow().ok()? } else { date };
        let minute = self.to % DAY_MINUTES;
        let hour = i8::try_from(minute / 60).ok()?;
        let time = Time::new(hour, i8::try_from(minute % 60).ok()?, 0, 0).ok()?;
        // An hour that the clock leaves out ends when the clock has passed it.
        let end = date.to_datetime(time).to_zoned(zone.clone()).ok()?;
        Some(Timestamp::from_millis(end.timestamp().as_millisecond()))
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

/// Whether it is business hours; always where none are set.
pub fn is_open(hours: &[Window], at: Timestamp) -> bool {
    hours.is_empty() || hours.iter().any(|window| window.contains(at))
}

/// Since when nobody is at work; none in business hours, and where none are set. A week ago at most.
pub fn absence_began(hours: &[Window], at: Timestamp) -> Option<Timestamp> {
    if is_open(hours, at) {
        return None;
    }
    let ended = hours.iter().filter_map(|window| window.ended_before(at));
    let week_ago = at.plus_millis(-7 * 86_400_000);
    Some(ended.max().unwrap_or(week_ago))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
    fn an_absence_begins_with_the_end_of_the_last_hours() {
        let hours = [window(9, 17, &WORK, "America/New_York")];
        for (time, began) in [
            ("2026-11-20T15:00:00Z", None),
            ("2026-11-20T22:30:00Z", Some("2026-11-20T22:00:00Z")),
            // All weekend is one absence.
            ("2026-11-22T12:00:00Z", Some("2026-11-20T22:00:00Z")),
            ("2026-11-23T13:00:00Z", Some("2026-11-20T22:00:00Z")),
            ("2026-11-24T03:00:00Z", Some("2026-11-23T22:00:00Z")),
            // Over the end of summer time, on November 1st.
            ("2026-11-01T12:00:00Z", Some("2026-10-30T21:00:00Z")),
        ] {
            assert_eq!(absence_began(&hours, at(time)), began.map(at), "{time}");
        }
        assert_eq!(absence_began(&[], at("2026-11-22T12:00:00Z")), None);
    }

    #[test]
    fn a_zone_that_is_not_known_has_no_hours() {
        let nowhere = window(0, 24, &[], "Mars/Olympus");
        assert!(!nowhere.contains(at("2026-11-20T15:00:00Z")));
    }

    proptest! {
        #[test]
        fn an_absence_is_one_while_it_lasts(
            from in 0u32..23, length in 1u32..12, minute in 0i64..600_000,
            zone in prop::sample::select(vec!["America/New_York", "Europe/Berlin", "Australia/Lord_Howe"]),
        ) {
            let hours = [window(from, (from + length) % 24, &WORK, zone)];
            let now = at("2026-01-01T00:00:00Z").plus_millis(minute * 60_000);
            if let Some(began) = absence_began(&hours, now) {
                prop_assert!(began <= now);
                prop_assert!(!is_open(&hours, began));
                prop_assert_eq!(absence_began(&hours, began), Some(began));
                let middle = began.plus_millis(now.millis_since(began) / 2);
                prop_assert!(!is_open(&hours, middle));
                prop_assert_eq!(absence_began(&hours, middle), Some(began));
            }
        }
    }
}
