//! What is older than it has to be kept is taken out: entries of every conversation, and what came
//! raw. Conversations and contacts stay, and so does what people said about being texted.

use crate::store::audit::{self, Note};
use crate::store::sql::{Reads, Tx};
use crate::store::{StoreError, removal};
use serde::{Deserialize, Serialize};
use smsdesk_common::audit::{Actor, Deed};
use smsdesk_common::time::Timestamp;

/// The youngest that may be asked for, in milliseconds: what the provider's lists are compared with
/// goes back no further, and nobody means less than a month by "old".
pub const OLDER_THAN_MS_MIN: i64 = 30 * 86_400_000;
/// The oldest that may be asked for, in milliseconds: a century.
pub const OLDER_THAN_MS_MAX: i64 = 36_500 * 86_400_000;
/// Entries that are taken out in one commit: some ten milliseconds of the one thread that writes.
const ENTRIES_ONCE: u32 = 100;
/// Raw webhooks that are removed in one commit.
const RAW_ONCE: u32 = 500;

/// How much was, or would be, taken out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purged {
    /// Texts, notes and what was done.
    pub entries: u64,
    /// Raw webhooks and delivery reports.
    pub raw: u64,
}

/// How many entries there are to take out.
///
/// # Errors
/// The database cannot be read.
pub fn count(reads: &mut dyn Reads, than: Timestamp) -> Result<Purged, StoreError> {
    Ok(Purged {
        entries: removal::count_older(reads, than)?,
        raw: 0,
    })
}

/// Takes the next piece out; one of nothing is the last.
///
/// # Errors
/// The database cannot be written.
pub fn step(tx: &mut dyn Tx, than: Timestamp) -> Result<Purged, StoreError> {
    let old = removal::older(tx, than, ENTRIES_ONCE)?;
    for id in &old {
        removal::purge(tx, *id)?;
    }
    let raw = match old.is_empty() {
        // Entries first: what is raw says where they came from.
        true => removal::purge_raw(tx, than, RAW_ONCE)?,
        false => 0,
    };
    let count = |many: usize| u64::try_from(many).unwrap_or(u64::MAX);
    Ok(Purged {
        entries: count(old.len()),
        raw: count(raw),
    })
}

/// Notes what was taken out; nothing where nothing was.
///
/// # Errors
/// The database cannot be written.
pub fn note(
    tx: &mut dyn Tx,
    actor: Actor,
    than: Timestamp,
    purged: Purged,
) -> Result<(), StoreError> {
    if purged == Purged::default() {
        return Ok(());
    }
    let note = Note::new(actor, Deed::Purged)
        .with("before", than.to_rfc3339())
        .with("entries", purged.entries);
    audit::append(tx, note)
}
