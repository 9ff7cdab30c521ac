//! The database: one writer thread, a few readers, and the SQL of every record beside the
//! function that runs it. Nothing outside this module contains SQL.

pub mod agents;
pub mod contacts;
pub mod conversations;
mod engine;
pub mod entries;
mod error;
pub mod feed;
pub mod invites;
pub mod lines;
mod lock;
pub mod memory;
pub mod meta;
mod migrations;
pub mod outbox;
pub mod read_markers;
mod reader;
mod refusing;
pub mod reports;
pub mod requests;
pub mod sql;
pub mod tokens;
pub mod webhooks;
pub mod writer;

#[cfg(test)]
mod tests;

pub use error::{OpenError, StoreError};

use crate::clock::Clock;
use crate::hub::Hub;
use engine::sqlite::{Head, SqliteReads, open_writer};
use reader::Readers;
use smsdesk_common::ids::Epoch;
use sql::{Reads, Tx};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::watch;
use writer::Writer;

/// An open database. Cloned freely; the files are released when the last clone is gone.
#[derive(Clone, Debug)]
pub struct Store {
    writer: Writer,
    readers: Readers,
    hub: Hub,
    epoch: Epoch,
    instance: Arc<str>,
    clock: Clock,
    writer_end: watch::Receiver<()>,
}

impl Store {
    /// Opens the SQLite database at `path`, makes it where there is none, and brings its schema
    /// up to date.
    ///
    /// # Errors
    /// Somebody else has it open, it belongs to a later version or to another program, or the
    /// files cannot be used.
    pub async fn open(path: &Path, clock: Clock) -> Result<Self, OpenError> {
        make_file(path)?;
        // Whatever name leads to the file, there is one lock.
        let path = &path.canonicalize().map_err(|source| OpenError::Io {
            path: path.display().to_string(),
            source,
        })?;
        let lock = lock::Lock::take(path)?;
        let engine = |error: &dyn std::fmt::Display| OpenError::Engine {
            path: path.display().to_string(),
            message: error.to_string(),
        };
        let conn = open_writer(path)?;
        let head = Head::load(&mut SqliteReads(&conn)).map_err(|e| engine(&e))?;
        let readers = Readers::open(path)?;
        let hub = Hub::new(head.seq);
        let (writer, writer_end) = Writer::start(conn, lock, head, clock.clone(), hub.clone())
            .map_err(|source| OpenError::Io {
                path: path.display().to_string(),
                source,
            })?;
        let (epoch, instance) = (random_epoch().map_err(|e| engine(&e))?, random_instance());
        let instance = instance.map_err(|e| engine(&e))?;
        let (epoch, instance) = writer
            .run(move |tx| -> Result<_, StoreError> {
                meta::found(tx, epoch, &instance)?;
                Ok((meta::epoch(tx)?, meta::instance(tx)?))
            })
            .await
            .map_err(|e| engine(&e))?;
        Ok(Self {
            writer,
            readers,
            hub,
            epoch,
            instance: instance.into(),
            clock,
            writer_end,
        })
    }

    /// Runs `job` in a transaction and returns once it is durable. Where the job fails, nothing
    /// of it is stored. Jobs must not wait for anything but the database.
    ///
    /// # Errors
    /// What the job returns, or the store's own failure.
    pub async fn write<T, E>(
        &self,
        job: impl FnOnce(&mut dyn Tx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.writer.run(job).await
    }

    /// Looks at one unchanging state of the database.
    ///
    /// # Errors
    /// What `look` returns, or the store's own failure.
    pub async fn read<T, E>(
        &self,
        look: impl FnOnce(&mut dyn Reads) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.readers.run(look).await
    }

    /// Gives this handle up and, where it is the last one, returns once the files are released.
    pub async fn close(self) {
        let mut end = self.writer_end.clone();
        drop(self);
        // An error is the news: the thread's side is gone.
        let _ = end.changed().await;
    }

    /// Where the feed stands, and how to wait for it.
    pub const fn hub(&self) -> &Hub {
        &self.hub
    }

    /// This life of the database.
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Which relay this is; see [`meta::instance`].
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// The clock that transactions go by.
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }
}

/// Makes the file readable by its owner alone; SQLite gives its side files the same mode.
fn make_file(path: &Path) -> Result<(), OpenError> {
    let io = |at: &Path, source| OpenError::Io {
        path: at.display().to_string(),
        source,
    };
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).map_err(|source| io(folder, source))?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .map(|_| ())
        .map_err(|source| io(path, source))
}

fn random_epoch() -> Result<Epoch, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(Epoch(u128::from_be_bytes(bytes)))
}

fn random_instance() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{:08x}", u32::from_be_bytes(bytes)))
}
