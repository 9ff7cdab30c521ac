//! A synced row of any kind, as one closed type with a door for kinds of a later version.

use crate::agent::Agent;
use crate::broadcast::Broadcast;
use crate::contact::Contact;
use crate::conversation::Conversation;
use crate::entry::Entry;
use crate::ids::Seq;
use crate::job::Job;
use crate::line::Line;
use crate::read_marker::ReadMarker;
use crate::rule::Rule;
use crate::settings::Setting;
use crate::template::Template;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The kinds of record that this version knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// [`Agent`].
    Agent,
    /// [`Broadcast`].
    Broadcast,
    /// [`Contact`].
    Contact,
    /// [`Conversation`].
    Conversation,
    /// [`Entry`].
    Entry,
    /// [`Job`].
    Job,
    /// [`Line`].
    Line,
    /// [`ReadMarker`].
    ReadMarker,
    /// [`Rule`].
    Rule,
    /// [`Setting`].
    Setting,
    /// [`Template`].
    Template,
}

impl Kind {
    /// Every kind, in the order of their names.
    pub const ALL: [Self; 11] = [
        Self::Agent,
        Self::Broadcast,
        Self::Contact,
        Self::Conversation,
        Self::Entry,
        Self::Job,
        Self::Line,
        Self::ReadMarker,
        Self::Rule,
        Self::Setting,
        Self::Template,
    ];

    /// The name in the feed and in the digest.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Broadcast => "broadcast",
            Self::Contact => "contact",
            Self::Conversation => "conversation",
            Self::Entry => "entry",
            Self::Job => "job",
            Self::Line => "line",
            Self::ReadMarker => "read_marker",
            Self::Rule => "rule",
            Self::Setting => "setting",
            Self::Template => "template",
        }
    }

    /// Reads [`Self::as_str`]'s names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A synced row. In JSON the record's own fields beside `kind`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    /// Somebody who answers.
    Agent(Agent),
    /// One text to many.
    Broadcast(Box<Broadcast>),
    /// Whoever stands behind an address.
    Contact(Box<Contact>),
    /// A conversation's state.
    Conversation(Box<Conversation>),
    /// One thing in a timeline.
    Entry(Box<Entry>),
    /// Somebody visits a customer at a time.
    Job(Box<Job>),
    /// An address of ours.
    Line(Line),
    /// How far an agent has read.
    ReadMarker(ReadMarker),
    /// What answers or sorts what customers write.
    Rule(Box<Rule>),
    /// Everything that is set.
    Setting(Box<Setting>),
    /// A text that is written once and sent often.
    Template(Box<Template>),
}

impl Record {
    /// Which kind it is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Agent(_) => Kind::Agent,
            Self::Broadcast(_) => Kind::Broadcast,
            Self::Contact(_) => Kind::Contact,
            Self::Conversation(_) => Kind::Conversation,
            Self::Entry(_) => Kind::Entry,
            Self::Job(_) => Kind::Job,
            Self::Line(_) => Kind::Line,
            Self::ReadMarker(_) => Kind::ReadMarker,
            Self::Rule(_) => Kind::Rule,
            Self::Setting(_) => Kind::Setting,
            Self::Template(_) => Kind::Template,
        }
    }

    /// Its id within its kind.
    pub fn id(&self) -> String {
        match self {
            Self::Agent(agent) => agent.id.to_string(),
            Self::Broadcast(broadcast) => broadcast.id.to_string(),
            Self::Contact(contact) => contact.id.to_string(),
            Self::Conversation(conversation) => conversation.id.to_string(),
            Self::Entry(entry) => entry.id.to_string(),
            Self::Job(job) => job.id.to_string(),
            Self::Line(line) => line.id.as_str().to_owned(),
            Self::ReadMarker(marker) => marker.id.clone(),
            Self::Rule(rule) => rule.id.to_string(),
            Self::Setting(setting) => setting.id.clone(),
            Self::Template(template) => template.id.to_string(),
        }
    }

    /// The commit that last touched it.
    pub const fn seq(&self) -> Seq {
        match self {
            Self::Agent(agent) => agent.seq,
            Self::Broadcast(broadcast) => broadcast.seq,
            Self::Contact(contact) => contact.seq,
            Self::Conversation(conversation) => conversation.seq,
            Self::Entry(entry) => entry.seq,
            Self::Job(job) => job.seq,
            Self::Line(line) => line.seq,
            Self::ReadMarker(marker) => marker.seq,
            Self::Rule(rule) => rule.seq,
            Self::Setting(setting) => setting.seq,
            Self::Template(template) => template.seq,
        }
    }
}
