//! What was taken out of the database is to be gone from its files, too.
//!
//! Deleted rows are overwritten as they go. What is left then: words in the search index until its
//! pieces are merged, old copies of rows in the unused room of pages that were split or joined, and
//! the write-ahead log.

use crate::store::engine::checkpoint::{self, Mode};
use crate::store::engine::open::{BUSY_MS, engine, open_writer};
use crate::store::{OpenError, Store, StoreError, removal};
use std::path::Path;
use std::time::Duration;

/// The largest file that is written anew while a relay works on it, in bytes: writers wait for about
/// a second, and half of what they would wait for a lock.
const LIVE_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// How often the log is tried to be cut while somebody reads it.
const TRIES_MAX: u32 = 20;
/// The pause between two steps of merging, in milliseconds: texts and requests come first.
const PAUSE_MS: u64 = 5;

/// Who else works on the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// A relay, which nobody should wait for.
    Relay,
    /// Nobody.
    Nobody,
}

/// How far it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swept {
    /// Nothing of what was taken out is in the files.
    Clean,
    /// The file is too large to be written anew now: old copies of rows may be in the unused room of
    /// its pages.
    Unwritten,
    /// Somebody reads an old state, which the log has to hold for them.
    Read,
}

impl Store {
    /// Sees to it that nothing of what was taken out is left in the files.
    ///
    /// # Errors
    /// The disk refuses, or has no room for a second copy of the file.
    pub async fn sweep(&self, beside: Beside) -> Result<Swept, StoreError> {
        self.merge_index().await?;
        let path = self.path.clone();
        let swept = tokio::task::spawn_blocking(move || files(&path, beside));
        let swept = swept.await.map_err(|_| StoreError::Closed)?;
        swept.map_err(|error| StoreError::Unavailable(error.to_string()))
    }

    /// Merges what the search index holds of entries that are gone away.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn merge_index(&self) -> Result<(), StoreError> {
        let mut first = true;
        while self
            .write(move |tx| removal::merge_index(tx, first))
            .await?
        {
            first = false;
            tokio::time::sleep(Duration::from_millis(PAUSE_MS)).await;
        }
        Ok(())
    }
}

fn files(path: &Path, beside: Beside) -> Result<Swept, OpenError> {
    let conn = open_writer(path)?;
    let bytes = std::fs::metadata(path).map_or(u64::MAX, |file| file.len());
    let small = bytes <= LIVE_BYTES_MAX;
    let anew = small || beside == Beside::Nobody;
    if anew {
        if !small {
            // A large one is not held in memory meanwhile.
            conn.execute_batch("PRAGMA temp_store = FILE")
                .map_err(|error| engine(path, &error))?;
        }
        conn.execute_batch("VACUUM")
            .map_err(|error| engine(path, &error))?;
    }
    let patience = Duration::from_millis(BUSY_MS / u64::from(TRIES_MAX));
    for _ in 0..TRIES_MAX {
        let moved = checkpoint::run(&conn, Mode::Truncate, patience);
        if !moved.map_err(|error| engine(path, &error))?.hindered {
            return Ok(if anew { Swept::Clean } else { Swept::Unwritten });
        }
    }
    Ok(Swept::Read)
}
