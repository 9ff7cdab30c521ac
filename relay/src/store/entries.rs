//! Entries of the timelines.

use crate::store::StoreError;
use crate::store::sql::{Reads, Row, Tx, Value, params};
use smsdesk_common::entry::{Author, Direction, Entry, EntryKind, Origin, Price};
use smsdesk_common::ids::{ConversationId, EntryId, Seq};
use smsdesk_common::insight::{AiGenerated, Insight};
use smsdesk_common::record::Kind;
use smsdesk_common::status::{DeliveryError, DeliveryStatus};
use smsdesk_common::time::Timestamp;

macro_rules! select_entry {
    ($rest:literal) => {
        concat!(
            "SELECT id, seq, conversation, position, entry_kind, direction, author, origin, body, \
             media, status, error_code, error_text, sid, segments, price_amount, price_currency, \
             at, sent_at, delivered_at, activity, mentions, send_at, zone, cancel_on_reply, \
             held_since, insight, suggestion, ai_confidence FROM entry ",
            $rest
        )
    };
}

pub(super) fn entry(row: &Row) -> Result<Entry, StoreError> {
    Ok(Entry {
        id: row.parsed(0)?,
        seq: row.seq(1)?,
        conversation: row.parsed(2)?,
        position: row.seq(3)?,
        entry_kind: row.named(4, EntryKind::parse)?,
        direction: row.named(5, Direction::parse)?,
        author: row.parsed(6)?,
        origin: row.named(7, Origin::parse)?,
        body: row.text(8)?.to_owned(),
        media: row.json(9)?,
        status: row
            .maybe_text(10)?
            .map(|_| row.named(10, DeliveryStatus::parse))
            .transpose()?,
        error: error(row)?,
        sid: row.maybe_text(13)?,
        segments: row.maybe_int(14)?.map(|_| row.count(14)).transpose()?,
        price: match (row.maybe_text(15)?, row.maybe_text(16)?) {
            (Some(amount), Some(currency)) => Some(Price { amount, currency }),
            _ => None,
        },
        at: row.time(17)?,
        sent_at: row.maybe_time(18)?,
        delivered_at: row.maybe_time(19)?,
        activity: row.maybe_json(20)?.unwrap_or_default(),
        mentions: row.maybe_json(21)?.unwrap_or_default(),
        send_at: row.maybe_time(22)?,
        zone: row.maybe_text(23)?,
        cancel_on_reply: row.flag(24)?,
        held_since: row.maybe_time(25)?,
        insight: insight(row)?,
        suggestion: row.maybe_text(27)?,
        ai_generated: ai_generated(row)?,
    })
}

pub(super) use select_entry;

fn error(row: &Row) -> Result<Option<DeliveryError>, StoreError> {
    Ok(match (row.maybe_int(11)?, row.maybe_text(12)?) {
        (Some(_), text) => Some(DeliveryError {
            code: row.count(11)?,
            text: text.unwrap_or_default(),
        }),
        (None, _) => None,
    })
}

/// What another version says in another way is left out.
fn insight(row: &Row) -> Result<Option<Insight>, StoreError> {
    let told: Option<serde_json::Value> = row.maybe_json(26)?;
    Ok(told.and_then(|told| serde_json::from_value(told).ok()))
}

fn ai_generated(row: &Row) -> Result<Option<AiGenerated>, StoreError> {
    Ok(row.maybe_int(28)?.map(|percent| AiGenerated {
        confidence: u8::try_from(percent).unwrap_or_default(),
    }))
}

/// One entry.
///
/// # Errors
/// The database cannot be read.
pub fn find(reads: &mut dyn Reads, id: EntryId) -> Result<Option<Entry>, StoreError> {
    reads
        .query_one(select_entry!("WHERE id = ?1"), params![id.0])?
        .map(|row| entry(&row))
        .transpose()
}

/// The entry that the provider knows by `sid`.
///
/// # Errors
/// The database cannot be read.
pub fn by_sid(reads: &mut dyn Reads, sid: &str) -> Result<Option<Entry>, StoreError> {
    reads
        .query_one(select_entry!("WHERE sid = ?1"), params![sid])?
        .map(|row| entry(&row))
        .transpose()
}

/// The entry of that position.
///
/// # Errors
/// The database cannot be read.
pub fn at_position(reads: &mut dyn Reads, position: Seq) -> Result<Option<Entry>, StoreError> {
    reads
        .query_one(select_entry!("WHERE position = ?1"), params![position])?
        .map(|row| entry(&row))
        .transpose()
}

/// The newest position of an entry; zero where there is none.
///
/// # Errors
/// The database cannot be read.
pub fn newest(reads: &mut dyn Reads) -> Result<Seq, StoreError> {
    let row = reads.query_one("SELECT COALESCE(MAX(position), 0) FROM entry", &[])?;
    row.map_or(Ok(Seq::ZERO), |row| row.seq(0))
}

/// The oldest entries above a position, oldest first.
///
/// # Errors
/// The database cannot be read.
pub fn above(reads: &mut dyn Reads, low: Seq, limit: u32) -> Result<Vec<Entry>, StoreError> {
    reads
        .query(
            select_entry!("WHERE position > ?1 ORDER BY position LIMIT ?2"),
            params![low, limit],
        )?
        .iter()
        .map(entry)
        .collect()
}

/// The newest entries up to a position, newest first.
///
/// # Errors
/// The database cannot be read.
pub fn up_to(reads: &mut dyn Reads, high: Seq, limit: u32) -> Result<Vec<Entry>, StoreError> {
    between(reads, Seq::ZERO, Seq(high.0.saturating_add(1)), limit)
}

/// The newest entries above one position and below another, newest first.
///
/// # Errors
/// The database cannot be read.
pub fn between(
    reads: &mut dyn Reads,
    above: Seq,
    below: Seq,
    limit: u32,
) -> Result<Vec<Entry>, StoreError> {
    reads
        .query(
            select_entry!("WHERE position > ?1 AND position < ?2 ORDER BY position DESC LIMIT ?3"),
            params![above, below, limit],
        )?
        .iter()
        .map(entry)
        .collect()
}

/// A conversation's entries below a position, newest first.
///
/// # Errors
/// The database cannot be read.
pub fn page(
    reads: &mut dyn Reads,
    conversation: ConversationId,
    below: Option<Seq>,
    limit: u32,
) -> Result<Vec<Entry>, StoreError> {
    let below = below.map_or(Value::Int(i64::MAX), Value::from);
    reads
        .query(
            select_entry!(
                "WHERE conversation = ?1 AND position < ?2 ORDER BY position DESC LIMIT ?3"
            ),
            &[conversation.0.into(), below, limit.into()],
        )?
        .iter()
        .map(entry)
        .collect()
}

/// The text that stands last in a conversation's timeline; one that was not said does not stand there.
///
/// # Errors
/// The database cannot be read.
pub fn last_said(
    reads: &mut dyn Reads,
    conversation: ConversationId,
) -> Result<Option<Entry>, StoreError> {
    reads
        .query_one(
            select_entry!(
                "WHERE conversation = ?1 AND entry_kind = 'message' AND (send_at IS NULL \
                 OR status NOT IN ('scheduled', 'canceled')) ORDER BY at DESC, position DESC LIMIT 1"
            ),
            params![conversation.0],
        )?
        .map(|row| entry(&row))
        .transpose()
}

/// Whether the customer has written after the entry at `seen`.
///
/// # Errors
/// The database cannot be read.
pub fn has_inbound_after(
    reads: &mut dyn Reads,
    conversation: ConversationId,
    seen: Seq,
) -> Result<bool, StoreError> {
    let found = reads.query_one(
        "SELECT 1 FROM entry WHERE conversation = ?1 AND position > ?2 \
         AND direction = 'inbound' LIMIT 1",
        params![conversation.0, seen],
    )?;
    Ok(found.is_some())
}

/// Whether the customer has written before the entry at a position.
///
/// # Errors
/// The database cannot be read.
pub fn has_inbound_before(
    reads: &mut dyn Reads,
    conversation: ConversationId,
    position: Seq,
) -> Result<bool, StoreError> {
    let found = reads.query_one(
        "SELECT 1 FROM entry WHERE conversation = ?1 AND position < ?2 \
         AND direction = 'inbound' AND entry_kind = 'message' LIMIT 1",
        params![conversation.0, position],
    )?;
    Ok(found.is_some())
}

/// Texts of customers that came at a time or later and stand above a position, in the order of their
/// positions.
///
/// # Errors
/// The database cannot be read.
pub fn inbound_since(
    reads: &mut dyn Reads,
    since: Timestamp,
    above: Seq,
    limit: u32,
) -> Result<Vec<Entry>, StoreError> {
    reads
        .query(
            select_entry!(
                "WHERE direction = 'inbound' AND entry_kind = 'message' AND at >= ?1 \
                 AND position > ?2 ORDER BY position LIMIT ?3"
            ),
            params![since, above, limit],
        )?
        .iter()
        .map(entry)
        .collect()
}

/// What others than `author` did in a conversation after the entry at `seen`, oldest first.
///
/// # Errors
/// The database cannot be read.
pub fn by_others_after(
    reads: &mut dyn Reads,
    conversation: ConversationId,
    seen: Seq,
    author: &Author,
    limit: u32,
) -> Result<Vec<Entry>, StoreError> {
    reads
        .query(
            select_entry!(
                "WHERE conversation = ?1 AND position > ?2 AND author <> ?3 ORDER BY position LIMIT ?4"
            ),
            params![conversation.0, seen, author.to_string(), limit],
        )?
        .iter()
        .map(entry)
        .collect()
}

/// When the customer first wrote since our last text; none where they have not. A text that waits
/// for its time, was canceled or that nobody typed answers nothing; one that was timed answers what
/// came before it went.
///
/// # Errors
/// The database cannot be read.
pub fn unanswered_since(
    reads: &mut dyn Reads,
    conversation: ConversationId,
) -> Result<Option<Timestamp>, StoreError> {
    let row = reads.query_one(
        "SELECT MIN(at) FROM entry WHERE conversation = ?1 AND direction = 'inbound' \
         AND entry_kind = 'message' AND position > (SELECT COALESCE(MAX(position), 0) FROM entry \
         WHERE conversation = ?1 AND direction = 'outbound' AND entry_kind = 'message' \
         AND send_at IS NULL AND COALESCE(status, '') <> 'canceled' \
         AND id NOT IN (SELECT entry FROM automatic)) AND at > (SELECT COALESCE(MAX(at), -1) FROM entry \
         WHERE conversation = ?1 AND direction = 'outbound' AND entry_kind = 'message' \
         AND send_at IS NOT NULL AND status NOT IN ('scheduled', 'canceled') \
         AND id NOT IN (SELECT entry FROM automatic))",
        params![conversation.0],
    )?;
    row.map_or(Ok(None), |row| row.maybe_time(0))
}

fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Engine(error.to_string()))
}

/// Stores a new entry; its position is claimed here and is also its lasting order.
///
/// # Errors
/// The id or the sid exists, or the database cannot be written.
pub fn insert(tx: &mut dyn Tx, mut entry: Entry) -> Result<Entry, StoreError> {
    entry.seq = tx.advance(Kind::Entry, &entry.id.to_string(), None)?;
    entry.position = entry.seq;
    let media = json(&entry.media)?;
    let activity = match entry.activity.is_empty() {
        true => None,
        false => Some(json(&entry.activity)?),
    };
    let mentions = match entry.mentions.is_empty() {
        true => None,
        false => Some(json(&entry.mentions)?),
    };
    tx.execute(
        "INSERT INTO entry (id, seq, conversation, position, entry_kind, direction, author, \
         origin, body, media, status, sid, segments, at, activity, mentions, send_at, zone, \
         cancel_on_reply, ai_confidence) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, \
         ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
        params![
            entry.id.0,
            entry.seq,
            entry.conversation.0,
            entry.position,
            entry.entry_kind.as_str(),
            entry.direction.as_str(),
            entry.author.to_string(),
            entry.origin.as_str(),
            &entry.body,
            media,
            entry.status.map(DeliveryStatus::as_str),
            entry.sid.clone(),
            entry.segments,
            entry.at,
            activity,
            mentions,
            entry.send_at,
            entry.zone.clone(),
            entry.cancel_on_reply,
            entry.ai_generated.map(|it| u32::from(it.confidence)),
        ],
    )?;
    Ok(entry)
}

/// Stores how far the delivery of an entry has come, at a new position.
///
/// # Errors
/// The sid belongs to another entry, or the database cannot be written.
pub fn update_delivery(tx: &mut dyn Tx, entry: &mut Entry) -> Result<(), StoreError> {
    entry.seq = tx.advance(Kind::Entry, &entry.id.to_string(), Some(entry.seq))?;
    let (amount, currency) = entry.price.clone().map_or((None, None), |price| {
        (Some(price.amount), Some(price.currency))
    });
    tx.execute(
        "UPDATE entry SET seq = ?2, status = ?3, error_code = ?4, error_text = ?5, sid = ?6, \
         segments = ?7, price_amount = ?8, price_currency = ?9, sent_at = ?10, \
         delivered_at = ?11, held_since = CASE WHEN ?3 = 'scheduled' THEN held_since END \
         WHERE id = ?1",
        params![
            entry.id.0,
            entry.seq,
            entry.status.map(DeliveryStatus::as_str),
            entry.error.as_ref().map(|error| error.code),
            entry.error.as_ref().map(|error| error.text.clone()),
            entry.sid.clone(),
            entry.segments,
            amount,
            currency,
            entry.sent_at,
            entry.delivered_at,
        ],
    )?;
    Ok(())
}

/// With which of the provider's error codes the newest text of ours came back that has an outcome;
/// none where it arrived, or where there is none.
///
/// # Errors
/// The database cannot be read.
pub fn last_outcome(
    reads: &mut dyn Reads,
    conversation: ConversationId,
) -> Result<Option<u32>, StoreError> {
    let row = reads.query_one(
        "SELECT error_code FROM entry WHERE conversation = ?1 AND entry_kind = 'message' \
         AND direction = 'outbound' AND status IN ('delivered', 'read', 'undelivered', 'failed') \
         ORDER BY position DESC LIMIT 1",
        params![conversation.0],
    )?;
    let code = row.map_or(Ok(None), |row| row.maybe_int(0))?;
    Ok(code.and_then(|code| u32::try_from(code).ok()))
}
