//! One conversation's timeline as far as it is loaded.

use crate::model::list::ListRow;
use crate::model::templates::Origin;
use serde::{Deserialize, Serialize};
use smsdesk_common::api::Problem;
use smsdesk_common::contact::Contact;
use smsdesk_common::entry::Entry;
use smsdesk_common::ids::{ConversationId, Seq};
use smsdesk_common::time::Timestamp;

/// A place in a timeline: entries are ordered by when the relay took them, then by commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TimelineKey {
    /// [`Entry::at`].
    pub at: Timestamp,
    /// [`Entry::position`].
    pub position: Seq,
}

impl TimelineKey {
    /// Behind every entry.
    pub const LAST: Self = Self {
        at: Timestamp::from_millis(i64::MAX),
        position: Seq(u64::MAX),
    };

    /// Where `entry` stands.
    pub const fn of(entry: &Entry) -> Self {
        Self {
            at: entry.at,
            position: entry.position,
        }
    }
}

/// What is true of an entry that so far only this device knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Local {
    /// On this disk; the relay has not answered yet.
    Waiting,
    /// On this disk, and not sent before that time: it can be taken back.
    Held {
        /// When it goes out.
        until: Timestamp,
    },
    /// The relay refused it for good; the words can be edited and sent again.
    Refused(Problem),
}

/// An entry with what this device adds to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineItem {
    /// The record, or the echo of a request that is still on its way (then its `position` is
    /// [`Seq`]`(u64::MAX)` and its `seq` zero).
    pub entry: Entry,
    /// Who wrote it, in words: a colleague's name; none for the customer.
    pub author_name: Option<String>,
    /// Set while only this device knows of it.
    pub local: Option<Local>,
}

/// Which part of a timeline to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChatQuery {
    /// The newest `limit` entries and every echo.
    Latest {
        /// Which conversation.
        conversation: ConversationId,
        /// The most entries to read.
        limit: u32,
    },
    /// Everything from `from` on, and every echo: a refresh of what is loaded.
    From {
        /// Which conversation.
        conversation: ConversationId,
        /// The first entry to read.
        from: TimelineKey,
    },
    /// The `limit` entries before `before`.
    Before {
        /// Which conversation.
        conversation: ConversationId,
        /// Not itself included.
        before: TimelineKey,
        /// The most entries to read.
        limit: u32,
    },
    /// About `limit` entries around a place, half of them up to it and half behind it; no echoes.
    Around {
        /// Which conversation.
        conversation: ConversationId,
        /// Which place.
        at: TimelineKey,
        /// The most entries to read.
        limit: u32,
    },
}

impl ChatQuery {
    /// Which conversation it asks about.
    pub const fn conversation(&self) -> ConversationId {
        match self {
            Self::Latest { conversation, .. }
            | Self::From { conversation, .. }
            | Self::Before { conversation, .. }
            | Self::Around { conversation, .. } => *conversation,
        }
    }
}

/// How far a colleague has read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadBy {
    /// Their name; remote text.
    pub name: String,
    /// [`Entry::position`] of the newest entry that they saw.
    pub position: Seq,
    /// When.
    pub at: Timestamp,
}

/// A part of a timeline, as it was at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatSlice {
    /// What was asked.
    pub query: ChatQuery,
    /// The conversation as the list would show it.
    pub row: ListRow,
    /// Entries in the order of the timeline, echoes last.
    pub items: Vec<TimelineItem>,
    /// Whether this disk holds older entries than the first one here.
    pub has_older: bool,
    /// Up to where I have read; inbound entries beyond are new.
    pub read_position: Seq,
    /// How far each colleague has read, as far as they have.
    pub read_by: Vec<ReadBy>,
    /// My draft here; empty without one.
    pub draft: String,
    /// My draft of a note here; empty without one, and in what was recorded before there were any.
    #[serde(default)]
    pub note_draft: String,
    /// What my draft owes to templates.
    #[serde(default)]
    pub owes: Origin,
    /// Whoever it is with, as this device shows them; none where the record is not here.
    #[serde(default)]
    pub contact: Option<Box<Contact>>,
}
