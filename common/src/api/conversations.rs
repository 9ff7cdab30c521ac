//! `GET /v1/conversations` and `GET /v1/conversations/{id}/entries`: pages for scripts.

use crate::conversation::Conversation;
use crate::entry::Entry;
use crate::ids::Seq;
use serde::{Deserialize, Serialize};

/// The page size where the caller names none.
pub const PAGE_DEFAULT: u32 = 50;
/// The largest page.
pub const PAGE_MAX: u32 = 500;

/// Conversations, most recently touched first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationPage {
    /// The conversations.
    pub conversations: Vec<Conversation>,
    /// Give this as `cursor` for the next page; none at the end.
    pub next_cursor: Option<String>,
}

/// A part of a timeline, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryPage {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Give this as `before` for the next page; none at the beginning of the conversation.
    pub next_before: Option<Seq>,
}
