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
    /// Nobody knows; it is not tried again by itself.
    Unknown,
}

/// Decides. `attempts` counts this one; `random` is uniform over all values.
pub fn decide(outcome: CreateOutcome, attempts: u32, random: u64) -> Decision {
    match outcome {
        CreateOutcome::Accepted(message) => Decision::Record(Box::new(message)),
        CreateOutcome::Rejected { error } => Decision::Fail(error),
        CreateOutcome::RetryLater { after, .. } => {
            let asked = after.map_or(0, |after| u64::try_from(after.as_millis()).unwrap_or(0));
            Decision::Again {
                after_ms: asked.min(PAUSE_MS_MAX) + pause(attempts, random),
            }
        }
        CreateOutcome::AccountRefused { .. } => Decision::Again {
            after_ms: PAUSE_REFUSED_MS,
        },
        CreateOutcome::Ambiguous { .. } => Decision::Unknown,
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
        fn a_pause_is_never_nothing_and_never_for_ever(attempts in 1u32.., random: u64) {
            let pause = again(None, attempts, random);
            prop_assert!((PAUSE_FIRST_MS / 10..PAUSE_MS_MAX).contains(&pause), "{}", pause);
        }
    }

    #[test]
    fn what_the_provider_asks_for_is_waited_at_least() {
        assert!(again(Some(Duration::from_secs(7)), 1, 0) >= 7_000);
    }
}
