//! `GET /health`: whether the relay does its work.

use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The relay's own judgement. Answered 200 where `ok`, else 503.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Health {
    /// Everything below is well.
    pub ok: bool,
    /// The relay's version.
    pub version: String,
    /// Whether a commit succeeded just now.
    pub database_writable: bool,
    /// What is wrong with the database or the disk, in words; none where all is well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Whether the feed's head could be read just now.
    pub feed_moving: bool,
    /// Seconds since the last accepted webhook; none since the start.
    pub last_webhook_age_s: Option<u64>,
    /// Texts that wait to be sent.
    pub waiting_to_send: u64,
    /// Texts of which it is not known whether the provider took them.
    pub unknown_sends: u64,
    /// Seconds since the provider's lists were last read in full; none since the start.
    #[serde(default)]
    pub lists_read_age_s: Option<u64>,
    /// What those lists told since the start and no webhook did.
    #[serde(default)]
    pub reconciled: Option<Reconciled>,
    /// Set while the provider refuses the account of a line: its texts wait. The relay is well all
    /// the same, for it still takes every webhook and every request.
    #[serde(default)]
    pub sending_paused: Option<SendingPaused>,
    /// The certificate, where the relay speaks HTTPS itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate>,
    /// How judging customers' texts goes on; none where nobody judges. Nothing else waits for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insight: Option<Insighted>,
    /// How the copies of the database fare; none where none are made by themselves. Nothing else waits
    /// for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<BackedUp>,
}

/// How the copies of the database fare.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BackedUp {
    /// Seconds since the newest one that was verified was made; none where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_s: Option<u64>,
    /// What is wrong, in words; none where the last one came to its end. The log says more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// What those who connect are shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Certificate {
    /// Until when it is valid; none where there is none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// What somebody should look at, in words; none where all is well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// What came of judging customers' texts since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Insighted {
    /// Texts that were judged.
    pub judged: u64,
    /// Answers that were of no use, and questions without one.
    pub failed: u64,
    /// Why nothing is judged now, in words; none where all is well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<String>,
}

/// What was found in the provider's lists. Where it grows in normal running, webhooks get lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reconciled {
    /// Customers' texts.
    #[serde(default)]
    pub inbound: u64,
    /// Texts that went out without the relay.
    #[serde(default)]
    pub outbound: u64,
    /// Statuses of texts that the relay sent.
    #[serde(default)]
    pub statuses: u64,
    /// Texts of which it was not known whether the provider took them.
    #[serde(default)]
    pub settled: u64,
    /// Texts that were in none of the lists: unconfirmed.
    #[serde(default)]
    pub unconfirmed: u64,
}

/// That texts wait because the provider refuses an account. Names no line: anybody may ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SendingPaused {
    /// How many lines do not send.
    pub lines: u64,
    /// When the first of them was refused.
    pub since: Timestamp,
    /// The provider's error code for it, or the HTTP status.
    pub code: u32,
}
