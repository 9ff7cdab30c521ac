//! What became of something that a customer was to be told.

use crate::ids::EntryId;
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What became of something that a customer was to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[schemars(rename = "JobNotice")]
pub enum Notice {
    /// A text is on its way, or waits for the end of quiet hours.
    Texted {
        /// Since when.
        at: Timestamp,
        /// Which.
        entry: EntryId,
    },
    /// It was decided not to send one. It is not sent later either.
    Withheld {
        /// When.
        at: Timestamp,
        /// Why.
        why: Withheld,
    },
    /// The text asks for values that nobody has given. It is sent once they are there, as long as
    /// it is no old news by then.
    Lacks {
        /// Since when.
        at: Timestamp,
        /// The names, in the order of the text.
        names: Vec<String>,
    },
}

impl Notice {
    /// Whether it was decided: nothing is to be done about it any more.
    pub const fn is_settled(&self) -> bool {
        !matches!(self, Self::Lacks { .. })
    }
}

/// Why a customer is not told something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "JobNoticeWithheld")]
pub enum Withheld {
    /// They want no more texts.
    OptedOut,
    /// Its switch is off.
    Disabled,
    /// These are quiet hours, and after them it would be old news.
    Quiet,
    /// They were sent as many texts as one may be sent.
    Capped,
    /// No text reaches their number.
    Unreachable,
    /// The relay was down at its time, and now it is too late.
    Late,
    /// The relay was restored from a backup: it may have gone out in what is lost.
    Restored,
    /// The template does not give a text that can be sent.
    Template,
    /// Something that only a later version understands, or a line that cannot send it.
    #[serde(other)]
    Other,
}

impl Withheld {
    /// In words, behind "no text:".
    pub const fn words(self) -> &'static str {
        match self {
            Self::OptedOut => "they want no more texts",
            Self::Disabled => "it is switched off",
            Self::Quiet => "these are quiet hours",
            Self::Capped => "they got as many texts as they may get",
            Self::Unreachable => "no text reaches their number",
            Self::Late => "it is too late",
            Self::Restored => "it may have gone out before the relay was restored",
            Self::Template => "its template makes no text",
            Self::Other => "it cannot be sent",
        }
    }
}
