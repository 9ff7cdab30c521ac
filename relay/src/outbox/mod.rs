//! From the outbox to the provider: claim, commit, call, record. `policy`, `age`, `setback` and `lanes` (with
//! `pace` and `probe`) decide, `worker` does. And back again: `reconcile` reads the provider's
//! lists for what was lost on the way, `settle` decides what became of a text in doubt.

pub mod age;
pub mod cadence;
pub mod compare;
pub mod doubt;
pub mod lanes;
pub mod pace;
pub mod policy;
pub mod probe;
pub mod reconcile;
pub mod record;
#[cfg(test)]
pub(crate) mod rig;
pub mod setback;
pub mod settle;
pub mod worker;

use crate::desk::status;
use crate::store::sql::Tx;
use crate::store::{Store, StoreError, entries, outbox};
use smsdesk_common::status::DeliveryStatus;

/// Puts every text that was being handed over when the relay stopped into the state `unknown`:
/// the provider may have it, so it is not handed over again.
///
/// # Errors
/// The database cannot be written.
pub async fn recover(store: &Store) -> Result<(), StoreError> {
    let found = store.write(doubt_claimed).await?;
    if found > 0 {
        tracing::warn!(
            texts = found,
            "were being handed over at the last stop; now unknown"
        );
    }
    Ok(())
}

/// What [`recover`] does in its transaction; says to how many texts.
///
/// # Errors
/// The database cannot be written.
pub fn doubt_claimed(tx: &mut dyn Tx) -> Result<usize, StoreError> {
    let claimed = outbox::claimed(tx)?;
    for id in &claimed {
        outbox::set_unknown(tx, *id)?;
        if let Some(mut entry) = entries::find(tx, *id)? {
            let held = entry.status.unwrap_or(DeliveryStatus::Queued);
            entry.status = Some(held.merge(DeliveryStatus::Unknown));
            status::store(tx, &mut entry)?;
        }
    }
    Ok(claimed.len())
}
