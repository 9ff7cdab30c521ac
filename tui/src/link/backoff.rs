//! How long to wait before the next try. Randomness and time are parameters.
//!
//! Full jitter: each pause is anything from nothing to a bound that doubles with every failure.
//! So a thousand terminals that lost one relay do not come back in step.

use std::time::Duration;

/// The bound of the first pause, in milliseconds: a lost packet is hardly felt.
const PAUSE_MS_FIRST: u64 = 250;
/// The bound of every later pause, in milliseconds: an agent who waits for the network sees it
/// come back within half a minute.
const PAUSE_MS_MAX: u64 = 30_000;
/// How long a connection must have held before its loss counts as the first one again. Without
/// it, a relay that takes connections and drops them would be hammered.
const STABLE_AFTER: Duration = Duration::from_secs(60);
/// The longest pause that a relay may ask for, in milliseconds: five minutes.
const ASKED_MS_MAX: u64 = 300_000;

/// A random number, all values equally likely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roll(pub u64);

impl Roll {
    /// A duration from zero up to `most`.
    pub fn up_to(self, most: Duration) -> Duration {
        let most = u128::from(u64::try_from(most.as_nanos()).unwrap_or(u64::MAX));
        let nanos = (most * u128::from(self.0)) >> 64;
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

/// Remembers how many tries have failed in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ladder {
    failures: u32,
}

impl Ladder {
    /// How long to wait after one more failure of something that had worked for `held`.
    pub fn pause(&mut self, held: Duration, roll: Roll) -> Duration {
        if held >= STABLE_AFTER {
            self.failures = 0;
        }
        let doubled = PAUSE_MS_FIRST
            .checked_shl(self.failures.min(32))
            .unwrap_or(PAUSE_MS_MAX);
        self.failures = self.failures.saturating_add(1);
        roll.up_to(Duration::from_millis(doubled.min(PAUSE_MS_MAX)))
    }
}

/// How long to wait where the relay asked to stay away for `after_ms` and up to `spread_ms` more.
pub fn asked(after_ms: u64, spread_ms: u64, roll: Roll) -> Duration {
    let spread = roll.up_to(Duration::from_millis(spread_ms.min(ASKED_MS_MAX)));
    let most = Duration::from_millis(ASKED_MS_MAX);
    Duration::from_millis(after_ms.min(ASKED_MS_MAX))
        .saturating_add(spread)
        .min(most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HIGHEST: Roll = Roll(u64::MAX);

    #[test]
    fn the_bound_doubles_up_to_half_a_minute() {
        let mut ladder = Ladder::default();
        let bounds: Vec<u64> = (0..9)
            .map(|_| ladder.pause(Duration::ZERO, HIGHEST).as_secs_f64())
            .map(|seconds| (seconds * 1_000.0).round() as u64)
            .collect();
        assert_eq!(
            bounds,
            [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]
        );
    }

    #[test]
    fn only_a_connection_that_held_starts_the_ladder_anew() {
        let mut ladder = Ladder::default();
        for _ in 0..6 {
            ladder.pause(Duration::ZERO, HIGHEST);
        }
        let short = ladder.pause(STABLE_AFTER - Duration::from_millis(1), HIGHEST);
        assert!(short > Duration::from_secs(10));
        let stable = ladder.pause(STABLE_AFTER, HIGHEST);
        assert!(stable <= Duration::from_millis(PAUSE_MS_FIRST));
    }

    proptest! {
        #[test]
        fn a_pause_stays_within_its_bound_whatever_came_before(
            steps in proptest::collection::vec((any::<u64>(), 0u64..200), 1..80),
        ) {
            let mut ladder = Ladder::default();
            let mut bound = PAUSE_MS_FIRST;
            for (roll, held) in steps {
                if held >= 60 {
                    bound = PAUSE_MS_FIRST;
                }
                let pause = ladder.pause(Duration::from_secs(held), Roll(roll));
                prop_assert!(pause <= Duration::from_millis(bound));
                bound = (bound * 2).min(PAUSE_MS_MAX);
            }
        }

        #[test]
        fn pauses_are_spread_over_the_whole_bound(roll in any::<u64>(), most in 0u64..1 << 40) {
            let most = Duration::from_nanos(most);
            let pause = Roll(roll).up_to(most);
            let share = roll as f64 / 2f64.powi(64);
            prop_assert!((pause.as_nanos() as f64 - most.as_nanos() as f64 * share).abs() <= 1e4);
        }

        #[test]
        fn a_relay_gets_the_pause_that_it_asks_for_within_reason(
            after in any::<u64>(), spread in any::<u64>(), roll in any::<u64>(),
        ) {
            let pause = asked(after, spread, Roll(roll));
            prop_assert!(pause >= Duration::from_millis(after.min(ASKED_MS_MAX)));
            prop_assert!(pause <= Duration::from_millis(ASKED_MS_MAX));
        }
    }
}
