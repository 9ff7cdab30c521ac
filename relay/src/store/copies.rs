//! Which files hold older states of a database, and whether somebody is in one.

use crate::store::StoreError;
use crate::store::engine::open::is_ours;
use crate::store::engine::sqlite::{in_snapshot, translate};
use crate::store::sql::{Reads, params};
use rusqlite::{Connection, OpenFlags};
use smsdesk_common::phone::Address;
use std::path::{Path, PathBuf};

/// What the relay puts beside a database as the way back: before its schema is changed, and what a
/// restore replaced.
const ENDINGS: [&str; 2] = [".schema-", ".replaced-"];
/// What belongs to another file.
const ATTACHED: [&str; 4] = ["-wal", "-shm", "-journal", ".part"];

/// Older states of the database at `path` in a folder, sorted by name: what the relay put beside it, and
/// every other file that is a database of ours.
pub fn in_folder(folder: &Path, path: &Path) -> Vec<PathBuf> {
    let real = path.canonicalize();
    let path = real.as_deref().unwrap_or(path);
    let own = path.file_name().and_then(|name| name.to_str());
    let own = own.unwrap_or_default();
    let is_copy = |found: &Path| {
        let Some(name) = found.file_name().and_then(|name| name.to_str()) else {
            return false;
        };
        let rest = name.strip_prefix(own).unwrap_or_default();
        let by_name = ENDINGS.iter().any(|ending| rest.starts_with(ending));
        let attached = ATTACHED.iter().any(|ending| name.ends_with(ending));
        let itself = || found.canonicalize().is_ok_and(|real| real == path);
        !attached && (by_name || (is_ours(found) && !itself()))
    };
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let found = entries.flatten().map(|entry| entry.path());
    let mut found: Vec<_> = found
        .filter(|path| path.is_file() && is_copy(path))
        .collect();
    found.sort();
    found
}

/// The folder that a database is in.
pub fn folder_of(path: &Path) -> PathBuf {
    let real = path.canonicalize();
    let path = real.as_deref().unwrap_or(path);
    let folder = path.parent().filter(|at| !at.as_os_str().is_empty());
    folder.unwrap_or_else(|| Path::new(".")).to_owned()
}

/// Whether a copy has anything under one of these addresses.
///
/// # Errors
/// It cannot be read.
pub fn holds(copy: &Path, addresses: &[Address]) -> Result<bool, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(copy, flags).map_err(|e| translate(&e))?;
    in_snapshot(&conn, |reads| {
        for address in addresses {
            if has(reads, address)? {
                return Ok(true);
            }
        }
        Ok(false)
    })
}

/// Whoever has texted or was texted has both; who was only noted has the first. These two there were
/// in every version.
fn has(reads: &mut dyn Reads, address: &Address) -> Result<bool, StoreError> {
    let found = reads.query_one(
        "SELECT 1 FROM contact_address WHERE address = ?1 \
         UNION ALL SELECT 1 FROM conversation WHERE address = ?1 LIMIT 1",
        params![address.as_str()],
    )?;
    Ok(found.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_told_from_what_belongs_to_the_database() {
        let folder = tempfile::tempdir().unwrap();
        let all = [
            "t.db",
            "t.db-wal",
            "t.db.lock",
            "t.db.schema-3-20261121",
            "t.db.replaced-20261121T121144Z",
            "other.db.schema-3-20261121",
        ];
        for name in all {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        // Made by hand, under any name.
        let mut ours = vec![0; 100];
        ours[..16].copy_from_slice(b"SQLite format 3\0");
        ours[68..72].copy_from_slice(b"smsd");
        for name in ["by hand", "by hand.part", "t.db"] {
            std::fs::write(folder.path().join(name), &ours).unwrap();
        }
        ours[68] = 0;
        std::fs::write(folder.path().join("somebody else's"), &ours).unwrap();
        let found = in_folder(folder.path(), &folder.path().join("t.db"));
        let names: Vec<_> = found.iter().filter_map(|it| it.file_name()).collect();
        assert_eq!(names, ["by hand", all[4], all[3]]);
    }
}
