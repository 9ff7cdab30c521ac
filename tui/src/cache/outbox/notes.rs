//! Notes in the outbox. A note never becomes a text: its words go from its own
//! draft into a request of its own kind, and after a refusal back into its own draft.

use super::{OutboxCounts, Request, RequestKind, TEXT_BYTES_MAX};
use crate::cache::applied::Refused;
use crate::cache::error::CacheError;
use crate::cache::{Cache, drafts};
use crate::clock;
use rusqlite::Transaction;
use smsdesk_common::api::notes::WriteNote;
use smsdesk_common::ids::{ConversationId, EntryId};

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

    /// Takes a refused note out of the outbox; its words become the draft of a note where there is
    /// none.
    ///
    /// # Errors
    /// The disk.
    pub async fn withdraw_note(&self, entry: EntryId) -> Result<NoteWithdrawn, CacheError> {
        let now = clock::now();
        self.work(move |disk| {
            let conversation = super::withdraw(&mut disk.outbox, RequestKind::Note, entry, now)?;
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
    drafts::NOTES.forget_if_equal(tx, conversation, body)?;
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
