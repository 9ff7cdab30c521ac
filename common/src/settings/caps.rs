//! How many texts nobody typed may go out: to one contact in one day, from one line in one minute.

use super::Settings;
use crate::phone::Address;
use crate::time::Timestamp;

/// A minute, over which a line's texts are counted, in milliseconds.
pub const MINUTE_MS: i64 = 60_000;

/// A cap that is set; zero is none.
#[must_use]
pub const fn cap(set: u32) -> Option<u32> {
    if set == 0 { None } else { Some(set) }
}

/// How many may go from a line in one minute; none for any number.
#[must_use]
pub fn of_line(settings: &Settings, line: &Address) -> Option<u32> {
    let own = settings.line(line.as_str()).and_then(|own| own.line_minute);
    cap(own.unwrap_or(settings.caps.line_minute))
}

/// When another text may go from a line that may send `cap` in one minute; none for at once.
/// `nth` is when the text went that lies `cap` texts back, `ahead` how many wait for their turn.
#[must_use]
pub fn turn(cap: u32, nth: Option<Timestamp>, ahead: u32, now: Timestamp) -> Option<Timestamp> {
    let free = nth?.plus_millis(MINUTE_MS);
    (free > now).then(|| {
        let minutes = i64::from(ahead / cap.max(1));
        free.plus_millis(minutes * MINUTE_MS)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_of_its_own_has_its_own_cap_and_zero_is_none() {
        let line = Address::from_twilio("+13125550100").unwrap();
        let mut settings = Settings::default();
        assert_eq!(of_line(&settings, &line), None);
        settings.caps.line_minute = 60;
        assert_eq!(of_line(&settings, &line), Some(60));
        let own = super::super::LineSettings {
            line_minute: Some(0),
            ..Default::default()
        };
        settings.lines.insert(line.as_str().to_owned(), own);
        assert_eq!(of_line(&settings, &line), None);
    }

    proptest! {
        #[test]
        fn no_minute_ever_has_more_texts_than_the_cap_and_all_of_them_go(
            cap in 1u32..5, asked in prop::collection::vec(0i64..200_000, 1..40),
        ) {
            let mut waiting = asked;
            waiting.sort_unstable();
            let mut went: Vec<i64> = Vec::new();
            let mut rounds = 0;
            while !waiting.is_empty() {
                rounds += 1;
                prop_assert!(rounds < 10_000);
                let now = waiting.remove(0);
                let at = went.len().checked_sub(cap as usize).map(|nth| went[nth]);
                let ahead = u32::try_from(waiting.len()).unwrap();
                let now_at = Timestamp::from_millis(now);
                match turn(cap, at.map(Timestamp::from_millis), ahead, now_at) {
                    None => went.push(now),
                    Some(later) => {
                        prop_assert!(later > now_at);
                        waiting.push(later.as_millis());
                        waiting.sort_unstable();
                    }
                }
            }
            for pair in went.windows(cap as usize + 1) {
                prop_assert!(pair[cap as usize] - pair[0] >= MINUTE_MS);
            }
        }
    }
}
