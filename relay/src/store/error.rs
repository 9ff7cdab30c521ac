//! What can go wrong with the database, named after what it means for the caller.

/// A failure of the store. Its text is for the log; it holds no bodies and no numbers.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// More jobs wait than [`super::writer::QUEUE_JOBS_MAX`].
    #[error("the store has too much to do")]
    Busy,
    /// The relay is shutting down.
    #[error("the store is closed")]
    Closed,
    /// The disk is full, or refuses to write or read. Nothing was stored.
    #[error("the database cannot be written now: {0}")]
    Unavailable(String),
    /// A row holds what it must not hold.
    #[error("column {column}: {expected}")]
    Malformed {
        /// Which column of the statement, from 0.
        column: usize,
        /// What should have been there.
        expected: &'static str,
    },
    /// The feed and a record disagree about the record's position.
    #[error("{kind} {id} is not at position {held} in the feed")]
    Drift {
        /// The record's kind.
        kind: &'static str,
        /// The record's id.
        id: String,
        /// Where it should have been.
        held: u64,
    },
    /// Any other failure of the engine.
    #[error("database: {0}")]
    Engine(String),
}

impl StoreError {
    pub(crate) const fn column(column: usize, expected: &'static str) -> Self {
        Self::Malformed { column, expected }
    }

    /// Whether the same job may succeed later.
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Busy | Self::Closed | Self::Unavailable(_))
    }
}

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Somebody else has it open.
    #[error(
        "the database {path} is in use by {holder}; stop that one first, or give this one another \
         `relay.database`"
    )]
    InUse {
        /// Which database.
        path: String,
        /// The process that holds it, as it introduced itself.
        holder: String,
    },
    /// A later version of the relay wrote it.
    #[error(
        "the database {path} has schema {found}, and this version knows schemas up to {known}: \
         start the newer smsdesk-relay, or restore a backup made before the upgrade"
    )]
    Newer {
        /// Which database.
        path: String,
        /// What it has.
        found: u32,
        /// What this version knows.
        known: u32,
    },
    /// Not a database of the relay.
    #[error("{path} is not an smsdesk-relay database (application_id {found:#x})")]
    Foreign {
        /// Which file.
        path: String,
        /// What it says it is.
        found: u32,
    },
    /// The bundled SQLite is one with a known fault.
    #[error("SQLite {found} may corrupt databases; at least 3.51.3 is needed")]
    Sqlite {
        /// The version found.
        found: String,
    },
    /// A setting that durability depends on did not take.
    #[error("PRAGMA {name} is {found}, and must be {wanted}")]
    Pragma {
        /// Which setting.
        name: &'static str,
        /// Its value.
        found: String,
        /// The value that durability needs.
        wanted: &'static str,
    },
    /// The file or its folder cannot be used.
    #[error("{path}: {source}")]
    Io {
        /// Which file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The engine refused.
    #[error("{path}: {message}")]
    Engine {
        /// Which database.
        path: String,
        /// What the engine said.
        message: String,
    },
}
