//! Our own addresses: the numbers and services that customers write to.

use crate::ids::Seq;
use crate::phone::Address;
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An address of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    /// The address itself: a phone number, `whatsapp:+…`, or a messaging service `MG…`.
    pub id: Address,
    /// The commit that last touched this record.
    pub seq: Seq,
    /// What the team calls it, where it has a name.
    #[serde(default)]
    pub name: Option<String>,
    /// False once the configuration no longer lists it; old conversations still show it.
    #[serde(default = "yes")]
    pub active: bool,
    /// Set while nothing is sent from it, because the provider refuses the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Paused>,
}

/// Why nothing is sent from a line. Its texts wait, all of them, and go out once the provider takes
/// them again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "LinePaused")]
pub struct Paused {
    /// When the provider refused for the first time.
    pub since: Timestamp,
    /// The provider's error code, or the HTTP status for want of one.
    pub code: u32,
    /// What it means, in words; they may be the provider's.
    pub text: String,
}

const fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_peer_that_knows_no_pause_is_read_as_one_that_sends() {
        let line: Line = serde_json::from_str(r#"{"id":"+15557122661","seq":7}"#).unwrap();
        assert!(line.active && line.paused.is_none());
        let written = serde_json::to_string(&line).unwrap();
        assert!(!written.contains("paused"), "{written}");
    }

    #[test]
    fn a_peer_that_knows_no_pause_reads_a_line_that_has_one() {
        /// The record as it was before lines could pause.
        #[derive(Deserialize)]
        struct Older {
            id: Address,
            active: bool,
        }
        let text = r#"{"id":"+15557122661","seq":7,"name":null,"active":true,
            "paused":{"since":"2026-11-21T12:00:00Z","code":20003,"text":"refused","more":1}}"#;
        let older: Older = serde_json::from_str(text).unwrap();
        assert!(older.active && older.id.as_str() == "+15557122661");
        let newer: Line = serde_json::from_str(text).unwrap();
        let paused = newer.paused.clone().unwrap();
        assert_eq!((paused.code, paused.text.as_str()), (20003, "refused"));
        let again = serde_json::to_string(&newer).unwrap();
        assert_eq!(serde_json::from_str::<Line>(&again).unwrap(), newer);
    }
}
