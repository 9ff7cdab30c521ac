//! Reads what is set at the relay.

use super::error::{CacheError, stored_record};
use super::{Cache, sending};
use rusqlite::{Connection, OptionalExtension as _};
use smsdesk_common::settings::{ID, Setting};

impl Cache {
    /// What holds at the relay, as far as it is here; every line has its place in it.
    ///
    /// # Errors
    /// The disk.
    pub async fn settings(&self) -> Result<Setting, CacheError> {
        self.work(|disk| whole(&disk.records)).await
    }
}

fn whole(records: &Connection) -> Result<Setting, CacheError> {
    let mut setting = held(records)?;
    for line in sending::lines(records)? {
        setting.settings.lines.entry(line).or_default();
    }
    Ok(setting)
}

/// The record; what holds without one where it is not here or of a later version.
pub(super) fn held(records: &Connection) -> Result<Setting, CacheError> {
    let body: Option<String> = records
        .prepare_cached(
            "SELECT body FROM records WHERE kind = 'setting' AND id = ?1 AND deleted = 0",
        )?
        .query_row([ID], |row| row.get(0))
        .optional()?;
    let setting = body.and_then(|body| stored_record(&body).ok());
    Ok(setting.unwrap_or_else(Setting::untouched))
}
