//! The one thread that writes: it takes a job, drains what else waits, runs each in a savepoint
//! of its own, commits once, and only then answers them all.

use crate::clock::{Clock, monotonic};
use crate::hub::Hub;
use crate::store::engine::sqlite::{Head, SqliteTx, taken_back, translate};
use crate::store::error::StoreError;
use crate::store::lock::Lock;
use crate::store::meta;
use crate::store::sql::Tx;
use rusqlite::Connection;
use smsdesk_common::ids::Seq;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, Sender, channel, error::TrySendError};
use tokio::sync::{oneshot, watch};

/// Jobs that may wait for the writer: at a thousand commits a second they wait a second.
pub const QUEUE_JOBS_MAX: usize = 1_024;
/// Jobs in one commit.
const COMMIT_JOBS_MAX: usize = 256;
/// How long a commit may go on collecting jobs, in milliseconds.
const COMMIT_COLLECT_MS_MAX: u64 = 2;

/// Tells one caller how its job ended, once the commit is through or has failed.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// A job: runs inside the transaction and says what to keep and whom to tell.
type Job = Box<dyn FnOnce(&mut dyn Tx) -> Ran + Send>;

/// What a job left behind.
struct Ran {
    /// Whether its changes stay.
    keep: bool,
    answer: Answer,
}

/// The way to the writer. Cloned freely; the thread ends when the last clone is gone.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    jobs: Sender<Job>,
}

impl Writer {
    /// Starts the thread on `conn`, which must be the only connection that writes.
    ///
    /// The thread keeps `lock` as long as it has the connection; the receiver hears of its end.
    pub(crate) fn start(
        conn: Connection,
        lock: Lock,
        head: Head,
        clock: Clock,
        hub: Hub,
    ) -> std::io::Result<(Self, watch::Receiver<()>)> {
        let (jobs, inbox) = channel(QUEUE_JOBS_MAX);
        let (ended, end) = watch::channel(());
        std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || {
                Thread {
                    conn,
                    head,
                    clock,
                    hub,
                }
                .run(inbox);
                drop(lock);
                drop(ended);
            })?;
        Ok((Self { jobs }, end))
    }

    /// Runs `job` in a transaction and waits until it is durable. Where the job itself fails,
    /// nothing of it is stored.
    pub(crate) async fn run<T, E>(
        &self,
        job: impl FnOnce(&mut dyn Tx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        self.jobs
            .try_send(boxed(job, tell))
            .map_err(|error| match error {
                TrySendError::Full(_) => StoreError::Busy,
                TrySendError::Closed(_) => StoreError::Closed,
            })?;
        told.await
            .unwrap_or_else(|_| Err(E::from(StoreError::Closed)))
    }
}

/// The writer's work without its thread, for whoever is alone with a database: each job is a
/// commit of its own, done when the call returns.
pub(crate) struct Alone {
    thread: Thread,
    /// Nobody else can hand a job in.
    nobody: Receiver<Job>,
}

impl Alone {
    /// Works on `conn`, which must be the only connection that writes.
    pub(crate) fn new(conn: Connection, head: Head, clock: Clock) -> Self {
        let (_, nobody) = channel(1);
        let hub = Hub::new(head.seq);
        let thread = Thread {
            conn,
            head,
            clock,
            hub,
        };
        Self { thread, nobody }
    }

    /// Runs `job` in a transaction. Where it fails, nothing of it is stored.
    pub(crate) fn run<T, E>(
        &mut self,
        job: impl FnOnce(&mut dyn Tx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (tell, mut told) = oneshot::channel();
        self.thread.commit(boxed(job, tell), &mut self.nobody);
        told.try_recv()
            .unwrap_or_else(|_| Err(E::from(StoreError::Closed)))
    }

    /// The connection, to look through.
    pub(crate) const fn conn(&self) -> &Connection {
        &self.thread.conn
    }

    /// The connection, to put another database in its place; call [`Self::stand_at`] then.
    pub(crate) const fn conn_mut(&mut self) -> &mut Connection {
        &mut self.thread.conn
    }

    /// Goes on from where the database stands.
    pub(crate) fn stand_at(&mut self, head: Head) {
        self.thread.head = head;
        self.thread.hub = Hub::new(head.seq);
    }

    /// Goes by another clock.
    pub(crate) fn set_clock(&mut self, clock: Clock) {
        self.thread.clock = clock;
    }

    /// The newest committed position.
    pub(crate) fn head(&self) -> Seq {
        self.thread.hub.head()
    }
}

/// A job that tells its outcome to whoever waits at the other end of `tell`.
fn boxed<T, E>(
    job: impl FnOnce(&mut dyn Tx) -> Result<T, E> + Send + 'static,
    tell: oneshot::Sender<Result<T, E>>,
) -> Job
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    Box::new(move |tx| {
        let outcome = job(tx);
        Ran {
            keep: outcome.is_ok(),
            answer: Box::new(move |committed| {
                let outcome = match (outcome, committed) {
                    (Ok(_), Err(error)) => Err(E::from(error)),
                    (outcome, _) => outcome,
                };
                // A caller that has gone away no longer wants to know.
                let _ = tell.send(outcome);
            }),
        }
    })
}

struct Thread {
    conn: Connection,
    head: Head,
    clock: Clock,
    hub: Hub,
}

impl Thread {
    fn run(mut self, mut inbox: Receiver<Job>) {
        while let Some(first) = inbox.blocking_recv() {
            self.commit(first, &mut inbox);
        }
    }

    fn commit(&mut self, first: Job, inbox: &mut Receiver<Job>) {
        let began = monotonic();
        let mut answers = Vec::new();
        let before = self.head;
        if let Err(error) = self.begin() {
            return Self::refuse_all(first, inbox, &error);
        }
        let mut next = Some(first);
        while let Some(job) = next {
            match self.run_one(job) {
                Ok(answer) => answers.push(answer),
                Err((answer, error)) => {
                    answers.push(answer);
                    return self.give_up(before, answers, &error);
                }
            }
            let collected = answers.len() >= COMMIT_JOBS_MAX
                || monotonic().duration_since(began)
                    >= Duration::from_millis(COMMIT_COLLECT_MS_MAX);
            next = if collected {
                None
            } else {
                inbox.try_recv().ok()
            };
        }
        match self.end(before) {
            Ok(()) => {
                self.hub.grew_to(self.head.seq);
                answers.into_iter().for_each(|answer| answer(Ok(())));
            }
            Err(error) => self.give_up(before, answers, &error),
        }
    }

    fn begin(&self) -> Result<(), StoreError> {
        self.statement("BEGIN IMMEDIATE")
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
        }
    }

    /// Runs one job in a savepoint. An error here is one of the transaction as a whole.
    fn run_one(&mut self, job: Job) -> Result<Answer, (Answer, StoreError)> {
        if let Err(error) = self.statement("SAVEPOINT job") {
            return Err((refuse(job), error));
        }
        let mut tx = self.tx();
        let ran = perform(job, &mut tx);
        let head = tx.head;
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
    fn give_up(&mut self, before: Head, answers: Vec<Answer>, error: &StoreError) {
        tracing::error!(jobs = answers.len(), %error, "commit failed; nothing of it was stored");
        self.head = before;
        if !self.conn.is_autocommit()
            && let Err(error) = self.statement("ROLLBACK")
        {
            tracing::error!(%error, "rollback failed");
        }
        answers
            .into_iter()
            .for_each(|answer| answer(Err(error.clone())));
    }

    /// Answers the waiting jobs without running them: no transaction can begin. Those that come
    /// while they are answered get a try of their own.
    fn refuse_all(first: Job, inbox: &mut Receiver<Job>, error: &StoreError) {
        tracing::error!(%error, "no transaction can begin");
        let waiting: Vec<Job> = std::iter::from_fn(|| inbox.try_recv().ok())
            .take(QUEUE_JOBS_MAX)
            .collect();
        for job in std::iter::once(first).chain(waiting) {
            refuse(job)(Err(error.clone()));
        }
    }
}

/// The answer of a job that is not run: there is only one way to learn whom to tell, so the job
/// meets a transaction that refuses everything.
fn refuse(job: Job) -> Answer {
    perform(job, &mut crate::store::refusing::Refusing).answer
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
