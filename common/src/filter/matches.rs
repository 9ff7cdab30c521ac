//! What a filter means for one conversation.

use super::fold::{fold, number_fragment};
use super::{Bound, Filter, Owner, Said, Sense, State, Term, Test, Thing};
use crate::conversation::{Conversation, ConversationStatus};
use crate::ids::AgentId;
use crate::time::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// What is known of a conversation.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The record.
    pub conversation: &'a Conversation,
    /// The contact's name, where they have one.
    pub name: Option<&'a str>,
    /// The owner's name, where there is an owner with one.
    pub owner: Option<&'a str>,
    /// Inbound texts that whoever asks has not read.
    pub unread: u32,
    /// Whether a draft of theirs waits here.
    pub has_draft: bool,
    /// Whether the customer wants no more texts from its line.
    pub opted_out: bool,
    /// The name of the colleague who wrote its newest entry, where it was one.
    pub speaker: Option<&'a str>,
}

/// Who asks, when and where.
#[derive(Clone, Debug)]
pub struct Viewpoint {
    /// Who, where that is known; without it nothing is mine.
    pub me: Option<AgentId>,
    /// When.
    pub now: Timestamp,
    /// Whose days are meant.
    pub zone: TimeZone,
}

impl Filter {
    /// Whether the conversation is one of those that are meant.
    pub fn matches(&self, facts: &Facts<'_>, from: &Viewpoint) -> bool {
        self.terms().iter().all(|term| term.matches(facts, from))
    }
}

impl Term {
    pub(super) fn matches(&self, facts: &Facts<'_>, from: &Viewpoint) -> bool {
        self.sense.of(self.test.holds(facts, from))
    }
}

impl Sense {
    pub(super) const fn of(self, holds: bool) -> bool {
        match self {
            Self::Holds => holds,
            Self::HoldsNot => !holds,
        }
    }
}

impl Test {
    fn holds(&self, facts: &Facts<'_>, from: &Viewpoint) -> bool {
        let conversation = facts.conversation;
        match self {
            Self::Is(state) => is(*state, facts),
            Self::Assignee(Owner::Me) => from.me.is_some() && conversation.assignee == from.me,
            Self::Assignee(Owner::None) => conversation.assignee.is_none(),
            Self::Assignee(Owner::Called(called)) => {
                facts.owner.is_some_and(|name| is_called(name, called))
            }
            Self::Label(label) => {
                let wanted = fold(label.trim());
                conversation
                    .labels
                    .iter()
                    .any(|label| fold(label) == wanted)
            }
            Self::Waiting(bound, span) => conversation.waiting_since.is_some_and(|since| {
                let edge = from.now.plus_millis(-span.as_millis());
                match bound {
                    Bound::LongerThan => since < edge,
                    Bound::ShorterThan => since > edge,
                }
            }),
            Self::Line(part) => contains(&fold(conversation.line.as_str()), part),
            Self::Before(day) => last_activity(conversation) < start_of_day(*day, &from.zone),
            Self::After(day) => last_activity(conversation) >= start_of_day(*day, &from.zone),
            Self::Has(Thing::Draft) => facts.has_draft,
            Self::From(_) | Self::To(_) | Self::Has(Thing::Media) => {
                Said::newest(facts).is_some_and(|said| said.is(self, from))
            }
            Self::Words(words) => contains(&search_text(facts.name, conversation), words),
        }
    }
}

fn is(state: State, facts: &Facts<'_>) -> bool {
    let conversation = facts.conversation;
    match state {
        State::Open => conversation.status == ConversationStatus::Open,
        State::Done => conversation.status == ConversationStatus::Done,
        State::Snoozed => conversation.status == ConversationStatus::Snoozed,
        State::Flagged => conversation.flagged,
        State::Unread => facts.unread > 0,
        State::Waiting => conversation.waiting_since.is_some(),
        State::OptedOut => facts.opted_out,
    }
}

/// Whether `folded` holds the words, or the digits of a number however it was written.
pub(super) fn contains(folded: &str, words: &str) -> bool {
    let digits = number_fragment(words);
    folded.contains(&fold(words)) || digits.is_some_and(|digits| folded.contains(&digits))
}

/// What words are looked for in: name, number and preview, folded, a line each, so that no word
/// is found across two of them.
pub fn search_text(name: Option<&str>, conversation: &Conversation) -> String {
    let preview = conversation.last.as_ref().map_or("", |last| &last.text);
    let mut text = fold(name.unwrap_or_default());
    for part in [conversation.address.as_str(), preview] {
        text.push('\n');
        text.push_str(&fold(part));
    }
    text
}

/// When a conversation was last active: its newest entry, else its beginning.
pub fn last_activity(conversation: &Conversation) -> Timestamp {
    let last = conversation.last.as_ref();
    last.map_or(conversation.created_at, |last| last.at)
}

/// Whether somebody goes by that: the whole name, or one of its words.
pub fn is_called(name: &str, called: &str) -> bool {
    let (name, called) = (fold(name), fold(called));
    let called = called.trim();
    name.trim() == called || name.split_whitespace().any(|word| word == called)
}

/// When a day begins in a zone; the beginning of time for one that never does.
pub fn start_of_day(day: Date, zone: &TimeZone) -> Timestamp {
    let start = day
        .to_zoned(zone.clone())
        .and_then(|day| day.start_of_day());
    start.map_or(Timestamp::from_millis(i64::MIN), |start| {
        Timestamp::from_millis(start.timestamp().as_millisecond())
    })
}
