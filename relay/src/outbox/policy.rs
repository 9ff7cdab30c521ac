//! What follows from the outcome of handing a text over. Pure: outcome, count of tries and a
//! random number in; decision out. How long a text may wait in all is for `age` to say.

use crate::twilio::classify::{CreateOutcome, CreatedMessage};
use smsdesk_common::status::DeliveryError;

/// The first pause before a text is handed over again, in milliseconds.
const PAUSE_FIRST_MS: u64 = 500;
/// The longest pause, in milliseconds.
const PAUSE_MS_MAX: u64 = 60_000;
/// The shortest pause of a line whose queue at Twilio is full, in milliseconds: at one segment a
/// second few places become free in less.
const PAUSE_QUEUE_FULL_MS: u64 = 5_000;
/// Twilio's code for a sender's queue that is full.
const QUEUE_FULL: u32 = 21_611;

/// What to do with a text after an attempt.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// The provider has it.
    Record(Box<CreatedMessage>),
    /// It will never be taken.
    Fail(DeliveryError),
    /// It has waited for too long, whatever the provider would say.
    GiveUp(DeliveryError),
    /// It was provably not taken; try again after a pause.
    Again {
        /// Milliseconds.
        after_ms: u64,
        /// The provider's code for it, where it said one.
        code: Option<u32>,
    },
    /// It was provably not taken, and neither would be any other of its line: the line is asked to
    /// wait, or its queue at the provider is full.
    Hold {
        /// Milliseconds.
        after_ms: u64,
        /// The provider's code for it, where it said one.
        code: Option<u32>,
    },
    /// The account takes nothing, whatever the text: all its lines pause until it does.
    Pause(DeliveryError),
    /// Nobody knows; it is not tried again by itself.
    Unknown,
}

/// Decides. `attempts` counts this one; `random` is uniform over all values.
pub fn decide(outcome: CreateOutcome, attempts: u32, random: u64) -> Decision {
    match outcome {
        CreateOutcome::Accepted(message) => Decision::Record(Box::new(message)),
        CreateOutcome::Rejected { error } => Decision::Fail(error),
        CreateOutcome::Ambiguous { .. } => Decision::Unknown,
        CreateOutcome::AccountRefused { error } => Decision::Pause(error),
        CreateOutcome::RetryLater { after, error } => {
            let code = error.map(|error| error.code);
            let pause = pause(attempts, random);
            match (after, code) {
                (Some(after), _) => {
                    let asked = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
                    let after_ms = asked.saturating_add(pause);
                    Decision::Hold { after_ms, code }
                }
                (None, Some(QUEUE_FULL)) => {
                    let after_ms = PAUSE_QUEUE_FULL_MS + pause;
                    Decision::Hold { after_ms, code }
                }
                (None, _) => Decision::Again {
                    after_ms: pause,
                    code,
                },
            }
        }
    }
}

/// Full jitter: anything from nothing to a ceiling that doubles with each try. At least a little,
/// so that a fault does not become a storm.
fn pause(attempts: u32, random: u64) -> u64 {
    let doublings = attempts.saturating_sub(1).min(16);
    let ceiling = PAUSE_FIRST_MS
        .saturating_mul(1 << doublings)
        .min(PAUSE_MS_MAX);
    ceiling / 10 + random % (ceiling - ceiling / 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    fn later(after: Option<Duration>, code: Option<u32>, attempts: u32, random: u64) -> Decision {
        let text = String::new();
        let error = code.map(|code| DeliveryError { code, text });
        decide(CreateOutcome::RetryLater { after, error }, attempts, random)
    }

    proptest! {
        #[test]
        fn a_pause_is_never_nothing_and_never_for_ever(attempts: u32, random: u64) {
            let Decision::Again { after_ms, code } = later(None, Some(20_429), attempts, random)
            else {
                panic!("it is tried again");
            };
            prop_assert!((PAUSE_FIRST_MS / 10..PAUSE_MS_MAX).contains(&after_ms), "{}", after_ms);
            prop_assert_eq!(code, Some(20_429));
        }

        #[test]
        fn no_number_of_tries_makes_a_text_fail_that_may_still_be_taken(
            attempts: u32,
            after in prop::option::of(0..1_000_u64),
            code in prop::option::of(10_001..70_000_u32),
        ) {
            let decision = later(after.map(Duration::from_secs), code, attempts, 0);
            let waits = matches!(decision, Decision::Again { .. } | Decision::Hold { .. });
            prop_assert!(waits, "{:?}", decision);
        }
    }

    #[test]
    fn what_the_provider_asks_for_is_waited_at_least_and_by_the_whole_line() {
        for seconds in [7, 120, 900] {
            let asked = Some(Duration::from_secs(seconds));
            let Decision::Hold { after_ms, .. } = later(asked, Some(20_429), 1, 0) else {
                panic!("the line waits");
            };
            assert!(after_ms >= seconds * 1_000, "{after_ms}");
        }
    }

    #[test]
    fn a_full_queue_holds_its_line_and_a_single_refusal_only_its_text() {
        let full = later(None, Some(QUEUE_FULL), 1, 0);
        assert!(
            matches!(full, Decision::Hold { after_ms, .. } if after_ms >= PAUSE_QUEUE_FULL_MS),
            "{full:?}"
        );
        for code in [None, Some(20_429), Some(429)] {
            let single = later(None, code, 1, 0);
            assert!(matches!(single, Decision::Again { .. }), "{single:?}");
        }
    }

    #[test]
    fn a_refused_account_is_never_held_against_the_text() {
        let error = DeliveryError {
            code: 20_003,
            text: "who are you?".to_owned(),
        };
        let refused = CreateOutcome::AccountRefused {
            error: error.clone(),
        };
        for attempts in [1, 1_000, u32::MAX] {
            let decision = decide(refused.clone(), attempts, 0);
            assert_eq!(decision, Decision::Pause(error.clone()));
        }
    }
}
