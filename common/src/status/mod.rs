//! How far the delivery of a text has come, as a lattice.
//!
//! Reports arrive late, twice and out of order, and carry neither time nor number. So they are
//! never "applied": they are merged, and merging is commutative, associative, idempotent and never
//! goes back. Nothing here knows how a report arrived.

mod explain;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::explain::{explain, is_lasting};

/// How far a text has come.
///
/// The order of the variants is the order of knowledge: [`DeliveryStatus::merge`] keeps the later
/// one. First what only the relay knows, then what Twilio reported, in the order in which a text
/// passes through it (Twilio's "Track outbound message status"). Among the ends that exclude each
/// other the better news wins: a text that is reported both delivered and undelivered reached the
/// phone at least in part, and "canceled" is the weakest, for a text may leave before its
/// cancellation is processed. "Received" stands last, so that nothing changes an inbound text.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// Waits for its time at the relay.
    Scheduled,
    /// In the relay's outbox; Twilio does not have it yet.
    Queued,
    /// Claimed by the relay, which is handing it to Twilio now.
    Sending,
    /// Handed over, but the answer was lost: Twilio may have it or not. Awaits evidence.
    Unknown,
    /// As unknown, and the relay has given up looking. Evidence still settles it.
    Unconfirmed,
    /// Twilio has it and has not passed it on: its own accepted, scheduled, queued, sending.
    Accepted,
    /// The carrier took it.
    Sent,
    /// Withdrawn before it was sent.
    Canceled,
    /// Not sent: refused by the relay, by Twilio or by the carrier.
    Failed,
    /// Sent, and the carrier reports that it did not arrive.
    Undelivered,
    /// It arrived.
    Delivered,
    /// The person opened it (RCS, WhatsApp).
    Read,
    /// A text to us.
    Received,
}

impl DeliveryStatus {
    /// Every status, in the order of knowledge.
    pub const ALL: [Self; 13] = [
        Self::Scheduled,
        Self::Queued,
        Self::Sending,
        Self::Unknown,
        Self::Unconfirmed,
        Self::Accepted,
        Self::Sent,
        Self::Canceled,
        Self::Failed,
        Self::Undelivered,
        Self::Delivered,
        Self::Read,
        Self::Received,
    ];

    /// Reads Twilio's `MessageStatus` or `status`; `None` for a word that Twilio may add one day.
    ///
    /// `partially_delivered`, which Twilio has deprecated, proves no more than that it was sent.
    #[must_use]
    pub fn from_twilio(word: &str) -> Option<Self> {
        Some(match word {
            "accepted" | "scheduled" | "queued" | "sending" => Self::Accepted,
            "sent" | "partially_delivered" => Self::Sent,
            "delivered" => Self::Delivered,
            "undelivered" => Self::Undelivered,
            "failed" => Self::Failed,
            "canceled" => Self::Canceled,
            "read" => Self::Read,
            "receiving" | "received" => Self::Received,
            _ => return None,
        })
    }

    /// What is known after both reports, in whatever order they came.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        self.max(other)
    }

    /// Whether the relay waits for nothing more. A later report may still raise delivered to read,
    /// or settle what stayed unconfirmed.
    #[must_use]
    pub fn is_final(self) -> bool {
        match self {
            Self::Scheduled
            | Self::Queued
            | Self::Sending
            | Self::Unknown
            | Self::Accepted
            | Self::Sent => false,
            Self::Unconfirmed
            | Self::Canceled
            | Self::Failed
            | Self::Undelivered
            | Self::Delivered
            | Self::Read
            | Self::Received => true,
        }
    }

    /// Whether the text did not reach the person, so that an agent should look at it.
    #[must_use]
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::Undelivered)
    }

    /// The name in JSON and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Unknown => "unknown",
            Self::Unconfirmed => "unconfirmed",
            Self::Accepted => "accepted",
            Self::Sent => "sent",
            Self::Canceled => "canceled",
            Self::Failed => "failed",
            Self::Undelivered => "undelivered",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Received => "received",
        }
    }

    /// Reads [`Self::as_str`]'s names.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }

    /// The word that an agent reads beside a text.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "checking",
            Self::Accepted => "sending",
            Self::Scheduled
            | Self::Queued
            | Self::Sending
            | Self::Unconfirmed
            | Self::Sent
            | Self::Canceled
            | Self::Failed
            | Self::Undelivered
            | Self::Delivered
            | Self::Read
            | Self::Received => self.as_str(),
        }
    }

    /// The mark beside the word, at most two columns wide; empty for a text to us.
    #[must_use]
    pub const fn mark(self) -> &'static str {
        match self {
            Self::Scheduled | Self::Queued | Self::Sending | Self::Accepted => "◷",
            Self::Unknown | Self::Unconfirmed => "?",
            Self::Sent => "✓",
            Self::Delivered | Self::Read => "✓✓",
            Self::Canceled | Self::Failed | Self::Undelivered => "✗",
            Self::Received => "",
        }
    }
}

/// Why a text was not delivered, as the provider said it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct DeliveryError {
    /// Twilio's error code, such as 30006; [`Self::OURS`] where the relay itself gave up.
    pub code: u32,
    /// The provider's words; often empty, for callbacks carry only the code. Remote text.
    #[serde(default)]
    pub text: String,
}

impl DeliveryError {
    /// Stands in the place of Twilio's code where the words are the relay's own and say all there
    /// is. Twilio's codes begin at 10001.
    pub const OURS: u32 = 0;

    /// What is known after both reports: a known cause beats [`explain::CAUSE_UNKNOWN`], then the
    /// higher code, then the longer text. Which code wins says nothing about their worth; it only
    /// has to be the same one in every order.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        let other_wins = other.rank() > self.rank();
        if other_wins { other } else { self }
    }

    fn rank(&self) -> (bool, u32, usize, &str) {
        (
            self.code != explain::CAUSE_UNKNOWN,
            self.code,
            self.text.len(),
            &self.text,
        )
    }
}

/// Status and error of one text. Both only ever grow, each for itself: a report without an error
/// does not erase one that is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Delivery {
    /// How far it has come.
    pub status: DeliveryStatus,
    /// Why not further, if anything was reported.
    #[serde(default)]
    pub error: Option<DeliveryError>,
}

impl Delivery {
    /// What is known after both reports, in whatever order they came.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        let error = match (self.error, other.error) {
            (Some(known), Some(new)) => Some(known.merge(new)),
            (known, new) => known.or(new),
        };
        Self {
            status: self.status.merge(other.status),
            error,
        }
    }

    /// The error to show: only where the text failed, for one that arrived after all needs none.
    #[must_use]
    pub fn failure(&self) -> Option<&DeliveryError> {
        self.error.as_ref().filter(|_| self.status.is_failure())
    }
}
