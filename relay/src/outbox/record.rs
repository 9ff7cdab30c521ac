//! Writes down what came of a text, in one transaction: its entry, its row in the outbox, and
//! whether its lines are paused.

use crate::desk::lines::{self, Change};
use crate::desk::status;
use crate::outbox::age;
use crate::outbox::policy::Decision;
use crate::store::sql::Tx;
use crate::store::{StoreError, entries, outbox, removal, settings};
use crate::twilio::classify::CreatedMessage;
use smsdesk_common::entry::Entry;
use smsdesk_common::ids::EntryId;
use smsdesk_common::phone::Address;
use smsdesk_common::status::{Delivery, DeliveryError, DeliveryStatus};
use smsdesk_common::time::Timestamp;

/// The most texts that are given up in one commit: the writer serves others, too.
const GIVEN_UP_MAX: u32 = 100;

/// Fails some texts that have waited for longer than their validity; says how many.
///
/// # Errors
/// The database cannot be written.
pub fn give_up(tx: &mut dyn Tx, validity_s: u32) -> Result<usize, StoreError> {
    if settings::sends_paused(tx)? {
        return Ok(0);
    }
    let since = age::given_up_since(tx.now(), validity_s);
    let overdue = outbox::overdue(tx, since, GIVEN_UP_MAX)?;
    for text in &overdue {
        let error = age::given_up(validity_s, text.last_code);
        fail(tx, text.entry, error)?;
    }
    Ok(overdue.len())
}

fn later(now: Timestamp, after_ms: u64) -> Timestamp {
    now.plus_millis(i64::try_from(after_ms).unwrap_or(i64::MAX))
}

/// Records a decision. A status callback may have come first; then the row is gone already.
/// `peers` tells which lines belong to the same account.
///
/// # Errors
/// The database cannot be written.
pub fn record(
    tx: &mut dyn Tx,
    id: EntryId,
    peers: &dyn Fn(&Address) -> bool,
    decision: &Decision,
) -> Result<(), StoreError> {
    match decision {
        Decision::Record(_) | Decision::Fail(_) => {
            if lines::resume(tx, peers)? == Change::News {
                tracing::warn!("the provider takes texts of the account again");
            }
        }
        Decision::Pause(error) => {
            if lines::pause(tx, peers, error)? == Change::News {
                let code = error.code;
                tracing::error!(code, "the provider refuses the account: its texts wait");
            }
        }
        Decision::Again { .. }
        | Decision::Hold { .. }
        | Decision::GiveUp(_)
        | Decision::Unknown => {}
    }
    let now = tx.now();
    match decision {
        Decision::Again { after_ms, code } => outbox::requeue(tx, id, later(now, *after_ms), *code),
        Decision::Hold { after_ms, code } => {
            let until = later(now, *after_ms);
            outbox::requeue(tx, id, until, *code)?;
            // Each further call would be refused like this one: a backlog must not hammer.
            outbox::hold_line_of(tx, id, until)
        }
        Decision::Pause(error) => outbox::requeue(tx, id, now, Some(error.code)),
        Decision::Record(message) => take(tx, id, message),
        Decision::Fail(error) | Decision::GiveUp(error) => fail(tx, id, error.clone()),
        Decision::Unknown => unknown(tx, id),
    }
}

/// The provider has it.
fn take(tx: &mut dyn Tx, id: EntryId, message: &CreatedMessage) -> Result<(), StoreError> {
    let sid = message.sid.as_str();
    let Some(mut entry) = entries::find(tx, id)? else {
        // It was erased on its way: the provider's lists must not bring it back.
        return removal::note_gone(tx, sid);
    };
    outbox::remove(tx, id)?;
    if entry.sid.as_deref().is_some_and(|held| held != sid) {
        tracing::error!(entry = %id, "the provider has this text twice");
    }
    entry.sid.get_or_insert_with(|| sid.to_owned());
    entry.segments = message.segments.or(entry.segments);
    entry.price = message.price.clone().or(entry.price.take());
    status::merge(&mut entry, &message.delivery, tx.now());
    status::merge_early(tx, &mut entry)?;
    status::store(tx, &mut entry)
}

/// An entry that no report has named yet: a report on it is better evidence than any answer, for it
/// proves that the provider has it.
fn unreported(tx: &mut dyn Tx, id: EntryId) -> Result<Option<Entry>, StoreError> {
    Ok(entries::find(tx, id)?.filter(|entry| entry.sid.is_none()))
}

/// It will never be taken.
fn fail(tx: &mut dyn Tx, id: EntryId, error: DeliveryError) -> Result<(), StoreError> {
    let Some(mut entry) = unreported(tx, id)? else {
        return Ok(());
    };
    outbox::remove(tx, id)?;
    let failed = Delivery {
        status: DeliveryStatus::Failed,
        error: Some(error),
    };
    status::merge(&mut entry, &failed, tx.now());
    status::store(tx, &mut entry)
}

/// Nobody knows whether the provider has it.
fn unknown(tx: &mut dyn Tx, id: EntryId) -> Result<(), StoreError> {
    let Some(mut entry) = unreported(tx, id)? else {
        return Ok(());
    };
    outbox::set_unknown(tx, id)?;
    let unknown = Delivery {
        status: DeliveryStatus::Unknown,
        error: None,
    };
    status::merge(&mut entry, &unknown, tx.now());
    status::store(tx, &mut entry)
}
