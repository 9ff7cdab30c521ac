//! The local disk without a disk or a thread: both databases lie in memory and every call is done
//! when it returns. Simulations run it; it goes through the same schema and the same SQL as
//! [`super::Cache`].
//!
//! A crash of the app is to forget everything but this; what a power cut may take from the copy of
//! the records, which is not synchronised at each commit, is taken by [`MemoryDisk::roll_back`].

use super::applied::{Applied, Cursor, DigestCheck, Touched};
use super::error::{ApplyError, CacheError};
use super::fate::{Answer, RequestKind};
use super::outbox::{self, Outgoing, Request};
use super::records::{self, schema};
use super::sql::{seq_out, unnamed, uuid_out};
use super::{list::Shelves, overlay, settled};
use crate::model::question::Seen;
use rusqlite::Connection;
use rusqlite::backup::Backup;
use rusqlite::config::DbConfig;
use smsdesk_common::api::Problem;
use smsdesk_common::api::changes::ChangesPage;
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::feed::{Batch, Digest};
use smsdesk_common::ids::{ConversationId, EntryId, Epoch, RequestId, Seq};
use smsdesk_common::time::Timestamp;
use std::fmt;
use uuid::Uuid;

/// Statements that stay prepared on a connection: all of this module's fit.
const STATEMENTS_MAX: usize = 128;

/// Both databases.
pub struct MemoryDisk {
    records: Connection,
    outbox: Connection,
}

/// The copy of the records as it was at some moment.
pub struct RecordsThen(Connection);

/// A record of the copy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Held {
    /// What it is.
    pub kind: String,
    /// Which one.
    pub id: String,
    /// At which position.
    pub seq: Seq,
    /// Its JSON, as it came.
    pub body: String,
}

/// Where a request of the outbox stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The relay has not answered.
    Waiting,
    /// The relay has taken it, and its record has not come back.
    Answered,
    /// The relay has refused it; its author must decide.
    Refused,
}

/// A request of the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outstanding {
    /// Its id; that of the entry where it is a text.
    pub id: Uuid,
    /// What is asked for.
    pub kind: RequestKind,
    /// Where it stands.
    pub stage: Stage,
}

impl fmt::Debug for MemoryDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryDisk")
    }
}

impl fmt::Debug for RecordsThen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordsThen")
    }
}

/// The disk itself.
impl MemoryDisk {
    /// A new disk.
    ///
    /// # Errors
    /// There is no memory.
    pub fn open() -> Result<Self, CacheError> {
        let mut records = connect()?;
        schema::create(&mut records)?;
        let mut outbox = connect()?;
        outbox::schema::migrate(&mut outbox)?;
        Ok(Self { records, outbox })
    }

    /// As new; much cheaper than to open another one.
    ///
    /// # Errors
    /// The disk.
    pub fn empty(&mut self) -> Result<(), CacheError> {
        delete_all(&self.records)?;
        delete_all(&self.outbox)?;
        Ok(())
    }

    /// What the app does with its disk at each start.
    ///
    /// # Errors
    /// The disk.
    pub fn start(&mut self) -> Result<(), CacheError> {
        outbox::settle(&self.records, &mut self.outbox).map(|_| ())
    }

    /// Loses the copy of the records, as when its file was damaged or deleted.
    ///
    /// # Errors
    /// The disk.
    pub fn lose_records(&mut self) -> Result<(), CacheError> {
        Ok(delete_all(&self.records)?)
    }

    /// The copy of the records as it is now.
    ///
    /// # Errors
    /// There is no memory.
    pub fn records_now(&self) -> Result<RecordsThen, CacheError> {
        let mut then = Connection::open_in_memory()?;
        copy_all(&self.records, &mut then)?;
        Ok(RecordsThen(then))
    }

    /// Takes the newest commits of the copy back; the outbox stays, for it is synchronised.
    ///
    /// # Errors
    /// The disk.
    pub fn roll_back(&mut self, then: &RecordsThen) -> Result<(), CacheError> {
        Ok(copy_all(&then.0, &mut self.records)?)
    }

    /// Every record of the copy, by kind and id.
    ///
    /// # Errors
    /// The disk.
    pub fn records(&self) -> Result<Vec<Held>, CacheError> {
        let mut statement = self.records.prepare_cached(
            "SELECT kind, id, seq, body FROM records WHERE kind != 'begun' ORDER BY kind, id",
        )?;
        let rows = statement.query_map((), |row| {
            Ok(Held {
                kind: row.get(0)?,
                id: row.get(1)?,
                seq: seq_out(row.get(2)?),
                body: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The ids of the conversations that can be shown, in the order in which they came.
    ///
    /// # Errors
    /// The disk.
    pub fn conversations(&self) -> Result<Vec<Uuid>, CacheError> {
        let mut statement = self
            .records
            .prepare_cached("SELECT id FROM conversation ORDER BY n")?;
        let rows = statement.query_map((), |row| uuid_out(row, 0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The newest entry of a conversation.
    ///
    /// # Errors
    /// The disk.
    pub fn newest(&self, conversation: ConversationId) -> Result<Seq, CacheError> {
        let mut statement = self.records.prepare_cached(
            "SELECT coalesce(max(position), 0) FROM entry WHERE conversation = ?1",
        )?;
        let newest = statement.query_row([conversation.0.as_bytes()], |row| row.get(0))?;
        Ok(seq_out(newest))
    }

    /// Every request of the outbox, oldest first.
    ///
    /// # Errors
    /// The disk.
    pub fn outstanding(&self) -> Result<Vec<Outstanding>, CacheError> {
        let mut statement = self
            .outbox
            .prepare_cached("SELECT id, kind, state FROM request ORDER BY n")?;
        let rows = statement.query_map((), |row| {
            let (id, kind, state): (String, String, String) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(Outstanding {
                id: id.parse().map_err(|_| unnamed(0))?,
                kind: RequestKind::parse(&kind).ok_or_else(|| unnamed(1))?,
                stage: match state.as_str() {
                    "waiting" => Stage::Waiting,
                    "answered" => Stage::Answered,
                    "refused" => Stage::Refused,
                    _ => return Err(unnamed(2)),
                },
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The texts that a chat shows beside its records, oldest first.
    ///
    /// # Errors
    /// The disk.
    pub fn echoes(&self, conversation: ConversationId) -> Result<Vec<EntryId>, CacheError> {
        let items = overlay::echoes(&self.records, &self.outbox, conversation, None)?;
        Ok(items.into_iter().map(|item| item.entry.id).collect())
    }
}

/// The feed, as in [`super::Cache`].
impl MemoryDisk {
    /// See [`super::Cache::cursor`].
    ///
    /// # Errors
    /// The disk.
    pub fn cursor(&self) -> Result<Option<Cursor>, CacheError> {
        records::cursor(&self.records)
    }

    /// See [`super::Cache::apply`].
    ///
    /// # Errors
    /// See [`ApplyError`]; then nothing has changed.
    pub fn apply(&mut self, batch: &Batch) -> Result<Applied, ApplyError> {
        let (cursor, touched) = records::apply(&mut self.records, batch)?;
        Ok(settled(&self.records, &mut self.outbox, cursor, touched))
    }

    /// The first half of [`Self::apply`], after which the app is killed: one file of the two has
    /// been written.
    ///
    /// # Errors
    /// See [`ApplyError`]; then nothing has changed.
    pub fn apply_half(&mut self, batch: &Batch) -> Result<(), ApplyError> {
        records::apply(&mut self.records, batch).map(|_| ())
    }

    /// See [`super::Cache::apply_history`].
    ///
    /// # Errors
    /// See [`ApplyError`]; then nothing has changed.
    pub fn apply_history(&mut self, page: &ChangesPage) -> Result<Applied, ApplyError> {
        let (cursor, touched) = records::apply_history(&mut self.records, page)?;
        Ok(settled(&self.records, &mut self.outbox, cursor, touched))
    }

    /// See [`super::Cache::start_fresh`].
    ///
    /// # Errors
    /// The disk.
    pub fn start_fresh(&mut self, epoch: Epoch, head: Seq) -> Result<Applied, ApplyError> {
        let cursor = records::start_fresh(&mut self.records, epoch, head)?;
        let touched = Touched::EVERYTHING;
        Ok(settled(&self.records, &mut self.outbox, cursor, touched))
    }

    /// See [`super::Cache::check_digest`].
    ///
    /// # Errors
    /// The disk.
    pub fn check_digest(&self, head: Seq, digest: Digest) -> Result<DigestCheck, CacheError> {
        records::check_digest(&self.records, head, digest)
    }
}

/// The outbox, as in [`super::Cache`].
impl MemoryDisk {
    /// See [`super::Cache::submit`]; the id and the time are the caller's.
    ///
    /// # Errors
    /// See [`super::Cache::submit`].
    pub fn submit(
        &mut self,
        entry: EntryId,
        conversation: ConversationId,
        body: String,
        seen: impl Into<Seen>,
        now: Timestamp,
    ) -> Result<(), CacheError> {
        let request = Request::Send {
            entry,
            conversation,
            body,
            seen: seen.into(),
            template: None,
            epoch: self.cursor()?.map(|cursor| cursor.epoch),
            begins: None,
        };
        outbox::submit(&mut self.outbox, request, now)
    }

    /// See [`super::Cache::write_note`]; the id and the time are the caller's.
    ///
    /// # Errors
    /// See [`super::Cache::write_note`].
    pub fn write_note(
        &mut self,
        entry: EntryId,
        conversation: ConversationId,
        body: String,
        now: Timestamp,
    ) -> Result<(), CacheError> {
        let request = Request::Note {
            entry,
            conversation,
            body,
        };
        outbox::submit(&mut self.outbox, request, now)
    }

    /// Asks for a change of a conversation.
    ///
    /// # Errors
    /// See [`super::Cache::submit`].
    pub fn patch(
        &mut self,
        conversation: ConversationId,
        patch: Patch,
        now: Timestamp,
    ) -> Result<(), CacheError> {
        let patch = Box::new(patch);
        let request = Request::Patch {
            conversation,
            patch,
        };
        outbox::submit(&mut self.outbox, request, now)
    }

    /// See [`super::Cache::mark_read`]; the id and the time are the caller's.
    ///
    /// # Errors
    /// See [`super::Cache::mark_read`].
    pub fn mark_read(
        &mut self,
        id: RequestId,
        conversation: ConversationId,
        position: Seq,
        inbound_read: u32,
        now: Timestamp,
    ) -> Result<(), CacheError> {
        let place = overlay::Place {
            position,
            inbound_read,
        };
        let shelves = Shelves {
            records: &self.records,
            outbox: &self.outbox,
        };
        if overlay::read_place(shelves, conversation)? == Some(place) {
            return Ok(());
        }
        let request = Request::Read {
            id,
            conversation,
            position,
            inbound_read,
        };
        outbox::submit(&mut self.outbox, request, now)
    }

    /// See [`super::Cache::next_requests`].
    ///
    /// # Errors
    /// The disk.
    pub fn next_requests(&self, limit: u32) -> Result<Vec<Outgoing>, CacheError> {
        outbox::next(&self.outbox, limit)
    }

    /// See [`super::Cache::request_answered_in`].
    ///
    /// # Errors
    /// The disk.
    pub fn request_answered_in(
        &mut self,
        epoch: Option<Epoch>,
        id: Uuid,
        seq: Seq,
    ) -> Result<(), CacheError> {
        outbox::answered(&self.outbox, id, Answer { seq, epoch })?;
        self.start()
    }

    /// See [`super::Cache::request_refused`].
    ///
    /// # Errors
    /// The disk.
    pub fn request_refused(&mut self, id: Uuid, problem: &Problem) -> Result<(), CacheError> {
        outbox::refused(&mut self.outbox, id, problem)?;
        self.start()
    }

    /// See [`super::Cache::request_tried`].
    ///
    /// # Errors
    /// The disk.
    pub fn request_tried(&self, id: Uuid) -> Result<(), CacheError> {
        outbox::tried(&self.outbox, id)
    }

    /// See [`super::Cache::withdraw`]. Says whether a refused text was there.
    ///
    /// # Errors
    /// The disk.
    pub fn withdraw(&mut self, entry: EntryId, now: Timestamp) -> Result<bool, CacheError> {
        Ok(outbox::withdraw(&mut self.outbox, RequestKind::Send, entry, now)?.is_some())
    }
}

fn connect() -> rusqlite::Result<Connection> {
    let connection = Connection::open_in_memory()?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(connection)
}

fn copy_all(from: &Connection, to: &mut Connection) -> rusqlite::Result<()> {
    let copying = Backup::new(from, to)?;
    // A negative count is all pages in one step.
    copying.step(-1).map(|_| ())
}

/// Empties every table; the tallies' triggers would only get in the way.
fn delete_all(connection: &Connection) -> rusqlite::Result<()> {
    let tables: Vec<(String, String)> = connection
        .prepare_cached(
            "SELECT name, type FROM pragma_table_list
             WHERE schema = 'main' AND type IN ('table', 'virtual')
                 AND name IN (SELECT name FROM sqlite_schema)",
        )?
        .query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    for (table, kind) in tables {
        let sql = match (kind.as_str(), table.as_str()) {
            // What an index of words keeps in tables of its own, it forgets by itself.
            ("virtual", _) => format!("INSERT INTO {table} ({table}) VALUES ('delete-all')"),
            // Its rows are part of the schema.
            (_, "search_tally") => "UPDATE search_tally SET count = 0".to_owned(),
            _ => format!("DELETE FROM {table}"),
        };
        connection.prepare_cached(&sql)?.execute(())?;
    }
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, true)?;
    Ok(())
}
