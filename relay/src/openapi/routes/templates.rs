//! `/v1/templates` and what hangs below it.

use crate::openapi::operation::{Operation, Parameter};
use serde_json::json;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::conversations::{PAGE_DEFAULT, PAGE_MAX};
use smsdesk_common::api::templates::{
    MakeTemplate, Preview, Previewed, ReplaceTemplate, Seeded, TemplatePage,
};
use smsdesk_common::described::Of;
use smsdesk_common::template::Template;

const ONE: &str = "The template.";
const BODY: &str = "Hello {{ contact.first_name }}, we come at {{ time }}.";

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new("GET", "/v1/templates", "listTemplates")
            .query([
                Parameter::text("name", "Those of this name, short name or key."),
                Parameter::cursor(),
                Parameter::limit(PAGE_DEFAULT as usize, PAGE_MAX as usize),
            ])
            .answers::<TemplatePage>(200, "Templates."),
        Operation::new("POST", "/v1/templates", "createTemplate")
            .takes::<MakeTemplate>(json!({
                "id": "0199aaaa-bbbb-7ccc-8ddd-000000000051",
                "name": "Arrival",
                "body": BODY,
                "translations": { "es": "Hola {{ contact.first_name }}" },
            }))
            .makes::<Of<Template>>()
            .refuses(&[
                ErrorCode::TemplateInvalid,
                ErrorCode::TemplateNameTaken,
                ErrorCode::TemplateUnknown,
                ErrorCode::IdReused,
            ]),
        Operation::new("GET", "/v1/templates/{id}", "getTemplate")
            .answers::<Of<Template>>(200, ONE)
            .refuses(&[ErrorCode::TemplateUnknown]),
        Operation::new("PUT", "/v1/templates/{id}", "replaceTemplate")
            .takes::<ReplaceTemplate>(json!({
                "id": "0199aaaa-bbbb-7ccc-8ddd-000000000052",
                "name": "Arrival",
                "body": BODY,
                "if_seq": 17,
            }))
            .answers::<Of<Template>>(200, ONE)
            .refuses(&[
                ErrorCode::TemplateUnknown,
                ErrorCode::TemplateInvalid,
                ErrorCode::TemplateNameTaken,
                ErrorCode::TemplateChanged,
                ErrorCode::IdReused,
            ]),
        Operation::new("DELETE", "/v1/templates/{id}", "deleteTemplate")
            .query([Parameter::seq(
                "if_seq",
                "Only where nobody edited it after this position.",
            )])
            .answers_nothing(204, "It is gone.")
            .refuses(&[ErrorCode::TemplateUnknown, ErrorCode::TemplateChanged]),
        Operation::new("POST", "/v1/templates/preview", "previewTemplate")
            .takes::<Preview>(json!({ "body": BODY, "variables": { "time": "15:30" } }))
            .answers::<Previewed>(200, "What it would be.")
            .refuses(&[
                ErrorCode::TemplateInvalid,
                ErrorCode::TemplateUnknown,
                ErrorCode::VariableInvalid,
                ErrorCode::ContactUnknown,
                ErrorCode::ConversationUnknown,
            ]),
        Operation::new("POST", "/v1/templates/seed", "seedTemplates")
            .answers::<Seeded>(200, "The templates of a visit.")
            .refuses(&[ErrorCode::TemplateInvalid, ErrorCode::TemplateNameTaken]),
    ]
}
