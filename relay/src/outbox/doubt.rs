//! After a restore nobody knows which of the waiting texts went out since the backup was made.

use crate::desk::{broadcast, status};
use crate::store::sql::Tx;
use crate::store::{StoreError, entries, jobs, outbox, timed};
use smsdesk_common::status::DeliveryStatus;

/// Puts every text whose answer is not recorded into the state unknown, so that none is handed over
/// again by itself, and holds those that waited for their time. Says how many there were.
///
/// # Errors
/// The database cannot be written.
pub fn all(tx: &mut dyn Tx) -> Result<usize, StoreError> {
    let unanswered = outbox::doubt_all(tx)?;
    for id in &unanswered {
        if let Some(mut entry) = entries::find(tx, *id)? {
            let held = entry.status.unwrap_or(DeliveryStatus::Queued);
            entry.status = Some(held.merge(DeliveryStatus::Unknown));
            status::store(tx, &mut entry)?;
        }
    }
    broadcast::hold_all(tx)?;
    // A reminder that is due by now may have gone out, too.
    jobs::give_up_reminders(tx)?;
    // One that waited for its time may have gone out, or been canceled, in what is lost.
    Ok(unanswered.len() + timed::hold_all(tx)?)
}
