//! How the database fares, shared by the writer, the readers and whoever watches.

use crate::metrics::commits::Commits;
use crate::store::error::StoreError;
use crate::store::trouble::Trouble;
use crate::store::{beside, space};
use smsdesk_common::time::Timestamp;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

/// What the parts of the store tell each other.
#[derive(Debug)]
pub(crate) struct Vitals {
    path: PathBuf,
    log: PathBuf,
    damaged: AtomicBool,
    low: AtomicBool,
    /// Milliseconds; 0 for never.
    moved_at: AtomicI64,
    /// Where commits are counted, where they are.
    commits: OnceLock<Commits>,
}

/// A look at them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signs {
    /// The database's file.
    pub database_bytes: Option<u64>,
    /// The write-ahead log's file.
    pub wal_bytes: Option<u64>,
    /// When the log was last moved into the database without an error; none since the start.
    pub moved_at: Option<Timestamp>,
    /// Room on the disk.
    pub free_bytes: Option<u64>,
}

impl Vitals {
    pub(crate) fn of(database: &Path) -> Self {
        Self {
            path: database.to_owned(),
            log: beside(database, "-wal"),
            damaged: AtomicBool::new(false),
            low: AtomicBool::new(false),
            moved_at: AtomicI64::new(0),
            commits: OnceLock::new(),
        }
    }

    /// Has commits counted from now on, by whoever says so first.
    pub(crate) fn count_by(&self, commits: Commits) {
        let _counted_already = self.commits.set(commits);
    }

    /// A commit of so many jobs took so long.
    pub(crate) fn committed(&self, jobs: usize, took: Duration) {
        if let Some(commits) = self.commits.get() {
            commits.made(jobs, took);
        }
    }

    /// Notes what a connection met. Damage that a reader meets concerns the writer, too.
    pub(crate) fn met(&self, error: &StoreError) {
        let damaged = error.trouble() == Some(Trouble::Damaged);
        if damaged && !self.damaged.swap(true, Ordering::Relaxed) {
            tracing::error!(%error, "{}", Trouble::Damaged);
        }
    }

    pub(crate) fn is_damaged(&self) -> bool {
        self.damaged.load(Ordering::Relaxed)
    }

    pub(crate) fn moved(&self, at: Timestamp) {
        self.moved_at.store(at.as_millis(), Ordering::Relaxed);
    }

    /// Says whether it is news.
    pub(crate) fn set_low(&self, low: bool) -> bool {
        self.low.swap(low, Ordering::Relaxed) != low
    }

    pub(crate) fn is_low(&self) -> bool {
        self.low.load(Ordering::Relaxed)
    }

    pub(crate) fn signs(&self) -> Signs {
        let size = |path: &Path| std::fs::metadata(path).map(|found| found.len()).ok();
        let moved_at = self.moved_at.load(Ordering::Relaxed);
        Signs {
            database_bytes: size(&self.path),
            wal_bytes: size(&self.log),
            moved_at: (moved_at != 0).then(|| Timestamp::from_millis(moved_at)),
            free_bytes: space::free(&self.path).ok(),
        }
    }
}
