//! `/v1/tokens` and `/v1/audit`: who may act, and who did what.

use crate::openapi::operation::{Operation, Parameter};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::audit::AuditPage;
use smsdesk_common::api::conversations::{PAGE_DEFAULT, PAGE_MAX};
use smsdesk_common::api::tokens::{Token, Tokens};
use smsdesk_common::audit::Deed;

pub(super) fn operations() -> Vec<Operation> {
    let wipe = "Whether the device is to remove its copy of the records.";
    vec![
        Operation::new("GET", "/v1/tokens", "listTokens").answers::<Tokens>(200, "Every one."),
        Operation::new("DELETE", "/v1/tokens/{id}", "revokeToken")
            .query([Parameter::choice("wipe", wipe, ["true", "false"])])
            .answers::<Token>(200, "It is no longer accepted.")
            .refuses(&[ErrorCode::TokenIdUnknown]),
        Operation::new("GET", "/v1/audit", "listAudit")
            .query([
                Parameter::seq("before", "Rows before this number."),
                Parameter::time("since", "Rows since then."),
                Parameter::text("actor", "A name, `operator`, `relay` or `nobody`."),
                Parameter::choice("deed", "One kind.", Deed::ALL.iter().map(|it| it.as_str())),
                Parameter::limit(PAGE_DEFAULT as usize, PAGE_MAX as usize),
            ])
            .answers::<AuditPage>(200, "Rows, the newest first."),
    ]
}
