//! Webhooks as they came. A key that exists makes a repeat a no-op.

use crate::store::StoreError;
use crate::store::sql::{Tx, params};
use smsdesk_common::entry::Origin;

/// Which kind of webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookKind {
    /// An inbound text.
    Message,
    /// A delivery report.
    Status,
    /// What is told of a call.
    Call,
}

impl WebhookKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Status => "status",
            Self::Call => "call",
        }
    }
}

/// Whether a webhook is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// For the first time; it is stored now.
    First,
    /// It came before; nothing was stored.
    Again,
}

/// Stores a webhook unless its key exists.
///
/// # Errors
/// The database cannot be written.
pub fn insert(
    tx: &mut dyn Tx,
    kind: WebhookKind,
    account: &str,
    dedupe: &str,
    origin: Origin,
    body: &[u8],
) -> Result<Seen, StoreError> {
    let now = tx.now();
    let stored = tx.execute(
        "INSERT INTO webhook (kind, account, dedupe, origin, received_at, body) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (kind, account, dedupe) DO NOTHING",
        params![kind.as_str(), account, dedupe, origin.as_str(), now, body],
    )?;
    Ok(if stored == 1 {
        Seen::First
    } else {
        Seen::Again
    })
}
