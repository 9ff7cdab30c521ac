//! Copies of the database: made beside a running relay, verified before they get their name, and
//! never half.

use crate::store::engine::open::{as_one_file, engine, known_version, open_any, schema_version};
use crate::store::engine::sqlite::{SqliteReads, in_snapshot};
use crate::store::error::OpenError;
use crate::store::verify::{self, LOG_BYTES_MAX, Report, open_for_long};
use crate::store::{beside, meta, private_file, sync_folder};
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use smsdesk_common::ids::Epoch;
use smsdesk_common::time::Timestamp;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Pages that are copied at a time (4 KiB each); between them the log's size is looked at.
const STEP_PAGES: i32 = 4_096;

/// Why no copy was made, or none was taken.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Something is there already.
    #[error("{0} is there already, and is not overwritten")]
    Exists(String),
    /// A database cannot be opened, or the engine refuses.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A file cannot be made, synced or renamed.
    #[error("{path}: {source}")]
    Io {
        /// Which file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// More was written meanwhile than the log may hold.
    #[error(
        "too much was written meanwhile: the log has grown to its limit; try when there is less to \
         do"
    )]
    Busy,
    /// The copy is not sound.
    #[error("the copy of {path} is not sound, and was not kept")]
    Unsound {
        /// What was copied.
        path: String,
        /// What was found.
        report: Box<Report>,
    },
}

impl CopyError {
    pub(crate) fn io(path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self::Io {
            path: path.display().to_string(),
            source,
        }
    }
}

/// A copy that is there to stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backed {
    /// Its size.
    pub bytes: u64,
    /// This life of the database that was copied.
    pub epoch: Epoch,
    /// What was found in it; [`Report::is_unsound`] is false.
    pub report: Report,
}

/// Copies the database at `database` to the new file `to`, one state of it, whether a relay works
/// on it or not. The file is verified and synced before it gets its name.
///
/// # Errors
/// `to` exists, the copy is not sound, or a disk refuses. Nothing is left behind.
pub fn backup(database: &Path, to: &Path) -> Result<Backed, CopyError> {
    if to.symlink_metadata().is_ok() {
        return Err(CopyError::Exists(to.display().to_string()));
    }
    let part = Part::new(beside(to, ".part"))?;
    let source = open_for_long(database)?;
    let complete = schema_version(&source, database)? == known_version();
    pages(&source, database, &part.0)?;
    drop(source);
    let conn = open_any(&part.0)?;
    let (epoch, report) = in_snapshot(&conn, |reads| {
        Ok((meta::epoch(reads)?, verify::walk(reads, complete)?))
    })
    .map_err(|error| verify::failed(&part.0, &error))?;
    drop(conn);
    if report.is_unsound() {
        return Err(CopyError::Unsound {
            path: database.display().to_string(),
            report: Box::new(report),
        });
    }
    let bytes = part.keep_as(to)?;
    Ok(Backed {
        bytes,
        epoch,
        report,
    })
}

/// Copies what `source`, open on `database`, sees into the empty file `to`, as a single file without
/// a log. It sees one state as long as a transaction of its own lasts: without
/// one the copy would begin anew with each commit of somebody else.
pub(crate) fn pages(source: &Connection, database: &Path, to: &Path) -> Result<(), CopyError> {
    let fail = |error: &rusqlite::Error| CopyError::Open(engine(database, error));
    let log = beside(database, "-wal");
    let snapshot = source.unchecked_transaction().map_err(|e| fail(&e))?;
    meta::epoch(&mut SqliteReads(&snapshot)).map_err(|error| verify::failed(database, &error))?;
    let mut target = open_any(to)?;
    let copying = Backup::new(&snapshot, &mut target).map_err(|e| fail(&e))?;
    loop {
        match copying.step(STEP_PAGES).map_err(|e| fail(&e))? {
            StepResult::Done => break,
            _ if std::fs::metadata(&log).is_ok_and(|log| log.len() > LOG_BYTES_MAX) => {
                return Err(CopyError::Busy);
            }
            _ => {}
        }
    }
    drop(copying);
    drop(target);
    drop(snapshot);
    as_one_file(to)?;
    Ok(())
}

/// Copies a database before its schema is changed, to `….schema-1-20261121`: the way back for
/// whoever has to return to the older version. A second try on the same day replaces the first, so
/// that a relay which is started again and again does not fill the disk.
pub(crate) fn before_migration(
    conn: &Connection,
    database: &Path,
    version: u32,
    now: Timestamp,
) -> Result<PathBuf, CopyError> {
    let day = now.to_jiff().strftime("%Y%m%d");
    let to = beside(database, &format!(".schema-{version}-{day}"));
    let part = Part::new(beside(&to, ".part"))?;
    pages(conn, database, &part.0)?;
    part.replace(&to)?;
    Ok(to)
}

/// A file in the making, removed unless it is kept.
pub(crate) struct Part(pub(crate) PathBuf);

impl Part {
    /// An empty file that only its owner may read. What an earlier try left behind is removed.
    pub(crate) fn new(path: PathBuf) -> Result<Self, CopyError> {
        let part = Self(path);
        part.clear();
        private_file(&part.0, true).map_err(CopyError::io(&part.0))?;
        Ok(part)
    }

    /// Gives the file its name, synced, where nothing has that name. Says its size.
    pub(crate) fn keep_as(self, to: &Path) -> Result<u64, CopyError> {
        let fail = CopyError::io(&self.0);
        let file = File::open(&self.0).map_err(&fail)?;
        file.sync_all().map_err(&fail)?;
        let bytes = file.metadata().map_err(&fail)?.len();
        // A link refuses what exists; a rename would replace it. Not every file system has links.
        match std::fs::hard_link(&self.0, to) {
            Ok(()) => {}
            Err(_) if to.symlink_metadata().is_ok() => {
                return Err(CopyError::Exists(to.display().to_string()));
            }
            Err(_) => std::fs::rename(&self.0, to).map_err(CopyError::io(to))?,
        }
        self.clear();
        sync_folder(to).map_err(CopyError::io(to))?;
        Ok(bytes)
    }

    /// Gives the file its name, synced, whatever had that name.
    fn replace(self, to: &Path) -> Result<(), CopyError> {
        let fail = CopyError::io(&self.0);
        let synced = File::open(&self.0).and_then(|file| file.sync_all());
        synced.map_err(&fail)?;
        std::fs::rename(&self.0, to).map_err(&fail)?;
        sync_folder(to).map_err(CopyError::io(to))
    }

    fn clear(&self) {
        for ending in ["", "-wal", "-shm", "-journal"] {
            let _ = std::fs::remove_file(beside(&self.0, ending));
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.clear();
    }
}

/// A time in the name of a file: `20261121T121144Z`.
pub(crate) fn stamp(at: Timestamp) -> String {
    at.to_jiff().strftime("%Y%m%dT%H%M%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_in_a_files_name_sorts_and_has_no_colons() {
        let at = Timestamp::from_millis(1_795_263_104_000);
        assert_eq!(stamp(at), "20261121T121144Z");
    }

    #[test]
    fn what_is_not_kept_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let part = Part::new(folder.path().join("x.part")).unwrap();
        assert!(part.0.exists());
        drop(part);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
