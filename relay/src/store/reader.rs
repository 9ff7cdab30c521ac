//! A small pool of connections that look and never write.

use crate::store::engine::sqlite::{in_snapshot, open_reader};
use crate::store::error::{OpenError, StoreError};
use crate::store::sql::Reads;
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// Connections that look at the same time; SQLite readers do not wait for each other.
const READERS: usize = 4;

/// The pool. Cloned freely.
#[derive(Clone, Debug)]
pub(crate) struct Readers {
    idle: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
}

impl Readers {
    pub(crate) fn open(path: &Path) -> Result<Self, OpenError> {
        let idle = (0..READERS)
            .map(|_| open_reader(path))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            idle: Arc::new(Mutex::new(idle)),
            permits: Arc::new(Semaphore::new(READERS)),
        })
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
        let idle = Arc::clone(&self.idle);
        let ran = tokio::task::spawn_blocking(move || {
            let taken = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(conn) = taken else {
                return Err(E::from(StoreError::Busy));
            };
            // A look that panics must not cost the pool a connection; its transaction is rolled
            // back by then.
            let answer = catch_unwind(AssertUnwindSafe(|| {
                in_snapshot(&conn, |reads| Ok(look(reads)))
            }));
            idle.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(conn);
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
