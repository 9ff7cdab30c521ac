//! What Twilio's debugger notes: webhooks that failed.

use super::delivery::{Notice, Outcome};
use super::exchange::Exchange;
use super::message::{API_VERSION, Sid, iso8601};
use super::number::Method;
use serde_json::{Value, json};
use smsdesk_common::time::Timestamp;

/// Alerts kept, about 1 KB each.
const MAX_ALERTS_KEPT: usize = 10_000;

/// A webhook that failed, all its tries together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Alert {
    /// Counts them, from 0.
    pub(super) position: u64,
    pub(super) sid: Sid,
    pub(super) error_code: u32,
    pub(super) http_status: Option<u16>,
    pub(super) method: Method,
    /// Without fragment.
    pub(super) url: String,
    pub(super) message_sid: Sid,
    pub(super) at: Timestamp,
}

impl Alert {
    /// The resource as the REST API shows it.
    pub(super) fn to_json(&self, account_sid: &str, base: &str) -> Value {
        let code = self.error_code;
        let status = self
            .http_status
            .map_or(String::new(), |status| format!("&httpResponse={status}"));
        let url: String = form_urlencoded::byte_serialize(self.url.as_bytes()).collect();
        let at = iso8601(self.at);
        json!({
            "account_sid": account_sid,
            "alert_text":
                format!("sourceComponent=14100{status}&ErrorCode={code}&LogLevel=ERROR&url={url}"),
            "api_version": API_VERSION,
            "date_created": at,
            "date_generated": at,
            "date_updated": at,
            "error_code": code.to_string(),
            "log_level": "error",
            "more_info": format!("https://www.twilio.com/docs/errors/{code}"),
            "request_method": self.method.as_str(),
            "request_url": self.url,
            "resource_sid": self.message_sid.as_str(),
            "service_sid": null,
            "sid": self.sid.as_str(),
            "url": format!("{base}/v1/Alerts/{}", self.sid),
        })
    }
}

impl Exchange {
    /// Notes a webhook that failed.
    pub(super) fn note_failure(&self, notice: &Notice, outcome: &Outcome) {
        let Some(error_code) = outcome.error_code else {
            return;
        };
        let url = notice.hook.url.split('#').next().unwrap_or_default();
        let alert = Alert {
            position: 0,
            sid: self.mint("NO"),
            error_code,
            http_status: outcome.status,
            method: notice.hook.method,
            url: url.to_owned(),
            message_sid: notice.message_sid.clone(),
            at: self.now(),
        };
        let mut state = self.state();
        let position = state.alerts.back().map_or(0, |last| last.position + 1);
        if state.alerts.len() >= MAX_ALERTS_KEPT {
            state.alerts.pop_front();
        }
        state.alerts.push_back(Alert { position, ..alert });
    }
}
