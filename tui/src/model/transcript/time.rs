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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ages_are_short_and_say_when_they_change() {
        let now = Timestamp::from_millis(10 * 7 * DAY_MS);
        for (ms, expected) in [
            (-5, ("now", MINUTE_MS)),
            (59_999, ("now", 1)),
            (MINUTE_MS, ("1m", MINUTE_MS)),
            (42 * MINUTE_MS + 1, ("42m", MINUTE_MS - 1)),
            (HOUR_MS, ("1h", HOUR_MS)),
            (DAY_MS - 1, ("23h", 1)),
            (13 * DAY_MS, ("13d", DAY_MS)),
            (14 * DAY_MS, ("2w", 7 * DAY_MS)),
        ] {
            let (age, changes) = age(now.plus_millis(-ms), now);
            assert_eq!((age.as_str(), changes), expected);
        }
    }

    #[test]
    fn days_are_told_as_seen_from_today() {
        let today = Date::constant(2026, 1, 1);
        for (date, expected) in [
            (today, "Today"),
            (Date::constant(2025, 12, 31), "Yesterday"),
            (Date::constant(2025, 12, 30), "Tue 30 Dec 2025"),
            (Date::constant(2026, 1, 2), "Fri 2 Jan"),
        ] {
            assert_eq!(day(date, today), expected);
        }
    }

    #[test]
    fn a_text_at_night_belongs_to_the_day_of_the_agent() {
        let zone = TimeZone::fixed(jiff::tz::offset(-5));
        let at = Timestamp::parse_rfc3339("2026-11-21T03:30:00Z").unwrap();
        assert_eq!(date(at, &zone), Date::constant(2026, 11, 20));
        assert_eq!(clock_time(at, &zone), "22:30");
    }

    proptest! {
        #[test]
        fn an_age_has_four_columns_and_really_changes_then(ms in 0i64..400 * DAY_MS) {
            let now = Timestamp::from_millis(500 * DAY_MS);
            let since = now.plus_millis(-ms);
            let (shown, changes) = age(since, now);
            prop_assert!(shown.len() <= 4 && changes > 0);
            prop_assert_eq!(&age(since, now.plus_millis(changes - 1)).0, &shown);
            prop_assert_ne!(&age(since, now.plus_millis(changes)).0, &shown);
        }
    }
}
