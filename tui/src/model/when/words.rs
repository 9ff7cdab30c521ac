//! The words of a time: what was said, before anybody looks at a calendar.

use super::Weekday;
use jiff::civil::{Date, Time};

/// The longest text that is read, in words: more is no time.
const WORDS_MAX: usize = 8;

/// What was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// So much later.
    After {
        /// Whole days, at this time of day.
        days: i64,
        /// Minutes by the clock on top.
        minutes: i64,
    },
    /// On a day, at a time of day where one was said.
    On {
        /// Which day.
        day: Day,
        /// When.
        time: Option<Time>,
    },
}

/// Which day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Day {
    /// The one that comes first: a time of day was all that was said.
    Next,
    /// This one.
    Today,
    /// The one after.
    Tomorrow,
    /// The next one of this name, today included.
    Week(Weekday),
    /// The one of this name in the week that begins next Monday.
    NextWeek(Weekday),
    /// A day of this year or the next.
    Of {
        /// 1 to 12.
        month: i8,
        /// 1 to 31.
        day: i8,
    },
    /// One day.
    Date(Date),
}

/// Reads it; none where it is no time.
pub(super) fn parse(text: &str) -> Option<Said> {
    let text = text.to_lowercase().replace(',', " ");
    let little = ["in", "at", "on", "until", "the"];
    let words: Vec<&str> = text
        .split_whitespace()
        .filter(|word| !little.contains(word))
        .take(WORDS_MAX + 1)
        .collect();
    if words.is_empty() || words.len() > WORDS_MAX {
        return None;
    }
    if let Some((days, minutes)) = duration(&words) {
        return Some(Said::After { days, minutes });
    }
    if let Some(time) = time(&words) {
        let (day, time) = (Day::Next, Some(time));
        return Some(Said::On { day, time });
    }
    if words == ["tonight"] {
        let time = Time::new(20, 0, 0, 0).ok();
        let day = Day::Today;
        return Some(Said::On { day, time });
    }
    day_and_time(&words).or_else(|| time_and_day(&words))
}

/// The longest day that leaves a time or nothing: `24 dec 9` is a day and a time.
fn day_and_time(words: &[&str]) -> Option<Said> {
    (1..=words.len()).rev().find_map(|at| {
        let (before, behind) = words.split_at(at);
        let day = day(before)?;
        let time = match behind {
            [] => None,
            _ => Some(time(behind)?),
        };
        Some(Said::On { day, time })
    })
}

/// The shortest time that leaves a day: `9 tomorrow`, `18:00 on fri`.
fn time_and_day(words: &[&str]) -> Option<Said> {
    (1..words.len()).find_map(|at| {
        let (before, behind) = words.split_at(at);
        let (time, day) = (Some(time(before)?), day(behind)?);
        Some(Said::On { day, time })
    })
}

/// `2h`, `1h30m`, `90 minutes`, `3d`, `2 weeks`: days and minutes.
fn duration(words: &[&str]) -> Option<(i64, i64)> {
    let text = words.concat();
    let mut rest = text.as_str();
    let (mut days, mut minutes) = (0_i64, 0_i64);
    while !rest.is_empty() {
        let (number, behind) = split(rest, |c| c.is_ascii_digit());
        let (unit, behind) = split(behind, char::is_alphabetic);
        let number: i64 = number.parse().ok()?;
        let (sum, factor) = match unit {
            "m" | "min" | "mins" | "minute" | "minutes" => (&mut minutes, 1),
            "h" | "hr" | "hrs" | "hour" | "hours" => (&mut minutes, 60),
            "d" | "day" | "days" => (&mut days, 1),
            "w" | "wk" | "week" | "weeks" => (&mut days, 7),
            _ => return None,
        };
        *sum = sum.checked_add(number.checked_mul(factor)?)?;
        rest = behind;
    }
    Some((days, minutes))
}

/// `9`, `18:00`, `18.30`, `6pm`, `6:30 pm`, `noon`.
fn time(words: &[&str]) -> Option<Time> {
    let text = words.concat();
    if text == "noon" {
        return Time::new(12, 0, 0, 0).ok();
    }
    let (hour, behind) = split(&text, |c| c.is_ascii_digit());
    let hour: i8 = hour.parse().ok()?;
    let (minute, behind) = match behind.strip_prefix([':', '.']) {
        Some(behind) => {
            let (minute, behind) = split(behind, |c| c.is_ascii_digit());
            let two = Some(minute).filter(|minute| minute.len() == 2)?;
            (two.parse().ok()?, behind)
        }
        None => (0, behind),
    };
    let hour = match (behind, hour) {
        ("" | "h", _) => hour,
        ("am" | "a", 1..=11) | ("pm" | "p", 12) => hour,
        ("am" | "a", 12) => 0,
        ("pm" | "p", 1..=11) => hour + 12,
        _ => return None,
    };
    Time::new(hour, minute, 0, 0).ok()
}

/// `today`, `tomorrow`, `tue`, `next week`, `next tue`, `24 dec`, `dec 24 2026`, `2026-12-24`.
fn day(words: &[&str]) -> Option<Day> {
    match words {
        ["today"] => Some(Day::Today),
        ["tomorrow" | "tom" | "tmr"] => Some(Day::Tomorrow),
        ["next", "week"] => Some(Day::NextWeek(Weekday::Monday)),
        ["next", name] => Some(Day::NextWeek(weekday(name)?)),
        [one] => weekday(one)
            .map(Day::Week)
            .or_else(|| Some(Day::Date(one.parse().ok()?))),
        [a, b] => of(a, b).map(|(month, day)| Day::Of { month, day }),
        [a, b, year] => {
            let (month, day) = of(a, b)?;
            let year = Some(year).filter(|year| year.len() == 4)?;
            let date = Date::new(year.parse().ok()?, month, day).ok()?;
            Some(Day::Date(date))
        }
        _ => None,
    }
}

/// A month and a day, in either order.
fn of(a: &str, b: &str) -> Option<(i8, i8)> {
    let (month, number) = match (month(a), month(b)) {
        (Some(month), None) => (month, b),
        (None, Some(month)) => (month, a),
        _ => return None,
    };
    let (digits, behind) = split(number, |c| c.is_ascii_digit());
    let day: i8 = digits.parse().ok()?;
    let ordinal = ["", ".", "st", "nd", "rd", "th"].contains(&behind);
    // A leap day is one of a year, which is found later.
    let exists = Date::new(2024, month, day).is_ok();
    (ordinal && exists).then_some((month, day))
}

fn weekday(word: &str) -> Option<Weekday> {
    use Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
    let days = [
        Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday,
    ];
    let names = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    days.into_iter().nth(named(word, &names)?)
}

fn month(word: &str) -> Option<i8> {
    let names = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    i8::try_from(named(word, &names)? + 1).ok()
}

/// Which of the names it is, whole or begun with at least three letters.
fn named(word: &str, names: &[&str]) -> Option<usize> {
    let word = word.trim_end_matches('.');
    let long_enough = word.len() >= 3;
    names
        .iter()
        .position(|name| long_enough && name.starts_with(word))
}

/// The characters at the start that are of a kind, and the rest.
fn split(text: &str, kind: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !kind(c)).unwrap_or(text.len()))
}
