//! Adds the digest up anew from the rows, beside the disk's thread, over one unchanging state.
//!
//! The digest that the cursor keeps tells of every change that was applied; only the rows can tell
//! of one that was lost or altered since, by a fault of the disk or by another program.

use crate::cache::applied::DigestCheck;
use crate::cache::error::CacheError;
use crate::cache::sql::seq_out;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use smsdesk_common::feed::Digest;
use std::path::Path;
use std::time::Duration;

/// How long to wait for whoever holds the file, such as a backup.
const BUSY_WAIT: Duration = Duration::from_secs(2);

/// Whether the rows at `path` add up to the digest that stands beside them, as long as somebody is
/// `waited_for`.
pub(in crate::cache) fn recount(
    path: &Path,
    waited_for: impl Fn() -> bool,
) -> Result<DigestCheck, CacheError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_WAIT)?;
    connection.pragma_update(None, "query_only", true)?;
    let look = connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
    let Some(cursor) = super::cursor(&look)? else {
        return Ok(DigestCheck::NotComparable);
    };
    let mut found = Digest::EMPTY;
    {
        let mut statement =
            look.prepare("SELECT kind, id, seq FROM records WHERE kind != 'begun'")?;
        let mut rows = statement.query(())?;
        while let Some(row) = rows.next()? {
            if !waited_for() {
                return Ok(DigestCheck::NotComparable);
            }
            let text = |column| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
            found.add(text(0)?, text(1)?, seq_out(row.get(2)?));
        }
    }
    Ok(if found == cursor.digest {
        DigestCheck::Equal
    } else {
        DigestCheck::Differs
    })
}
