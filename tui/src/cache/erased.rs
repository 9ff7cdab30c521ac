//! Somebody was erased: what this device has of them goes, and its files forget it, too.
//!
//! A conversation ends only where whoever is in it was erased. Its record and its entries are gone by
//! then; what is left is what exists only here (drafts, unsent texts, undo steps), and old copies of
//! rows in the unused room of the files. The copy of the records is made anew for that, from the
//! relay; the outbox is written anew.

#[cfg(test)]
mod tests;

use super::applied::{Applied, Touched};
use super::disk::Disk;
use super::error::{ApplyError, CacheError};
use super::sql::uuid_out;
use super::{identity, outbox, records};
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};
use smsdesk_common::feed::{Change, Content};
use smsdesk_common::ids::ConversationId;
use smsdesk_common::record::Kind;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What the outbox holds of a conversation, by its id.
const HELD_OF_CONVERSATION: [&str; 7] = [
    "DELETE FROM draft WHERE conversation = ?1",
    "DELETE FROM note_draft WHERE conversation = ?1",
    "DELETE FROM draft_origin WHERE conversation = ?1",
    "DELETE FROM request WHERE conversation = ?1",
    "DELETE FROM undo_timed WHERE conversation = ?1",
    "DELETE FROM undo_part WHERE conversation = ?1",
    "DELETE FROM begun WHERE conversation = ?1 OR became = ?1",
];

/// Which conversations end with these changes. Where one of them is here, it is noted on the disk
/// that the copy has to be made anew, before anything of it changes.
pub(super) fn before(disk: &Disk, changes: &[Change]) -> Result<Vec<ConversationId>, CacheError> {
    let ends = |change: &&Change| {
        change.kind == Kind::Conversation.as_str() && matches!(change.content, Content::Deleted)
    };
    let mut ended = Vec::new();
    let mut is_here = false;
    for change in changes.iter().filter(ends) {
        ended.extend(change.id.parse().ok().map(ConversationId));
        is_here |= state(&disk.records, Kind::Conversation, &change.id)? == Some(State::Lives);
    }
    if is_here {
        identity::set_sweep_due(&disk.outbox, true)?;
    }
    Ok(ended)
}

/// Forgets what exists only here of conversations that have ended, and makes the copy of the records
/// anew where it held one of them. Safe to repeat.
pub(super) fn after(
    disk: &mut Disk,
    ended: &[ConversationId],
    applied: Applied,
) -> Result<Applied, ApplyError> {
    if ended.is_empty() {
        return Ok(applied);
    }
    let forgotten = forget(&disk.records, &mut disk.outbox, ended)?;
    let mut applied = applied;
    applied.ended = ended.to_vec();
    if forgotten {
        applied.outbox = Some(outbox::counts(&disk.outbox)?);
        applied.touched = Touched::EVERYTHING;
    }
    if !identity::is_sweep_due(&disk.outbox)? {
        return Ok(applied);
    }
    let (epoch, high) = (applied.cursor.epoch, applied.cursor.high);
    disk.remove_records()
        .map_err(|error| CacheError::Remove(error.to_string()))?;
    let cursor = records::start_fresh(&mut disk.records, epoch, high)?;
    identity::set_sweep_due(&disk.outbox, false)?;
    disk.tell_emptied();
    let mut anew = disk.settled(cursor, Touched::EVERYTHING);
    anew.outbox = anew.outbox.or(applied.outbox);
    anew.moved.extend(applied.moved);
    anew.ended = applied.ended;
    Ok(anew)
}

/// What a crash between the two files has left undone.
pub(super) fn at_opening(records: &Connection, outbox: &mut Connection) -> Result<(), CacheError> {
    let mut ended = Vec::new();
    let held = held(outbox)?;
    for conversation in held {
        if state(records, Kind::Conversation, &conversation.to_string())? == Some(State::Ended) {
            ended.push(conversation);
        }
    }
    match ended.is_empty() {
        true => Ok(()),
        false => forget(records, outbox, &ended).map(drop),
    }
}

/// Every conversation of which the outbox holds something.
fn held(outbox: &Connection) -> Result<BTreeSet<ConversationId>, CacheError> {
    let mut statement = outbox.prepare(
        "SELECT conversation FROM draft UNION SELECT conversation FROM note_draft
         UNION SELECT conversation FROM draft_origin UNION SELECT conversation FROM request
         UNION SELECT conversation FROM undo_timed UNION SELECT conversation FROM undo_part",
    )?;
    let rows = statement.query_map((), |row| uuid_out(row, 0).map(ConversationId))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn forget(
    records: &Connection,
    outbox: &mut Connection,
    ended: &[ConversationId],
) -> Result<bool, CacheError> {
    let tx = outbox.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut gone = 0;
    for conversation in ended {
        for sql in HELD_OF_CONVERSATION {
            gone += tx.execute(sql, [conversation.0.as_bytes()])?;
        }
    }
    for (step, did) in contact_steps(&tx)? {
        if is_about_ended(records, &did)? {
            gone += tx.execute("DELETE FROM contact_step WHERE step = ?1", [step])?;
        }
    }
    tx.execute(
        "DELETE FROM undo_step WHERE NOT EXISTS (SELECT 1 FROM undo_part WHERE step = undo_step.n)
             AND NOT EXISTS (SELECT 1 FROM contact_step WHERE step = undo_step.n)
             AND request_n NOT IN (SELECT request_n FROM undo_timed)",
        (),
    )?;
    tx.commit()?;
    if gone > 0 {
        // What was deleted is overwritten; old copies in unused room go by this.
        outbox.execute_batch("VACUUM")?;
        outbox.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))?;
    }
    Ok(gone > 0)
}

fn contact_steps(outbox: &Connection) -> Result<Vec<(i64, String)>, CacheError> {
    let mut statement = outbox.prepare("SELECT step, did FROM contact_step")?;
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Whether a step is about contacts that have all ended. One that was taken in by another has ended,
/// too, and the other lives: that can still be taken back.
fn is_about_ended(records: &Connection, did: &str) -> Result<bool, CacheError> {
    let mut about = BTreeSet::new();
    ids(&serde_json::from_str(did)?, &mut about);
    let mut ended = false;
    for id in about {
        match state(records, Kind::Contact, &id.to_string())? {
            Some(State::Lives) => return Ok(false),
            Some(State::Ended) => ended = true,
            None => {}
        }
    }
    Ok(ended)
}

fn ids(value: &serde_json::Value, found: &mut BTreeSet<Uuid>) {
    match value {
        serde_json::Value::String(text) => found.extend(text.parse::<Uuid>().ok()),
        serde_json::Value::Array(all) => all.iter().for_each(|value| ids(value, found)),
        serde_json::Value::Object(all) => all.values().for_each(|value| ids(value, found)),
        _ => {}
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Lives,
    Ended,
}

fn state(records: &Connection, kind: Kind, id: &str) -> Result<Option<State>, CacheError> {
    let deleted: Option<bool> = records
        .prepare_cached("SELECT deleted FROM records WHERE kind = ?1 AND id = ?2")?
        .query_row((kind.as_str(), id), |row| row.get(0))
        .optional()?;
    Ok(deleted.map(|deleted| if deleted { State::Ended } else { State::Lives }))
}
