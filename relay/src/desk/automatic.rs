//! A text that nobody typed goes out.

use crate::desk::send::{self, Recipient};
use crate::store::sql::Tx;
use crate::store::{StoreError, entries, templates};
use sha2::{Digest as _, Sha256};
use smsdesk_common::cause::Cause;
use smsdesk_common::entry::{Author, Direction, Entry, EntryKind, Origin};
use smsdesk_common::ids::{EntryId, Seq, TemplateId};
use smsdesk_common::segments::Segments;
use smsdesk_common::status::DeliveryStatus;
use uuid::Uuid;

/// A text that nobody typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Automatic {
    /// The same text whenever it is decided again; unique for ever.
    pub key: String,
    /// Why it goes.
    pub cause: Cause,
    /// To whom.
    pub recipient: Recipient,
    /// The words.
    pub body: String,
    /// What they were made from.
    pub template: Option<TemplateId>,
    /// What it may wait before it is dropped, in milliseconds.
    pub expires_ms: Option<i64>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It goes out.
    Queued(Entry),
    /// It goes out later.
    Waits(Entry),
    /// It was decided before.
    Before(Entry),
    /// It does not go out.
    Refused(Refusal),
}

/// Why a text does not go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// They want no texts.
    OptedOut,
    /// A switch is off.
    Disabled,
    /// Nobody is to be texted now.
    Quiet,
    /// They got enough.
    Capped,
    /// No text reaches them.
    Unreachable,
    /// The line cannot do that.
    NotSupported(String),
}

/// Lets a text go.
///
/// # Errors
/// The database cannot be written.
pub fn send(tx: &mut dyn Tx, text: &Automatic) -> Result<Outcome, StoreError> {
    let digest = Sha256::digest(text.key.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    let id = EntryId(Uuid::from_bytes(bytes));
    if let Some(entry) = entries::find(tx, id)? {
        return Ok(Outcome::Before(entry));
    }
    let conversation = send::conversation_of(tx, &text.recipient);
    let Ok(mut conversation) = conversation else {
        return Ok(Outcome::Refused(Refusal::Unreachable));
    };
    let entry = Entry {
        id,
        seq: Seq::ZERO,
        conversation: conversation.id,
        position: Seq::ZERO,
        entry_kind: EntryKind::Message,
        direction: Direction::Outbound,
        author: Author::Automation(text.cause.to_string()),
        origin: Origin::Api,
        body: text.body.clone(),
        media: Vec::new(),
        status: Some(DeliveryStatus::Queued),
        error: None,
        sid: None,
        segments: Some(Segments::of(&text.body).segments),
        price: None,
        at: tx.now(),
        sent_at: None,
        delivered_at: None,
        activity: Vec::new(),
        mentions: Vec::new(),
        send_at: None,
        zone: None,
        cancel_on_reply: false,
        held_since: None,
    };
    let entry = entries::insert(tx, entry)?;
    let waiting = conversation.waiting_since;
    send::queue(tx, &mut conversation, &entry)?;
    conversation.waiting_since = waiting;
    if let Some(template) = text.template {
        templates::count_use(tx, template)?;
    }
    Ok(Outcome::Queued(entry))
}
