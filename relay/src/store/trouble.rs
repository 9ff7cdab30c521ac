//! What can be wrong with the disk or with the file, and what the writer does about it.
//!
//! # After a failed write or sync
//!
//! A commit is acknowledged once its frames in the write-ahead log are synced. Where that sync
//! fails, Linux may drop the dirty mark of the pages (Rebello et al., "Can Applications Recover
//! from fsync Failures?", USENIX ATC 2020): the frames look present to whoever reads the file, and
//! are not on the disk, and a further sync succeeds without having written them. Frames are chained
//! by checksums. A connection that recovers the log afterwards takes such frames for good, appends
//! a commit behind them, syncs that one alone, and acknowledges what a power cut takes back.
//!
//! So after any error of this kind nothing more is acknowledged on the connection that met it. It
//! is closed, another one is opened, and before that one takes a job it has to pass a
//! `wal_checkpoint(TRUNCATE)`: each page of the log is written anew into the database file, that
//! file is synced, and the log begins again with nothing in front of it. The same is demanded of
//! every start, for a log may be what a relay left behind that was ended after such an error.
//!
//! What was answered with an error may still be stored. A webhook or a request that comes again
//! meets its key and does nothing.

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// There is no room.
    Full,
    /// The disk refuses to read, write or sync.
    Disk,
    /// The file holds what no write of ours has left there.
    Damaged,
}

/// What the writer does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// Goes on with the same connection: the engine took the transaction back, nothing is in doubt.
    GoOn,
    /// Takes no job until a new connection has passed its trial; tries again by itself.
    Reopen,
    /// Takes no job until an operator has acted: each further write could destroy more.
    Stop,
}

impl Trouble {
    /// What to do.
    pub const fn course(self) -> Course {
        match self {
            Self::Full => Course::GoOn,
            Self::Disk => Course::Reopen,
            Self::Damaged => Course::Stop,
        }
    }

    /// What is wrong, for whoever watches the relay.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Full => "the disk is full: nothing can be stored until there is room",
            Self::Disk => "the disk fails: nothing is stored until it works again",
            Self::Damaged => {
                "the database is damaged: nothing is stored any more; stop the relay, look with \
                 `smsdesk-relay verify`, and put a backup in place with `smsdesk-relay restore`"
            }
        }
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_engine_took_back_for_lack_of_room_leaves_the_connection_trusted() {
        assert_eq!(Trouble::Full.course(), Course::GoOn);
        assert_eq!(Trouble::Disk.course(), Course::Reopen);
        assert_eq!(Trouble::Damaged.course(), Course::Stop);
    }
}
