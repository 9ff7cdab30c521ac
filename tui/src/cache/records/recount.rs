//! Adds the digest up anew from the rows, beside the disk's thread, over one unchanging state.
//!
//! The digest that the cursor keeps tells of every change that was applied; only the rows can tell
//! of one that was lost or altered since, by a fault of the disk or by another program.

use crate::cache::Cache;
use crate::cache::applied::DigestCheck;
use crate::cache::cipher::Seal;
use crate::cache::error::CacheError;
use crate::cache::files;
use crate::cache::sql::seq_out;
use rusqlite::TransactionBehavior;
use smsdesk_common::feed::Digest;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How long to wait for whoever holds the file, such as a backup.
const BUSY_WAIT: Duration = Duration::from_secs(2);

/// What came of adding the rows up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recounted {
    /// Whether they are what was applied.
    pub check: DigestCheck,
    /// How many were read.
    pub rows: u32,
}

impl Cache {
    /// Adds the copy's digest up anew from its rows. [`DigestCheck::Differs`] where the rows are not
    /// what was applied.
    ///
    /// # Errors
    /// The disk.
    pub async fn recount(&self) -> Result<DigestCheck, CacheError> {
        Ok(self.recount_rows().await?.check)
    }

    /// The same, and how many rows there were: takes about a second for a million, beside
    /// everything else, and ends early where nobody waits any more.
    ///
    /// # Errors
    /// The disk.
    pub async fn recount_rows(&self) -> Result<Recounted, CacheError> {
        let (path, seal) = (Arc::clone(&self.records), self.seal.clone());
        let alive = Arc::new(());
        let waited_for = Arc::downgrade(&alive);
        let counting = tokio::task::spawn_blocking(move || {
            recount((&path, &seal), || waited_for.strong_count() > 0)
        });
        let counted = counting.await.map_err(|_| CacheError::Closed)?;
        drop(alive);
        if let Err(CacheError::Damaged) = counted {
            // Whoever owns the file looks at it, and replaces it where it is of no use.
            return self.work(|_| Err(CacheError::Damaged)).await;
        }
        counted
    }
}

/// Whether the rows at `path` add up to the digest that stands beside them, as long as somebody is
/// `waited_for`.
fn recount(
    (path, seal): (&Path, &Seal),
    waited_for: impl Fn() -> bool,
) -> Result<Recounted, CacheError> {
    let came = |check, rows| Ok(Recounted { check, rows });
    let mut connection = files::beside(path, seal)?;
    connection.busy_timeout(BUSY_WAIT)?;
    connection.pragma_update(None, "query_only", true)?;
    let look = connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
    let Some(cursor) = super::cursor(&look)? else {
        return came(DigestCheck::NotComparable, 0);
    };
    let (mut found, mut count) = (Digest::EMPTY, 0);
    {
        let mut statement =
            look.prepare("SELECT kind, id, seq FROM records WHERE kind != 'begun'")?;
        let mut rows = statement.query(())?;
        while let Some(row) = rows.next()? {
            if !waited_for() {
                return came(DigestCheck::NotComparable, count);
            }
            count += 1;
            let text = |column| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
            found.add(text(0)?, text(1)?, seq_out(row.get(2)?));
        }
    }
    let check = match found == cursor.digest {
        true => DigestCheck::Equal,
        false => DigestCheck::Differs,
    };
    came(check, count)
}
