//! Texts on their way to the provider: queued, claimed, or of unknown fate. A row is gone once
//! the provider's answer is recorded.

use crate::store::StoreError;
use crate::store::lines::address;
use crate::store::sql::{Reads, Row, Tx, params};
use smsdesk_common::ids::{EntryId, Seq};
use smsdesk_common::phone::Address;
use smsdesk_common::time::Timestamp;

/// The longest pause that anybody asks for, with room, in milliseconds. What is due later than
/// that was put off before the wall clock went back, and is due now.
const NEXT_MS_MAX: i64 = 20 * 60 * 1_000;

/// A text that waits to be handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Which entry.
    pub entry: EntryId,
    /// The order within one pair of addresses.
    pub position: Seq,
    /// From.
    pub line: Address,
    /// To.
    pub address: Address,
    /// How often it was tried; each try was provably not taken.
    pub attempts: u32,
}

/// How many rows there are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Waiting for their turn, and handed over right now.
    pub waiting: u64,
    /// The provider may have them or not.
    pub unknown: u64,
}

fn waiting(row: &Row) -> Result<Waiting, StoreError> {
    Ok(Waiting {
        entry: row.parsed(0)?,
        position: row.seq(1)?,
        line: address(row, 2)?,
        address: address(row, 3)?,
        attempts: row.count(4)?,
    })
}

/// Queues a text.
///
/// # Errors
/// It is queued already, or the database cannot be written.
pub fn insert(tx: &mut dyn Tx, row: &Waiting) -> Result<(), StoreError> {
    let now = tx.now();
    tx.execute(
        "INSERT INTO outbox (entry, position, line, address, state, attempts, next_at) \
         VALUES (?1, ?2, ?3, ?4, 'queued', 0, ?5)",
        params![
            row.entry.0,
            row.position,
            row.line.as_str(),
            row.address.as_str(),
            now
        ],
    )?;
    Ok(())
}

/// Claims up to `limit` texts that are due, at most the oldest of each pair of addresses: order
/// within a conversation is kept, conversations do not wait for each other.
///
/// # Errors
/// The database cannot be written.
pub fn claim(tx: &mut dyn Tx, limit: u32) -> Result<Vec<Waiting>, StoreError> {
    let now = tx.now();
    let due = tx
        .query(
            "SELECT entry, position, line, address, attempts FROM outbox AS due \
             WHERE state = 'queued' AND (next_at <= ?1 OR next_at > ?3) AND NOT EXISTS (SELECT 1 \
             FROM outbox AS prior WHERE prior.line = due.line AND prior.address = due.address \
             AND prior.position < due.position AND prior.state IN ('queued', 'claimed')) \
             ORDER BY position LIMIT ?2",
            params![now, limit, now.plus_millis(NEXT_MS_MAX)],
        )?
        .iter()
        .map(waiting)
        .collect::<Result<Vec<_>, _>>()?;
    for row in &due {
        tx.execute(
            "UPDATE outbox SET state = 'claimed', claimed_at = ?2, attempts = attempts + 1 \
             WHERE entry = ?1",
            params![row.entry.0, now],
        )?;
    }
    Ok(due)
}

/// Puts a claimed text back: the provider provably does not have it.
///
/// # Errors
/// The database cannot be written.
pub fn requeue(tx: &mut dyn Tx, entry: EntryId, next_at: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE outbox SET state = 'queued', claimed_at = NULL, next_at = ?2 WHERE entry = ?1",
        params![entry.0, next_at],
    )?;
    Ok(())
}

/// Lets no text of one line go out before `until`, those that are handed over right now excepted.
///
/// # Errors
/// The database cannot be written.
pub fn pause_line_of(tx: &mut dyn Tx, entry: EntryId, until: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE outbox SET next_at = ?2 WHERE state = 'queued' AND next_at < ?2 \
         AND line = (SELECT line FROM outbox WHERE entry = ?1)",
        params![entry.0, until],
    )?;
    Ok(())
}

/// Notes that nobody knows whether the provider has a text. It is never handed over again by
/// itself.
///
/// # Errors
/// The database cannot be written.
pub fn set_unknown(tx: &mut dyn Tx, entry: EntryId) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE outbox SET state = 'unknown' WHERE entry = ?1",
        params![entry.0],
    )?;
    Ok(())
}

/// Forgets a text whose fate is recorded. Says whether there was one.
///
/// # Errors
/// The database cannot be written.
pub fn remove(tx: &mut dyn Tx, entry: EntryId) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM outbox WHERE entry = ?1", params![entry.0])? == 1)
}

/// Texts that were being handed over when the relay stopped.
///
/// # Errors
/// The database cannot be read.
pub fn claimed(reads: &mut dyn Reads) -> Result<Vec<EntryId>, StoreError> {
    reads
        .query(
            "SELECT entry FROM outbox WHERE state = 'claimed' ORDER BY position",
            &[],
        )?
        .iter()
        .map(|row| row.parsed(0))
        .collect()
}

/// When the next text that could be claimed is due, as seen at `now`; none where there is none.
/// One that waits for an older text of its pair of addresses does not count.
///
/// # Errors
/// The database cannot be read.
pub fn next_due(reads: &mut dyn Reads, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let row = reads.query_one(
        "SELECT MIN(next_at), MAX(next_at) FROM outbox AS due WHERE state = 'queued' AND NOT EXISTS (SELECT 1 \
         FROM outbox AS prior WHERE prior.line = due.line AND prior.address = due.address \
         AND prior.position < due.position AND prior.state IN ('queued', 'claimed'))",
        &[],
    )?;
    let Some(row) = row else {
        return Ok(None);
    };
    let (first, last) = (row.maybe_time(0)?, row.maybe_time(1)?);
    let put_off = last.is_some_and(|last| last > now.plus_millis(NEXT_MS_MAX));
    Ok(if put_off { Some(now) } else { first })
}

/// How many rows there are in each state.
///
/// # Errors
/// The database cannot be read.
pub fn counts(reads: &mut dyn Reads) -> Result<Counts, StoreError> {
    let row = reads.query_one(
        "SELECT COUNT(*) FILTER (WHERE state IN ('queued', 'claimed')), \
         COUNT(*) FILTER (WHERE state = 'unknown') FROM outbox",
        &[],
    )?;
    row.map_or(Ok(Counts::default()), |row| {
        Ok(Counts {
            waiting: u64::from(row.count(0)?),
            unknown: u64::from(row.count(1)?),
        })
    })
}
