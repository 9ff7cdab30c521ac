//! `/v1/jobs`, what hangs below it, and `/v1/triggers`.

use crate::openapi::operation::{Operation, Parameter};
use serde_json::json;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::conversations::{PAGE_DEFAULT, PAGE_MAX};
use smsdesk_common::api::jobs::{
    JobPage, LocationTaken, MakeJob, PatchJob, PostLocation, PostTrigger,
};
use smsdesk_common::described::Of;
use smsdesk_common::entry::Entry;
use smsdesk_common::job::{Job, JobStatus};

const ONE: &str = "The job.";

/// Why nobody, or nobody for sure, is meant.
const WHOM: [ErrorCode; 5] = [
    ErrorCode::RecipientAmbiguous,
    ErrorCode::ToInvalid,
    ErrorCode::LineUnknown,
    ErrorCode::ContactUnknown,
    ErrorCode::ConversationUnknown,
];

pub(super) fn operations() -> Vec<Operation> {
    vec![
        list(),
        make(),
        Operation::new("GET", "/v1/jobs/{id}", "getJob")
            .answers::<Of<Job>>(200, ONE)
            .refuses(&[ErrorCode::JobUnknown]),
        Operation::new("PATCH", "/v1/jobs/{id}", "updateJob")
            .takes::<PatchJob>(json!({
                "id": "0199aaaa-bbbb-7ccc-8ddd-000000000062",
                "status": "enroute",
                "eta_minutes": 25,
            }))
            .answers::<Of<Job>>(200, ONE)
            .refuses(&[
                ErrorCode::JobUnknown,
                ErrorCode::JobInvalid,
                ErrorCode::JobChanged,
                ErrorCode::JobStatusRefused,
                ErrorCode::PatchEmpty,
                ErrorCode::VariableInvalid,
                ErrorCode::IdReused,
                ErrorCode::ConversationUnknown,
                ErrorCode::ContactUnknown,
            ]),
        Operation::new("DELETE", "/v1/jobs/{id}", "deleteJob")
            .query([Parameter::seq(
                "if_seq",
                "Only where nobody changed it after this position.",
            )])
            .answers_nothing(204, "It is gone.")
            .refuses(&[ErrorCode::JobUnknown, ErrorCode::JobChanged]),
        Operation::new("POST", "/v1/jobs/{id}/location", "postLocation")
            .takes::<PostLocation>(json!({
                "lat": 26.142, "lon": -81.7948, "speed_mps": 12.5,
            }))
            .answers::<LocationTaken>(200, "The job, and whether the place was news.")
            .refuses(&[
                ErrorCode::JobUnknown,
                ErrorCode::JobInvalid,
                ErrorCode::ConversationUnknown,
                ErrorCode::ContactUnknown,
            ]),
        fire(),
    ]
}

fn list() -> Operation {
    let open = ["open"].into_iter();
    Operation::new("GET", "/v1/jobs", "listJobs")
        .query([
            Parameter::id("contact", "Whose they are."),
            Parameter::choice(
                "status",
                "How far they have come; `open` are those that are not over.",
                open.chain(JobStatus::ALL.map(JobStatus::as_str)),
            ),
            Parameter::time("from", "Those that begin then or later."),
            Parameter::time("until", "Those that begin before."),
            Parameter::cursor(),
            Parameter::limit(PAGE_DEFAULT as usize, PAGE_MAX as usize),
        ])
        .answers::<JobPage>(200, "Jobs.")
}

fn make() -> Operation {
    Operation::new("POST", "/v1/jobs", "createJob")
        .takes::<MakeJob>(json!({
            "id": "0199aaaa-bbbb-7ccc-8ddd-000000000061",
            "to": "+1 239 426 7058",
            "technician": "Rafael",
            "starts_at": "2026-11-24T15:30:00Z",
            "zone": "America/New_York",
            "place": { "lat": 26.142, "lon": -81.7948 },
        }))
        .makes::<Of<Job>>()
        .refuses(&WHOM)
        .refuses(&[
            ErrorCode::JobInvalid,
            ErrorCode::JobUnknown,
            ErrorCode::VariableInvalid,
            ErrorCode::IdReused,
        ])
}

fn fire() -> Operation {
    Operation::new("POST", "/v1/triggers/{type}", "fireTrigger")
        .takes::<PostTrigger>(json!({
            "id": "0199aaaa-bbbb-7ccc-8ddd-000000000063",
            "to": "+1 239 426 7058",
            "variables": { "technician": "Rafael", "eta": "15:30" },
        }))
        .makes::<Of<Entry>>()
        .refuses(&WHOM)
        .refuses(&[
            ErrorCode::TriggerUnknown,
            ErrorCode::TriggerDisabled,
            ErrorCode::VariableInvalid,
            ErrorCode::VariablesMissing,
            ErrorCode::TemplateInvalid,
            ErrorCode::OptedOut,
            ErrorCode::TextWithheld,
            ErrorCode::ToUnreachable,
            ErrorCode::NotSupported,
            ErrorCode::IdReused,
        ])
}
