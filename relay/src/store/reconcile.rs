//! How far the provider's lists were read: walks that were completed, and those under way.

use crate::outbox::reconcile::window::Completed;
use crate::store::StoreError;
use crate::store::lines::address;
use crate::store::sql::{Reads, Row, Tx, params};
use smsdesk_common::entry::{Direction, Origin};
use smsdesk_common::phone::Address;
use smsdesk_common::time::Timestamp;

/// Which of a line's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Texts to the line.
    Inbound,
    /// Texts from the line.
    Outbound,
}

impl Purpose {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Inbound, Self::Outbound];

    /// The name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
        }
    }

    /// Which way its texts go.
    #[must_use]
    pub const fn direction(self) -> Direction {
        match self {
            Self::Inbound => Direction::Inbound,
            Self::Outbound => Direction::Outbound,
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == name)
    }
}

/// A walk through a list, from its newest message back to a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    /// Whose list.
    pub line: Address,
    /// Which list.
    pub purpose: Purpose,
    /// How far back it goes.
    pub since: Timestamp,
    /// When it began.
    pub started_at: Timestamp,
    /// Whether it is one of the wide ones.
    pub wide: bool,
    /// Where it goes on; none for its first page.
    pub next_page: Option<String>,
    /// How many pages were read.
    pub pages: u32,
}

fn walk(row: &Row) -> Result<Walk, StoreError> {
    Ok(Walk {
        line: address(row, 0)?,
        purpose: row.named(1, Purpose::parse)?,
        since: row.time(2)?,
        started_at: row.time(3)?,
        wide: row.flag(4)?,
        next_page: row.maybe_text(5)?,
        pages: row.count(6)?,
    })
}

/// Every walk that is under way.
///
/// # Errors
/// The database cannot be read.
pub fn under_way(reads: &mut dyn Reads) -> Result<Vec<Walk>, StoreError> {
    reads
        .query(
            "SELECT line, purpose, since, started_at, wide, next_page, pages FROM reconcile \
             WHERE since IS NOT NULL ORDER BY line, purpose",
            &[],
        )?
        .iter()
        .map(walk)
        .collect()
}

/// What is known of a list.
///
/// # Errors
/// The database cannot be read.
pub fn completed(
    reads: &mut dyn Reads,
    line: &Address,
    purpose: Purpose,
) -> Result<Completed, StoreError> {
    let row = reads.query_one(
        "SELECT through, wide_at FROM reconcile WHERE line = ?1 AND purpose = ?2",
        params![line.as_str(), purpose.as_str()],
    )?;
    row.map_or(Ok(Completed::default()), |row| {
        Ok(Completed {
            through: row.maybe_time(0)?,
            wide_at: row.maybe_time(1)?,
        })
    })
}

/// Notes where a walk is, at its beginning or after a page.
///
/// # Errors
/// The database cannot be written.
pub fn put(tx: &mut dyn Tx, walk: &Walk) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO reconcile (line, purpose, since, started_at, wide, next_page, pages) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (line, purpose) DO UPDATE SET \
         since = excluded.since, started_at = excluded.started_at, wide = excluded.wide, \
         next_page = excluded.next_page, pages = excluded.pages",
        params![
            walk.line.as_str(),
            walk.purpose.as_str(),
            walk.since,
            walk.started_at,
            walk.wide,
            walk.next_page.clone(),
            walk.pages,
        ],
    )?;
    Ok(())
}

/// Notes that a walk was completed, and up to when the list is known by it.
///
/// # Errors
/// The database cannot be written.
pub fn complete(tx: &mut dyn Tx, walk: &Walk, through: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE reconcile SET through = ?3, since = NULL, started_at = NULL, next_page = NULL, \
         wide = 0, wide_at = CASE WHEN ?4 = 1 THEN ?5 ELSE wide_at END \
         WHERE line = ?1 AND purpose = ?2",
        params![
            walk.line.as_str(),
            walk.purpose.as_str(),
            through,
            walk.wide,
            walk.started_at,
        ],
    )?;
    Ok(())
}

/// The provider's ids of the texts of a line that were stored with a time in between, oldest
/// first.
///
/// # Errors
/// The database cannot be read.
pub fn sids_between(
    reads: &mut dyn Reads,
    line: &Address,
    direction: Direction,
    since: Timestamp,
    until: Timestamp,
    limit: u32,
) -> Result<Vec<String>, StoreError> {
    let rows = reads.query(
        "SELECT entry.sid FROM entry JOIN conversation ON conversation.id = entry.conversation \
         WHERE conversation.line = ?1 AND entry.direction = ?2 AND entry.at >= ?3 \
         AND entry.at <= ?4 AND entry.sid IS NOT NULL AND entry.entry_kind = 'message' \
         ORDER BY entry.at LIMIT ?5",
        params![line.as_str(), direction.as_str(), since, until, limit],
    )?;
    rows.iter()
        .map(|row| row.text(0).map(str::to_owned))
        .collect()
}

/// How many entries from a time on came by the provider's lists.
///
/// # Errors
/// The database cannot be read.
pub fn brought_since(reads: &mut dyn Reads, since: Timestamp) -> Result<u64, StoreError> {
    let row = reads.query_one(
        "SELECT count(*) FROM entry WHERE origin = ?1 AND at >= ?2",
        params![Origin::Backfill.as_str(), since],
    )?;
    row.map_or(Ok(0), |row| Ok(u64::from(row.count(0)?)))
}

/// A text of ours that the provider has had for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The provider's id of it.
    pub sid: String,
    /// Whose account has it.
    pub line: Address,
    /// When it was stored here.
    pub at: Timestamp,
}

/// Texts that the provider has and has not passed on, with a time in between, oldest first.
///
/// # Errors
/// The database cannot be read.
pub fn held_between(
    reads: &mut dyn Reads,
    after: Timestamp,
    until: Timestamp,
    limit: u32,
) -> Result<Vec<Held>, StoreError> {
    let rows = reads.query(
        "SELECT entry.sid, conversation.line, entry.at FROM entry \
         JOIN conversation ON conversation.id = entry.conversation \
         WHERE entry.status = 'accepted' AND entry.at > ?1 AND entry.at <= ?2 \
         AND entry.sid IS NOT NULL ORDER BY entry.at LIMIT ?3",
        params![after, until, limit],
    )?;
    rows.iter()
        .map(|row| {
            Ok(Held {
                sid: row.text(0)?.to_owned(),
                line: address(row, 1)?,
                at: row.time(2)?,
            })
        })
        .collect()
}
