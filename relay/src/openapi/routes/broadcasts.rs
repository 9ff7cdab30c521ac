//! `/v1/messages/bulk` and `/v1/broadcasts`.

use crate::openapi::operation::{Operation, Parameter};
use serde_json::json;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::broadcasts::{
    BroadcastList, BroadcastPage, BulkPlan, PatchBroadcast, SendBulk,
};
use smsdesk_common::api::conversations::{PAGE_DEFAULT, PAGE_MAX};
use smsdesk_common::broadcast::Broadcast;
use smsdesk_common::described::Of;

fn limit() -> Parameter {
    Parameter::limit(PAGE_DEFAULT as usize, PAGE_MAX as usize)
}

pub(super) fn operations() -> Vec<Operation> {
    vec![
        bulk(),
        Operation::new("GET", "/v1/broadcasts", "listBroadcasts")
            .query([Parameter::cursor(), limit()])
            .answers::<BroadcastList>(200, "Broadcasts."),
        Operation::new("GET", "/v1/broadcasts/{id}", "getBroadcast")
            .query([Parameter::cursor(), limit()])
            .answers::<BroadcastPage>(200, "The broadcast, and a part of its recipients.")
            .refuses(&[ErrorCode::BroadcastUnknown]),
        Operation::new("PATCH", "/v1/broadcasts/{id}", "updateBroadcast")
            .takes::<PatchBroadcast>(json!({
                "id": "0199aaaa-bbbb-7ccc-8ddd-000000000072",
                "action": "pause",
            }))
            .answers::<Of<Broadcast>>(200, "The broadcast.")
            .refuses(&[
                ErrorCode::BroadcastUnknown,
                ErrorCode::BroadcastChanged,
                ErrorCode::BroadcastEnded,
                ErrorCode::IdReused,
            ]),
    ]
}

fn bulk() -> Operation {
    Operation::new("POST", "/v1/messages/bulk", "sendBulk")
        .takes::<SendBulk>(json!({
            "id": "0199aaaa-bbbb-7ccc-8ddd-000000000071",
            "label": "vip",
            "body": "The office is closed on Monday.",
        }))
        .answers::<BulkPlan>(200, "With `dry_run`: what it would be.")
        .answers::<BroadcastPage>(202, "The broadcast, and the first of its recipients.")
        .refuses(&[
            ErrorCode::RecipientsInvalid,
            ErrorCode::VariableInvalid,
            ErrorCode::TemplateInvalid,
            ErrorCode::TemplateUnknown,
            ErrorCode::BodyEmpty,
            ErrorCode::BodyTooLong,
            ErrorCode::LineUnknown,
            ErrorCode::BroadcastChanged,
            ErrorCode::IdReused,
        ])
}
