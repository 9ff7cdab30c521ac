//! `GET /v1/conversations` and `GET /v1/conversations/{id}/entries`: pages for scripts.

use crate::ids::Seq;
use crate::record::Record;
use serde::{Deserialize, Serialize};

/// The page size where the caller names none.
pub const PAGE_DEFAULT: u32 = 50;
/// The largest page.
pub const PAGE_MAX: u32 = 500;

/// Conversations, most recently touched first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationPage {
    /// The conversations, each with its `kind` as in the feed.
    pub conversations: Vec<Record>,
    /// Give this as `cursor` for the next page; none at the end.
    pub next_cursor: Option<String>,
}

/// A part of a timeline, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryPage {
    /// The entries, each with its `kind` as in the feed.
    pub entries: Vec<Record>,
    /// Give this as `before` for the next page; none at the beginning of the conversation.
    pub next_before: Option<Seq>,
}
