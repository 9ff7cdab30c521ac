//! `GET /v1/conversations` and `GET /v1/conversations/{id}/entries`: pages for scripts; and
//! `PATCH /v1/conversations/{id}`: triage.

use super::update::{Update, given};
use crate::conversation::{Conversation, ConversationStatus};
use crate::described::Of;
use crate::entry::Entry;
use crate::ids::{AgentId, RequestId, Seq};
use crate::record::Record;
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The page size where the caller names none.
pub const PAGE_DEFAULT: u32 = 50;
/// The largest page.
pub const PAGE_MAX: u32 = 500;

/// Conversations, most recently touched first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConversationPage {
    /// The conversations, each with its `kind` as in the feed.
    #[schemars(with = "Vec<Of<Conversation>>")]
    pub conversations: Vec<Record>,
    /// Give this as `cursor` for the next page; none at the end.
    pub next_cursor: Option<String>,
}

/// A part of a timeline, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EntryPage {
    /// The entries, each with its `kind` as in the feed.
    #[schemars(with = "Vec<Of<Entry>>")]
    pub entries: Vec<Record>,
    /// Give this as `before` for the next page; none at the beginning of the conversation.
    pub next_before: Option<Seq>,
}

/// Changes a conversation's state; fields that are absent stay as they are. Answered 200 with the
/// conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "PatchConversation")]
pub struct Patch {
    /// Chosen by the client; repeating the request is harmless. Becomes the id of the activity
    /// entry that tells of the change.
    pub id: RequestId,
    /// Where it stands in the team's work.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "ConversationStatus")]
    pub status: Option<ConversationStatus>,
    /// Who owns it; `null` for nobody.
    #[serde(default, skip_serializing_if = "Update::is_keep")]
    pub assignee: Update<AgentId>,
    /// All its labels; see [`crate::triage::unfit`].
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Vec<String>")]
    pub labels: Option<Vec<String>>,
    /// Whether it wants attention.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "bool")]
    pub flagged: Option<bool>,
    /// Why it wants attention, see [`crate::triage::unfit_reason`]; `null` for no reason. Only where
    /// it is flagged, or is by this patch.
    #[serde(default, skip_serializing_if = "Update::is_keep")]
    pub flag_reason: Update<String>,
    /// When a snoozed one comes back; `null` for when the customer writes.
    #[serde(default, skip_serializing_if = "Update::is_keep")]
    pub snoozed_until: Update<Timestamp>,
    /// Only where the conversation is still at this position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_seq: Option<Seq>,
    /// [`crate::entry::Entry::position`] of the newest entry that the sender had seen: a
    /// conversation is not put away over a text of the customer that came later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_seq: Option<Seq>,
}

impl Patch {
    /// A patch that changes nothing yet.
    pub const fn new(id: RequestId) -> Self {
        Self {
            id,
            status: None,
            assignee: Update::Keep,
            labels: None,
            flagged: None,
            flag_reason: Update::Keep,
            snoozed_until: Update::Keep,
            if_seq: None,
            seen_seq: None,
        }
    }

    /// Whether it names no field to change.
    pub const fn is_empty(&self) -> bool {
        self.status.is_none()
            && self.assignee.is_keep()
            && self.labels.is_none()
            && self.flagged.is_none()
            && self.flag_reason.is_keep()
            && self.snoozed_until.is_keep()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = r#""id":"0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee""#;

    fn read(fields: &str) -> Result<Patch, String> {
        serde_json::from_str(&format!("{{{ID}{fields}}}")).map_err(|error| error.to_string())
    }

    #[test]
    fn a_field_that_is_absent_is_kept_and_null_clears_it() {
        let kept = read("").unwrap();
        assert!(kept.is_empty());
        let cleared = read(r#","assignee":null,"snoozed_until":null"#).unwrap();
        assert_eq!(
            (cleared.assignee, cleared.snoozed_until),
            (Update::Clear, Update::Clear)
        );
        let set = read(r#","assignee":"0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee""#).unwrap();
        assert!(matches!(set.assignee, Update::Set(_)));
        assert!(!cleared.is_empty() && !set.is_empty());
    }

    #[test]
    fn every_patch_reads_back_as_written() {
        for fields in [
            "",
            r#","status":"done","seen_seq":7"#,
            r#","assignee":null"#,
            r#","assignee":"0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee","if_seq":3"#,
            r#","labels":[]"#,
            r#","labels":["billing"],"flagged":false"#,
            r#","flagged":true,"flag_reason":"ask the owner first""#,
            r#","flag_reason":null"#,
            r#","status":"snoozed","snoozed_until":"2026-11-20T12:00:00.000Z""#,
        ] {
            let patch = read(fields).unwrap();
            let written = serde_json::to_string(&patch).unwrap();
            assert_eq!(written, format!("{{{ID}{fields}}}"));
        }
    }

    #[test]
    fn what_cannot_be_empty_is_not_cleared_by_null() {
        for field in ["status", "labels", "flagged"] {
            assert!(read(&format!(r#","{field}":null"#)).is_err(), "{field}");
        }
        let error = read(r#","status":"closed""#).unwrap_err();
        assert!(error.contains("`open`, `snoozed`, `done`"), "{error}");
    }
}
