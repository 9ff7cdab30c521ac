//! `POST /v1/messages`: one text, at once or at a time; and what becomes of one that waits for its
//! time: `GET /v1/messages`, `PATCH` and `DELETE /v1/messages/{id}`.

use crate::described::Of;
use crate::entry::Entry;
use crate::ids::{ConversationId, EntryId, Epoch, RequestId, Seq, TemplateId};
use crate::record::Record;
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Asks the relay to send one text. Answered 201 with the entry, 200 with the same entry where
/// the id came before with the same content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// The words; at most [`crate::segments::BODY_CHARACTERS_MAX`] characters. May be empty beside
    /// attachments.
    pub body: String,
    /// Which line of ours; needed only for a new conversation where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// Attachments, at most [`crate::media::ATTACHMENTS_MAX`]: addresses where the provider fetches them.
    /// Part of what makes two requests the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<String>,
    /// When it is to go out; without it at once. See [`crate::later`] for one that is past.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_at: Option<Timestamp>,
    /// The zone in which that time was thought of, as IANA names it; only to show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Whether a text of the customer that comes before that time cancels it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cancel_on_reply: bool,
    /// The template that the words were made from, to be counted. No part of what makes two
    /// requests the same; one that is gone by now changes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<TemplateId>,
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
    /// Where the same text was asked about before, it covers what was told then, too.
    /// Sends to a number, too, that looks like one which no text reaches.
    /// No part of what makes two requests the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confirm: bool,
}

/// Texts that wait for their time, the next one first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MessagePage {
    /// The texts, each with its `kind` as in the feed.
    #[schemars(with = "Vec<Of<Entry>>")]
    pub messages: Vec<Record>,
    /// Give this as `cursor` for the next page; none at the end.
    pub next_cursor: Option<String>,
}

/// What is to become of a text that waits for its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "MessageInstead")]
pub enum Instead {
    /// It goes out now.
    Queued,
    /// It does not go out.
    Canceled,
}

/// Changes a text that waits for its time; fields that are absent stay as they are. Answered 200
/// with the entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "PatchMessage")]
pub struct MessagePatch {
    /// Chosen by the client; repeating the request is harmless. Becomes the id of the activity
    /// entry that tells of the change.
    pub id: RequestId,
    /// Other words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Another time. A text that is held for having missed its time waits for this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_at: Option<Timestamp>,
    /// The zone in which that time was thought of; only beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Whether a text of the customer cancels it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_on_reply: Option<bool>,
    /// Out now, or not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Instead>,
    /// Only where the text is still at this position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_seq: Option<Seq>,
}

impl MessagePatch {
    /// A patch that changes nothing yet.
    pub const fn new(id: RequestId) -> Self {
        Self {
            id,
            body: None,
            send_at: None,
            zone: None,
            cancel_on_reply: None,
            status: None,
            if_seq: None,
        }
    }

    /// Whether it names no field to change.
    pub const fn is_empty(&self) -> bool {
        self.body.is_none()
            && self.send_at.is_none()
            && self.cancel_on_reply.is_none()
            && self.status.is_none()
    }
}
