//! Contacts that were taken in by others.

use crate::store::StoreError;
use crate::store::sql::{Reads, Tx, params};
use smsdesk_common::contact::Merge;
use smsdesk_common::ids::{ContactId, RequestId};

/// A merge as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Who took the other in.
    pub kept: ContactId,
    /// Both as they were, and what came of it.
    pub merge: Merge,
    /// Whether it was taken back.
    pub undone: bool,
}

/// One merge.
///
/// # Errors
/// The database cannot be read.
pub fn find(reads: &mut dyn Reads, id: RequestId) -> Result<Option<Kept>, StoreError> {
    reads
        .query_one(
            "SELECT kept, merge, undone FROM contact_merge WHERE id = ?1",
            params![id.0],
        )?
        .map(|row| {
            Ok(Kept {
                kept: row.parsed(0)?,
                merge: row.json(1)?,
                undone: row.flag(2)?,
            })
        })
        .transpose()
}

/// Keeps a merge.
///
/// # Errors
/// The id was used before, or the database cannot be written.
pub fn insert(tx: &mut dyn Tx, id: RequestId, merge: &Merge) -> Result<(), StoreError> {
    let now = tx.now();
    let json = serde_json::to_string(merge).map_err(|e| StoreError::Engine(e.to_string()))?;
    tx.execute(
        "INSERT INTO contact_merge (id, kept, merge, at, undone) VALUES (?1, ?2, ?3, ?4, 0)",
        params![id.0, merge.before.id.0, json, now],
    )?;
    Ok(())
}

/// Notes that a merge was taken back.
///
/// # Errors
/// The database cannot be written.
pub fn note_undone(tx: &mut dyn Tx, id: RequestId) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE contact_merge SET undone = 1 WHERE id = ?1",
        params![id.0],
    )?;
    Ok(())
}
