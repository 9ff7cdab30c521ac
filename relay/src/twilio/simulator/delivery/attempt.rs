//! What is remembered of each try to deliver a webhook.

use crate::twilio::simulator::message::Sid;
use serde::{Serialize, Serializer};
use smsdesk_common::time::Timestamp;

/// What a webhook is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// An inbound message.
    Message,
    /// An inbound message whose first URL failed.
    Fallback,
    /// A status callback.
    Status,
}

/// One try to deliver a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// Counts every try of this simulator, from 1.
    pub number: u64,
    /// When it ended.
    pub at: Timestamp,
    /// What it was about.
    pub purpose: Purpose,
    /// Counts the tries of this webhook at this URL, from 1.
    pub attempt: u32,
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The URL as it was signed: without fragment and credentials.
    pub url: String,
    /// The message that it is about.
    #[serde(serialize_with = "sid_text")]
    pub message_sid: Sid,
    /// The parameters in the order in which they were sent.
    pub params: Vec<(String, String)>,
    /// `X-Twilio-Signature`.
    pub signature: String,
    /// `I-Twilio-Idempotency-Token`: the same for every try of one webhook.
    pub idempotency_token: String,
    /// The answer's HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// Twilio's code for what went wrong.
    pub error_code: Option<u32>,
    /// What went wrong, in words; `lost` where a knob kept it from being sent at all.
    pub error: Option<String>,
}

fn sid_text<S: Serializer>(sid: &Sid, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(sid.as_str())
}
