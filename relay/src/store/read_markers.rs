//! How far each agent has read each conversation.

use crate::store::StoreError;
use crate::store::sql::{Reads, Tx, params};
use smsdesk_common::read_marker::ReadMarker;
use smsdesk_common::record::Kind;

/// One marker, by [`ReadMarker::key`].
///
/// # Errors
/// The database cannot be read.
pub fn find(reads: &mut dyn Reads, id: &str) -> Result<Option<ReadMarker>, StoreError> {
    let row = reads.query_one(
        "SELECT seq, agent, conversation, position, inbound_read, at FROM read_marker \
         WHERE id = ?1",
        params![id],
    )?;
    row.map(|row| {
        Ok(ReadMarker {
            id: id.to_owned(),
            seq: row.seq(0)?,
            agent: row.parsed(1)?,
            conversation: row.parsed(2)?,
            position: row.seq(3)?,
            inbound_read: row.count(4)?,
            at: row.time(5)?,
        })
    })
    .transpose()
}

/// Stores a marker at a new position; `marker.seq` says where it was, zero for a new one.
///
/// # Errors
/// The database cannot be written.
pub fn put(tx: &mut dyn Tx, marker: &mut ReadMarker) -> Result<(), StoreError> {
    let held = Some(marker.seq).filter(|seq| seq.0 > 0);
    marker.seq = tx.advance(Kind::ReadMarker, &marker.id, held)?;
    tx.execute(
        "INSERT INTO read_marker (id, seq, agent, conversation, position, inbound_read, at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, \
         position = excluded.position, inbound_read = excluded.inbound_read, at = excluded.at",
        params![
            &marker.id,
            marker.seq,
            marker.agent.0,
            marker.conversation.0,
            marker.position,
            marker.inbound_read,
            marker.at,
        ],
    )?;
    Ok(())
}
