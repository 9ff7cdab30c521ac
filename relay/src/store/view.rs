//! The database to look at only: takes no lock, so that it goes beside a running relay as well as
//! without one.

use crate::clock::Clock;
use crate::store::engine::open::{assert_ours, known_version, open_reader, schema_version};
use crate::store::reader::Readers;
use crate::store::sql::Reads;
use crate::store::vitals::Vitals;
use crate::store::{OpenError, StoreError};
use std::path::Path;
use std::sync::Arc;

/// A database that is looked at. Cloned freely.
#[derive(Clone, Debug)]
pub struct View {
    readers: Readers,
    clock: Clock,
}

impl View {
    /// Opens the database at `path`, which has to be of this version's schema.
    ///
    /// # Errors
    /// There is none, it is of another version, or it cannot be read.
    pub fn open(path: &Path, clock: Clock) -> Result<Self, OpenError> {
        let conn = open_reader(path)?;
        assert_ours(&conn, path)?;
        let (found, known) = (schema_version(&conn, path)?, known_version());
        if found < known {
            return Err(OpenError::Older {
                path: path.display().to_string(),
                found,
                known,
            });
        }
        drop(conn);
        let readers = Readers::open(path, &Arc::new(Vitals::of(path)))?;
        Ok(Self::of(readers, clock))
    }

    pub(super) const fn of(readers: Readers, clock: Clock) -> Self {
        Self { readers, clock }
    }

    /// The same database with another limit of time for a look, for tests.
    #[cfg(test)]
    pub(super) fn with_limit(self, limit: std::time::Duration) -> Self {
        let readers = self.readers.with_limit(limit);
        Self { readers, ..self }
    }

    /// Looks at one unchanging state of the database.
    ///
    /// # Errors
    /// What `look` returns, or the store's own failure.
    pub async fn read<T: Send + 'static, E: From<StoreError> + Send + 'static>(
        &self,
        look: impl FnOnce(&mut dyn Reads) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        self.readers.run(look).await
    }

    /// The same for a look at much of the database: short ones go beside it.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn read_long<T: Send + 'static, E: From<StoreError> + Send + 'static>(
        &self,
        look: impl FnOnce(&mut dyn Reads) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        self.readers.run_long(look).await
    }

    /// The clock that ages go by.
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }
}
