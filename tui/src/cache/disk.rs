//! The two open databases and the thread that alone may touch them.

use super::cipher::{self, Seal, Sealing};
use super::error::{CacheError, OpenError, Suspicion, Suspicious};
use super::files::{self, ConnectError, Durability, Folder};
use super::list::{Picks, Shelves};
use super::log::{Log, Mover, Pages};
use super::names::Names;
use super::records::{self, schema};
use super::search::{self, Files, Merged};
use super::{begun, erased, identity, outbox};
use rusqlite::{Connection, TransactionBehavior};
use smsdesk_common::ids::DeviceId;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{Notify, mpsc, oneshot};
use uuid::Uuid;

/// Something to do on the disk's thread.
pub(super) enum Job {
    /// Work.
    Run(Box<dyn FnOnce(&mut Disk) + Send>),
    /// Nothing; what came of [`Log::Moves`].
    LogMoved,
    /// Close both files, let go of the folder, say so, and end.
    Close(oneshot::Sender<()>),
}

/// Both databases, open, and the folder held.
pub(super) struct Disk {
    pub(super) records: Connection,
    pub(super) outbox: Connection,
    pub(super) picks: Picks,
    pub(super) names: Names,
    pub(super) seal: Seal,
    folder: Folder,
    emptied: Arc<Notify>,
    /// Counts how often another file took the place of the records.
    lives: Arc<AtomicU64>,
    /// How long the log of the records is.
    log: Pages,
    upkeep: Upkeep,
}

/// What the index needs while nothing else is to be done, a few milliseconds at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Upkeep {
    /// Entries may wait to be indexed.
    Index,
    /// Pieces of it may wait to be merged, and entries to be indexed after that.
    MergeAndIndex,
    /// Pieces of it may wait to be merged.
    Merge,
    /// Nothing, before something else was done.
    None,
}

/// What opening found.
pub(super) struct OpenedDisk {
    pub(super) disk: Disk,
    /// Where both lie.
    pub(super) files: Files,
    pub(super) device: DeviceId,
    pub(super) replaced: Option<Replaced>,
}

/// Why the copy of the records was replaced by an empty one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// Another version of smsdesk wrote it.
    OtherVersion,
    /// It was damaged; it is kept beside the new one, under another name.
    Damaged,
}

impl Disk {
    /// Opens or makes everything in the folder at `path`. The device is `candidate` from now on
    /// where it has no id yet.
    pub(super) fn open(
        path: &Path,
        sealing: &Sealing,
        candidate: Uuid,
        emptied: Arc<Notify>,
    ) -> Result<OpenedDisk, OpenError> {
        let folder = Folder::take(path)?;
        let seal = cipher::prepare(&folder, sealing)?;
        let (outbox, device) = open_outbox(&folder.outbox(), &seal, candidate)?;
        sweep_if_due(&outbox, &folder.records())?;
        let (mut records, replaced) = open_records(&folder.records(), &seal)?;
        let log = Pages::default();
        log.watch(&mut records)
            .map_err(records_error(&folder.records()))?;
        let mut disk = Self {
            records,
            outbox,
            picks: Picks::default(),
            names: Names::default(),
            seal,
            folder,
            emptied,
            lives: Arc::default(),
            log,
            upkeep: Upkeep::Index,
        };
        // What a crash between the two files has left undone. It would be noticed at the next
        // change too, so a failure here keeps nobody from reading.
        if let Err(error) = outbox::settle(&disk.records, &mut disk.outbox) {
            tracing::warn!(%error, "the outbox could not be compared with the records");
        }
        if let Err(error) = erased::at_opening(&disk.records, &mut disk.outbox) {
            tracing::warn!(%error, "what is left of erased people could not be looked for");
        }
        let begun = begun::forget_settled(&disk.outbox)
            .and_then(|()| begun::settle(&disk.records, &mut disk.outbox));
        if let Err(error) = begun {
            tracing::warn!(%error, "conversations begun here could not be looked at");
        }
        Ok(OpenedDisk {
            files: Files {
                records: disk.folder.records(),
                outbox: disk.folder.outbox(),
                seal: disk.seal.clone(),
                lives: Arc::clone(&disk.lives),
            },
            disk,
            device,
            replaced,
        })
    }

    /// Both databases, to be looked at.
    pub(super) const fn shelves(&self) -> Shelves<'_> {
        Shelves {
            records: &self.records,
            outbox: &self.outbox,
        }
    }

    /// Works; where that fails in a way that casts doubt on the copy of the records, looks at it
    /// and replaces it if it is of no use.
    pub(super) fn work<T, E: Suspicious>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let result = work(self);
        let suspicion = result
            .as_ref()
            .err()
            .map_or(Suspicion::None, Suspicious::suspicion);
        let replace = match suspicion {
            Suspicion::None => false,
            Suspicion::Damage => !is_sound(&self.records),
            Suspicion::Unusable => true,
        };
        if replace {
            tracing::error!("the copy of the records is damaged and is being replaced");
            match self.replace_records() {
                Ok(()) => self.emptied.notify_one(),
                Err(error) => tracing::error!(%error, "the damaged copy could not be replaced"),
            }
        }
        result
    }

    /// Puts the damaged copy aside and an empty one in its place.
    fn replace_records(&mut self) -> Result<(), OpenError> {
        self.exchange_records(files::set_aside)
    }

    /// Has the feed start again.
    pub(super) fn tell_emptied(&self) {
        self.emptied.notify_one();
    }

    /// Removes the copy, with an earlier damaged one, and puts an empty one in its place.
    pub(super) fn remove_records(&mut self) -> Result<(), OpenError> {
        self.exchange_records(files::remove_all)
    }

    /// As [`Self::remove_records`]; the key goes, too.
    pub(super) fn wipe_records(&mut self) -> Result<(), OpenError> {
        self.remove_records()?;
        let path = self.folder.records();
        let forgotten = self.seal.forget_records_key(&path);
        forgotten.map_err(records_error(&path))?;
        // The empty one is of the former key.
        self.remove_records()
    }

    fn exchange_records(&mut self, away: fn(&Path) -> io::Result<()>) -> Result<(), OpenError> {
        let path = self.folder.records();
        self.picks.forget();
        self.names.forget();
        // The file must be closed before another one takes its name.
        self.records = Connection::open_in_memory().map_err(records_error(&path))?;
        away(&path).map_err(records_error(&path))?;
        self.records = fresh_records(&path, &self.seal)?;
        let watched = self.log.watch(&mut self.records);
        watched.map_err(records_error(&path))?;
        self.lives.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Does a little of what the index needs.
    fn keep_up(&mut self) {
        let next = match self.upkeep {
            Upkeep::Index => self.is_crowded().and_then(|crowded| match crowded {
                true => Ok(Upkeep::MergeAndIndex),
                false => self.index_some(),
            }),
            Upkeep::MergeAndIndex => self.merge_some().and_then(|merged| match merged {
                Merged::Some => Ok(Upkeep::Index),
                // There are as few pieces as there can be.
                Merged::All => self.index_some(),
            }),
            Upkeep::Merge => self.merge_some().map(|merged| match merged {
                Merged::Some => Upkeep::Merge,
                Merged::All => Upkeep::None,
            }),
            Upkeep::None => Ok(Upkeep::None),
        };
        // After an error, something else must go well first: a full disk stays full for a while.
        self.upkeep = next.unwrap_or_else(|error| {
            tracing::warn!(%error, "texts could not be indexed");
            Upkeep::None
        });
    }

    /// Indexes a few people and entries that wait for it, in a commit of their own. What comes next.
    fn index_some(&mut self) -> Result<Upkeep, CacheError> {
        self.work(|disk| -> Result<Upkeep, CacheError> {
            let tx = disk
                .records
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            let people = search::index_people(&tx, search::CHUNK_ENTRIES)?;
            let entries = search::index_newest(&tx, search::CHUNK_ENTRIES)?;
            tx.commit()?;
            Ok(if people.max(entries) == search::CHUNK_ENTRIES {
                Upkeep::MergeAndIndex
            } else {
                Upkeep::Merge
            })
        })
    }

    fn is_crowded(&mut self) -> Result<bool, CacheError> {
        self.work(|disk| search::is_crowded(&disk.records))
    }

    fn merge_some(&mut self) -> Result<Merged, CacheError> {
        self.work(|disk| search::merge_some(&disk.records))
    }
}

fn is_sound(connection: &Connection) -> bool {
    let verdict: rusqlite::Result<String> =
        connection.query_row("PRAGMA quick_check(1)", (), |row| row.get(0));
    verdict.is_ok_and(|verdict| verdict == "ok")
}

fn outbox_error<E>(path: &Path) -> impl Fn(E) -> OpenError
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    move |source| OpenError::Outbox {
        path: path.to_owned(),
        source: source.into(),
    }
}

fn records_error<E>(path: &Path) -> impl Fn(E) -> OpenError
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    move |source| OpenError::Records {
        path: path.to_owned(),
        source: source.into(),
    }
}

fn open_outbox(
    path: &Path,
    seal: &Seal,
    candidate: Uuid,
) -> Result<(Connection, DeviceId), OpenError> {
    let connection = files::connect(path, Durability::PowerCut, seal);
    let mut connection = connection.map_err(outbox_error(path))?;
    let found = outbox::schema::version(&connection).map_err(outbox_error(path))?;
    let known = outbox::schema::known_version();
    if found > known {
        return Err(OpenError::OutboxTooNew {
            path: path.to_owned(),
            found,
            known,
        });
    }
    outbox::schema::migrate(&mut connection).map_err(outbox_error(path))?;
    outbox::release_all(&connection).map_err(outbox_error(path))?;
    let device = identity::device(&connection, candidate).map_err(outbox_error(path))?;
    Ok((connection, device))
}

/// Removes a copy that still had somebody's rows when they were erased; it is fetched again.
fn sweep_if_due(outbox: &Connection, records: &Path) -> Result<(), OpenError> {
    let due = identity::is_sweep_due(outbox).map_err(records_error(records))?;
    if due {
        files::remove_all(records).map_err(records_error(records))?;
        identity::set_sweep_due(outbox, false).map_err(records_error(records))?;
    }
    Ok(())
}

fn open_records(path: &Path, seal: &Seal) -> Result<(Connection, Option<Replaced>), OpenError> {
    let replaced = match existing_records(path, seal) {
        Ok(Existing::Current(connection)) => {
            search::tune(&connection).map_err(records_error(path))?;
            return Ok((connection, None));
        }
        Ok(Existing::None) => None,
        Ok(Existing::OtherVersion) => {
            files::remove(path).map_err(records_error(path))?;
            Some(Replaced::OtherVersion)
        }
        Err(ConnectError::Sqlite(error)) => {
            tracing::error!(%error, "the copy of the records cannot be opened and is replaced");
            files::set_aside(path).map_err(records_error(path))?;
            Some(Replaced::Damaged)
        }
        Err(ConnectError::File(error)) => return Err(records_error(path)(error)),
    };
    Ok((fresh_records(path, seal)?, replaced))
}

enum Existing {
    None,
    Current(Connection),
    OtherVersion,
}

fn existing_records(path: &Path, seal: &Seal) -> Result<Existing, ConnectError> {
    if !path.try_exists()? {
        return Ok(Existing::None);
    }
    let connection = files::connect(path, Durability::Crash, seal)?;
    Ok(if schema::is_empty(&connection)? {
        Existing::None
    } else if schema::is_current(&connection)? && records::cursor(&connection).is_ok() {
        Existing::Current(connection)
    } else {
        Existing::OtherVersion
    })
}

fn fresh_records(path: &Path, seal: &Seal) -> Result<Connection, OpenError> {
    let connection = files::connect(path, Durability::Crash, seal);
    let mut connection = connection.map_err(records_error(path))?;
    schema::create(&mut connection).map_err(records_error(path))?;
    search::tune(&connection).map_err(records_error(path))?;
    Ok(connection)
}

/// Does the jobs in the order in which they come, until every handle is gone or one closes.
pub(super) fn start(
    mut disk: Disk,
    mut jobs: mpsc::Receiver<Job>,
    to_jobs: mpsc::WeakSender<Job>,
) -> Result<(), OpenError> {
    let (path, seal) = (disk.folder.records(), disk.seal.clone());
    let mover = Mover::start(path, seal, disk.log.clone(), to_jobs);
    let mover = mover.map_err(OpenError::Thread)?;
    let body = move || {
        while let Some(job) = next(&mut disk, &mover, &mut jobs) {
            match job {
                Job::Run(work) => {
                    work(&mut disk);
                    disk.upkeep = Upkeep::Index;
                }
                Job::LogMoved => {}
                Job::Close(done) => {
                    drop((mover, disk, jobs));
                    // Whoever asked may have gone; nothing is left to tell.
                    let _ = done.send(());
                    return;
                }
            }
        }
    };
    let thread = thread::Builder::new().name("cache".to_owned()).spawn(body);
    thread.map(drop).map_err(OpenError::Thread)
}

/// The next job; none once nobody can bring one. While none waits, the index goes on, unless the log
/// is being moved: the disk has enough to do.
fn next(disk: &mut Disk, mover: &Mover, jobs: &mut mpsc::Receiver<Job>) -> Option<Job> {
    loop {
        let log = mover.tend(&disk.records);
        if disk.upkeep == Upkeep::None || log == Log::Moves {
            return jobs.blocking_recv();
        }
        match jobs.try_recv() {
            Ok(job) => return Some(job),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) => disk.keep_up(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sound_is_not_taken_for_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.db");
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch("CREATE TABLE t (x); WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO t SELECT hex(i) FROM n")
            .unwrap();
        assert!(is_sound(&connection));
        drop(connection);
        let mut bytes = std::fs::read(&path).unwrap();
        for page in bytes.chunks_mut(4096).skip(2) {
            page[..64].fill(0xff);
        }
        std::fs::write(&path, bytes).unwrap();
        assert!(!is_sound(&Connection::open(&path).unwrap()));
    }
}
