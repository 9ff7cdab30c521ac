//! Whoever stands behind an address: the record, and the rules by which it is changed.

mod check;
mod edit;
mod merge;
#[cfg(test)]
mod tests;
mod zone;

pub use check::{
    ADDRESSES_MAX, FIELD_CHARACTERS_MAX, FIELD_NAME_CHARACTERS_MAX, FIELDS_MAX,
    LANGUAGE_CHARACTERS_MAX, NAME_CHARACTERS_MAX, NOTES_CHARACTERS_MAX, ZONE_CHARACTERS_MAX,
    called, unfit,
};
pub use edit::{apply, parse_addresses};
pub use merge::{Merge, merge, split};
pub use zone::zone_hint;

use crate::ids::{ContactId, Seq};
use crate::optout::Means;
use crate::phone::Address;
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A person, made on the first text from or to an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// What the desk wants to know of them, by names of its own; at most [`FIELDS_MAX`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
    /// What colleagues should know, in lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// Labels of the person, sorted, without repeats; a conversation has its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Where they are by the clock, as the IANA names it: `America/New_York`. As somebody said;
    /// [`zone_hint`] is only a guess.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// What to write to them in, as a BCP 47 tag: `es-MX`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Where they asked for no more texts. Nothing that a patch can change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opt_outs: Vec<OptOut>,
    /// When the desk first heard of them.
    pub created_at: Timestamp,
}

impl Contact {
    /// One of whom nothing is known but an address.
    pub fn blank(id: ContactId, address: Address, created_at: Timestamp) -> Self {
        Self {
            id,
            seq: Seq::ZERO,
            name: None,
            addresses: vec![address],
            place: Place::default(),
            fields: BTreeMap::new(),
            notes: None,
            labels: Vec::new(),
            time_zone: None,
            language: None,
            opt_outs: Vec::new(),
            created_at,
        }
    }

    /// Whether nobody has written anything about them yet: only what came with their texts is known.
    pub fn is_blank(&self) -> bool {
        self.name.is_none()
            && self.fields.is_empty()
            && self.notes.is_none()
            && self.labels.is_empty()
            && self.time_zone.is_none()
            && self.language.is_none()
    }

    /// The opt-out that holds for texts from a line of ours to one of their addresses.
    pub fn opt_out(&self, address: &Address, line: &Address) -> Option<&OptOut> {
        let holds = |it: &&OptOut| {
            it.address == *address && it.line.as_ref().is_none_or(|ours| ours == line)
        };
        self.opt_outs.iter().find(holds)
    }

    /// What their name begins with, for "Hello Maria": the first word of it.
    pub fn first_name(&self) -> Option<&str> {
        self.name.as_deref()?.split_whitespace().next()
    }
}

/// That an address wants no more texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OptOut {
    /// Theirs.
    pub address: Address,
    /// From which line of ours; from none where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<Address>,
    /// Since when.
    pub since: Timestamp,
    /// How that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub means: Option<Means>,
}

/// The registered place of a number. Every part may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ContactPlace")]
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
