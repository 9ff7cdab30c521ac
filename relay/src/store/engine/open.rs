//! Opening SQLite: the settings that make a commit survive power loss, and the schema's version.

use crate::store::engine::checkpoint::{self, Mode};
use crate::store::engine::sqlite::translate;
use crate::store::error::OpenError;
use crate::store::migrations::MIGRATIONS;
use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

/// The first SQLite whose write-ahead log cannot be reset under a reader (fixed in 3.51.3).
const SQLITE_VERSION_MIN: i32 = 3_051_003;
/// Marks our files: `smsd` in ASCII.
const APPLICATION_ID: u32 = 0x736d_7364;
/// Statements that stay prepared on a connection; the relay has fewer.
const STATEMENTS_CACHED: usize = 128;
/// How long a connection waits for a lock of another process, such as a backup, in milliseconds.
pub(crate) const BUSY_MS: u64 = 5_000;

/// One setting: its name, what it is set to, and what it then reads as.
type Setting = (&'static str, &'static str, &'static str);

/// Settings of every connection, each read back: a build of SQLite may ignore one silently.
const EVERYWHERE: &[Setting] = &[
    ("journal_mode", "WAL", "wal"),
    // The line between "survives power loss" and "may take back what was acknowledged".
    ("synchronous", "FULL", "2"),
    // On macOS a plain sync leaves the data in the drive's cache. Elsewhere without meaning.
    ("fullfsync", "ON", "1"),
    ("checkpoint_fullfsync", "ON", "1"),
    ("foreign_keys", "ON", "1"),
    ("trusted_schema", "OFF", "0"),
    ("temp_store", "MEMORY", "2"),
    // With a mapped file a disk's error is a signal that ends the process.
    ("mmap_size", "0", "0"),
    ("cell_size_check", "ON", "1"),
    // What was deleted is to be gone from the file, too.
    ("secure_delete", "ON", "1"),
];

/// Settings of the connection that writes. The log is moved by the writer, see `store/upkeep.rs`;
/// what remains of its file when it begins again is cut to 64 MiB.
const WRITER: &[Setting] = &[
    ("cache_size", "-16384", "-16384"),
    ("wal_autocheckpoint", "0", "0"),
    ("journal_size_limit", "67108864", "67108864"),
];

/// Settings of a connection that looks. Its cache is small: there are several of them.
const READER: &[Setting] = &[
    ("cache_size", "-2048", "-2048"),
    ("wal_autocheckpoint", "0", "0"),
    ("query_only", "ON", "1"),
];

/// Settings that a database gets once and keeps. A database that was made without them is good.
const FOUNDING: &[Setting] = &[("auto_vacuum", "INCREMENTAL", "2")];

/// Opens the one connection that writes. A database without a table gets its lasting settings.
///
/// # Errors
/// The file is not ours, of a later version, or refuses a setting.
pub(crate) fn open_writer(path: &Path) -> Result<Connection, OpenError> {
    assert_version()?;
    let conn = open(path)?;
    assert_ours(&conn, path)?;
    let pages: u32 = pragma(&conn, path, "page_count")?.parse().unwrap_or(0);
    if pages == 0 {
        apply(&conn, path, FOUNDING)?;
    }
    configure(&conn, path)?;
    apply(&conn, path, WRITER)?;
    Ok(conn)
}

/// Opens an empty database in memory with the newest schema. Nothing of it survives, so none of
/// the settings that make a commit durable matter.
///
/// # Errors
/// There is no memory.
pub(crate) fn open_memory() -> Result<Connection, OpenError> {
    let path = Path::new(":memory:");
    let conn = Connection::open_in_memory().map_err(|e| engine(path, &e))?;
    conn.pragma_update(None, "foreign_keys", true)
        .and_then(|()| conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true))
        .map_err(|e| engine(path, &e))?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
    migrate(&conn, path, MIGRATIONS)?;
    Ok(conn)
}

/// Opens a connection that cannot write.
///
/// # Errors
/// The file is not ours, of a later version, or refuses a setting.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, OpenError> {
    let conn = open(path)?;
    configure(&conn, path)?;
    apply(&conn, path, READER)?;
    Ok(conn)
}

/// Opens a file that nobody else uses, such as a backup in the making, with whatever settings it
/// has.
///
/// # Errors
/// It is not ours, or of a later version.
pub(crate) fn open_any(path: &Path) -> Result<Connection, OpenError> {
    assert_version()?;
    let conn = open(path)?;
    assert_ours(&conn, path)?;
    Ok(conn)
}

/// Opens a backup to look at it, and leaves it as it is.
///
/// # Errors
/// It is not ours, or of a later version.
pub(crate) fn open_source(path: &Path) -> Result<Connection, OpenError> {
    assert_version()?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(|e| engine(path, &e))?;
    assert_ours(&conn, path)?;
    if schema_version(&conn, path)? == 0 {
        return Err(OpenError::Foreign {
            path: path.display().to_string(),
            found: 0,
        });
    }
    Ok(conn)
}

/// Makes a database that nobody else uses a single file that needs none beside it.
///
/// # Errors
/// The disk refuses.
pub(crate) fn as_one_file(path: &Path) -> Result<(), OpenError> {
    let conn = open_any(path)?;
    apply(&conn, path, &[("journal_mode", "DELETE", "delete")])
}

/// Moves all of the log into the database and begins it anew: the trial that a connection has to
/// pass before anything is acknowledged on it, for the reason that `store/trouble.rs` tells.
///
/// # Errors
/// The disk refuses, or somebody else is in the way for longer than `patience`.
pub(crate) fn trial(conn: &Connection, path: &Path, patience: Duration) -> Result<(), OpenError> {
    let moved = checkpoint::run(conn, Mode::Truncate, patience).map_err(|e| engine(path, &e))?;
    if moved.hindered {
        return Err(OpenError::Held {
            path: path.display().to_string(),
        });
    }
    Ok(())
}

fn open(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags).map_err(|e| engine(path, &e))
}

fn assert_version() -> Result<(), OpenError> {
    if rusqlite::version_number() < SQLITE_VERSION_MIN {
        return Err(OpenError::Sqlite {
            found: rusqlite::version().to_owned(),
        });
    }
    Ok(())
}

pub(crate) fn engine(path: &Path, error: &rusqlite::Error) -> OpenError {
    OpenError::Engine {
        path: path.display().to_string(),
        message: error.to_string(),
        trouble: translate(error).trouble(),
    }
}

/// Whether a file's head says that it is a database of ours (sqlite.org/fileformat.html, 1.3).
pub(crate) fn is_ours(path: &Path) -> bool {
    let mut head = [0; 72];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok()
        && head.starts_with(b"SQLite format 3\0")
        && head.ends_with(&APPLICATION_ID.to_be_bytes())
}

/// Whether a file is one of ours, and not of a later version.
///
/// # Errors
/// It is not, or it cannot be read.
pub(crate) fn assert_ours(conn: &Connection, path: &Path) -> Result<(), OpenError> {
    let found: u32 = conn
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(|e| engine(path, &e))?;
    if found != 0 && found != APPLICATION_ID {
        return Err(OpenError::Foreign {
            path: path.display().to_string(),
            found,
        });
    }
    let (found, known) = (schema_version(conn, path)?, known_version());
    if found > known {
        return Err(OpenError::Newer {
            path: path.display().to_string(),
            found,
            known,
        });
    }
    Ok(())
}

fn configure(conn: &Connection, path: &Path) -> Result<(), OpenError> {
    conn.busy_timeout(Duration::from_millis(BUSY_MS))
        .map_err(|e| engine(path, &e))?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
    // A plan that is kept, whatever the parameters: without it a prepared statement is planned anew
    // for each value that the statistics might care about.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map_err(|e| engine(path, &e))?;
    apply(conn, path, EVERYWHERE)
}

fn apply(conn: &Connection, path: &Path, settings: &[Setting]) -> Result<(), OpenError> {
    for &(name, value, wanted) in settings {
        conn.execute_batch(&format!("PRAGMA {name} = {value}"))
            .map_err(|e| engine(path, &e))?;
        assert_setting(conn, path, name, wanted)?;
    }
    Ok(())
}

fn assert_setting(
    conn: &Connection,
    path: &Path,
    name: &'static str,
    wanted: &str,
) -> Result<(), OpenError> {
    let found = pragma(conn, path, name)?;
    if found != wanted {
        return Err(OpenError::Pragma {
            name,
            found,
            wanted: wanted.to_owned(),
        });
    }
    Ok(())
}

fn pragma(conn: &Connection, path: &Path, name: &'static str) -> Result<String, OpenError> {
    conn.pragma_query_value(None, name, |row| {
        Ok(match row.get_ref(0)? {
            ValueRef::Integer(number) => number.to_string(),
            ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
            ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => String::new(),
        })
    })
    .map_err(|e| engine(path, &e))
}

/// How many steps of the schema a database has taken.
///
/// # Errors
/// It cannot be read.
pub(crate) fn schema_version(conn: &Connection, path: &Path) -> Result<u32, OpenError> {
    conn.pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(|e| engine(path, &e))
}

/// How many steps this version knows.
pub(crate) fn known_version() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

/// Takes each missing step in a transaction of its own, so that a crash leaves the old schema or
/// the new one, never one between.
///
/// # Errors
/// A step fails; the ones before it are taken.
pub(crate) fn migrate(conn: &Connection, path: &Path, steps: &[&str]) -> Result<(), OpenError> {
    let done = schema_version(conn, path)?;
    for (step, version) in steps.iter().zip(1u32..).skip(done as usize) {
        conn.execute_batch(&format!(
            "BEGIN IMMEDIATE; {step} PRAGMA application_id = {APPLICATION_ID}; \
             PRAGMA user_version = {version}; COMMIT;"
        ))
        .map_err(|e| engine(path, &e))?;
    }
    assert_setting(conn, path, "application_id", &APPLICATION_ID.to_string())
}
