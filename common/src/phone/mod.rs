//! Addresses of people and of our own lines: reading, writing and showing them.
//!
//! The only module that knows libphonenumber. It never prints an address by accident: [`Address`]
//! has no `Display`, its `Debug` is redacted, and [`Address::display`] returns [`SafeText`].

mod error;
mod number;
mod region;
#[cfg(test)]
mod tests;

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::error::PhoneError;
pub use self::number::{Number, NumberType};
pub use self::region::Region;
use crate::safe_text::SafeText;

/// Longest address that is kept, in bytes. E.164 needs 16 and Twilio's longest channel senders
/// (RCS agents, Messenger pages) stay below 100; anything beyond is not an address.
pub const ADDRESS_BYTES_MAX: usize = 128;

/// Digits of a short code. Real ones have 5 or 6 (US) and 3 to 8 elsewhere.
const SHORT_CODE_DIGITS: std::ops::RangeInclusive<usize> = 3..=8;

/// Digits of a short code as a person types it: with 7 it is rather a number without area code.
const TYPED_SHORT_CODE_DIGITS: std::ops::RangeInclusive<usize> = 3..=6;

/// Digits of an E.164 number behind its `+`; ITU-T E.164 sets the upper bound.
const E164_DIGITS: std::ops::RangeInclusive<usize> = 2..=15;

/// An address as Twilio writes it: `+13055550142`, `whatsapp:+13055550142`, `rcs:agent`,
/// `messenger:1234`, a short code (`32665`) or an alphanumeric sender (`ACME`).
///
/// Never empty, at most [`ADDRESS_BYTES_MAX`] bytes. Two addresses are the same if their text is.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Address(String);

/// The channel that an address belongs to; both ends of a message are on the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// SMS and MMS: an address without a prefix.
    Sms,
    /// `whatsapp:`
    WhatsApp,
    /// `rcs:`
    Rcs,
    /// `messenger:`
    Messenger,
}

/// What sort of address it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressKind {
    /// A telephone number in E.164, on any channel.
    Number,
    /// A few digits without a plus.
    ShortCode,
    /// Anything else: a sender's name, an agent, a page.
    Alphanumeric,
}

impl Channel {
    /// The prefix of this channel's addresses, with its colon; empty for SMS.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Sms => "",
            Self::WhatsApp => "whatsapp:",
            Self::Rcs => "rcs:",
            Self::Messenger => "messenger:",
        }
    }

    /// Splits an address into its channel and the part behind the prefix, in any case.
    fn split(text: &str) -> (Self, &str) {
        [Self::WhatsApp, Self::Rcs, Self::Messenger]
            .into_iter()
            .find_map(|channel| {
                let length = channel.prefix().len();
                let prefix = text.get(..length)?;
                prefix
                    .eq_ignore_ascii_case(channel.prefix())
                    .then(|| (channel, text[length..].trim_start()))
            })
            .unwrap_or((Self::Sms, text))
    }
}

impl Address {
    /// Reads an address that a person typed: a number in any usual writing (an extension is
    /// dropped, for no text can reach it), a short code, or one of these behind a channel prefix.
    ///
    /// `default_region` is the country of a number written without its country code.
    ///
    /// # Errors
    /// Says what is wrong with the number; see [`Number::parse`].
    pub fn parse(input: &str, default_region: Option<Region>) -> Result<Self, PhoneError> {
        let (channel, rest) = Channel::split(input.trim());
        if rest.is_empty() {
            return Err(PhoneError::Empty);
        }
        let names_an_agent = match channel {
            Channel::Sms | Channel::WhatsApp => false,
            Channel::Rcs | Channel::Messenger => !rest.starts_with('+'),
        };
        if names_an_agent {
            return Self::try_from(input.to_owned());
        }
        match Number::parse(rest, default_region) {
            Ok(number) => Ok(Self(format!("{}{}", channel.prefix(), number.e164()))),
            Err(_) if channel == Channel::Sms && is_typed_short_code(rest) => {
                Ok(Self(rest.to_owned()))
            }
            Err(error) => Err(error),
        }
    }

    /// As [`Self::parse`], and takes a number in E.164 whose range the metadata does not know:
    /// ranges are opened before the metadata hears of it, and 555 numbers stand in examples.
    /// Whoever writes a plus and the country code means it; Twilio has the last word.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_dialable(input: &str, default_region: Option<Region>) -> Result<Self, PhoneError> {
        Self::parse(input, default_region).or_else(|error| {
            let (channel, number) = Channel::split(input.trim());
            if matches!(channel, Channel::Sms | Channel::WhatsApp) && is_e164(number) {
                Ok(Self(format!("{}{number}", channel.prefix())))
            } else {
                Err(error)
            }
        })
    }

    /// Takes an address from Twilio as it is: numbers are E.164 "if possible", otherwise the raw
    /// caller id, and a text from a strange sender must not be lost. Spaces around it are dropped,
    /// the channel prefix is written in lower case, and what exceeds [`ADDRESS_BYTES_MAX`] is cut.
    ///
    /// # Errors
    /// [`PhoneError::Empty`] if nothing but spaces is given.
    pub fn from_twilio(text: &str) -> Result<Self, PhoneError> {
        let mut address = canonical(text)?;
        address.truncate(address.floor_char_boundary(ADDRESS_BYTES_MAX));
        address.truncate(address.trim_end().len());
        Ok(Self(address))
    }

    /// The address as Twilio writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The channel, by the prefix.
    #[must_use]
    pub fn channel(&self) -> Channel {
        Channel::split(&self.0).0
    }

    /// What sort of address it is.
    #[must_use]
    pub fn kind(&self) -> AddressKind {
        if self.e164().is_some() {
            AddressKind::Number
        } else if is_digits(&self.0, SHORT_CODE_DIGITS) {
            AddressKind::ShortCode
        } else {
            AddressKind::Alphanumeric
        }
    }

    /// The number in E.164 without the channel's prefix, if there is one.
    #[must_use]
    pub fn e164(&self) -> Option<&str> {
        let (_, rest) = Channel::split(&self.0);
        let digits = rest.strip_prefix('+')?;
        (is_digits(digits, E164_DIGITS) && !digits.starts_with('0')).then_some(rest)
    }

    /// The ASCII digits alone, for searching: `13055550142`.
    #[must_use]
    pub fn digits(&self) -> String {
        self.0.chars().filter(char::is_ascii_digit).collect()
    }

    /// The country or territory of the number, if it is one that exists.
    #[must_use]
    pub fn region(&self) -> Option<Region> {
        self.number()?.region()
    }

    /// What the number is for; `None` for an address that is not an existing number.
    #[must_use]
    pub fn number_type(&self) -> Option<NumberType> {
        self.number().map(|number| number.number_type())
    }

    /// The address for people: a number in its national writing if it shares the country calling
    /// code of `home`, otherwise in the international one; any other address as it is. The channel
    /// is not part of it.
    #[must_use]
    pub fn display(&self, home: Option<Region>) -> SafeText {
        let home_code = home.and_then(Region::calling_code);
        let shown = match self.number() {
            Some(number) if home_code == Some(number.calling_code()) => number.national(),
            Some(number) => number.international(),
            None => Channel::split(&self.0).1.to_owned(),
        };
        SafeText::line(&shown)
    }

    fn number(&self) -> Option<Number> {
        Number::parse(self.e164()?, None).ok()
    }
}

/// Redacted, for logs: the channel, the first digit of the country code, the last two digits.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (channel, rest) = Channel::split(&self.0);
        write!(f, "Address({}{})", channel.prefix(), redact(rest))
    }
}

impl TryFrom<String> for Address {
    type Error = PhoneError;

    /// As [`Address::from_twilio`], but an overlong text is an error instead of being cut.
    fn try_from(text: String) -> Result<Self, PhoneError> {
        let address = canonical(&text)?;
        if address.len() > ADDRESS_BYTES_MAX {
            return Err(PhoneError::TooLong);
        }
        Ok(Self(address))
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.0
    }
}

fn canonical(text: &str) -> Result<String, PhoneError> {
    let (channel, rest) = Channel::split(text.trim());
    if rest.is_empty() {
        return Err(PhoneError::Empty);
    }
    Ok(format!("{}{rest}", channel.prefix()))
}

fn is_digits(text: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A plus, then 8 to 15 digits of which the first is no zero (ITU-T E.164; no country has numbers
/// of less than 8 digits with its code).
fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (8..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// No short code starts with 0, but many a national prefix does.
fn is_typed_short_code(text: &str) -> bool {
    is_digits(text, TYPED_SHORT_CODE_DIGITS) && !text.starts_with('0')
}

/// `+13055550142` becomes `+1…42`; anything that is not a number loses even more.
fn redact(text: &str) -> String {
    let is_number = text.starts_with('+') && text.len() > 6;
    if is_number && text.is_ascii() {
        format!("{}…{}", &text[..2], &text[text.len() - 2..])
    } else {
        let first: String = text.chars().take(1).collect();
        format!("{first}…")
    }
}
