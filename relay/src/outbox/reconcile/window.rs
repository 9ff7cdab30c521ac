//! How far back a walk through a list has to go. Pure.

use crate::outbox::cadence::Cadence;
use smsdesk_common::time::Timestamp;

/// What is known of a list's completed walks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Completed {
    /// Up to when the list was read without a gap.
    pub through: Option<Timestamp>,
    /// When the last wide walk began.
    pub wide_at: Option<Timestamp>,
}

/// How far back to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// From here on.
    pub since: Timestamp,
    /// Whether it counts as a wide one.
    pub wide: bool,
}

/// The window of a walk that begins `now`: back to where the list is known and a good way below,
/// for lists lag, however long the stop was; all the usual way at least once a day, and where nothing
/// is known.
#[must_use]
pub fn window(now: Timestamp, completed: Completed, cadence: &Cadence) -> Window {
    let farthest = now.plus_millis(-cadence.wide_ms);
    let is_recent = |at: Timestamp| (0..cadence.wide_every_ms).contains(&now.millis_since(at));
    // A clock that was put back leaves a time to come behind.
    let known = |through: Timestamp| through.min(now).plus_millis(-cadence.overlap_ms);
    let known = completed.through.map(known);
    match (known, completed.wide_at.is_some_and(is_recent)) {
        (Some(since), true) => Window { since, wide: false },
        (known, _) => Window {
            since: known.map_or(farthest, |known| known.min(farthest)),
            wide: true,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CADENCE: Cadence = Cadence::STANDARD;
    const HOUR: i64 = 3_600_000;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    fn after(now: i64, through: i64, wide_at: i64) -> Window {
        let completed = Completed {
            through: Some(at(through)),
            wide_at: Some(at(wide_at)),
        };
        window(at(now), completed, &CADENCE)
    }

    #[test]
    fn a_first_walk_and_one_a_day_go_all_the_way() {
        let now = 1_000 * HOUR;
        let all = Window {
            since: at(now - 72 * HOUR),
            wide: true,
        };
        assert_eq!(window(at(now), Completed::default(), &CADENCE), all);
        assert_eq!(after(now, now - 1, now - 24 * HOUR), all);
        assert!(!after(now, now - 1, now - 24 * HOUR + 1).wide);
    }

    #[test]
    fn after_a_stop_a_walk_goes_back_to_where_the_last_one_ended_however_long_it_was() {
        let now = 1_000 * HOUR;
        let stopped = after(now, now - 7 * HOUR, now - 20 * HOUR);
        assert_eq!(stopped.since, at(now - 7 * HOUR - CADENCE.overlap_ms));
        let long = after(now, now - 900 * HOUR, now - 900 * HOUR);
        assert_eq!(long.since, at(now - 900 * HOUR - CADENCE.overlap_ms));
    }

    proptest! {
        #[test]
        fn no_walk_leaves_a_gap_behind_the_last_one(
            now in 0..HOUR * 10_000,
            through in 0..HOUR * 10_000,
            wide_at in 0..HOUR * 10_000,
        ) {
            let window = after(now, through, wide_at);
            let reach = now - window.since.as_millis();
            prop_assert!(reach >= CADENCE.overlap_ms);
            prop_assert!(!window.wide || reach >= CADENCE.wide_ms);
            prop_assert!(window.since <= at(through - CADENCE.overlap_ms) || through > now);
        }
    }
}
