//! The writer's work without its thread, for whoever is alone with a database: each job is a
//! commit of its own, done when the call returns.

use super::batch::Batches;
use super::{Job, boxed};
use crate::clock::Clock;
use crate::hub::Hub;
use crate::store::engine::sqlite::Head;
use crate::store::error::StoreError;
use crate::store::sql::Tx;
use crate::store::vitals::Vitals;
use rusqlite::Connection;
use smsdesk_common::ids::Seq;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use tokio::sync::oneshot;

/// A writer that is driven by hand.
pub(crate) struct Alone {
    batches: Batches,
    /// Nobody else can hand a job in.
    nobody: Receiver<Job>,
}

impl Alone {
    /// Works on `conn`, which must be the only connection that writes.
    pub(crate) fn new(conn: Connection, head: Head, clock: Clock) -> Self {
        let (_, nobody) = sync_channel(1);
        let hub = Hub::new(head.seq);
        let batches = Batches {
            conn,
            head,
            clock,
            hub,
            // Nobody watches it.
            vitals: Arc::new(Vitals::of(Path::new(""))),
        };
        Self { batches, nobody }
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
        self.batches.commit(boxed(job, tell), &self.nobody)?;
        told.try_recv()
            .unwrap_or_else(|_| Err(E::from(StoreError::Closed)))
    }

    /// The connection, to look through.
    pub(crate) const fn conn(&self) -> &Connection {
        &self.batches.conn
    }

    /// The connection, to put another database in its place; call [`Self::stand_at`] then.
    pub(crate) const fn conn_mut(&mut self) -> &mut Connection {
        &mut self.batches.conn
    }

    /// Goes on from where the database stands.
    pub(crate) fn stand_at(&mut self, head: Head) {
        self.batches.head = head;
        self.batches.hub = Hub::new(head.seq);
    }

    /// Goes by another clock.
    pub(crate) fn set_clock(&mut self, clock: Clock) {
        self.batches.clock = clock;
    }

    /// The newest committed position.
    pub(crate) fn head(&self) -> Seq {
        self.batches.hub.head()
    }
}
