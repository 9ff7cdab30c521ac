//! A telephone number that exists according to libphonenumber's metadata.

use std::fmt;

use rlibphonenumber::{
    PHONE_NUMBER_UTIL, ParseError, PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationError,
};
use serde::{Deserialize, Serialize};

use super::{PhoneError, Region, redact};

/// Longest input that is looked at, in bytes: libphonenumber's own bound (`MAX_INPUT_STRING_LENGTH`).
const INPUT_BYTES_MAX: usize = 250;

/// A valid telephone number, read from any usual writing of it.
///
/// It is not an [`Address`](super::Address): it may carry an extension, which no text can reach.
#[derive(Clone, PartialEq)]
pub struct Number(PhoneNumber);

/// What a number is for, as far as its digits tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberType {
    /// A landline.
    FixedLine,
    /// A mobile phone.
    Mobile,
    /// Either of the two: in North America the digits do not tell.
    FixedLineOrMobile,
    /// Free for the caller.
    TollFree,
    /// Dearer than usual.
    PremiumRate,
    /// Caller and called share the cost.
    SharedCost,
    /// Voice over IP.
    Voip,
    /// Follows a person, not a place or a device.
    PersonalNumber,
    /// A pager.
    Pager,
    /// A company's number in front of many.
    Uan,
    /// Access to a voice mailbox.
    Voicemail,
    /// None of these, as far as the metadata knows.
    Unknown,
}

impl Number {
    /// Reads what a person typed or pasted: national or international, with any usual punctuation,
    /// letters of a vanity number, digits of any script, a `tel:` URI, an extension.
    ///
    /// `default_region` is the country of a number written without its country code.
    ///
    /// # Errors
    /// Says why there is no such number, in the order that libphonenumber checks: first whether it
    /// can be read, then whether its length is possible, then whether it exists.
    pub fn parse(input: &str, default_region: Option<Region>) -> Result<Self, PhoneError> {
        if input.len() > INPUT_BYTES_MAX {
            return Err(PhoneError::TooLong);
        }
        let number = PHONE_NUMBER_UTIL
            .parse(input, default_region.map(Region::metadata))
            .map_err(|error| from_parse_error(&error))?;
        if number.is_valid() {
            return Ok(Self(number));
        }
        Err(match number.is_possible_with_reason() {
            Err(ValidationError::TooShort) => PhoneError::TooShort,
            Err(ValidationError::TooLong) => PhoneError::TooLong,
            Err(ValidationError::InvalidCountryCode) => PhoneError::InvalidCountryCode,
            Err(ValidationError::InvalidLength) | Ok(_) => PhoneError::NotValid,
        })
    }

    /// `+` and at most 15 digits, never with an extension.
    #[must_use]
    pub fn e164(&self) -> String {
        self.0.format_as(PhoneNumberFormat::E164).into_owned()
    }

    /// As written inside its own country, such as `(305) 555-0142 ext. 7`.
    #[must_use]
    pub fn national(&self) -> String {
        self.0.format_as(PhoneNumberFormat::National).into_owned()
    }

    /// As written anywhere in the world, such as `+1 305-555-0142 ext. 7`.
    #[must_use]
    pub fn international(&self) -> String {
        self.0
            .format_as(PhoneNumberFormat::International)
            .into_owned()
    }

    /// The extension's digits, if one was written.
    #[must_use]
    pub fn extension(&self) -> Option<&str> {
        self.0
            .extension
            .as_deref()
            .filter(|extension| !extension.is_empty())
    }

    /// The country calling code, such as 1 or 44.
    #[must_use]
    pub fn calling_code(&self) -> i32 {
        self.0.country_code
    }

    /// The country or territory; `None` for numbers of no country, such as `+800`.
    #[must_use]
    pub fn region(&self) -> Option<Region> {
        self.0.get_region_code().and_then(Region::from_metadata)
    }

    /// What the number is for.
    #[must_use]
    pub fn number_type(&self) -> NumberType {
        self.0.get_type().into()
    }
}

/// Redacted: the first digit of the country code and the last two digits.
impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Number({})", redact(&self.e164()))
    }
}

impl From<PhoneNumberType> for NumberType {
    fn from(number_type: PhoneNumberType) -> Self {
        match number_type {
            PhoneNumberType::FixedLine => Self::FixedLine,
            PhoneNumberType::Mobile => Self::Mobile,
            PhoneNumberType::FixedLineOrMobile => Self::FixedLineOrMobile,
            PhoneNumberType::TollFree => Self::TollFree,
            PhoneNumberType::PremiumRate => Self::PremiumRate,
            PhoneNumberType::SharedCost => Self::SharedCost,
            PhoneNumberType::VoIP => Self::Voip,
            PhoneNumberType::PersonalNumber => Self::PersonalNumber,
            PhoneNumberType::Pager => Self::Pager,
            PhoneNumberType::UAN => Self::Uan,
            PhoneNumberType::VoiceMail => Self::Voicemail,
            PhoneNumberType::Unknown => Self::Unknown,
        }
    }
}

fn from_parse_error(error: &ParseError) -> PhoneError {
    match error {
        ParseError::InvalidCountryCode => PhoneError::InvalidCountryCode,
        ParseError::NotANumber(_) => PhoneError::NotANumber,
        ParseError::TooShortAfterIdd => PhoneError::TooShortAfterIdd,
        ParseError::TooShortNsn => PhoneError::TooShort,
        ParseError::TooLongNsn => PhoneError::TooLong,
    }
}
