//! The language in which people say which conversations they mean: `is:open label:billing -maria`.
//!
//! Owns how a filter is written, read and printed, and what it means for one conversation. It
//! never looks anything up: whoever asks brings the [`Facts`]. A database may find the same
//! conversations by its own means; what it finds must be what [`Filter::matches`] says.
//!
//! Terms stand apart by blanks and must all hold. `-` before a term turns it over, quotes hold
//! words with blanks together (`"` and `\` inside of them are written `\"` and `\\`).
//! Words without a key are looked for in name, number and preview. A search over whole timelines
//! asks the same of single entries, see [`Said`]: words then mean whole words or their beginnings,
//! see [`Needle`], which an index finds at once.

mod fold;
mod lenient;
mod matches;
mod needle;
mod parse;
mod said;
#[cfg(test)]
mod tests;
mod tokens;

pub use fold::{fold, number_fragment};
pub use lenient::Search;
pub use matches::{Facts, Viewpoint, is_called, last_activity, search_text, start_of_day};
pub use needle::{Ask, Column, Indexed, KEPT_BEGINNING_CHARACTERS_MAX, Last, Needle, merged};
pub use parse::FilterError;
pub use said::{Said, Scope, customer_is, more_of, person_text};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The longest filter, in characters: a line of the configuration, or what fits a prompt.
pub const FILTER_CHARACTERS_MAX: usize = 500;

/// The most terms of one filter: each is looked at for every conversation.
pub const FILTER_TERMS_MAX: usize = 32;

/// Which conversations are meant: those for which every term holds; without terms, all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Filter {
    terms: Vec<Term>,
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Term {
    /// Whether it must hold or must not.
    pub sense: Sense,
    /// What.
    pub test: Test,
}

/// Whether a condition must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sense {
    /// It must.
    Holds,
    /// It must not: written with `-` before it.
    HoldsNot,
}

/// What is asked of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Test {
    /// `is:…`
    Is(State),
    /// `assignee:…`
    Assignee(Owner),
    /// `label:…`: a whole label; case and accents do not matter.
    Label(String),
    /// `waiting:>30m`: it waits for an answer, and for how long.
    Waiting(Bound, Span),
    /// `line:…`: a part of the address of ours.
    Line(String),
    /// `from:…`: who wrote it; of a conversation, its newest entry.
    From(Speaker),
    /// `to:…`: to whom it went: a part of the customer's name or number, or of the address of ours
    /// that a text of theirs came to; of a conversation, its newest entry.
    To(String),
    /// `before:2026-11-01`: it was written, or the last activity came, before that day began.
    Before(Date),
    /// `after:2026-11-01`: it was written, or the last activity came, on that day or later.
    After(Date),
    /// `has:…`
    Has(Thing),
    /// A bare word, or several in quotes: a part of name, number or preview.
    Words(String),
}

/// Who wrote something.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Speaker {
    /// Whoever asks.
    Me,
    /// A customer, by a part of name or number, or a colleague, by the name or a word of it.
    Called(String),
}

/// What a conversation may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// In the inbox.
    Open,
    /// Dealt with.
    Done,
    /// Put away for later.
    Snoozed,
    /// Somebody asked for attention.
    Flagged,
    /// It holds inbound texts that I have not read.
    Unread,
    /// An inbound text stands unanswered.
    Waiting,
    /// Its customer wants no more texts there.
    OptedOut,
}

impl State {
    /// Every state in the order of the documentation.
    pub const ALL: [Self; 7] = [
        Self::Open,
        Self::Done,
        Self::Snoozed,
        Self::Flagged,
        Self::Unread,
        Self::Waiting,
        Self::OptedOut,
    ];

    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Snoozed => "snoozed",
            Self::Flagged => "flagged",
            Self::Unread => "unread",
            Self::Waiting => "waiting",
            Self::OptedOut => "optedout",
        }
    }
}

/// Whose a conversation is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    /// Mine: whoever asks.
    Me,
    /// Nobody's.
    None,
    /// A colleague's, by the name or a word of it.
    Called(String),
}

/// On which side of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bound {
    /// `>`
    LongerThan,
    /// `<`
    ShorterThan,
}

/// How long, as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// How many.
    pub amount: u32,
    /// Of what.
    pub unit: Unit,
}

impl Span {
    /// In milliseconds.
    pub const fn as_millis(self) -> i64 {
        // Both are small: the parser allows five digits, and a week has 604,800,000 ms.
        self.amount as i64 * self.unit.as_millis()
    }
}

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// `m`
    Minute,
    /// `h`
    Hour,
    /// `d`
    Day,
    /// `w`
    Week,
}

impl Unit {
    /// Every unit, the shortest first.
    pub const ALL: [Self; 4] = [Self::Minute, Self::Hour, Self::Day, Self::Week];

    /// As it is written.
    pub const fn letter(self) -> char {
        match self {
            Self::Minute => 'm',
            Self::Hour => 'h',
            Self::Day => 'd',
            Self::Week => 'w',
        }
    }

    const fn as_millis(self) -> i64 {
        match self {
            Self::Minute => 60_000,
            Self::Hour => 3_600_000,
            Self::Day => 86_400_000,
            Self::Week => 604_800_000,
        }
    }
}

/// What a conversation or an entry may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Thing {
    /// Words of mine that were typed and not sent.
    Draft,
    /// Pictures and other attachments; of a conversation, its newest entry.
    Media,
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// See [`FilterError`]: the column, counted in characters from 1, and what was expected there.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        parse::parse(text).map(|terms| Self { terms })
    }

    /// Whether it means every conversation.
    pub const fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Its conditions, in the order in which they were written.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// The words without a key that must be there.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().filter_map(|term| match term {
            Term {
                sense: Sense::Holds,
                test: Test::Words(words),
            } => Some(words.as_str()),
            _ => None,
        })
    }

    /// What both mean.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let terms = self.terms.iter().chain(&other.terms).cloned().collect();
        Self { terms }
    }

    /// Whether its meaning changes while nothing else does, because it asks how long ago.
    pub fn depends_on_time(&self) -> bool {
        let timely = |term: &Term| matches!(term.test, Test::Waiting(..));
        self.terms.iter().any(timely)
    }
}

impl FromIterator<Term> for Filter {
    fn from_iter<I: IntoIterator<Item = Term>>(terms: I) -> Self {
        let terms = terms.into_iter().collect();
        Self { terms }
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Filter {
    type Error = FilterError;

    fn try_from(text: String) -> Result<Self, FilterError> {
        Self::parse(&text)
    }
}

impl From<Filter> for String {
    fn from(filter: Filter) -> Self {
        filter.to_string()
    }
}

/// Prints what [`Filter::parse`] reads as the same filter.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, term) in self.terms.iter().enumerate() {
            let blank = if n == 0 { "" } else { " " };
            write!(f, "{blank}{term}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.sense == Sense::HoldsNot {
            f.write_str("-")?;
        }
        match &self.test {
            Test::Is(state) => write!(f, "is:{}", state.as_str()),
            Test::Assignee(Owner::Me) => f.write_str("assignee:me"),
            Test::Assignee(Owner::None) => f.write_str("assignee:none"),
            Test::Assignee(Owner::Called(name)) => {
                write!(f, "assignee:{}", Quoted(name, &["me", "none"]))
            }
            Test::Label(label) => write!(f, "label:{}", Quoted(label, &[])),
            Test::Waiting(bound, span) => {
                let sign = match bound {
                    Bound::LongerThan => '>',
                    Bound::ShorterThan => '<',
                };
                write!(f, "waiting:{sign}{}{}", span.amount, span.unit.letter())
            }
            Test::Line(line) => write!(f, "line:{}", Quoted(line, &[])),
            Test::From(Speaker::Me) => f.write_str("from:me"),
            Test::From(Speaker::Called(name)) => write!(f, "from:{}", Quoted(name, &["me"])),
            Test::To(whom) => write!(f, "to:{}", Quoted(whom, &[])),
            Test::Before(day) => write!(f, "before:{day}"),
            Test::After(day) => write!(f, "after:{day}"),
            Test::Has(Thing::Draft) => f.write_str("has:draft"),
            Test::Has(Thing::Media) => f.write_str("has:media"),
            Test::Words(words) => write!(f, "{}", Quoted(words, &[])),
        }
    }
}

/// A value, in quotes where it would be read as something else without them.
struct Quoted<'a>(&'a str, &'a [&'a str]);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(text, taken) = self;
        let special = |c: char| c.is_whitespace() || matches!(c, '"' | '\\' | ':');
        let bare = !text.is_empty()
            && !text.starts_with('-')
            && !text.contains(special)
            && !taken.iter().any(|word| word.eq_ignore_ascii_case(text));
        if bare {
            return f.write_str(text);
        }
        write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    }
}
