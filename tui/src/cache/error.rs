//! What can go wrong with the disk, named after what it means for the person in front.

use crate::keyring::KeyError;
use serde::de::DeserializeOwned;
use smsdesk_common::ids::Seq;
use std::io;
use std::path::PathBuf;

/// Why the folder could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another smsdesk holds the folder.
    #[error(
        "another smsdesk{} is already using {}: close it, or choose another profile",
        holder.map(|pid| format!(" (process {pid})")).unwrap_or_default(),
        folder.display()
    )]
    InUse {
        /// The folder that both want.
        folder: PathBuf,
        /// The other's process, where it could be read.
        holder: Option<u32>,
    },
    /// The folder or a file in it cannot be made or read.
    #[error("cannot use {}: {source}", path.display())]
    Folder {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The outbox was written by a newer smsdesk; opening it could lose what it holds.
    #[error(
        "{} was written by a newer smsdesk (its version is {found}, this one knows {known}): \
         start the newer one",
        path.display()
    )]
    OutboxTooNew {
        /// The file.
        path: PathBuf,
        /// The version in the file.
        found: i64,
        /// The newest version that this build knows.
        known: i64,
    },
    /// The outbox cannot be opened. It is never dropped: it may hold texts that nobody else has.
    #[error(
        "{} cannot be opened ({source}); it may hold texts that were not sent yet, so it stays \
         as it is: move it aside to start without them",
        path.display()
    )]
    Outbox {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A file is encrypted or is to be, and something is wrong with that. It is as it was.
    #[error("{}: {problem}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// The copy of the records cannot be opened, not even an empty one.
    #[error("{} cannot be made: {source}", path.display())]
    Records {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The SQLite in this binary has a fault that can damage files.
    #[error("this build carries SQLite {found}, which is older than 3.51.3 and may damage files")]
    SqliteTooOld {
        /// Its version.
        found: &'static str,
    },
    /// The thread for the disk could not be started.
    #[error("cannot start the thread for the disk: {0}")]
    Thread(io::Error),
}

/// Why the disk did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The app is leaving.
    #[error("the local store is closed")]
    Closed,
    /// No room.
    #[error("the disk is full: nothing can be stored until there is room")]
    DiskFull,
    /// A file is damaged. Where it was the copy of the records, that copy has been replaced by an
    /// empty one, to be fetched again.
    #[error("a local file is damaged; a damaged copy of the records is dropped and fetched again")]
    Damaged,
    /// A stored record is not what was written. The copy has been replaced by an empty one.
    #[error("the local copy of the records cannot be read ({0}); it is fetched again")]
    Record(String),
    /// More requests wait than [`super::OUTBOX_REQUESTS_MAX`].
    #[error("{0} requests already wait to be sent: reconnect first")]
    OutboxFull(u32),
    /// The text or draft is larger than [`super::TEXT_BYTES_MAX`].
    #[error("the text has {0} bytes, which is more than is kept")]
    TextTooLong(usize),
    /// A row of the outbox is not what was written.
    #[error("a row of the outbox cannot be read: {0}")]
    Outbox(String),
    /// The copy of the records is to be removed, and the disk refuses.
    #[error("the local copy of the records cannot be removed: {0}")]
    Remove(String),
    /// An encrypted file cannot be read.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Anything else that SQLite says.
    #[error("the local store failed: {0}")]
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for CacheError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        match error.sqlite_error_code() {
            Some(Code::DiskFull) => Self::DiskFull,
            Some(Code::DatabaseCorrupt | Code::NotADatabase) => Self::Damaged,
            _ => Self::Sqlite(error),
        }
    }
}

/// Only rows of the outbox are read this way; see [`stored_record`] for the others.
impl From<serde_json::Error> for CacheError {
    fn from(error: serde_json::Error) -> Self {
        Self::Outbox(error.to_string())
    }
}

/// Reads the body of a stored record.
pub(super) fn stored_record<T: DeserializeOwned>(body: &str) -> Result<T, CacheError> {
    serde_json::from_str(body).map_err(|error| CacheError::Record(error.to_string()))
}

/// Why a part of the feed was not applied. Nothing of it was stored.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The part does not join what is here: the feed must be resumed from where this copy ends.
    #[error("the feed has a gap: this copy stands at {have:?}")]
    Gap {
        /// The newest position here; none where there is no copy yet.
        have: Option<Seq>,
    },
    /// The part belongs to another life of the relay's database.
    #[error("the changes belong to another database")]
    OtherEpoch,
    /// The part contradicts itself.
    #[error("the relay sent changes that contradict their frame: {0}")]
    Malformed(&'static str),
    /// The disk.
    #[error(transparent)]
    Cache(#[from] CacheError),
}

impl From<rusqlite::Error> for ApplyError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Cache(error.into())
    }
}

/// What an error says about the copy of the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Suspicion {
    /// Nothing.
    None,
    /// It may be damaged and must be examined.
    Damage,
    /// It cannot be used.
    Unusable,
}

/// Errors that may mean that the copy of the records is damaged.
pub(super) trait Suspicious {
    /// What the error says about it.
    fn suspicion(&self) -> Suspicion;
}

impl Suspicious for CacheError {
    fn suspicion(&self) -> Suspicion {
        match self {
            Self::Damaged => Suspicion::Damage,
            Self::Record(_) => Suspicion::Unusable,
            Self::Closed
            | Self::DiskFull
            | Self::OutboxFull(_)
            | Self::TextTooLong(_)
            | Self::Outbox(_)
            | Self::Remove(_)
            | Self::Key(_)
            | Self::Sqlite(_) => Suspicion::None,
        }
    }
}

impl Suspicious for ApplyError {
    fn suspicion(&self) -> Suspicion {
        match self {
            Self::Cache(error) => error.suspicion(),
            Self::Gap { .. } | Self::OtherEpoch | Self::Malformed(_) => Suspicion::None,
        }
    }
}
