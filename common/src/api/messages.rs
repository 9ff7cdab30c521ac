//! `POST /v1/messages`: one text.

use crate::ids::{ConversationId, EntryId, Epoch, Seq};
use serde::{Deserialize, Serialize};

/// Asks the relay to send one text. Answered 201 with the entry, 200 with the same entry where
/// the id came before with the same content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendMessage {
    /// Chosen by the sender (UUIDv7), so that repeating the request is harmless. Without it the
    /// relay chooses one and a repeat sends again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<EntryId>,
    /// A number in any usual writing; exactly one of `to` and `conversation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// An existing conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationId>,
    /// The id that the conversation gets where `to` has none with that line yet, chosen by the sender.
    /// Where there is one, the text goes there and the entry names it. No part of what makes two
    /// requests the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<ConversationId>,
    /// The words; at most [`crate::segments::BODY_CHARACTERS_MAX`] characters.
    pub body: String,
    /// Which line of ours; needed only for a new conversation where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// Attachments; not supported by this version.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<String>,
    /// A later time; not supported by this version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_at: Option<String>,
    /// [`crate::entry::Entry::position`] of the newest entry that the sender had seen. What others
    /// did there since ([`crate::meanwhile`]) is asked about with a 409 instead of being written
    /// over. No part of what makes two requests the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_seq: Option<Seq>,
    /// The life of the relay's database that the sender knew when the text was written. A relay
    /// that was restored since may have lost that it took the text; it refuses instead of sending
    /// twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
    /// Whether the sender was asked and said yes. Covers what lies at or before `seen_seq`, which is
    /// then the question's [`crate::meanwhile::Meanwhile::up_to`]: whatever came later asks again.
    /// Sends to a number, too, that looks like one which no text reaches.
    /// No part of what makes two requests the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confirm: bool,
}
