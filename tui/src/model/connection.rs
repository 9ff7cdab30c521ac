//! How the app stands with its relay, in states that have words.

use serde::{Deserialize, Serialize};

/// How the app stands with its relay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Connection {
    /// No connection; another try is due.
    #[default]
    Offline,
    /// A try is under way.
    Connecting,
    /// Connected, and this many changes behind.
    CatchingUp {
        /// How many positions are missing.
        behind: u64,
    },
    /// Everything that the relay has is on this disk, or arrives as it happens.
    Live,
    /// The relay wants nothing more from this device; says why. No further try.
    SignedOut {
        /// "token revoked".
        reason: String,
    },
}

/// How much of the history is on this disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// How many older records are still to come; zero once all are here.
    pub remaining: u64,
}
