//! A quick look at the database: its schema, and whether the file is sound as far as the time goes.
//! It changes nothing; `verify` is the thorough one.

use crate::clock::monotonic;
use crate::store::engine::open::{assert_ours, known_version, open_reader, schema_version};
use crate::store::engine::sqlite::{SqliteReads, translate};
use crate::store::trouble::Trouble;
use crate::store::verify::failed;
use crate::store::{OpenError, StoreError, beside, meta};
use smsdesk_common::safe_text::SafeText;
use std::path::Path;
use std::time::Duration;

/// Steps of the engine between two looks at the time: some milliseconds.
const STEPS: i32 = 50_000;
/// The most that is told of what the engine says, in cells of a terminal.
const SAID_WIDTH_MAX: usize = 200;

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glance {
    /// The schema that the file has.
    pub schema: u32,
    /// The schema that this version works with.
    pub known: u32,
    /// Which relay it belongs to; none where it was never served.
    pub instance: Option<String>,
    /// Whether the file is sound.
    pub soundness: Soundness,
    /// The file's size.
    pub bytes: u64,
    /// The write-ahead log's size.
    pub log_bytes: u64,
}

/// Whether a file is sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Soundness {
    /// Everything was looked at and fits.
    Sound,
    /// As far as was looked at in the time; there was no end.
    Unfinished,
    /// The engine says what does not fit.
    Damaged(String),
}

/// Looks at the database at `path` for at most `patience`, whether a relay works on it or not. None
/// where there is none.
///
/// # Errors
/// It cannot be opened, or it is another program's or of a later version.
pub fn glance(path: &Path, patience: Duration) -> Result<Option<Glance>, OpenError> {
    let Ok(file) = std::fs::metadata(path) else {
        return Ok(None);
    };
    let log = std::fs::metadata(beside(path, "-wal"));
    let seen = Glance {
        schema: 0,
        known: known_version(),
        instance: None,
        soundness: Soundness::Unfinished,
        bytes: file.len(),
        log_bytes: log.map_or(0, |log| log.len()),
    };
    match look(path, patience, &seen) {
        // So damaged that it does not even open.
        Err(OpenError::Engine {
            trouble: Some(Trouble::Damaged),
            message,
            ..
        }) => Ok(Some(Glance {
            soundness: damaged(&message),
            ..seen
        })),
        looked => looked.map(Some),
    }
}

fn look(path: &Path, patience: Duration, seen: &Glance) -> Result<Glance, OpenError> {
    let mut conn = open_reader(path)?;
    assert_ours(&conn, path)?;
    let schema = schema_version(&conn, path)?;
    // A file that was made and never served has no table yet.
    let instance = meta::instance(&mut SqliteReads(&conn)).ok();
    let begun = monotonic();
    conn.progress_handler(
        STEPS,
        Some(move || monotonic().duration_since(begun) > patience),
    )
    .map_err(|error| failed(path, &translate(&error)))?;
    let checked = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    let soundness = match checked {
        Ok(said) if said == "ok" => Soundness::Sound,
        Ok(said) => damaged(&said),
        Err(error) => match translate(&error) {
            StoreError::Unavailable(_) => Soundness::Unfinished,
            error if error.trouble().is_some() => damaged(&error.to_string()),
            error => return Err(failed(path, &error)),
        },
    };
    Ok(Glance {
        schema,
        instance,
        soundness,
        ..seen.clone()
    })
}

fn damaged(said: &str) -> Soundness {
    let said = SafeText::line(said).truncate_to_width(SAID_WIDTH_MAX);
    Soundness::Damaged(said.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::store::Store;

    const PATIENCE: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn a_database_is_seen_beside_its_relay_and_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        assert_eq!(glance(&path, PATIENCE).unwrap(), None);
        let store = Store::open(&path, Clock::system()).await.unwrap();
        let seen = glance(&path, PATIENCE).unwrap().unwrap();
        assert_eq!(seen.instance.as_deref(), Some(store.instance()));
        assert_eq!(
            (seen.schema, seen.soundness),
            (seen.known, Soundness::Sound)
        );
        store.close().await;
        assert!(glance(&path, PATIENCE).unwrap().is_some());
    }

    #[tokio::test]
    async fn a_damaged_file_is_told_and_one_without_end_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        let store = Store::open(&path, Clock::system()).await.unwrap();
        store.close().await;
        let unfinished = glance(&path, Duration::ZERO).unwrap().unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle..].fill(0x5a);
        std::fs::write(&path, bytes).unwrap();
        let seen = glance(&path, PATIENCE).unwrap().unwrap();
        assert!(matches!(seen.soundness, Soundness::Damaged(_)), "{seen:?}");
        // A new database may be looked at in fewer steps than lie between two looks at the time.
        assert!(!matches!(unfinished.soundness, Soundness::Damaged(_)));
    }
}
