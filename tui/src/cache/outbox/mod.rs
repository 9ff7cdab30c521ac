//! Requests of this device that the relay has not confirmed, and how each leaves.
//!
//! A row is committed with `synchronous=FULL` before anything of it is shown or sent. It leaves
//! when its record has come back by the feed (which proves that the relay has it, whether or not
//! the answer arrived) or when its author withdraws it after a refusal. Rows and records lie in
//! two files, so the removal is derived from the records each time and may be repeated.
//!
//! A text that the relay had taken is never sent again by itself. Where a relay comes back from a
//! backup that is older than the text, the text is shown as refused with that explanation.

mod acts;
mod contacts;
mod handle;
mod hold;
mod notes;
mod parts;
mod request;
pub(super) mod schema;
mod settle;
mod steps;
#[cfg(test)]
mod tests;
mod timed;

pub(super) use acts::Hand;
pub use acts::Undone;
pub(super) use contacts::People;
pub use handle::{Submitted, Withdrawn};
pub use hold::TakenBack;
pub(super) use hold::{release, release_all};
pub(super) use notes::words as note_words;
pub use notes::{NoteKept, NoteWithdrawn};
pub use parts::Parts;
pub(super) use request::Request;
pub use request::{Method, Outgoing};
pub(super) use settle::{patches, settle, timed_patches};
pub use timed::TimedSubmitted;
pub(super) use timed::conversations as timed_conversations;

use super::applied::Refused;
use super::error::CacheError;
use super::fate::{Answer, RequestKind};
use super::sql::{count_out, unnamed, uuid_out};
use super::{begun, drafts, templates};
use crate::event::CacheEvent;
use crate::model::templates::Origin;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use smsdesk_common::api::Problem;
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::api::messages::SendMessage;
use smsdesk_common::ids::{ConversationId, EntryId};
use smsdesk_common::time::Timestamp;
use uuid::Uuid;

/// The most requests that may wait: far more than an agent types while a relay is away.
pub const OUTBOX_REQUESTS_MAX: u32 = 2_000;
/// The largest text or draft that is kept, in bytes: many times what the relay takes, so that a
/// paste by mistake can still be edited down.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;

/// How much of this device the relay has not confirmed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutboxCounts {
    /// Texts and notes that the relay has not answered.
    pub waiting: u32,
    /// Texts and notes that the relay has refused; their author must decide.
    pub refused: u32,
    /// How many of those that wait are notes.
    pub notes: u32,
    /// Changes of conversations that the relay has not answered.
    pub changes: u32,
}

impl From<OutboxCounts> for CacheEvent {
    fn from(counts: OutboxCounts) -> Self {
        Self::Outbox {
            waiting: counts.waiting,
            refused: counts.refused,
            notes: counts.notes,
            changes: counts.changes,
        }
    }
}

/// Puts a request into the outbox. Words that are the draft's too use the draft up in the same
/// commit, so that no crash can leave them in both places.
pub(super) fn submit(
    connection: &mut Connection,
    request: Request,
    now: Timestamp,
) -> Result<(), CacheError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    put(&tx, request, now)?;
    tx.commit()?;
    Ok(())
}

/// As [`submit`], for a text that may not go out before a time.
fn submit_held(
    connection: &mut Connection,
    request: Request,
    now: Timestamp,
    until: Timestamp,
) -> Result<(), CacheError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let n = put(&tx, request, now)?;
    hold::hold(&tx, n, until)?;
    tx.commit()?;
    Ok(())
}

/// As [`submit`], as a part of a larger commit. Returns the request's place in the outbox.
fn put(tx: &Transaction<'_>, mut request: Request, now: Timestamp) -> Result<i64, CacheError> {
    // What was meant for a conversation by the id that was chosen here goes to the one that it became.
    if let Some(conversation) = request.conversation_mut() {
        *conversation = begun::meant(tx, *conversation)?;
    }
    match &mut request {
        Request::Send {
            conversation,
            body,
            template,
            ..
        }
        | Request::SendLater {
            conversation,
            body,
            template,
            ..
        } => {
            if body.len() > TEXT_BYTES_MAX {
                return Err(CacheError::TextTooLong(body.len()));
            }
            let owed = drafts::TEXTS.forget_if_equal(tx, *conversation, body)?;
            *template = owed.template.or(*template);
        }
        Request::Note {
            conversation, body, ..
        } => notes::use_up(tx, *conversation, body)?,
        // A newer place replaces one that has not been sent.
        Request::Read { conversation, .. } => {
            tx.prepare_cached(
                "DELETE FROM request
                 WHERE conversation = ?1 AND kind = 'read' AND state = 'waiting'",
            )?
            .execute([conversation.0.as_bytes()])?;
        }
        // Each goes as it was made: who undoes a change, or looks at the timeline, finds it.
        Request::Patch { .. } | Request::Timed { .. } | Request::Contact { .. } => {}
    }
    let rows: i64 = tx.query_row("SELECT count(*) FROM request", (), |row| row.get(0))?;
    if count_out(rows) >= OUTBOX_REQUESTS_MAX {
        return Err(CacheError::OutboxFull(count_out(rows)));
    }
    insert(tx, &request.into_outgoing()?, now)?;
    Ok(tx.last_insert_rowid())
}

fn insert(tx: &Transaction<'_>, request: &Outgoing, now: Timestamp) -> Result<(), CacheError> {
    tx.prepare_cached(
        "INSERT INTO request (id, kind, conversation, method, path, body, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        request.id.to_string(),
        request.kind.as_str(),
        request.conversation.0.as_bytes(),
        request.method.as_str(),
        request.path,
        request.body,
        now.as_millis(),
    ])?;
    Ok(())
}

/// What may be sent now: of each conversation the oldest request that waits, oldest first. One that
/// is held keeps those behind it. What is asked of a conversation that the relay does not have yet
/// waits until it has, and lets the text pass that begins it.
///
/// A text that waits for its time and was changed goes behind its changes, and lets them pass whatever
/// waits behind it: it might be due as soon as the relay has it, and would go out as it was.
pub(super) fn next(connection: &Connection, limit: u32) -> Result<Vec<Outgoing>, CacheError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, kind, conversation, method, path, body, attempts FROM request AS own
         WHERE state = 'waiting' AND held_until IS NULL
             AND (kind NOT IN ('read', 'patch', 'note') OR conversation NOT IN
                 (SELECT conversation FROM begun WHERE became IS NULL))
             AND NOT (kind = 'send' AND EXISTS (
                 SELECT 1 FROM request AS change WHERE change.conversation = own.conversation
                     AND change.kind = 'timed' AND change.state = 'waiting'
                     AND change.path = own.path || '/' || own.id))
             AND NOT EXISTS (
             SELECT 1 FROM request AS earlier WHERE earlier.conversation = own.conversation
                 AND earlier.state = 'waiting' AND earlier.n < own.n
                 AND (earlier.path = own.path OR earlier.n < coalesce((
                     SELECT text.n FROM request AS text
                     WHERE own.kind = 'timed' AND text.kind = 'send' AND text.state = 'waiting'
                         AND text.conversation = own.conversation
                         AND own.path = text.path || '/' || text.id), own.n))
                 AND (earlier.kind NOT IN ('read', 'patch', 'note') OR earlier.conversation NOT IN
                     (SELECT conversation FROM begun WHERE became IS NULL)))
         ORDER BY n LIMIT ?1",
    )?;
    let rows = statement.query_map([limit], |row| {
        let id: String = row.get(0)?;
        let kind: String = row.get(1)?;
        let method: String = row.get(3)?;
        Ok(Outgoing {
            id: id.parse().map_err(|_| unnamed(0))?,
            kind: RequestKind::parse(&kind).ok_or_else(|| unnamed(1))?,
            conversation: ConversationId(uuid_out(row, 2)?),
            method: Method::parse(&method).ok_or_else(|| unnamed(3))?,
            path: row.get(4)?,
            body: row.get(5)?,
            attempts: count_out(row.get(6)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Notes that the relay took a request. Without effect where the request has already left.
pub(super) fn answered(
    connection: &Connection,
    id: Uuid,
    answer: Answer,
) -> Result<(), CacheError> {
    let seq = i64::try_from(answer.seq.0).unwrap_or(i64::MAX);
    connection
        .prepare_cached(
            "UPDATE request SET state = 'answered', problem = NULL, answer_seq = ?2,
                 answer_epoch = ?3 WHERE id = ?1",
        )?
        .execute(params![
            id.to_string(),
            seq,
            answer.epoch.map(|epoch| epoch.to_string())
        ])?;
    Ok(())
}

/// Notes that the relay refused a request for good. A place in reading is nothing that anybody
/// wants to decide about: it is dropped. So is a patch, where the conversation shows that nothing was
/// changed; a text or a note stays. What its author is to hear of is returned.
pub(super) fn refused(
    connection: &mut Connection,
    id: Uuid,
    problem: &Problem,
) -> Result<Option<Refused>, CacheError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let dropped: Option<(String, String, i64, String)> = tx
        .query_row(
            "DELETE FROM request WHERE id = ?1 AND kind IN ('read', 'patch', 'timed', 'contact')
             RETURNING kind, body, n, path",
            [id.to_string()],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .optional()?;
    let timed = dropped
        .as_ref()
        .filter(|(kind, ..)| kind == RequestKind::Timed.as_str())
        .map(|(_, body, n, path)| timed::refused(&tx, (*n, body, path), problem))
        .transpose()?
        .flatten();
    let is_of = |kind: RequestKind| {
        let of = dropped.as_ref();
        of.is_some_and(|(it, ..)| it == kind.as_str())
    };
    let of_contact = is_of(RequestKind::Contact);
    let patch: Option<Patch> = dropped
        .filter(|(kind, ..)| kind == RequestKind::Patch.as_str())
        .map(|(_, body, ..)| serde_json::from_str(&body))
        .transpose()?;
    let kept: Option<(String, String)> = tx
        .query_row(
            "UPDATE request SET state = 'refused', problem = ?2, attempts = attempts + 1
             WHERE id = ?1 RETURNING kind, body",
            params![id.to_string(), serde_json::to_string(problem)?],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    if patch.is_some() || of_contact {
        steps::forget(&tx, id)?;
    }
    tx.commit()?;
    if of_contact {
        return Ok(Some(Refused::Contact));
    }
    let Some((kind, body)) = kept else {
        return Ok(patch.map(Refused::Patch).or(timed));
    };
    // A note's JSON reads as a text's, so that only the kind may tell them apart.
    if RequestKind::parse(&kind) == Some(RequestKind::Note) {
        return notes::refused(EntryId(id), &body).map(Some);
    }
    let message: SendMessage = serde_json::from_str(&body)?;
    let (body, send_at) = (message.body, message.send_at);
    Ok(Some(Refused::Text(EntryId(id), body, send_at)))
}

/// Notes an attempt that brought no answer. The request waits on.
pub(super) fn tried(connection: &Connection, id: Uuid) -> Result<(), CacheError> {
    connection
        .prepare_cached("UPDATE request SET attempts = attempts + 1 WHERE id = ?1")?
        .execute([id.to_string()])?;
    Ok(())
}

/// Takes a refused text or note out. Its words become the draft where there is none, in the same
/// commit. Returns its conversation; none where nothing of this kind is refused under this id.
pub(super) fn withdraw(
    connection: &mut Connection,
    kind: RequestKind,
    entry: EntryId,
    now: Timestamp,
) -> Result<Option<ConversationId>, CacheError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let gone: Option<(Uuid, String)> = tx
        .query_row(
            "DELETE FROM request WHERE id = ?1 AND kind = ?2 AND state = 'refused'
             RETURNING conversation, body",
            [&entry.to_string(), kind.as_str()],
            |row| Ok((uuid_out(row, 0)?, row.get(1)?)),
        )
        .optional()?;
    let Some((conversation, body)) = gone else {
        return Ok(None);
    };
    let conversation = ConversationId(conversation);
    if kind == RequestKind::Note {
        let words = notes::words(&body)?;
        drafts::NOTES.keep_if_none(&tx, conversation, &words, now)?;
    } else {
        let message: SendMessage = serde_json::from_str(&body)?;
        make_draft_again(&tx, conversation, &message, now)?;
    }
    tx.commit()?;
    Ok(Some(conversation))
}

/// The words of a text are the draft where there is none.
fn make_draft_again(
    tx: &Transaction<'_>,
    conversation: ConversationId,
    message: &SendMessage,
    now: Timestamp,
) -> Result<(), CacheError> {
    drafts::TEXTS.keep_if_none(tx, conversation, &message.body, now)?;
    // It is counted when it goes out after all.
    let template = message.template;
    let draft = drafts::TEXTS.load(tx, conversation)?;
    if template.is_some() && draft.trim() == message.body.trim() {
        let fields = Vec::new();
        let owes = templates::origin(tx, conversation)?.with(Origin { template, fields });
        templates::keep_origin(tx, conversation, &owes)?;
    }
    Ok(())
}

/// Which conversation a request is about; none where it has left.
pub(super) fn conversation_of(
    connection: &Connection,
    id: Uuid,
) -> Result<Option<ConversationId>, CacheError> {
    Ok(connection
        .prepare_cached("SELECT conversation FROM request WHERE id = ?1")?
        .query_row([id.to_string()], |row| uuid_out(row, 0).map(ConversationId))
        .optional()?)
}

/// How many requests wait and how many were refused, by what they are. Places in reading are nothing
/// that anybody waits for.
pub(super) fn counts(connection: &Connection) -> Result<OutboxCounts, CacheError> {
    let counted = connection
        .prepare_cached(
            "SELECT count(*) FILTER (WHERE state = 'waiting' AND kind IN ('send', 'note')),
                    count(*) FILTER (WHERE state = 'refused' AND kind IN ('send', 'note')),
                    count(*) FILTER (WHERE state = 'waiting' AND kind = 'note'),
                    count(*) FILTER (WHERE state = 'waiting' AND kind = 'patch')
             FROM request",
        )?
        .query_row((), |row| {
            Ok(OutboxCounts {
                waiting: count_out(row.get(0)?),
                refused: count_out(row.get(1)?),
                notes: count_out(row.get(2)?),
                changes: count_out(row.get(3)?),
            })
        })?;
    Ok(counted)
}
