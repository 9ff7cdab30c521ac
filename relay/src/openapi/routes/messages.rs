//! `/v1/messages`: texts that go out, at once or at their time.

use crate::openapi::operation::{Operation, Parameter};
use serde_json::json;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::conversations::{PAGE_DEFAULT, PAGE_MAX};
use smsdesk_common::api::messages::{MessagePage, MessagePatch, SendMessage};
use smsdesk_common::described::Of;
use smsdesk_common::entry::Entry;

const ONE: &str = "The text's entry.";

/// What keeps a text that waits from being changed.
const TIMED: [ErrorCode; 5] = [
    ErrorCode::EntryUnknown,
    ErrorCode::AlreadySent,
    ErrorCode::AlreadyCanceled,
    ErrorCode::OptedOut,
    ErrorCode::IdReused,
];

pub(super) fn operations() -> Vec<Operation> {
    vec![
        send(),
        Operation::new("GET", "/v1/messages", "listMessages")
            .query([
                Parameter::choice(
                    "status",
                    "Those that wait; there are no others here.",
                    ["scheduled"],
                ),
                Parameter::cursor(),
                Parameter::limit(PAGE_DEFAULT as usize, PAGE_MAX as usize),
            ])
            .answers::<MessagePage>(200, "Texts that wait for their time, the next one first."),
        Operation::new("GET", "/v1/messages/{id}", "getMessage")
            .answers::<Of<Entry>>(200, ONE)
            .refuses(&[ErrorCode::EntryUnknown]),
        Operation::new("PATCH", "/v1/messages/{id}", "updateMessage")
            .takes::<MessagePatch>(json!({
                "id": "0199aaaa-bbbb-7ccc-8ddd-000000000022",
                "send_at": "2026-11-24T15:30:00Z",
                "zone": "America/New_York",
            }))
            .answers::<Of<Entry>>(200, ONE)
            .refuses(&TIMED)
            .refuses(&[
                ErrorCode::PatchEmpty,
                ErrorCode::SendAtInvalid,
                ErrorCode::BodyEmpty,
                ErrorCode::BodyTooLong,
                ErrorCode::MessageChanged,
            ]),
        Operation::new("DELETE", "/v1/messages/{id}", "cancelMessage")
            .query([Parameter::id(
                "id",
                "The request's id, so that repeating it is harmless.",
            )])
            .answers::<Of<Entry>>(200, ONE)
            .refuses(&TIMED),
    ]
}

fn send() -> Operation {
    Operation::new("POST", "/v1/messages", "sendMessage")
        .takes::<SendMessage>(json!({
            "id": "0199aaaa-bbbb-7ccc-8ddd-000000000021",
            "to": "+1 239 426 7058",
            "body": "We are on our way.",
        }))
        .makes::<Of<Entry>>()
        .refuses(&[
            ErrorCode::RecipientAmbiguous,
            ErrorCode::ToInvalid,
            ErrorCode::BodyEmpty,
            ErrorCode::BodyTooLong,
            ErrorCode::LineUnknown,
            ErrorCode::SendAtInvalid,
            ErrorCode::MediaInvalid,
            ErrorCode::ConversationUnknown,
            ErrorCode::ToLandline,
            ErrorCode::ToUnreachable,
            ErrorCode::QuietHours,
            ErrorCode::OptedOut,
            ErrorCode::RelayRestored,
            ErrorCode::CustomerWrote,
            ErrorCode::AnsweredByOther,
            ErrorCode::ClosedByOther,
            ErrorCode::OwnerChanged,
            ErrorCode::IdReused,
        ])
}
