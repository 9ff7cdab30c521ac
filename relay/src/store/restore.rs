//! Puts a backup in the place of the database, as a new life of it.
//!
//! A restored database is older than what terminals saw and than what was sent. So it gets a new
//! epoch: every terminal drops its copy and fetches anew. And each text that had not been handed
//! over when the backup was made becomes *unknown*: it may have gone out since. What the database that
//! is replaced knows to be taken away, tokens and people, is taken away from the backup's state, too.
//!
//! The steps can be cut anywhere. The new file is complete beside the old one as `….restoring`
//! before the old one is moved; as long as that name exists no relay starts, and a further restore
//! begins anew.

use crate::clock::Clock;
use crate::store::audit::Note;
use crate::store::backup::{Backed, CopyError, Part, pages, stamp};
use crate::store::engine::checkpoint::{self, Mode};
use crate::store::engine::open::{BUSY_MS, as_one_file, engine, migrate, open_source, open_writer};
use crate::store::engine::sqlite::{Head, SqliteReads, SqliteTx, translate};
use crate::store::error::{OpenError, StoreError};
use crate::store::lock::Lock;
use crate::store::since::Since;
use crate::store::sql::Tx;
use crate::store::verify::{self, failed};
use crate::store::{
    audit, beside, meta, migrations::MIGRATIONS, random_epoch, removal, sync_folder,
};
use rusqlite::Connection;
use smsdesk_common::audit::{Actor, Deed};
use smsdesk_common::ids::Epoch;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a restore did.
#[derive(Clone, Debug)]
pub struct Restored<A> {
    /// The database as it is now.
    pub now: Backed,
    /// The life that the backup was made in.
    pub before: Epoch,
    /// Where the database that was replaced lies now; none where there was none.
    pub replaced: Option<PathBuf>,
    /// What was amended.
    pub amended: A,
    /// Why the database that was replaced could not be asked what has been taken away since the backup
    /// was made; none where it was, or there was none.
    pub unread: Option<StoreError>,
}

/// Puts a copy of `backup` in the place of `database`. `amend` makes of it what it may be now: it is
/// given what the database that is replaced knows and the backup may not.
///
/// # Errors
/// A relay runs on the database, the backup is not sound or not ours, or a disk refuses. Until the
/// last steps, which only rename, the old database is where it was.
pub fn restore<A>(
    database: &Path,
    backup: &Path,
    clock: &Clock,
    amend: impl FnOnce(&mut dyn Tx, &Since) -> Result<A, StoreError>,
) -> Result<Restored<A>, CopyError> {
    // Whatever name leads to the file, there is one lock.
    let real = database.canonicalize();
    let database = real.as_deref().unwrap_or(database);
    let lock = Lock::take(database)?;
    let waiting = left(database);
    let part = Part::new(beside(&waiting, ".part"))?;
    pages(&open_source(backup)?, backup, &part.0)?;
    let old = old(database)?;
    let (since, unread) = match old.as_deref().map(Since::read) {
        None => (Since::default(), None),
        Some(Ok(since)) => (since, None),
        Some(Err(error)) => (Since::default(), Some(error)),
    };
    let (before, epoch, amended) = renew(&part.0, backup, clock, |tx| amend(tx, &since))?;
    if since.erases() {
        sweep(&part.0, clock)?;
    }
    let report = verify::verify(&part.0)?;
    if report.is_unsound() {
        return Err(CopyError::Unsound {
            path: backup.display().to_string(),
            report: Box::new(report),
        });
    }
    as_one_file(&part.0)?;
    // What an interrupted restore left is not what was asked for now.
    match std::fs::remove_file(&waiting) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(CopyError::io(&waiting)(error));
        }
        _ => {}
    }
    let bytes = part.keep_as(&waiting)?;
    let replaced = swap(database, &waiting, clock)?;
    drop(lock);
    Ok(Restored {
        now: Backed {
            bytes,
            epoch,
            report,
        },
        before,
        replaced: replaced.or(old.filter(|old| old != database)),
        amended,
        unread,
    })
}

/// The complete new database while the old one is being moved.
pub(crate) fn left(database: &Path) -> PathBuf {
    beside(database, ".restoring")
}

/// The database that is replaced; one that a restore moved aside before it was cut is it, too, with
/// its log.
fn old(database: &Path) -> Result<Option<PathBuf>, CopyError> {
    if database.exists() {
        return Ok(Some(database.to_owned()));
    }
    let cut = cut_from(database);
    if let Some(cut) = &cut {
        std::fs::rename(beside(database, "-wal"), beside(cut, "-wal"))
            .map_err(CopyError::io(database))?;
    }
    Ok(cut.or_else(|| moved_aside(database)?.into_iter().max()))
}

/// Begins a new life in the copy.
fn renew<A>(
    copy: &Path,
    backup: &Path,
    clock: &Clock,
    amend: impl FnOnce(&mut dyn Tx) -> Result<A, StoreError>,
) -> Result<(Epoch, Epoch, A), CopyError> {
    let conn = open_writer(copy)?;
    migrate(&conn, copy, MIGRATIONS)?;
    let fail = |error: &StoreError| CopyError::Open(failed(copy, error));
    let head = Head::load(&mut SqliteReads(&conn)).map_err(|e| fail(&e))?;
    let epoch = random_epoch().map_err(|error| fail(&StoreError::Engine(error.to_string())))?;
    let name = backup.file_name().unwrap_or(backup.as_os_str());
    let from = name.to_string_lossy().into_owned();
    let done = in_transaction(&conn, clock, head, |tx| {
        let before = meta::epoch(tx)?;
        let amended = amend(tx)?;
        meta::set_restored(tx, epoch, before, &from)?;
        let note = Note::new(Actor::Operator, Deed::Restored);
        audit::append(tx, note.with("name", from.as_str()))?;
        Ok((before, epoch, amended))
    });
    let done = done.map_err(|e| fail(&e))?;
    let patience = Duration::from_millis(BUSY_MS);
    checkpoint::run(&conn, Mode::Truncate, patience).map_err(|e| engine(copy, &e))?;
    Ok(done)
}

/// Sees to it that nothing of what was taken out is left in the copy.
fn sweep(copy: &Path, clock: &Clock) -> Result<(), CopyError> {
    let conn = open_writer(copy)?;
    let fail = |error: &StoreError| CopyError::Open(failed(copy, error));
    let mut first = true;
    loop {
        let head = Head::load(&mut SqliteReads(&conn)).map_err(|e| fail(&e))?;
        let merge = |tx: &mut SqliteTx<'_>| removal::merge_index(tx, first);
        if !in_transaction(&conn, clock, head, merge).map_err(|e| fail(&e))? {
            break;
        }
        first = false;
    }
    // Nobody waits: a large one is not held in memory meanwhile.
    conn.execute_batch("PRAGMA temp_store = FILE; VACUUM")
        .map_err(|e| engine(copy, &e))?;
    let patience = Duration::from_millis(BUSY_MS);
    checkpoint::run(&conn, Mode::Truncate, patience).map_err(|e| engine(copy, &e))?;
    Ok(())
}

fn in_transaction<T>(
    conn: &Connection,
    clock: &Clock,
    head: Head,
    work: impl FnOnce(&mut SqliteTx<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let whole = conn.unchecked_transaction().map_err(|e| translate(&e))?;
    let mut tx = SqliteTx {
        conn,
        head,
        now: clock.now(),
        clock,
        met: None,
    };
    let done = work(&mut tx)?;
    let digest = tx.head.digest;
    meta::set_digest(&mut tx, digest)?;
    whole.commit().map_err(|e| translate(&e))?;
    Ok(done)
}

/// Moves the old database aside with its log, which belongs to it and must never meet the new one,
/// and gives the new one its name.
fn swap(database: &Path, waiting: &Path, clock: &Clock) -> Result<Option<PathBuf>, CopyError> {
    let fail = CopyError::io(database);
    let fresh = beside(database, &format!(".replaced-{}", stamp(clock.now())));
    let replaced = match cut_from(database) {
        Some(replaced) => replaced,
        None if fresh.exists() => return Err(CopyError::Exists(fresh.display().to_string())),
        None => fresh,
    };
    let moved = |ending: &str| -> Result<bool, CopyError> {
        match std::fs::rename(beside(database, ending), beside(&replaced, ending)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(fail(error)),
        }
    };
    let had = moved("")?;
    moved("-wal")?;
    let _ = std::fs::remove_file(beside(database, "-shm"));
    sync_folder(database).map_err(&fail)?;
    std::fs::rename(waiting, database).map_err(&fail)?;
    sync_folder(database).map_err(&fail)?;
    Ok(had.then_some(replaced))
}

/// The database that an earlier restore moved aside before it was cut, where its log still lies under
/// the old name: the two belong together.
fn cut_from(database: &Path) -> Option<PathBuf> {
    if database.exists() || !beside(database, "-wal").exists() {
        return None;
    }
    let mut replaced = moved_aside(database)?;
    // The newest: their names end in times that sort.
    replaced.retain(|path| !beside(path, "-wal").exists());
    replaced.into_iter().max()
}

/// The databases that restores moved aside.
fn moved_aside(database: &Path) -> Option<Vec<PathBuf>> {
    let name = database.file_name()?.to_str()?;
    let prefix = format!("{name}.replaced-");
    let folder = database.parent().filter(|at| !at.as_os_str().is_empty());
    let names = std::fs::read_dir(folder.unwrap_or_else(|| Path::new("."))).ok()?;
    let replaced = names
        .flatten()
        .filter(|entry| {
            entry
                .file_name()
                .to_str()
                .is_some_and(|name| name.starts_with(&prefix))
        })
        .map(|entry| entry.path())
        .filter(|path| !path.to_string_lossy().ends_with("-wal"));
    Some(replaced.collect())
}

/// Refuses a database whose restore was cut between its last steps.
///
/// # Errors
/// It was.
pub(crate) fn refuse_half(database: &Path) -> Result<(), OpenError> {
    let left = left(database);
    if left.exists() {
        // Once the old database has lost its name, going on without the new one would begin an
        // empty desk beside the old one's log.
        let otherwise = if database.exists() {
            format!(", or, to go on without it, remove {}", left.display())
        } else {
            String::new()
        };
        return Err(OpenError::Restoring {
            path: database.display().to_string(),
            otherwise,
        });
    }
    Ok(())
}
