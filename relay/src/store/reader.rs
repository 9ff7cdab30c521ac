//! A small pool of connections that look and never write.
//!
//! A look holds one state of the database, and as long as it does the log cannot begin anew. So
//! none may take long: after a while it is interrupted, and whoever wanted it comes again with a
//! smaller wish.

use crate::clock::monotonic;
use crate::store::engine::open::open_reader;
use crate::store::engine::sqlite::in_snapshot;
use crate::store::error::{OpenError, StoreError};
use crate::store::sql::{Reads, Row, Value};
use crate::store::vitals::Vitals;
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// Connections that look at the same time; SQLite readers do not wait for each other.
const READERS: usize = 4;
/// Of them, those that looks may have which take long: half, so that whoever only shows a token or
/// follows the feed does not wait behind a search.
const LONG: usize = 2;
/// How long one look may take, in milliseconds.
const LOOK_MS_MAX: u64 = 5_000;
/// After how many steps of the engine the time is looked at: some hundred microseconds.
const STEPS: i32 = 10_000;

/// The pool. Cloned freely.
#[derive(Clone, Debug)]
pub(crate) struct Readers {
    idle: Arc<Mutex<Vec<Reader>>>,
    permits: Arc<Semaphore>,
    /// Held by those that take long, besides.
    long: Arc<Semaphore>,
    limit: Duration,
}

/// A connection that gives up at a time that is set before each look.
#[derive(Debug)]
struct Reader {
    conn: Connection,
    opened: Instant,
    /// Milliseconds after `opened`.
    until: Arc<AtomicU64>,
    vitals: Arc<Vitals>,
}

impl Reader {
    fn open(path: &Path, vitals: Arc<Vitals>) -> Result<Self, OpenError> {
        let mut conn = open_reader(path)?;
        let opened = monotonic();
        let until = Arc::new(AtomicU64::new(u64::MAX));
        let deadline = Arc::clone(&until);
        let late = move || millis_since(opened) > deadline.load(Ordering::Relaxed);
        conn.progress_handler(STEPS, Some(late))
            .map_err(|e| crate::store::engine::open::engine(path, &e))?;
        Ok(Self {
            conn,
            opened,
            until,
            vitals,
        })
    }

    fn look<T>(
        &self,
        limit: Duration,
        look: impl FnOnce(&mut dyn Reads) -> T,
    ) -> Result<T, StoreError> {
        let limit = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        let until = millis_since(self.opened).saturating_add(limit);
        self.until.store(until, Ordering::Relaxed);
        let answer = in_snapshot(&self.conn, |reads| {
            Ok(look(&mut Watched {
                reads,
                reader: self,
            }))
        });
        // Ending the snapshot must not be interrupted, nor what comes before the next one.
        self.until.store(u64::MAX, Ordering::Relaxed);
        answer
    }
}

fn millis_since(opened: Instant) -> u64 {
    u64::try_from(monotonic().duration_since(opened).as_millis()).unwrap_or(u64::MAX)
}

/// Refuses the next statement of a look that took too long between two of them, and notes what the
/// disk or the file did to it.
struct Watched<'a> {
    reads: &'a mut dyn Reads,
    reader: &'a Reader,
}

impl Reads for Watched<'_> {
    fn query(&mut self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        let Reader {
            opened,
            until,
            vitals,
            ..
        } = self.reader;
        if millis_since(*opened) > until.load(Ordering::Relaxed) {
            return Err(StoreError::Unavailable("the look took too long".to_owned()));
        }
        let answer = self.reads.query(sql, params);
        answer.inspect_err(|error| vitals.met(error))
    }
}

impl Readers {
    pub(crate) fn open(path: &Path, vitals: &Arc<Vitals>) -> Result<Self, OpenError> {
        let idle = (0..READERS)
            .map(|_| Reader::open(path, Arc::clone(vitals)))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            idle: Arc::new(Mutex::new(idle)),
            permits: Arc::new(Semaphore::new(READERS)),
            long: Arc::new(Semaphore::new(LONG)),
            limit: Duration::from_millis(LOOK_MS_MAX),
        })
    }

    /// The same pool with another limit of time, for tests.
    #[cfg(test)]
    pub(crate) fn with_limit(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// As [`Self::run`], for a look at much of the database: it waits until few others do so.
    pub(crate) async fn run_long<T, E>(
        &self,
        look: impl FnOnce(&mut dyn Reads) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let turn = Arc::clone(&self.long).acquire_owned().await;
        let turn = turn.map_err(|_| E::from(StoreError::Closed))?;
        let look = move |reads: &mut dyn Reads| {
            let found = look(reads);
            // Not before: whoever hangs up does not end the look.
            drop(turn);
            found
        };
        self.run(look).await
    }

    /// Runs `look` over one unchanging state of the database, away from the async threads.
    pub(crate) async fn run<T, E>(
        &self,
        look: impl FnOnce(&mut dyn Reads) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(|_| E::from(StoreError::Closed))?;
        let (idle, limit) = (Arc::clone(&self.idle), self.limit);
        let ran = tokio::task::spawn_blocking(move || {
            let taken = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(reader) = taken else {
                return Err(E::from(StoreError::Busy));
            };
            // A look that panics must not cost the pool a connection; its transaction is rolled
            // back by then.
            let answer = catch_unwind(AssertUnwindSafe(|| reader.look(limit, |reads| look(reads))));
            idle.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(reader);
            drop(permit);
            match answer {
                Ok(answer) => answer.map_err(E::from)?,
                Err(fault) => resume_unwind(fault),
            }
        });
        ran.await
            .unwrap_or_else(|_| Err(E::from(StoreError::Closed)))
    }
}
