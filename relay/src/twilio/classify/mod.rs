//! What became of the attempt to hand a text to Twilio.
//!
//! Creating a message is not idempotent and takes no idempotency key: "If you get a 500 and you
//! retry, it is possible for a customer to receive multiple messages" (twilio.com/docs/api/errors/
//! 20500). So every answer falls into one of five kinds, and only what Twilio certainly did not take
//! may be sent again. Nothing here sends, waits or counts attempts.

#[cfg(test)]
mod tests;

use super::report::{code_of, delivery_error, outbound_status, price_of, segments_of, told_error};
use super::sid::MessageSid;
use serde_json::Value;
use smsdesk_common::entry::Price;
use smsdesk_common::phone::Address;
use smsdesk_common::status::{Delivery, DeliveryError, DeliveryStatus};
use std::time::Duration;

/// Longest wait that is taken from a `Retry-After`. A text should not lie longer than an agent would
/// wait, and another refusal costs nothing.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(15 * 60);

/// From here on Twilio's codes are about a message; below they are about the account, the
/// credentials or the request as such (twilio.com/docs/api/errors).
const MESSAGE_CODES_FROM: u32 = 21_000;

/// What became of the attempt to hand over a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreateOutcome {
    /// Twilio has it.
    Accepted(CreatedMessage),
    /// Twilio did not take it and never will.
    Rejected {
        /// Why.
        error: DeliveryError,
    },
    /// Twilio certainly did not take it, and may do so later.
    RetryLater {
        /// How long Twilio asks to wait, at most [`RETRY_AFTER_MAX`].
        after: Option<Duration>,
        /// Why, where Twilio said it: what to show should it never succeed.
        error: Option<DeliveryError>,
    },
    /// Twilio takes nothing at all with this account, these credentials or this address: sending
    /// must pause until the operator has looked. The text is not at fault.
    AccountRefused {
        /// Why.
        error: DeliveryError,
    },
    /// Twilio may have it or not. Only evidence settles it; it must not be sent again.
    Ambiguous {
        /// Why nobody knows.
        reason: Doubt,
    },
}

/// A text as Twilio has taken it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedMessage {
    /// Twilio's id of it.
    pub sid: MessageSid,
    /// How far it is already; at least accepted.
    pub delivery: Delivery,
    /// How many SMS segments it takes; not known yet where a messaging service chooses the sender.
    pub segments: Option<u32>,
    /// What it costs; mostly known only later.
    pub price: Option<Price>,
    /// The sender, unless a messaging service has yet to choose it.
    pub from: Option<Address>,
}

/// Why nobody knows whether Twilio has a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// No answer in time.
    #[error("Twilio did not answer in time")]
    TimedOut,
    /// The connection broke after the request may have been sent.
    #[error("the connection broke before Twilio's answer")]
    Broken,
    /// Twilio, or something before it, failed while it had the request.
    #[error("Twilio answered with a fault of its own (HTTP {status})")]
    Fault {
        /// The HTTP status.
        status: u16,
    },
    /// An answer of success that does not say which message it is about.
    #[error("Twilio's answer could not be read (HTTP {status})")]
    Unreadable {
        /// The HTTP status.
        status: u16,
    },
}

/// How a call failed that has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportFailure {
    /// No connection came about, so not one byte of the request was sent.
    Connect,
    /// The time was over after the connection stood.
    Timeout,
    /// The connection broke, or what came was not HTTP.
    Broken,
}

/// Twilio's answer to the request to create a message.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The header `Retry-After`.
    pub retry_after: Option<&'a str>,
    /// The body, as far as it came.
    pub body: &'a [u8],
}

/// The outcome of a call that has no answer.
#[must_use]
pub fn failure(failure: TransportFailure) -> CreateOutcome {
    match failure {
        TransportFailure::Connect => CreateOutcome::RetryLater {
            after: None,
            error: None,
        },
        TransportFailure::Timeout => CreateOutcome::Ambiguous {
            reason: Doubt::TimedOut,
        },
        TransportFailure::Broken => CreateOutcome::Ambiguous {
            reason: Doubt::Broken,
        },
    }
}

/// The outcome of a call that was answered.
#[must_use]
pub fn answer(answer: &Answer<'_>) -> CreateOutcome {
    let status = answer.status;
    match status {
        200..=299 => created(answer.body).map_or(
            CreateOutcome::Ambiguous {
                reason: Doubt::Unreadable { status },
            },
            CreateOutcome::Accepted,
        ),
        // 408 comes from something on the way that gave up waiting, for whatever.
        300..=407 | 409..=499 => refused(answer),
        _ => CreateOutcome::Ambiguous {
            reason: Doubt::Fault { status },
        },
    }
}

fn created(body: &[u8]) -> Option<CreatedMessage> {
    let message: Value = serde_json::from_slice(body).ok()?;
    let text = |name: &str| message[name].as_str();
    Some(CreatedMessage {
        sid: text("sid")?.parse().ok()?,
        delivery: Delivery {
            status: text("status")
                .and_then(outbound_status)
                .unwrap_or(DeliveryStatus::Accepted),
            error: told_error(&message),
        },
        segments: segments_of(&message),
        price: price_of(&message),
        from: text("from").and_then(|from| Address::from_twilio(from).ok()),
    })
}

fn refused(answer: &Answer<'_>) -> CreateOutcome {
    let error = refusal(answer);
    match (answer.status, error.code) {
        // Too many requests at once, or the sender's queue is full: "never processed, always safe
        // to retry" (twilio.com/docs/api/errors/20429).
        (429, _) | (_, 20429 | 21611) => CreateOutcome::RetryLater {
            after: answer.retry_after.and_then(seconds),
            error: Some(error),
        },
        (401, _) | (_, 20003 | 20005 | 20008) => CreateOutcome::AccountRefused { error },
        // There is no such account, or that address is not Twilio's.
        (300..=399 | 403..=405 | 407, ..MESSAGE_CODES_FROM) => {
            CreateOutcome::AccountRefused { error }
        }
        _ => CreateOutcome::Rejected { error },
    }
}

/// Twilio's error, or the HTTP status for want of one. Newer APIs use RFC 9457, whose `detail` says
/// what `message` says.
pub(super) fn refusal(answer: &Answer<'_>) -> DeliveryError {
    let body: Value = serde_json::from_slice(answer.body).unwrap_or_default();
    let theirs = body["message"].as_str().or_else(|| body["detail"].as_str());
    match (code_of(&body["code"]), theirs) {
        (Some(code), theirs) => delivery_error(code, theirs.unwrap_or_default()),
        (None, theirs) => {
            let status = answer.status;
            let unexplained = format!("Twilio refused it without a reason (HTTP {status})");
            delivery_error(u32::from(status), theirs.unwrap_or(&unexplained))
        }
    }
}

/// `Retry-After` in seconds, as Twilio writes it. Its other form, a date, would take a clock.
pub(super) fn seconds(header: &str) -> Option<Duration> {
    let seconds = header.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(RETRY_AFTER_MAX))
}
