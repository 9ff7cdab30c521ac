//! A plain file becomes an encrypted one, or the other way round.

use super::{as_sql, unlock};
use crate::cache::files::{self, with_suffix};
use crate::keyring::Key;
use rusqlite::{Connection, ErrorCode, OptionalExtension as _};
use std::fs::File;
use std::io;
use std::path::Path;

/// Beside the file while it is turned.
const FRESH_SUFFIX: &str = ".turning";
/// What else SQLite may put beside that one.
const JOURNAL_SUFFIX: &str = "-journal";

/// Why a file stays as it is.
#[derive(Debug, thiserror::Error)]
pub(super) enum TurnError {
    #[error("another program has it open: close `smsdesk doctor` or whatever backs it up")]
    InUse,
    #[error("it could not be copied into one of the other kind: {0}")]
    Copy(#[from] rusqlite::Error),
    #[error("the copy of the other kind is not the same, and was dropped ({0})")]
    Differs(String),
    #[error("no file of the other kind can be put in its place: {0}")]
    File(#[from] io::Error),
}

impl TurnError {
    /// Whether the file itself is of no use.
    pub(super) fn is_damage(&self) -> bool {
        let code = match self {
            Self::Copy(error) => error.sqlite_error_code(),
            Self::InUse | Self::Differs(_) | Self::File(_) => None,
        };
        matches!(
            code,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
        )
    }
}

/// Whether a key opens a file.
pub(super) fn opens(path: &Path, key: Option<&Key>) -> bool {
    let opened = files::untouched(path).and_then(|connection| {
        unlock(&connection, key)?;
        connection.query_row("SELECT count(*) FROM sqlite_schema", (), |_| Ok(()))
    });
    opened.is_ok()
}

/// Has the file at `path`, which `from` opens, be one that `to` opens. `at` hears of each step.
pub(super) fn turn(
    path: &Path,
    from: Option<&Key>,
    to: Option<&Key>,
    at: &mut dyn FnMut(&'static str),
) -> Result<(), TurnError> {
    let fresh = with_suffix(path, FRESH_SUFFIX);
    drop_fresh(&fresh)?;
    at("it begins");
    let source = files::untouched(path)?;
    unlock(&source, from)?;
    // A log that is left beside the file would be taken for that of the other one, and written into it.
    let mode = source.pragma_update_and_check(None, "journal_mode", "DELETE", |row| {
        row.get::<_, String>(0)
    });
    match mode {
        Ok(mode) if mode == "delete" => {}
        Ok(_) => return Err(TurnError::InUse),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
            return Err(TurnError::InUse);
        }
        Err(error) => return Err(error.into()),
    }
    at("the log is in the file");
    let turned = write(&source, &fresh, to, at).and_then(|()| {
        drop(source);
        std::fs::rename(&fresh, path)?;
        at("the other one has the name");
        files::sync_folder_of(path)?;
        Ok(())
    });
    if turned.is_err() {
        // What is wrong is told already.
        let _ = drop_fresh(&fresh);
    }
    turned
}

/// Removes what a turn of the file at `path` left that ended early.
pub(super) fn forget_unfinished(path: &Path) -> io::Result<()> {
    drop_fresh(&with_suffix(path, FRESH_SUFFIX))
}

fn drop_fresh(fresh: &Path) -> io::Result<()> {
    files::remove_if_there(&with_suffix(fresh, JOURNAL_SUFFIX))?;
    files::remove(fresh)
}

/// Writes everything into another file, and has it on the disk.
fn write(
    source: &Connection,
    fresh: &Path,
    key: Option<&Key>,
    at: &mut dyn FnMut(&'static str),
) -> Result<(), TurnError> {
    drop(files::private_file(fresh)?);
    let name = fresh.to_str().ok_or_else(|| {
        let words = "the folder's name is not UTF-8";
        io::Error::new(io::ErrorKind::InvalidFilename, words)
    })?;
    source.pragma_update(None, "temp_store", "MEMORY")?;
    source.execute(
        "ATTACH DATABASE ?1 AS fresh KEY ?2",
        (name, key.map(as_sql).unwrap_or_default()),
    )?;
    // Nobody needs a half of it: it is on the disk before it gets its name.
    source.pragma_update(Some("fresh"), "synchronous", "OFF")?;
    source.query_row("SELECT sqlcipher_export('fresh')", (), |_| Ok(()))?;
    for name in ["user_version", "application_id"] {
        let value: i64 = source.pragma_query_value(Some("main"), name, |row| row.get(0))?;
        source.pragma_update(Some("fresh"), name, value)?;
    }
    at("it is written");
    compare(source)?;
    source.execute_batch("DETACH DATABASE fresh")?;
    File::open(fresh)?.sync_all()?;
    at("it is on the disk");
    Ok(())
}

/// Both have the same tables, each of as many rows, and the new one is sound.
fn compare(both: &Connection) -> Result<(), TurnError> {
    let strange: Option<String> = both
        .query_row(
            "SELECT name FROM (SELECT name, sql FROM main.sqlite_schema
                               EXCEPT SELECT name, sql FROM fresh.sqlite_schema)
             WHERE name NOT LIKE 'sqlite_stat%' LIMIT 1",
            (),
            |row| row.get(0),
        )
        .optional()?;
    if let Some(name) = strange {
        return Err(TurnError::Differs(name));
    }
    let tables: Vec<String> = both
        .prepare(
            "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND rootpage > 0
             AND name NOT LIKE 'sqlite_stat%'",
        )?
        .query_map((), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for table in tables {
        let count = |of: &str| {
            let sql = format!("SELECT count(*) FROM {of}.\"{table}\"");
            both.query_row(&sql, (), |row| row.get::<_, i64>(0))
        };
        if count("main")? != count("fresh")? {
            return Err(TurnError::Differs(table));
        }
    }
    let verdict: String = both.query_row("PRAGMA fresh.quick_check(1)", (), |row| row.get(0))?;
    match verdict.as_str() {
        "ok" => Ok(()),
        _ => Err(TurnError::Differs(verdict)),
    }
}
