//! Requests that were carried out, so that a repeat gets the same answer and does nothing.

use crate::store::StoreError;
use crate::store::sql::{Reads, Tx, params};
use uuid::Uuid;

/// A request that was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// SHA-256 of what was asked.
    pub body_hash: Vec<u8>,
    /// The record that it made or changed.
    pub subject: String,
}

/// The request of that id, if it was carried out.
///
/// # Errors
/// The database cannot be read.
pub fn find(reads: &mut dyn Reads, id: Uuid) -> Result<Option<Done>, StoreError> {
    reads
        .query_one(
            "SELECT body_hash, subject FROM request WHERE id = ?1",
            params![id],
        )?
        .map(|row| {
            Ok(Done {
                body_hash: row.blob(0)?.to_vec(),
                subject: row.text(1)?.to_owned(),
            })
        })
        .transpose()
}

/// Notes that a request was carried out.
///
/// # Errors
/// It was before, or the database cannot be written.
pub fn insert(tx: &mut dyn Tx, id: Uuid, done: &Done) -> Result<(), StoreError> {
    let now = tx.now();
    tx.execute(
        "INSERT INTO request (id, body_hash, subject, at) VALUES (?1, ?2, ?3, ?4)",
        params![id, done.body_hash.clone(), &done.subject, now],
    )?;
    Ok(())
}
