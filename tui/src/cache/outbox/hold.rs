//! Texts that are held for a while before they may go out, so that they can be taken back.
//!
//! A text is either held or free to go, and only what is free is ever given to the network: a text
//! that was given away cannot be taken back any more, whatever a clock says.

use crate::cache::error::CacheError;
use crate::cache::sql::uuid_out;
use crate::cache::{drafts, templates};
use crate::model::hold::HOLD_S_MAX;
use crate::model::split;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use smsdesk_common::api::messages::SendMessage;
use smsdesk_common::ids::ConversationId;
use smsdesk_common::time::Timestamp;

/// A text that was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenBack {
    /// Where.
    pub conversation: ConversationId,
    /// The words; they are the draft again, before what was written since.
    pub body: String,
}

/// Holds a request that nobody has seen yet.
pub(super) fn hold(tx: &Transaction<'_>, n: i64, until: Timestamp) -> Result<(), CacheError> {
    tx.prepare_cached("UPDATE request SET held_until = ?2 WHERE n = ?1")?
        .execute(params![n, until.as_millis()])?;
    Ok(())
}

/// Frees what was held long enough; what is held for longer than anything may be was held by a
/// clock that has gone back since.
pub(in crate::cache) fn release(connection: &Connection, now: Timestamp) -> Result<(), CacheError> {
    let latest = now.plus_millis(i64::from(HOLD_S_MAX) * 1_000);
    connection
        .prepare_cached(
            "UPDATE request SET held_until = NULL
             WHERE held_until IS NOT NULL AND (held_until <= ?1 OR held_until > ?2)",
        )?
        .execute(params![now.as_millis(), latest.as_millis()])?;
    Ok(())
}

/// Frees everything: nobody looks at it any more who could take it back.
pub(in crate::cache) fn release_all(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE request SET held_until = NULL WHERE held_until IS NOT NULL",
        (),
    )?;
    Ok(())
}

/// When the next held text may go; none where none is held.
pub(super) fn next_release(connection: &Connection) -> Result<Option<Timestamp>, CacheError> {
    let at: Option<i64> = connection
        .prepare_cached("SELECT min(held_until) FROM request WHERE held_until IS NOT NULL")?
        .query_row((), |row| row.get(0))?;
    Ok(at.map(Timestamp::from_millis))
}

/// The place in the outbox of the newest text that is held, in one conversation or in any.
pub(super) fn newest(
    connection: &Connection,
    conversation: Option<ConversationId>,
) -> Result<Option<i64>, CacheError> {
    let place = match conversation {
        Some(conversation) => connection
            .prepare_cached(
                "SELECT max(n) FROM request WHERE held_until IS NOT NULL AND conversation = ?1",
            )?
            .query_row([conversation.0.as_bytes()], |row| row.get(0)),
        None => connection
            .prepare_cached("SELECT max(n) FROM request WHERE held_until IS NOT NULL")?
            .query_row((), |row| row.get(0)),
    };
    Ok(place?)
}

/// The texts that were held in one commit with the one at that place, oldest first; nothing else was
/// put in at that moment and for that long.
fn take_out(
    tx: &Transaction<'_>,
    n: i64,
) -> Result<Option<(ConversationId, Vec<SendMessage>)>, CacheError> {
    let mut statement = tx.prepare_cached(
        "DELETE FROM request
         WHERE kind = 'send' AND state = 'waiting' AND held_until IS NOT NULL
             AND (conversation, created_at, held_until) =
                 (SELECT conversation, created_at, held_until FROM request WHERE n = ?1)
         RETURNING n, conversation, body",
    )?;
    let rows = statement.query_map([n], |row| Ok((row.get(0)?, uuid_out(row, 1)?, row.get(2)?)))?;
    let mut gone: Vec<(i64, uuid::Uuid, String)> = rows.collect::<Result<_, _>>()?;
    gone.sort_by_key(|(n, ..)| *n);
    let Some((_, conversation, _)) = gone.first() else {
        return Ok(None);
    };
    let conversation = ConversationId(*conversation);
    let texts = gone.iter().map(|(_, _, body)| serde_json::from_str(body));
    Ok(Some((conversation, texts.collect::<Result<_, _>>()?)))
}

/// Takes a held text out of the outbox, with the others that it went with as parts of one, and makes it
/// the draft, before what is the draft by now, in one commit. None where it is not held any more.
pub(super) fn take_back(
    connection: &mut Connection,
    n: i64,
    now: Timestamp,
) -> Result<Option<TakenBack>, CacheError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let Some((conversation, parts)) = take_out(&tx, n)? else {
        return Ok(None);
    };
    let template = parts.iter().find_map(|part| part.template);
    let parts: Vec<String> = parts.into_iter().map(|part| part.body).collect();
    let body = split::joined(&parts);
    drafts::TEXTS.put_before(&tx, conversation, &body, now)?;
    // It is counted when it goes out after all.
    let mut owes = templates::origin(&tx, conversation)?;
    owes.template = owes.template.or(template);
    if !owes.is_empty() {
        templates::keep_origin(&tx, conversation, &owes)?;
    }
    tx.commit()?;
    Ok(Some(TakenBack { conversation, body }))
}
