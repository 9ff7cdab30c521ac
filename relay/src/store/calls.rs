//! Calls: entries that their webhooks lead to, and what these said.

use crate::store::StoreError;
use crate::store::entries::{entry, select_entry};
use crate::store::sql::{Reads, Tx, params};
use smsdesk_common::entry::Entry;
use smsdesk_common::ids::Seq;
use smsdesk_common::record::Kind;

/// Everything that the provider reported of a call, raw and in no order.
///
/// # Errors
/// The database cannot be read.
pub fn reports(
    reads: &mut dyn Reads,
    account: &str,
    sid: &str,
) -> Result<Vec<Vec<u8>>, StoreError> {
    // A report's key is the call's id, a colon and what was told; `;` comes right behind `:`.
    let rows = reads.query(
        "SELECT body FROM webhook WHERE kind = 'call' AND account = ?1 AND dedupe >= ?2 \
         AND dedupe < ?3",
        params![account, format!("{sid}:"), format!("{sid};")],
    )?;
    rows.iter().map(|row| Ok(row.blob(0)?.to_vec())).collect()
}

/// Calls below a position, newest first.
///
/// # Errors
/// The database cannot be read.
pub fn page(
    reads: &mut dyn Reads,
    below: Option<Seq>,
    limit: u32,
) -> Result<Vec<Entry>, StoreError> {
    let below = below.unwrap_or(Seq(u64::MAX >> 1));
    reads
        .query(
            select_entry!(
                "WHERE sid IN (SELECT substr(dedupe, 1, instr(dedupe, ':') - 1) FROM webhook \
                 WHERE kind = 'call') AND entry_kind = 'call' AND position < ?1 \
                 ORDER BY position DESC LIMIT ?2"
            ),
            params![below, limit],
        )?
        .iter()
        .map(entry)
        .collect()
}

/// Stores what became of a call, at a new position.
///
/// # Errors
/// The database cannot be written.
pub fn update(tx: &mut dyn Tx, call: &mut Entry) -> Result<(), StoreError> {
    call.seq = tx.advance(Kind::Entry, &call.id.to_string(), Some(call.seq))?;
    tx.execute(
        "UPDATE entry SET seq = ?2, body = ?3 WHERE id = ?1",
        params![call.id.0, call.seq, &call.body],
    )?;
    Ok(())
}
