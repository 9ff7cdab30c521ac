//! Messages as Twilio's lists show them, read from JSON. Pure.
//!
//! Source: twilio.com/docs/messaging/api/message-resource. Numbers stand there as strings, dates in
//! RFC 2822 and whole seconds; what has not happened yet is null. Never logs what it reads.

#[cfg(test)]
mod tests;

use super::form::InboundMessage;
use super::report::{outbound_status, price_of, segments_of, told_error};
use super::sid::{AccountSid, MessageSid};
use serde_json::Value;
use smsdesk_common::contact::Place;
use smsdesk_common::entry::{Direction, Price};
use smsdesk_common::media::Media;
use smsdesk_common::phone::Address;
use smsdesk_common::status::Delivery;
use smsdesk_common::time::Timestamp;

/// Longest place in a list that is kept, in bytes. Twilio's have below 300; a longer one is no
/// place of its lists.
const PLACE_BYTES_MAX: usize = 4 * 1024;

/// What an attachment is whose type was not told (RFC 2046, section 4.5.1).
const UNKNOWN_CONTENT_TYPE: &str = "application/octet-stream";

/// A message as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedMessage {
    /// The account that has it.
    pub account: AccountSid,
    /// Twilio's id of it.
    pub sid: MessageSid,
    /// Who sent it; none while a messaging service has yet to choose.
    pub from: Option<Address>,
    /// Whom it is for.
    pub to: Address,
    /// The messaging service (`MG…`) that it came or went through.
    pub service: Option<Address>,
    /// The words; empty once they were redacted. Remote text.
    pub body: String,
    /// To us or from us.
    pub direction: Direction,
    /// How far a text of ours is; none for one to us and for a word of Twilio's that is new.
    pub delivery: Option<Delivery>,
    /// How many attachments it has. Where they are takes another call.
    pub num_media: u32,
    /// How many SMS segments it takes, once that is known.
    pub segments: Option<u32>,
    /// What it cost, once that is known.
    pub price: Option<Price>,
    /// When Twilio took it, in whole seconds.
    pub created: Timestamp,
    /// When it went on, in whole seconds; none for what still waits.
    pub sent: Option<Timestamp>,
    /// The whole of it as JSON, to be kept as evidence. Remote text.
    pub raw: String,
}

impl ListedMessage {
    /// Whether the words are gone though there were some: the account has them removed.
    #[must_use]
    pub fn is_redacted(&self) -> bool {
        self.body.is_empty() && self.num_media == 0 && self.segments.is_some()
    }

    /// Whether it came to or went from a line of ours: a number, or a messaging service.
    #[must_use]
    pub fn is_of_line(&self, line: &Address) -> bool {
        let end = match self.direction {
            Direction::Inbound => Some(&self.to),
            Direction::Outbound | Direction::Internal => self.from.as_ref(),
        };
        self.service.as_ref() == Some(line) || end == Some(line)
    }

    /// What a webhook would have told of it, as far as a list knows: no attachments, no place, no
    /// name, and nothing of an opt-out. None for a text of ours.
    #[must_use]
    pub fn as_inbound(&self) -> Option<InboundMessage> {
        if self.direction != Direction::Inbound {
            return None;
        }
        Some(InboundMessage {
            account: self.account.clone(),
            sid: self.sid.clone(),
            from: self.from.clone()?,
            to: self.to.clone(),
            service: self.service.clone(),
            body: self.body.clone(),
            media: Vec::new(),
            segments: self.segments,
            opt_out: None,
            place: Place::default(),
            profile_name: None,
            at: Some(self.created),
        })
    }
}

/// Where a list goes on: the query of its next page, as Twilio made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextPage(String);

impl NextPage {
    /// A place that was kept.
    #[must_use]
    pub fn kept(query: String) -> Self {
        Self(query)
    }

    /// The query, to be kept.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListPage {
    /// In Twilio's order: in practice the newest first, though no document says so.
    pub messages: Vec<ListedMessage>,
    /// How many were on the page that make no sense here.
    pub unreadable: usize,
    /// Where it goes on.
    pub next: Option<NextPage>,
}

/// An answer that is not what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Twilio's answer could not be read")]
pub struct Unreadable;

/// Reads a page. `path` is the list's own path below the base address: a page that goes on
/// anywhere else is refused, for the next request carries our credentials.
///
/// # Errors
/// It is no page, was cut off, or goes on elsewhere.
pub fn page(body: &[u8], base: &str, path: &str) -> Result<ListPage, Unreadable> {
    let page: Value = serde_json::from_slice(body).map_err(|_| Unreadable)?;
    let listed = page["messages"].as_array().ok_or(Unreadable)?;
    let messages: Vec<_> = listed.iter().filter_map(read).collect();
    let next = match &page["next_page_uri"] {
        Value::Null => None,
        Value::String(uri) => Some(next_page(uri, base, path).ok_or(Unreadable)?),
        _ => return Err(Unreadable),
    };
    Ok(ListPage {
        unreadable: listed.len() - messages.len(),
        messages,
        next,
    })
}

/// One message.
///
/// # Errors
/// It is none.
pub fn message(body: &[u8]) -> Result<ListedMessage, Unreadable> {
    let message = serde_json::from_slice(body).map_err(|_| Unreadable)?;
    read(&message).ok_or(Unreadable)
}

/// The attachments of a message; `message_url` is its own address without an extension.
///
/// # Errors
/// It is no list of them.
pub fn media(body: &[u8], message_url: &str) -> Result<Vec<Media>, Unreadable> {
    let list: Value = serde_json::from_slice(body).map_err(|_| Unreadable)?;
    let files = list["media_list"].as_array().ok_or(Unreadable)?;
    let name = |file: &Value| {
        let sid = file["sid"].as_str()?;
        let is_name = sid.starts_with("ME") && sid.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_name.then(|| sid.to_owned())
    };
    let files = files.iter().zip(0..).filter_map(|(file, index)| {
        let content_type = file["content_type"].as_str();
        Some(Media {
            index,
            content_type: content_type.unwrap_or(UNKNOWN_CONTENT_TYPE).to_owned(),
            url: format!("{message_url}/Media/{}", name(file)?),
        })
    });
    Ok(files.collect())
}

/// The query of the next page, where its address is the list's own: relative, or below `base`.
fn next_page(uri: &str, base: &str, path: &str) -> Option<NextPage> {
    let relative = uri.strip_prefix(base).unwrap_or(uri);
    let query = relative.strip_prefix(path)?.strip_prefix('?')?;
    let is_plain = query.bytes().all(|byte| byte.is_ascii_graphic());
    (is_plain && query.len() <= PLACE_BYTES_MAX).then(|| NextPage(query.to_owned()))
}

fn read(message: &Value) -> Option<ListedMessage> {
    let text = |name: &str| message[name].as_str();
    let address = |name| text(name).and_then(|text| Address::from_twilio(text).ok());
    let direction = match text("direction")? {
        "inbound" => Direction::Inbound,
        // outbound-api, outbound-call, outbound-reply
        word if word.starts_with("outbound") => Direction::Outbound,
        _ => return None,
    };
    Some(ListedMessage {
        account: text("account_sid")?.parse().ok()?,
        sid: text("sid")?.parse().ok()?,
        from: address("from"),
        to: address("to")?,
        service: address("messaging_service_sid"),
        body: text("body").unwrap_or_default().to_owned(),
        direction,
        delivery: (direction == Direction::Outbound)
            .then(|| delivery(message))
            .flatten(),
        num_media: text("num_media").and_then(|n| n.parse().ok()).unwrap_or(0),
        segments: segments_of(message),
        price: price_of(message),
        created: time(text("date_created")?)?,
        sent: text("date_sent").and_then(time),
        raw: message.to_string(),
    })
}

fn delivery(message: &Value) -> Option<Delivery> {
    let status = outbound_status(message["status"].as_str()?)?;
    let error = told_error(message);
    Some(Delivery { status, error })
}

/// A date as the 2010 API writes it: `Thu, 24 Aug 2023 05:01:45 +0000`.
fn time(text: &str) -> Option<Timestamp> {
    let time = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(Timestamp::from_millis(time.timestamp().as_millisecond()))
}
