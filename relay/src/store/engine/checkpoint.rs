//! Moves the write-ahead log into the database.

use rusqlite::Connection;
use std::time::Duration;

/// How far to go; sqlite.org/pragma.html#pragma_wal_checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// As far as no reader is in the way.
    Passive,
    /// To the end, and cut the log's file to nothing.
    Truncate,
}

/// How far it went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Moved {
    /// Somebody was in the way.
    pub(crate) hindered: bool,
    /// Pages in the log.
    pub(crate) pages: u32,
    /// How many of them are in the database.
    pub(crate) moved: u32,
}

/// Moves pages; waits for others no longer than `patience`.
///
/// # Errors
/// The disk refuses; what is in the log stays there.
pub(crate) fn run(conn: &Connection, mode: Mode, patience: Duration) -> rusqlite::Result<Moved> {
    let sql = match mode {
        Mode::Passive => "PRAGMA wal_checkpoint(PASSIVE)",
        Mode::Truncate => "PRAGMA wal_checkpoint(TRUNCATE)",
    };
    conn.busy_timeout(patience)?;
    let moved = conn.query_row(sql, [], |row| {
        // Minus one stands for "no log".
        let pages = |column| row.get(column).map(|n: i64| u32::try_from(n).unwrap_or(0));
        Ok(Moved {
            hindered: row.get::<_, i64>(0)? != 0,
            pages: pages(1)?,
            moved: pages(2)?,
        })
    });
    conn.busy_timeout(Duration::from_millis(super::open::BUSY_MS))?;
    moved
}
