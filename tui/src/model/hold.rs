//! The moment between Enter and the wire, in which a text can be taken back.

use smsdesk_common::time::Timestamp;

/// The longest hold, in seconds: who wants to think for longer does not press Enter.
pub const HOLD_S_MAX: u16 = 60;

/// In how many seconds a text goes out that is held until then, rounded up, and in how many
/// milliseconds that changes; none where its time has come.
pub fn goes_in(until: Timestamp, now: Timestamp) -> Option<(i64, i64)> {
    let ms = until.millis_since(now);
    (ms > 0).then(|| {
        (
            ms.div_euclid(1_000) + i64::from(ms % 1_000 > 0),
            (ms - 1) % 1_000 + 1,
        )
    })
}

/// Two texts as one draft: what was taken back stands before what was written since.
pub fn before(taken_back: &str, written: &str) -> String {
    if written.trim().is_empty() {
        taken_back.to_owned()
    } else {
        format!("{taken_back}\n{written}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seconds_that_are_left_are_rounded_up_and_change_when_told() {
        let now = Timestamp::from_millis(0);
        for (ms, expected) in [
            (-1, None),
            (0, None),
            (1, Some((1, 1))),
            (1_000, Some((1, 1_000))),
            (1_001, Some((2, 1))),
            (2_500, Some((3, 500))),
        ] {
            assert_eq!(goes_in(Timestamp::from_millis(ms), now), expected, "{ms}");
        }
    }
}
