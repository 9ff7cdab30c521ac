//! The one thread that writes: it takes a job, drains what else waits, runs each in a savepoint
//! of its own, commits once, and only then answers them all.
//!
//! `batch.rs` runs the jobs, `keeper.rs` is the thread's life around that: it moves the log, and
//! after a failure of the disk gets back to a connection that can be trusted. A job that waits
//! while the store is in trouble is answered at once. What no code here can shorten is a system
//! call that does not return, as on a network disk without an answer: then the limits of the
//! requests apply, and the queue's.

pub(crate) mod alone;
mod batch;
mod keeper;

use crate::clock::Clock;
use crate::hub::Hub;
use crate::store::engine::sqlite::Head;
use crate::store::error::StoreError;
use crate::store::lock::Lock;
use crate::store::sql::Tx;
use crate::store::vitals::Vitals;
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use tokio::sync::{oneshot, watch};
use tracing::Span;

/// Jobs that may wait for the writer: at a thousand commits a second they wait a second.
pub const QUEUE_JOBS_MAX: usize = 1_024;

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

/// What the writer works with besides its connection.
#[derive(Clone, Debug)]
pub(crate) struct Surroundings {
    pub(crate) path: PathBuf,
    pub(crate) clock: Clock,
    pub(crate) hub: Hub,
    pub(crate) vitals: Arc<Vitals>,
}

/// The way to the writer. Cloned freely; the thread ends when the last clone is gone.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    jobs: SyncSender<Job>,
}

impl Writer {
    /// Starts the thread on `conn`, which must be the only connection that writes, and trusted.
    ///
    /// The thread keeps `lock` as long as it has the connection; the receiver hears of its end.
    pub(crate) fn start(
        conn: Connection,
        lock: Lock,
        head: Head,
        around: Surroundings,
    ) -> std::io::Result<(Self, watch::Receiver<()>)> {
        let (jobs, inbox) = sync_channel(QUEUE_JOBS_MAX);
        let (ended, end) = watch::channel(());
        std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || {
                keeper::Keeper::new(conn, head, around).run(&inbox);
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
                TrySendError::Disconnected(_) => StoreError::Closed,
            })?;
        told.await
            .unwrap_or_else(|_| Err(E::from(StoreError::Closed)))
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
    // What a job logs belongs to whoever brought it.
    let span = Span::current();
    Box::new(move |tx| {
        let outcome = span.in_scope(|| job(tx));
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
