//! Moves what was committed from the log of the records into their file, on a thread of its own:
//! the disk's thread, which every key may need, does not wait until the disk has written it all.

use super::cipher::Seal;
use super::disk::Job;
use super::files;
use rusqlite::Connection;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use tokio::sync::mpsc;

/// How many pages of the log are moved together: 4 MiB, as SQLite has it.
const LOG_PAGES: u32 = 1_000;
/// From how many pages on the disk's thread waits until all are moved, so that the log begins anew:
/// 64 MiB, which only the history brings.
const LOG_PAGES_MAX: u32 = 16_000;

/// How long the log is, as its last commit said, in pages.
#[derive(Clone, Debug, Default)]
pub(super) struct Pages(Arc<AtomicU32>);

impl Pages {
    /// Takes note of each commit of `connection`, which moves nothing by itself from now on.
    pub(super) fn watch(&self, connection: &mut Connection) -> rusqlite::Result<()> {
        let pages = Arc::clone(&self.0);
        connection.wal_hook(Some(move |_: &mut _, count| {
            pages.store(u32::try_from(count).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        }))
    }

    fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What becomes of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Log {
    /// It is short.
    Rests,
    /// It is being moved; [`Job::LogMoved`] comes once that is done.
    Moves,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Idle,
    Moving,
    Closed,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    bell: Condvar,
    /// How long the log was when it was moved last, in pages.
    moved: AtomicU32,
    pages: Pages,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.bell
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread that moves the log. Dropped, it ends first.
pub(super) struct Mover {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Mover {
    /// For the records at `path`; `jobs` hears when something was moved.
    pub(super) fn start(
        path: PathBuf,
        seal: Seal,
        pages: Pages,
        jobs: mpsc::WeakSender<Job>,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            pages,
            ..Shared::default()
        });
        let body = {
            let shared = Arc::clone(&shared);
            move || run(&shared, (&path, &seal), &jobs)
        };
        let thread = thread::Builder::new().name("log".to_owned()).spawn(body)?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// Begins to move the log of `records` where it is long, and waits for that where it is too
    /// long.
    pub(super) fn tend(&self, records: &Connection) -> Log {
        let (pages, moved) = (self.shared.pages.get(), &self.shared.moved);
        // It has begun anew.
        if pages < moved.load(Ordering::Relaxed) {
            moved.store(0, Ordering::Relaxed);
        }
        let due = pages - moved.load(Ordering::Relaxed).min(pages) >= LOG_PAGES;
        let mut state = self.shared.state();
        if due && pages >= LOG_PAGES_MAX {
            while *state == State::Moving {
                state = self.shared.wait(state);
            }
            drop(state);
            // The little that came meanwhile; where somebody reads, it is tried again.
            self.shared.take(move_log(records));
            return Log::Rests;
        }
        if due && *state == State::Idle {
            *state = State::Moving;
            self.shared.bell.notify_all();
        }
        match *state {
            State::Moving => Log::Moves,
            State::Idle | State::Closed => Log::Rests,
        }
    }
}

impl Drop for Mover {
    fn drop(&mut self) {
        *self.shared.state() = State::Closed;
        self.shared.bell.notify_all();
        if let Some(thread) = self.thread.take() {
            // It has nothing to say, a panic was told when it came.
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// Whatever came of it, a reader in the way or a disk that refuses: the next try is due after
    /// as many pages again.
    fn take(&self, moved: rusqlite::Result<u32>) {
        let length = moved.unwrap_or_else(|error| {
            tracing::debug!(%error, "the log stays as it is");
            self.pages.get()
        });
        self.moved.store(length, Ordering::Relaxed);
    }
}

fn run(shared: &Shared, (path, seal): (&Path, &Seal), jobs: &mpsc::WeakSender<Job>) {
    loop {
        let mut state = shared.state();
        while *state == State::Idle {
            state = shared.wait(state);
        }
        if *state == State::Closed {
            return;
        }
        drop(state);
        let moved = files::beside(path, seal).and_then(|connection| move_log(&connection));
        shared.take(moved);
        let mut state = shared.state();
        if *state == State::Moving {
            *state = State::Idle;
        }
        drop(state);
        shared.bell.notify_all();
        // Where no more jobs fit, the disk's thread does not wait for one.
        if let Some(jobs) = jobs.upgrade() {
            let _ = jobs.try_send(Job::LogMoved);
        }
    }
}

/// Moves what is in the log, as far as nobody reads what was before; how long the log was, in pages.
fn move_log(connection: &Connection) -> rusqlite::Result<u32> {
    let length: i64 =
        connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |row| row.get(1))?;
    Ok(u32::try_from(length).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::super::files::{Durability, connect};
    use super::*;

    struct Rig {
        records: Connection,
        pages: Pages,
        mover: Mover,
        jobs: mpsc::Receiver<Job>,
        _sender: mpsc::Sender<Job>,
        _folder: tempfile::TempDir,
    }

    impl Rig {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("cache.db");
            let mut records = connect(&path, Durability::Crash, &Seal::default()).unwrap();
            records.execute_batch("CREATE TABLE page (x)").unwrap();
            let pages = Pages::default();
            pages.watch(&mut records).unwrap();
            let (sender, jobs) = mpsc::channel(1);
            let mover =
                Mover::start(path, Seal::default(), pages.clone(), sender.downgrade()).unwrap();
            Self {
                records,
                pages,
                mover,
                jobs,
                _sender: sender,
                _folder: folder,
            }
        }

        fn writes(&mut self, pages: u32) {
            let tx = self.records.transaction().unwrap();
            for _ in 0..pages {
                tx.execute("INSERT INTO page VALUES (zeroblob(4000))", ())
                    .unwrap();
            }
            tx.commit().unwrap();
        }

        fn tend(&self) -> Log {
            self.mover.tend(&self.records)
        }
    }

    #[test]
    fn a_long_log_is_moved_beside_the_disks_thread_and_begins_anew() {
        let mut rig = Rig::new();
        rig.writes(LOG_PAGES / 2);
        assert_eq!(rig.tend(), Log::Rests);
        rig.writes(LOG_PAGES);
        assert_eq!(rig.tend(), Log::Moves);
        assert!(matches!(rig.jobs.blocking_recv(), Some(Job::LogMoved)));
        assert_eq!(rig.tend(), Log::Rests);
        rig.writes(1);
        assert!(rig.pages.get() < 100, "{}", rig.pages.get());
    }

    #[test]
    fn a_log_that_is_too_long_is_waited_for() {
        let mut rig = Rig::new();
        rig.writes(LOG_PAGES_MAX);
        assert_eq!(rig.tend(), Log::Rests);
        rig.writes(1);
        assert!(rig.pages.get() < 100, "{}", rig.pages.get());
    }

    #[test]
    fn a_reader_in_the_way_is_asked_after_as_many_pages_again() {
        let mut rig = Rig::new();
        rig.writes(1);
        let path = Path::new(rig.records.path().unwrap());
        let reader = files::beside(path, &Seal::default()).unwrap();
        reader
            .execute_batch("BEGIN; SELECT count(*) FROM page")
            .unwrap();
        rig.writes(LOG_PAGES);
        assert_eq!(rig.tend(), Log::Moves);
        assert!(matches!(rig.jobs.blocking_recv(), Some(Job::LogMoved)));
        rig.writes(1);
        assert_eq!(rig.tend(), Log::Rests);
        reader.execute_batch("COMMIT").unwrap();
        rig.writes(LOG_PAGES);
        assert_eq!(rig.tend(), Log::Moves);
        assert!(matches!(rig.jobs.blocking_recv(), Some(Job::LogMoved)));
        rig.writes(1);
        assert!(rig.pages.get() < 100, "{}", rig.pages.get());
    }
}
