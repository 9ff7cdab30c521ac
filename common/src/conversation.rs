//! A conversation: everything said between one line of ours and one address of theirs.

use crate::entry::{Author, Direction, Entry, EntryKind};
use crate::ids::{AgentId, ContactId, ConversationId, EntryId, Seq};
use crate::phone::Address;
use crate::status::DeliveryStatus;
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The longest preview that a conversation carries, in characters: a list row shows less.
pub const PREVIEW_CHARACTERS_MAX: usize = 160;

/// Where a conversation stands in the team's work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConversationStatus {
    /// In the inbox.
    #[default]
    Open,
    /// Put away until a time, or until the customer writes.
    Snoozed,
    /// Dealt with; the next inbound text opens it again.
    Done,
}

impl ConversationStatus {
    /// The name in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Snoozed => "snoozed",
            Self::Done => "done",
        }
    }

    /// Reads [`Self::as_str`]'s names.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "open" => Some(Self::Open),
            "snoozed" => Some(Self::Snoozed),
            "done" => Some(Self::Done),
            _ => None,
        }
    }
}

/// One line of ours, one address of theirs, and the state of the team's work on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Conversation {
    /// Stays for ever; there is one conversation for a pair of line and address.
    pub id: ConversationId,
    /// The commit that last touched this record.
    pub seq: Seq,
    /// Our side.
    pub line: Address,
    /// Their side.
    pub address: Address,
    /// Who stands behind `address`.
    pub contact: ContactId,
    /// Where it stands in the team's work.
    #[serde(default)]
    pub status: ConversationStatus,
    /// Who owns it.
    #[serde(default)]
    pub assignee: Option<AgentId>,
    /// Labels, sorted, without repeats.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Whether somebody asked for attention.
    #[serde(default)]
    pub flagged: bool,
    /// Why, in the words of whoever flagged it; at most
    /// [`crate::triage::FLAG_REASON_CHARACTERS_MAX`] characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flag_reason: Option<String>,
    /// When a snoozed conversation comes back, where a time was given.
    #[serde(default)]
    pub snoozed_until: Option<Timestamp>,
    /// The first inbound text that nobody answered yet.
    #[serde(default)]
    pub waiting_since: Option<Timestamp>,
    /// How many inbound texts it holds; see [`crate::read_marker::ReadMarker::inbound_read`].
    #[serde(default)]
    pub inbound_total: u32,
    /// The newest entry in short, for a list row.
    #[serde(default)]
    pub last: Option<Preview>,
    /// When it began.
    pub created_at: Timestamp,
}

/// The newest entry of a conversation in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "EntryPreview")]
pub struct Preview {
    /// Which entry.
    pub entry: EntryId,
    /// That entry's place in the timeline.
    pub position: Seq,
    /// Message, note, call or activity.
    pub entry_kind: EntryKind,
    /// Whose words.
    pub direction: Direction,
    /// Who spoke.
    pub author: Author,
    /// The body's first [`PREVIEW_CHARACTERS_MAX`] characters; remote text.
    pub text: String,
    /// How many attachments it has.
    #[serde(default)]
    pub media: u32,
    /// How far its delivery has come.
    #[serde(default)]
    pub status: Option<DeliveryStatus>,
    /// When the relay took it.
    pub at: Timestamp,
}

impl Preview {
    /// `entry` in short.
    pub fn of(entry: &Entry) -> Self {
        Self {
            entry: entry.id,
            position: entry.position,
            entry_kind: entry.entry_kind,
            direction: entry.direction,
            author: entry.author.clone(),
            text: entry.body.chars().take(PREVIEW_CHARACTERS_MAX).collect(),
            media: u32::try_from(entry.media.len()).unwrap_or(u32::MAX),
            status: entry.status,
            at: entry.at,
        }
    }
}
