//! How far two clocks are apart, by the `Date` of answers over HTTP.
//!
//! A `Date` has whole seconds, and was written at some moment between the question and its answer.
//! So each answer says between which bounds the difference lies; several narrow them down, however
//! slow the network is.

use crate::time::Timestamp;

/// What a `Date` leaves open, in milliseconds.
const DATE_MS: i64 = 1_000;

/// One answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// When it was asked for, by this machine's clock.
    pub asked: Timestamp,
    /// When it came, by this machine's clock.
    pub came: Timestamp,
    /// What it said.
    pub said: Timestamp,
}

/// A date as HTTP writes it (RFC 9110, 5.6.7).
pub fn http_date(text: &str) -> Option<Timestamp> {
    let zoned = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(Timestamp::from_millis(zoned.timestamp().as_millisecond()))
}

/// By how much this clock is behind at least and at most, in milliseconds; none without an answer.
pub fn bounds(samples: &[Sample]) -> Option<(i64, i64)> {
    let least = samples.iter().map(|it| it.said.millis_since(it.came)).max();
    let most = samples.iter().map(|it| it.said.millis_since(it.asked));
    let most = most.map(|most| most.saturating_add(DATE_MS)).min();
    // A clock that was set in between makes them cross.
    let bounds = least.zip(most);
    bounds.map(|(least, most)| (least.min(most), least.max(most)))
}

/// By how much this clock is behind for certain, in milliseconds: negative where it is ahead, zero
/// where it may well agree.
pub fn certain(samples: &[Sample]) -> Option<i64> {
    let (least, most) = bounds(samples)?;
    Some(if least > 0 { least } else { most.min(0) })
}

/// That in words: `60 s behind`, `3 min ahead of`.
pub fn words(behind: i64) -> String {
    let which = if behind > 0 { "behind" } else { "ahead of" };
    let seconds = behind.unsigned_abs() / 1_000;
    match seconds {
        0..120 => format!("{seconds} s {which}"),
        120..7_200 => format!("{} min {which}", seconds / 60),
        _ => format!("{} h {which}", seconds / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// An answer as a clock sees it that is `behind` by so much.
    fn seen(behind: i64, asked: i64, there: i64, back: i64) -> Sample {
        let written = asked + there;
        Sample {
            asked: Timestamp::from_millis(asked - behind),
            came: Timestamp::from_millis(written + back - behind),
            said: Timestamp::from_millis(written.div_euclid(DATE_MS) * DATE_MS),
        }
    }

    proptest! {
        #[test]
        fn the_true_difference_is_always_within_the_bounds(
            behind in -1_000_000..1_000_000_i64,
            times in prop::collection::vec((0..10_000_i64, 0..5_000_i64, 0..5_000_i64), 1..4),
        ) {
            let samples: Vec<_> = times
                .iter()
                .map(|(asked, there, back)| seen(behind, 1_700_000_000_000 + asked, *there, *back))
                .collect();
            let (least, most) = bounds(&samples).unwrap();
            prop_assert!(least <= behind && behind <= most, "{least} {behind} {most}");
            let certain = certain(&samples).unwrap();
            prop_assert!(certain.abs() <= behind.abs(), "{certain} {behind}");
        }
    }

    #[test]
    fn an_answer_that_took_long_says_little() {
        let quick = seen(60_000, 1_700_000_000_100, 40, 40);
        let slow = seen(200_000, 1_700_000_000_000, 250_000, 250_000);
        assert!(certain(&[quick]).unwrap() > 58_000);
        assert_eq!(certain(&[slow]), Some(0));
        assert_eq!(certain(&[]), None);
    }

    #[test]
    fn the_difference_is_told_in_a_unit_that_fits() {
        for (behind, expected) in [
            (59_900, "59 s behind"),
            (-180_000, "3 min ahead of"),
            (7_200_000, "2 h behind"),
        ] {
            assert_eq!(words(behind), expected);
        }
    }

    #[test]
    fn the_date_of_http_is_read() {
        let read = http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(read.to_rfc3339(), "1994-11-06T08:49:37.000Z");
        assert_eq!(http_date("yesterday"), None);
    }
}
