//! What is no resource of its own: webhooks, health, joining, the feed, figures, who works here.

use crate::openapi::operation::{Operation, Parameter};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use smsdesk_common::api::agents::Agents;
use smsdesk_common::api::calls::CallPage;
use smsdesk_common::api::changes::{self, ChangesPage};
use smsdesk_common::api::health::Health;
use smsdesk_common::api::join::{Join, Joined};
use smsdesk_common::api::labels::Labels;
use smsdesk_common::api::lines::Lines;
use smsdesk_common::api::search::SearchPage;
use smsdesk_common::api::stats::Stats;
use smsdesk_common::api::status::RelayStatus;
use smsdesk_common::api::{ErrorCode, conversations};
use smsdesk_common::stats::By;

/// The fields of a webhook as Twilio names them.
#[derive(Deserialize, JsonSchema)]
struct WebhookForm {
    #[serde(flatten)]
    _fields: Map<String, Value>,
}

/// TwiML: what Twilio is to do; without a verb nothing.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only describes")]
struct Twiml(String);

/// Bytes as they came.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only describes")]
#[schemars(rename = "AttachedFile")]
struct File(String);

/// That the address is right.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only describes")]
struct WebhookProbe {
    /// True.
    ok: bool,
    /// Which webhook it is.
    webhook: String,
}

/// That requests are taken.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only describes")]
struct Ready {
    /// True.
    ok: bool,
}

/// This document.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only describes")]
struct OpenApiDocument {
    /// The version of OpenAPI.
    openapi: String,
    /// The rest.
    #[serde(flatten)]
    more: Map<String, Value>,
}

pub(super) fn operations() -> Vec<Operation> {
    let mut all = webhooks();
    all.extend([
        Operation::new("GET", "/health", "getHealth")
            .answers::<Health>(200, "The relay does its work.")
            .answers::<Health>(503, "It does not; the answer says what is wrong."),
        Operation::new("GET", "/ready", "getReady")
            .answers::<Ready>(200, "The relay takes requests."),
        Operation::new("GET", "/v1/openapi.json", "getOpenApi")
            .answers::<OpenApiDocument>(200, "This document."),
        Operation::new("POST", "/v1/join", "join")
            .takes::<Join>(json!({
                "code": "k3f9-…",
                "device": "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee",
            }))
            .answers::<Joined>(201, "The token, which is told once.")
            .refuses(&[ErrorCode::InviteInvalid]),
        Operation::new("GET", "/v1/agents", "listAgents").answers::<Agents>(200, "Everybody."),
        Operation::new("GET", "/v1/lines", "listLines").answers::<Lines>(200, "Every line."),
        Operation::new("GET", "/v1/labels", "listLabels").answers::<Labels>(200, "Every label."),
        calls(),
        Operation::new("GET", "/v1/media/{id}/{index}", "getMedia")
            .answers_as::<File>(200, "The file.", "application/octet-stream")
            .answers_nothing(302, "It lies where `Location` says.")
            .refuses(&[ErrorCode::MediaUnknown, ErrorCode::MediaUnavailable]),
        stream(),
        feed(),
        search(),
        stats(),
        Operation::new("GET", "/v1/status", "getStatus")
            .answers::<RelayStatus>(200, "How it fares now."),
    ]);
    all
}

fn webhooks() -> Vec<Operation> {
    let post = |path, id| {
        Operation::new("POST", path, id).takes::<WebhookForm>(json!({ "Body": "Hello" }))
    };
    vec![
        post("/webhooks/twilio/message", "receiveMessage").answers_as::<Twiml>(
            200,
            "It is stored.",
            "text/xml",
        ),
        Operation::new("GET", "/webhooks/twilio/message", "probeMessageWebhook")
            .answers::<WebhookProbe>(200, "The address is right."),
        post("/webhooks/twilio/status", "receiveStatus").answers_nothing(204, "It is stored."),
        Operation::new("GET", "/webhooks/twilio/status", "probeStatusWebhook")
            .answers::<WebhookProbe>(200, "The address is right."),
        post("/webhooks/twilio/voice", "receiveCall").answers_as::<Twiml>(
            200,
            "It is stored; what Twilio does about the call.",
            "text/xml",
        ),
        Operation::new("GET", "/webhooks/twilio/voice", "probeVoiceWebhook")
            .answers::<WebhookProbe>(200, "The address is right."),
        post("/webhooks/twilio/call-status", "receiveCallStatus").answers_as::<Twiml>(
            200,
            "It is stored.",
            "text/xml",
        ),
        Operation::new(
            "GET",
            "/webhooks/twilio/call-status",
            "probeCallStatusWebhook",
        )
        .answers::<WebhookProbe>(200, "The address is right."),
    ]
}

fn calls() -> Operation {
    let (default, most) = (conversations::PAGE_DEFAULT, conversations::PAGE_MAX);
    Operation::new("GET", "/v1/calls", "listCalls")
        .query([
            Parameter::seq("before", "`next_before` of the page before."),
            Parameter::limit(default as usize, most as usize),
        ])
        .answers::<CallPage>(200, "Calls, newest first.")
}

fn stream() -> Operation {
    Operation::new("GET", "/v1/stream", "openStream")
        .answers_nothing(
            101,
            "The connection speaks WebSocket by `smsdesk.v1`; docs/protocol.md says what.",
        )
        .refuses(&[ErrorCode::UpgradeRequired])
}

fn feed() -> Operation {
    Operation::new("GET", "/v1/changes", "listChanges")
        .query([
            Parameter::seq("after", "Changes after this position, oldest first."),
            Parameter::seq(
                "before",
                "Changes before this position, newest first; not beside `after`.",
            ),
            Parameter::seq(
                "remaining",
                "`remaining` of the page before, so that it is not counted anew; beside `before`.",
            ),
            Parameter::limit(changes::PAGE_DEFAULT, changes::PAGE_MAX),
        ])
        .answers::<ChangesPage>(200, "A part of the feed.")
}

fn search() -> Operation {
    let (default, most) = (conversations::PAGE_DEFAULT, conversations::PAGE_MAX);
    Operation::new("GET", "/v1/search", "search")
        .query([
            Parameter::text("q", "A filter, such as `plumber from:maria`.").required(),
            Parameter::zone(),
            Parameter::seq("before", "`next_before` of the page before."),
            Parameter::limit(default as usize, most as usize),
        ])
        .answers::<SearchPage>(200, "Entries, newest first.")
}

fn stats() -> Operation {
    let day = "A day such as 2026-11-20, or a time";
    Operation::new("GET", "/v1/stats", "getStats")
        .query([
            Parameter::zone(),
            Parameter::text("from", format!("{day}; without it the month's first day.")),
            Parameter::text("to", format!("{day}, a day included; without it today.")),
            Parameter::choice(
                "by",
                "By what figures are told apart.",
                By::ALL.map(By::as_str),
            ),
        ])
        .answers::<Stats>(200, "Figures.")
}
