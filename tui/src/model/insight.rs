//! What is told beside customers' texts: the mark of mood and matter, and the reply that is offered.
//!
//! Both are guesses: the mark is small print, and a reply is dim until the agent takes it.

use crate::model::Model;
use crate::model::chat::TimelineItem;
use serde::{Deserialize, Serialize};
use smsdesk_common::entry::{Direction, Entry, EntryKind};
use smsdesk_common::insight::{Insight, Intent, Sentiment, Source};
use smsdesk_common::safe_text::SafeText;
use smsdesk_common::status::DeliveryStatus;

/// How marks are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Marks {
    /// Not at all.
    Off,
    /// With signs.
    #[default]
    Signs,
    /// With what every terminal has.
    Ascii,
}

impl Marks {
    /// By the name in the configuration.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "off" => Some(Self::Off),
            "marks" => Some(Self::Signs),
            "ascii" => Some(Self::Ascii),
            _ => None,
        }
    }

    const fn sign(self, sentiment: Sentiment) -> &'static str {
        match (self, sentiment) {
            (Self::Off, _) | (_, Sentiment::Neutral) => "",
            (Self::Signs, Sentiment::Negative) => "▼ ",
            (Self::Signs, Sentiment::Positive) => "▲ ",
            (Self::Ascii, Sentiment::Negative) => "(-) ",
            (Self::Ascii, Sentiment::Positive) => "(+) ",
        }
    }
}

/// The mark of a text; none where nothing is worth one.
pub fn mark(insight: &Insight, marks: Marks) -> Option<String> {
    let words = match (insight.intent, insight.sentiment) {
        (Intent::Other, Sentiment::Neutral) => return None,
        (Intent::Other, Sentiment::Negative) => "unhappy",
        (Intent::Other, Sentiment::Positive) => "glad",
        (intent, _) => intent.as_str(),
    };
    let sign = marks.sign(insight.sentiment);
    (marks != Marks::Off).then(|| format!("{sign}{words}"))
}

/// What is told of the newest text of the customer, in a line for the panel; none where nothing is.
pub fn told(items: &[TimelineItem]) -> Option<String> {
    let newest = items.iter().rev().map(|item| &item.entry);
    let insight = newest
        .filter(|entry| is_theirs(entry))
        .find_map(|it| it.insight)?;
    let by = match insight.source {
        Source::Lexicon => "by words",
        Source::Ai => "by AI",
    };
    Some(format!(
        "{} {:+} · {} {} % {by}",
        insight.sentiment.as_str(),
        insight.score,
        insight.intent.as_str(),
        insight.confidence
    ))
}

/// The reply that is offered: that to the newest text, as long as nobody has answered.
pub fn suggestion(items: &[TimelineItem]) -> Option<SafeText> {
    let texts = items.iter().rev().filter(|item| {
        let canceled = item.entry.status == Some(DeliveryStatus::Canceled);
        item.entry.entry_kind == EntryKind::Message && !canceled
    });
    let newest = texts.into_iter().next()?;
    let words = newest.entry.suggestion.as_deref()?;
    is_theirs(&newest.entry).then(|| SafeText::block(words))
}

impl Model {
    /// The reply that is offered in the conversation on the screen.
    pub fn suggestion(&self) -> Option<SafeText> {
        suggestion(self.timeline.as_ref()?.items())
    }
}

fn is_theirs(entry: &Entry) -> bool {
    entry.entry_kind == EntryKind::Message && entry.direction == Direction::Inbound
}
