//! What a customer's text seems to say: the mood, and what it is about.
//!
//! [`judge()`] looks words up and counts them; it knows English and Spanish. An endpoint that the relay
//! asks instead answers in the same terms. Either may be wrong: nothing here is ever more than a mark
//! beside the words.

mod judge;
mod lexicon;
mod redact;
#[cfg(test)]
mod tests;
mod words;

pub use judge::{JUDGED_CHARACTERS_MAX, judge};
pub use redact::{EMAIL, NUMBER, redact};

use crate::entry::named_enum;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

named_enum! {
    /// The mood of a text.
    Sentiment {
        /// Somebody is unhappy.
        Negative = "negative",
        /// Neither, or both.
        Neutral = "neutral",
        /// Somebody is glad.
        Positive = "positive",
    }
}

named_enum! {
    /// What a text is about.
    Intent {
        /// Somebody wants to know something.
        Question = "question",
        /// Something went wrong.
        Complaint = "complaint",
        /// A visit or a service is wanted.
        Booking = "booking",
        /// It is to be at another time.
        Reschedule = "reschedule",
        /// It is not wanted any more.
        Cancel = "cancel",
        /// Somebody is grateful, or agrees.
        Thanks = "thanks",
        /// It is about money.
        Payment = "payment",
        /// None of these.
        Other = "other",
    }
}

impl Intent {
    /// All of them, in the order in which one goes before another where both fit as well.
    pub const ALL: [Self; 8] = [
        Self::Cancel,
        Self::Reschedule,
        Self::Complaint,
        Self::Booking,
        Self::Payment,
        Self::Question,
        Self::Thanks,
        Self::Other,
    ];
}

named_enum! {
    /// Who judged.
    Source {
        /// The built-in words.
        Lexicon = "lexicon",
        /// The endpoint that the relay asks.
        Ai = "ai",
    }
}

/// What a customer's text seems to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Insight {
    /// The mood.
    pub sentiment: Sentiment,
    /// How much of it: -100, as bad as can be, to 100.
    pub score: i8,
    /// What it is about.
    pub intent: Intent,
    /// How sure that is, in percent.
    pub confidence: u8,
    /// Who says so.
    pub source: Source,
}

/// That the words of a text of ours were made by a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AiGenerated {
    /// How sure it was of them, in percent.
    pub confidence: u8,
}

/// Reads what a later version may write in another way: it is left out then, for no text must become
/// unreadable by what is told beside it.
pub(crate) fn lenient<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: serde::de::DeserializeOwned,
{
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}
