//! Notes in the outbox, and their drafts. A note never becomes a text: its words go from its own
//! draft into a request of its own kind, and after a refusal back into its own draft.

use super::{OutboxCounts, Request, TEXT_BYTES_MAX};
use crate::cache::applied::Refused;
use crate::cache::error::CacheError;
use crate::cache::sql::uuid_out;
use crate::cache::{Cache, begun};
use crate::clock;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use smsdesk_common::api::notes::WriteNote;
use smsdesk_common::ids::{ConversationId, EntryId};
use smsdesk_common::time::Timestamp;
use uuid::Uuid;

/// A note from the moment at which it is on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoteKept {
    /// The id that the note keeps for ever.
    pub entry: EntryId,
    /// The outbox with it.
    pub outbox: OutboxCounts,
}

/// What came of taking a note out of the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoteWithdrawn {
    /// Where it was; none where no such note is refused.
    pub conversation: Option<ConversationId>,
    /// The outbox without it.
    pub outbox: OutboxCounts,
}

impl Cache {
    /// Puts a note into the outbox. When this returns, no power cut can lose it, and it is shown.
    /// A draft of a note with the same words is used up in the same commit.
    ///
    /// # Errors
    /// The disk, a note of more than [`TEXT_BYTES_MAX`], or an outbox of
    /// [`super::OUTBOX_REQUESTS_MAX`]; then nothing was kept.
    pub async fn write_note(
        &self,
        conversation: ConversationId,
        body: String,
    ) -> Result<NoteKept, CacheError> {
        let (entry, now) = (EntryId(clock::new_id()), clock::now());
        self.work(move |disk| {
            let request = Request::Note {
                entry,
                conversation,
                body,
            };
            super::submit(&mut disk.outbox, request, now)?;
            let outbox = super::counts(&disk.outbox)?;
            Ok(NoteKept { entry, outbox })
        })
        .await
    }

    /// Keeps the draft of a note; an empty one is forgotten.
    ///
    /// # Errors
    /// The disk, or a text of more than [`TEXT_BYTES_MAX`].
    pub async fn save_note_draft(
        &self,
        conversation: ConversationId,
        text: String,
    ) -> Result<(), CacheError> {
        let now = clock::now();
        self.work(move |disk| {
            let conversation = begun::meant(&disk.outbox, conversation)?;
            save_draft(&disk.outbox, conversation, &text, now)
        })
        .await
    }

    /// Takes a refused note out of the outbox; its words become the draft of a note where there is
    /// none.
    ///
    /// # Errors
    /// The disk.
    pub async fn withdraw_note(&self, entry: EntryId) -> Result<NoteWithdrawn, CacheError> {
        let now = clock::now();
        self.work(move |disk| {
            let conversation = withdraw(&mut disk.outbox, entry, now)?;
            let outbox = super::counts(&disk.outbox)?;
            Ok(NoteWithdrawn {
                conversation,
                outbox,
            })
        })
        .await
    }
}

/// The words of a note as its request holds them.
pub(in crate::cache) fn words(request: &str) -> Result<String, CacheError> {
    let note: WriteNote = serde_json::from_str(request)?;
    Ok(note.body)
}

/// A note is about to go into the outbox: a draft with the same words is done with.
pub(super) fn use_up(
    tx: &Transaction<'_>,
    conversation: ConversationId,
    body: &str,
) -> Result<(), CacheError> {
    if body.len() > TEXT_BYTES_MAX {
        return Err(CacheError::TextTooLong(body.len()));
    }
    if draft(tx, conversation)?.trim() == body.trim() {
        forget_draft(tx, conversation)?;
    }
    Ok(())
}

/// The relay refused a note, which stays until its author has decided.
pub(super) fn refused(entry: EntryId, request: &str) -> Result<Refused, CacheError> {
    Ok(Refused::Note(entry, words(request)?))
}

/// The relay took a note in a life that is over: it waits again, as if it had not been asked.
pub(super) fn ask_again(tx: &Transaction<'_>, n: i64) -> Result<(), CacheError> {
    tx.prepare_cached(
        "UPDATE request SET state = 'waiting', answer_seq = NULL, answer_epoch = NULL
         WHERE n = ?1",
    )?
    .execute([n])?;
    Ok(())
}

/// Takes a refused note out. Its words become the draft of a note where there is none, in the same
/// commit. Returns its conversation; none where no such note is refused.
pub(super) fn withdraw(
    connection: &mut Connection,
    entry: EntryId,
    now: Timestamp,
) -> Result<Option<ConversationId>, CacheError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let gone: Option<(Uuid, String)> = tx
        .query_row(
            "DELETE FROM request WHERE id = ?1 AND kind = 'note' AND state = 'refused'
             RETURNING conversation, body",
            [entry.to_string()],
            |row| Ok((uuid_out(row, 0)?, row.get(1)?)),
        )
        .optional()?;
    let Some((conversation, request)) = gone else {
        return Ok(None);
    };
    tx.prepare_cached(
        "INSERT INTO note_draft (conversation, text, saved_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (conversation) DO NOTHING",
    )?
    .execute(params![
        conversation.as_bytes(),
        words(&request)?,
        now.as_millis()
    ])?;
    tx.commit()?;
    Ok(Some(ConversationId(conversation)))
}

/// Keeps `text` as the draft of a note; an empty one is forgotten.
pub(in crate::cache) fn save_draft(
    connection: &Connection,
    conversation: ConversationId,
    text: &str,
    now: Timestamp,
) -> Result<(), CacheError> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(CacheError::TextTooLong(text.len()));
    }
    if text.is_empty() {
        return forget_draft(connection, conversation);
    }
    connection
        .prepare_cached(
            "INSERT INTO note_draft (conversation, text, saved_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (conversation) DO UPDATE SET text = excluded.text,
                 saved_at = excluded.saved_at",
        )?
        .execute(params![conversation.0.as_bytes(), text, now.as_millis()])?;
    Ok(())
}

/// The draft of a note; empty without one.
pub(in crate::cache) fn draft(
    connection: &Connection,
    conversation: ConversationId,
) -> Result<String, CacheError> {
    let text = connection
        .prepare_cached("SELECT text FROM note_draft WHERE conversation = ?1")?
        .query_row([conversation.0.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(text.unwrap_or_default())
}

fn forget_draft(connection: &Connection, conversation: ConversationId) -> Result<(), CacheError> {
    connection
        .prepare_cached("DELETE FROM note_draft WHERE conversation = ?1")?
        .execute([conversation.0.as_bytes()])?;
    Ok(())
}
