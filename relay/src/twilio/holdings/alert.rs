//! Twilio's alerts: what it noted in its debugger, a webhook that failed for one.

use super::{Method, text};
use crate::twilio::report::code_of;
use serde_json::Value;
use smsdesk_common::time::Timestamp;

/// Something that went wrong, by Twilio's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Twilio's id of it.
    pub sid: String,
    /// Twilio's error code: 11200 for an address that did not answer as it should.
    pub code: u32,
    /// Whether it is an error; otherwise a warning or a notice.
    pub is_error: bool,
    /// When it happened.
    pub at: Timestamp,
    /// How the address was asked.
    pub method: Method,
    /// The address that was asked; empty where none was. Remote text.
    pub url: String,
    /// What it was about, a message for one; empty where nothing. Remote text.
    pub resource: String,
}

/// An alert, from its JSON.
pub fn alert(alert: &Value) -> Option<Alert> {
    let code = match &alert["error_code"] {
        Value::String(code) => code.parse().ok().filter(|&code| code != 0),
        other => code_of(other),
    };
    let at = ["date_generated", "date_created"]
        .iter()
        .find_map(|name| Timestamp::parse_rfc3339(alert[*name].as_str()?).ok());
    Some(Alert {
        sid: alert["sid"].as_str()?.to_owned(),
        code: code?,
        is_error: alert["log_level"].as_str() == Some("error"),
        at: at?,
        method: Method::named(alert["request_method"].as_str().unwrap_or_default()),
        url: text(&alert["request_url"]),
        resource: text(&alert["resource_sid"]),
    })
}
