//! Being away: since when, and what happened meanwhile.

use serde::{Deserialize, Serialize};
use smsdesk_common::ids::{ConversationId, Seq};
use smsdesk_common::time::Timestamp;

/// From so long an absence on, in milliseconds, the app says what happened meanwhile.
pub const AWAY_MS: i64 = 30 * 60 * 1_000;

/// How often it is noted that somebody is here, in milliseconds: a write a minute, and only while
/// keys are pressed.
const NOTE_MS: i64 = 60 * 1_000;

/// When somebody was at the keys last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastSeen {
    /// When.
    pub at: Timestamp,
    /// Up to where the feed had come then.
    pub head: Seq,
}

/// What happened during an absence. Counts are of the newest entries on this disk and stop at a
/// limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meanwhile {
    /// Since when.
    pub since: Timestamp,
    /// Texts of customers.
    pub arrived: u32,
    /// Conversations that others marked as done.
    pub closed: u32,
    /// Texts of ours that turned out not to arrive.
    pub failed: u32,
    /// Texts that go out by themselves before the day is over.
    #[serde(default)]
    pub timed: u32,
    /// Who waits longest for me or for nobody in particular.
    pub longest: Option<Longest>,
}

impl Meanwhile {
    /// Whether there is anything to say.
    pub const fn is_quiet(&self) -> bool {
        self.arrived == 0 && self.closed == 0 && self.failed == 0
    }
}

/// Who waits longest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Longest {
    /// Where.
    pub conversation: ConversationId,
    /// Their name or number; remote text.
    pub who: String,
    /// Since when.
    pub waiting_since: Timestamp,
}

/// What an act of the agent calls for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// The end of an absence: ask what happened.
    pub ask: bool,
    /// Note that somebody is here.
    pub note: bool,
}

/// Whether somebody is here, and what is to be told after an absence.
#[derive(Clone, Debug, Default)]
pub struct Absence {
    acted_at: Option<Timestamp>,
    noted_at: Option<Timestamp>,
    pending: Option<LastSeen>,
    told: Option<Meanwhile>,
}

impl Absence {
    /// Somebody pressed a key.
    pub fn acted(&mut self, now: Timestamp) -> Due {
        let since = |at: Option<Timestamp>| at.map(|at| now.millis_since(at));
        let due = Due {
            ask: since(self.acted_at).is_some_and(|ms| ms >= AWAY_MS),
            // A clock that was set back must not end the noting.
            note: since(self.noted_at).is_none_or(|ms| !(0..NOTE_MS).contains(&ms)),
        };
        self.acted_at = Some(now);
        if due.note {
            self.noted_at = Some(now);
        }
        due
    }

    /// When somebody was here last, as the disk has it.
    pub fn remember(&mut self, seen: Option<LastSeen>, now: Timestamp) {
        let long_ago = |seen: &LastSeen| now.millis_since(seen.at) >= AWAY_MS;
        self.pending = seen.filter(long_ago).or(self.pending);
    }

    /// Since when to ask what happened, once.
    pub const fn take_pending(&mut self) -> Option<LastSeen> {
        self.pending.take()
    }

    /// What is to be told.
    pub fn tell(&mut self, meanwhile: Meanwhile) {
        self.told = Some(meanwhile);
    }

    /// What is told.
    pub const fn told(&self) -> Option<&Meanwhile> {
        self.told.as_ref()
    }
}
