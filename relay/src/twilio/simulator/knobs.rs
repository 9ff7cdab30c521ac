//! What can be made to go wrong, and how often.
//!
//! Knobs are data: this module never acts on them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How often something happens, from 0 (never) to 1 (always).
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Rate(f64);

impl Rate {
    /// It never happens.
    pub const NEVER: Self = Self(0.0);
    /// It happens every time.
    pub const ALWAYS: Self = Self(1.0);

    /// The rate as a number from 0 to 1.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Rate {
    type Error = OutOfRange;

    fn try_from(value: f64) -> Result<Self, OutOfRange> {
        if (0.0..=1.0).contains(&value) {
            Ok(Self(value))
        } else {
            Err(OutOfRange("0 to 1"))
        }
    }
}

impl From<Rate> for f64 {
    fn from(rate: Rate) -> Self {
        rate.0
    }
}

/// A wait in milliseconds, at most [`Millis::MAX`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Millis(u64);

impl Millis {
    /// One hour: longer than any time-out worth provoking.
    pub const MAX: Self = Self(3_600_000);

    /// No wait.
    pub const ZERO: Self = Self(0);

    /// The wait in milliseconds.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl TryFrom<u64> for Millis {
    type Error = OutOfRange;

    fn try_from(value: u64) -> Result<Self, OutOfRange> {
        if value <= Self::MAX.0 {
            Ok(Self(value))
        } else {
            Err(OutOfRange("at most 3600000 milliseconds"))
        }
    }
}

impl From<Millis> for u64 {
    fn from(millis: Millis) -> Self {
        millis.0
    }
}

/// A knob's value beyond its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {0}")]
pub struct OutOfRange(&'static str);

/// Everything that can be made to go wrong. The default is a network without faults.
///
/// Rates are rolled once per request, message, webhook or callback, as each one says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Knobs {
    /// Per create: the message is accepted, then the connection closes without an answer.
    pub drop_answer: Rate,
    /// Per REST request: 429 with code 20429; nothing was done.
    pub http_429: Rate,
    /// Per REST request: 500 with code 20500; nothing was done.
    pub http_500: Rate,
    /// Per create: 500 with code 20500, although the message was accepted.
    pub http_500_accepted: Rate,
    /// Per REST request: 503 with a body that is not JSON, as edges send; nothing was done.
    pub http_503: Rate,
    /// Every REST answer waits this long after the work was done.
    pub slow_ms: Millis,
    /// A message appears in lists only when it is this old; a fetch by SID finds it at once.
    pub list_lag_ms: Millis,
    /// Per inbound message: no webhook is sent; the message stands in the list only.
    pub lose_webhooks: Rate,
    /// Per inbound message: the webhook is sent twice, with two idempotency tokens.
    pub duplicate_webhooks: Rate,
    /// Per status callback: it is never sent.
    pub lose_callbacks: Rate,
    /// Per status callback: it is sent twice.
    pub duplicate_callbacks: Rate,
    /// Per outbound message: its callbacks come at the end, in an order that is not the true one.
    pub shuffle_callbacks: Rate,
    /// Every status callback waits this long after the status was reached.
    pub delay_callbacks_ms: Millis,
    /// Per status callback: it waits [`Self::late_ms`] more.
    pub late_callbacks: Rate,
    /// How late a late callback is.
    pub late_ms: Millis,
    /// Per create: the first callback arrives before the create's answer.
    pub early_callbacks: Rate,
    /// Per outbound message: there is a callback for `sending` as well.
    pub sending_callbacks: Rate,
    /// Per outbound message: it ends `undelivered` with 30003.
    pub delivery_failure: Rate,
    /// Per outbound message: it stays `sent`, as where the carrier sends no receipt.
    pub no_receipt: Rate,
}

impl Knobs {
    /// These knobs with those in `changes` turned; the rest stay.
    ///
    /// # Errors
    /// The first key that does not exist or whose value does not fit, by name.
    pub fn turned(&self, changes: &Map<String, Value>) -> Result<Self, KnobError> {
        let mut turned = self.clone();
        let mut all = match serde_json::to_value(self) {
            Ok(Value::Object(all)) => all,
            // A struct of numbers always becomes an object.
            Ok(_) | Err(_) => Map::new(),
        };
        for (key, value) in changes {
            all.insert(key.clone(), value.clone());
            turned =
                serde_json::from_value(Value::Object(all.clone())).map_err(|error| KnobError {
                    knob: key.clone(),
                    reason: error.to_string(),
                })?;
        }
        Ok(turned)
    }
}

/// A knob that cannot be turned as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("knob {knob}: {reason}")]
pub struct KnobError {
    /// The key that was refused.
    pub knob: String,
    /// Why.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn turn(changes: &Value) -> Result<Knobs, KnobError> {
        let before = Knobs {
            slow_ms: Millis(40),
            ..Knobs::default()
        };
        before.turned(changes.as_object().unwrap())
    }

    #[test]
    fn a_partial_change_leaves_the_other_knobs_alone() {
        let knobs = turn(&json!({"drop_answer": 0.5, "late_ms": 10})).unwrap();
        assert_eq!(knobs.drop_answer, Rate(0.5));
        assert_eq!(knobs.late_ms, Millis(10));
        assert_eq!(knobs.slow_ms, Millis(40));
    }

    #[test]
    fn a_refusal_names_the_key() {
        for (changes, key) in [
            (json!({"http_418": 1}), "http_418"),
            (json!({"http_429": 1.5}), "http_429"),
            (json!({"http_429": -0.1}), "http_429"),
            (json!({"slow_ms": -1}), "slow_ms"),
            (json!({"slow_ms": 3_600_001}), "slow_ms"),
            (json!({"lose_callbacks": "often"}), "lose_callbacks"),
        ] {
            assert_eq!(turn(&changes).unwrap_err().knob, key);
        }
    }
}
