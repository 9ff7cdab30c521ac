//! The thread that searches: it answers the newest question and lets go of older ones.

use super::find::{Limits, find};
use crate::cache::cipher::Seal;
use crate::cache::error::CacheError;
use crate::cache::files;
use crate::cache::identity;
use crate::cache::list::Shelves;
use crate::model::search::{Found, SearchQuery};
use jiff::tz::TimeZone;
use rusqlite::{Connection, InterruptHandle};
use smsdesk_common::filter::Viewpoint;
use smsdesk_common::time::Timestamp;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// How long a search waits for whoever holds a file, such as a backup.
const BUSY_WAIT: Duration = Duration::from_millis(500);

/// The files that are searched.
#[derive(Clone, Debug)]
pub(in crate::cache) struct Files {
    pub(in crate::cache) records: PathBuf,
    pub(in crate::cache) outbox: PathBuf,
    pub(in crate::cache) seal: Seal,
    /// Counts how often another file took the place of the records.
    pub(in crate::cache) lives: Arc<AtomicU64>,
}

/// A question, and who waits for the answer.
struct Question {
    number: u64,
    query: SearchQuery,
    now: Timestamp,
    zone: TimeZone,
    answer: oneshot::Sender<Result<Option<Found>, CacheError>>,
}

/// What askers and thread share.
#[derive(Default)]
struct Desk {
    slot: Mutex<Slot>,
    bell: Condvar,
    /// The newest question.
    asked: AtomicU64,
}

#[derive(Default)]
struct Slot {
    next: Option<Question>,
    /// Stops what the thread is reading.
    interrupt: Option<InterruptHandle>,
    state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// The thread was not needed yet.
    #[default]
    Idle,
    Running,
    /// Nothing is answered any more.
    Closed,
}

/// Asks the thread. It ends with the last of these.
pub(in crate::cache) struct Searcher {
    desk: Arc<Desk>,
    files: Files,
}

impl std::fmt::Debug for Searcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Searcher").finish_non_exhaustive()
    }
}

impl Desk {
    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Searcher {
    /// Nothing is opened before the first question.
    pub(in crate::cache) fn new(files: Files) -> Self {
        let desk = Arc::default();
        Self { desk, files }
    }

    /// What is found; none where another question came before the answer. The question is asked
    /// at once, whenever the answer is waited for.
    pub(in crate::cache) fn search(
        &self,
        query: SearchQuery,
        now: Timestamp,
        zone: TimeZone,
    ) -> impl Future<Output = Result<Option<Found>, CacheError>> + use<> {
        let (answer, answered) = oneshot::channel();
        let asked = self.ask(query, now, zone, answer);
        async move {
            asked?;
            // Whoever is asked something newer drops the older question.
            answered.await.unwrap_or(Ok(None))
        }
    }

    fn ask(
        &self,
        query: SearchQuery,
        now: Timestamp,
        zone: TimeZone,
        answer: oneshot::Sender<Result<Option<Found>, CacheError>>,
    ) -> Result<(), CacheError> {
        let mut slot = self.desk.slot();
        match slot.state {
            State::Closed => return Err(CacheError::Closed),
            State::Running => {}
            State::Idle => {
                let (desk, files) = (Arc::clone(&self.desk), self.files.clone());
                std::thread::Builder::new()
                    .name("search".to_owned())
                    .spawn(move || run(&desk, &files))
                    .map_err(|_| CacheError::Closed)?;
                slot.state = State::Running;
            }
        }
        slot.next = Some(Question {
            number: self.desk.asked.fetch_add(1, Ordering::Relaxed) + 1,
            query,
            now,
            zone,
            answer,
        });
        if let Some(interrupt) = &slot.interrupt {
            interrupt.interrupt();
        }
        self.desk.bell.notify_one();
        Ok(())
    }

    /// Answers nothing any more and lets go of the files soon.
    pub(in crate::cache) fn close(&self) {
        let mut slot = self.desk.slot();
        slot.state = State::Closed;
        slot.next = None;
        self.desk.asked.fetch_add(1, Ordering::Relaxed);
        if let Some(interrupt) = &slot.interrupt {
            interrupt.interrupt();
        }
        self.desk.bell.notify_one();
    }
}

impl Drop for Searcher {
    fn drop(&mut self) {
        self.close();
    }
}

fn run(desk: &Desk, files: &Files) {
    let mut open: Option<Shelf> = None;
    while let Some(question) = next(desk) {
        let life = files.lives.load(Ordering::Relaxed);
        let result = match open.take().filter(|shelf| shelf.life == life) {
            Some(shelf) => Ok(shelf),
            None => Shelf::open(files, life, desk),
        };
        let result = result.and_then(|shelf| {
            let found = shelf.find(&question, desk);
            if found.is_ok() {
                open = Some(shelf);
            }
            found
        });
        // Whoever asked may have gone.
        let _ = question.answer.send(result);
    }
    desk.slot().interrupt = None;
}

/// The next question; none once the thread is to end.
fn next(desk: &Desk) -> Option<Question> {
    let mut slot = desk.slot();
    loop {
        if slot.state == State::Closed {
            return None;
        }
        if let Some(question) = slot.next.take() {
            return Some(question);
        }
        slot = desk.bell.wait(slot).unwrap_or_else(PoisonError::into_inner);
    }
}

/// Both files, open for reading.
struct Shelf {
    records: Connection,
    outbox: Connection,
    life: u64,
}

impl Shelf {
    fn open(at: &Files, life: u64, desk: &Desk) -> Result<Self, CacheError> {
        let open = |path: &PathBuf| -> Result<Connection, CacheError> {
            let connection = files::beside(path, &at.seal)?;
            connection.busy_timeout(BUSY_WAIT)?;
            connection.set_db_config(
                rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG,
                true,
            )?;
            connection.pragma_update(None, "query_only", true)?;
            connection.pragma_update(None, "trusted_schema", false)?;
            // 16 MiB in KiB: what is asked for while one types is asked for again.
            connection.pragma_update(None, "cache_size", -16 * 1024)?;
            Ok(connection)
        };
        let shelf = Self {
            records: open(&at.records)?,
            outbox: open(&at.outbox)?,
            life,
        };
        desk.slot().interrupt = Some(shelf.records.get_interrupt_handle());
        Ok(shelf)
    }

    fn find(&self, question: &Question, desk: &Desk) -> Result<Option<Found>, CacheError> {
        let shelves = Shelves {
            records: &self.records,
            outbox: &self.outbox,
        };
        let from = Viewpoint {
            me: identity::me(&self.outbox)?.map(|agent| agent.id),
            now: question.now,
            zone: question.zone.clone(),
        };
        let go_on = || desk.asked.load(Ordering::Relaxed) == question.number;
        let query = question.query.clone();
        match find(shelves, query, &from, &Limits::USUAL, &go_on) {
            Err(_) if !go_on() => Ok(None),
            found => found,
        }
    }
}
