//! A database in memory that is driven by hand: no thread, no file, and each write is a commit
//! that is done when the call returns. Simulations run the desk's functions against it; it goes
//! through the same writer, schema and SQL as [`super::Store`].

use crate::clock::Clock;
use crate::outbox::doubt;
use crate::store::engine::open::open_memory;
use crate::store::engine::sqlite::{Head, SqliteReads, translate};
use crate::store::error::{OpenError, StoreError};
use crate::store::meta;
use crate::store::sql::{Reads, Tx};
use crate::store::writer::alone::Alone;
use rusqlite::Connection;
use rusqlite::backup::Backup;
use rusqlite::config::DbConfig;
use smsdesk_common::ids::{Epoch, Seq};
use std::fmt;

/// Which relay a database in memory belongs to.
const INSTANCE: &str = "00000000";

/// A database in memory.
pub struct MemoryStore {
    writer: Alone,
    epoch: Epoch,
}

/// A database as it was at some moment.
pub struct Snapshot(Connection);

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryStore")
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Snapshot")
    }
}

impl MemoryStore {
    /// An empty database of that epoch.
    ///
    /// # Errors
    /// There is no memory.
    pub fn open(clock: Clock, epoch: Epoch) -> Result<Self, OpenError> {
        let failed = |error: &dyn fmt::Display| OpenError::Engine {
            path: ":memory:".to_owned(),
            message: error.to_string(),
            trouble: None,
        };
        let conn = open_memory()?;
        let head = Head::load(&mut SqliteReads(&conn)).map_err(|e| failed(&e))?;
        let mut store = Self {
            writer: Alone::new(conn, head, clock),
            epoch,
        };
        store.begin_life().map_err(|e| failed(&e))?;
        Ok(store)
    }

    fn begin_life(&mut self) -> Result<(), StoreError> {
        let epoch = self.epoch;
        self.write(move |tx| meta::found(tx, epoch, INSTANCE))
    }

    /// Forgets everything and begins another life; much cheaper than opening anew.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn empty(&mut self, clock: Clock, epoch: Epoch) -> Result<(), StoreError> {
        delete_all(self.writer.conn()).map_err(|e| translate(&e))?;
        self.epoch = epoch;
        self.writer.set_clock(clock);
        self.find_head()?;
        self.begin_life()
    }

    /// Runs `job` in a transaction. Where it fails, nothing of it is stored.
    ///
    /// # Errors
    /// What the job returns, or the store's own failure.
    pub fn write<T, E>(
        &mut self,
        job: impl FnOnce(&mut dyn Tx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.writer.run(job)
    }

    /// Looks at what is committed.
    ///
    /// # Errors
    /// What `look` returns.
    pub fn read<T, E>(&self, look: impl FnOnce(&mut dyn Reads) -> Result<T, E>) -> Result<T, E> {
        look(&mut SqliteReads(self.writer.conn()))
    }

    /// This life of the database.
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The newest committed position.
    pub fn head(&self) -> Seq {
        self.writer.head()
    }

    /// The database as it is now.
    ///
    /// # Errors
    /// There is no memory.
    pub fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let mut copy = Connection::open_in_memory().map_err(|e| translate(&e))?;
        copy_all(self.writer.conn(), &mut copy).map_err(|e| translate(&e))?;
        Ok(Snapshot(copy))
    }

    /// Puts an older state in place, as a life of its own: what has no answer there is in doubt.
    ///
    /// # Errors
    /// There is no memory.
    pub fn restore(&mut self, snapshot: &Snapshot, epoch: Epoch) -> Result<(), StoreError> {
        copy_all(&snapshot.0, self.writer.conn_mut()).map_err(|e| translate(&e))?;
        self.find_head()?;
        self.epoch = epoch;
        self.write(move |tx| -> Result<(), StoreError> {
            doubt::all(tx)?;
            meta::set_epoch(tx, epoch)
        })
    }

    fn find_head(&mut self) -> Result<(), StoreError> {
        let head = Head::load(&mut SqliteReads(self.writer.conn()))?;
        self.writer.stand_at(head);
        Ok(())
    }
}

fn copy_all(from: &Connection, to: &mut Connection) -> rusqlite::Result<()> {
    let copying = Backup::new(from, to)?;
    // A negative count is all pages in one step.
    copying.step(-1).map(|_| ())
}

/// Empties every table. What an index of words keeps in tables of its own, it forgets by itself.
fn delete_all(conn: &Connection) -> rusqlite::Result<()> {
    let tables: Vec<(String, String)> = conn
        .prepare_cached(
            "SELECT name, type FROM pragma_table_list
             WHERE schema = 'main' AND type IN ('table', 'virtual')
                 AND name IN (SELECT name FROM sqlite_schema)",
        )?
        .query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    conn.pragma_update(None, "foreign_keys", false)?;
    // What keeps the audit from being emptied is a trigger.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    for (table, kind) in tables {
        let sql = match kind.as_str() {
            "virtual" => format!("INSERT INTO {table} ({table}) VALUES ('delete-all')"),
            _ => format!("DELETE FROM {table}"),
        };
        conn.prepare_cached(&sql)?.execute(())?;
    }
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, true)?;
    conn.pragma_update(None, "foreign_keys", true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::people;
    use crate::store::agents;
    use smsdesk_common::time::Timestamp;

    fn names(store: &MemoryStore) -> Vec<String> {
        let agents = ["Ana", "Bo"].map(|name| {
            store
                .read(|reads| agents::by_name(reads, name))
                .unwrap()
                .map(|agent| agent.name)
        });
        agents.into_iter().flatten().collect()
    }

    #[test]
    fn a_restored_database_holds_what_it_held_and_is_another_life() {
        let clock = Clock::from_fn(|| Timestamp::from_millis(1_000));
        let mut store = MemoryStore::open(clock.clone(), Epoch(1)).unwrap();
        store.write(|tx| people::invite(tx, "Ana", None)).unwrap();
        let (then, head) = (store.snapshot().unwrap(), store.head());
        store.write(|tx| people::invite(tx, "Bo", None)).unwrap();
        assert_eq!(names(&store), ["Ana", "Bo"]);
        store.restore(&then, Epoch(2)).unwrap();
        assert_eq!(
            (names(&store), store.head()),
            (vec!["Ana".to_owned()], head)
        );
        assert_eq!(store.read(meta::epoch).unwrap(), Epoch(2));
        store.empty(clock, Epoch(3)).unwrap();
        assert_eq!((names(&store), store.head()), (vec![], Seq::ZERO));
    }
}
