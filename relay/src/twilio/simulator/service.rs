//! A messaging service of the account, and its JSON (pure).

use super::message::{Sid, iso8601};
use super::number::{Hook, Number};
use serde_json::{Value, json};
use smsdesk_common::time::Timestamp;

/// Numbers that share their settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Service {
    pub(super) sid: Sid,
    pub(super) friendly_name: String,
    pub(super) inbound: Hook,
    pub(super) fallback: Hook,
    pub(super) status_callback: String,
    /// Whether each number's own webhook is asked.
    pub(super) defers: bool,
    /// The numbers in its pool.
    pub(super) numbers: Vec<Sid>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

impl Service {
    pub(super) fn new(sid: Sid, now: Timestamp) -> Self {
        Self {
            friendly_name: format!("Service {}", &sid.as_str()[..8]),
            sid,
            inbound: Hook::default(),
            fallback: Hook::default(),
            status_callback: String::new(),
            defers: false,
            numbers: Vec::new(),
            created_at: now,
            updated_at: now,
        }
    }

    /// The resource as the REST API shows it.
    pub(super) fn to_json(&self, account_sid: &str, base: &str) -> Value {
        let url = format!("{base}/v1/Services/{}", self.sid);
        json!({
            "account_sid": account_sid,
            "area_code_geomatch": true,
            "date_created": iso8601(self.created_at),
            "date_updated": iso8601(self.updated_at),
            "fallback_method": self.fallback.method.as_str(),
            "fallback_to_long_code": true,
            "fallback_url": url_or_null(&self.fallback.url),
            "friendly_name": self.friendly_name,
            "inbound_method": self.inbound.method.as_str(),
            "inbound_request_url": url_or_null(&self.inbound.url),
            "links": {
                "alpha_senders": format!("{url}/AlphaSenders"),
                "messages": format!("{base}/v1/Services/{}/Messages", self.sid),
                "phone_numbers": format!("{url}/PhoneNumbers"),
                "short_codes": format!("{url}/ShortCodes"),
            },
            "mms_converter": true,
            "scan_message_content": "inherit",
            "sid": self.sid.as_str(),
            "smart_encoding": true,
            "status_callback": url_or_null(&self.status_callback),
            "sticky_sender": true,
            "synchronous_validation": false,
            "url": url,
            "us_app_to_person_registered": false,
            "use_inbound_webhook_on_number": self.defers,
            "usecase": "undeclared",
            "validity_period": 36000,
        })
    }

    /// A number of its pool as the REST API shows it.
    pub(super) fn sender_json(&self, number: &Number, account_sid: &str, base: &str) -> Value {
        json!({
            "account_sid": account_sid,
            "capabilities": ["Voice", "SMS", "MMS"],
            "country_code": "US",
            "date_created": iso8601(number.created_at),
            "date_updated": iso8601(number.updated_at),
            "phone_number": number.phone_number,
            "service_sid": self.sid.as_str(),
            "sid": number.sid.as_str(),
            "url": format!("{base}/v1/Services/{}/PhoneNumbers/{}", self.sid, number.sid),
        })
    }
}

fn url_or_null(url: &str) -> Value {
    if url.is_empty() {
        Value::Null
    } else {
        Value::from(url)
    }
}
