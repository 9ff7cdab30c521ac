//! Texts that nobody typed, by the key under which each of them goes once.

use crate::store::StoreError;
use crate::store::sql::{Reads, Tx, params};
use smsdesk_common::ids::EntryId;
use smsdesk_common::time::Timestamp;

/// The entry that a key has made.
///
/// # Errors
/// The database cannot be read.
pub fn find(reads: &mut dyn Reads, key: &str) -> Result<Option<EntryId>, StoreError> {
    reads
        .query_one("SELECT entry FROM automatic WHERE key = ?1", params![key])?
        .map(|row| row.parsed(0))
        .transpose()
}

/// Until when an entry may wait; none where somebody typed it.
///
/// # Errors
/// The database cannot be read.
pub fn expires(reads: &mut dyn Reads, entry: EntryId) -> Result<Option<Timestamp>, StoreError> {
    reads
        .query_one(
            "SELECT expires_at FROM automatic WHERE entry = ?1",
            params![entry.0],
        )?
        .map(|row| row.time(0))
        .transpose()
}

/// Notes what a key has made.
///
/// # Errors
/// It has made another before, or the database cannot be written.
pub fn insert(
    tx: &mut dyn Tx,
    key: &str,
    entry: EntryId,
    expires: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO automatic (key, entry, expires_at) VALUES (?1, ?2, ?3)",
        params![key, entry.0, expires],
    )?;
    Ok(())
}
