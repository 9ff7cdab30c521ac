//! For how long a text may wait for the provider, and what is said once it has waited for too long.
//! Pure: the time is a parameter.

use smsdesk_common::status::DeliveryError;
use smsdesk_common::time::Timestamp;

/// The shortest validity that Twilio takes, in seconds (twilio.com/docs/messaging/api/message-resource).
pub const VALIDITY_S_MIN: u32 = 1;
/// The longest validity that Twilio takes, in seconds.
pub const VALIDITY_S_MAX: u32 = 36_000;

/// For how many seconds more a text may wait that has waited since `since`; none once that is over.
/// A clock that was set back gives no text more time than it had at first.
pub fn remaining_s(since: Timestamp, now: Timestamp, validity_s: u32) -> Option<u32> {
    let left_ms = i64::from(validity_s) * 1_000 - now.millis_since(since).max(0);
    let left_s = u32::try_from(left_ms.max(0)).unwrap_or(0).div_ceil(1_000);
    (left_s > 0).then_some(left_s)
}

/// Since when the waiting of a text counts once a pause that began at `paused` ends at `now`.
pub fn forgiven(since: Timestamp, paused: Timestamp, now: Timestamp) -> Timestamp {
    if since < paused {
        since.plus_millis(now.millis_since(paused).max(0))
    } else {
        now
    }
}

/// Texts that wait since then or longer have waited for too long.
pub fn given_up_since(now: Timestamp, validity_s: u32) -> Timestamp {
    now.plus_millis(-i64::from(validity_s) * 1_000)
}

/// What is said of a text that has waited for too long. `last_code` is the provider's last reason
/// for not taking it.
pub fn given_up(validity_s: u32, last_code: Option<u32>) -> DeliveryError {
    let waited = span(validity_s);
    let text = match last_code {
        None => format!("not sent: waited {waited} for Twilio"),
        Some(code) => format!("not sent: waited {waited} for Twilio, last answer {code}"),
    };
    DeliveryError {
        code: DeliveryError::OURS,
        text,
    }
}

/// `4 hours`, `90 minutes`, `1 second`.
fn span(seconds: u32) -> String {
    let (count, unit) = match seconds {
        s if s >= 3_600 && s % 3_600 == 0 => (s / 3_600, "hour"),
        s if s >= 120 => (s / 60, "minute"),
        s => (s, "second"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    proptest! {
        #[test]
        fn what_remains_is_what_twilio_takes_and_nothing_once_it_is_over(
            validity_s in VALIDITY_S_MIN..=VALIDITY_S_MAX,
            waited_ms in -10_000_i64..50_000_000,
        ) {
            let left = remaining_s(at(1_000), at(1_000 + waited_ms), validity_s);
            let over = waited_ms >= i64::from(validity_s) * 1_000;
            prop_assert_eq!(left.is_none(), over);
            let given_up = at(1_000) <= given_up_since(at(1_000 + waited_ms), validity_s);
            prop_assert_eq!(given_up, over, "the sweep and the send agree");
            if let Some(left) = left {
                prop_assert!((VALIDITY_S_MIN..=validity_s).contains(&left), "{}", left);
            }
        }
    }

    #[test]
    fn a_pause_does_not_count_whether_the_text_came_before_or_during_it() {
        for (since, expected) in [
            (1_000, 6_000),
            (2_999, 7_999),
            (3_000, 8_000),
            (7_000, 8_000),
        ] {
            assert_eq!(forgiven(at(since), at(3_000), at(8_000)), at(expected));
        }
        assert_eq!(
            forgiven(at(1_000), at(3_000), at(2_000)),
            at(1_000),
            "a clock set back"
        );
    }

    #[test]
    fn it_is_said_in_words_for_how_long_a_text_waited() {
        for (validity_s, last_code, words) in [
            (14_400, None, "not sent: waited 4 hours for Twilio"),
            (3_600, None, "not sent: waited 1 hour for Twilio"),
            (
                5_400,
                Some(20_429),
                "not sent: waited 90 minutes for Twilio, last answer 20429",
            ),
            (90, None, "not sent: waited 90 seconds for Twilio"),
            (1, None, "not sent: waited 1 second for Twilio"),
        ] {
            let error = given_up(validity_s, last_code);
            assert_eq!(
                (error.code, error.text.as_str()),
                (DeliveryError::OURS, words)
            );
        }
    }
}
