//! A contact is made, or changed.

use super::{came_before, check, conflict, free, hash, known, note, read_addresses, tell};
use crate::desk::DeskError;
use crate::store::sql::Tx;
use crate::store::{contacts, conversations};
use smsdesk_common::agent::Agent;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::contacts::{Details, NewContact, PatchContact};
use smsdesk_common::contact::{self, Contact};
use smsdesk_common::conversation::Conversation;
use smsdesk_common::ids::ContactId;
use smsdesk_common::phone::{Address, Region};
use smsdesk_common::triage::tidy;

/// Whether a request made something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made {
    /// The contact is new.
    Now(Contact),
    /// It was asked before; the contact as it is by now.
    Before(Contact),
}

/// Stores a new contact. The same request again does nothing.
///
/// # Errors
/// A refusal that names the field; another contact has an address; the id was used for something
/// else; or the database cannot be written. Nothing is stored then.
pub fn create(
    tx: &mut dyn Tx,
    agent: &Agent,
    new: &NewContact,
    home: Region,
) -> Result<Made, DeskError> {
    check(&new.details)?;
    let id = new.id.unwrap_or_else(|| ContactId(tx.new_id()));
    let body_hash = hash("contact", agent.id, id, &new.details)?;
    if came_before(tx, id.0, &body_hash)? {
        return Ok(Made::Before(known(tx, id)?));
    }
    let addresses = read_addresses(&new.details.addresses, home)?;
    if contacts::find(tx, id)?.is_some() {
        let detail = format!("`id` {id} is another contact's; choose a new one");
        return Err(DeskError::refused(ErrorCode::IdReused, detail));
    }
    free(tx, &addresses, id)?;
    let contact = filled(tx, id, &new.details, addresses);
    let contact = contacts::insert(tx, contact)?;
    note(tx, id.0, body_hash, id)?;
    Ok(Made::Now(contact))
}

/// A new contact with these details; there is at least one address.
pub(super) fn filled(
    tx: &mut dyn Tx,
    id: ContactId,
    details: &Details,
    addresses: Vec<Address>,
) -> Contact {
    let trimmed = |text: &Option<String>| text.as_deref().map(|text| text.trim().to_owned());
    let fields = details.fields.iter();
    let fields = fields.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
    let first = addresses[0].clone();
    Contact {
        name: trimmed(&details.name),
        addresses,
        fields: fields.filter(|(_, value)| !value.is_empty()).collect(),
        notes: trimmed(&details.notes).filter(|notes| !notes.is_empty()),
        labels: tidy(&details.labels),
        time_zone: details.time_zone.clone(),
        language: details.language.clone(),
        ..Contact::blank(id, first, tx.now())
    }
}

/// Carries a patch out. The same request again, even a late one, does nothing and gives the contact
/// as it is by now.
///
/// # Errors
/// As [`create`]; the contact is unknown, or is not at the position that the sender expects; or a
/// conversation needs an address that the patch takes away.
pub fn patch(
    tx: &mut dyn Tx,
    agent: &Agent,
    id: ContactId,
    patch: &PatchContact,
    home: Region,
) -> Result<Contact, DeskError> {
    if patch.is_empty() {
        return Err(DeskError::refused(
            ErrorCode::PatchEmpty,
            "expected at least one of `name`, `addresses`, `fields`, `notes`, `labels`, \
             `time_zone`, `language`",
        ));
    }
    check(&patch.details())?;
    let body_hash = hash("patch_contact", agent.id, id, patch)?;
    if came_before(tx, patch.id.0, &body_hash)? {
        return known(tx, id);
    }
    let held = known(tx, id)?;
    if patch.if_seq.is_some_and(|expected| expected != held.seq) {
        let detail = format!(
            "`if_seq`: the contact is at {} by now; nothing was changed",
            held.seq
        );
        return Err(conflict(ErrorCode::ContactChanged, detail, held));
    }
    let changed = change(tx, agent, held, patch, home)?;
    note(tx, patch.id.0, body_hash, id)?;
    Ok(changed)
}

/// Makes of `held` what the patch says, which was checked.
pub(super) fn change(
    tx: &mut dyn Tx,
    agent: &Agent,
    held: Contact,
    patch: &PatchContact,
    home: Region,
) -> Result<Contact, DeskError> {
    let mut changed = held.clone();
    if let Some(addresses) = &patch.addresses {
        let addresses = read_addresses(addresses, home)?;
        free(tx, &addresses, held.id)?;
    }
    let did = contact::apply(patch, &mut changed, Some(home));
    if did.is_empty() {
        return Ok(held);
    }
    if changed.fields.len() > contact::FIELDS_MAX {
        let (held, most) = (changed.fields.len(), contact::FIELDS_MAX);
        let detail = format!("`fields`: the contact would have {held}, expected at most {most}");
        return Err(super::invalid(detail));
    }
    let told = conversations::of_contact(tx, held.id)?;
    if changed.addresses != held.addresses {
        needed(&told, &changed)?;
        contacts::readdress(tx, &changed)?;
    }
    // The entries first: whoever holds the contact beyond them has what they tell of.
    tell(tx, agent, &told, &did)?;
    contacts::update(tx, &mut changed)?;
    Ok(changed)
}

/// Refuses to take an address away with which there is a conversation.
fn needed(conversations: &[Conversation], contact: &Contact) -> Result<(), DeskError> {
    let lost = |it: &Conversation| !contact.addresses.contains(&it.address);
    if conversations.iter().any(lost) {
        return Err(DeskError::refused(
            ErrorCode::AddressInUse,
            "`addresses`: there is a conversation with a number that would go; it stays with the \
             contact",
        ));
    }
    Ok(())
}
