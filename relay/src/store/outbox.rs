//! Texts on their way to the provider: queued, claimed, or of unknown fate. A row is gone once
//! the provider's answer is recorded.

use crate::outbox::lanes::Queue;
use crate::store::StoreError;
use crate::store::lines::{self, address};
use crate::store::sql::{Reads, Row, Tx, params};
use smsdesk_common::ids::{EntryId, Seq};
use smsdesk_common::phone::Address;
use smsdesk_common::time::Timestamp;

/// The longest pause that anybody asks for, a quarter of an hour, with room, in milliseconds. What
/// is due later than that was put off by a wall clock that went back since.
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
    /// What it costs of its line's rate.
    pub segments: u32,
    /// Since when its waiting counts: when it was queued, later by as long as its line was paused.
    pub waits_since: Timestamp,
    /// Whom it may let pass.
    pub rank: Rank,
}

/// What goes first where much waits. Texts of one pair of addresses never pass each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Somebody wrote it.
    Person,
    /// Nobody typed it.
    Automatic,
}

impl Rank {
    const fn number(self) -> u32 {
        match self {
            Self::Person => 0,
            Self::Automatic => 1,
        }
    }

    const fn of(number: u32) -> Self {
        match number {
            0 => Self::Person,
            _ => Self::Automatic,
        }
    }
}

/// How many rows there are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Waiting for their turn, and handed over right now.
    pub waiting: u64,
    /// The provider may have them or not.
    pub unknown: u64,
    /// Handed over right now; among those that wait, too.
    pub sending: u64,
}

fn waiting(row: &Row) -> Result<Waiting, StoreError> {
    Ok(Waiting {
        entry: row.parsed(0)?,
        position: row.seq(1)?,
        line: address(row, 2)?,
        address: address(row, 3)?,
        attempts: row.count(4)?,
        segments: row.count(5)?,
        waits_since: row.time(6)?,
        rank: Rank::of(row.count(7)?),
    })
}

/// Queues a text; what it says of attempts does not count.
///
/// # Errors
/// It is queued already, or the database cannot be written.
pub fn insert(tx: &mut dyn Tx, row: &Waiting) -> Result<(), StoreError> {
    let now = tx.now();
    tx.execute(
        "INSERT INTO outbox (entry, position, line, address, state, attempts, next_at, segments, \
         waits_since, rank) VALUES (?1, ?2, ?3, ?4, 'queued', 0, ?5, ?6, ?7, ?8)",
        params![
            row.entry.0,
            row.position,
            row.line.as_str(),
            row.address.as_str(),
            now,
            row.segments,
            row.waits_since,
            row.rank.number(),
        ],
    )?;
    if row.rank == Rank::Person {
        // Whatever waits before it goes as if somebody had written it: it must not wait with that.
        tx.execute(
            "UPDATE outbox SET rank = 0 WHERE line = ?1 AND address = ?2 AND rank <> 0 \
             AND held = 0",
            params![row.line.as_str(), row.address.as_str()],
        )?;
    }
    Ok(())
}

/// Texts of one line that are due and first in order of their pair of addresses. Order within a
/// conversation is kept, conversations do not wait for each other; people's texts go first. What is
/// held is not there: nothing waits for it. The plus keeps the index by due time out of it: a backlog
/// is read in its order, and no further than asked for.
const DUE_HEADS: &str = "SELECT entry, position, line, address, attempts, segments, waits_since, \
     rank FROM outbox AS due \
     WHERE line = ?1 AND state = 'queued' AND held = 0 AND +next_at <= ?2 \
     AND NOT EXISTS (SELECT 1 FROM outbox \
     AS prior WHERE prior.line = due.line AND prior.address = due.address \
     AND prior.position < due.position AND (prior.state = 'claimed' \
     OR (prior.state = 'queued' AND prior.held = 0))) \
     ORDER BY rank, position LIMIT ?3";

/// Claims the texts of a line that are due, in their order: at most `limit`, at most one of each
/// pair of addresses, and no more than have so many `segments` together.
///
/// # Errors
/// The database cannot be written.
pub fn claim(
    tx: &mut dyn Tx,
    line: &Address,
    limit: u32,
    segments: u32,
) -> Result<Vec<Waiting>, StoreError> {
    let now = tx.now();
    let mut left = segments;
    let mut claimed = Vec::new();
    for row in tx.query(DUE_HEADS, params![line.as_str(), now, limit])? {
        let text = waiting(&row)?;
        // A long text waits for its turn; short ones behind it do not pass.
        let Some(rest) = left.checked_sub(text.segments) else {
            break;
        };
        left = rest;
        tx.execute(
            "UPDATE outbox SET state = 'claimed', claimed_at = ?2, attempts = attempts + 1 \
             WHERE entry = ?1",
            params![text.entry.0, now],
        )?;
        claimed.push(text);
    }
    Ok(claimed)
}

/// Claims whatever is due, on every line.
#[cfg(test)]
pub(crate) fn claim_all(tx: &mut dyn Tx) -> Result<Vec<Waiting>, StoreError> {
    let mut claimed = Vec::new();
    for line in lines::all(tx)? {
        claimed.extend(claim(tx, &line.id, u32::MAX, u32::MAX)?);
    }
    Ok(claimed)
}

/// The lines on which texts wait that could be claimed as far as their order is concerned.
///
/// # Errors
/// The database cannot be read.
pub fn queues(reads: &mut dyn Reads, now: Timestamp) -> Result<Vec<Queue>, StoreError> {
    let mut queues = Vec::new();
    for line in lines::all(reads)? {
        let Some(due) = next_due(reads, &line.id)? else {
            continue;
        };
        let next = reads.query_one(DUE_HEADS, params![line.id.as_str(), now, 1_u32])?;
        let segments = next.map_or(Ok(1), |row| row.count(5))?;
        queues.push(Queue {
            line: line.id,
            due,
            segments,
            paused: line.paused.is_some(),
        });
    }
    Ok(queues)
}

/// Puts a claimed text back: the provider provably does not have it. `code` is its reason, where it
/// said one.
///
/// # Errors
/// The database cannot be written.
pub fn requeue(
    tx: &mut dyn Tx,
    entry: EntryId,
    next_at: Timestamp,
    code: Option<u32>,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE outbox SET state = 'queued', claimed_at = NULL, next_at = ?2, \
         last_code = COALESCE(?3, last_code) WHERE entry = ?1",
        params![entry.0, next_at, code],
    )?;
    Ok(())
}

/// Lets no text of one line go out before `until`, those that are handed over right now excepted.
///
/// # Errors
/// The database cannot be written.
pub fn hold_line_of(tx: &mut dyn Tx, entry: EntryId, until: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE outbox SET next_at = ?2 WHERE state = 'queued' AND next_at < ?2 \
         AND line = (SELECT line FROM outbox WHERE entry = ?1)",
        params![entry.0, until],
    )?;
    Ok(())
}

macro_rules! put_forward {
    ($table:literal) => {
        concat!(
            "UPDATE ",
            $table,
            " SET next_at = CASE WHEN next_at - ?2 > ?1 + ?3 THEN ?1 \
             ELSE MAX(?1, next_at - ?2) END WHERE next_at > ?1"
        )
    };
}

/// Lets nothing wait for longer than it was meant to after the wall clock went back by `by_ms`: not
/// for its turn, nor to be looked for in the provider's list.
///
/// # Errors
/// The database cannot be written.
pub fn clock_went_back(tx: &mut dyn Tx, by_ms: i64) -> Result<(), StoreError> {
    let now = tx.now();
    tx.execute(
        "UPDATE outbox SET next_at = CASE WHEN next_at - ?2 > ?1 + ?3 THEN ?1 \
         ELSE MAX(?1, next_at - ?2) END WHERE state = 'queued' AND next_at > ?1",
        params![now, by_ms, NEXT_MS_MAX],
    )?;
    // What was noted as past and lies ahead was noted by the clock as it was.
    tx.execute(
        "UPDATE outbox SET waits_since = MIN(?1, MAX(waits_since - ?2, 0)), \
         claimed_at = MIN(?1, MAX(claimed_at - ?2, 0)) WHERE waits_since > ?1 OR claimed_at > ?1",
        params![now, by_ms],
    )?;
    tx.execute(
        "UPDATE doubt SET since = MIN(?1, since - ?2), \
         until = MAX(MIN(?1, since - ?2), until - ?2) WHERE since > ?1",
        params![now, by_ms],
    )?;
    for sql in [put_forward!("doubt"), put_forward!("media_wanted")] {
        tx.execute(sql, params![now, by_ms, NEXT_MS_MAX])?;
    }
    Ok(())
}

/// Takes the time since `paused` out of the waiting of all texts of a line.
///
/// # Errors
/// The database cannot be written.
pub fn forgive_pause(tx: &mut dyn Tx, line: &Address, paused: Timestamp) -> Result<(), StoreError> {
    let now = tx.now();
    let lasted = now.millis_since(paused).max(0);
    tx.execute(
        "UPDATE outbox SET waits_since = CASE WHEN waits_since < ?2 THEN waits_since + ?3 \
         ELSE ?4 END WHERE line = ?1 AND state IN ('queued', 'claimed')",
        params![line.as_str(), paused, lasted, now],
    )?;
    Ok(())
}

/// A text that has waited for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overdue {
    /// Which entry.
    pub entry: EntryId,
    /// The provider's last code for not taking it.
    pub last_code: Option<u32>,
}

/// Texts whose waiting began at `since` or before, at most `limit`, the oldest first. None of a line
/// that is paused, and none that is held: their clocks stand still.
///
/// # Errors
/// The database cannot be read.
pub fn overdue(
    reads: &mut dyn Reads,
    since: Timestamp,
    limit: u32,
) -> Result<Vec<Overdue>, StoreError> {
    let rows = reads.query(
        "SELECT entry, last_code FROM outbox WHERE state = 'queued' AND held = 0 \
         AND waits_since <= ?1 \
         AND line NOT IN (SELECT id FROM line WHERE paused IS NOT NULL) \
         ORDER BY waits_since LIMIT ?2",
        params![since, limit],
    )?;
    rows.iter()
        .map(|row| {
            Ok(Overdue {
                entry: row.parsed(0)?,
                last_code: row.maybe_int(1)?.and_then(|code| u32::try_from(code).ok()),
            })
        })
        .collect()
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

/// Takes out a text that nobody has begun to hand over, or that the provider provably does not have.
/// Says whether there was one.
///
/// # Errors
/// The database cannot be written.
pub fn withdraw(tx: &mut dyn Tx, entry: EntryId) -> Result<bool, StoreError> {
    let gone = tx.execute(
        "DELETE FROM outbox WHERE entry = ?1 AND state = 'queued'",
        params![entry.0],
    )?;
    Ok(gone == 1)
}

/// Texts to an address that wait for their turn, in their order.
///
/// # Errors
/// The database cannot be read.
pub fn queued(
    reads: &mut dyn Reads,
    line: &Address,
    theirs: &Address,
) -> Result<Vec<EntryId>, StoreError> {
    reads
        .query(
            "SELECT entry FROM outbox WHERE line = ?1 AND address = ?2 AND state = 'queued' \
             ORDER BY position",
            params![line.as_str(), theirs.as_str()],
        )?
        .iter()
        .map(|row| row.parsed(0))
        .collect()
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

/// Makes every text unknown of which the provider's answer is not recorded, and says which. When
/// they were handed over, if ever, is forgotten: it can have been at any time since they were
/// written.
///
/// # Errors
/// The database cannot be written.
pub fn doubt_all(tx: &mut dyn Tx) -> Result<Vec<EntryId>, StoreError> {
    tx.query(
        "UPDATE outbox SET state = 'unknown', claimed_at = NULL \
         WHERE state IN ('queued', 'claimed') RETURNING entry",
        &[],
    )?
    .iter()
    .map(|row| row.parsed(0))
    .collect()
}

/// Holds a text back until [`let_go`]; one that is being handed over is held if it comes back.
///
/// # Errors
/// The database cannot be written.
pub fn hold(tx: &mut dyn Tx, entry: EntryId) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE outbox SET held = 1 WHERE entry = ?1 AND state IN ('queued', 'claimed')",
        params![entry.0],
    )?;
    Ok(())
}

/// Lets a text go that was held; its waiting counts from now on.
///
/// # Errors
/// The database cannot be written.
pub fn let_go(tx: &mut dyn Tx, entry: EntryId) -> Result<(), StoreError> {
    let now = tx.now();
    tx.execute(
        "UPDATE outbox SET held = 0, waits_since = ?2 WHERE entry = ?1 AND held <> 0",
        params![entry.0, now],
    )?;
    Ok(())
}

/// When the next text of a line that could be claimed is due; none where there is none. One that
/// waits for an older text of its pair of addresses does not count.
fn next_due(reads: &mut dyn Reads, line: &Address) -> Result<Option<Timestamp>, StoreError> {
    let row = reads.query_one(
        "SELECT next_at FROM outbox AS due WHERE line = ?1 AND state = 'queued' AND held = 0 \
         AND NOT EXISTS (SELECT 1 FROM outbox AS prior WHERE prior.line = due.line \
         AND prior.address = due.address AND prior.position < due.position \
         AND (prior.state = 'claimed' OR (prior.state = 'queued' AND prior.held = 0))) \
         ORDER BY next_at LIMIT 1",
        params![line.as_str()],
    )?;
    row.map_or(Ok(None), |row| row.maybe_time(0))
}

/// How many rows there are in each state.
///
/// # Errors
/// The database cannot be read.
pub fn counts(reads: &mut dyn Reads) -> Result<Counts, StoreError> {
    let row = reads.query_one(
        "SELECT COUNT(*) FILTER (WHERE state IN ('queued', 'claimed')), \
         COUNT(*) FILTER (WHERE state = 'unknown'), \
         COUNT(*) FILTER (WHERE state = 'claimed') FROM outbox",
        &[],
    )?;
    row.map_or(Ok(Counts::default()), |row| {
        Ok(Counts {
            waiting: u64::from(row.count(0)?),
            unknown: u64::from(row.count(1)?),
            sending: u64::from(row.count(2)?),
        })
    })
}

/// Gives a waiting text another length, for tests.
#[cfg(test)]
pub(crate) fn set_segments_for_tests(
    tx: &mut dyn Tx,
    entry: EntryId,
    segments: u32,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE outbox SET segments = ?2 WHERE entry = ?1",
        params![entry.0, segments],
    )?;
    Ok(())
}
