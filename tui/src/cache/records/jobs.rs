//! What the panel of a contact looks for in jobs.

use rusqlite::{Transaction, params};
use smsdesk_common::job::Job;

/// Writes or replaces the row of record `n`.
pub(super) fn write(tx: &Transaction<'_>, n: i64, job: &Job) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO job (n, contact, conversation, starts_at, over) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (n) DO UPDATE SET contact = excluded.contact,
             conversation = excluded.conversation, starts_at = excluded.starts_at,
             over = excluded.over",
    )?
    .execute(params![
        n,
        job.contact.0.as_bytes(),
        job.conversation.0.as_bytes(),
        job.starts_at.as_millis(),
        job.status.is_over(),
    ])?;
    Ok(())
}
