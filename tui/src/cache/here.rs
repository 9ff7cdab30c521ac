//! How this device fares: how far its copy is, how large, and what of it can be searched.

use super::{Cache, CacheError, records, search};
use crate::model::status::Here;

impl Cache {
    /// What is known of the copy at this moment.
    ///
    /// # Errors
    /// The disk.
    pub async fn here(&self) -> Result<Here, CacheError> {
        let bytes = std::fs::metadata(&self.records).map(|file| file.len()).ok();
        self.work(move |disk| {
            let (indexed, entries) = search::tally(&disk.records)?;
            Ok(Here {
                head: records::cursor(&disk.records)?.map(|cursor| cursor.high),
                bytes,
                indexed,
                entries,
            })
        })
        .await
    }
}
