//! Why something that a person typed is not an address we can use.

use thiserror::Error;

/// Why an input is not a usable address. The message is ready to be shown to the person who typed.
///
/// It never repeats the input: errors are logged, and a phone number is personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum PhoneError {
    /// Nothing was given.
    #[error("an address is needed: a phone number such as +1 305 555 0142")]
    Empty,
    /// There is no telephone number in the input.
    #[error(
        "this is not a phone number: expected digits such as (305) 555-0142 or +44 7911 123456"
    )]
    NotANumber,
    /// The country calling code does not exist, or none was given and no default region is set.
    #[error("the country is not known: start with + and the country code, such as +1 305 555 0142")]
    InvalidCountryCode,
    /// Only an international prefix such as `011` or `00`, and hardly anything behind it.
    #[error("the number ends after the international prefix: expected a whole number behind it")]
    TooShortAfterIdd,
    /// Fewer digits than any number of that country has.
    #[error("the number is too short: expected all its digits, with the area code")]
    TooShort,
    /// More digits than any number of that country has, or longer than any address can be.
    #[error("the number is too long: expected one number, with at most 15 digits")]
    TooLong,
    /// The length is possible, but the country has no such number.
    #[error(
        "no such number exists in that country: check the area code and the digits, \
         or start with + and the country code"
    )]
    NotValid,
    /// A region that is not a two-letter ISO 3166 code of a country with telephone numbers.
    #[error("the region is not known: expected a two-letter country code such as US or GB")]
    UnknownRegion,
}

impl PhoneError {
    /// The stable name of this error for machines (API bodies, scripts).
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NotANumber => "not_a_number",
            Self::InvalidCountryCode => "invalid_country_code",
            Self::TooShortAfterIdd => "too_short_after_idd",
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::NotValid => "not_valid",
            Self::UnknownRegion => "unknown_region",
        }
    }
}
