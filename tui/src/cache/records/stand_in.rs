//! Rows for conversations that are no records yet. They count in no digest and have no position.

use super::project;
use crate::cache::applied::Touched;
use crate::cache::error::{ApplyError, CacheError};
use rusqlite::{Connection, OptionalExtension as _, params};
use smsdesk_common::conversation::Conversation;
use smsdesk_common::feed::Change;
use smsdesk_common::ids::ConversationId;
use smsdesk_common::record::Record;

/// The kind that no relay has.
pub(super) const KIND: &str = "begun";

/// Lets a row stand in for a conversation; without effect where one does already.
pub(in crate::cache) fn stand_in(
    connection: &Connection,
    conversation: &Conversation,
) -> Result<(), CacheError> {
    if number_of(connection, conversation.id)?.is_some() {
        return Ok(());
    }
    let change = Change::of(Record::Conversation(Box::new(conversation.clone())));
    let body =
        serde_json::to_string(&change).map_err(|error| CacheError::Record(error.to_string()))?;
    let tx = connection.unchecked_transaction()?;
    let n = tx
        .prepare_cached(
            "INSERT INTO records (kind, id, seq, deleted, body) VALUES (?1, ?2, 0, 0, ?3)",
        )?
        .insert(params![KIND, conversation.id.to_string(), body])?;
    let mut touched = Touched::default();
    match project::project(&tx, n, &change, &mut touched) {
        Ok(()) => Ok(tx.commit()?),
        Err(ApplyError::Cache(error)) => Err(error),
        Err(error) => Err(CacheError::Record(error.to_string())),
    }
}

/// Takes the row away.
pub(in crate::cache) fn step_aside(
    connection: &Connection,
    conversation: ConversationId,
) -> Result<(), CacheError> {
    let Some(n) = number_of(connection, conversation)? else {
        return Ok(());
    };
    let tx = connection.unchecked_transaction()?;
    for table in ["conversation", "label", "records"] {
        tx.prepare_cached(&format!("DELETE FROM {table} WHERE n = ?1"))?
            .execute([n])?;
    }
    tx.commit()?;
    Ok(())
}

fn number_of(
    connection: &Connection,
    conversation: ConversationId,
) -> Result<Option<i64>, CacheError> {
    Ok(connection
        .prepare_cached("SELECT n FROM records WHERE kind = ?1 AND id = ?2")?
        .query_row(params![KIND, conversation.to_string()], |row| row.get(0))
        .optional()?)
}
