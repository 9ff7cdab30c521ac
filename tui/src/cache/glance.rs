//! A look at the folder beside whoever works in it: takes no lock, changes nothing.

use super::CacheError;
use super::applied::Cursor;
use super::cipher::{self, Sealing};
use super::files::beside;
use super::outbox::{self, OutboxCounts};
use super::{drafts, records};
use rusqlite::Connection;
use std::path::{Path, PathBuf};

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glance {
    /// How far the copy of the records goes; none where nothing was fetched yet.
    pub cursor: Option<Cursor>,
    /// What the engine says is wrong with a file; none where all is well.
    pub damage: Option<String>,
    /// What the relay has not confirmed.
    pub outbox: OutboxCounts,
    /// Conversations with a draft.
    pub drafts: usize,
}

/// The files of a device, in the order in which they matter: outbox, copy.
pub fn files(folder: &Path) -> [PathBuf; 2] {
    [
        folder.join(super::files::OUTBOX_FILE),
        folder.join(super::files::RECORDS_FILE),
    ]
}

/// Looks at the databases in `folder`; none where there is none yet.
///
/// # Errors
/// They cannot be read, or are of another version.
pub fn glance(folder: &Path, sealing: &Sealing) -> Result<Option<Glance>, CacheError> {
    let [outbox_file, records_file] = files(folder);
    if !outbox_file.exists() || !records_file.exists() {
        return Ok(None);
    }
    let seal = cipher::look(folder, sealing)?;
    let kept = beside(&outbox_file, &seal)?;
    let copy = beside(&records_file, &seal)?;
    let damage = match damage(&kept)? {
        None => damage(&copy)?,
        found => found,
    };
    Ok(Some(Glance {
        cursor: records::cursor(&copy)?,
        damage,
        outbox: outbox::counts(&kept)?,
        drafts: drafts::conversations(&kept)?.len(),
    }))
}

fn damage(connection: &Connection) -> Result<Option<String>, CacheError> {
    let said = connection.query_row("PRAGMA quick_check(1)", (), |row| row.get::<_, String>(0))?;
    Ok((said != "ok").then_some(said))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::Cache;

    #[tokio::test]
    async fn a_device_is_seen_beside_the_app_and_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let glance = |folder: &Path| glance(folder, &Sealing::default());
        assert_eq!(glance(folder.path()).unwrap(), None);
        let cache = Cache::open(folder.path()).unwrap().cache;
        let seen = glance(folder.path()).unwrap().unwrap();
        assert_eq!(
            (seen.cursor, seen.damage.clone(), seen.drafts),
            (None, None, 0)
        );
        cache.close().await;
        assert_eq!(glance(folder.path()).unwrap(), Some(seen));
    }
}
