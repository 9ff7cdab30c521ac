//! What a text is held back for until its author has decided: others did something in the
//! conversation that its author had not on the screen when the text was begun.

use serde::{Deserialize, Serialize};
use smsdesk_common::ids::Seq;
use smsdesk_common::meanwhile::Meanwhile;
use smsdesk_common::time::Timestamp;

/// How long a question stands before Enter answers it, in milliseconds: whoever strikes Enter
/// sooner cannot have read it, and struck it for something else.
pub const READ_MS_MIN: i64 = 400;

/// Whether the author was asked about what happened meanwhile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Consent {
    /// Nothing was asked.
    #[default]
    Unasked,
    /// It was, and the answer is yes.
    Given,
}

/// What the author of a text had seen when it was handed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Seen {
    /// The newest entry.
    pub up_to: Seq,
    /// Whether the author was asked about what lies at or before it.
    pub consent: Consent,
}

impl From<Seq> for Seen {
    fn from(up_to: Seq) -> Self {
        let consent = Consent::Unasked;
        Self { up_to, consent }
    }
}

/// What the author of a text is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asks {
    /// What happened since.
    Meanwhile(Meanwhile),
    /// Whether the number is meant to which nobody has written yet.
    First {
        /// The number, as people read it.
        to: String,
    },
    /// Whether to write to a number that looks like one which no text reaches.
    Unlikely {
        /// Why, in words.
        why: String,
    },
}

/// A question to the author of a text that was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// About what.
    pub asks: Asks,
    /// Since when it stands.
    pub asked_at: Timestamp,
}

impl Question {
    /// Whether it has stood long enough for an Enter to be its answer.
    pub fn can_be_answered(&self, now: Timestamp) -> bool {
        // A clock that went back must not hold a text for ever.
        !(0..READ_MS_MIN).contains(&now.millis_since(self.asked_at))
    }

    /// What was seen by whoever says yes to it.
    pub const fn answered(&self) -> Seen {
        let (up_to, consent) = match &self.asks {
            Asks::Meanwhile(meanwhile) => (meanwhile.up_to, Consent::Given),
            // Says yes to the number, and to nothing that the relay may know of it.
            Asks::First { .. } => (Seq::ZERO, Consent::Unasked),
            Asks::Unlikely { .. } => (Seq::ZERO, Consent::Given),
        };
        Seen { up_to, consent }
    }
}
