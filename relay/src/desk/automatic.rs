//! A text that nobody typed goes out.

use crate::desk::send::{self, Recipient};
use crate::store::sql::Tx;
use crate::store::{StoreError, conversations, entries, templates};
use sha2::{Digest as _, Sha256};
use smsdesk_common::conversation::Preview;
use smsdesk_common::entry::{Author, Direction, Entry, Origin};
use smsdesk_common::ids::{EntryId, RuleId, TemplateId};
use smsdesk_common::segments::Segments;
use smsdesk_common::status::DeliveryStatus;
use std::fmt;
use uuid::Uuid;

/// Why a text goes out that nobody typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A rule.
    Rule(RuleId),
    /// Nobody is here.
    Away,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(id) => write!(f, "rule:{id}"),
            Self::Away => f.write_str("away"),
        }
    }
}

/// A text that nobody typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Automatic {
    /// The same whenever this text is decided again; unique for ever: `rule:ID:ENTRY`.
    pub key: String,
    /// Why it goes out.
    pub cause: Cause,
    /// To whom.
    pub recipient: Recipient,
    /// The words.
    pub body: String,
    /// What the words were made from.
    pub template: Option<TemplateId>,
    /// How long it may wait, in milliseconds.
    pub expires_ms: Option<i64>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is on its way.
    Queued(Entry),
    /// It was decided before.
    Before(Entry),
}

/// Stores a text.
///
/// # Errors
/// The database cannot be written.
pub fn send(tx: &mut dyn Tx, text: &Automatic) -> Result<Outcome, StoreError> {
    let hash = Sha256::digest(text.key.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    let id = EntryId(Uuid::from_bytes(bytes));
    if let Some(entry) = entries::find(tx, id)? {
        return Ok(Outcome::Before(entry));
    }
    let Recipient::Conversation(conversation) = &text.recipient else {
        return Err(StoreError::Engine("no conversation".to_owned()));
    };
    let Some(mut conversation) = conversations::find(tx, *conversation)? else {
        return Err(StoreError::Engine("no conversation".to_owned()));
    };
    let mut entry = crate::desk::triage::told(
        tx,
        id,
        conversation.id,
        Author::Automation(text.cause.to_string()),
        text.body.clone(),
        Vec::new(),
    );
    entry.entry_kind = smsdesk_common::entry::EntryKind::Message;
    entry.direction = Direction::Outbound;
    entry.origin = Origin::Api;
    entry.status = Some(DeliveryStatus::Queued);
    entry.segments = Some(Segments::of(&text.body).segments);
    let entry = entries::insert(tx, entry)?;
    let waiting = conversation.waiting_since;
    send::queue(tx, &mut conversation, &entry)?;
    conversation.waiting_since = waiting;
    conversation.last = Some(Preview::of(&entry));
    conversations::update(tx, &mut conversation)?;
    if let Some(template) = text.template {
        templates::count_use(tx, template)?;
    }
    Ok(Outcome::Queued(entry))
}
