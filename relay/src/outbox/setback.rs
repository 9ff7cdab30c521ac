//! Notices that the wall clock went back. Texts are put off by its time, and would wait for as long
//! as it went back by. Pure: both clocks are parameters.

use smsdesk_common::time::Timestamp;

/// What two clocks may differ by from one look to the next without its being a jump, in
/// milliseconds: they are not read at the same moment, and a wall clock is slowed down by less.
const SLACK_MS: i64 = 200;

/// Compares the wall clock with one that never jumps.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    last: Option<(Timestamp, u64)>,
    /// By how much it went back that nobody has put right yet, in milliseconds.
    owed: Option<i64>,
}

impl Watch {
    /// Before the first look: it may have gone back while nobody looked.
    pub const fn new() -> Self {
        Self {
            last: None,
            owed: Some(0),
        }
    }

    /// By how many milliseconds the wall clock went back since that was last put right; none where
    /// it did not. `now_ms` are the milliseconds of the clock that never jumps.
    pub fn look(&mut self, now: Timestamp, now_ms: u64) -> Option<i64> {
        if let Some((then, then_ms)) = self.last {
            let passed = i64::try_from(now_ms.saturating_sub(then_ms)).unwrap_or(i64::MAX);
            let back = passed.saturating_sub(now.millis_since(then));
            if back > SLACK_MS {
                self.owed = Some(self.owed.unwrap_or(0).saturating_add(back));
            }
        }
        self.last = Some((now, now_ms));
        self.owed
    }

    /// Notes that it was put right.
    pub const fn settled(&mut self) {
        self.owed = None;
    }
}

impl Default for Watch {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    fn watch(at_ms: i64) -> Watch {
        let mut watch = Watch::new();
        watch.look(at(at_ms), 0);
        watch.settled();
        watch
    }

    proptest! {
        #[test]
        fn every_way_back_is_told_until_it_is_put_right_and_no_way_forward(
            jump in -100_000_000_i64..100_000_000,
            passed in 0_u32..100_000,
        ) {
            let mut watch = watch(200_000_000);
            let then = at(200_000_000 + i64::from(passed) + jump);
            let told = watch.look(then, u64::from(passed));
            prop_assert_eq!(told, (jump < -SLACK_MS).then_some(-jump));
            prop_assert_eq!(watch.look(then, u64::from(passed)), told, "nobody put it right");
            watch.settled();
            prop_assert_eq!(watch.look(then, u64::from(passed)), None);
        }
    }

    #[test]
    fn the_first_look_has_to_be_put_right_whatever_it_shows() {
        assert_eq!(Watch::new().look(at(5), 5), Some(0));
    }
}
