//! Room on the disk, and the reserve: a file beside the database that is given up when the disk
//! is nearly full, so that what is under way can still be stored.
//!
//! Inbound texts and delivery reports are taken as long as the disk takes them: the provider does
//! not wait. New texts of agents are refused earlier, for each makes more work, and they wait well
//! in the outbox of the terminal that wrote them.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// What the reserve holds back: some ten thousand texts with their delivery reports.
pub const RESERVE_BYTES: u64 = 32 * 1024 * 1024;
/// Room below which agents' new texts are refused.
pub const LOW_BYTES: u64 = 64 * 1024 * 1024;
/// Room below which the disk counts as full: a group of texts would no longer fit.
pub const FULL_BYTES: u64 = 1024 * 1024;
/// Room below which the reserve is given up.
const GIVE_UP_BYTES: u64 = 8 * 1024 * 1024;
/// Room from which it is made again: well above the line to fall below, or it would come and go.
const MAKE_BYTES: u64 = LOW_BYTES + 2 * RESERVE_BYTES;
/// Zeros that are written at a time.
const ZEROS_BYTES: usize = 1024 * 1024;

/// What to do about the reserve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Nothing,
    Make,
    GiveUp,
}

/// Decides by the room that is left, in bytes.
pub(crate) fn step(free: u64, held: Held) -> Step {
    match held {
        Held::Yes if free < GIVE_UP_BYTES => Step::GiveUp,
        Held::No if free >= MAKE_BYTES => Step::Make,
        Held::Yes | Held::No => Step::Nothing,
    }
}

/// Whether the reserve is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    Yes,
    No,
}

/// Room for the relay's user on the disk that holds `path`, in bytes.
///
/// # Errors
/// The system does not say.
pub fn free(path: &Path) -> io::Result<u64> {
    let found = rustix::fs::statvfs(path)?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

/// The reserve of a database.
#[derive(Clone, Debug)]
pub(crate) struct Reserve(PathBuf);

impl Reserve {
    pub(crate) fn of(database: &Path) -> Self {
        Self(super::beside(database, ".reserve"))
    }

    pub(crate) fn held(&self) -> Held {
        if self.0.exists() { Held::Yes } else { Held::No }
    }

    /// Makes the reserve, whole or not at all.
    pub(crate) fn make(&self) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let made = options.open(&self.0).and_then(|file| fill(&file));
        if made.is_err() {
            let _ = self.give_up();
        }
        made
    }

    pub(crate) fn give_up(&self) -> io::Result<()> {
        std::fs::remove_file(&self.0)
    }
}

/// Zeros that are written, not a hole: only they take the room. A file system that shares or
/// shrinks equal blocks makes the reserve worth less; then the disk is full a little earlier.
fn fill(mut file: &File) -> io::Result<()> {
    let zeros = vec![0; ZEROS_BYTES];
    let mut left = RESERVE_BYTES;
    while left > 0 {
        file.write_all(&zeros)?;
        left = left.saturating_sub(ZEROS_BYTES as u64);
    }
    file.sync_all()
}

/// Holds room back beside `database`, where the disk has enough of it.
///
/// # Errors
/// The disk refuses.
pub fn keep_reserve(database: &Path) -> io::Result<()> {
    let reserve = Reserve::of(database);
    let folder = database.parent().filter(|at| !at.as_os_str().is_empty());
    let free = free(folder.unwrap_or_else(|| Path::new(".")))?;
    if step(free, reserve.held()) == Step::Make {
        reserve.make()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserve_is_given_up_near_the_end_and_made_again_with_room_to_spare() {
        const MIB: u64 = 1024 * 1024;
        for (free, held, expected) in [
            (500 * MIB, Held::Yes, Step::Nothing),
            (500 * MIB, Held::No, Step::Make),
            (127 * MIB, Held::No, Step::Nothing),
            (8 * MIB, Held::Yes, Step::Nothing),
            (7 * MIB, Held::Yes, Step::GiveUp),
            (0, Held::No, Step::Nothing),
        ] {
            assert_eq!(step(free, held), expected, "{free} {held:?}");
        }
    }

    #[test]
    fn the_reserve_really_takes_room_and_gives_it_back() {
        let folder = tempfile::tempdir().unwrap();
        let reserve = Reserve::of(&folder.path().join("t.db"));
        reserve.make().unwrap();
        let made = std::fs::metadata(folder.path().join("t.db.reserve")).unwrap();
        let blocks = std::os::unix::fs::MetadataExt::blocks(&made) * 512;
        assert!(blocks >= RESERVE_BYTES, "{blocks}");
        assert_eq!(reserve.held(), Held::Yes);
        reserve.give_up().unwrap();
        assert_eq!(reserve.held(), Held::No);
    }
}
