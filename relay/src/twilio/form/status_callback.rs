//! A report on a text of ours, read from its status callback's form.
//!
//! Source: twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks. Reports
//! come late, twice and out of order, and hold neither time nor number. So each gets a key by which
//! its repetition is known, and what it says is to be merged, never applied.

use super::{Form, FormError};
use crate::twilio::reason::delivery_error;
use crate::twilio::sid::{AccountSid, MessageSid};
use sha2::{Digest, Sha256};
use smsdesk_common::status::{Delivery, DeliveryError, DeliveryStatus};
use std::fmt;

/// Longest status word that is kept, in bytes; the longest known one has 19.
const WORD_BYTES_MAX: usize = 64;

/// A report on a text of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusCallback {
    /// The account that sent the text.
    pub account: AccountSid,
    /// Twilio's id of the text.
    pub sid: MessageSid,
    /// What it says.
    pub report: StatusReport,
    /// The same for every repetition of this report, another one for any other report.
    pub key: CallbackKey,
}

/// What a status callback says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusReport {
    /// How far the text has come.
    Delivery(Delivery),
    /// A status that nobody knows yet; to be kept and answered like any other, and not merged.
    Ignored {
        /// The word that Twilio used, cut to a sane length. Remote text.
        word: String,
    },
}

/// Tells one report from another: SHA-256 over message, status, error code and the carrier's
/// time stamp. The message alone would not do, for each has several reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CallbackKey([u8; 32]);

impl StatusCallback {
    /// Reads a status callback's form.
    ///
    /// # Errors
    /// Account, id or status is missing, or one of the ids is malformed.
    pub fn from_form(form: &Form) -> Result<Self, FormError> {
        let account = form.account()?;
        let sid = form.message()?;
        let word = word(form)?;
        let report = match DeliveryStatus::from_twilio(word) {
            Some(status) => StatusReport::Delivery(Delivery {
                status,
                error: error(form),
            }),
            None => StatusReport::Ignored {
                word: word[..word.floor_char_boundary(WORD_BYTES_MAX)].to_owned(),
            },
        };
        let key = CallbackKey::of([
            sid.as_str(),
            word,
            form.get("ErrorCode").unwrap_or_default(),
            form.get("RawDlrDoneDate").unwrap_or_default(),
        ]);
        Ok(Self {
            account,
            sid,
            report,
            key,
        })
    }
}

impl CallbackKey {
    /// Each part goes in with its length, so that no two lists of parts read the same.
    fn of(parts: [&str; 4]) -> Self {
        let hash = parts.into_iter().fold(Sha256::new(), |hash, part| {
            hash.chain_update((part.len() as u64).to_be_bytes())
                .chain_update(part)
        });
        Self(hash.finalize().into())
    }

    /// The 32 bytes of the hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// 64 hexadecimal digits.
impl fmt::Display for CallbackKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// `SmsStatus` is the older name of the same.
fn word(form: &Form) -> Result<&str, FormError> {
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
    use smsdesk_common::status::explain;

    fn read(more: &str) -> Result<StatusCallback, FormError> {
        let form = format!("AccountSid=AC01&MessageSid=SM02&From=%2B1&To=%2B2&{more}");
        StatusCallback::from_form(&Form::parse(form.as_bytes()).unwrap())
    }

    fn delivery(more: &str) -> Delivery {
        match read(more).unwrap().report {
            StatusReport::Delivery(delivery) => delivery,
            StatusReport::Ignored { word } => panic!("{word} was ignored"),
        }
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
        assert_eq!(callback.report, StatusReport::Delivery(expected));
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
    fn an_unknown_status_is_ignored_and_kept_short() {
        let word = "beamed".repeat(100);
        let callback = read(&format!("MessageStatus={word}")).unwrap();
        assert_eq!(
            callback.report,
            StatusReport::Ignored {
                word: word[..WORD_BYTES_MAX].to_owned()
            }
        );
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
        let key = |more: &str| read(more).unwrap().key.to_string();
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
