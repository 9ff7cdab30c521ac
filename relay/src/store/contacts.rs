//! Contacts and their addresses.

use crate::store::lines::address;
use crate::store::sql::{Reads, Row, Tx, Value, params};
use crate::store::{StoreError, consent};
use smsdesk_common::contact::{Contact, Place};
use smsdesk_common::ids::{ContactId, Seq};
use smsdesk_common::phone::Address;
use smsdesk_common::record::Kind;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, seq, name, city, state, zip, country, created_at, fields, notes, labels, \
             time_zone, language, opt_outs FROM contact ",
            $rest
        )
    };
}

fn contact(reads: &mut dyn Reads, row: &Row) -> Result<Contact, StoreError> {
    let id = ContactId(row.parsed(0)?);
    let addresses = reads
        .query(
            "SELECT address FROM contact_address WHERE contact = ?1 ORDER BY place",
            params![id.0],
        )?
        .iter()
        .map(|row| address(row, 0))
        .collect::<Result<_, _>>()?;
    Ok(Contact {
        id,
        seq: row.seq(1)?,
        name: row.maybe_text(2)?,
        addresses,
        place: Place {
            city: row.maybe_text(3)?,
            state: row.maybe_text(4)?,
            zip: row.maybe_text(5)?,
            country: row.maybe_text(6)?,
        },
        created_at: row.time(7)?,
        fields: row.json(8)?,
        notes: row.maybe_text(9)?,
        labels: row.json(10)?,
        time_zone: row.maybe_text(11)?,
        language: row.maybe_text(12)?,
        opt_outs: row.json(13)?,
    })
}

/// One contact with its addresses.
///
/// # Errors
/// The database cannot be read.
pub fn find(reads: &mut dyn Reads, id: ContactId) -> Result<Option<Contact>, StoreError> {
    reads
        .query_one(select!("WHERE id = ?1"), params![id.0])?
        .map(|row| contact(reads, &row))
        .transpose()
}

/// Contacts below a position, most recently touched first.
///
/// # Errors
/// The database cannot be read.
pub fn page(
    reads: &mut dyn Reads,
    below: Option<Seq>,
    limit: u32,
) -> Result<Vec<Contact>, StoreError> {
    let below = below.map_or(Value::Int(i64::MAX), Value::from);
    reads
        .query(
            select!("WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2"),
            &[below, limit.into()],
        )?
        .iter()
        .map(|row| contact(reads, row))
        .collect()
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

/// Stores a new contact with its addresses; its position is claimed here. One that ended before may
/// come back under its id. Where they opted out is not for whoever stores it to say.
///
/// # Errors
/// An address belongs to somebody else, or the database cannot be written.
pub fn insert(tx: &mut dyn Tx, mut contact: Contact) -> Result<Contact, StoreError> {
    let ended = ended_at(tx, contact.id)?;
    consent::fill(tx, &mut contact)?;
    contact.seq = tx.advance(Kind::Contact, &contact.id.to_string(), ended)?;
    let mut all = values(&contact)?.to_vec();
    all.push(contact.created_at.into());
    tx.execute(
        "INSERT INTO contact (id, seq, name, city, state, zip, country, fields, notes, labels, \
         time_zone, language, opt_outs, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        &all,
    )?;
    put_addresses(tx, &contact)?;
    Ok(contact)
}

/// Where the feed says that a contact ended; none for one that lives or never was.
///
/// # Errors
/// The database cannot be read.
pub fn ended_at(reads: &mut dyn Reads, id: ContactId) -> Result<Option<Seq>, StoreError> {
    reads
        .query_one(
            "SELECT seq FROM changes WHERE kind = 'contact' AND id = ?1 AND deleted <> 0",
            params![id.0],
        )?
        .map(|row| row.seq(0))
        .transpose()
}

/// Stores what changed of a contact's own fields at a new position.
///
/// # Errors
/// The database cannot be written.
pub fn update(tx: &mut dyn Tx, contact: &mut Contact) -> Result<(), StoreError> {
    consent::fill(tx, contact)?;
    contact.seq = tx.advance(Kind::Contact, &contact.id.to_string(), Some(contact.seq))?;
    tx.execute(
        "UPDATE contact SET seq = ?2, name = ?3, city = ?4, state = ?5, zip = ?6, country = ?7, \
         fields = ?8, notes = ?9, labels = ?10, time_zone = ?11, language = ?12, opt_outs = ?13, \
         created_at = ?14 WHERE id = ?1",
        &[&values(contact)?[..], &[contact.created_at.into()]].concat(),
    )?;
    Ok(())
}

/// Gives a contact the addresses it names and no others. Those of somebody else have to be free
/// by then.
///
/// # Errors
/// An address belongs to somebody else, or the database cannot be written.
pub fn readdress(tx: &mut dyn Tx, contact: &Contact) -> Result<(), StoreError> {
    forget_addresses(tx, contact.id)?;
    put_addresses(tx, contact)
}

/// Ends a contact. Nothing may refer to it any more but its addresses, which go with it.
///
/// # Errors
/// A conversation is theirs, or the database cannot be written.
pub fn remove(tx: &mut dyn Tx, contact: &Contact) -> Result<(), StoreError> {
    forget_addresses(tx, contact.id)?;
    tx.execute("DELETE FROM contact WHERE id = ?1", params![contact.id.0])?;
    tx.retire(Kind::Contact, &contact.id.to_string(), contact.seq)?;
    Ok(())
}

fn forget_addresses(tx: &mut dyn Tx, contact: ContactId) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM contact_address WHERE contact = ?1",
        params![contact.0],
    )?;
    Ok(())
}

fn put_addresses(tx: &mut dyn Tx, contact: &Contact) -> Result<(), StoreError> {
    for (address, place) in contact.addresses.iter().zip(0u32..) {
        tx.execute(
            "INSERT INTO contact_address (address, contact, place) VALUES (?1, ?2, ?3)",
            params![address.as_str(), contact.id.0, place],
        )?;
    }
    Ok(())
}

fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Engine(error.to_string()))
}

fn values(contact: &Contact) -> Result<[Value; 13], StoreError> {
    let place = &contact.place;
    Ok([
        contact.id.0.into(),
        contact.seq.into(),
        contact.name.as_deref().into(),
        place.city.as_deref().into(),
        place.state.as_deref().into(),
        place.zip.as_deref().into(),
        place.country.as_deref().into(),
        json(&contact.fields)?.into(),
        contact.notes.as_deref().into(),
        json(&contact.labels)?.into(),
        contact.time_zone.as_deref().into(),
        contact.language.as_deref().into(),
        json(&contact.opt_outs)?.into(),
    ])
}
