//! A phone number of the account, and its JSON.

use super::message::{API_VERSION, Sid, rfc2822};
use serde_json::{Value, json};
use smsdesk_common::time::Timestamp;

/// How a webhook is requested.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    #[default]
    Post,
}

impl Method {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }

    pub(super) const fn parse(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("GET") {
            Some(Self::Get)
        } else if text.eq_ignore_ascii_case("POST") {
            Some(Self::Post)
        } else {
            None
        }
    }
}

/// A URL that Twilio asks, and how. The URL is empty where none is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Hook {
    pub(super) url: String,
    pub(super) method: Method,
}

impl Hook {
    pub(super) fn posting_to(url: Option<&String>) -> Self {
        Self {
            url: url.cloned().unwrap_or_default(),
            method: Method::Post,
        }
    }

    pub(super) const fn is_set(&self) -> bool {
        !self.url.is_empty()
    }
}

/// A number of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) sid: Sid,
    pub(super) phone_number: String,
    pub(super) friendly_name: String,
    pub(super) sms: Hook,
    pub(super) sms_fallback: Hook,
    pub(super) status_callback: Hook,
    /// The application whose webhooks are asked instead.
    pub(super) application: Option<Sid>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

impl Number {
    /// The resource as the REST API shows it.
    pub(super) fn to_json(&self, account_sid: &str) -> Value {
        let uri = format!(
            "/{API_VERSION}/Accounts/{account_sid}/IncomingPhoneNumbers/{}",
            self.sid
        );
        json!({
            "account_sid": account_sid,
            "address_requirements": "none",
            "address_sid": null,
            "api_version": API_VERSION,
            "beta": false,
            "bundle_sid": null,
            "capabilities": {"fax": false, "mms": true, "sms": true, "voice": true},
            "date_created": rfc2822(self.created_at),
            "date_updated": rfc2822(self.updated_at),
            "emergency_address_sid": null,
            "emergency_address_status": "unregistered",
            "emergency_status": "Inactive",
            "friendly_name": self.friendly_name,
            "identity_sid": null,
            "origin": "twilio",
            "phone_number": self.phone_number,
            "sid": self.sid.as_str(),
            "sms_application_sid": self.application.as_ref().map(Sid::as_str),
            "sms_fallback_method": self.sms_fallback.method.as_str(),
            "sms_fallback_url": self.sms_fallback.url,
            "sms_method": self.sms.method.as_str(),
            "sms_url": self.sms.url,
            "status": "in-use",
            "status_callback": self.status_callback.url,
            "status_callback_method": self.status_callback.method.as_str(),
            "trunk_sid": null,
            "type": "local",
            "uri": format!("{uri}.json"),
            "voice_application_sid": null,
            "voice_caller_id_lookup": false,
            "voice_fallback_method": "POST",
            "voice_fallback_url": null,
            "voice_method": "POST",
            "voice_receive_mode": "voice",
            "voice_url": null,
        })
    }
}
