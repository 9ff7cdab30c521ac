//! What the provider's lists brought since the start: for the metrics and for whoever asks.

use smsdesk_common::time::Timestamp;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// A customer's text whose webhook never came.
    Inbound,
    /// A text of ours that went out without us.
    Outbound,
    /// A status whose callback never came.
    Status,
    /// The message of a text in doubt.
    Settled,
}

/// How the doubt about a text ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// A status callback named it.
    Callback,
    /// Its message stood in the list.
    List,
    /// Nothing was found.
    Unconfirmed,
}

/// Counters since the start.
#[derive(Debug, Default)]
pub struct Tally {
    found: [AtomicU64; 4],
    ended: [AtomicU64; 3],
    redacted: AtomicU64,
    completed_at: AtomicI64,
}

impl Found {
    /// All of them, with their names in the metrics.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Inbound, "inbound"),
        (Self::Outbound, "outbound"),
        (Self::Status, "status"),
        (Self::Settled, "settled"),
    ];

    const fn place(self) -> usize {
        match self {
            Self::Inbound => 0,
            Self::Outbound => 1,
            Self::Status => 2,
            Self::Settled => 3,
        }
    }
}

impl End {
    /// All of them, with their names in the metrics.
    pub const ALL: [(Self, &'static str); 3] = [
        (Self::Callback, "callback"),
        (Self::List, "list"),
        (Self::Unconfirmed, "unconfirmed"),
    ];

    const fn place(self) -> usize {
        match self {
            Self::Callback => 0,
            Self::List => 1,
            Self::Unconfirmed => 2,
        }
    }
}

impl Tally {
    /// Counts what was found.
    pub fn add(&self, what: Found, count: u64) {
        self.found[what.place()].fetch_add(count, Ordering::Relaxed);
    }

    /// How much was found since the start.
    #[must_use]
    pub fn found(&self, what: Found) -> u64 {
        self.found[what.place()].load(Ordering::Relaxed)
    }

    /// Counts the end of a doubt.
    pub fn end(&self, how: End) {
        self.ended[how.place()].fetch_add(1, Ordering::Relaxed);
    }

    /// How many doubts ended so since the start.
    #[must_use]
    pub fn ended(&self, how: End) -> u64 {
        self.ended[how.place()].load(Ordering::Relaxed)
    }

    /// Counts messages whose words are gone, and warns of the first: no list can make good for a
    /// webhook then.
    pub fn redacted(&self, count: u64) {
        if count > 0 && self.redacted.fetch_add(count, Ordering::Relaxed) == 0 {
            tracing::warn!(
                messages = count,
                "the provider's list holds messages without their words: the account has them \
                 removed, so a text whose webhook is lost is lost"
            );
        }
    }

    /// Messages whose words were gone, since the start.
    #[must_use]
    pub fn redactions(&self) -> u64 {
        self.redacted.load(Ordering::Relaxed)
    }

    /// Notes that every list was read to its end.
    pub fn completed(&self, at: Timestamp) {
        self.completed_at.store(at.as_millis(), Ordering::Relaxed);
    }

    /// When every list was last read to its end; none since the start.
    #[must_use]
    pub fn completed_at(&self) -> Option<Timestamp> {
        let at = self.completed_at.load(Ordering::Relaxed);
        (at > 0).then(|| Timestamp::from_millis(at))
    }
}
