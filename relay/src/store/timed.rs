//! Texts that wait for their time. They are entries like any other and are in no outbox: what is
//! here finds them, and changes what only they can have changed.

use crate::store::StoreError;
use crate::store::entries::{entry, select_entry};
use crate::store::sql::{Reads, Tx, params};
use smsdesk_common::entry::Entry;
use smsdesk_common::ids::{ConversationId, Seq};
use smsdesk_common::record::Kind;
use smsdesk_common::status::DeliveryStatus;
use smsdesk_common::time::Timestamp;

/// A place in the order of their times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When it goes out.
    pub send_at: Timestamp,
    /// Of two at one time the one that was written first goes first.
    pub position: Seq,
}

/// When the next one goes out; none where none waits but for somebody to decide.
///
/// # Errors
/// The database cannot be read.
pub fn next(reads: &mut dyn Reads) -> Result<Option<Timestamp>, StoreError> {
    let row = reads.query_one(
        "SELECT MIN(send_at) FROM entry WHERE status = 'scheduled' AND held_since IS NULL",
        &[],
    )?;
    row.map_or(Ok(None), |row| row.maybe_time(0))
}

/// Those whose time has come at `now`, at most `limit`, in the order of their times.
///
/// # Errors
/// The database cannot be read.
pub fn due(reads: &mut dyn Reads, now: Timestamp, limit: u32) -> Result<Vec<Entry>, StoreError> {
    reads
        .query(
            select_entry!(
                "WHERE status = 'scheduled' AND held_since IS NULL AND send_at <= ?1 \
                 ORDER BY send_at, position LIMIT ?2"
            ),
            params![now, limit],
        )?
        .iter()
        .map(entry)
        .collect()
}

/// Those of one conversation, in the order in which they were written.
///
/// # Errors
/// The database cannot be read.
pub fn of(reads: &mut dyn Reads, conversation: ConversationId) -> Result<Vec<Entry>, StoreError> {
    reads
        .query(
            select_entry!("WHERE status = 'scheduled' AND conversation = ?1 ORDER BY position"),
            params![conversation.0],
        )?
        .iter()
        .map(entry)
        .collect()
}

/// All of them behind a place, in the order of their times; those that are held stand at theirs.
///
/// # Errors
/// The database cannot be read.
pub fn page(
    reads: &mut dyn Reads,
    behind: Option<Place>,
    limit: u32,
) -> Result<Vec<Entry>, StoreError> {
    let behind = behind.unwrap_or(Place {
        send_at: Timestamp::from_millis(i64::MIN),
        position: Seq::ZERO,
    });
    reads
        .query(
            select_entry!(
                "WHERE status = 'scheduled' AND (send_at, position) > (?1, ?2) \
                 ORDER BY send_at, position LIMIT ?3"
            ),
            params![behind.send_at, behind.position, limit],
        )?
        .iter()
        .map(entry)
        .collect()
}

/// How many there are, and how many of them are held.
///
/// # Errors
/// The database cannot be read.
pub fn counts(reads: &mut dyn Reads) -> Result<(u64, u64), StoreError> {
    let row = reads.query_one(
        "SELECT COUNT(*), COUNT(held_since) FROM entry WHERE status = 'scheduled'",
        &[],
    )?;
    row.map_or(Ok((0, 0)), |row| {
        Ok((u64::from(row.count(0)?), u64::from(row.count(1)?)))
    })
}

/// Stores what became of one, at a new seq; its position stays.
///
/// # Errors
/// The database cannot be written.
pub fn update(tx: &mut dyn Tx, entry: &mut Entry) -> Result<(), StoreError> {
    entry.seq = tx.advance(Kind::Entry, &entry.id.to_string(), Some(entry.seq))?;
    tx.execute(
        "UPDATE entry SET seq = ?2, body = ?3, status = ?4, segments = ?5, at = ?6, \
         send_at = ?7, zone = ?8, cancel_on_reply = ?9, held_since = ?10 WHERE id = ?1",
        params![
            entry.id.0,
            entry.seq,
            &entry.body,
            entry.status.map(DeliveryStatus::as_str),
            entry.segments,
            entry.at,
            entry.send_at,
            entry.zone.clone(),
            entry.cancel_on_reply,
            entry.held_since,
        ],
    )?;
    Ok(())
}

/// Holds every one of them; how many were not held before.
///
/// # Errors
/// The database cannot be written.
pub fn hold_all(tx: &mut dyn Tx) -> Result<usize, StoreError> {
    let now = tx.now();
    let waiting = tx
        .query(
            select_entry!("WHERE status = 'scheduled' AND held_since IS NULL ORDER BY position"),
            &[],
        )?
        .iter()
        .map(entry)
        .collect::<Result<Vec<_>, _>>()?;
    let held = waiting.len();
    for mut text in waiting {
        text.held_since = Some(now);
        update(tx, &mut text)?;
    }
    Ok(held)
}
