//! Attachments that are known by their number only, and the entries that wait for them.

use crate::store::StoreError;
use crate::store::lines::address;
use crate::store::sql::{Reads, Tx, params};
use smsdesk_common::entry::Entry;
use smsdesk_common::ids::EntryId;
use smsdesk_common::phone::Address;
use smsdesk_common::record::Kind;
use smsdesk_common::time::Timestamp;

/// An entry that waits for its attachments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Which entry.
    pub entry: EntryId,
    /// The provider's id of it.
    pub sid: String,
    /// Whose account has it.
    pub line: Address,
    /// How often it was tried.
    pub tries: u32,
}

/// Notes that an entry waits for its attachments.
///
/// # Errors
/// The database cannot be written.
pub fn insert(tx: &mut dyn Tx, entry: EntryId) -> Result<(), StoreError> {
    let now = tx.now();
    tx.execute(
        "INSERT INTO media_wanted (entry, tries, next_at) VALUES (?1, 0, ?2) \
         ON CONFLICT (entry) DO NOTHING",
        params![entry.0, now],
    )?;
    Ok(())
}

/// The one that should be tried next, where one is due by `now`.
///
/// # Errors
/// The database cannot be read.
pub fn due(reads: &mut dyn Reads, now: Timestamp) -> Result<Option<Wanted>, StoreError> {
    let row = reads.query_one(
        "SELECT media_wanted.entry, entry.sid, conversation.line, media_wanted.tries \
         FROM media_wanted JOIN entry ON entry.id = media_wanted.entry \
         JOIN conversation ON conversation.id = entry.conversation \
         WHERE media_wanted.next_at <= ?1 AND entry.sid IS NOT NULL \
         ORDER BY media_wanted.next_at LIMIT 1",
        params![now],
    )?;
    row.map(|row| {
        Ok(Wanted {
            entry: row.parsed(0)?,
            sid: row.text(1)?.to_owned(),
            line: address(&row, 2)?,
            tries: row.count(3)?,
        })
    })
    .transpose()
}

/// When the next one is due.
///
/// # Errors
/// The database cannot be read.
pub fn next_due(reads: &mut dyn Reads) -> Result<Option<Timestamp>, StoreError> {
    let row = reads.query_one("SELECT MIN(next_at) FROM media_wanted", &[])?;
    row.map_or(Ok(None), |row| row.maybe_time(0))
}

/// Notes a try in vain.
///
/// # Errors
/// The database cannot be written.
pub fn again(tx: &mut dyn Tx, entry: EntryId, next_at: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE media_wanted SET tries = tries + 1, next_at = ?2 WHERE entry = ?1",
        params![entry.0, next_at],
    )?;
    Ok(())
}

/// Ends the wait of an entry.
///
/// # Errors
/// The database cannot be written.
pub fn remove(tx: &mut dyn Tx, entry: EntryId) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM media_wanted WHERE entry = ?1",
        params![entry.0],
    )?;
    Ok(())
}

/// Stores the attachments of an entry, at a new position of the feed.
///
/// # Errors
/// The database cannot be written.
pub fn fill(tx: &mut dyn Tx, entry: &mut Entry) -> Result<(), StoreError> {
    entry.seq = tx.advance(Kind::Entry, &entry.id.to_string(), Some(entry.seq))?;
    let media = serde_json::to_string(&entry.media)
        .map_err(|error| StoreError::Engine(error.to_string()))?;
    tx.execute(
        "UPDATE entry SET seq = ?2, media = ?3 WHERE id = ?1",
        params![entry.id.0, entry.seq, media],
    )?;
    Ok(())
}
