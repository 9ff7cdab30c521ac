//! Texts to many, as the relay tells of them.

use super::Cache;
use super::error::{CacheError, stored_record};
use crate::model::broadcasts::BROADCASTS_MAX;
use smsdesk_common::broadcast::Broadcast;

impl Cache {
    /// The newest ones, the last begun first.
    ///
    /// # Errors
    /// The disk.
    pub async fn broadcasts(&self) -> Result<Vec<Broadcast>, CacheError> {
        self.work(|disk| {
            let mut statement = disk.shelves().records.prepare_cached(
                "SELECT body FROM records WHERE kind = 'broadcast' AND deleted = 0
                 ORDER BY id DESC LIMIT ?1",
            )?;
            let mut rows = statement.query([BROADCASTS_MAX])?;
            let mut found: Vec<Broadcast> = Vec::new();
            while let Some(row) = rows.next()? {
                // One of a later version is not shown.
                found.extend(stored_record(&row.get::<_, String>(0)?));
            }
            Ok(found)
        })
        .await
    }
}
