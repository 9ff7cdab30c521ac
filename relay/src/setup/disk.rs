//! Files that setup writes: whole or not at all, and never open to others for a moment.

use anyhow::Context as _;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, chown, fchown};
use std::path::{Path, PathBuf};

/// Who may read a file: whom it belongs to, and its mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// User and group; none leaves it to who runs this.
    pub owner: Option<(u32, u32)>,
    /// As `chmod` writes it.
    pub mode: u32,
}

impl Access {
    /// For the owner alone.
    pub const PRIVATE: Self = Self {
        owner: None,
        mode: 0o600,
    };

    /// As a file that is there has it, else `self`.
    #[must_use]
    pub fn or_as_it_is(self, path: &Path) -> Self {
        fs::metadata(path).map_or(self, |held| Self {
            owner: Some((held.uid(), held.gid())),
            mode: held.mode() & 0o7777,
        })
    }
}

/// What a file holds, if there is one.
///
/// # Errors
/// It is there and cannot be read.
pub fn read(path: &Path) -> anyhow::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

/// Puts a file in its place; the one that was there stays until the new one is on the disk.
///
/// # Errors
/// It cannot be written; nothing has changed then.
pub fn write(path: &Path, text: &str, access: Access) -> anyhow::Result<()> {
    let fresh = beside(path, ".new");
    let written = (|| -> std::io::Result<()> {
        // One that was cut off.
        let _ = fs::remove_file(&fresh);
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&fresh)?;
        file.write_all(text.as_bytes())?;
        if let Some((user, group)) = access.owner {
            fchown(&file, Some(user), Some(group))?;
        }
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(access.mode))?;
        file.sync_all()?;
        fs::rename(&fresh, path)?;
        match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
            _ => Ok(()),
        }
    })();
    written.with_context(|| format!("{} cannot be written", path.display()))
}

/// Makes a folder with those above it, if it is not there.
///
/// # Errors
/// It cannot be made.
pub fn folder(path: &Path, access: Access) -> anyhow::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let made = DirBuilder::new()
        .recursive(true)
        .mode(access.mode)
        .create(path)
        .and_then(|()| match access.owner {
            Some((user, group)) => chown(path, Some(user), Some(group)),
            None => Ok(()),
        });
    made.with_context(|| format!("the folder {} cannot be made", path.display()))
}

/// Gives the database and what lies beside it to who will run the relay.
///
/// # Errors
/// A file cannot be given away.
pub fn give(database: &Path, (user, group): (u32, u32)) -> anyhow::Result<()> {
    let (Some(folder), Some(name)) = (database.parent(), database.file_name()) else {
        return Ok(());
    };
    let name = name.to_string_lossy();
    let held = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    for file in held.filter_map(Result::ok) {
        let other = file.file_name();
        let is_of = other
            .to_string_lossy()
            .strip_prefix(name.as_ref())
            .map(|rest| rest.is_empty() || rest.starts_with(['-', '.']));
        if is_of == Some(true) {
            chown(file.path(), Some(user), Some(group))
                .with_context(|| format!("{} cannot be given away", file.path().display()))?;
        }
    }
    Ok(())
}

/// A name with something behind it.
#[must_use]
pub fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
