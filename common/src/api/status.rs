//! `GET /v1/status`: how the relay fares, for whoever works with it.

use crate::api::health::{Reconciled, SendingPaused};
use crate::ids::Seq;
use crate::latency::Spread;
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the relay fares at this moment. Fields of a later version are passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RelayStatus {
    /// The relay's version.
    pub version: String,
    /// The version of the stream's frames that it speaks.
    pub protocol: u32,
    /// The relay's time of day, so that a client can tell how far its own is off.
    pub now: Timestamp,
    /// Seconds since its start.
    pub up_s: u64,
    /// The newest position of the feed.
    pub head: Seq,
    /// What comes in.
    pub webhooks: WebhookStatus,
    /// How long the newest commits took; none before the first.
    #[serde(default)]
    pub commits: Option<Spread>,
    /// What goes out.
    pub outbox: OutboxStatus,
    /// The provider.
    pub twilio: TwilioStatus,
    /// Who has the stream open.
    pub sessions: SessionStatus,
    /// Files and disk.
    pub disk: DiskStatus,
}

/// Webhooks since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookStatus {
    /// Seconds since the last one that was accepted; none since the start.
    pub last_age_s: Option<u64>,
    /// Accepted, repeats included.
    pub accepted: u64,
    /// Not accepted, for whatever reason.
    pub refused: u64,
    /// From the request to the answer after the commit, of the newest that were accepted; none
    /// before the first.
    #[serde(default)]
    pub ack: Option<Spread>,
}

/// Texts on their way to the provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OutboxStatus {
    /// Wait to be handed over.
    pub waiting: u64,
    /// Are being handed over.
    pub sending: u64,
    /// Nobody knows whether the provider has them.
    pub unknown: u64,
    /// Whether an operator has paused everything that goes out.
    pub paused: bool,
}

/// What the provider answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TwilioStatus {
    /// How long its newest answers took; none before the first.
    #[serde(default)]
    pub calls: Option<Spread>,
    /// Calls since the start.
    pub called: u64,
    /// Those of them without an answer of success.
    pub failed: u64,
    /// Set while it refuses the account of a line.
    #[serde(default)]
    pub sending_paused: Option<SendingPaused>,
    /// Seconds since its lists were last read in full; none since the start.
    pub lists_read_age_s: Option<u64>,
    /// What those lists told since the start and no webhook did.
    #[serde(default)]
    pub reconciled: Reconciled,
}

/// Streams that are open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionStatus {
    /// Of people.
    pub people: u64,
    /// Of programs.
    pub programs: u64,
    /// How many changes the slowest of them has not acknowledged.
    pub lag: u64,
}

/// How the files and the disk fare; none of a figure where the system does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DiskStatus {
    /// The database's file, in bytes.
    pub database_bytes: Option<u64>,
    /// The write-ahead log, in bytes.
    pub wal_bytes: Option<u64>,
    /// Room on the disk, in bytes.
    pub free_bytes: Option<u64>,
    /// What is wrong, in words; none where all is well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}
