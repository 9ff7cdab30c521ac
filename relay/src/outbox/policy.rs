//! What follows from the outcome of handing a text over. Pure: outcome, count of tries and a
//! random number in; decision out.

use crate::twilio::classify::{CreateOutcome, CreatedMessage};
use smsdesk_common::status::DeliveryError;

/// The first pause before a text is handed over again, in milliseconds.
const PAUSE_FIRST_MS: u64 = 500;
/// The longest pause, in milliseconds.
const PAUSE_MS_MAX: u64 = 60_000;
/// The pause while the account itself is refused, in milliseconds: an operator must act.
const PAUSE_REFUSED_MS: u64 = 30_000;

/// How often a text is handed over before it fails: with a minute between the last ones that is
/// about four hours, and an answer that comes later than that would surprise.
const TRIES_MAX: u32 = 480;
/// Twilio's code for "unknown error", where it never said one.
const CODE_UNKNOWN: u32 = 30_008;

/// What to do with a text after an attempt.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// The provider has it.
    Record(Box<CreatedMessage>),
    /// It will never be taken.
    Fail(DeliveryError),
    /// It was provably not taken; try again after a pause.
    Again {
        /// Milliseconds.
        after_ms: u64,
    },
    /// The account takes nothing, whatever the text: all that waits on its line pauses.
    Pause {
        /// Milliseconds.
        after_ms: u64,
    },
    /// Nobody knows; it is not tried again by itself.
    Unknown,
}

/// Decides. `attempts` counts this one; `random` is uniform over all values.
pub fn decide(outcome: CreateOutcome, attempts: u32, random: u64) -> Decision {
    let (again, error) = match outcome {
        CreateOutcome::Accepted(message) => return Decision::Record(Box::new(message)),
        CreateOutcome::Rejected { error } => return Decision::Fail(error),
        CreateOutcome::Ambiguous { .. } => return Decision::Unknown,
        CreateOutcome::RetryLater { after, error } => {
            let asked = after.map_or(0, |after| u64::try_from(after.as_millis()).unwrap_or(0));
            let after_ms = asked + pause(attempts, random);
            (Decision::Again { after_ms }, error)
        }
        CreateOutcome::AccountRefused { error } => {
            let after_ms = PAUSE_REFUSED_MS;
            (Decision::Pause { after_ms }, Some(error))
        }
    };
    if attempts < TRIES_MAX {
        return again;
    }
    Decision::Fail(error.unwrap_or_else(|| DeliveryError {
        code: CODE_UNKNOWN,
        text: "Twilio could not be reached for hours".to_owned(),
    }))
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

    fn again(after: Option<Duration>, attempts: u32, random: u64) -> u64 {
        match decide(
            CreateOutcome::RetryLater { after, error: None },
            attempts,
            random,
        ) {
            Decision::Again { after_ms } => after_ms,
            other => panic!("{other:?}"),
        }
    }

    proptest! {
        #[test]
        fn a_pause_is_never_nothing_and_never_for_ever(attempts in 1..TRIES_MAX, random: u64) {
            let pause = again(None, attempts, random);
            prop_assert!((PAUSE_FIRST_MS / 10..PAUSE_MS_MAX).contains(&pause), "{}", pause);
        }
    }

    #[test]
    fn what_the_provider_asks_for_is_waited_at_least() {
        for seconds in [7, 120, 900] {
            let pause = again(Some(Duration::from_secs(seconds)), 1, 0);
            assert!(pause >= seconds * 1_000, "{pause}");
        }
    }

    #[test]
    fn a_text_that_is_never_taken_fails_in_the_end_with_the_last_reason() {
        let told = DeliveryError {
            code: 20_429,
            text: "too many".to_owned(),
        };
        let later = |error| CreateOutcome::RetryLater { after: None, error };
        let last = decide(later(Some(told.clone())), TRIES_MAX, 0);
        assert_eq!(last, Decision::Fail(told.clone()));
        let refused = CreateOutcome::AccountRefused {
            error: told.clone(),
        };
        let pause = Decision::Pause {
            after_ms: PAUSE_REFUSED_MS,
        };
        assert_eq!(decide(refused.clone(), 1, 0), pause);
        assert_eq!(decide(refused, TRIES_MAX, 0), Decision::Fail(told));
        assert!(
            matches!(decide(later(None), TRIES_MAX, 0), Decision::Fail(error) if error.code > 0)
        );
    }
}
