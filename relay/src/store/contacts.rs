//! Contacts and their addresses.

use crate::store::StoreError;
use crate::store::lines::address;
use crate::store::sql::{Reads, Tx, params};
use smsdesk_common::contact::{Contact, Place};
use smsdesk_common::ids::ContactId;
use smsdesk_common::phone::Address;
use smsdesk_common::record::Kind;

/// One contact with its addresses.
///
/// # Errors
/// The database cannot be read.
pub fn find(reads: &mut dyn Reads, id: ContactId) -> Result<Option<Contact>, StoreError> {
    let Some(row) = reads.query_one(
        "SELECT seq, name, city, state, zip, country, created_at FROM contact WHERE id = ?1",
        params![id.0],
    )?
    else {
        return Ok(None);
    };
    let addresses = reads
        .query(
            "SELECT address FROM contact_address WHERE contact = ?1 ORDER BY place",
            params![id.0],
        )?
        .iter()
        .map(|row| address(row, 0))
        .collect::<Result<_, _>>()?;
    Ok(Some(Contact {
        id,
        seq: row.seq(0)?,
        name: row.maybe_text(1)?,
        addresses,
        place: Place {
            city: row.maybe_text(2)?,
            state: row.maybe_text(3)?,
            zip: row.maybe_text(4)?,
            country: row.maybe_text(5)?,
        },
        created_at: row.time(6)?,
    }))
}

/// Who has that address.
///
/// # Errors
/// The database cannot be read.
pub fn by_address(
    reads: &mut dyn Reads,
    address: &Address,
) -> Result<Option<ContactId>, StoreError> {
    reads
        .query_one(
            "SELECT contact FROM contact_address WHERE address = ?1",
            params![address.as_str()],
        )?
        .map(|row| row.parsed(0))
        .transpose()
}

/// Stores a new contact with its addresses; its position is claimed here.
///
/// # Errors
/// An address belongs to somebody else, or the database cannot be written.
pub fn insert(tx: &mut dyn Tx, mut contact: Contact) -> Result<Contact, StoreError> {
    contact.seq = tx.advance(Kind::Contact, &contact.id.to_string(), None)?;
    let place = contact.place.clone();
    tx.execute(
        "INSERT INTO contact (id, seq, name, city, state, zip, country, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            contact.id.0,
            contact.seq,
            contact.name.clone(),
            place.city,
            place.state,
            place.zip,
            place.country,
            contact.created_at,
        ],
    )?;
    for (address, place) in contact.addresses.iter().zip(0u32..) {
        tx.execute(
            "INSERT INTO contact_address (address, contact, place) VALUES (?1, ?2, ?3)",
            params![address.as_str(), contact.id.0, place],
        )?;
    }
    Ok(contact)
}

/// Stores what changed of a contact's own fields at a new position.
///
/// # Errors
/// The database cannot be written.
pub fn update(tx: &mut dyn Tx, contact: &mut Contact) -> Result<(), StoreError> {
    contact.seq = tx.advance(Kind::Contact, &contact.id.to_string(), Some(contact.seq))?;
    let place = contact.place.clone();
    tx.execute(
        "UPDATE contact SET seq = ?2, name = ?3, city = ?4, state = ?5, zip = ?6, country = ?7 \
         WHERE id = ?1",
        params![
            contact.id.0,
            contact.seq,
            contact.name.clone(),
            place.city,
            place.state,
            place.zip,
            place.country,
        ],
    )?;
    Ok(())
}
