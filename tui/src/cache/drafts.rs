//! Drafts: words that were typed and not sent, one a conversation.

use super::error::CacheError;
use super::outbox::TEXT_BYTES_MAX;
use super::sql::uuid_out;
use super::templates;
use crate::model::templates::Origin;
use rusqlite::{Connection, OptionalExtension as _, params};
use smsdesk_common::ids::ConversationId;
use smsdesk_common::time::Timestamp;

/// The most drafts that filters know of: people write them by hand.
const DRAFTS_MAX: u32 = 1_000;

/// Keeps `text` as the draft; an empty one is forgotten.
pub(super) fn save(
    connection: &Connection,
    conversation: ConversationId,
    text: &str,
    now: Timestamp,
) -> Result<(), CacheError> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(CacheError::TextTooLong(text.len()));
    }
    if text.is_empty() {
        connection
            .prepare_cached("DELETE FROM draft WHERE conversation = ?1")?
            .execute([conversation.0.as_bytes()])?;
        return templates::forget_origin(connection, conversation);
    }
    connection
        .prepare_cached(
            "INSERT INTO draft (conversation, text, saved_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (conversation) DO UPDATE SET text = excluded.text,
                 saved_at = excluded.saved_at",
        )?
        .execute(params![conversation.0.as_bytes(), text, now.as_millis()])?;
    Ok(())
}

/// The draft; empty without one.
pub(super) fn load(
    connection: &Connection,
    conversation: ConversationId,
) -> Result<String, CacheError> {
    let text = connection
        .prepare_cached("SELECT text FROM draft WHERE conversation = ?1")?
        .query_row([conversation.0.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(text.unwrap_or_default())
}

/// Whether there is a draft, of a text or of a note.
pub(super) fn exists(
    connection: &Connection,
    conversation: ConversationId,
) -> Result<bool, CacheError> {
    Ok(connection
        .prepare_cached(
            "SELECT 1 FROM draft WHERE conversation = ?1
             UNION ALL SELECT 1 FROM note_draft WHERE conversation = ?1",
        )?
        .exists([conversation.0.as_bytes()])?)
}

/// Which conversations have one, at most [`DRAFTS_MAX`].
pub(super) fn conversations(connection: &Connection) -> Result<Vec<ConversationId>, CacheError> {
    let mut statement = connection.prepare_cached(
        "SELECT conversation FROM draft UNION SELECT conversation FROM note_draft LIMIT ?1",
    )?;
    let rows = statement.query_map([DRAFTS_MAX], |row| uuid_out(row, 0).map(ConversationId))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Forgets the draft where it says the same as `text`, and tells what it owed to templates. White
/// space around it is never sent.
pub(super) fn forget_if_equal(
    connection: &Connection,
    conversation: ConversationId,
    text: &str,
) -> Result<Origin, CacheError> {
    if load(connection, conversation)?.trim() != text.trim() {
        return Ok(Origin::default());
    }
    let owed = templates::origin(connection, conversation)?;
    save(connection, conversation, "", Timestamp::from_millis(0))?;
    Ok(owed)
}

/// Makes `text` the draft where there is none.
pub(super) fn keep_if_none(
    connection: &Connection,
    conversation: ConversationId,
    text: &str,
    now: Timestamp,
) -> Result<(), CacheError> {
    connection
        .prepare_cached(
            "INSERT INTO draft (conversation, text, saved_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (conversation) DO NOTHING",
        )?
        .execute(params![conversation.0.as_bytes(), text, now.as_millis()])?;
    Ok(())
}
