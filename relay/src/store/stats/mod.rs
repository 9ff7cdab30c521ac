//! What the team's work amounts to, kept beside the entries that it is counted from.
//!
//! Nothing that is acknowledged waits for it: behind the commits one task looks which records were
//! touched, counts their quarters of an hour and goes through their timelines anew, and stores what
//! it found. To count anew what was counted before changes nothing, so no order and no repetition
//! can make a figure wrong.

mod figures;
mod quarters;
#[cfg(test)]
mod tests;
mod waits;

pub use figures::{
    Apart, Cell, Ended, Ending, Labelled, Out, Where, endings, labelled, labels_between, opt_outs,
    texts,
};

use crate::store::StoreError;
use crate::store::sql::{Reads, Row, Tx, params};
use quarters::Quarter;
use smsdesk_common::ids::{ConversationId, Seq};
use smsdesk_common::record::Kind;
use smsdesk_common::stats::{Place, QUARTER_MS};
use smsdesk_common::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use waits::{Patience, Talk};

/// Quarters that are counted in one look: a quarter may hold thousands of texts, and a look must
/// not take long.
const QUARTERS_MAX: usize = 100;

/// How far was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counted {
    /// Up to this change.
    high: Seq,
    /// Entries whose deletion is at most here are in no figure any more.
    forgotten: Seq,
}

/// What is to be stored of one look.
#[derive(Debug)]
pub struct Work {
    counted: Counted,
    afresh: Afresh,
    quarters: Vec<Quarter>,
    talks: Vec<Talk>,
}

/// Whether everything is counted from the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Afresh {
    Yes,
    No,
}

fn counted(reads: &mut dyn Reads) -> Result<Counted, StoreError> {
    let row = reads.query_one("SELECT high, forgotten FROM stat_range", &[])?;
    row.map_or(Ok(Counted::default()), |row| {
        Ok(Counted {
            high: row.seq(0)?,
            forgotten: row.seq(1)?,
        })
    })
}

/// How many positions lie between what was counted and the newest change: at most so many changes
/// are not counted yet.
///
/// # Errors
/// The database cannot be read.
pub fn uncounted(reads: &mut dyn Reads) -> Result<u64, StoreError> {
    let head = crate::store::feed::head(reads)?;
    let behind = head.0.saturating_sub(counted(reads)?.high.0);
    let long = reads.query_one("SELECT COUNT(*) FROM stat_todo", &[])?;
    let long = long.map_or(Ok(0), |row| row.count(0))?;
    Ok(behind.max(u64::from(long)))
}

/// What the next `limit` changes make of the figures; none where all is counted.
///
/// # Errors
/// The database cannot be read.
pub fn look(reads: &mut dyn Reads, limit: u32) -> Result<Option<Work>, StoreError> {
    let mut counted = counted(reads)?;
    let mut dirty = waits::left_over(reads, limit)?;
    let mut quarters = BTreeSet::new();
    let rows = reads.query(
        "SELECT c.seq, c.kind, c.deleted, e.at, e.position, e.conversation FROM changes AS c \
         LEFT JOIN entry AS e ON c.kind = 'entry' AND e.id = c.id \
         WHERE c.seq > ?1 ORDER BY c.seq LIMIT ?2",
        params![counted.high, limit],
    )?;
    if rows.is_empty() && dirty.is_empty() {
        return Ok(None);
    }
    for row in &rows {
        let seq = row.seq(0)?;
        match touched(row)? {
            Some(Change::Deleted) if seq > counted.forgotten => return Ok(Some(afresh(seq))),
            Some(Change::Entry(conversation, place)) => {
                quarters.insert(place.at.as_millis().div_euclid(QUARTER_MS));
                touch(&mut dirty, conversation, place);
            }
            Some(Change::Deleted) | None => {}
        }
        counted.high = seq;
        if quarters.len() >= QUARTERS_MAX {
            break;
        }
    }
    let mut work = Work {
        counted,
        afresh: Afresh::No,
        quarters: Vec::with_capacity(quarters.len()),
        talks: Vec::with_capacity(dirty.len()),
    };
    for number in quarters {
        work.quarters.push(quarters::count(reads, number)?);
    }
    let mut patience = Patience::new();
    for (conversation, touched) in dirty {
        let talk = waits::walk(reads, conversation, touched, &mut patience)?;
        work.talks.push(talk);
    }
    Ok(Some(work))
}

/// A change that figures depend on.
enum Change {
    Deleted,
    Entry(ConversationId, Place),
}

fn touched(row: &Row) -> Result<Option<Change>, StoreError> {
    if row.text(1)? != Kind::Entry.as_str() {
        return Ok(None);
    }
    if row.flag(2)? {
        return Ok(Some(Change::Deleted));
    }
    let place = Place {
        at: row.time(3)?,
        position: row.seq(4)?,
    };
    Ok(Some(Change::Entry(row.parsed(5)?, place)))
}

/// Which conversations are to be gone through, each from where to where it was touched.
type Dirty = BTreeMap<ConversationId, Touched>;

/// The first and the last place of a timeline that were touched.
#[derive(Clone, Copy, Debug)]
struct Touched {
    first: Place,
    last: Place,
}

fn touch(dirty: &mut Dirty, conversation: ConversationId, place: Place) {
    let (first, last) = (place, place);
    let touched = dirty.entry(conversation).or_insert(Touched { first, last });
    touched.first = touched.first.min(place);
    touched.last = touched.last.max(place);
}

/// A deleted entry does not say where it stood, so that everything is counted without it. That is
/// done once for all that were deleted until then.
fn afresh(forgotten: Seq) -> Work {
    Work {
        counted: Counted {
            high: Seq::ZERO,
            forgotten,
        },
        afresh: Afresh::Yes,
        quarters: Vec::new(),
        talks: Vec::new(),
    }
}

/// Stores what a look found. Nobody else may store in between.
///
/// # Errors
/// The database cannot be written.
pub fn store(tx: &mut dyn Tx, work: &Work) -> Result<(), StoreError> {
    if work.afresh == Afresh::Yes {
        tx.execute("DELETE FROM stat_quarter", &[])?;
        tx.execute("DELETE FROM stat_wait", &[])?;
        tx.execute("DELETE FROM stat_stretch", &[])?;
        tx.execute("DELETE FROM stat_todo", &[])?;
    }
    for quarter in &work.quarters {
        quarters::replace(tx, quarter)?;
    }
    for talk in &work.talks {
        waits::replace(tx, talk)?;
    }
    tx.execute(
        "INSERT INTO stat_range (one, high, forgotten) VALUES (1, ?1, ?2) ON CONFLICT (one) \
         DO UPDATE SET high = excluded.high, forgotten = excluded.forgotten",
        params![work.counted.high, work.counted.forgotten],
    )?;
    Ok(())
}

/// The beginning of a quarter.
fn start_of(quarter: i64) -> Timestamp {
    Timestamp::from_millis(quarter.saturating_mul(QUARTER_MS))
}
