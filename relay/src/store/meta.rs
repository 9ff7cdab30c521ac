//! Facts about the database itself.

use crate::store::StoreError;
use crate::store::sql::{Reads, Tx, params};
use smsdesk_common::feed::Digest;
use smsdesk_common::ids::{Epoch, Seq};

fn value(reads: &mut dyn Reads, name: &'static str) -> Result<Option<String>, StoreError> {
    reads
        .query_one("SELECT value FROM meta WHERE name = ?1", params![name])?
        .map(|row| row.text(0).map(str::to_owned))
        .transpose()
}

fn set(tx: &mut dyn Tx, name: &'static str, value: String) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO meta (name, value) VALUES (?1, ?2) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        params![name, value],
    )?;
    Ok(())
}

/// This life of the database.
///
/// # Errors
/// The database has none, or it cannot be read.
pub fn epoch(reads: &mut dyn Reads) -> Result<Epoch, StoreError> {
    value(reads, "epoch")?
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| StoreError::column(0, "meta.epoch: expected 32 hexadecimal digits"))
}

/// Begins another life of the database, as a restore does.
pub(crate) fn set_epoch(tx: &mut dyn Tx, epoch: Epoch) -> Result<(), StoreError> {
    set(tx, "epoch", epoch.to_string())
}

/// Whether the database has begun its life: not so as long as its first start has not come to the
/// end of the schema.
///
/// # Errors
/// It cannot be read.
pub(crate) fn is_founded(reads: &mut dyn Reads) -> Result<bool, StoreError> {
    Ok(value(reads, "epoch")?.is_some())
}

/// Which relay this is: eight characters that stay the same for ever, restores included. Every
/// token carries them, so that a token for another relay is told apart from a wrong one.
///
/// # Errors
/// The database has none, or it cannot be read.
pub fn instance(reads: &mut dyn Reads) -> Result<String, StoreError> {
    value(reads, "instance")?
        .ok_or_else(|| StoreError::column(0, "meta.instance: expected eight characters"))
}

/// Over all live changes as of the last commit.
///
/// # Errors
/// It cannot be read.
pub fn digest(reads: &mut dyn Reads) -> Result<Digest, StoreError> {
    value(reads, "digest")?.map_or(Ok(Digest::EMPTY), |text| {
        text.parse()
            .map_err(|_| StoreError::column(0, "meta.digest: expected 32 hexadecimal digits"))
    })
}

/// Keeps the digest beside the changes that it covers.
pub(crate) fn set_digest(tx: &mut dyn Tx, digest: Digest) -> Result<(), StoreError> {
    set(tx, "digest", digest.to_string())
}

/// How seldom [`touch`] writes, in milliseconds: anybody may ask for the relay's health.
const TOUCH_MS: i64 = 1_000;

/// Proves that the database can be written, by writing to it unless that was proved just now. A
/// transaction without a change never reaches the disk, and would succeed on a full one.
///
/// # Errors
/// The database cannot be written.
pub fn touch(tx: &mut dyn Tx) -> Result<(), StoreError> {
    let now = tx.now();
    let last = value(tx, "touched")?.and_then(|text| text.parse().ok());
    let fresh = last.is_some_and(|last: i64| (0..TOUCH_MS).contains(&(now.as_millis() - last)));
    if fresh {
        return Ok(());
    }
    set(tx, "touched", now.as_millis().to_string())
}

/// Begins a new life after a restore, and keeps from where and when.
pub(crate) fn set_restored(
    tx: &mut dyn Tx,
    epoch: Epoch,
    before: Epoch,
    from: &str,
) -> Result<(), StoreError> {
    let now = tx.now().to_rfc3339();
    set(tx, "epoch", epoch.to_string())?;
    set(tx, "restored_epoch", before.to_string())?;
    set(tx, "restored_from", from.to_owned())?;
    set(tx, "restored_at", now)
}

/// From which backup this database came, and when (RFC 3339); none where it never was restored.
///
/// # Errors
/// It cannot be read.
pub fn restored(reads: &mut dyn Reads) -> Result<Option<(String, String)>, StoreError> {
    let from = value(reads, "restored_from")?;
    let at = value(reads, "restored_at")?;
    Ok(from.zip(at))
}

/// Gives a new database its epoch and its instance; does nothing to one that has them.
pub(crate) fn found(tx: &mut dyn Tx, epoch: Epoch, instance: &str) -> Result<(), StoreError> {
    if value(tx, "epoch")?.is_none() {
        set(tx, "epoch", epoch.to_string())?;
        set(tx, "instance", instance.to_owned())?;
    }
    Ok(())
}

/// Up to which commit the recipients of broadcasts know how their texts fare.
///
/// # Errors
/// It cannot be read.
pub fn broadcasts_followed(reads: &mut dyn Reads) -> Result<Seq, StoreError> {
    let held = value(reads, "broadcasts_followed")?;
    Ok(held
        .and_then(|text| text.parse().ok())
        .map_or(Seq::ZERO, Seq))
}

/// Notes up to which commit they know.
pub(crate) fn set_broadcasts_followed(tx: &mut dyn Tx, seq: Seq) -> Result<(), StoreError> {
    set(tx, "broadcasts_followed", seq.to_string())
}

/// The rule by which reminders were planned last; none before the first time.
///
/// # Errors
/// It cannot be read.
pub fn reminder_rule(reads: &mut dyn Reads) -> Result<Option<String>, StoreError> {
    value(reads, "reminder_rule")
}

/// Keeps the rule by which reminders are planned.
pub(crate) fn set_reminder_rule(tx: &mut dyn Tx, rule: String) -> Result<(), StoreError> {
    set(tx, "reminder_rule", rule)
}

/// What is kept about the newest row of the audit.
///
/// # Errors
/// It cannot be read.
pub(crate) fn audit(reads: &mut dyn Reads) -> Result<Option<String>, StoreError> {
    value(reads, "audit")
}

/// Keeps something about the newest row of the audit.
pub(crate) fn set_audit(tx: &mut dyn Tx, anchor: &str) -> Result<(), StoreError> {
    set(tx, "audit", anchor.to_owned())
}

/// The key by which erased people are still known as those who want no texts; none before the first.
///
/// # Errors
/// It cannot be read.
pub(crate) fn suppression(reads: &mut dyn Reads) -> Result<Option<String>, StoreError> {
    value(reads, "suppression")
}

/// Keeps that key.
pub(crate) fn set_suppression(tx: &mut dyn Tx, key: String) -> Result<(), StoreError> {
    set(tx, "suppression", key)
}
