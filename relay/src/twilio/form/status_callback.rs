//! A report on a text of ours, read from its status callback's form.
//!
//! Source: twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks. Reports
//! come late, twice and out of order, and hold neither time nor number. So each gets a key by which
//! its repetition is known, and what it says is to be merged, never applied.

use super::{Form, FormError};
use crate::twilio::report::{delivery_error, outbound_status};
use crate::twilio::sid::{AccountSid, MessageSid};
use sha2::{Digest, Sha256};
use smsdesk_common::status::{Delivery, DeliveryError};

/// A report on a text of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusCallback {
    /// The account that sent the text.
    pub account: AccountSid,
    /// Twilio's id of the text.
    pub sid: MessageSid,
    /// The status in Twilio's own word. Remote text.
    pub word: String,
    /// Why the text failed, where it did.
    pub error: Option<DeliveryError>,
    /// When the carrier says that it was done with the text, as it wrote it.
    pub carrier_time: Option<String>,
}

impl StatusCallback {
    /// Reads a status callback's form.
    ///
    /// # Errors
    /// Account, id or status is missing or malformed.
    pub fn from_form(form: &Form) -> Result<Self, FormError> {
        Ok(Self {
            account: form.account()?,
            sid: form.message()?,
            word: word(form)?.to_owned(),
            error: error(form),
            carrier_time: form.filled("RawDlrDoneDate").map(str::to_owned),
        })
    }

    /// How far the text has come. `None` for a word that nobody knows yet, and for "received",
    /// which is no way for a text of ours to end: such a report is kept and answered like any
    /// other, and changes nothing.
    #[must_use]
    pub fn delivery(&self) -> Option<Delivery> {
        let status = outbound_status(&self.word)?;
        Some(Delivery {
            status,
            error: self.error.clone(),
        })
    }

    /// The same for every repetition of this report, another one for any other report: SHA-256 in
    /// hexadecimal over message, word, error code and the carrier's time. The message alone would
    /// not do, for each has several reports.
    #[must_use]
    pub fn dedupe_key(&self) -> String {
        let code = self
            .error
            .as_ref()
            .map(|error| error.code.to_string())
            .unwrap_or_default();
        let carrier_time = self.carrier_time.as_deref().unwrap_or_default();
        // Each part goes in with its length, so that no two lists of parts read the same.
        let parts = [self.sid.as_str(), &self.word, &code, carrier_time];
        let hash = parts.into_iter().fold(Sha256::new(), |hash, part| {
            hash.chain_update((part.len() as u64).to_be_bytes())
                .chain_update(part)
        });
        hash.finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// `SmsStatus` is the older name of the same.
fn word<'a>(form: &'a Form<'_>) -> Result<&'a str, FormError> {
    form.filled("MessageStatus")
        .or_else(|| form.filled("SmsStatus"))
        .ok_or(FormError::Missing {
            name: "MessageStatus",
            expected: "a status such as sent or delivered",
        })
}

/// The error, where one is told. Twilio does not document `ErrorMessage`, but it has been seen.
fn error(form: &Form) -> Option<DeliveryError> {
    let code = form
        .filled("ErrorCode")?
        .parse()
        .ok()
        .filter(|&code| code != 0)?;
    Some(delivery_error(
        code,
        form.get("ErrorMessage").unwrap_or_default(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use smsdesk_common::status::{DeliveryStatus, explain};

    fn read(more: &str) -> Result<StatusCallback, FormError> {
        let form = format!("AccountSid=AC01&MessageSid=SM02&From=%2B1&To=%2B2&{more}");
        StatusCallback::from_form(&Form::parse(form.as_bytes()).unwrap())
    }

    fn delivery(more: &str) -> Delivery {
        read(more).unwrap().delivery().unwrap()
    }

    #[test]
    fn a_delivered_text_has_no_error() {
        let callback =
            read("MessageStatus=delivered&SmsStatus=delivered&RawDlrDoneDate=2611210916");
        let callback = callback.unwrap();
        assert_eq!(
            (callback.account.as_str(), callback.sid.as_str()),
            ("AC01", "SM02")
        );
        let expected = Delivery {
            status: DeliveryStatus::Delivered,
            error: None,
        };
        assert_eq!(callback.delivery(), Some(expected));
    }

    #[test]
    fn a_failure_carries_its_code_in_our_words_or_in_twilios() {
        let known = delivery("MessageStatus=undelivered&ErrorCode=30005&ErrorMessage=theirs");
        assert_eq!(known.status, DeliveryStatus::Undelivered);
        let error = known.error.unwrap();
        assert_eq!(
            (error.code, error.text.as_str()),
            (30005, explain(30005).unwrap())
        );
        let error = delivery("MessageStatus=failed&ErrorCode=99999&ErrorMessage=theirs")
            .error
            .unwrap();
        assert_eq!((error.code, error.text.as_str()), (99999, "theirs"));
        let error = delivery("MessageStatus=failed&ErrorCode=99999")
            .error
            .unwrap();
        assert_eq!(error.text, "");
    }

    #[test]
    fn a_code_that_says_nothing_is_no_error() {
        for code in ["", "0", "none", "-1", "99999999999"] {
            assert_eq!(
                delivery(&format!("MessageStatus=sent&ErrorCode={code}")).error,
                None
            );
        }
    }

    #[test]
    fn the_older_name_of_the_status_serves_where_the_newer_is_missing() {
        assert_eq!(delivery("SmsStatus=sent").status, DeliveryStatus::Sent);
        assert_eq!(
            delivery("MessageStatus=&SmsStatus=sent").status,
            DeliveryStatus::Sent
        );
        assert_eq!(
            delivery("MessageStatus=read&EventType=READ").status,
            DeliveryStatus::Read
        );
    }

    #[test]
    fn an_unknown_status_is_kept_but_says_nothing_about_delivery() {
        for word in ["beamed", "received"] {
            let callback = read(&format!("MessageStatus={word}")).unwrap();
            assert_eq!(callback.delivery(), None);
            assert_eq!(callback.word, word);
        }
    }

    #[test]
    fn a_report_without_status_or_message_is_refused() {
        let error = read("ErrorCode=30005").unwrap_err();
        assert!(matches!(
            error,
            FormError::Missing {
                name: "MessageStatus",
                ..
            }
        ));
        let form = Form::parse(b"AccountSid=AC01&MessageStatus=sent").unwrap();
        let error = StatusCallback::from_form(&form).unwrap_err();
        assert!(matches!(
            error,
            FormError::Missing {
                name: "MessageSid",
                ..
            }
        ));
    }

    #[test]
    fn a_repeated_report_has_the_same_key_and_any_other_report_another() {
        let key = |more: &str| read(more).unwrap().dedupe_key();
        let first = key("MessageStatus=undelivered&ErrorCode=30005&RawDlrDoneDate=2611210916");
        assert_eq!(
            first,
            key(
                "RawDlrDoneDate=2611210916&ErrorCode=30005&MessageStatus=undelivered&ChannelPrefix=x"
            )
        );
        assert_eq!(first.len(), 64);
        let mut keys = vec![
            first,
            key("MessageStatus=undelivered&ErrorCode=30006&RawDlrDoneDate=2611210916"),
            key("MessageStatus=undelivered&ErrorCode=30005&RawDlrDoneDate=2611210917"),
            key("MessageStatus=undelivered&ErrorCode=30005"),
            key("MessageStatus=undelivered&RawDlrDoneDate=30005"),
            key("MessageStatus=delivered&RawDlrDoneDate=2611210916"),
            key("MessageStatus=queued"),
            key("MessageStatus=sending"),
            key("MessageStatus=beamed"),
        ];
        let count = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), count);
    }
}
