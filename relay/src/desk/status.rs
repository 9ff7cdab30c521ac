//! The provider tells how far a text has come.

use crate::desk::{consent, rules};
use crate::store::sql::Tx;
use crate::store::webhooks::{Seen, WebhookKind};
use crate::store::{StoreError, conversations, entries, outbox, removal, reports, webhooks};
use crate::twilio::form::StatusCallback;
use smsdesk_common::entry::{Direction, Entry, Origin};
use smsdesk_common::ids::EntryId;
use smsdesk_common::status::{Delivery, DeliveryStatus};
use smsdesk_common::time::Timestamp;

/// Stores a delivery report and merges it into its entry. A report may come before the relay
/// knows whose it is; it is kept and merged once the entry learns its sid.
///
/// `entry` is the id that the relay itself put into the callback's address: it proves which text
/// a sid belongs to, even where the provider's answer to the send was lost.
///
/// # Errors
/// The database cannot be written; nothing is stored then.
pub fn report(
    tx: &mut dyn Tx,
    callback: &StatusCallback,
    entry: Option<EntryId>,
    raw: &[u8],
) -> Result<Reported, StoreError> {
    if is_of_what_ended(tx, callback, entry)? {
        return Ok(Reported {
            seen: Seen::Again,
            settled: false,
        });
    }
    let (account, dedupe) = (callback.account.as_str(), callback.dedupe_key());
    let seen = webhooks::insert(
        tx,
        WebhookKind::Status,
        account,
        &dedupe,
        Origin::Webhook,
        raw,
    )?;
    let mut reported = Reported {
        seen,
        settled: false,
    };
    let Some(delivery) = callback.delivery().filter(|_| seen == Seen::First) else {
        return Ok(reported);
    };
    reports::insert(tx, callback.sid.as_str(), &delivery)?;
    if let Some(mut entry) = find(tx, callback.sid.as_str(), entry)? {
        if entry.sid.is_none() {
            reported.settled = is_in_doubt(&entry);
            entry.sid = Some(callback.sid.as_str().to_owned());
            outbox::remove(tx, entry.id)?;
            merge_early(tx, &mut entry)?;
            store(tx, &mut entry)?;
        } else if merge(&mut entry, &delivery, tx.now()) == Merged::News {
            store(tx, &mut entry)?;
        }
    }
    Ok(reported)
}

/// Whether a report is of a text that was taken out: nothing of it is kept, not even whose it was.
fn is_of_what_ended(
    tx: &mut dyn Tx,
    callback: &StatusCallback,
    entry: Option<EntryId>,
) -> Result<bool, StoreError> {
    let sid = callback.sid.as_str();
    if removal::is_gone(tx, sid)? {
        return Ok(true);
    }
    let ended = match entry {
        Some(id) => removal::has_ended(tx, id)?,
        None => false,
    };
    if ended {
        removal::note_gone(tx, sid)?;
    }
    Ok(ended)
}

/// What a report did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reported {
    /// Whether it is new.
    pub seen: Seen,
    /// Whether it told that the provider has a text of which nobody knew that.
    pub settled: bool,
}

/// Whether nobody knows if the provider has a text.
pub(crate) fn is_in_doubt(entry: &Entry) -> bool {
    let doubt = [DeliveryStatus::Unknown, DeliveryStatus::Unconfirmed];
    entry.status.is_some_and(|status| doubt.contains(&status))
}

/// The entry of that sid, or else the one that the callback's address names, as long as it has no
/// other sid.
fn find(tx: &mut dyn Tx, sid: &str, named: Option<EntryId>) -> Result<Option<Entry>, StoreError> {
    let entry = match (entries::by_sid(tx, sid)?, named) {
        (Some(entry), _) => Some(entry),
        (None, Some(named)) => entries::find(tx, named)?.filter(|entry| entry.sid.is_none()),
        (None, None) => None,
    };
    Ok(entry.filter(|entry| entry.direction == Direction::Outbound))
}

/// Whether a report said anything new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merged {
    /// The entry has changed.
    News,
    /// It said nothing that was not known.
    Known,
}

/// Merges a report into an entry; `at` becomes the time of what it says for the first time.
pub fn merge(entry: &mut Entry, delivery: &Delivery, at: Timestamp) -> Merged {
    let held = Delivery {
        status: entry.status.unwrap_or(DeliveryStatus::Queued),
        error: entry.error.clone(),
    };
    let merged = held.clone().merge(delivery.clone());
    if merged == held {
        return Merged::Known;
    }
    if matches!(
        delivery.status,
        DeliveryStatus::Sent
            | DeliveryStatus::Delivered
            | DeliveryStatus::Undelivered
            | DeliveryStatus::Read
    ) {
        entry.sent_at = entry.sent_at.or(Some(at));
    }
    if matches!(
        delivery.status,
        DeliveryStatus::Delivered | DeliveryStatus::Read
    ) {
        entry.delivered_at = entry.delivered_at.or(Some(at));
    }
    entry.status = Some(merged.status);
    entry.error = merged.error;
    Merged::News
}

/// Merges every report that is stored under the entry's sid: some may have come before it knew it.
pub(crate) fn merge_early(tx: &mut dyn Tx, entry: &mut Entry) -> Result<(), StoreError> {
    if let Some(sid) = entry.sid.clone() {
        for report in reports::of(tx, &sid)? {
            merge(entry, &report.delivery, report.at);
        }
    }
    Ok(())
}

/// Stores an entry's delivery, and the list row that shows it where it is the newest one.
///
/// # Errors
/// The database cannot be written.
pub fn store(tx: &mut dyn Tx, entry: &mut Entry) -> Result<(), StoreError> {
    rules::reported(tx, entry)?;
    entries::update_delivery(tx, entry)?;
    consent::learned(tx, entry)?;
    let Some(mut conversation) = conversations::find(tx, entry.conversation)? else {
        return Ok(());
    };
    if let Some(last) = conversation
        .last
        .as_mut()
        .filter(|last| last.entry == entry.id)
        && last.status != entry.status
    {
        last.status = entry.status;
        conversations::update(tx, &mut conversation)?;
    }
    Ok(())
}
