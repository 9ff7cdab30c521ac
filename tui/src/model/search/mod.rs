//! A search over everything that is on this disk: what is asked, and what was found.

pub mod finder;
pub mod marks;
pub mod walk;

use super::chat::TimelineKey;
use serde::{Deserialize, Serialize};
use smsdesk_common::entry::{Direction, EntryKind};
use smsdesk_common::ids::{ConversationId, EntryId};
use smsdesk_common::phone::Address;
use smsdesk_common::time::Timestamp;

/// The most hits of one answer: more are not read one by one, but narrowed by typing on.
pub const HITS_MAX: usize = 200;

/// The most people of one answer: what is said matters more than who is called so.
pub const PEOPLE_MAX: usize = 20;

/// What is asked. The text alone does not tell two questions apart: records come in between.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchQuery {
    /// Counts the questions of this app: an answer to an older one than the newest is stale.
    pub number: u64,
    /// As it was typed; see [`smsdesk_common::filter::Search`].
    pub text: String,
}

/// Who is behind a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// Which conversation.
    pub conversation: ConversationId,
    /// The customer's name; remote text.
    pub name: Option<String>,
    /// The customer's address.
    pub address: Address,
}

/// An entry that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// Where.
    pub who: Who,
    /// Which entry.
    pub entry: EntryId,
    /// Its place in the timeline.
    pub key: TimelineKey,
    /// What it is.
    pub entry_kind: EntryKind,
    /// Whose words.
    pub direction: Direction,
    /// The colleague or rule that wrote it; none for the customer.
    pub author_name: Option<String>,
    /// The words; remote text.
    pub body: String,
    /// How many attachments it has.
    pub media: u32,
}

/// Somebody whose name or number was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Who.
    pub who: Who,
    /// When something was last said there.
    pub last_at: Timestamp,
}

/// How many of the hits are in the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reach {
    /// All.
    #[default]
    Every,
    /// The newest; there are more.
    First,
    /// Those among the newest so many texts with these words: to look further would take too long.
    Among(u32),
}

/// How much of the texts on this disk can be found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// The newest so many.
    pub indexed: u32,
    /// Of so many.
    pub entries: u32,
}

impl Coverage {
    /// Whether nothing is missing.
    pub const fn is_whole(self) -> bool {
        self.indexed >= self.entries
    }
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// What was asked.
    pub query: SearchQuery,
    /// The newest first.
    pub hits: Vec<Hit>,
    /// Whether these are all.
    pub reach: Reach,
    /// Who was last heard of first.
    pub people: Vec<Person>,
    /// How much was searched.
    pub coverage: Coverage,
}
