//! SQLite: the transaction over rusqlite, and what its errors mean.

use crate::clock::Clock;
use crate::store::error::StoreError;
use crate::store::meta;
use crate::store::sql::{Reads, Row, Tx, Value};
use crate::store::trouble::Trouble;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, ToSql};
use smsdesk_common::feed::Digest;
use smsdesk_common::ids::Seq;
use smsdesk_common::record::Kind;
use smsdesk_common::time::Timestamp;
use uuid::Uuid;

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
    /// What a statement met that is the disk's or the file's fault. A job may swallow its error;
    /// the writer must not.
    pub(crate) met: Option<StoreError>,
}

impl SqliteTx<'_> {
    /// Outside of a transaction each statement would be a commit of its own.
    fn still_open(&self) -> Result<(), StoreError> {
        if self.conn.is_autocommit() {
            return Err(taken_back());
        }
        Ok(())
    }

    fn note(&mut self, error: &StoreError) {
        if error.trouble().is_some() {
            self.met.get_or_insert_with(|| error.clone());
        }
    }
}

impl Reads for SqliteTx<'_> {
    fn query(&mut self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.still_open()?;
        query(self.conn, sql, params).inspect_err(|error| self.note(error))
    }
}

impl Tx for SqliteTx<'_> {
    fn execute(&mut self, sql: &'static str, params: &[Value]) -> Result<usize, StoreError> {
        self.still_open()?;
        execute(self.conn, sql, params).inspect_err(|error| self.note(error))
    }

    fn advance(&mut self, kind: Kind, id: &str, held: Option<Seq>) -> Result<Seq, StoreError> {
        let kind = kind.as_str();
        let seq = self.head.seq.next();
        if let Some(held) = held {
            let moved = self.execute(
                "UPDATE changes SET seq = ?1, deleted = 0 WHERE seq = ?2 AND kind = ?3 AND id = ?4",
                &[seq.into(), held.into(), kind.into(), id.into()],
            )?;
            if moved != 1 {
                return Err(StoreError::Drift {
                    kind,
                    id: id.to_owned(),
                    held: held.0,
                });
            }
            self.head.digest.remove(kind, id, held);
        } else {
            self.execute(
                "INSERT INTO changes (seq, kind, id) VALUES (?1, ?2, ?3)",
                &[seq.into(), kind.into(), id.into()],
            )?;
        }
        self.head.digest.add(kind, id, seq);
        self.head.seq = seq;
        Ok(seq)
    }

    fn retire(&mut self, kind: Kind, id: &str, held: Seq) -> Result<Seq, StoreError> {
        let seq = self.advance(kind, id, Some(held))?;
        self.execute(
            "UPDATE changes SET deleted = 1 WHERE seq = ?1",
            &[seq.into()],
        )?;
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

fn execute(conn: &Connection, sql: &'static str, params: &[Value]) -> Result<usize, StoreError> {
    let mut statement = conn.prepare_cached(sql).map_err(|e| translate(&e))?;
    statement
        .execute(rusqlite::params_from_iter(params))
        .map_err(|e| translate(&e))
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
    let Some(code) = error.sqlite_error_code() else {
        return StoreError::Engine(error.to_string());
    };
    let trouble = match code {
        ErrorCode::DiskFull => Trouble::Full,
        // A file system that met an error may be read-only from then on.
        ErrorCode::SystemIoFailure | ErrorCode::ReadOnly | ErrorCode::CannotOpen => Trouble::Disk,
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Trouble::Damaged,
        ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::FileLockingProtocolFailed
        | ErrorCode::OperationInterrupted => return StoreError::Unavailable(error.to_string()),
        _ => return StoreError::Engine(error.to_string()),
    };
    StoreError::Failing(trouble, error.to_string())
}
