//! What customers' texts seem to say: how far was judged, what that costs, and which texts are to be
//! answered in words that are still to be made.

use crate::store::StoreError;
use crate::store::entries::{entry, select_entry};
use crate::store::sql::{Reads, Tx, params};
use smsdesk_common::entry::Entry;
use smsdesk_common::ids::{ConversationId, EntryId, RuleId, Seq};
use smsdesk_common::record::Kind;
use smsdesk_common::time::Timestamp;

/// Who can write replies, as the configuration names it.
pub const WRITER: &str = "openai";
/// The milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// Who judges from now on, as the configuration names it, and from where: what came before `since` is
/// passed over.
///
/// # Errors
/// The database cannot be written.
pub fn adopt(tx: &mut dyn Tx, adapter: &str, since: Timestamp) -> Result<(), StoreError> {
    let row = tx.query_one(
        "SELECT COALESCE(MIN(position) - 1, (SELECT COALESCE(MAX(position), 0) FROM entry)) \
         FROM entry WHERE entry_kind = 'message' AND at >= ?1",
        params![since],
    )?;
    let first = row.map_or(Ok(Seq::ZERO), |row| row.seq(0))?;
    tx.execute(
        "INSERT INTO insight_place (one, adapter, high) VALUES (1, ?1, ?2) ON CONFLICT (one) \
         DO UPDATE SET adapter = excluded.adapter, \
         high = CASE WHEN insight_place.high < excluded.high THEN excluded.high ELSE insight_place.high END",
        params![adapter, first],
    )?;
    if adapter != WRITER {
        tx.execute("DELETE FROM insight_wanted", &[])?;
    }
    Ok(())
}

/// Whether whoever judges can write replies, too.
///
/// # Errors
/// The database cannot be read.
pub fn writes_replies(reads: &mut dyn Reads) -> Result<bool, StoreError> {
    let row = reads.query_one("SELECT adapter FROM insight_place", &[])?;
    row.map_or(Ok(false), |row| Ok(row.text(0)? == WRITER))
}

/// Up to which position everything was judged or passed over.
///
/// # Errors
/// The database cannot be read.
pub fn place(reads: &mut dyn Reads) -> Result<Seq, StoreError> {
    let row = reads.query_one("SELECT high FROM insight_place", &[])?;
    row.map_or(Ok(Seq::ZERO), |row| row.seq(0))
}

/// Keeps [`place`]; it never goes back.
///
/// # Errors
/// The database cannot be written.
pub fn set_place(tx: &mut dyn Tx, high: Seq) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE insight_place SET high = ?1 WHERE high < ?1",
        params![high],
    )?;
    Ok(())
}

/// Texts of customers above a position that nobody has judged and that came at a time or later, oldest
/// first.
///
/// # Errors
/// The database cannot be read.
pub fn pending(
    reads: &mut dyn Reads,
    above: Seq,
    since: Timestamp,
    limit: u32,
) -> Result<Vec<Entry>, StoreError> {
    reads
        .query(
            select_entry!(
                "WHERE position > ?1 AND direction = 'inbound' AND entry_kind = 'message' \
                 AND at >= ?2 AND insight IS NULL ORDER BY position LIMIT ?3"
            ),
            params![above, since, limit],
        )?
        .iter()
        .map(entry)
        .collect()
}

/// Stores what is told beside an entry, at a new seq; its position stays.
///
/// # Errors
/// The database cannot be written.
pub fn tell(tx: &mut dyn Tx, entry: &mut Entry) -> Result<(), StoreError> {
    let told = entry.insight.as_ref().map(serde_json::to_string);
    let told = told.transpose();
    let told = told.map_err(|error| StoreError::Engine(error.to_string()))?;
    entry.seq = tx.advance(Kind::Entry, &entry.id.to_string(), Some(entry.seq))?;
    tx.execute(
        "UPDATE entry SET seq = ?2, insight = ?3, suggestion = ?4 WHERE id = ?1",
        params![entry.id.0, entry.seq, told, entry.suggestion.clone()],
    )?;
    Ok(())
}

/// The entries of a conversation that have a suggestion.
///
/// # Errors
/// The database cannot be read.
pub fn suggested(
    reads: &mut dyn Reads,
    conversation: ConversationId,
) -> Result<Vec<Entry>, StoreError> {
    reads
        .query(
            select_entry!("WHERE conversation = ?1 AND suggestion IS NOT NULL ORDER BY position"),
            params![conversation.0],
        )?
        .iter()
        .map(entry)
        .collect()
}

/// Whether a text came or went in a conversation after the entry at a position.
///
/// # Errors
/// The database cannot be read.
pub fn is_past(
    reads: &mut dyn Reads,
    conversation: ConversationId,
    position: Seq,
) -> Result<bool, StoreError> {
    let found = reads.query_one(
        "SELECT 1 FROM entry WHERE conversation = ?1 AND position > ?2 AND entry_kind = 'message' \
         AND COALESCE(status, '') <> 'canceled' LIMIT 1",
        params![conversation.0, position],
    )?;
    Ok(found.is_some())
}

/// What was spent on the day of a time, in billionths.
///
/// # Errors
/// The database cannot be read.
pub fn spent(reads: &mut dyn Reads, at: Timestamp) -> Result<i64, StoreError> {
    let row = reads.query_one(
        "SELECT spent FROM insight_cost WHERE day = ?1",
        params![day(at)],
    )?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// Adds to what was spent on the day of a time, in billionths; takes away where it is negative.
///
/// # Errors
/// The database cannot be written.
pub fn spend(tx: &mut dyn Tx, at: Timestamp, amount: i64) -> Result<(), StoreError> {
    let sum = spent(tx, at)?.saturating_add(amount).max(0);
    tx.execute(
        "INSERT INTO insight_cost (day, spent) VALUES (?1, ?2) ON CONFLICT (day) \
         DO UPDATE SET spent = excluded.spent",
        params![day(at), sum],
    )?;
    Ok(())
}

/// How many milliseconds the day of a time still has.
pub fn left_of_day_ms(at: Timestamp) -> i64 {
    DAY_MS - at.as_millis().rem_euclid(DAY_MS)
}

fn day(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(DAY_MS)
}

/// Notes that a rule wants a text answered in words that are still to be made.
///
/// # Errors
/// The database cannot be written.
pub fn want(tx: &mut dyn Tx, entry: EntryId, rule: RuleId) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO insight_wanted (entry, rule) VALUES (?1, ?2) ON CONFLICT (entry) DO NOTHING",
        params![entry.0, rule.0],
    )?;
    Ok(())
}

/// The rule that wants a text answered.
///
/// # Errors
/// The database cannot be read.
pub fn wanted(reads: &mut dyn Reads, entry: EntryId) -> Result<Option<RuleId>, StoreError> {
    reads
        .query_one(
            "SELECT rule FROM insight_wanted WHERE entry = ?1",
            params![entry.0],
        )?
        .map(|row| row.parsed(0))
        .transpose()
}

/// Texts that are still to be answered, oldest first by nothing but their ids.
///
/// # Errors
/// The database cannot be read.
pub fn all_wanted(reads: &mut dyn Reads, limit: u32) -> Result<Vec<EntryId>, StoreError> {
    reads
        .query(
            "SELECT entry FROM insight_wanted ORDER BY entry LIMIT ?1",
            params![limit],
        )?
        .iter()
        .map(|row| row.parsed(0))
        .collect()
}

/// Where an agent last wrote to the customer, or is about to; none where nobody has.
///
/// # Errors
/// The database cannot be read.
pub fn last_of_agents(
    reads: &mut dyn Reads,
    conversation: ConversationId,
) -> Result<Option<Seq>, StoreError> {
    reads
        .query_one(
            "SELECT position FROM entry WHERE conversation = ?1 AND entry_kind = 'message' \
             AND direction = 'outbound' AND author >= 'agent:' AND author < 'agent;' \
             AND COALESCE(status, '') <> 'canceled' ORDER BY position DESC LIMIT 1",
            params![conversation.0],
        )?
        .map(|row| row.seq(0))
        .transpose()
}

/// What was done to a conversation after a position, newest first.
///
/// # Errors
/// The database cannot be read.
pub fn deeds_after(
    reads: &mut dyn Reads,
    conversation: ConversationId,
    position: Seq,
    limit: u32,
) -> Result<Vec<Entry>, StoreError> {
    reads
        .query(
            select_entry!(
                "WHERE conversation = ?1 AND position > ?2 AND entry_kind = 'activity' \
                 ORDER BY position DESC LIMIT ?3"
            ),
            params![conversation.0, position, limit],
        )?
        .iter()
        .map(entry)
        .collect()
}

/// A text is answered, or will not be.
///
/// # Errors
/// The database cannot be written.
pub fn settle(tx: &mut dyn Tx, entry: EntryId) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM insight_wanted WHERE entry = ?1",
        params![entry.0],
    )?;
    Ok(())
}
