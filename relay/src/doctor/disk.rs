//! The disk: room, and how fast it commits.

use super::Limits;
use super::files::folder;
use super::report::{Check, ROOM, SPEED};
use crate::clock::monotonic;
use crate::store::space;
use crate::store::verify::LOG_BYTES_MAX;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What is written and synced at a time, in bytes: a page, as a small commit does.
const PAGE_BYTES: usize = 4_096;
/// Syncs that are tried at most.
const SYNCS_MAX: u32 = 100;
/// How long they are tried, in milliseconds.
const TRY_MS: u64 = 1_000;
/// Commits a second below which agents feel it. One serves up to 256 texts, so that more are not
/// needed for any rate that Twilio brings.
const SYNCS_FEW: f64 = 20.0;
/// How long one sync may take before a webhook may be given up, in seconds: a webhook waits 10 s for
/// its commit, and other work may stand before it.
const SYNC_S_MAX: u64 = 5;
/// How many times the database must fit beside itself: a backup, and the copy before an upgrade.
const COPIES: u64 = 2;
/// Room below which somebody should know, in bytes.
const SCARCE_BYTES: u64 = 512 * 1024 * 1024;
/// Files that can still be made below which the disk counts as full.
const FILES_MIN: u64 = 100;

/// What is known of the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    /// Bytes for the relay's user.
    free: u64,
    /// Files that can still be made; none where the file system does not count them.
    files: Option<u64>,
    /// The database's size.
    database: u64,
    /// The write-ahead log's size.
    log: u64,
}

/// How fast the disk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Speed {
    syncs: u32,
    took: Duration,
    slowest: Duration,
}

/// Looks at room and speed of the disk that holds `database`.
pub(super) fn look(database: &Path, limits: &Limits) -> Vec<Check> {
    let folder = folder(database);
    let room = room(&folder, database);
    let tried = try_syncs(&folder.join(format!(".doctor-{}", std::process::id())));
    let room = match &room {
        Ok(room) => judge_room(room, limits),
        Err(error) => unknown(ROOM, &folder, error),
    };
    let speed = match &tried {
        Ok(speed) => judge_speed(speed),
        Err(error) => unknown(SPEED, &folder, error),
    };
    vec![room, speed]
}

fn unknown(name: &'static str, folder: &Path, error: &io::Error) -> Check {
    let at = folder.display();
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Check::fail(
            name,
            format!("The disk of {at} is full: nothing can be written there."),
            "Make room on the disk; the relay goes on by itself.",
        ),
        io::ErrorKind::PermissionDenied => Check::fail(
            name,
            format!("This user may not write to {at}."),
            "Run the doctor as the relay's own user, such as `sudo -u smsdesk smsdesk-relay doctor`.",
        ),
        io::ErrorKind::NotFound => Check::fail(
            name,
            format!("The folder {at} does not exist."),
            "Make it, owned by the relay's user and with mode 0700, or set another `relay.database`.",
        ),
        _ => Check::fail(
            name,
            format!("The disk of {at} refuses: {error}."),
            "Look at the machine's log for what is wrong with the disk.",
        ),
    }
}

fn room(folder: &Path, database: &Path) -> io::Result<Room> {
    let found = rustix::fs::statvfs(folder)?;
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |found| found.len());
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    Ok(Room {
        free: space::free(folder)?,
        files: (found.f_files > 0).then_some(found.f_favail),
        database: size(database),
        log: size(&PathBuf::from(log)),
    })
}

/// Removes its file however the look ends.
struct Trial<'a>(&'a Path);

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.0);
    }
}

fn try_syncs(at: &Path) -> io::Result<Speed> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let file = options.open(at)?;
    let _trial = Trial(at);
    time_syncs(&file)
}

fn time_syncs(mut file: &File) -> io::Result<Speed> {
    let page = [0x5a; PAGE_BYTES];
    let begun = monotonic();
    let (mut syncs, mut slowest) = (0, Duration::ZERO);
    while syncs < SYNCS_MAX && monotonic().duration_since(begun) < Duration::from_millis(TRY_MS) {
        let before = monotonic();
        file.write_all(&page)?;
        file.sync_data()?;
        slowest = slowest.max(monotonic().duration_since(before));
        syncs += 1;
    }
    Ok(Speed {
        syncs,
        took: monotonic().duration_since(begun),
        slowest,
    })
}

/// Bytes as people read them.
fn human(bytes: u64) -> String {
    const MIB: u64 = 1024 * 1024;
    match bytes {
        0..MIB => format!("{} KiB", bytes / 1024),
        _ if bytes < 10 * 1024 * MIB => format!("{} MiB", bytes / MIB),
        _ => format!("{} GiB", bytes / (1024 * MIB)),
    }
}

fn judge_room(room: &Room, limits: &Limits) -> Check {
    let free = human(room.free);
    let remedy = "Make room on the disk, or move the database to a larger one; the relay goes on by \
                  itself.";
    if room.free < limits.full_bytes {
        let sentence =
            format!("The disk is full, with {free} left: inbound texts are turned away.");
        return Check::fail(ROOM, sentence, remedy);
    }
    if room.free < limits.low_bytes {
        let sentence =
            format!("The disk is nearly full, with {free} left: new texts of agents are refused.");
        return Check::fail(ROOM, sentence, remedy);
    }
    if let Some(files) = room.files.filter(|files| *files < FILES_MIN) {
        let sentence = format!("The disk takes only {files} more files: the database needs some.");
        let remedy = "Remove small files that nobody needs: `df -i` shows the numbers.";
        return Check::fail(ROOM, sentence, remedy);
    }
    if room.log > LOG_BYTES_MAX {
        let log = human(room.log);
        return Check::warn(
            ROOM,
            format!("The write-ahead log has {log}: something keeps it from being taken up."),
            "Look for a program that holds the database open, such as a backup that hangs.",
        );
    }
    let wanted = SCARCE_BYTES.max(COPIES.saturating_mul(room.database));
    if room.free < wanted {
        return Check::warn(
            ROOM,
            format!(
                "The disk has {free} left, and a backup and an upgrade may want {}.",
                human(wanted)
            ),
            remedy,
        );
    }
    let database = human(room.database);
    Check::ok(
        ROOM,
        format!("The disk has {free} left; the database has {database}."),
    )
}

fn judge_speed(speed: &Speed) -> Check {
    let rate = f64::from(speed.syncs) / speed.took.as_secs_f64().max(f64::EPSILON);
    let slowest = speed.slowest.as_millis();
    let told = format!("{rate:.0} commits a second, the slowest in {slowest} ms");
    let remedy = "Move the database to a local disk that nothing else keeps busy: a network disk or a \
                  worn card is too slow.";
    if speed.slowest >= Duration::from_secs(SYNC_S_MAX) {
        let sentence = format!("The disk makes {told}: Twilio gives webhooks up meanwhile.");
        return Check::fail(SPEED, sentence, remedy);
    }
    if rate < SYNCS_FEW {
        let sentence = format!("The disk makes only {told}: agents wait for it.");
        return Check::warn(SPEED, sentence, remedy);
    }
    Check::ok(SPEED, format!("The disk makes {told}."))
}

#[cfg(test)]
mod tests {
    use super::super::report::State;
    use super::*;

    const MIB: u64 = 1024 * 1024;
    const PLENTY: Room = Room {
        free: 20 * 1024 * MIB,
        files: Some(1_000_000),
        database: 100 * MIB,
        log: 4 * MIB,
    };

    #[test]
    fn room_is_judged_by_what_the_relay_refuses_and_what_a_backup_wants() {
        for (room, state, words) in [
            (PLENTY, State::Ok, "20 GiB left"),
            (
                Room {
                    free: MIB / 2,
                    ..PLENTY
                },
                State::Fail,
                "is full, with 512 KiB",
            ),
            (
                Room {
                    free: 63 * MIB,
                    ..PLENTY
                },
                State::Fail,
                "nearly full, with 63 MiB",
            ),
            (
                Room {
                    free: 400 * MIB,
                    ..PLENTY
                },
                State::Warn,
                "want 512 MiB",
            ),
            (
                Room {
                    database: 11 * 1024 * MIB,
                    ..PLENTY
                },
                State::Warn,
                "want 22 GiB",
            ),
            (
                Room {
                    files: Some(3),
                    ..PLENTY
                },
                State::Fail,
                "3 more files",
            ),
            (
                Room {
                    files: None,
                    ..PLENTY
                },
                State::Ok,
                "left",
            ),
            (
                Room {
                    log: 300 * MIB,
                    ..PLENTY
                },
                State::Warn,
                "log has 300 MiB",
            ),
        ] {
            let check = judge_room(&room, &Limits::STANDARD);
            assert_eq!(check.state, state, "{room:?}: {check:?}");
            assert!(check.sentence.contains(words), "{check:?}");
        }
    }

    #[test]
    fn speed_is_judged_by_what_a_webhook_waits_for() {
        for (syncs, slowest, state) in [
            (100, 9, State::Ok),
            (15, 200, State::Warn),
            (1, 5_000, State::Fail),
        ] {
            let (took, slowest) = (Duration::from_secs(1), Duration::from_millis(slowest));
            let check = judge_speed(&Speed {
                syncs,
                took,
                slowest,
            });
            assert_eq!(check.state, state, "{check:?}");
        }
    }

    #[test]
    fn a_trial_leaves_nothing_behind_and_a_folder_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let checks = look(&folder.path().join("t.db"), &Limits::STANDARD);
        assert_eq!(checks.len(), 2);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let checks = look(&folder.path().join("gone/t.db"), &Limits::STANDARD);
        assert!(
            checks
                .iter()
                .all(|check| check.sentence.contains("does not exist")),
            "{checks:?}"
        );
    }

    #[test]
    fn a_full_disk_is_called_so_whoever_meets_it() {
        let error = io::Error::from(io::ErrorKind::StorageFull);
        assert!(
            unknown(SPEED, Path::new("/d"), &error)
                .sentence
                .contains("is full")
        );
    }
}
