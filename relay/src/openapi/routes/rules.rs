//! `/v1/rules` and what hangs below it.

use crate::openapi::operation::Operation;
use serde_json::json;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::rules::{PutRules, RuleHistory, Rules, TestRules, Tested};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new("GET", "/v1/rules", "getRules").answers::<Rules>(200, "What holds."),
        Operation::new("PUT", "/v1/rules", "putRules")
            .takes::<PutRules>(json!({
                "id": "0199aaaa-bbbb-7ccc-8ddd-000000000031",
                "text": "[[rule]]\nname = \"Hours\"\nany = [\"hours\"]\nreply = \"We open at 8.\"\n",
                "if_seq": 0,
            }))
            .answers::<Rules>(200, "What holds from now on.")
            .refuses(&[
                ErrorCode::RulesInvalid,
                ErrorCode::RulesChanged,
                ErrorCode::IdReused,
            ]),
        Operation::new("GET", "/v1/rules/history", "getRulesHistory")
            .answers::<RuleHistory>(200, "The texts that held."),
        Operation::new("POST", "/v1/rules/test", "testRules")
            .takes::<TestRules>(json!({ "body": "What are your hours?" }))
            .answers::<Tested>(200, "What would be done.")
            .refuses(&[ErrorCode::RulesInvalid, ErrorCode::LineUnknown]),
    ]
}
