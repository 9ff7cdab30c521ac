//! A webhook's parameters: `application/x-www-form-urlencoded` in strict UTF-8.
//!
//! Keeps every pair as it came, known or not, for the signature covers them all. Never replaces a
//! broken byte, trims, or turns an empty value into an absent one: what is stored is what was sent.

mod inbound;
mod status_callback;
#[cfg(test)]
mod tests;

pub use self::inbound::{InboundMessage, MEDIA_MAX};
pub use self::status_callback::StatusCallback;
use super::sid::{AccountSid, MessageSid};
use std::borrow::Cow;
use std::str::FromStr;

/// Most pairs that a form may have. Twilio's largest (ten pictures, WhatsApp, advertising) stay
/// below 100.
pub const PAIRS_MAX: usize = 512;

/// A name and its value. What has no escapes is a part of the body, not a copy.
pub type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Pairs that a usual text has room for.
const PAIRS_USUAL: usize = 32;

/// The decoded pairs of a form, in the order in which they came.
#[derive(Clone, PartialEq, Eq)]
pub struct Form<'a> {
    pairs: Vec<Pair<'a>>,
}

/// Why a form cannot be taken. Holds no remote text, so it may be logged and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// A name or value is not UTF-8.
    #[error("the pair at byte {position} is not UTF-8")]
    NotUtf8 {
        /// Where its pair starts, in bytes of the body.
        position: usize,
    },
    /// More pairs than [`PAIRS_MAX`].
    #[error("more than {PAIRS_MAX} parameters")]
    TooManyPairs,
    /// A parameter that must be there is not, or it is empty.
    #[error("{name} is missing: expected {expected}")]
    Missing {
        /// The parameter.
        name: &'static str,
        /// What it should hold.
        expected: &'static str,
    },
    /// A parameter holds something else.
    #[error("{name} is malformed: expected {expected}")]
    Malformed {
        /// The parameter.
        name: &'static str,
        /// What it should hold.
        expected: &'static str,
    },
}

impl<'a> Form<'a> {
    /// Decodes a body, or the query of a GET. `+` is a space; a `%` without two hexadecimal digits
    /// stands for itself, as in the URL Standard (url.spec.whatwg.org); empty pairs are skipped.
    ///
    /// # Errors
    /// A pair is not UTF-8, or there are too many.
    pub fn parse(body: &'a [u8]) -> Result<Self, FormError> {
        let mut pairs = Vec::with_capacity(PAIRS_USUAL);
        let mut position = 0;
        for pair in body.split(|&byte| byte == b'&') {
            if !pair.is_empty() {
                if pairs.len() == PAIRS_MAX {
                    return Err(FormError::TooManyPairs);
                }
                pairs.push(decode_pair(pair).ok_or(FormError::NotUtf8 { position })?);
            }
            position += pair.len() + 1;
        }
        Ok(Self { pairs })
    }

    /// All pairs, decoded, in the order in which they came.
    #[must_use]
    pub fn pairs(&self) -> &[Pair<'a>] {
        &self.pairs
    }

    /// The first value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find_map(|(key, value)| (key == name).then_some(value.as_ref()))
    }

    /// The account that the request claims to come from. It tells which key must have signed, so
    /// it is read before anything is verified.
    ///
    /// # Errors
    /// The parameter is missing or malformed.
    pub fn account(&self) -> Result<AccountSid, FormError> {
        self.required("AccountSid", AccountSid::EXPECTED)
    }

    /// The message that the request is about.
    fn message(&self) -> Result<MessageSid, FormError> {
        self.required("MessageSid", MessageSid::EXPECTED)
    }

    /// The first value of a parameter, unless it is empty, which Twilio sends for "not known".
    fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// A parameter that must be there and be of type `T`.
    pub(super) fn required<T: FromStr>(
        &self,
        name: &'static str,
        expected: &'static str,
    ) -> Result<T, FormError> {
        self.required_with(name, expected, |value| value.parse().ok())
    }

    /// A parameter that must be there and that `read` understands.
    pub(super) fn required_with<T>(
        &self,
        name: &'static str,
        expected: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<T, FormError> {
        let value = self
            .filled(name)
            .ok_or(FormError::Missing { name, expected })?;
        read(value).ok_or(FormError::Malformed { name, expected })
    }
}

/// Names the parameters only: the values are numbers and texts of people.
impl std::fmt::Debug for Form<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.pairs.iter().map(|(name, _)| name))
            .finish()
    }
}

fn decode_pair(pair: &[u8]) -> Option<Pair<'_>> {
    let equals = pair.iter().position(|&byte| byte == b'=');
    let (name, value) = equals.map_or((pair, &[][..]), |at| (&pair[..at], &pair[at + 1..]));
    Some((decode(name)?, decode(value)?))
}

fn decode(text: &[u8]) -> Option<Cow<'_, str>> {
    if !text.iter().any(|byte| matches!(byte, b'+' | b'%')) {
        return std::str::from_utf8(text).ok().map(Cow::Borrowed);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        let (byte, tail) = match (first, tail) {
            (b'+', tail) => (b' ', tail),
            (b'%', [high, low, behind @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, behind),
                _ => (b'%', tail),
            },
            (byte, tail) => (*byte, tail),
        };
        bytes.push(byte);
        rest = tail;
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}
