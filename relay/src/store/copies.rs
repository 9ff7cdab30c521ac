//! Which files beside a database hold older states of it.

use std::path::{Path, PathBuf};

/// What the relay puts beside a database as the way back: before its schema is changed, and what a
/// restore replaced.
const ENDINGS: [&str; 2] = [".schema-", ".replaced-"];

/// Older states of the database at `path` that nothing removes by itself, sorted by name.
pub fn beside(path: &Path) -> Vec<PathBuf> {
    let real = path.canonicalize();
    let path = real.as_deref().unwrap_or(path);
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return Vec::new();
    };
    let folder = path.parent().filter(|at| !at.as_os_str().is_empty());
    let Ok(entries) = std::fs::read_dir(folder.unwrap_or_else(|| Path::new("."))) else {
        return Vec::new();
    };
    let is_copy = |found: &str| {
        let rest = found.strip_prefix(name);
        rest.is_some_and(|rest| ENDINGS.iter().any(|ending| rest.starts_with(ending)))
    };
    let found = entries.flatten().filter_map(|entry| {
        let found = entry.file_name();
        found.to_str().is_some_and(is_copy).then(|| entry.path())
    });
    let mut found: Vec<_> = found.collect();
    found.sort();
    found
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
        let found = beside(&folder.path().join("t.db"));
        let names: Vec<_> = found.iter().filter_map(|it| it.file_name()).collect();
        assert_eq!(names, [all[4], all[3]]);
    }
}
