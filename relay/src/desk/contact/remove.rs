//! A contact is forgotten.

use super::{known, tell, unknown};
use crate::desk::DeskError;
use crate::store::sql::Tx;
use crate::store::{contacts, conversations};
use smsdesk_common::agent::Agent;
use smsdesk_common::api::contacts::PatchContact;
use smsdesk_common::api::update::Update;
use smsdesk_common::contact::{Contact, apply};
use smsdesk_common::ids::{ContactId, RequestId};
use smsdesk_common::phone::Address;

/// Forgets what was written about a contact. Where there are conversations they stay, with their
/// numbers and nothing else; where there are none, the contact is gone, and none is given back.
/// Forgetting again does nothing.
///
/// # Errors
/// There never was such a contact, or the database cannot be written.
pub fn remove(tx: &mut dyn Tx, agent: &Agent, id: ContactId) -> Result<Option<Contact>, DeskError> {
    let Some(held) = contacts::find(tx, id)? else {
        let ended = contacts::ended_at(tx, id)?;
        return ended.map(|_| None).ok_or_else(|| unknown(id));
    };
    let told = conversations::of_contact(tx, id)?;
    if told.is_empty() {
        contacts::remove(tx, &held)?;
        return Ok(None);
    }
    let mut bare = held.clone();
    let needed = |it: &Address| told.iter().any(|conversation| conversation.address == *it);
    bare.addresses.retain(needed);
    let clear = PatchContact {
        name: Update::Clear,
        fields: held.fields.keys().map(|it| (it.clone(), None)).collect(),
        notes: Update::Clear,
        labels: Some(Vec::new()),
        time_zone: Update::Clear,
        language: Update::Clear,
        ..PatchContact::new(RequestId(id.0))
    };
    let did = apply(&clear, &mut bare, None);
    if did.is_empty() && bare.addresses == held.addresses {
        return Ok(Some(held));
    }
    contacts::readdress(tx, &bare)?;
    tell(tx, agent, &told, &did)?;
    contacts::update(tx, &mut bare)?;
    known(tx, id).map(Some)
}
