//! An application of the account, and its JSON (pure).

use super::message::{API_VERSION, Sid, rfc2822};
use super::number::Hook;
use serde_json::{Value, json};
use smsdesk_common::time::Timestamp;

/// Webhooks that several numbers share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Application {
    pub(super) sid: Sid,
    pub(super) friendly_name: String,
    pub(super) sms: Hook,
    pub(super) sms_fallback: Hook,
    pub(super) message_status_callback: String,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

impl Application {
    pub(super) fn new(sid: Sid, now: Timestamp) -> Self {
        Self {
            friendly_name: format!("Application {}", &sid.as_str()[..8]),
            sid,
            sms: Hook::default(),
            sms_fallback: Hook::default(),
            message_status_callback: String::new(),
            created_at: now,
            updated_at: now,
        }
    }

    /// The resource as the REST API shows it.
    pub(super) fn to_json(&self, account_sid: &str) -> Value {
        let sid = self.sid.as_str();
        json!({
            "account_sid": account_sid,
            "api_version": API_VERSION,
            "date_created": rfc2822(self.created_at),
            "date_updated": rfc2822(self.updated_at),
            "friendly_name": self.friendly_name,
            "message_status_callback": self.message_status_callback,
            "public_application_connect_enabled": false,
            "sid": sid,
            "sms_fallback_method": self.sms_fallback.method.as_str(),
            "sms_fallback_url": self.sms_fallback.url,
            "sms_method": self.sms.method.as_str(),
            "sms_status_callback": self.message_status_callback,
            "sms_url": self.sms.url,
            "status_callback": "",
            "status_callback_method": "POST",
            "uri": format!("/{API_VERSION}/Accounts/{account_sid}/Applications/{sid}.json"),
            "voice_caller_id_lookup": false,
            "voice_fallback_method": "POST",
            "voice_fallback_url": "",
            "voice_method": "POST",
            "voice_url": "",
        })
    }
}
