//! `/v1/settings` and what hangs below it.

use crate::openapi::operation::{Operation, Parameter};
use serde_json::json;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::conversations::{PAGE_DEFAULT, PAGE_MAX};
use smsdesk_common::api::settings::{PutSettings, SettingHistory};
use smsdesk_common::described::Of;
use smsdesk_common::settings::Setting;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new("GET", "/v1/settings", "getSettings")
            .answers::<Of<Setting>>(200, "What holds."),
        Operation::new("PUT", "/v1/settings", "putSettings")
            .takes_read::<PutSettings>(
                json!({
                    "id": "0199aaaa-bbbb-7ccc-8ddd-000000000041",
                    "quiet": { "enabled": true, "start": "20:00" },
                }),
                |value| PutSettings::read(value).map(drop),
            )
            .answers::<Of<Setting>>(200, "What holds from now on.")
            .refuses(&[
                ErrorCode::SettingsInvalid,
                ErrorCode::SettingsChanged,
                ErrorCode::IdReused,
            ]),
        Operation::new("GET", "/v1/settings/history", "getSettingsHistory")
            .query([
                Parameter::cursor(),
                Parameter::limit(PAGE_DEFAULT as usize, PAGE_MAX as usize),
            ])
            .answers::<SettingHistory>(200, "What was set, the newest first."),
    ]
}
