//! An agent says who stands behind a number. What is told of a person is told in each of their
//! conversations, too, so that colleagues see who changed what.

pub mod edit;
pub mod import;
pub mod merge;
pub mod remove;

use crate::desk::{DeskError, triage};
use crate::store::requests::{self, Done};
use crate::store::sql::{Reads, Tx};
use crate::store::{StoreError, contacts, conversations, entries};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use smsdesk_common::activity::{self, Activity};
use smsdesk_common::agent::Agent;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::contacts::{ContactView, Details};
use smsdesk_common::contact::{Contact, parse_addresses, unfit};
use smsdesk_common::conversation::Conversation;
use smsdesk_common::entry::Author;
use smsdesk_common::ids::{AgentId, ContactId, EntryId};
use smsdesk_common::phone::{Address, Region};
use smsdesk_common::record::Record;
use uuid::Uuid;

/// A contact with the times of their conversations.
///
/// # Errors
/// The database cannot be read.
pub fn view(reads: &mut dyn Reads, contact: Contact) -> Result<ContactView, StoreError> {
    let held = conversations::of_contact(reads, contact.id)?;
    let last = |it: &Conversation| it.last.as_ref().map(|last| last.at);
    Ok(ContactView {
        contact: Record::Contact(Box::new(contact)),
        first_contact_at: held.iter().map(|it| it.created_at).min(),
        last_contact_at: held.iter().filter_map(last).max(),
    })
}

pub(super) fn known(reads: &mut dyn Reads, id: ContactId) -> Result<Contact, DeskError> {
    contacts::find(reads, id)?.ok_or_else(|| unknown(id))
}

fn unknown(id: ContactId) -> DeskError {
    DeskError::refused(
        ErrorCode::ContactUnknown,
        format!("contact {id} does not exist"),
    )
}

fn invalid(detail: impl Into<String>) -> DeskError {
    DeskError::refused(ErrorCode::ContactInvalid, detail)
}

fn conflict(code: ErrorCode, detail: String, current: Contact) -> DeskError {
    DeskError::Conflict {
        code,
        detail,
        current: Box::new(Record::Contact(Box::new(current))),
    }
}

/// What can be checked without the database.
fn check(details: &Details) -> Result<(), DeskError> {
    if let Some(why) = unfit(details) {
        return Err(invalid(why));
    }
    match &details.time_zone {
        Some(zone) if jiff::tz::TimeZone::get(zone).is_err() => Err(invalid(
            "`time_zone`: there is no such zone, expected an IANA name such as America/New_York",
        )),
        _ => Ok(()),
    }
}

/// Reads numbers as people write them.
fn read_addresses(texts: &[String], home: Region) -> Result<Vec<Address>, DeskError> {
    if texts.is_empty() {
        return Err(invalid("`addresses`: expected at least one number"));
    }
    parse_addresses(texts, Some(home)).map_err(|(place, why)| {
        let detail = format!("`addresses`, number {}: {why}", place + 1);
        DeskError::refused(ErrorCode::ToInvalid, detail)
    })
}

/// Refuses an address that somebody else has.
fn free(tx: &mut dyn Tx, addresses: &[Address], contact: ContactId) -> Result<(), DeskError> {
    for (place, address) in addresses.iter().enumerate() {
        let Some(holder) = contacts::by_address(tx, address)?.filter(|it| *it != contact) else {
            continue;
        };
        let detail = format!(
            "`addresses`, number {}: another contact has it; change or merge that one",
            place + 1
        );
        let holder = known(tx, holder)?;
        return Err(conflict(ErrorCode::AddressTaken, detail, holder));
    }
    Ok(())
}

/// What makes two requests the same: who asks what of whom.
pub(super) fn hash(
    what: &'static str,
    agent: AgentId,
    contact: ContactId,
    body: &impl Serialize,
) -> Result<Vec<u8>, StoreError> {
    let body = serde_json::to_vec(body).map_err(|error| StoreError::Engine(error.to_string()))?;
    let mut hasher = Sha256::new();
    hasher.update(what.as_bytes());
    hasher.update([0]);
    hasher.update(agent.0.as_bytes());
    hasher.update(contact.0.as_bytes());
    hasher.update(body);
    Ok(hasher.finalize().to_vec())
}

/// Whether the request came before; a refusal where its id was used for something else.
pub(super) fn came_before(tx: &mut dyn Tx, id: Uuid, body_hash: &[u8]) -> Result<bool, DeskError> {
    match requests::find(tx, id)? {
        Some(done) if done.body_hash == body_hash => Ok(true),
        Some(_) => Err(DeskError::refused(
            ErrorCode::IdReused,
            format!("`id` {id} was used for something else; choose a new one"),
        )),
        None => Ok(false),
    }
}

pub(super) fn note(
    tx: &mut dyn Tx,
    id: Uuid,
    body_hash: Vec<u8>,
    contact: ContactId,
) -> Result<(), StoreError> {
    let subject = contact.to_string();
    requests::insert(tx, id, &Done { body_hash, subject })
}

/// Tells in conversations what was done to their contact.
fn tell(
    tx: &mut dyn Tx,
    agent: &Agent,
    conversations: &[Conversation],
    did: &[Activity],
) -> Result<(), StoreError> {
    if did.is_empty() {
        return Ok(());
    }
    let words = activity::words(did, agent.id, |_| String::new());
    for conversation in conversations {
        let (id, author) = (EntryId(tx.new_id()), Author::Agent(agent.id));
        let entry = triage::told(tx, id, conversation.id, author, words.clone(), did.to_vec());
        entries::insert(tx, entry)?;
    }
    Ok(())
}
