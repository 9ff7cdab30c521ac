//! The country that a number without a country code is read in.

use std::fmt;
use std::str::FromStr;

use rlibphonenumber::PHONE_NUMBER_UTIL;
use serde::{Deserialize, Serialize};

use super::PhoneError;

/// A country or territory with telephone numbers of its own: a two-letter ISO 3166-1 code,
/// upper case, known to libphonenumber's metadata.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Region(rlibphonenumber::Region);

impl Region {
    /// The two letters, such as `US`.
    #[must_use]
    pub fn to_code(self) -> String {
        self.0.to_string()
    }

    /// The country calling code, such as 1 for the US or 44 for Great Britain.
    #[must_use]
    pub fn calling_code(self) -> Option<i32> {
        PHONE_NUMBER_UTIL.get_country_code_for_region(self.0)
    }

    /// `None` for the "world" pseudo-region of numbers such as `+800`, which has no letters.
    pub(super) fn from_metadata(region: rlibphonenumber::Region) -> Option<Self> {
        (region != rlibphonenumber::Region::World).then_some(Self(region))
    }

    pub(super) fn metadata(self) -> rlibphonenumber::Region {
        self.0
    }
}

impl FromStr for Region {
    type Err = PhoneError;

    /// Reads a two-letter code in either case, with spaces around it.
    ///
    /// # Errors
    /// [`PhoneError::UnknownRegion`] for anything that has no telephone numbers.
    fn from_str(code: &str) -> Result<Self, PhoneError> {
        let region = rlibphonenumber::Region::from_code(code.trim())
            .ok()
            .and_then(Self::from_metadata)
            .ok_or(PhoneError::UnknownRegion)?;
        region
            .calling_code()
            .map(|_| region)
            .ok_or(PhoneError::UnknownRegion)
    }
}

impl TryFrom<String> for Region {
    type Error = PhoneError;

    fn try_from(code: String) -> Result<Self, PhoneError> {
        code.parse()
    }
}

impl From<Region> for String {
    fn from(region: Region) -> Self {
        region.to_code()
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Region({})", self.0)
    }
}
