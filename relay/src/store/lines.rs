//! Lines: our own addresses.

use crate::store::StoreError;
use crate::store::sql::{Reads, Row, Tx, params};
use smsdesk_common::line::{Line, Paused};
use smsdesk_common::phone::Address;
use smsdesk_common::record::Kind;

/// Reads an address that an earlier transaction stored.
pub(crate) fn address(row: &Row, column: usize) -> Result<Address, StoreError> {
    Address::from_twilio(row.text(column)?)
        .map_err(|_| StoreError::column(column, "expected an address"))
}

fn line(row: &Row) -> Result<Line, StoreError> {
    Ok(Line {
        id: address(row, 0)?,
        seq: row.seq(1)?,
        name: row.maybe_text(2)?,
        active: row.flag(3)?,
        paused: row.maybe_json(4)?,
    })
}

fn json(paused: Option<&Paused>) -> Result<Option<String>, StoreError> {
    paused
        .map(serde_json::to_string)
        .transpose()
        .map_err(|error| StoreError::Engine(error.to_string()))
}

/// One line, by its address.
///
/// # Errors
/// The database cannot be read.
pub fn find(reads: &mut dyn Reads, id: &str) -> Result<Option<Line>, StoreError> {
    reads
        .query_one(
            "SELECT id, seq, name, active, paused FROM line WHERE id = ?1",
            params![id],
        )?
        .map(|row| line(&row))
        .transpose()
}

/// Every line, by address.
///
/// # Errors
/// The database cannot be read.
pub fn all(reads: &mut dyn Reads) -> Result<Vec<Line>, StoreError> {
    reads
        .query(
            "SELECT id, seq, name, active, paused FROM line ORDER BY id",
            &[],
        )?
        .iter()
        .map(line)
        .collect()
}

/// Stores a new line; its position is claimed here.
///
/// # Errors
/// The database cannot be written.
pub fn insert(tx: &mut dyn Tx, mut line: Line) -> Result<Line, StoreError> {
    line.seq = tx.advance(Kind::Line, line.id.as_str(), None)?;
    tx.execute(
        "INSERT INTO line (id, seq, name, active, paused) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            line.id.as_str(),
            line.seq,
            line.name.clone(),
            line.active,
            json(line.paused.as_ref())?
        ],
    )?;
    Ok(line)
}

/// Stores what changed of a line at a new position.
///
/// # Errors
/// The database cannot be written.
pub fn update(tx: &mut dyn Tx, line: &mut Line) -> Result<(), StoreError> {
    line.seq = tx.advance(Kind::Line, line.id.as_str(), Some(line.seq))?;
    tx.execute(
        "UPDATE line SET seq = ?2, name = ?3, active = ?4, paused = ?5 WHERE id = ?1",
        params![
            line.id.as_str(),
            line.seq,
            line.name.clone(),
            line.active,
            json(line.paused.as_ref())?
        ],
    )?;
    Ok(())
}
