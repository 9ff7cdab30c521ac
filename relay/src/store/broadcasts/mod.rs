//! Broadcasts; their recipients are in [`recipients`].

pub mod recipients;

use crate::store::sql::{Reads, Row, Tx, Value, params};
use crate::store::{StoreError, meta};
use smsdesk_common::broadcast::{Broadcast, BroadcastState, Totals};
use smsdesk_common::ids::{BroadcastId, Seq};
use smsdesk_common::record::Kind;
use std::collections::BTreeMap;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, seq, name, state, why, body, template, totals, created_by, created_at, \
             changed_by, changed_at, finished_at FROM broadcast ",
            $rest
        )
    };
}

fn broadcast(row: &Row) -> Result<Broadcast, StoreError> {
    Ok(Broadcast {
        id: row.parsed(0)?,
        seq: row.seq(1)?,
        name: row.text(2)?.to_owned(),
        state: row.named(3, BroadcastState::parse)?,
        why: row.maybe_text(4)?,
        body: row.text(5)?.to_owned(),
        template: row.maybe_parsed(6)?,
        totals: row.json(7)?,
        created_by: row.parsed(8)?,
        created_at: row.time(9)?,
        changed_by: row.maybe_parsed(10)?,
        changed_at: row.maybe_time(11)?,
        finished_at: row.maybe_time(12)?,
    })
}

/// What is filled in for each recipient, as it was when the broadcast was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// The words where no language fits better.
    pub body: String,
    /// The words by the tag of their language.
    pub translations: BTreeMap<String, String>,
    /// Values for everybody, as the request gave them.
    pub variables: serde_json::Map<String, serde_json::Value>,
}

fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Engine(error.to_string()))
}

/// One broadcast.
///
/// # Errors
/// The database cannot be read.
pub fn find(reads: &mut dyn Reads, id: BroadcastId) -> Result<Option<Broadcast>, StoreError> {
    let row = reads.query_one(select!("WHERE id = ?1"), params![id.0])?;
    row.map(|row| broadcast(&row)).transpose()
}

/// What a broadcast says.
///
/// # Errors
/// The database cannot be read.
pub fn words(reads: &mut dyn Reads, id: BroadcastId) -> Result<Option<Words>, StoreError> {
    let row = reads.query_one(
        "SELECT body, translations, variables FROM broadcast WHERE id = ?1",
        params![id.0],
    )?;
    row.map(|row| {
        Ok(Words {
            body: row.text(0)?.to_owned(),
            translations: row.json(1)?,
            variables: row.json(2)?,
        })
    })
    .transpose()
}

/// The commit in which a broadcast was last paused, resumed or canceled, or made.
///
/// # Errors
/// The database cannot be read.
pub fn changed_seq(reads: &mut dyn Reads, id: BroadcastId) -> Result<Seq, StoreError> {
    let sql = "SELECT changed_seq FROM broadcast WHERE id = ?1";
    let row = reads.query_one(sql, params![id.0])?;
    row.map_or(Ok(Seq::ZERO), |row| row.seq(0))
}

/// Broadcasts below a position, most recently touched first.
///
/// # Errors
/// The database cannot be read.
pub fn page(
    reads: &mut dyn Reads,
    below: Option<Seq>,
    limit: u32,
) -> Result<Vec<Broadcast>, StoreError> {
    let below = below.map_or(Value::Int(i64::MAX), Value::from);
    let rows = reads.query(
        select!("WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2"),
        &[below, limit.into()],
    )?;
    rows.iter().map(broadcast).collect()
}

/// Those that run, the oldest first.
///
/// # Errors
/// The database cannot be read.
pub fn running(reads: &mut dyn Reads) -> Result<Vec<Broadcast>, StoreError> {
    let rows = reads.query(
        select!("WHERE state = 'running' ORDER BY created_at, id"),
        &[],
    )?;
    rows.iter().map(broadcast).collect()
}

/// Those whose totals are not what their recipients say, and whether there is any broadcast at all.
///
/// # Errors
/// The database cannot be read.
pub fn stale(reads: &mut dyn Reads) -> Result<Vec<BroadcastId>, StoreError> {
    let rows = reads.query("SELECT id FROM broadcast WHERE stale <> 0 ORDER BY id", &[])?;
    rows.iter().map(|row| row.parsed(0)).collect()
}

/// Whether there is any broadcast.
///
/// # Errors
/// The database cannot be read.
pub fn any(reads: &mut dyn Reads) -> Result<bool, StoreError> {
    Ok(reads
        .query_one("SELECT 1 FROM broadcast LIMIT 1", &[])?
        .is_some())
}

/// Stores a new broadcast; its position is claimed here.
///
/// # Errors
/// There is one of that id, or the database cannot be written.
pub fn insert(
    tx: &mut dyn Tx,
    mut broadcast: Broadcast,
    words: &Words,
) -> Result<Broadcast, StoreError> {
    broadcast.seq = tx.advance(Kind::Broadcast, &broadcast.id.to_string(), None)?;
    tx.execute(
        "INSERT INTO broadcast (id, seq, name, state, body, translations, variables, template, \
         totals, stale, created_by, created_at, changed_seq, finished_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, ?10, ?11, ?2, ?12)",
        params![
            broadcast.id.0,
            broadcast.seq,
            &broadcast.name,
            broadcast.state.as_str(),
            &words.body,
            json(&words.translations)?,
            json(&words.variables)?,
            broadcast.template.map(|id| id.0),
            json(&broadcast.totals)?,
            broadcast.created_by.0,
            broadcast.created_at,
            broadcast.finished_at,
        ],
    )?;
    Ok(broadcast)
}

/// Stores what became of a broadcast at a new position; its totals are right from now on.
///
/// # Errors
/// The database cannot be written.
pub fn update(tx: &mut dyn Tx, broadcast: &mut Broadcast) -> Result<(), StoreError> {
    let held = Some(broadcast.seq);
    broadcast.seq = tx.advance(Kind::Broadcast, &broadcast.id.to_string(), held)?;
    tx.execute(
        "UPDATE broadcast SET seq = ?2, state = ?3, why = ?4, totals = ?5, stale = 0, \
         changed_by = ?6, changed_at = ?7, finished_at = ?8 WHERE id = ?1",
        params![
            broadcast.id.0,
            broadcast.seq,
            broadcast.state.as_str(),
            broadcast.why.clone(),
            json(&broadcast.totals)?,
            broadcast.changed_by.map(|agent| agent.0),
            broadcast.changed_at,
            broadcast.finished_at,
        ],
    )?;
    Ok(())
}

/// Notes that somebody decided about a broadcast in the commit in which it stands.
///
/// # Errors
/// The database cannot be written.
pub fn decided(tx: &mut dyn Tx, broadcast: &Broadcast) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE broadcast SET changed_seq = ?2 WHERE id = ?1",
        params![broadcast.id.0, broadcast.seq],
    )?;
    Ok(())
}

/// Notes whether a broadcast's totals have to be counted again.
///
/// # Errors
/// The database cannot be written.
pub fn set_stale(tx: &mut dyn Tx, id: BroadcastId, stale: bool) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE broadcast SET stale = ?2 WHERE id = ?1 AND stale <> ?2",
        params![id.0, stale],
    )?;
    Ok(())
}

/// Counts the recipients by state.
///
/// # Errors
/// The database cannot be read.
pub fn count(reads: &mut dyn Reads, of: &Broadcast) -> Result<Totals, StoreError> {
    let mut totals = Totals::default();
    for (state, count) in recipients::count(reads, of.id)? {
        totals.add(recipients::shown(state, of.state), count);
    }
    Ok(totals)
}

/// Up to which commit the recipients know how their texts fare.
///
/// # Errors
/// The database cannot be read.
pub fn followed(reads: &mut dyn Reads) -> Result<Seq, StoreError> {
    meta::broadcasts_followed(reads)
}

/// Notes up to which commit they know.
///
/// # Errors
/// The database cannot be written.
pub fn set_followed(tx: &mut dyn Tx, seq: Seq) -> Result<(), StoreError> {
    meta::set_broadcasts_followed(tx, seq)
}
