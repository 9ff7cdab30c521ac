//! The copy of the relay's records and the place in the feed that it stands for.
//!
//! Every write here is one transaction that moves the rows and the cursor together; a part of the
//! feed that does not join the copy changes nothing. Live batches and pages of the history may
//! come in any order, overlap, and repeat: [`smsdesk_common::feed::supersedes`] decides alone.

mod jobs;
mod labels;
mod place;
mod project;
mod recount;
pub(super) mod schema;
mod stand_in;
mod templates;
#[cfg(test)]
mod tests;

pub(super) use place::place;
pub use recount::Recounted;
pub(super) use stand_in::{stand_in, step_aside};

use super::applied::{Cursor, DigestCheck, Touched};
use super::error::{ApplyError, CacheError};
use super::search;
use super::sql::{parsed, seq_in, seq_out};
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use smsdesk_common::api::changes::ChangesPage;
use smsdesk_common::feed::{Batch, Change, Content, Digest, supersedes};
use smsdesk_common::ids::{Epoch, Seq};
use smsdesk_common::record::Kind;

/// Where the copy stands; none before the first `welcome`.
pub(super) fn cursor(connection: &Connection) -> Result<Option<Cursor>, CacheError> {
    let stored: Option<(String, i64, i64, i64, String)> = connection
        .prepare_cached("SELECT epoch, low, high, read_at, digest FROM cursor")?
        .query_row((), |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
            ))
        })
        .optional()?;
    let Some((epoch, low, high, read_at, digest)) = stored else {
        return Ok(None);
    };
    Ok(Some(Cursor {
        epoch: parsed(&epoch, "the epoch").map_err(CacheError::Record)?,
        low: seq_out(low),
        high: seq_out(high),
        read_at: seq_out(read_at),
        digest: parsed(&digest, "the digest").map_err(CacheError::Record)?,
    }))
}

fn write_cursor(tx: &Transaction<'_>, cursor: &Cursor) -> Result<(), ApplyError> {
    let (low, high) = (position(cursor.low)?, position(cursor.high)?);
    tx.prepare_cached(
        "INSERT INTO cursor (one, epoch, low, high, read_at, digest)
         VALUES (1, ?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (one) DO UPDATE SET epoch = excluded.epoch, low = excluded.low,
             high = excluded.high, read_at = excluded.read_at, digest = excluded.digest",
    )?
    .execute(params![
        cursor.epoch.to_string(),
        low,
        high,
        position(cursor.read_at)?,
        cursor.digest.to_string()
    ])?;
    Ok(())
}

fn position(seq: Seq) -> Result<i64, ApplyError> {
    seq_in(seq).ok_or(ApplyError::Malformed(
        "a position is beyond every count of commits",
    ))
}

/// Applies the next part of the live feed.
pub(super) fn apply(
    connection: &mut Connection,
    batch: &Batch,
) -> Result<(Cursor, Touched), ApplyError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let Some(mut cursor) = cursor(&tx)? else {
        return Err(ApplyError::Gap { have: None });
    };
    if batch.from != cursor.high {
        return Err(ApplyError::Gap {
            have: Some(cursor.high),
        });
    }
    check_range(&batch.changes, batch.from, batch.to)?;
    let mut touched = Touched::default();
    absorb(&tx, &batch.changes, &mut cursor.digest, &mut touched)?;
    // What is new is found at once, unless it comes in a flood; what is old waits until nothing else
    // is to be done.
    if !search::is_crowded(&tx)? {
        search::index_people(&tx, batch.changes.len())?;
        search::index_newest(&tx, batch.changes.len())?;
    }
    cursor.high = batch.to;
    write_cursor(&tx, &cursor)?;
    tx.commit()?;
    Ok((cursor, touched))
}

/// Applies a page of the history. It must reach up to where the copy begins.
pub(super) fn apply_history(
    connection: &mut Connection,
    page: &ChangesPage,
) -> Result<(Cursor, Touched), ApplyError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let Some(mut cursor) = cursor(&tx)? else {
        return Err(ApplyError::Gap { have: None });
    };
    if page.epoch != cursor.epoch {
        return Err(ApplyError::OtherEpoch);
    }
    if page.high < cursor.low {
        return Err(ApplyError::Gap {
            have: Some(cursor.low),
        });
    }
    check_range(&page.changes, page.low, page.high)?;
    let mut touched = Touched::default();
    absorb(&tx, &page.changes, &mut cursor.digest, &mut touched)?;
    if !search::is_crowded(&tx)? {
        search::index_people(&tx, page.changes.len())?;
    }
    cursor.low = cursor.low.min(page.low);
    cursor.read_at = cursor.read_at.max(page.head);
    write_cursor(&tx, &cursor)?;
    tx.commit()?;
    Ok((cursor, touched))
}

/// Forgets every record and stands at `head`, with everything below still to be fetched.
pub(super) fn start_fresh(
    connection: &mut Connection,
    epoch: Epoch,
    head: Seq,
) -> Result<Cursor, ApplyError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    schema::clear(&tx)?;
    search::tune(&tx)?;
    let cursor = Cursor {
        epoch,
        low: head,
        high: head,
        read_at: Seq::ZERO,
        digest: Digest::EMPTY,
    };
    write_cursor(&tx, &cursor)?;
    tx.commit()?;
    Ok(cursor)
}

/// Compares this copy with the relay's, where it claims to be whole.
pub(super) fn check_digest(
    connection: &Connection,
    head: Seq,
    digest: Digest,
) -> Result<DigestCheck, CacheError> {
    let Some(cursor) = cursor(connection)? else {
        return Ok(DigestCheck::NotComparable);
    };
    if !cursor.is_whole() || cursor.high != head {
        return Ok(DigestCheck::NotComparable);
    }
    Ok(if cursor.digest == digest {
        DigestCheck::Equal
    } else {
        DigestCheck::Differs
    })
}

/// Whether the entry has a record here, a deleted one included.
pub(super) fn holds_entry(connection: &Connection, id: &str) -> Result<bool, CacheError> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM records WHERE kind = 'entry' AND id = ?1")?
        .exists([id])?)
}

/// Where the record of that id stands here, a deleted one included.
pub(super) fn seq_of(
    connection: &Connection,
    kind: Kind,
    id: &str,
) -> Result<Option<Seq>, CacheError> {
    Ok(connection
        .prepare_cached("SELECT seq FROM records WHERE kind = ?1 AND id = ?2")?
        .query_row((kind.as_str(), id), |row| row.get(0))
        .optional()?
        .map(seq_out))
}

/// A change outside of its frame would be taken for newer than what follows, or be skipped.
fn check_range(changes: &[Change], low: Seq, high: Seq) -> Result<(), ApplyError> {
    if high < low {
        return Err(ApplyError::Malformed("it ends before it begins"));
    }
    if changes
        .iter()
        .any(|change| change.seq <= low || change.seq > high)
    {
        return Err(ApplyError::Malformed("a change lies outside of its frame"));
    }
    Ok(())
}

fn absorb(
    tx: &Transaction<'_>,
    changes: &[Change],
    digest: &mut Digest,
    touched: &mut Touched,
) -> Result<(), ApplyError> {
    let mut find = tx.prepare_cached("SELECT n, seq FROM records WHERE kind = ?1 AND id = ?2")?;
    let mut insert = tx.prepare_cached(
        "INSERT INTO records (kind, id, seq, deleted, body) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let mut update =
        tx.prepare_cached("UPDATE records SET seq = ?2, deleted = ?3, body = ?4 WHERE n = ?1")?;
    for change in changes {
        let held: Option<(i64, i64)> = find
            .query_row((&change.kind, &change.id), |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        if !supersedes(change.seq, held.map(|(_, seq)| seq_out(seq))) {
            continue;
        }
        let seq = position(change.seq)?;
        let body = serde_json::to_string(change)
            .map_err(|_| ApplyError::Malformed("a record has no form as JSON"))?;
        let deleted = matches!(change.content, Content::Deleted);
        let n = match held {
            Some((n, old)) => {
                update.execute(params![n, seq, deleted, body])?;
                digest.remove(&change.kind, &change.id, seq_out(old));
                n
            }
            None => insert.insert(params![change.kind, change.id, seq, deleted, body])?,
        };
        digest.add(&change.kind, &change.id, change.seq);
        project::project(tx, n, change, touched)?;
    }
    Ok(())
}
