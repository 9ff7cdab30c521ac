//! The database: one writer thread, a few readers, and the SQL of every record beside the
//! function that runs it. Nothing outside this module contains SQL.

pub mod agents;
pub mod audit;
pub mod automatic;
pub mod backup;
pub mod broadcasts;
pub mod calls;
pub mod caps;
pub mod consent;
pub mod contacts;
pub mod conversations;
pub mod copies;
mod engine;
pub mod entries;
mod error;
pub mod feed;
pub mod glance;
pub mod insight;
pub mod invites;
pub mod jobs;
pub mod labels;
pub mod lines;
mod lock;
pub mod media_wanted;
pub mod memory;
pub mod merges;
pub mod meta;
mod migrations;
pub mod outbox;
pub mod read_markers;
mod reader;
pub mod reconcile;
mod refusing;
pub mod removal;
pub mod reports;
pub mod requests;
pub mod restore;
pub mod rules;
pub mod search;
pub mod settings;
pub mod since;
pub mod space;
pub mod sql;
pub mod stats;
pub mod suppressed;
pub mod sweep;
pub mod templates;
pub mod timed;
pub mod tokens;
pub mod trouble;
pub mod unknown;
pub mod upkeep;
pub mod verify;
pub mod view;
mod vitals;
pub mod webhooks;
pub mod writer;

#[cfg(test)]
mod tests;

pub use error::{OpenError, StoreError};
pub use vitals::Signs;

use crate::clock::Clock;
use crate::hub::Hub;
use crate::metrics::commits::Commits;
use engine::open::{BUSY_MS, migrate, open_writer, schema_version, trial};
use engine::sqlite::{Head, SqliteReads};
use reader::Readers;
use rusqlite::Connection;
use smsdesk_common::ids::Epoch;
use sql::{Reads, Tx};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use view::View;
use vitals::Vitals;
use writer::{Surroundings, Writer};

/// An open database. Cloned freely; the files are released when the last clone is gone.
#[derive(Clone, Debug)]
pub struct Store {
    writer: Writer,
    view: View,
    hub: Hub,
    epoch: Epoch,
    instance: Arc<str>,
    path: Arc<Path>,
    vitals: Arc<Vitals>,
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
        restore::refuse_half(path)?;
        let engine = |error: &dyn std::fmt::Display| OpenError::Engine {
            path: path.display().to_string(),
            message: error.to_string(),
            trouble: None,
        };
        let conn = open_writer(path)?;
        trial(&conn, path, Duration::from_millis(BUSY_MS))?;
        upgrade(&conn, path, migrations::MIGRATIONS, &clock)?;
        let head = Head::load(&mut SqliteReads(&conn)).map_err(|e| engine(&e))?;
        let vitals = Arc::new(Vitals::of(path));
        let readers = Readers::open(path, &vitals)?;
        let hub = Hub::new(head.seq);
        let around = Surroundings {
            path: path.clone(),
            clock: clock.clone(),
            hub: hub.clone(),
            vitals: Arc::clone(&vitals),
        };
        let (writer, writer_end) =
            Writer::start(conn, lock, head, around).map_err(|source| OpenError::Io {
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
            view: View::of(readers, clock),
            hub,
            epoch,
            instance: instance.into(),
            path: path.as_path().into(),
            vitals,
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
    pub async fn read<T: Send + 'static, E: From<StoreError> + Send + 'static>(
        &self,
        look: impl FnOnce(&mut dyn Reads) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        self.view.read(look).await
    }

    /// The same for a look at much of the database: short ones go beside it.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn read_long<T: Send + 'static, E: From<StoreError> + Send + 'static>(
        &self,
        look: impl FnOnce(&mut dyn Reads) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        self.view.read_long(look).await
    }

    /// A handle that only looks.
    pub fn view(&self) -> View {
        self.view.clone()
    }

    /// Gives this handle up and, where it is the last one, returns once the files are released.
    pub async fn close(self) {
        let ended = self.writer_ended();
        drop(self);
        ended.await;
    }

    /// Returns once the thread that writes has ended: a fault while somebody holds the store.
    pub(crate) fn writer_ended(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut end = self.writer_end.clone();
        async move {
            // An error is the news: the thread's side is gone.
            let _ = end.changed().await;
        }
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

    /// Has commits counted.
    pub(crate) fn count_by(&self, commits: Commits) {
        self.vitals.count_by(commits);
    }

    /// How the files and the disk fare.
    pub fn signs(&self) -> Signs {
        self.vitals.signs()
    }

    /// Whether the disk is so full that what can wait has to wait; see [`space`].
    pub fn is_low(&self) -> bool {
        self.vitals.is_low()
    }

    /// Whether next to nothing is left on the disk. Not so where the system does not say.
    pub fn is_full(&self) -> bool {
        let free = self.vitals.signs().free_bytes;
        free.is_some_and(|free| free < space::FULL_BYTES)
    }

    /// The clock that transactions go by.
    pub const fn clock(&self) -> &Clock {
        self.view.clock()
    }

    /// Leaves the database no further page, as a full disk does, for tests.
    #[cfg(test)]
    pub(crate) async fn fill_for_tests(&self) {
        let full = self.write(|tx| tx.query("PRAGMA max_page_count = 1", &[]));
        full.await.unwrap();
    }

    /// Takes [`Self::fill_for_tests`] back.
    #[cfg(test)]
    pub(crate) async fn make_room_for_tests(&self) {
        let room = self.write(|tx| tx.query("PRAGMA max_page_count = 1000000", &[]));
        room.await.unwrap();
    }
}

/// Brings an older schema up to date, after a copy of the database as it was.
fn upgrade(conn: &Connection, path: &Path, steps: &[&str], clock: &Clock) -> Result<(), OpenError> {
    let found = schema_version(conn, path)?;
    let failed = |error: &StoreError| verify::failed(path, error);
    // A first start that was cut between two steps left nothing that is worth a copy.
    let founded = found > 0 && meta::is_founded(&mut SqliteReads(conn)).map_err(|e| failed(&e))?;
    if founded && (found as usize) < steps.len() {
        let copied = backup::before_migration(conn, path, found, clock.now());
        let copy = copied.map_err(|why| OpenError::Copy {
            path: path.display().to_string(),
            why: why.to_string(),
        })?;
        let (copy, known) = (copy.display(), steps.len());
        tracing::info!(%copy, found, known, "the schema is brought up to date; a copy was made");
    }
    migrate(conn, path, steps)
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
        private_folder(folder).map_err(|source| io(folder, source))?;
    }
    if path.exists() {
        return Ok(());
    }
    // A restore that was cut has moved the old database and not yet put the new one in its place.
    restore::refuse_half(path)?;
    private_file(path, false)
        .and_then(|()| sync_folder(path))
        .map_err(|source| io(path, source))
}

/// Makes a folder that only its owner may open, and those above it. One that is there stays as it is.
pub(crate) fn private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes a file that only its owner may read. A new one must not exist yet.
fn private_file(path: &Path, new: bool) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).create_new(new);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.truncate(false).open(path).map(|_| ())
}

/// Makes the name of a file that was made, renamed or removed survive a power cut, too.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|at| !at.as_os_str().is_empty());
    std::fs::File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

/// The file beside a database whose name ends in `ending`.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
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
