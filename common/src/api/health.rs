//! `GET /health`: whether the relay does its work.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The relay's own judgement. Answered 200 where `ok`, else 503.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Everything below is well.
    pub ok: bool,
    /// The relay's version.
    pub version: String,
    /// Whether a commit succeeded just now.
    pub database_writable: bool,
    /// Whether the feed's head could be read just now.
    pub feed_moving: bool,
    /// Seconds since the last accepted webhook; none since the start.
    pub last_webhook_age_s: Option<u64>,
    /// Texts that wait to be sent.
    pub waiting_to_send: u64,
    /// Texts of which it is not known whether the provider took them.
    pub unknown_sends: u64,
    /// Set while the provider refuses the account of a line: its texts wait. The relay is well all
    /// the same, for it still takes every webhook and every request.
    #[serde(default)]
    pub sending_paused: Option<SendingPaused>,
}

/// That texts wait because the provider refuses an account. Names no line: anybody may ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendingPaused {
    /// How many lines do not send.
    pub lines: u64,
    /// When the first of them was refused.
    pub since: Timestamp,
    /// The provider's error code for it, or the HTTP status.
    pub code: u32,
}
