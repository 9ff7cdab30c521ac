//! `/v1/contacts`: whoever stands behind the numbers.

use super::update::{Update, given};
use crate::contact::Contact;
use crate::described::Of;
use crate::ids::{ContactId, RequestId, Seq};
use crate::phone::Region;
use crate::record::Record;
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most rows of one [`ImportContacts`]: with usual rows a quarter of what a request may hold.
pub const IMPORT_ROWS_MAX: usize = 500;
/// The longest `q`, in characters: nobody searches for more of a name.
pub const QUERY_CHARACTERS_MAX: usize = 200;

/// What can be said about a person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ContactDetails")]
pub struct Details {
    /// What they are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Numbers in any usual writing; the first is the one to write to.
    pub addresses: Vec<String>,
    /// Fields of the desk's own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
    /// What colleagues should know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// Labels of the person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// An IANA time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// A BCP 47 language tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// `POST /v1/contacts`. Answered 201 with the contact, 200 where the id came before with the same
/// content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NewContact {
    /// The contact's id, chosen by the client (UUIDv7), so that repeating the request is harmless.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ContactId>,
    /// The rest.
    #[serde(flatten)]
    pub details: Details,
}

/// `PATCH /v1/contacts/{id}`: fields that are absent stay as they are. Answered 200 with the
/// contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PatchContact {
    /// Chosen by the client; repeating the request is harmless.
    pub id: RequestId,
    /// What they are called; `null` for nothing.
    #[serde(default, skip_serializing_if = "Update::is_keep")]
    pub name: Update<String>,
    /// All their numbers, in any usual writing; the first is the one to write to.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Vec<String>")]
    pub addresses: Option<Vec<String>>,
    /// Only the fields that change; `null` removes one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Option<String>>,
    /// What colleagues should know; `null` for nothing.
    #[serde(default, skip_serializing_if = "Update::is_keep")]
    pub notes: Update<String>,
    /// All labels of the person.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Vec<String>")]
    pub labels: Option<Vec<String>>,
    /// An IANA time zone; `null` where it is not known.
    #[serde(default, skip_serializing_if = "Update::is_keep")]
    pub time_zone: Update<String>,
    /// A BCP 47 language tag; `null` where it is not known.
    #[serde(default, skip_serializing_if = "Update::is_keep")]
    pub language: Update<String>,
    /// Only where the contact is still at this position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_seq: Option<Seq>,
}

impl PatchContact {
    /// A patch that changes nothing yet.
    pub const fn new(id: RequestId) -> Self {
        Self {
            id,
            name: Update::Keep,
            addresses: None,
            fields: BTreeMap::new(),
            notes: Update::Keep,
            labels: None,
            time_zone: Update::Keep,
            language: Update::Keep,
            if_seq: None,
        }
    }

    /// Whether it names no field to change.
    pub fn is_empty(&self) -> bool {
        self.name.is_keep()
            && self.addresses.is_none()
            && self.fields.is_empty()
            && self.notes.is_keep()
            && self.labels.is_none()
            && self.time_zone.is_keep()
            && self.language.is_keep()
    }

    /// What it sets, for looking at.
    pub fn details(&self) -> Details {
        let set = |field: &Update<String>| match field {
            Update::Set(text) => Some(text.clone()),
            Update::Keep | Update::Clear => None,
        };
        let fields = self.fields.iter();
        Details {
            name: set(&self.name),
            addresses: self.addresses.clone().unwrap_or_default(),
            fields: fields
                .filter_map(|(name, value)| Some((name.clone(), value.clone()?)))
                .collect(),
            notes: set(&self.notes),
            labels: self.labels.clone().unwrap_or_default(),
            time_zone: set(&self.time_zone),
            language: set(&self.language),
        }
    }
}

/// `POST /v1/contacts/{id}/merge`: takes another contact in, which is gone then; its conversations
/// stay what they are and show this one's name. Answered 200 with the contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MergeContacts {
    /// Chosen by the client; repeating the request is harmless. Names the merge when it is taken
    /// back.
    pub id: RequestId,
    /// Who is taken in.
    pub other: ContactId,
    /// Only where the one that stays is still at this position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_seq: Option<Seq>,
}

/// `POST /v1/contacts/{id}/unmerge`: takes a merge back. What was changed since stays with the one
/// that was kept, which is the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnmergeContacts {
    /// Chosen by the client; repeating the request is harmless.
    pub id: RequestId,
    /// The id of the merge.
    pub merge: RequestId,
}

/// `POST /v1/contacts/{id}/opt-out`: no line texts them any more, at any of their addresses. Only they
/// take it back, by texting START.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OptOutContact {
    /// Chosen by the client; repeating the request is harmless.
    pub id: RequestId,
    /// Whether they want no texts: true. There is no other way about.
    pub opt_out: bool,
}

/// A contact, and when there was to do with them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContactView {
    /// The contact, with its `kind` as in the feed.
    #[serde(flatten)]
    #[schemars(with = "Of<Contact>")]
    pub contact: Record,
    /// When the first of their conversations began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_contact_at: Option<Timestamp>,
    /// When somebody last wrote, they or we.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_contact_at: Option<Timestamp>,
}

/// `DELETE /v1/contacts/{id}`: what is left of a contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Forgotten {
    /// The numbers that conversations need, and nothing else; `null` where nothing is left.
    pub contact: Option<ContactView>,
}

/// Contacts, most recently touched first. With `q` a page may hold fewer than asked for, none
/// even, and go on all the same: where `next_cursor` is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContactPage {
    /// The contacts.
    pub contacts: Vec<ContactView>,
    /// Give this as `cursor` for the next page; none at the end.
    pub next_cursor: Option<String>,
}

/// What becomes of a row whose number somebody has already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnExisting {
    /// It is refused, unless nobody has written anything about that contact yet.
    #[default]
    Refuse,
    /// What the row gives is written over what the contact has.
    Update,
}

/// `POST /v1/contacts/import`: a part of a list of people. Each row is taken or refused by itself;
/// the same part again changes nothing. Answered 200 with what became of the rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportContacts {
    /// At most [`IMPORT_ROWS_MAX`].
    pub rows: Vec<ImportRow>,
    /// What becomes of a row whose number somebody has already.
    #[serde(default)]
    pub on_existing: OnExisting,
    /// Only look; store nothing.
    #[serde(default)]
    pub dry_run: bool,
}

/// One person of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportRow {
    /// Where it stands in the caller's list; comes back with the answer.
    pub row: u32,
    /// The id of the contact where it is new, chosen by the client, so that repeating is harmless.
    pub id: ContactId,
    /// The person.
    #[serde(flatten)]
    pub details: Details,
}

/// What became of the rows of an [`ImportContacts`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Imported {
    /// How many are contacts from now on.
    pub added: u32,
    /// How many contacts were there and know more from now on.
    pub updated: u32,
    /// How many contacts were there as the row has them.
    pub unchanged: u32,
    /// The rows that were not taken.
    pub refused: Vec<RefusedRow>,
    /// The country in which the relay reads numbers without a country code.
    pub region: Region,
}

/// A row that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RefusedRow {
    /// [`ImportRow::row`].
    pub row: u32,
    /// What scripts look at: `to_invalid`, `contact_invalid`, `address_taken`.
    pub code: super::ErrorCode,
    /// Why, in words.
    pub detail: String,
}
