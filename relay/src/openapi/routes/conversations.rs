//! `/v1/conversations` and what hangs below it, and single entries.

use crate::openapi::operation::{Operation, Parameter};
use serde_json::json;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::conversations::{
    ConversationPage, EntryPage, PAGE_DEFAULT, PAGE_MAX, Patch,
};
use smsdesk_common::api::notes::WriteNote;
use smsdesk_common::api::read::SetRead;
use smsdesk_common::conversation::Conversation;
use smsdesk_common::described::Of;
use smsdesk_common::entry::Entry;
use smsdesk_common::read_marker::ReadMarker;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        list(),
        Operation::new("GET", "/v1/conversations/{id}", "getConversation")
            .answers::<Of<Conversation>>(200, "The conversation.")
            .refuses(&[ErrorCode::ConversationUnknown]),
        patch(),
        Operation::new("GET", "/v1/conversations/{id}/entries", "listEntries")
            .query([
                Parameter::seq("before", "`next_before` of the page before."),
                limit(),
            ])
            .answers::<EntryPage>(200, "A part of the timeline, newest first.")
            .refuses(&[ErrorCode::ConversationUnknown]),
        Operation::new("POST", "/v1/conversations/{id}/notes", "writeNote")
            .takes::<WriteNote>(json!({
                "id": "0199aaaa-bbbb-7ccc-8ddd-000000000011",
                "body": "@Bo she prefers mornings",
            }))
            .makes::<Of<Entry>>()
            .refuses(&[
                ErrorCode::ConversationUnknown,
                ErrorCode::BodyEmpty,
                ErrorCode::BodyTooLong,
                ErrorCode::IdReused,
            ]),
        Operation::new("PUT", "/v1/conversations/{id}/read", "setRead")
            .takes::<SetRead>(json!({
                "id": "0199aaaa-bbbb-7ccc-8ddd-000000000012",
                "position": 42,
                "inbound_read": 3,
            }))
            .answers::<Of<ReadMarker>>(200, "The caller's marker.")
            .refuses(&[ErrorCode::ConversationUnknown, ErrorCode::IdReused]),
        Operation::new("GET", "/v1/entries/{id}", "getEntry")
            .answers::<Of<Entry>>(200, "The entry.")
            .refuses(&[ErrorCode::EntryUnknown]),
    ]
}

fn limit() -> Parameter {
    Parameter::limit(PAGE_DEFAULT as usize, PAGE_MAX as usize)
}

fn list() -> Operation {
    Operation::new("GET", "/v1/conversations", "listConversations")
        .query([
            Parameter::choice(
                "view",
                "Where they stand in the team's work; without it anywhere.",
                ["open", "snoozed", "done", "all"],
            ),
            Parameter::text("assignee", "Whose they are: `me`, `none` or an agent's id."),
            Parameter::text("q", "A filter, such as `label:billing -maria`."),
            Parameter::zone(),
            Parameter::cursor(),
            limit(),
        ])
        .answers::<ConversationPage>(200, "Conversations.")
}

fn patch() -> Operation {
    Operation::new("PATCH", "/v1/conversations/{id}", "updateConversation")
        .takes::<Patch>(json!({
            "id": "0199aaaa-bbbb-7ccc-8ddd-000000000013",
            "status": "snoozed",
            "snoozed_until": "2026-11-24T14:00:00Z",
            "labels": ["billing"],
        }))
        .answers::<Of<Conversation>>(200, "The conversation.")
        .refuses(&[
            ErrorCode::ConversationUnknown,
            ErrorCode::PatchEmpty,
            ErrorCode::LabelInvalid,
            ErrorCode::FlagReasonInvalid,
            ErrorCode::SnoozeInvalid,
            ErrorCode::AgentUnknown,
            ErrorCode::AgentRevoked,
            ErrorCode::ConversationChanged,
            ErrorCode::CustomerWrote,
            ErrorCode::IdReused,
        ])
}
