//! `GET /health`: whether the relay does its work.

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
}
