//! The rules of a message's creation: what is refused, with which code.
//!
//! Sources: twilio.com/docs/messaging/api/message-resource, docs/api/errors for the codes,
//! docs/iam/test-credentials for the magic numbers.

use super::error::ApiError;
use super::params::Params;
use crate::twilio::simulator::config::{OptOutManagement, is_http_url};
use crate::twilio::simulator::exchange::Exchange;
use crate::twilio::simulator::inbound::MAX_MEDIA;
use crate::twilio::simulator::media_bytes::type_of_url;
use crate::twilio::simulator::message::Direction;
use crate::twilio::simulator::outbound::Draft;
use smsdesk_common::segments::{BODY_CHARACTERS_MAX, body_characters, smart_encode};
use smsdesk_common::time::Timestamp;

/// Magic numbers start like this and end in the digit that says what happens.
const MAGIC: &str = "+1500555000";

/// A scheduled message lies further ahead than this, in milliseconds (error 35115).
const MIN_LEAD_MS: i64 = 300_000;
/// How far ahead a message is scheduled at most: 35 days, in milliseconds.
const MAX_LEAD_MS: i64 = 35 * 24 * 3_600_000;
/// How long a message may wait in the queue at most, in seconds (error 21624).
const MAX_VALIDITY_S: u32 = 36_000;

/// Finds a create good or says why not.
pub(super) fn draft(params: &Params, exchange: &Exchange) -> Result<Draft, ApiError> {
    let to = recipient(params)?;
    let (from, service) = sender(params, exchange, &to)?;
    let (body, media_types) = content(params)?;
    let send_at = schedule(params, service.as_deref(), exchange.now())?;
    let status_callback = status_callback(params)?.or_else(|| {
        let state = exchange.state();
        let of_service = &state.service(service.as_deref()?)?.status_callback;
        (!of_service.is_empty()).then(|| of_service.clone())
    });
    check_validity(params)?;
    let line = from.as_deref().unwrap_or_default();
    if exchange.opt_out_management() == OptOutManagement::Default
        && exchange.is_opted_out(line, &to)
    {
        return Err(unsubscribed());
    }
    Ok(Draft {
        direction: Direction::OutboundApi,
        to,
        from,
        body,
        media_types,
        messaging_service_sid: service,
        status_callback,
        send_at,
    })
}

fn recipient(params: &Params) -> Result<String, ApiError> {
    let given = params
        .get("To")
        .ok_or_else(|| ApiError::bad(21604, "A 'To' phone number is required."))?;
    let invalid = || ApiError::bad(21211, format!("Invalid 'To' Phone Number: {given}"));
    let to = address(given).ok_or_else(invalid)?;
    match to.strip_prefix(MAGIC) {
        Some("1") => Err(invalid()),
        Some("2") => Err(ApiError::bad(
            21612,
            "The message cannot be sent with the current combination of 'To' and 'From' parameters",
        )),
        Some("3") => Err(ApiError::bad(
            21408,
            format!(
                "Permission to send an SMS has not been enabled for the region indicated by the \
                 'To' number: {to}."
            ),
        )),
        Some("4") => Err(unsubscribed()),
        Some("9") => Err(ApiError::bad(
            21614,
            format!("'To' number is not a valid mobile number: {to}"),
        )),
        Some(_) | None => Ok(to),
    }
}

fn unsubscribed() -> ApiError {
    ApiError::bad(21610, "Attempt to send to unsubscribed recipient")
}

/// The sender and the service; at least one of them.
fn sender(
    params: &Params,
    exchange: &Exchange,
    to: &str,
) -> Result<(Option<String>, Option<String>), ApiError> {
    let service = params.get("MessagingServiceSid").map(str::to_owned);
    let is_known = |sid: &str| exchange.state().service(sid).is_some();
    if service.as_deref().is_some_and(|sid| !is_known(sid)) {
        return Err(ApiError::bad(21701, "The Messaging Service does not exist"));
    }
    let Some(given) = params.get("From") else {
        return if service.is_some() {
            Ok((None, service))
        } else {
            Err(ApiError::bad(
                21603,
                "A 'From' or 'MessagingServiceSid' parameter is required to send a message",
            ))
        };
    };
    let from = address(given).unwrap_or_else(|| given.to_owned());
    check_sender(&from, exchange, service.is_some())?;
    if channel(&from) != channel(to) {
        return Err(ApiError::bad(
            21910,
            "Invalid 'From' and 'To' pair. 'From' and 'To' should be of the same channel",
        ));
    }
    if from == to {
        return Err(ApiError::bad(
            21266,
            "'To' and 'From' numbers cannot be the same",
        ));
    }
    Ok((Some(from), service))
}

fn check_sender(from: &str, exchange: &Exchange, with_service: bool) -> Result<(), ApiError> {
    let not_owned = || {
        ApiError::bad(
            21606,
            format!(
                "The 'From' phone number {from} is not a valid, SMS-capable inbound phone number \
                 or short code for your account."
            ),
        )
    };
    if exchange.config.lines.iter().any(|line| line == from) {
        return Ok(());
    }
    match from.strip_prefix(MAGIC) {
        Some("6") => return Ok(()),
        Some("1") => return Err(invalid_sender(from)),
        Some("8") => return Err(ApiError::queue_full()),
        Some(_) => return Err(not_owned()),
        None => {}
    }
    if address(from).is_none() && !is_short_code(from) && !is_alphanumeric(from) {
        return Err(invalid_sender(from));
    }
    if with_service {
        return Err(ApiError::bad(
            21660,
            "Mismatch between the 'From' number and the account",
        ));
    }
    Err(not_owned())
}

fn invalid_sender(from: &str) -> ApiError {
    ApiError::bad(21212, format!("Invalid From Number (caller ID): {from}"))
}

/// The text and the types of the files.
fn content(params: &Params) -> Result<(String, Vec<String>), ApiError> {
    let media = params.all("MediaUrl");
    if params.get("ContentSid").is_some() {
        return Err(ApiError::bad(21655, "The ContentSid is Invalid"));
    }
    let body = params.get("Body").unwrap_or_default();
    if body.trim().is_empty() && media.is_empty() {
        return Err(ApiError::bad(
            21619,
            "A text message body or media urls must be specified.",
        ));
    }
    if body_characters(body) > BODY_CHARACTERS_MAX {
        return Err(ApiError::bad(
            21617,
            "The concatenated message body exceeds the 1600 character limit.",
        ));
    }
    if media.len() > MAX_MEDIA {
        return Err(ApiError::bad(
            21623,
            "Number of media files exceeds allowed limit",
        ));
    }
    if let Some(bad) = media.iter().find(|url| !is_http_url(url)) {
        return Err(ApiError::bad(21620, format!("Invalid media URL(s): {bad}")));
    }
    let smart = params
        .get("SmartEncoded")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let body = if smart {
        smart_encode(body).into_owned()
    } else {
        body.to_owned()
    };
    Ok((body, media.into_iter().map(type_of_url).collect()))
}

fn schedule(
    params: &Params,
    service: Option<&str>,
    now: Timestamp,
) -> Result<Option<Timestamp>, ApiError> {
    let Some(kind) = params.get("ScheduleType") else {
        // Without a type the time is ignored, as Twilio does with parameters that miss theirs.
        return Ok(None);
    };
    if kind != "fixed" {
        return Err(ApiError::bad(
            35126,
            "The ScheduleType value provided is not supported for this channel",
        ));
    }
    if service.is_none() {
        return Err(ApiError::bad(
            35118,
            "MessagingServiceSid is required to schedule a message",
        ));
    }
    let given = params.get("SendAt").ok_or_else(|| {
        ApiError::bad(
            35111,
            "You must indicate SendAt timestamp if ScheduleType is 'fixed'.",
        )
    })?;
    let out_of_window = || {
        ApiError::bad(
            35117,
            "SendAt time must be between 300 seconds and 35 days (3024000 seconds) in the future, \
             inclusive",
        )
    };
    let at = Timestamp::parse_rfc3339(given).map_err(|_| out_of_window())?;
    let lead = at.millis_since(now);
    if lead > MIN_LEAD_MS && lead <= MAX_LEAD_MS {
        Ok(Some(at))
    } else {
        Err(out_of_window())
    }
}

fn status_callback(params: &Params) -> Result<Option<String>, ApiError> {
    let Some(given) = params.get("StatusCallback") else {
        return Ok(None);
    };
    let host = reqwest::Url::parse(given)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned));
    if is_http_url(given) && host.is_some_and(|host| !host.contains('_')) {
        Ok(Some(given.to_owned()))
    } else {
        Err(ApiError::bad(
            21609,
            format!("The StatusCallback URL {given} is not a valid URL."),
        ))
    }
}

fn check_validity(params: &Params) -> Result<(), ApiError> {
    let Some(given) = params.get("ValidityPeriod") else {
        return Ok(());
    };
    match given.parse::<u32>() {
        Ok(1..=MAX_VALIDITY_S) => Ok(()),
        Ok(_) | Err(_) => Err(ApiError::bad(21624, "Invalid validity period value")),
    }
}

fn channel(address: &str) -> Option<&str> {
    address.split_once(':').map(|(channel, _)| channel)
}

/// An address in E.164, with its channel's prefix if it has one. The rule is Twilio's lenient
/// one: punctuation is dropped and ten digits are a North American number. Whether a number is
/// assigned to anyone is not checked, so fictional ones (555-01xx) count.
pub(super) fn address(given: &str) -> Option<String> {
    if let Some((prefix @ ("whatsapp" | "rcs" | "messenger"), rest)) = given.split_once(':') {
        return Some(format!("{prefix}:{}", e164(rest)?));
    }
    e164(given)
}

fn e164(given: &str) -> Option<String> {
    let plain: String = given
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.'))
        .collect();
    let (has_plus, digits) = plain
        .strip_prefix('+')
        .map_or((false, plain.as_str()), |rest| (true, rest));
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = match (has_plus, digits.len()) {
        (true, _) => digits.to_owned(),
        (false, 10) => format!("1{digits}"),
        (false, 11) if digits.starts_with('1') => digits.to_owned(),
        (false, _) => return None,
    };
    let fits = if let Some(national) = digits.strip_prefix('1') {
        national.len() == 10 && !national.starts_with(['0', '1'])
    } else {
        (8..=15).contains(&digits.len()) && !digits.starts_with('0')
    };
    fits.then(|| format!("+{digits}"))
}

fn is_short_code(from: &str) -> bool {
    (5..=6).contains(&from.len()) && from.bytes().all(|byte| byte.is_ascii_digit())
}

/// An alphanumeric sender: up to 11 letters, digits and spaces, one letter at least.
fn is_alphanumeric(from: &str) -> bool {
    from.len() <= 11
        && from
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b' ')
        && from.bytes().any(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests;
