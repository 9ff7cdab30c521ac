//! One commit: several jobs, each in a savepoint, and their answers.

use super::{Answer, Job, QUEUE_JOBS_MAX, Ran};
use crate::clock::{Clock, monotonic};
use crate::hub::Hub;
use crate::store::engine::sqlite::{Head, SqliteTx, taken_back, translate};
use crate::store::error::StoreError;
use crate::store::meta;
use crate::store::refusing::Refusing;
use crate::store::sql::Tx;
use crate::store::trouble::Trouble;
use crate::store::vitals::Vitals;
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

/// Jobs in one commit.
const COMMIT_JOBS_MAX: usize = 256;
/// How long a commit may go on collecting jobs, in milliseconds.
const COMMIT_COLLECT_MS_MAX: u64 = 2;

/// A connection that is trusted, and where it stands in the feed.
pub(super) struct Batches {
    pub(super) conn: Connection,
    pub(super) head: Head,
    pub(super) clock: Clock,
    pub(super) hub: Hub,
    pub(super) vitals: Arc<Vitals>,
}

impl Batches {
    /// Runs `first` and what else waits, and answers them all.
    ///
    /// # Errors
    /// Why nothing was acknowledged; everybody was told already.
    pub(super) fn commit(&mut self, first: Job, inbox: &Receiver<Job>) -> Result<(), StoreError> {
        let began = monotonic();
        let mut answers = Vec::new();
        let before = self.head;
        if let Err(error) = self.statement("BEGIN IMMEDIATE") {
            refuse_all(first, inbox, &error);
            return Err(self.nothing_begins(error));
        }
        let mut next = Some(first);
        while let Some(job) = next {
            match self.run_one(job) {
                Ok(answer) => answers.push(answer),
                Err((answer, error)) => {
                    answers.push(answer);
                    return Err(self.give_up(before, answers, error));
                }
            }
            let collected = answers.len() >= COMMIT_JOBS_MAX
                || monotonic().duration_since(began)
                    >= Duration::from_millis(COMMIT_COLLECT_MS_MAX);
            next = if collected { None } else { waiting(inbox) };
        }
        let ending = monotonic();
        match self.end(before) {
            Ok(()) => {
                let took = monotonic().duration_since(ending);
                self.vitals.committed(answers.len(), took);
                self.hub.grew_to(self.head.seq);
                answers.into_iter().for_each(|answer| answer(Ok(())));
                Ok(())
            }
            Err(error) => Err(self.give_up(before, answers, error)),
        }
    }

    fn end(&mut self, before: Head) -> Result<(), StoreError> {
        if self.head != before {
            let digest = self.head.digest;
            meta::set_digest(&mut self.tx(), digest)?;
        }
        self.statement("COMMIT")
    }

    fn tx(&self) -> SqliteTx<'_> {
        SqliteTx {
            conn: &self.conn,
            head: self.head,
            now: self.clock.now(),
            clock: &self.clock,
            met: None,
        }
    }

    /// Runs one job in a savepoint. An error here is one of the transaction as a whole.
    fn run_one(&mut self, job: Job) -> Result<Answer, (Answer, StoreError)> {
        if let Err(error) = self.statement("SAVEPOINT job") {
            return Err((refuse(job, &error), error));
        }
        let mut tx = self.tx();
        let ran = perform(job, &mut tx);
        let SqliteTx { head, met, .. } = tx;
        // A disk that fails under one job is not to be trusted with its neighbours.
        if let Some(error) = met.filter(|error| error.trouble() != Some(Trouble::Full)) {
            return Err((ran.answer, error));
        }
        let closed = if ran.keep {
            self.head = head;
            self.statement("RELEASE job")
        } else {
            self.statement("ROLLBACK TO job")
                .and_then(|()| self.statement("RELEASE job"))
        };
        match closed {
            Ok(()) => Ok(ran.answer),
            Err(_) if self.conn.is_autocommit() => Err((ran.answer, taken_back())),
            Err(error) => Err((ran.answer, error)),
        }
    }

    fn statement(&self, sql: &'static str) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute([]))
            .map(|_| ())
            .map_err(|e| translate(&e))
    }

    /// Takes everything of this transaction back. A full disk makes SQLite roll back by itself,
    /// so that there may be nothing left to roll back.
    fn give_up(&mut self, before: Head, answers: Vec<Answer>, error: StoreError) -> StoreError {
        self.head = before;
        let rolled_back = self.conn.is_autocommit() || self.statement("ROLLBACK").is_ok();
        for answer in answers {
            answer(Err(error.clone()));
        }
        if rolled_back {
            error
        } else {
            self.nothing_begins(error)
        }
    }

    /// A connection on which no transaction begins, or none ends, is replaced, unless somebody
    /// else holds the database or there is no room: then a new one would fare no better.
    fn nothing_begins(&self, error: StoreError) -> StoreError {
        match error {
            StoreError::Unavailable(_) | StoreError::Failing(..) if self.conn.is_autocommit() => {
                error
            }
            StoreError::Failing(Trouble::Damaged, _) => error,
            error => StoreError::Failing(Trouble::Disk, error.to_string()),
        }
    }
}

/// Answers the waiting jobs without running them. Those that come while they are answered get a
/// try of their own.
pub(super) fn refuse_all(first: Job, inbox: &Receiver<Job>, error: &StoreError) {
    let waiting: Vec<Job> = std::iter::from_fn(|| inbox.try_recv().ok())
        .take(QUEUE_JOBS_MAX)
        .collect();
    for job in std::iter::once(first).chain(waiting) {
        refuse(job, error)(Err(error.clone()));
    }
}

/// The next job that waits. Where none does, whoever is about to bring one gets the processor
/// first: on a busy machine a commit would else take the first of many jobs that come together, and
/// the rest would wait for the disk twice. Where nobody else wants to run, this takes no time.
fn waiting(inbox: &Receiver<Job>) -> Option<Job> {
    inbox.try_recv().ok().or_else(|| {
        std::thread::yield_now();
        inbox.try_recv().ok()
    })
}

/// The answer of a job that is not run: there is only one way to learn whom to tell, so the job
/// meets a transaction that refuses everything.
fn refuse(job: Job, error: &StoreError) -> Answer {
    perform(job, &mut Refusing(error)).answer
}

/// Runs a job. A fault in one must not end the thread that all others need: nothing of it is kept,
/// and its caller hears that the store closed on it.
fn perform(job: Job, tx: &mut dyn Tx) -> Ran {
    catch_unwind(AssertUnwindSafe(|| job(tx))).unwrap_or_else(|_| {
        tracing::error!("a job panicked; nothing of it was stored");
        Ran {
            keep: false,
            answer: Box::new(|_| ()),
        }
    })
}
