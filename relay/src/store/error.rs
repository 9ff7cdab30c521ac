//! What can go wrong with the database, named after what it means for the caller.

use crate::store::trouble::Trouble;

/// A failure of the store. Its text is for the log; it holds no bodies and no numbers.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// More jobs wait than [`super::writer::QUEUE_JOBS_MAX`].
    #[error("the store has too much to do")]
    Busy,
    /// The relay is shutting down.
    #[error("the store is closed")]
    Closed,
    /// Somebody else holds the database, or a look at it took too long. Nothing was stored.
    #[error("the database cannot be used now: {0}")]
    Unavailable(String),
    /// The disk is full, or refuses to write or read, or the file is damaged. What was to be stored
    /// is not acknowledged, and may be stored all the same.
    #[error("{0} ({1})")]
    Failing(Trouble, String),
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
        matches!(
            self,
            Self::Busy | Self::Closed | Self::Unavailable(_) | Self::Failing(..)
        )
    }

    /// What is wrong with the disk or the file, where something is.
    pub const fn trouble(&self) -> Option<Trouble> {
        match self {
            Self::Failing(trouble, _) => Some(*trouble),
            _ => None,
        }
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
    /// An earlier version wrote it, and whoever only looks does not change that.
    #[error(
        "the database {path} has schema {found} of {known}: the relay's next start brings it up to \
         date"
    )]
    Older {
        /// Which database.
        path: String,
        /// What it has.
        found: u32,
        /// What this version works with.
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
    /// The last run's log cannot be moved into the database.
    #[error(
        "another program reads the database {path}, and what the last run left in its log must be \
         moved first: end that program"
    )]
    Held {
        /// Which database.
        path: String,
    },
    /// The schema is old, and no copy could be made before changing it.
    #[error("{path} has an older schema, and a copy before the upgrade could not be made: {why}")]
    Copy {
        /// Which database.
        path: String,
        /// Why not.
        why: String,
    },
    /// A restore did not come to its end.
    #[error(
        "a restore of {path} was interrupted: run `smsdesk-relay restore FILE` again{otherwise}"
    )]
    Restoring {
        /// Which database.
        path: String,
        /// What else can be done, where there is another way.
        otherwise: String,
    },
    /// A setting that durability depends on did not take.
    #[error("PRAGMA {name} is {found}, and must be {wanted}")]
    Pragma {
        /// Which setting.
        name: &'static str,
        /// Its value.
        found: String,
        /// The value that it must have.
        wanted: String,
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
        /// What is wrong with the disk or the file, where something is.
        trouble: Option<Trouble>,
    },
}
