//! A time that has to be exactly what was meant, because a text goes out at it: nothing is moved out of
//! an hour that does not exist, and no half of an hour that comes twice is picked.

use super::words::{self, Said};
use super::{AHEAD_DAYS_MAX, DAY_MS, MORNING, dates, read};
use jiff::tz::{AmbiguousOffset, TimeZone};
use smsdesk_common::time::Timestamp;

/// Why a text is no time to send at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It is no time at all, or none within [`AHEAD_DAYS_MAX`] days.
    NoTime,
    /// That day and time have passed.
    Past,
    /// The clocks leave that time out.
    Skipped,
    /// The clocks show that time twice.
    Twice,
}

impl Unfit {
    /// What is said of it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::NoTime => "that is no time: such as 18:00, tomorrow 9, mon 8:30, in 2h",
            Self::Past => "that has passed: such as 18:00, tomorrow 9, mon 8:30, in 2h",
            Self::Skipped => "the clocks go forward over that time: an hour earlier or later?",
            Self::Twice => "the clocks show that time twice that day: an hour earlier or later?",
        }
    }
}

/// The time that `text` means, seen from `now` in `zone`.
///
/// # Errors
/// It means none, one that has passed, or one that a change of clocks leaves out or repeats.
pub fn read_exactly(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, Unfit> {
    let said = words::parse(text).ok_or(Unfit::NoTime)?;
    let Said::On { day, time } = said else {
        return read(text, now, zone).ok_or(Unfit::NoTime);
    };
    let today = now.to_jiff().to_zoned(zone.clone()).date();
    let time = time.unwrap_or(MORNING);
    let mut unfit = Unfit::NoTime;
    for date in dates(today, day) {
        let there = || zone.to_ambiguous_zoned(date.to_datetime(time));
        // The last moment that can be meant: in an hour that comes twice its second half.
        let Ok(latest) = there().later() else {
            continue;
        };
        let latest = Timestamp::from_millis(latest.timestamp().as_millisecond());
        let ahead_ms = latest.millis_since(now);
        if ahead_ms <= 0 {
            unfit = Unfit::Past;
        } else if ahead_ms <= AHEAD_DAYS_MAX * DAY_MS {
            return match there().offset() {
                AmbiguousOffset::Unambiguous { .. } => Ok(latest),
                AmbiguousOffset::Gap { .. } => Err(Unfit::Skipped),
                AmbiguousOffset::Fold { .. } => Err(Unfit::Twice),
            };
        }
    }
    Err(unfit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ZONES: [&str; 3] = ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe"];

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn at(civil: &str, zone: &TimeZone) -> Timestamp {
        let civil: jiff::civil::DateTime = civil.parse().unwrap();
        let zoned = zone.to_zoned(civil).unwrap();
        Timestamp::from_millis(zoned.timestamp().as_millisecond())
    }

    fn check(name: &str, now: &str, cases: &[(&str, Result<&str, Unfit>)]) {
        let zone = zone(name);
        for (text, expected) in cases {
            let found = read_exactly(text, at(now, &zone), &zone);
            let expected = expected.map(|civil| at(civil, &zone));
            assert_eq!(found, expected, "{name}: {text:?}");
        }
    }

    #[test]
    fn times_are_read_in_the_writings_that_people_use() {
        let cases = [
            ("18:00", Ok("2026-11-20T18:00")),
            ("9", Ok("2026-11-21T09:00")),
            ("tomorrow 9", Ok("2026-11-21T09:00")),
            ("9 tomorrow", Ok("2026-11-21T09:00")),
            ("mon 8:30", Ok("2026-11-23T08:30")),
            ("at 18:00 on monday", Ok("2026-11-23T18:00")),
            ("in 2h", Ok("2026-11-20T16:00")),
            ("tonight", Ok("2026-11-20T20:00")),
            ("24 dec 9", Ok("2026-12-24T09:00")),
            ("today 9", Err(Unfit::Past)),
            ("2026-11-19 9", Err(Unfit::Past)),
            ("2199-01-01", Err(Unfit::NoTime)),
            ("soon", Err(Unfit::NoTime)),
            ("0m", Err(Unfit::NoTime)),
            ("", Err(Unfit::NoTime)),
        ];
        check("America/New_York", "2026-11-20T14:00", &cases);
    }

    #[test]
    fn a_time_that_the_clocks_leave_out_or_repeat_is_not_guessed() {
        use Unfit::{Skipped, Twice};
        let gap = |text| [(text, Err(Skipped))];
        let fold = |text| [(text, Err(Twice))];
        check(
            "America/New_York",
            "2026-03-07T12:00",
            &gap("tomorrow 2:30"),
        );
        check(
            "America/New_York",
            "2026-10-31T12:00",
            &fold("tomorrow 1:30"),
        );
        check("Europe/Berlin", "2026-03-28T12:00", &gap("tomorrow 2:30"));
        check("Europe/Berlin", "2026-10-24T12:00", &fold("tomorrow 2:30"));
        // Half an hour, on Lord Howe.
        check(
            "Australia/Lord_Howe",
            "2026-10-03T12:00",
            &gap("tomorrow 2:15"),
        );
        check(
            "Australia/Lord_Howe",
            "2026-04-04T12:00",
            &fold("tomorrow 1:45"),
        );
        let fine = [("tomorrow 2:30", Ok("2026-10-04T02:30"))];
        check("Australia/Lord_Howe", "2026-10-03T12:00", &fine);
        // So much later is a length, and says which half it means.
        let length = [("in 14h", Ok("2026-10-25T02:00"))];
        check("Europe/Berlin", "2026-10-24T12:00", &length);
    }

    proptest! {
        #[test]
        fn what_is_taken_lies_ahead_and_is_shown_as_it_was_said(
            // 2026, with both changes of clocks.
            now in 1_767_225_600_000i64..1_798_761_600_000,
            hour in 0i8..24,
            minute in 0i8..60,
            name in prop::sample::select(ZONES.to_vec()),
        ) {
            let (now, zone) = (Timestamp::from_millis(now), zone(name));
            for day in ["", "tomorrow ", "sun ", "next tue "] {
                let text = format!("{day}{hour}:{minute:02}");
                match read_exactly(&text, now, &zone) {
                    Ok(at) => {
                        prop_assert!(at > now);
                        let there = at.to_jiff().to_zoned(zone.clone());
                        prop_assert_eq!((there.hour(), there.minute()), (hour, minute));
                        // No other moment of that day shows the same time.
                        for ms in [-3_600_000, -1_800_000, 1_800_000, 3_600_000] {
                            let other = at.plus_millis(ms).to_jiff().to_zoned(zone.clone());
                            prop_assert!((other.date(), other.time()) != (there.date(), there.time()));
                        }
                    }
                    Err(unfit) => prop_assert!(unfit != Unfit::NoTime, "{:?}", text),
                }
            }
        }
    }
}
