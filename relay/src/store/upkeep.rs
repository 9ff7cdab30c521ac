//! When the write-ahead log is moved into the database.
//!
//! The writer does it between two commits, never within one: who waits for a commit does not wait
//! for this. A log that is moved as a whole and that nobody looks into begins again at its start,
//! so that its file stays small as long as no reader holds an old state for long.

use std::time::Duration;

/// Pages that were committed and not moved, after which they are (4 KiB each).
pub const PASSIVE_PAGES: u32 = 1_000;
/// How long committed pages may stay in the log alone, in seconds.
pub const PASSIVE_S: u64 = 60;
/// The size from which the log is cut down to nothing, in bytes.
pub const TRUNCATE_BYTES: u64 = 64 * 1024 * 1024;
/// Without a job for so long, in seconds, the log is cut down to nothing.
pub const IDLE_S: u64 = 5;
/// The pause between two tries to cut the log, in seconds: a reader may be in the way.
const TRUNCATE_PAUSE_S: u64 = 1;
/// A page and its head in the log, in bytes.
const FRAME_BYTES: u64 = 4_096 + 24;

/// What is known of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// Pages in it.
    pub pages: u32,
    /// How many of them are in the database, too.
    pub moved: u32,
    /// Since the last attempt to move any.
    pub since: Duration,
    /// Since the last job.
    pub idle: Duration,
}

/// How to move pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// As many as no reader is in the way of.
    Passive,
    /// All, and cut the file to nothing.
    Truncate,
}

impl Log {
    /// What is to be done now.
    pub fn due(&self) -> Option<Move> {
        let waiting = self.pages.saturating_sub(self.moved);
        let large = u64::from(self.pages) * FRAME_BYTES > TRUNCATE_BYTES;
        let seconds = self.since.as_secs();
        if large && seconds >= TRUNCATE_PAUSE_S {
            return Some(Move::Truncate);
        }
        if self.pages > 0 && self.idle.as_secs() >= IDLE_S && seconds >= IDLE_S {
            return Some(Move::Truncate);
        }
        let passive = waiting >= PASSIVE_PAGES || (waiting > 0 && seconds >= PASSIVE_S);
        passive.then_some(Move::Passive)
    }

    /// How long the writer may sleep; none where only a job can bring it work: a relay without
    /// work uses no processor.
    pub fn next(&self) -> Option<Duration> {
        let idle = Duration::from_secs(IDLE_S);
        let rest = idle
            .saturating_sub(self.idle)
            .max(idle.saturating_sub(self.since));
        (self.pages > 0).then_some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(pages: u32, moved: u32, since: u64, idle: u64) -> Log {
        Log {
            pages,
            moved,
            since: Duration::from_secs(since),
            idle: Duration::from_secs(idle),
        }
    }

    #[test]
    fn a_busy_log_is_moved_by_pages_or_by_time_and_cut_when_it_grew_large() {
        for (log, expected) in [
            (log(999, 0, 1, 0), None),
            (log(1_000, 0, 0, 0), Some(Move::Passive)),
            (log(1_500, 1_000, 1, 0), None),
            (log(1, 0, 59, 0), None),
            (log(1, 0, 60, 0), Some(Move::Passive)),
            (log(1, 1, 600, 0), None),
            (log(16_300, 16_300, 1, 0), Some(Move::Truncate)),
            (log(16_300, 15_300, 0, 0), Some(Move::Passive)),
        ] {
            assert_eq!(log.due(), expected, "{log:?}");
        }
    }

    #[test]
    fn a_writer_without_work_cuts_the_log_once_and_then_sleeps_for_ever() {
        assert_eq!(log(3, 0, 4, 5).due(), None);
        assert_eq!(log(3, 0, 4, 5).next(), Some(Duration::from_secs(1)));
        assert_eq!(log(3, 0, 5, 5).due(), Some(Move::Truncate));
        assert_eq!(log(3, 0, 5, 5).next(), Some(Duration::ZERO));
        assert_eq!(log(0, 0, 0, 0).due(), None);
        assert_eq!(log(0, 0, 0, 0).next(), None);
        assert_eq!(log(0, 0, 600, 600).next(), None);
    }
}
