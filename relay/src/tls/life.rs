//! How long a certificate lives, when it is renewed, and how long to wait after a try that failed.

use super::der;
use smsdesk_common::time::Timestamp;

/// The last part of its life in which a certificate is renewed.
const LAST_PART: i64 = 3;
/// Renewals of many relays are spread over this part of the life before that.
const SPREAD_PART: i64 = 30;
/// With less left than this, somebody should look, in milliseconds: 14 days. Of a short life a
/// quarter: by then several tries have failed.
const WORRY_MS: i64 = 14 * DAY_MS;
const WORRY_PART: i64 = 4;
/// The pause after the first failure, in milliseconds; each further one triples it. So the first hour
/// has five tries, which is what Let's Encrypt allows to fail.
const PAUSE_MS: i64 = 60_000;
const PAUSE_FACTOR: i64 = 3;
/// The longest pause where the authority said no, in milliseconds.
const REFUSED_MS_MAX: i64 = DAY_MS;
/// The longest pause where it could not be asked, in milliseconds: that costs it nothing.
const UNREACHABLE_MS_MAX: i64 = 3_600_000;
/// The longest wait that an authority can ask for, in milliseconds: its limits count by weeks.
const ASKED_MS_MAX: i64 = 8 * DAY_MS;
/// A pause is at most this part longer than it has to be, so that relays do not come together.
const JITTER_PART: i64 = 10;
const DAY_MS: i64 = 86_400_000;

/// From when until when a certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// From then on.
    pub from: Timestamp,
    /// To the end of that second.
    pub until: Timestamp,
}

/// What is wrong with a life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worry {
    /// It has not begun: a clock is wrong.
    NotYet,
    /// It ends in so many days, and should have been renewed.
    Soon(i64),
    /// It has ended.
    Ended,
}

impl Life {
    /// What a certificate says (DER).
    pub fn of(certificate: &[u8]) -> Option<Self> {
        let (from, until) = der::validity(certificate)?;
        (from <= until).then_some(Self { from, until })
    }

    const fn ms(self) -> i64 {
        self.until.millis_since(self.from)
    }

    /// When it is time for the next one: a third of the life is left then, by `chance` a little
    /// more.
    pub fn renew_at(self, chance: u64) -> Timestamp {
        let spread = share(self.ms() / SPREAD_PART, chance);
        self.until.plus_millis(-(self.ms() / LAST_PART) - spread)
    }

    /// What somebody should be told of it.
    pub fn worry(self, now: Timestamp) -> Option<Worry> {
        let left = self.until.millis_since(now);
        if now < self.from {
            Some(Worry::NotYet)
        } else if left < 0 {
            Some(Worry::Ended)
        } else if left < WORRY_MS.min(self.ms() / WORRY_PART) {
            Some(Worry::Soon(left / DAY_MS))
        } else {
            None
        }
    }
}

/// Why there is no new certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setback {
    /// The authority could not be asked, or could not do its work.
    Unreachable,
    /// It said no.
    Refused,
}

/// How long to wait after so many failures in a row, in milliseconds; at least as long as the
/// authority asked for.
pub(super) fn pause_ms(setback: Setback, failures: u32, asked_s: Option<u64>, chance: u64) -> i64 {
    let most = match setback {
        Setback::Unreachable => UNREACHABLE_MS_MAX,
        Setback::Refused => REFUSED_MS_MAX,
    };
    let grown = PAUSE_MS.saturating_mul(PAUSE_FACTOR.saturating_pow(failures.saturating_sub(1)));
    let asked = asked_s.and_then(|seconds| i64::try_from(seconds).ok());
    let asked = asked.unwrap_or(0).saturating_mul(1_000).min(ASKED_MS_MAX);
    let pause = grown.min(most).max(asked);
    pause + share(pause / JITTER_PART, chance)
}

/// From nothing to `whole`, by `chance`.
fn share(whole: i64, chance: u64) -> i64 {
    let part = (i128::from(whole) * i128::from(chance)) >> 64;
    i64::try_from(part).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn at(days: i64) -> Timestamp {
        Timestamp::from_millis(days * DAY_MS)
    }

    const NINETY: Life = Life {
        from: at(100),
        until: at(190),
    };

    #[test]
    fn a_certificate_of_ninety_days_is_renewed_when_thirty_are_left() {
        assert_eq!(NINETY.renew_at(0), at(160));
        assert!(NINETY.renew_at(u64::MAX) > at(157));
        let short = Life {
            from: at(100),
            until: at(106),
        };
        assert_eq!(short.renew_at(0), at(104));
    }

    #[test]
    fn somebody_is_told_where_renewing_has_failed_for_long() {
        for (now, expected) in [
            (at(99), Some(Worry::NotYet)),
            (at(100), None),
            (at(160), None),
            (at(176), None),
            (at(177), Some(Worry::Soon(13))),
            (at(190), Some(Worry::Soon(0))),
            (at(191), Some(Worry::Ended)),
        ] {
            assert_eq!(NINETY.worry(now), expected, "{now:?}");
        }
        let week = Life {
            from: at(0),
            until: at(8),
        };
        assert_eq!(week.worry(at(5)), None, "not yet due for long");
        assert_eq!(week.worry(at(7)), Some(Worry::Soon(1)));
    }

    #[test]
    fn pauses_grow_from_a_minute_to_a_day() {
        let minutes = |setback, failures| pause_ms(setback, failures, None, 0) / 60_000;
        let refused: Vec<_> = (1..=9).map(|n| minutes(Setback::Refused, n)).collect();
        assert_eq!(refused, [1, 3, 9, 27, 81, 243, 729, 1_440, 1_440]);
        assert_eq!(minutes(Setback::Unreachable, 9), 60);
        assert_eq!(minutes(Setback::Refused, u32::MAX), 1_440);
        let hour = refused.iter().scan(0, |sum, pause| {
            *sum += pause;
            Some(*sum)
        });
        let in_the_first_hour = 1 + hour.take_while(|at| *at < 60).count();
        assert_eq!(in_the_first_hour, 5);
    }

    #[test]
    fn an_authority_that_asks_for_time_gets_it() {
        assert_eq!(pause_ms(Setback::Refused, 1, Some(7_200), 0), 7_200_000);
        assert_eq!(pause_ms(Setback::Refused, 9, Some(60), 0), DAY_MS);
        let long = pause_ms(Setback::Unreachable, 1, Some(u64::MAX), 0);
        assert_eq!(long, PAUSE_MS, "no number of seconds");
        let long = pause_ms(Setback::Refused, 1, Some(99_999_999), 0);
        assert_eq!(long, ASKED_MS_MAX);
    }

    proptest! {
        #[test]
        fn a_pause_is_never_shorter_and_little_longer(failures: u32, chance: u64, asked in 0_u64..90_000) {
            for setback in [Setback::Refused, Setback::Unreachable] {
                let least = pause_ms(setback, failures, Some(asked), 0);
                let pause = pause_ms(setback, failures, Some(asked), chance);
                prop_assert!(least <= pause && pause <= least + least / JITTER_PART);
            }
        }

        #[test]
        fn it_is_renewed_within_its_life(from in 0_i64..1_000_000, ms in 0_i64..1_000_000_000_000, chance: u64) {
            let from = Timestamp::from_millis(from);
            let life = Life { from, until: from.plus_millis(ms) };
            let at = life.renew_at(chance);
            prop_assert!(life.from <= at && at <= life.until);
        }
    }
}
