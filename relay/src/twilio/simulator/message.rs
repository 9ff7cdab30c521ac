//! A message as Twilio keeps it, and its JSON.

use super::fate;
use serde_json::{Value, json};
use smsdesk_common::time::Timestamp;
use std::fmt;

/// The API's version, in every resource and webhook.
pub(super) const API_VERSION: &str = "2010-04-01";

/// Twilio's name of a thing: two letters and 32 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sid(String);

impl Sid {
    pub(super) const fn new(text: String) -> Self {
        Self(text)
    }

    /// The name, such as `SM0123…`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for Sid {
    fn borrow(&self) -> &str {
        &self.0
    }
}

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$vdoc])* $variant,)+ }

        impl $name {
            /// Twilio's word for it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
    };
}

named! {
    /// Where a message came from.
    Direction {
        /// From a person to a line.
        Inbound = "inbound",
        /// Created through the REST API.
        OutboundApi = "outbound-api",
        /// An answer to an inbound message: from a webhook's reply, or Twilio's own about opt-out.
        OutboundReply = "outbound-reply",
    }
}

named! {
    /// How far a message is.
    Status {
        /// A messaging service has yet to choose the sender.
        Accepted = "accepted",
        /// It waits for its time.
        Scheduled = "scheduled",
        /// It waits for its turn.
        Queued = "queued",
        /// It is on its way to the carrier.
        Sending = "sending",
        /// The carrier took it.
        Sent = "sent",
        /// The handset has it.
        Delivered = "delivered",
        /// The carrier could not deliver it.
        Undelivered = "undelivered",
        /// It never left.
        Failed = "failed",
        /// It was scheduled and then called off.
        Canceled = "canceled",
        /// An inbound message.
        Received = "received",
    }
}

impl Status {
    /// Whether nothing will happen to the message any more.
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Self::Delivered | Self::Undelivered | Self::Failed | Self::Canceled | Self::Received
        )
    }
}

/// A file of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaFile {
    /// `ME…`.
    pub sid: Sid,
    /// Its MIME type.
    pub content_type: String,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its place in the order of creation, from 0.
    pub position: u64,
    /// `SM…`, or `MM…` with media.
    pub sid: Sid,
    /// Where it came from.
    pub direction: Direction,
    /// How far it is.
    pub status: Status,
    /// The sender; none while a messaging service has yet to choose.
    pub from: Option<String>,
    /// The recipient.
    pub to: String,
    /// The text; empty once redacted.
    pub body: String,
    /// The service that it went or came through.
    pub messaging_service_sid: Option<String>,
    /// Parts; none while the sender is not chosen.
    pub segments: Option<u32>,
    /// Its files.
    pub media: Vec<MediaFile>,
    /// Charged in units of 0.00001 US dollars; none until billed.
    pub price: Option<u64>,
    /// Why it failed.
    pub error_code: Option<u32>,
    /// Where its status callbacks go.
    pub status_callback: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was sent; for an inbound message, when its webhook was.
    pub sent_at: Option<Timestamp>,
}

impl Message {
    /// The resource as the REST API shows it.
    pub fn to_json(&self, account_sid: &str) -> Value {
        let uri = self.uri(account_sid);
        json!({
            "account_sid": account_sid,
            "api_version": API_VERSION,
            "body": self.body,
            "date_created": rfc2822(self.created_at),
            "date_sent": self.sent_at.map(rfc2822),
            "date_updated": rfc2822(self.updated_at),
            "direction": self.direction.as_str(),
            "error_code": self.error_code,
            "error_message": self.error_code.map(fate::error_message),
            "from": self.from,
            "messaging_service_sid": self.messaging_service_sid,
            "num_media": self.media.len().to_string(),
            "num_segments": self.segments.unwrap_or(0).to_string(),
            "price": self.price.map(price_text),
            "price_unit": "USD",
            "sid": self.sid.as_str(),
            "status": self.status.as_str(),
            "subresource_uris": {
                "media": format!("{uri}/Media.json"),
                "feedback": format!("{uri}/Feedback.json"),
            },
            "to": self.to,
            "uri": format!("{uri}.json"),
        })
    }

    /// The resource's path without its extension.
    pub(super) fn uri(&self, account_sid: &str) -> String {
        format!(
            "/{API_VERSION}/Accounts/{account_sid}/Messages/{}",
            self.sid
        )
    }
}

/// A date as the 2010 API writes it: `Thu, 24 Aug 2023 05:01:45 +0000`.
pub(super) fn rfc2822(time: Timestamp) -> String {
    time.to_jiff()
        .strftime("%a, %d %b %Y %H:%M:%S +0000")
        .to_string()
}

/// A time as the later APIs write it.
pub(super) fn iso8601(time: Timestamp) -> String {
    time.to_jiff().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A charge as a negative amount: 790 becomes `-0.00790`.
fn price_text(units: u64) -> String {
    format!("-{}.{:05}", units / 100_000, units % 100_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_charge_is_a_negative_amount_with_five_decimals() {
        assert_eq!(price_text(790), "-0.00790");
        assert_eq!(price_text(250_000), "-2.50000");
    }

    #[test]
    fn a_date_is_rfc_2822_in_gmt() {
        let time = Timestamp::from_millis(1_692_853_305_999);
        assert_eq!(rfc2822(time), "Thu, 24 Aug 2023 05:01:45 +0000");
    }
}
