//! An agent writes down what only colleagues read.
//!
//! A note is an entry and nothing else: it is not queued, not the preview, ends no wait, and the
//! customer never sees it.

use crate::desk::DeskError;
use crate::store::requests::Done;
use crate::store::sql::Tx;
use crate::store::{agents, conversations, entries, requests};
use sha2::{Digest as _, Sha256};
use smsdesk_common::agent::Agent;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::notes::{NOTE_CHARACTERS_MAX, WriteNote};
use smsdesk_common::entry::{Author, Direction, Entry, EntryKind, Origin};
use smsdesk_common::ids::{AgentId, ConversationId, Seq};
use smsdesk_common::mention::mentions;

/// What became of a note.
#[derive(Clone, Debug, PartialEq)]
pub enum Written {
    /// It is stored.
    Now(Entry),
    /// It was stored before, by the same request.
    Before(Entry),
}

/// Stores a note. The same request again, even a late one, does nothing and gives the entry.
///
/// # Errors
/// The note is empty or too long, the conversation is unknown, the id was used for something else,
/// or the database cannot be written. Nothing is stored then.
pub fn write(
    tx: &mut dyn Tx,
    agent: &Agent,
    conversation: ConversationId,
    note: &WriteNote,
) -> Result<Written, DeskError> {
    check(&note.body)?;
    let body_hash = hash(agent.id, conversation, &note.body);
    let held = entries::find(tx, note.id)?;
    if let Some(done) = requests::find(tx, note.id.0)? {
        return held
            .filter(|_| done.body_hash == body_hash)
            .map(Written::Before)
            .ok_or_else(|| id_reused(note));
    }
    if held.is_some() {
        return Err(id_reused(note));
    }
    if conversations::find(tx, conversation)?.is_none() {
        return Err(DeskError::refused(
            ErrorCode::ConversationUnknown,
            format!("conversation {conversation} does not exist"),
        ));
    }
    let colleagues = agents::all(tx)?;
    let colleagues = colleagues.iter().filter(|colleague| colleague.active);
    let names: Vec<_> = colleagues
        .map(|colleague| (colleague.id, colleague.name.as_str()))
        .collect();
    let entry = Entry {
        id: note.id,
        seq: Seq::ZERO,
        conversation,
        position: Seq::ZERO,
        entry_kind: EntryKind::Note,
        direction: Direction::Internal,
        author: Author::Agent(agent.id),
        origin: Origin::Api,
        body: note.body.clone(),
        media: Vec::new(),
        status: None,
        error: None,
        sid: None,
        segments: None,
        price: None,
        at: tx.now(),
        sent_at: None,
        delivered_at: None,
        activity: Vec::new(),
        mentions: mentions(&note.body, &names),
        send_at: None,
        zone: None,
        cancel_on_reply: false,
        held_since: None,
        insight: None,
        suggestion: None,
        ai_generated: None,
    };
    let entry = entries::insert(tx, entry)?;
    let subject = note.id.to_string();
    requests::insert(tx, note.id.0, &Done { body_hash, subject })?;
    Ok(Written::Now(entry))
}

fn check(body: &str) -> Result<(), DeskError> {
    let characters = body.chars().count();
    if body.trim().is_empty() {
        return Err(DeskError::refused(
            ErrorCode::BodyEmpty,
            "`body`: expected some words",
        ));
    }
    if characters > NOTE_CHARACTERS_MAX {
        return Err(DeskError::refused(
            ErrorCode::BodyTooLong,
            format!("`body` has {characters} characters, expected at most {NOTE_CHARACTERS_MAX}"),
        ));
    }
    Ok(())
}

fn id_reused(note: &WriteNote) -> DeskError {
    let id = note.id;
    DeskError::refused(
        ErrorCode::IdReused,
        format!("`id` {id} was used for something else; choose a new one"),
    )
}

/// What makes two requests the same: who writes what where.
fn hash(agent: AgentId, conversation: ConversationId, body: &str) -> Vec<u8> {
    let mut hasher = Sha256::new();
    hasher.update(b"note\0");
    hasher.update(agent.0.as_bytes());
    hasher.update(conversation.0.as_bytes());
    hasher.update(body.as_bytes());
    hasher.finalize().to_vec()
}
