//! `/v1/contacts` and what hangs below it.

use crate::openapi::operation::{Operation, Parameter};
use serde_json::json;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::contacts::{
    ContactPage, ContactView, Forgotten, ImportContacts, Imported, MergeContacts, NewContact,
    OptOutContact, PatchContact, QUERY_CHARACTERS_MAX, UnmergeContacts,
};
use smsdesk_common::api::conversations::{PAGE_DEFAULT, PAGE_MAX};

const ONE: &str = "The contact.";

pub(super) fn operations() -> Vec<Operation> {
    let words = format!(
        "Words or digits that stand in name, fields, notes, labels or numbers; at most \
         {QUERY_CHARACTERS_MAX} characters."
    );
    let mut all = vec![
        Operation::new("GET", "/v1/contacts", "listContacts")
            .query([
                Parameter::text("q", words),
                Parameter::cursor(),
                Parameter::limit(PAGE_DEFAULT as usize, PAGE_MAX as usize),
            ])
            .answers::<ContactPage>(200, "Contacts."),
        Operation::new("POST", "/v1/contacts", "createContact")
            .takes::<NewContact>(json!({
                "id": "0199aaaa-bbbb-7ccc-8ddd-000000000001",
                "name": "Maria Ruiz",
                "addresses": ["+1 239 426 7058"],
                "labels": ["plumbing"],
                "time_zone": "America/New_York",
            }))
            .makes::<ContactView>()
            .refuses(&[
                ErrorCode::ContactInvalid,
                ErrorCode::ToInvalid,
                ErrorCode::AddressTaken,
                ErrorCode::IdReused,
                ErrorCode::ContactUnknown,
            ]),
        Operation::new("GET", "/v1/contacts/{id}", "getContact")
            .answers::<ContactView>(200, ONE)
            .refuses(&[ErrorCode::ContactUnknown]),
        Operation::new("PATCH", "/v1/contacts/{id}", "updateContact")
            .takes::<PatchContact>(json!({
                "id": "0199aaaa-bbbb-7ccc-8ddd-000000000002",
                "name": "Maria del Carmen Ruiz",
                "notes": null,
                "fields": { "gate": "4711" },
            }))
            .answers::<ContactView>(200, ONE)
            .refuses(&[
                ErrorCode::ContactUnknown,
                ErrorCode::ContactInvalid,
                ErrorCode::ToInvalid,
                ErrorCode::PatchEmpty,
                ErrorCode::ContactChanged,
                ErrorCode::AddressTaken,
                ErrorCode::AddressInUse,
                ErrorCode::IdReused,
            ]),
        Operation::new("DELETE", "/v1/contacts/{id}", "deleteContact")
            .answers::<Forgotten>(200, "What is left of the contact.")
            .refuses(&[ErrorCode::ContactUnknown]),
    ];
    all.extend(actions());
    all
}

fn actions() -> Vec<Operation> {
    vec![
        Operation::new("POST", "/v1/contacts/import", "importContacts")
            .takes::<ImportContacts>(json!({
                "rows": [{
                    "row": 1,
                    "id": "0199aaaa-bbbb-7ccc-8ddd-000000000003",
                    "name": "Bo Lind",
                    "addresses": ["(305) 555-0142"],
                }],
                "on_existing": "update",
                "dry_run": true,
            }))
            .answers::<Imported>(200, "What became of the rows.")
            .refuses(&[
                ErrorCode::ParameterInvalid,
                ErrorCode::IdReused,
                ErrorCode::ToInvalid,
                ErrorCode::ContactInvalid,
                ErrorCode::AddressTaken,
            ]),
        Operation::new("POST", "/v1/contacts/{id}/merge", "mergeContacts")
            .takes::<MergeContacts>(json!({
                "id": "0199aaaa-bbbb-7ccc-8ddd-000000000004",
                "other": "0199aaaa-bbbb-7ccc-8ddd-000000000003",
            }))
            .answers::<ContactView>(200, ONE)
            .refuses(&[
                ErrorCode::ContactUnknown,
                ErrorCode::ContactInvalid,
                ErrorCode::ContactChanged,
                ErrorCode::IdReused,
            ]),
        Operation::new("POST", "/v1/contacts/{id}/unmerge", "unmergeContacts")
            .takes::<UnmergeContacts>(json!({
                "id": "0199aaaa-bbbb-7ccc-8ddd-000000000005",
                "merge": "0199aaaa-bbbb-7ccc-8ddd-000000000004",
            }))
            .answers::<ContactView>(200, "The contact that was kept.")
            .refuses(&[
                ErrorCode::ContactUnknown,
                ErrorCode::MergeUnknown,
                ErrorCode::ContactInvalid,
                ErrorCode::AddressTaken,
                ErrorCode::AddressInUse,
                ErrorCode::IdReused,
            ]),
        Operation::new("POST", "/v1/contacts/{id}/opt-out", "optOutContact")
            .takes::<OptOutContact>(json!({
                "id": "0199aaaa-bbbb-7ccc-8ddd-000000000006",
                "opt_out": true,
            }))
            .answers::<ContactView>(200, ONE)
            .refuses(&[
                ErrorCode::ContactUnknown,
                ErrorCode::OptedOut,
                ErrorCode::IdReused,
            ]),
    ]
}
