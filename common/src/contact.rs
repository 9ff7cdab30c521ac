//! Whoever stands behind an address.

use crate::ids::{ContactId, Seq};
use crate::phone::Address;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A person, made on the first text from or to an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Stays the same when name or addresses change.
    pub id: ContactId,
    /// The commit that last touched this record.
    pub seq: Seq,
    /// As an agent or the person's messenger named them; remote text.
    #[serde(default)]
    pub name: Option<String>,
    /// Every address of theirs; at least one.
    pub addresses: Vec<Address>,
    /// Where the number is registered, as the provider told; often not where the person is.
    #[serde(default, skip_serializing_if = "Place::is_empty")]
    pub place: Place,
    /// When the desk first heard of them.
    pub created_at: Timestamp,
}

/// The registered place of a number. Every part may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// City, upper case as carriers write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// State or province.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zip: Option<String>,
    /// Two-letter country code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

impl Place {
    /// Whether nothing at all is known.
    pub const fn is_empty(&self) -> bool {
        self.city.is_none() && self.state.is_none() && self.zip.is_none() && self.country.is_none()
    }
}
