//! How long the newest of many things took, in the two figures that people ask for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// The most durations that are kept: enough that one of a hundred is told from the worst one, and
/// few enough that yesterday's trouble is forgotten.
pub const KEPT_MAX: usize = 1_024;

/// The newest durations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Latencies {
    newest: VecDeque<u64>,
}

/// What half of them and what all but one in a hundred did not exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Spread {
    /// How many were looked at.
    pub count: u64,
    /// Half of them took at most so long, in microseconds.
    pub p50_us: u64,
    /// Of a hundred 99 took at most so long, in microseconds.
    pub p99_us: u64,
}

impl Latencies {
    /// Takes one more, in microseconds; the oldest goes where there are too many.
    pub fn add(&mut self, us: u64) {
        if self.newest.len() >= KEPT_MAX {
            self.newest.pop_front();
        }
        self.newest.push_back(us);
    }

    /// How they spread; none where there are none.
    pub fn spread(&self) -> Option<Spread> {
        spread(self.newest.iter().copied())
    }
}

/// How durations spread, in microseconds; none where there are none.
pub fn spread(durations: impl IntoIterator<Item = u64>) -> Option<Spread> {
    let mut sorted: Vec<u64> = durations.into_iter().collect();
    sorted.sort_unstable();
    Some(Spread {
        count: u64::try_from(sorted.len()).unwrap_or(u64::MAX),
        p50_us: at(&sorted, 50)?,
        p99_us: at(&sorted, 99)?,
    })
}

/// The smallest one that so many of a hundred do not exceed.
fn at(sorted: &[u64], percent: usize) -> Option<u64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

/// A duration as people read it: `640 µs`, `1.8 ms`, `42 ms`, `1.2 s`, `75 s`.
pub fn spelled(us: u64) -> String {
    let tenths = |unit: u64| (us + unit / 20) / (unit / 10);
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..9_950 => format!("{}.{} ms", tenths(1_000) / 10, tenths(1_000) % 10),
        9_950..999_500 => format!("{} ms", (us + 500) / 1_000),
        999_500..9_950_000 => format!("{}.{} s", tenths(1_000_000) / 10, tenths(1_000_000) % 10),
        _ => format!("{} s", us.saturating_add(500_000) / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn of_a_hundred_the_fiftieth_and_the_ninety_ninth_are_told() {
        let told = spread((1..=100).rev()).unwrap();
        assert_eq!((told.count, told.p50_us, told.p99_us), (100, 50, 99));
        let one = spread([7]).unwrap();
        assert_eq!((one.count, one.p50_us, one.p99_us), (1, 7, 7));
        assert_eq!(spread([]), None);
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let mut latencies = Latencies::default();
        assert_eq!(latencies.spread(), None);
        latencies.add(u64::MAX);
        (0..KEPT_MAX).for_each(|_| latencies.add(5));
        let told = latencies.spread().unwrap();
        assert_eq!((told.count, told.p99_us), (1_024, 5));
    }

    #[test]
    fn durations_are_told_with_two_digits_that_matter() {
        for (us, words) in [
            (0, "0 µs"),
            (999, "999 µs"),
            (1_000, "1.0 ms"),
            (1_849, "1.8 ms"),
            (9_949, "9.9 ms"),
            (9_950, "10 ms"),
            (999_499, "999 ms"),
            (999_500, "1.0 s"),
            (1_240_000, "1.2 s"),
            (75_400_000, "75 s"),
            (u64::MAX, "18446744073709 s"),
        ] {
            assert_eq!(spelled(us), words);
        }
    }

    proptest! {
        #[test]
        fn in_any_order_they_spread_the_same_and_stand_among_themselves(
            durations in prop::collection::vec(0_u64..1_000_000, 1..300),
        ) {
            let told = spread(durations.iter().copied()).unwrap();
            prop_assert_eq!(spread(durations.iter().rev().copied()), Some(told));
            prop_assert!(durations.contains(&told.p50_us) && durations.contains(&told.p99_us));
            prop_assert!(told.p50_us <= told.p99_us);
            let within = durations.iter().filter(|it| **it <= told.p99_us).count();
            prop_assert!(within * 100 >= durations.len() * 99);
        }
    }
}
