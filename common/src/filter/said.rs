//! What a filter means for one entry of a timeline, and for the person behind a conversation.

use super::fold::fold;
use super::matches::contains;
use super::{
    Facts, Filter, Needle, Sense, Speaker, Term, Test, Thing, Viewpoint, is_called, start_of_day,
};
use crate::contact::Contact;
use crate::entry::{Author, Direction, Entry};
use crate::ids::AgentId;
use crate::phone::Address;
use crate::time::Timestamp;

/// What is known of an entry, beside its words.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// When.
    pub at: Timestamp,
    /// Which way it went.
    pub direction: Direction,
    /// The colleague who wrote it, where it was one.
    pub agent: Option<AgentId>,
    /// Their name.
    pub agent_name: Option<&'a str>,
    /// How many attachments it has.
    pub media: u32,
    /// The customer's name, where they have one.
    pub name: Option<&'a str>,
    /// The customer's address.
    pub address: &'a Address,
    /// The address of ours.
    pub line: &'a Address,
}

/// What a condition asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The words of an entry.
    Words,
    /// The entry beside its words.
    Entry,
    /// The conversation that it belongs to.
    Conversation,
}

impl Test {
    /// What it asks about where entries are looked for.
    pub const fn scope(&self) -> Scope {
        match self {
            Self::Words(_) => Scope::Words,
            Self::From(_)
            | Self::To(_)
            | Self::Before(_)
            | Self::After(_)
            | Self::Has(Thing::Media) => Scope::Entry,
            Self::Is(_)
            | Self::Assignee(_)
            | Self::Label(_)
            | Self::Waiting(..)
            | Self::Line(_)
            | Self::Has(Thing::Draft) => Scope::Conversation,
        }
    }
}

impl Filter {
    /// The conditions that ask about that.
    #[must_use]
    pub fn about(&self, scope: Scope) -> Self {
        let terms = self.terms().iter();
        terms
            .filter(|term| term.test.scope() == scope)
            .cloned()
            .collect()
    }

    /// Whether an entry with these words is one of those that are meant.
    pub fn means(&self, said: &Said<'_>, words: &str, facts: &Facts<'_>, from: &Viewpoint) -> bool {
        self.terms().iter().all(|term| match term.test.scope() {
            Scope::Words => term.fits(words),
            Scope::Entry => said.fits(term, from),
            Scope::Conversation => term.matches(facts, from),
        })
    }

    /// Whether a conversation is one of those that are meant by who is behind it: every word stands
    /// in name or number, or in `more` of them. Never where nothing is asked of them, or something of single entries.
    pub fn means_person(&self, facts: &Facts<'_>, more: &str, from: &Viewpoint) -> bool {
        let text = person_text(facts.name, &facts.conversation.address, more);
        self.asks_for_people()
            && self.terms().iter().all(|term| match term.test.scope() {
                Scope::Words => term.fits(&text),
                Scope::Entry | Scope::Conversation => term.matches(facts, from),
            })
    }

    /// Whether people can be meant by it.
    pub fn asks_for_people(&self) -> bool {
        let of_entries = |term: &Term| {
            matches!(
                term.test,
                Test::From(_) | Test::To(_) | Test::Has(Thing::Media)
            )
        };
        !self.terms().iter().any(of_entries) && !self.needles(Sense::Holds).is_empty()
    }
}

/// What a person is found by: everything that is known of who is behind an address.
pub fn person_text(name: Option<&str>, address: &Address, more: &str) -> String {
    let name = name.unwrap_or_default();
    format!("{name}\n{}\n{more}", address.as_str())
}

/// What colleagues wrote down of somebody, a line each: the values of their own fields, and notes.
pub fn more_of(contact: &Contact) -> String {
    let lines: Vec<&str> = contact.fields.values().map(String::as_str).collect();
    let lines = lines.into_iter().chain(contact.notes.as_deref());
    lines.collect::<Vec<_>>().join("\n")
}

impl Term {
    /// Whether the words hold for a text. Words without a letter, digit or sign ask nothing.
    fn fits(&self, text: &str) -> bool {
        match &self.test {
            Test::Words(words) => {
                Needle::new(words).is_none_or(|needle| self.sense.of(needle.is_in(text)))
            }
            _ => true,
        }
    }
}

impl<'a> Said<'a> {
    /// An entry, with who is behind its conversation.
    pub fn of(
        entry: &Entry,
        agent_name: Option<&'a str>,
        name: Option<&'a str>,
        (address, line): (&'a Address, &'a Address),
    ) -> Self {
        Self {
            at: entry.at,
            direction: entry.direction,
            agent: agent(&entry.author),
            agent_name,
            media: u32::try_from(entry.media.len()).unwrap_or(u32::MAX),
            name,
            address,
            line,
        }
    }

    /// The newest entry of a conversation, as its preview has it.
    pub(super) fn newest(facts: &Facts<'a>) -> Option<Self> {
        let conversation = facts.conversation;
        let last = conversation.last.as_ref()?;
        Some(Self {
            at: last.at,
            direction: last.direction,
            agent: agent(&last.author),
            agent_name: facts.speaker,
            media: last.media,
            name: facts.name,
            address: &conversation.address,
            line: &conversation.line,
        })
    }

    /// Whether a condition about entries holds; those about something else do.
    pub fn fits(&self, term: &Term, from: &Viewpoint) -> bool {
        term.test.scope() != Scope::Entry || term.sense.of(self.is(&term.test, from))
    }

    pub(super) fn is(&self, test: &Test, from: &Viewpoint) -> bool {
        match test {
            Test::From(Speaker::Me) => from.me.is_some() && self.agent == from.me,
            Test::From(Speaker::Called(called)) => {
                let theirs = self.direction == Direction::Inbound;
                let customer = theirs && customer_is(self.name, self.address, called);
                customer || self.agent_name.is_some_and(|name| is_called(name, called))
            }
            Test::To(whom) => match self.direction {
                Direction::Outbound => customer_is(self.name, self.address, whom),
                Direction::Inbound => contains(&fold(self.line.as_str()), whom),
                Direction::Internal => false,
            },
            Test::Before(day) => self.at < start_of_day(*day, &from.zone),
            Test::After(day) => self.at >= start_of_day(*day, &from.zone),
            Test::Has(Thing::Media) => self.media > 0,
            _ => false,
        }
    }
}

/// Whether a customer is meant by a part of the name or of the number.
pub fn customer_is(name: Option<&str>, address: &Address, called: &str) -> bool {
    let name = name.is_some_and(|name| contains(&fold(name), called));
    name || contains(&fold(address.as_str()), called)
}

const fn agent(author: &Author) -> Option<AgentId> {
    match author {
        Author::Agent(id) => Some(*id),
        Author::Contact | Author::Automation(_) => None,
    }
}
