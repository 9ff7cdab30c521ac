//! The conversation list: which view, which slice of it, and how its rows look.

use super::listing::{Listing, ViewNumber};
use serde::{Deserialize, Serialize};
use smsdesk_common::conversation::Conversation;
use smsdesk_common::ids::ConversationId;

/// A named selection of conversations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// Open conversations.
    #[default]
    Inbox,
    /// Open and owned by me.
    Mine,
    /// Open and owned by nobody.
    Unassigned,
    /// Everything.
    All,
    /// Put away until later.
    Snoozed,
    /// Dealt with.
    Done,
    /// Somebody asked for attention.
    Flagged,
    /// A view of one's own, by its number in the configuration.
    Saved(ViewNumber),
}

impl View {
    /// Every built-in view in the order of the header.
    pub const ALL: [Self; 7] = [
        Self::Inbox,
        Self::Mine,
        Self::Unassigned,
        Self::All,
        Self::Snoozed,
        Self::Done,
        Self::Flagged,
    ];

    /// As the header names it; one of one's own has its name in the configuration.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Inbox => "Inbox",
            Self::Mine => "Mine",
            Self::Unassigned => "Unassigned",
            Self::All => "All",
            Self::Snoozed => "Snoozed",
            Self::Done => "Done",
            Self::Flagged => "Flagged",
            Self::Saved(_) => "View",
        }
    }
}

/// One conversation as the list shows it: names are resolved, nothing is looked up while drawing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListRow {
    /// The record.
    pub conversation: Conversation,
    /// The contact's name, where they have one; remote text.
    pub name: Option<String>,
    /// The owner's initials.
    pub owner: Option<String>,
    /// Inbound texts that I have not read.
    pub unread: u32,
    /// Whether a draft of mine waits here.
    pub has_draft: bool,
    /// How it begins; empty without one.
    #[serde(default)]
    pub draft: String,
    /// My requests that the relay has not confirmed yet.
    pub pending: u32,
}

/// How much of a draft a row shows, in characters: more than there is room for.
const DRAFT_CHARACTERS_MAX: usize = 120;

/// How a draft begins, for its row in the list.
pub fn draft_head(draft: &str) -> String {
    draft.trim().chars().take(DRAFT_CHARACTERS_MAX).collect()
}

/// Which rows to read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ListQuery {
    /// `limit` rows from `start` (0 is the top).
    Range {
        /// Of what.
        listing: Listing,
        /// How many rows to skip.
        start: u32,
        /// The most rows to read.
        limit: u32,
    },
    /// `limit` rows with this conversation about in the middle; from the top where the listing
    /// does not hold it.
    Around {
        /// Of what.
        listing: Listing,
        /// Which conversation.
        conversation: ConversationId,
        /// The most rows to read.
        limit: u32,
    },
    /// These conversations in this order, whatever view they are in: the list while an agent
    /// writes, when nothing may move. Missing ones are left out.
    Frozen {
        /// What is shown; only for the answer's counts.
        listing: Listing,
        /// What is shown.
        conversations: Vec<ConversationId>,
        /// Goes into the answer's `start` unchanged.
        start: u32,
    },
}

impl ListQuery {
    /// What is asked about.
    pub const fn listing(&self) -> &Listing {
        match self {
            Self::Range { listing, .. }
            | Self::Around { listing, .. }
            | Self::Frozen { listing, .. } => listing,
        }
    }
}

/// A part of a view, as it was at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListSlice {
    /// Of what.
    pub listing: Listing,
    /// How many rows come before the first one here.
    pub start: u32,
    /// How many rows there are.
    pub total: u32,
    /// The rows.
    pub rows: Vec<ListRow>,
    /// How many conversations each view holds, in the order of [`View::ALL`].
    pub counts: [u32; View::ALL.len()],
    /// The same of the views of one's own, by number.
    pub saved: Vec<u32>,
    /// Texts today by the terminal's clock and zone: (in, out).
    pub today: (u32, u32),
    /// How many customers wait for me or for nobody in particular, at most
    /// [`WAITING_MAX`], as the relay's records say.
    pub waiting: u32,
    /// What is known of the relay's sending.
    pub sending: Sending,
    /// Texts that wait for their time; none in what was recorded before there were any.
    #[serde(default)]
    pub timed: u32,
}

/// What is counted of those who wait: a title has no room for more.
pub const WAITING_MAX: u32 = 1_000;

/// How the relay gets on with sending, as far as its records on this disk say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sending {
    /// Texts of ours that the relay has and Twilio has not.
    pub queued: u32,
    /// Set while Twilio refuses the account of a line.
    pub paused: Option<PausedLines>,
    /// Whether an admin or the operator has paused everything.
    #[serde(default)]
    pub stopped: bool,
}

/// Lines that do not send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PausedLines {
    /// How many.
    pub paused: u32,
    /// Of how many that are in use.
    pub of: u32,
    /// Twilio's code for the one that has been so for the longest.
    pub code: u32,
}
