//! Times of the day and hours of the week, as people write them on one line.

use jiff::civil::{DateTime, Time, Weekday};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// The most spans in a week: four a day are more than any shop has.
pub const SPANS_MAX: usize = 28;

const DAY_MINUTES: u16 = 24 * 60;

/// A time of the day to the minute: `08:00`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// That time; hours and minutes beyond a day are taken within it.
    #[must_use]
    pub const fn at(hour: u8, minute: u8) -> Self {
        Self((hour as u16 * 60 + minute as u16) % DAY_MINUTES)
    }

    /// As minutes since midnight.
    #[must_use]
    pub const fn minutes(self) -> u16 {
        self.0
    }

    /// As jiff has it.
    #[must_use]
    pub fn to_jiff(self) -> Time {
        let part = |value: u16| i8::try_from(value).unwrap_or_default();
        Time::new(part(self.0 / 60), part(self.0 % 60), 0, 0).unwrap_or(Time::midnight())
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// A text that is no time of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a time of the day such as 08:00 or 21:30")]
pub struct TimeOfDayError;

impl FromStr for TimeOfDay {
    type Err = TimeOfDayError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        minutes(text)
            .filter(|minutes| *minutes < DAY_MINUTES)
            .map(Self)
            .ok_or(TimeOfDayError)
    }
}

/// `8:00`, `08:00` or `8`, and `24:00` for the end of a day.
fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':').unwrap_or((text, "00"));
    let number = |digits: &str, most: u16| {
        let fits = !digits.is_empty() && digits.len() <= 2;
        let fits = fits && digits.bytes().all(|byte| byte.is_ascii_digit());
        let number: u16 = digits.parse().ok().filter(|_| fits)?;
        (number <= most).then_some(number)
    };
    let at = number(hours, 24)? * 60 + number(minutes, 59).filter(|_| minutes.len() == 2)?;
    (at <= DAY_MINUTES).then_some(at)
}

/// Hours of a week, such as `mon-fri 08:00-17:00, sat 09:00-12:00`. A span that ends where it began
/// or earlier reaches into the next day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours(Vec<Span>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Span {
    first: usize,
    last: usize,
    from: u16,
    to: u16,
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Hours {
    /// Whether that moment lies within them.
    #[must_use]
    pub fn hold(&self, at: DateTime) -> bool {
        let minute =
            u16::from(at.hour().unsigned_abs()) * 60 + u16::from(at.minute().unsigned_abs());
        let today = day_of(at.weekday());
        let yesterday = (today + 6) % 7;
        self.0.iter().any(|span| {
            let overnight = span.to <= span.from;
            let today_holds =
                span.has(today) && minute >= span.from && (overnight || minute < span.to);
            today_holds || (overnight && span.has(yesterday) && minute < span.to)
        })
    }
}

fn day_of(day: Weekday) -> usize {
    usize::from(day.to_monday_zero_offset().unsigned_abs())
}

impl Span {
    const fn has(&self, day: usize) -> bool {
        if self.first <= self.last {
            self.first <= day && day <= self.last
        } else {
            day >= self.first || day <= self.last
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (days, times) = text.trim().split_once(char::is_whitespace)?;
        let (first, last) = days.split_once('-').unwrap_or((days, days));
        let day = |name: &str| DAYS.iter().position(|day| day.eq_ignore_ascii_case(name));
        let (from, to) = times.trim().split_once('-')?;
        let (from, to) = (minutes(from.trim())?, minutes(to.trim())?);
        (from < DAY_MINUTES).then_some(())?;
        Some(Self {
            first: day(first)?,
            last: day(last)?,
            from,
            to,
        })
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(DAYS[self.first])?;
        if self.first != self.last {
            write!(f, "-{}", DAYS[self.last])?;
        }
        let (from, to) = (self.from, self.to);
        write!(f, " {:02}:{:02}", from / 60, from % 60)?;
        write!(f, "-{:02}:{:02}", to / 60, to % 60)
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, span) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_str(", ")?;
            }
            span.fmt(f)?;
        }
        Ok(())
    }
}

/// A text that is no hours of a week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected hours of the week such as mon-fri 08:00-17:00, sat 09:00-12:00")]
pub struct HoursError;

impl FromStr for Hours {
    type Err = HoursError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let spans: Option<Vec<_>> = text.split(',').map(Span::parse).collect();
        spans
            .filter(|spans| spans.len() <= SPANS_MAX)
            .map(Self)
            .ok_or(HoursError)
    }
}

macro_rules! serde_as_text {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    };
}
serde_as_text!(TimeOfDay);
serde_as_text!(Hours);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_time_of_the_day_is_read_as_people_write_it() {
        for (text, expected) in [
            ("08:00", Some("08:00")),
            ("8:00", Some("08:00")),
            ("8", Some("08:00")),
            ("23:59", Some("23:59")),
            ("24:00", None),
            ("8:5", None),
            ("8:60", None),
            ("-1:00", None),
            ("", None),
            ("morning", None),
        ] {
            let read = text.parse::<TimeOfDay>().ok().map(|time| time.to_string());
            assert_eq!(read.as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn hours_hold_over_midnight_and_over_the_end_of_a_week() {
        let hours: Hours = "fri-sun 22:00-02:00, mon-fri 8-17:30".parse().unwrap();
        assert_eq!(
            hours.to_string(),
            "fri-sun 22:00-02:00, mon-fri 08:00-17:30"
        );
        for (at, expected) in [
            ("2026-11-23T01:59", true),
            ("2026-11-23T02:00", false),
            ("2026-11-23T08:00", true),
            ("2026-11-23T17:29", true),
            ("2026-11-23T17:30", false),
            ("2026-11-24T01:00", false),
            ("2026-11-27T21:59", false),
            ("2026-11-27T22:00", true),
        ] {
            assert_eq!(hours.hold(at.parse().unwrap()), expected, "{at}");
        }
        let always: Hours = "sat-fri 0-24:00".parse().unwrap();
        assert!(always.hold("2026-11-25T23:59".parse().unwrap()));
        for text in ["", "mon", "mon 8", "mon 24:00-8", "xyz 8-9", "mon 8-9;"] {
            assert!(text.parse::<Hours>().is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(minutes in 0u16..1440, junk in ".{0,20}") {
            let time = TimeOfDay(minutes);
            prop_assert_eq!(time.to_string().parse(), Ok(time));
            if let Ok(hours) = junk.parse::<Hours>() {
                prop_assert_eq!(hours.to_string().parse(), Ok(hours));
            }
        }
    }
}
