//! SQLite: settings that make a commit survive power loss, and the transaction over rusqlite.

use crate::clock::Clock;
use crate::store::error::{OpenError, StoreError};
use crate::store::meta;
use crate::store::migrations::MIGRATIONS;
use crate::store::sql::{Reads, Row, Tx, Value};
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql};
use smsdesk_common::feed::Digest;
use smsdesk_common::ids::Seq;
use smsdesk_common::record::Kind;
use smsdesk_common::time::Timestamp;
use std::path::Path;
use uuid::Uuid;

/// The first SQLite whose write-ahead log cannot be reset under a reader (fixed in 3.51.3).
const SQLITE_VERSION_MIN: i32 = 3_051_003;
/// Marks our files: `smsd` in ASCII.
const APPLICATION_ID: u32 = 0x736d_7364;
/// Statements that stay prepared on a connection; the relay has fewer.
const STATEMENTS_CACHED: usize = 128;
/// How long a connection waits for a lock of another process, such as a backup, in milliseconds.
const BUSY_MS: u32 = 5_000;
/// Pages after which a commit also moves the log into the database (4 KiB each).
const WAL_AUTOCHECKPOINT_PAGES: u32 = 2_000;

/// Settings of every connection. FULL is the line between "survives power loss" and "may take
/// back what was acknowledged".
const PRAGMAS: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -16384;
    PRAGMA mmap_size = 0;
    PRAGMA cell_size_check = ON;
    PRAGMA journal_size_limit = 67108864;
";

/// Settings that are read back, for a build of SQLite may ignore them silently.
const ASSERTED: [(&str, &str); 3] = [
    ("journal_mode", "wal"),
    ("synchronous", "2"),
    ("foreign_keys", "1"),
];

/// Opens the one connection that writes, and brings the schema up to date.
pub(crate) fn open_writer(path: &Path) -> Result<Connection, OpenError> {
    assert_version()?;
    let conn = Connection::open(path).map_err(|e| engine(path, &e))?;
    let found: u32 = conn
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(|e| engine(path, &e))?;
    if found != 0 && found != APPLICATION_ID {
        return Err(OpenError::Foreign {
            path: path.display().to_string(),
            found,
        });
    }
    refuse_newer(&conn, path)?;
    configure(&conn, path)?;
    conn.pragma_update(None, "wal_autocheckpoint", WAL_AUTOCHECKPOINT_PAGES)
        .map_err(|e| engine(path, &e))?;
    migrate(&conn, path)?;
    Ok(conn)
}

/// Opens an empty database in memory with the newest schema. Nothing of it survives, so none of
/// the settings that make a commit durable matter.
pub(crate) fn open_memory() -> Result<Connection, OpenError> {
    let path = Path::new(":memory:");
    let conn = Connection::open_in_memory().map_err(|e| engine(path, &e))?;
    conn.pragma_update(None, "foreign_keys", true)
        .and_then(|()| conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true))
        .map_err(|e| engine(path, &e))?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
    migrate(&conn, path)?;
    Ok(conn)
}

/// Opens a connection that cannot write.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(|e| engine(path, &e))?;
    configure(&conn, path)?;
    conn.pragma_update(None, "query_only", true)
        .map_err(|e| engine(path, &e))?;
    Ok(conn)
}

fn assert_version() -> Result<(), OpenError> {
    if rusqlite::version_number() < SQLITE_VERSION_MIN {
        return Err(OpenError::Sqlite {
            found: rusqlite::version().to_owned(),
        });
    }
    Ok(())
}

fn engine(path: &Path, error: &rusqlite::Error) -> OpenError {
    OpenError::Engine {
        path: path.display().to_string(),
        message: error.to_string(),
    }
}

fn configure(conn: &Connection, path: &Path) -> Result<(), OpenError> {
    conn.busy_timeout(std::time::Duration::from_millis(u64::from(BUSY_MS)))
        .and_then(|()| conn.execute_batch(PRAGMAS))
        .map_err(|e| engine(path, &e))?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
    // A plan that is kept, whatever the parameters: without it a prepared statement is planned anew
    // for each value that the statistics might care about.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map_err(|e| engine(path, &e))?;
    for (name, wanted) in ASSERTED {
        let found: Value = conn
            .pragma_query_value(None, name, |row| Ok(value_of(row.get_ref(0)?)))
            .map_err(|e| engine(path, &e))?;
        let found = match found {
            Value::Int(number) => number.to_string(),
            Value::Text(text) => text,
            Value::Null | Value::Blob(_) => String::new(),
        };
        if found != wanted {
            return Err(OpenError::Pragma {
                name,
                found,
                wanted,
            });
        }
    }
    Ok(())
}

fn schema_version(conn: &Connection, path: &Path) -> Result<u32, OpenError> {
    conn.pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(|e| engine(path, &e))
}

fn known_version() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

fn refuse_newer(conn: &Connection, path: &Path) -> Result<(), OpenError> {
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

/// Takes each missing step in a transaction of its own, so that a crash leaves the old schema or
/// the new one, never one between.
fn migrate(conn: &Connection, path: &Path) -> Result<(), OpenError> {
    let done = schema_version(conn, path)?;
    for (step, version) in MIGRATIONS.iter().zip(1u32..).skip(done as usize) {
        conn.execute_batch(&format!(
            "BEGIN IMMEDIATE; {step} PRAGMA application_id = {APPLICATION_ID}; \
             PRAGMA user_version = {version}; COMMIT;"
        ))
        .map_err(|e| engine(path, &e))?;
    }
    Ok(())
}

/// Where the writer stands in the feed, kept in memory while a transaction is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// The newest claimed position.
    pub(crate) seq: Seq,
    /// Over all live changes.
    pub(crate) digest: Digest,
}

impl Head {
    /// Reads where the database stands.
    pub(crate) fn load(reads: &mut dyn Reads) -> Result<Self, StoreError> {
        let seq = crate::store::feed::head(reads)?;
        let digest = meta::digest(reads)?;
        Ok(Self { seq, digest })
    }
}

/// Reads over a connection. What several reads see together is one state only inside
/// [`in_snapshot`].
pub(crate) struct SqliteReads<'a>(pub(crate) &'a Connection);

impl Reads for SqliteReads<'_> {
    fn query(&mut self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        query(self.0, sql, params)
    }
}

/// Runs `look` over one unchanging state of the database.
pub(crate) fn in_snapshot<T>(
    conn: &Connection,
    look: impl FnOnce(&mut dyn Reads) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let snapshot = conn.unchecked_transaction().map_err(|e| translate(&e))?;
    let answer = look(&mut SqliteReads(&snapshot));
    snapshot.finish().map_err(|e| translate(&e))?;
    answer
}

/// The writer's transaction.
pub(crate) struct SqliteTx<'a> {
    pub(crate) conn: &'a Connection,
    pub(crate) head: Head,
    pub(crate) now: Timestamp,
    pub(crate) clock: &'a Clock,
}

impl SqliteTx<'_> {
    /// Outside of a transaction each statement would be a commit of its own.
    fn still_open(&self) -> Result<(), StoreError> {
        if self.conn.is_autocommit() {
            return Err(taken_back());
        }
        Ok(())
    }
}

impl Reads for SqliteTx<'_> {
    fn query(&mut self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.still_open()?;
        query(self.conn, sql, params)
    }
}

impl Tx for SqliteTx<'_> {
    fn execute(&mut self, sql: &'static str, params: &[Value]) -> Result<usize, StoreError> {
        self.still_open()?;
        let mut statement = self.conn.prepare_cached(sql).map_err(|e| translate(&e))?;
        statement
            .execute(rusqlite::params_from_iter(params))
            .map_err(|e| translate(&e))
    }

    fn advance(&mut self, kind: Kind, id: &str, held: Option<Seq>) -> Result<Seq, StoreError> {
        let kind = kind.as_str();
        if let Some(held) = held {
            let removed = self.execute(
                "DELETE FROM changes WHERE seq = ?1 AND kind = ?2 AND id = ?3",
                &[held.into(), kind.into(), id.into()],
            )?;
            if removed != 1 {
                return Err(StoreError::Drift {
                    kind,
                    id: id.to_owned(),
                    held: held.0,
                });
            }
            self.head.digest.remove(kind, id, held);
        }
        let seq = self.head.seq.next();
        self.execute(
            "INSERT INTO changes (seq, kind, id) VALUES (?1, ?2, ?3)",
            &[seq.into(), kind.into(), id.into()],
        )?;
        self.head.digest.add(kind, id, seq);
        self.head.seq = seq;
        Ok(seq)
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn new_id(&mut self) -> Uuid {
        self.clock.new_id()
    }
}

fn query(conn: &Connection, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
    let mut statement = conn.prepare_cached(sql).map_err(|e| translate(&e))?;
    let columns = statement.column_count();
    let mut rows = statement
        .query(rusqlite::params_from_iter(params))
        .map_err(|e| translate(&e))?;
    let mut answer = Vec::new();
    while let Some(row) = rows.next().map_err(|e| translate(&e))? {
        let values = (0..columns)
            .map(|column| row.get_ref(column).map(value_of))
            .collect::<Result<_, _>>()
            .map_err(|e| translate(&e))?;
        answer.push(Row(values));
    }
    Ok(answer)
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(value) => ValueRef::Integer(*value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Blob(value) => ValueRef::Blob(value),
        }))
    }
}

fn value_of(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(value) => Value::Int(value),
        // No column of ours holds fractions; a truncated one shows up as malformed at its reader.
        ValueRef::Real(value) => Value::Text(value.to_string()),
        ValueRef::Text(value) => Value::Text(String::from_utf8_lossy(value).into_owned()),
        ValueRef::Blob(value) => Value::Blob(value.to_vec()),
    }
}

/// SQLite ended the transaction by itself, as it does where a page cannot be written (sqlite.org/
/// lang_transaction.html, 3): nothing of it is stored.
pub(crate) fn taken_back() -> StoreError {
    StoreError::Unavailable("the transaction was taken back".to_owned())
}

/// Gives SQLite's error the meaning that callers act on.
pub(crate) fn translate(error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(
            ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure
            | ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::ReadOnly
            | ErrorCode::CannotOpen
            | ErrorCode::DatabaseCorrupt
            | ErrorCode::NotADatabase,
        ) => StoreError::Unavailable(error.to_string()),
        _ => StoreError::Engine(error.to_string()),
    }
}
