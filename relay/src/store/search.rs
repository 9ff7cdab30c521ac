//! The index of what was said, and what is asked of it.
//!
//! Nothing that is acknowledged waits for it: entries are indexed after their commit, the newest
//! first, in small commits. What is not indexed yet is read and looked at one by one, as long as it
//! is new; what is older is found once its turn has come.

use crate::store::StoreError;
use crate::store::entries::{self, at_position};
use crate::store::sql::{Reads, Tx, params};
use smsdesk_common::entry::Entry;
use smsdesk_common::filter::{Ask, Column, Filter, Indexed, Last, Needle, Sense};
use smsdesk_common::ids::Seq;

/// Which positions are indexed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// What is older is still to come.
    pub low: Seq,
    /// What is newer is still to come.
    pub high: Seq,
}

/// Which positions are indexed; none before the first time.
///
/// # Errors
/// The database cannot be read.
pub fn range(reads: &mut dyn Reads) -> Result<Option<Range>, StoreError> {
    let row = reads.query_one("SELECT low, high FROM said_range", &[])?;
    row.map(|row| {
        Ok(Range {
            low: row.seq(0)?,
            high: row.seq(1)?,
        })
    })
    .transpose()
}

/// Indexes at most so many entries, new ones before old ones. How many that were.
///
/// # Errors
/// The database cannot be written.
pub fn index(tx: &mut dyn Tx, limit: u32) -> Result<usize, StoreError> {
    let held = range(tx)?;
    let range = match held {
        Some(range) => range,
        None => {
            let newest = entries::newest(tx)?;
            Range {
                low: newest,
                high: newest,
            }
        }
    };
    let mut found = entries::above(tx, range.high, limit)?;
    let high = found.last().map_or(range.high, |entry| entry.position);
    let mut low = range.low;
    if found.is_empty() && low > Seq::ZERO {
        // The oldest goes in first: the index writes a piece of its own whenever positions go down.
        found = entries::up_to(tx, low, limit)?;
        found.reverse();
        low = match found.first() {
            Some(oldest) if found.len() == limit as usize => Seq(oldest.position.0 - 1),
            _ => Seq::ZERO,
        };
    }
    for entry in &found {
        put_in(tx, entry)?;
    }
    if held == Some(Range { low, high }) {
        return Ok(0);
    }
    tx.execute(
        "INSERT INTO said_range (one, low, high) VALUES (1, ?1, ?2) \
         ON CONFLICT (one) DO UPDATE SET low = excluded.low, high = excluded.high",
        params![low, high],
    )?;
    Ok(found.len())
}

/// The words of an entry were changed: what is indexed of them follows.
///
/// # Errors
/// The database cannot be written.
pub fn index_again(tx: &mut dyn Tx, entry: &Entry) -> Result<(), StoreError> {
    let holds = |range: Range| range.low < entry.position && entry.position <= range.high;
    if !range(tx)?.is_some_and(holds) {
        return Ok(());
    }
    tx.execute("DELETE FROM said WHERE rowid = ?1", params![entry.position])?;
    put_in(tx, entry)
}

/// The entry of that position is gone: so are its words.
///
/// # Errors
/// The database cannot be written.
pub fn forget(tx: &mut dyn Tx, position: Seq) -> Result<(), StoreError> {
    let holds = |range: Range| range.low < position && position <= range.high;
    if range(tx)?.is_some_and(holds) {
        tx.execute("DELETE FROM said WHERE rowid = ?1", params![position])?;
    }
    Ok(())
}

fn put_in(tx: &mut dyn Tx, entry: &Entry) -> Result<(), StoreError> {
    let indexed = Indexed::of(&entry.body);
    if !indexed.is_empty() {
        tx.execute(
            "INSERT INTO said (rowid, words, parts) VALUES (?1, ?2, ?3)",
            params![entry.position, indexed.words, indexed.parts],
        )?;
    }
    Ok(())
}

/// The question for all words of a filter; none where no word must be there.
pub fn expression(filter: &Filter) -> Option<String> {
    let wanted = filter.needles(Sense::Holds);
    let all: Vec<String> = wanted.iter().map(one).collect();
    (!all.is_empty()).then(|| all.join(" AND "))
}

/// Every token is one of ours and stands in quotes: no syntax of the index can be asked for.
fn one(needle: &Needle) -> String {
    let Ask {
        column,
        tokens,
        last,
    } = needle.ask();
    let column = match column {
        Column::Words => "words",
        Column::Parts => "parts",
    };
    let beginning = match last {
        Last::Whole => "",
        Last::Beginning | Last::LongBeginning => " *",
    };
    format!("({column} : \"{}\"{beginning})", tokens.join(" "))
}

/// Entries below a position with the words of an expression, newest first.
///
/// # Errors
/// The database cannot be read.
pub fn with_words(
    reads: &mut dyn Reads,
    expression: &str,
    below: Seq,
    limit: u32,
) -> Result<Vec<Entry>, StoreError> {
    let rows = reads.query(
        "SELECT rowid FROM said WHERE said MATCH ?1 AND rowid < ?2 ORDER BY rowid DESC LIMIT ?3",
        params![expression, below, limit],
    )?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        found.extend(at_position(reads, row.seq(0)?)?);
    }
    Ok(found)
}
