//! The folder on the disk: who may read it, who holds it, and how its two databases are opened.

use super::cipher::Seal;
use super::error::OpenError;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use smsdesk_common::time::Timestamp;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The copy of the relay's records; may be dropped at any time.
pub(super) const RECORDS_FILE: &str = "cache.db";
/// Drafts, unsent requests and who this device is; never dropped.
pub(super) const OUTBOX_FILE: &str = "outbox.db";
/// Held for as long as an smsdesk uses the folder; holds its process id.
const LOCK_FILE: &str = "smsdesk.lock";
/// A damaged copy is kept under this ending, the latest one only.
const DAMAGED_SUFFIX: &str = ".damaged";
/// What SQLite puts beside a database in WAL mode.
const SIDE_SUFFIXES: [&str; 2] = ["-wal", "-shm"];
/// SQLite 3.51.3 is the first with a fix for a race that could damage a WAL database.
const SQLITE_VERSION_MIN: i32 = 3_051_003;
/// How long a statement waits for `smsdesk doctor` or a backup program to let go.
const BUSY_WAIT: Duration = Duration::from_secs(5);
/// How many statements stay prepared per connection: all of this module's fit.
const STATEMENTS_MAX: usize = 128;

/// How much a commit must survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Durability {
    /// A crash of the app. After a power cut the newest commits may be missing, never half there.
    Crash,
    /// A power cut.
    PowerCut,
}

impl Durability {
    /// As `PRAGMA synchronous` says it: (name, number read back).
    const fn synchronous(self) -> (&'static str, i64) {
        match self {
            Self::Crash => ("NORMAL", 1),
            Self::PowerCut => ("FULL", 2),
        }
    }
}

/// The folder, held against a second smsdesk until dropped.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes the folder where it is missing, closes it to other users and takes it.
    pub(super) fn take(path: &Path) -> Result<Self, OpenError> {
        if rusqlite::version_number() < SQLITE_VERSION_MIN {
            return Err(OpenError::SqliteTooOld {
                found: rusqlite::version(),
            });
        }
        let fail = |at: &Path| {
            let path = at.to_owned();
            move |source| OpenError::Folder { path, source }
        };
        fs::create_dir_all(path).map_err(fail(path))?;
        restrict_folder(path).map_err(fail(path))?;
        let lock_path = path.join(LOCK_FILE);
        let mut lock = private_file(&lock_path).map_err(fail(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let holder = lock
                    .read_to_string(&mut text)
                    .ok()
                    .and_then(|_| text.parse().ok());
                return Err(OpenError::InUse {
                    folder: path.to_owned(),
                    holder,
                });
            }
            Err(TryLockError::Error(error)) => return Err(fail(&lock_path)(error)),
        }
        sign(&mut lock).map_err(fail(&lock_path))?;
        Ok(Self {
            path: path.to_owned(),
            _lock: lock,
        })
    }

    /// Where the copy of the records lies.
    pub(super) fn records(&self) -> PathBuf {
        self.path.join(RECORDS_FILE)
    }

    /// Where the outbox lies.
    pub(super) fn outbox(&self) -> PathBuf {
        self.path.join(OUTBOX_FILE)
    }
}

/// Writes the process id into the lock, for the message that a second smsdesk shows.
fn sign(lock: &mut File) -> io::Result<()> {
    lock.set_len(0)?;
    lock.rewind()?;
    lock.write_all(std::process::id().to_string().as_bytes())
}

/// Opens a file for this user alone. SQLite gives its side files the same permissions.
pub(super) fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file)
}

#[cfg(unix)]
fn restrict_folder(path: &Path) -> io::Result<()> {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700))
}

#[cfg(not(unix))]
fn restrict_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// What can go wrong while a database is opened.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    /// The file itself; another file at its place would fare no better.
    #[error(transparent)]
    File(#[from] io::Error),
    /// What is in it.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

/// Opens a database with every setting that this module relies on, and reads back the one that
/// decides over losing texts.
pub(super) fn connect(
    path: &Path,
    durability: Durability,
    seal: &Seal,
) -> Result<Connection, ConnectError> {
    drop(private_file(path)?);
    for suffix in SIDE_SUFFIXES {
        let side = with_suffix(path, suffix);
        if side.exists() {
            drop(private_file(&side)?);
        }
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    seal.unlock(&connection, path)?;
    connection.busy_timeout(BUSY_WAIT)?;
    // The bundled SQLite has STAT4 and therefore plans a statement anew whenever a parameter of
    // its WHERE changes (sqlite3_prepare_v2), which takes several times as long as running it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    let (name, number) = durability.synchronous();
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", name)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "mmap_size", 0)?;
    // What was deleted is to be gone from the file, too: of what exists only here at once, of the copy
    // as far as that costs no page more. A copy that somebody was erased of is made anew.
    let overwrites = match durability {
        Durability::Crash => "FAST",
        Durability::PowerCut => "ON",
    };
    connection.pragma_update(None, "secure_delete", overwrites)?;
    // 16 MiB in KiB: the indexes of a hundred thousand conversations and what is looked at often.
    connection.pragma_update(None, "cache_size", -16 * 1024)?;
    // 16 MiB: a large log is cut back after the history came in.
    connection.pragma_update(None, "journal_size_limit", 16 * 1024 * 1024)?;
    let journal: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    let synchronous: i64 = connection.pragma_query_value(None, "synchronous", |row| row.get(0))?;
    if journal != "wal" || synchronous != number {
        return Err(ConnectError::File(io::Error::other(format!(
            "the file system does not allow a write-ahead log (mode {journal}, level \
             {synchronous})"
        ))));
    }
    Ok(connection)
}

/// Opens a database beside the disk's thread. Closing it moves and removes no log: another file may
/// have taken the name meanwhile, and the log would be that one's.
pub(super) fn beside(path: &Path, seal: &Seal) -> rusqlite::Result<Connection> {
    let connection = untouched(path)?;
    seal.unlock(&connection, path)?;
    Ok(connection)
}

/// As [`beside`], with nothing read yet.
pub(super) fn untouched(path: &Path) -> rusqlite::Result<Connection> {
    // A reader of a log writes beside the file, so that it cannot be read-only.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_WAIT)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(connection)
}

/// Removes a database that is of no further use.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    for suffix in SIDE_SUFFIXES {
        remove_if_there(&with_suffix(path, suffix))?;
    }
    remove_if_there(path)
}

/// Removes a database, and the damaged one that lies beside it.
pub(super) fn remove_all(path: &Path) -> io::Result<()> {
    remove_if_there(&damaged(path))?;
    remove(path)
}

/// Where a damaged copy lies.
pub(super) fn damaged(path: &Path) -> PathBuf {
    with_suffix(path, DAMAGED_SUFFIX)
}

/// Whether a file is the copy of the records, by its name.
pub(super) fn is_records(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == RECORDS_FILE)
}

/// Puts a database away under a name with the time, with what lies beside it. Returns the name.
pub(super) fn put_away(path: &Path, now: Timestamp) -> io::Result<PathBuf> {
    let time = now.to_jiff().strftime("%Y-%m-%d-%H%M%S");
    let away = with_suffix(path, &format!(".unreadable-{time}"));
    for suffix in SIDE_SUFFIXES {
        match fs::rename(with_suffix(path, suffix), with_suffix(&away, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    fs::rename(path, &away)?;
    sync_folder_of(path)?;
    Ok(away)
}

/// Has the names in a file's folder survive a power cut.
pub(super) fn sync_folder_of(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    let _ = path;
    Ok(())
}

/// Moves a damaged database out of the way; it replaces an earlier one.
pub(super) fn set_aside(path: &Path) -> io::Result<()> {
    for suffix in SIDE_SUFFIXES {
        remove_if_there(&with_suffix(path, suffix))?;
    }
    match fs::rename(path, damaged(path)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

pub(super) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
