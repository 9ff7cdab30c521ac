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

/// A question to the author of a text that was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What happened.
    pub meanwhile: Meanwhile,
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
        Seen {
            up_to: self.meanwhile.up_to,
            consent: Consent::Given,
        }
    }
}
