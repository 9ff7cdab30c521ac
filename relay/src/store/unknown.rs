//! Texts of unknown fate: since when, and how often the provider's list was looked at. A row stays
//! after nobody looks any more, for evidence that comes late.

use crate::outbox::settle::Doubt;
use crate::store::StoreError;
use crate::store::lines::address;
use crate::store::sql::{Reads, Row, Tx, params};
use smsdesk_common::ids::EntryId;
use smsdesk_common::phone::Address;
use smsdesk_common::time::Timestamp;

/// How long a time of doubt may be for the text to own messages after it was given up, in
/// milliseconds: a call takes seconds.
const OWNED_MS_MAX: i64 = 60 * 60 * 1_000;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT doubt.entry, entry.position, conversation.line, conversation.address, \
             entry.body, doubt.since, doubt.until, doubt.looks, entry.media <> '[]' FROM doubt \
             JOIN entry ON entry.id = doubt.entry \
             JOIN conversation ON conversation.id = entry.conversation \
             WHERE entry.sid IS NULL ",
            $rest
        )
    };
}

fn doubt(row: &Row) -> Result<Doubt, StoreError> {
    Ok(Doubt {
        entry: row.parsed(0)?,
        position: row.seq(1)?,
        line: address(row, 2)?,
        address: address(row, 3)?,
        body: row.text(4)?.to_owned(),
        since: row.time(5)?,
        until: row.time(6)?,
        looks: row.count(7)?,
        has_media: row.flag(8)?,
    })
}

/// Whether a text of unknown fate is not in doubt here yet.
///
/// # Errors
/// The database cannot be read.
pub fn is_any_new(reads: &mut dyn Reads) -> Result<bool, StoreError> {
    let row = reads.query_one(
        "SELECT 1 FROM outbox WHERE state = 'unknown' \
         AND NOT EXISTS (SELECT 1 FROM doubt WHERE doubt.entry = outbox.entry) LIMIT 1",
        &[],
    )?;
    Ok(row.is_some())
}

/// Takes over every text of unknown fate that is not in doubt yet; says how many.
///
/// The provider can have made its message from the claim on, for `call_ms`. A row without the time
/// of a claim comes from a restored database: its message can be any since the entry was made.
///
/// # Errors
/// The database cannot be written.
pub fn adopt(tx: &mut dyn Tx, call_ms: i64, first_look_ms: i64) -> Result<usize, StoreError> {
    let now = tx.now();
    tx.execute(
        "INSERT INTO doubt (entry, since, until, looks, next_at) SELECT outbox.entry, \
         MIN(?1, COALESCE(outbox.claimed_at, entry.at)), \
         COALESCE(MIN(?1, outbox.claimed_at) + ?2, ?1), 0, \
         COALESCE(MIN(?1, outbox.claimed_at), ?1) + ?3 \
         FROM outbox JOIN entry ON entry.id = outbox.entry WHERE outbox.state = 'unknown' \
         AND NOT EXISTS (SELECT 1 FROM doubt WHERE doubt.entry = outbox.entry)",
        params![now, call_ms, first_look_ms],
    )
}

/// Those that should be looked for by `now`, in the order in which they were made.
///
/// # Errors
/// The database cannot be read.
pub fn due(reads: &mut dyn Reads, now: Timestamp, limit: u32) -> Result<Vec<Doubt>, StoreError> {
    reads
        .query(
            select!("AND doubt.next_at <= ?1 ORDER BY entry.position LIMIT ?2"),
            params![now, limit],
        )?
        .iter()
        .map(doubt)
        .collect()
}

/// Every text without a message, those included that nobody looks for any more, in the order in
/// which they were made.
///
/// # Errors
/// The database cannot be read.
pub fn open(reads: &mut dyn Reads, limit: u32) -> Result<Vec<Doubt>, StoreError> {
    reads
        .query(select!("ORDER BY entry.position LIMIT ?1"), params![limit])?
        .iter()
        .map(doubt)
        .collect()
}

/// When the next look is due.
///
/// # Errors
/// The database cannot be read.
pub fn next_due(reads: &mut dyn Reads) -> Result<Option<Timestamp>, StoreError> {
    let row = reads.query_one(
        "SELECT MIN(doubt.next_at) FROM doubt JOIN entry ON entry.id = doubt.entry \
         WHERE entry.sid IS NULL",
        &[],
    )?;
    row.map_or(Ok(None), |row| row.maybe_time(0))
}

/// Notes a look in vain; without a time nobody looks any more.
///
/// # Errors
/// The database cannot be written.
pub fn looked(
    tx: &mut dyn Tx,
    entry: EntryId,
    next_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE doubt SET looks = looks + 1, next_at = ?2 WHERE entry = ?1",
        params![entry.0, next_at],
    )?;
    Ok(())
}

/// Puts the next look off; the last one does not count.
///
/// # Errors
/// The database cannot be written.
pub fn postpone(tx: &mut dyn Tx, entry: EntryId, next_at: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE doubt SET next_at = ?2 WHERE entry = ?1 AND next_at IS NOT NULL",
        params![entry.0, next_at],
    )?;
    Ok(())
}

/// Ends the doubt about a text.
///
/// # Errors
/// The database cannot be written.
pub fn forget(tx: &mut dyn Tx, entry: EntryId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM doubt WHERE entry = ?1", params![entry.0])?;
    Ok(())
}

/// Forgets what was settled otherwise, and what nobody looks for any more and is older than
/// `before`.
///
/// # Errors
/// The database cannot be written.
pub fn purge(tx: &mut dyn Tx, before: Timestamp) -> Result<usize, StoreError> {
    tx.execute(
        "DELETE FROM doubt WHERE (next_at IS NULL AND until < ?1) OR EXISTS \
         (SELECT 1 FROM entry WHERE entry.id = doubt.entry AND entry.sid IS NOT NULL)",
        params![before],
    )
}

/// Whether a text between two addresses is being handed over right now: its message may be in a
/// list before its answer is recorded here.
///
/// # Errors
/// The database cannot be read.
pub fn is_claimed(
    reads: &mut dyn Reads,
    line: &Address,
    address: &Address,
) -> Result<bool, StoreError> {
    let row = reads.query_one(
        "SELECT 1 FROM outbox WHERE line = ?1 AND address = ?2 AND state = 'claimed' LIMIT 1",
        params![line.as_str(), address.as_str()],
    )?;
    Ok(row.is_some())
}

/// What a text of ours could have to do with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Its fate is still to come out, and whose the message is with it.
    LookedFor,
    /// Nobody looks for its message any more.
    GivenUp,
}

/// Which text of ours could own a message that the provider made at `created` for `address` could be a text of ours
/// that has no message yet, whatever its words have become on the way. What is being handed over, or
/// was and nobody knows, could be it whatever our clock says: it may be wrong.
///
/// A text that nobody looks for any more owns no more than its hour: where it may have gone out at
/// any time since a backup, all that went out since would be taken for it.
///
/// # Errors
/// The database cannot be read.
pub fn could_own(
    reads: &mut dyn Reads,
    line: &Address,
    address: &Address,
    created: Timestamp,
    slack_ms: i64,
) -> Result<Option<Owner>, StoreError> {
    let row = reads.query_one(
        "SELECT MAX(looked_for) FROM (SELECT 1 AS looked_for FROM outbox \
         JOIN entry ON entry.id = outbox.entry WHERE outbox.line = ?1 AND outbox.address = ?2 \
         AND (entry.at <= ?3 + ?4 OR outbox.state <> 'queued') \
         UNION ALL SELECT doubt.next_at IS NOT NULL FROM conversation JOIN entry ON entry.conversation = conversation.id \
         JOIN doubt ON doubt.entry = entry.id WHERE conversation.line = ?1 \
         AND conversation.address = ?2 AND entry.sid IS NULL AND doubt.since <= ?3 + ?4 \
         AND doubt.until >= ?3 - ?4 \
         AND (doubt.next_at IS NOT NULL OR doubt.until - doubt.since <= ?5))",
        params![
            line.as_str(),
            address.as_str(),
            created,
            slack_ms,
            OWNED_MS_MAX
        ],
    )?;
    let looked_for = row.map_or(Ok(None), |row| row.maybe_int(0))?;
    Ok(looked_for.map(|looked_for| match looked_for {
        0 => Owner::GivenUp,
        _ => Owner::LookedFor,
    }))
}
