//! The log of what an agent did to conversations, so that it can be taken back and done again.
//!
//! Steps lie in the order in which they were made: those that stand, then those that were taken
//! back. A step is committed with the requests that it is made of, so that a crash leaves both or
//! neither. Its parts carry the newest request that was made for them: where the relay refuses
//! that one, there is nothing left to turn.

use crate::cache::error::CacheError;
use crate::cache::sql::{seq_in, seq_out, unnamed, uuid_out};
use crate::model::undo::{Part, Way};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use smsdesk_common::ids::ConversationId;
use uuid::Uuid;

/// The most steps that are kept: months of work for one agent, and a few megabytes.
pub(super) const UNDO_STEPS_MAX: i64 = 10_000;

/// A part with the request that asks for it.
pub(super) struct Recorded {
    pub(super) part: Part,
    pub(super) request: Uuid,
}

/// A step of the log.
pub(super) struct Step {
    pub(super) n: i64,
    pub(super) parts: Vec<Part>,
}

/// Adds a step. What was taken back before it cannot be done again from now on.
pub(super) fn record(
    tx: &Transaction<'_>,
    parts: &[Recorded],
    request_n: i64,
) -> Result<i64, CacheError> {
    tx.execute(
        "DELETE FROM contact_step WHERE step IN (SELECT n FROM undo_step WHERE state = 'undone')",
        (),
    )?;
    tx.execute(
        "DELETE FROM undo_part WHERE step IN (SELECT n FROM undo_step WHERE state = 'undone')",
        (),
    )?;
    tx.execute("DELETE FROM undo_step WHERE state = 'undone'", ())?;
    tx.execute(
        "INSERT INTO undo_step (state, request_n) VALUES ('done', ?1)",
        [request_n],
    )?;
    let step = tx.last_insert_rowid();
    for (place, recorded) in (0_i64..).zip(parts) {
        tx.prepare_cached(
            "INSERT INTO undo_part (step, place, conversation, request, seen, did)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            step,
            place,
            recorded.part.conversation.0.as_bytes(),
            recorded.request.to_string(),
            seq_in(recorded.part.seen),
            serde_json::to_string(&recorded.part.did)?,
        ])?;
    }
    let oldest_kept = step - UNDO_STEPS_MAX;
    tx.execute("DELETE FROM undo_part WHERE step <= ?1", [oldest_kept])?;
    tx.execute("DELETE FROM contact_step WHERE step <= ?1", [oldest_kept])?;
    tx.execute("DELETE FROM undo_step WHERE n <= ?1", [oldest_kept])?;
    Ok(step)
}

/// The step whose turn it is.
pub(super) fn newest(connection: &Connection, way: Way) -> Result<Option<Step>, CacheError> {
    let query = match way {
        Way::Undo => "SELECT max(n) FROM undo_step WHERE state = 'done'",
        Way::Redo => "SELECT min(n) FROM undo_step WHERE state = 'undone'",
    };
    let n: Option<i64> = connection
        .prepare_cached(query)?
        .query_row((), |row| row.get(0))?;
    let Some(n) = n else {
        return Ok(None);
    };
    let mut statement = connection.prepare_cached(
        "SELECT conversation, seen, did FROM undo_part WHERE step = ?1 ORDER BY place",
    )?;
    let rows = statement.query_map([n], |row| {
        let did: String = row.get(2)?;
        Ok(Part {
            conversation: ConversationId(uuid_out(row, 0)?),
            seen: seq_out(row.get(1)?),
            did: serde_json::from_str(&did).map_err(|_| unnamed(2))?,
        })
    })?;
    let parts = rows.collect::<Result<_, _>>()?;
    Ok(Some(Step { n, parts }))
}

/// Notes that a part was turned by `request`, or drops it where it was not.
pub(super) fn note_part(
    tx: &Transaction<'_>,
    step: &Step,
    conversation: ConversationId,
    request: Option<Uuid>,
) -> Result<(), CacheError> {
    let conversation = conversation.0.as_bytes();
    match request {
        Some(request) => tx
            .prepare_cached(
                "UPDATE undo_part SET request = ?3 WHERE step = ?1 AND conversation = ?2",
            )?
            .execute(params![step.n, conversation, request.to_string()])?,
        None => tx
            .prepare_cached("DELETE FROM undo_part WHERE step = ?1 AND conversation = ?2")?
            .execute(params![step.n, conversation])?,
    };
    Ok(())
}

/// The place among all requests of the step that could be taken back next; zero without one.
pub(super) fn newest_place(connection: &Connection) -> Result<i64, CacheError> {
    Ok(connection
        .prepare_cached(
            "SELECT coalesce(max(request_n), 0) FROM undo_step
             WHERE n = (SELECT max(n) FROM undo_step WHERE state = 'done')",
        )?
        .query_row((), |row| row.get(0))?)
}

/// Notes that a step was turned, up to the request at this place; one without parts goes.
pub(super) fn note_turned(
    tx: &Transaction<'_>,
    step: &Step,
    way: Way,
    request_n: Option<i64>,
) -> Result<(), CacheError> {
    let state = match way {
        Way::Undo => "undone",
        Way::Redo => "done",
    };
    tx.prepare_cached(
        "UPDATE undo_step SET state = ?2, request_n = coalesce(?3, request_n) WHERE n = ?1",
    )?
    .execute(params![step.n, state, request_n])?;
    drop_empty(tx, step.n)
}

/// The relay refused a request: nothing of it is to be turned.
pub(super) fn forget(tx: &Transaction<'_>, request: Uuid) -> Result<(), CacheError> {
    let of_contact: Option<i64> = tx
        .prepare_cached("DELETE FROM contact_step WHERE request = ?1 RETURNING step")?
        .query_row([request.to_string()], |row| row.get(0))
        .optional()?;
    let step: Option<i64> = tx
        .prepare_cached("DELETE FROM undo_part WHERE request = ?1 RETURNING step")?
        .query_row([request.to_string()], |row| row.get(0))
        .optional()?;
    match step.or(of_contact) {
        Some(step) => drop_empty(tx, step),
        None => Ok(()),
    }
}

fn drop_empty(tx: &Transaction<'_>, step: i64) -> Result<(), CacheError> {
    tx.prepare_cached(
        "DELETE FROM undo_step WHERE n = ?1
             AND NOT EXISTS (SELECT 1 FROM undo_part WHERE step = ?1)
             AND NOT EXISTS (SELECT 1 FROM contact_step WHERE step = ?1)",
    )?
    .execute([step])?;
    Ok(())
}
