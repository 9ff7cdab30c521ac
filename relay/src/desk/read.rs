//! An agent notes how far a conversation is read.

use crate::desk::DeskError;
use crate::store::requests::Done;
use crate::store::sql::Tx;
use crate::store::{conversations, read_markers, requests};
use sha2::{Digest as _, Sha256};
use smsdesk_common::agent::Agent;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::read::SetRead;
use smsdesk_common::ids::{ConversationId, Seq};
use smsdesk_common::read_marker::ReadMarker;

/// Sets the agent's marker. The same request again, even a late one, does nothing.
///
/// # Errors
/// The conversation is unknown, the id was used for something else, or the database cannot be
/// written.
pub fn set(
    tx: &mut dyn Tx,
    agent: &Agent,
    conversation: ConversationId,
    read: &SetRead,
) -> Result<ReadMarker, DeskError> {
    let key = ReadMarker::key(agent.id, conversation);
    let held = read_markers::find(tx, &key)?;
    let body_hash = hash(&key, read);
    if let Some(done) = requests::find(tx, read.id.0)? {
        return held.filter(|_| done.body_hash == body_hash).ok_or_else(|| {
            let id = read.id;
            DeskError::refused(
                ErrorCode::IdReused,
                format!("`id` {id} was used for something else; choose a new one"),
            )
        });
    }
    if conversations::find(tx, conversation)?.is_none() {
        return Err(DeskError::refused(
            ErrorCode::ConversationUnknown,
            format!("conversation {conversation} does not exist"),
        ));
    }
    let mut marker = ReadMarker {
        id: key.clone(),
        seq: held.map_or(Seq::ZERO, |held| held.seq),
        agent: agent.id,
        conversation,
        position: read.position,
        inbound_read: read.inbound_read,
        at: tx.now(),
    };
    read_markers::put(tx, &mut marker)?;
    requests::insert(
        tx,
        read.id.0,
        &Done {
            body_hash,
            subject: key,
        },
    )?;
    Ok(marker)
}

fn hash(key: &str, read: &SetRead) -> Vec<u8> {
    let mut hasher = Sha256::new();
    hasher.update(b"read\0");
    hasher.update(key.as_bytes());
    hasher.update(read.position.0.to_be_bytes());
    hasher.update(read.inbound_read.to_be_bytes());
    hasher.finalize().to_vec()
}
