//! Puts what is said, and who says it, into the index.
//!
//! An entry's place in the index sorts by time, so that the newest hits are read first and nothing
//! is ever sorted. Entries go in newest first, a chunk a transaction; within a chunk the oldest
//! goes first, because the index writes a piece of its own whenever places go down.

use crate::cache::error::{CacheError, stored_record};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Deserialize;
use smsdesk_common::conversation::Conversation;
use smsdesk_common::filter::{Indexed, person_text};
use smsdesk_common::time::Timestamp;
use std::borrow::Cow;
use std::collections::HashSet;

/// How many entries of one millisecond have places of their own, in bits; more take those of the
/// next ones.
const SAME_MOMENT_BITS: u32 = 16;

/// The latest moment that a place can tell, in milliseconds: the year 4199. What claims to be later
/// stands there.
const LATEST_MS: i64 = (1 << 46) - 1;

/// What is indexed of a record of an entry.
#[derive(Deserialize)]
struct Words<'a> {
    #[serde(borrow)]
    body: Cow<'a, str>,
}

/// Tells texts apart, the same in every build: FNV-1a of 64 bits.
pub(in crate::cache) fn fingerprint(text: &str) -> i64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash.cast_signed()
}

/// The first place of a moment.
pub(super) fn place_of(at: Timestamp) -> i64 {
    at.as_millis().clamp(0, LATEST_MS) << SAME_MOMENT_BITS
}

/// Indexes the newest entries that wait for it, at most so many. How many that were.
pub(in crate::cache) fn index_newest(
    connection: &Connection,
    limit: usize,
) -> Result<usize, CacheError> {
    let mut waiting = connection.prepare_cached(
        "SELECT entry.n, entry.at, record.body FROM entry INDEXED BY entry_unplaced
         JOIN records AS record ON record.n = entry.n
         WHERE entry.place IS NULL ORDER BY entry.at DESC LIMIT ?1",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let found = waiting.query_map([limit], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let found: Vec<(i64, i64, String)> = found.collect::<Result<_, _>>()?;
    let mut take = connection.prepare_cached("INSERT INTO search_place VALUES (?1, ?2)")?;
    let mut note = connection.prepare_cached("UPDATE entry SET place = ?2 WHERE n = ?1")?;
    let mut placed = Vec::with_capacity(found.len());
    for (n, at, body) in found.iter().rev() {
        let entry: Words<'_> =
            serde_json::from_str(body).map_err(|error| CacheError::Record(error.to_string()))?;
        let place = free_place(connection, Timestamp::from_millis(*at))?;
        take.execute([place, *n])?;
        note.execute([*n, place])?;
        placed.push((place, Indexed::of(&entry.body)));
    }
    placed.retain(|(_, indexed)| !indexed.is_empty());
    // One after the other: FTS5 ends a piece whenever a statement in between needs a savepoint, as
    // one with a trigger does.
    let mut insert =
        connection.prepare_cached("INSERT INTO said (rowid, words, parts) VALUES (?1, ?2, ?3)")?;
    for (place, indexed) in &placed {
        insert.execute(params![place, indexed.words, indexed.parts])?;
    }
    let mut words = LongWords::new(connection)?;
    for (_, indexed) in &placed {
        words.keep(indexed)?;
    }
    Ok(found.len())
}

/// The first place of a moment that no entry has.
fn free_place(connection: &Connection, at: Timestamp) -> Result<i64, CacheError> {
    let first = place_of(at);
    let end = first + (1 << SAME_MOMENT_BITS);
    let last: Option<i64> = connection
        .prepare_cached("SELECT max(place) FROM search_place WHERE place >= ?1 AND place < ?2")?
        .query_row([first, end], |row| row.get(0))?;
    match last {
        None => Ok(first),
        Some(last) if last + 1 < end => Ok(last + 1),
        Some(_) => Ok(connection
            .prepare_cached(
                "SELECT taken.place + 1 FROM search_place AS taken
                 WHERE taken.place >= ?1 AND NOT EXISTS
                     (SELECT 1 FROM search_place WHERE place = taken.place + 1)
                 ORDER BY taken.place LIMIT 1",
            )?
            .query_row([first], |row| row.get(0))?),
    }
}

/// Indexes people of whom something that they are found by is new or has changed, at most so many.
/// How many that were.
pub(in crate::cache) fn index_people(
    connection: &Connection,
    limit: usize,
) -> Result<usize, CacheError> {
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let due: Vec<i64> = connection
        .prepare_cached("SELECT n FROM who_due ORDER BY n LIMIT ?1")?
        .query_map([most], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    if due.is_empty() {
        return Ok(0);
    }
    let mut find = connection.prepare_cached(
        "SELECT record.body, (SELECT name FROM contact WHERE id = own.contact LIMIT 1),
             (SELECT more FROM contact WHERE id = own.contact LIMIT 1)
         FROM conversation AS own JOIN records AS record ON record.n = own.n WHERE own.n = ?1",
    )?;
    let mut remove = connection.prepare_cached("DELETE FROM who WHERE rowid = ?1")?;
    let mut done = connection.prepare_cached("DELETE FROM who_due WHERE n = ?1")?;
    let mut all = Vec::with_capacity(due.len());
    for n in &due {
        remove.execute([n])?;
        done.execute([n])?;
        let found: Option<(String, Option<String>, Option<String>)> = find
            .query_row([n], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((body, name, more)) = found else {
            continue;
        };
        let more = more.unwrap_or_default();
        let conversation: Conversation = stored_record(&body)?;
        let text = person_text(name.as_deref(), &conversation.address, &more);
        all.push((n, Indexed::of(&text)));
    }
    let mut insert =
        connection.prepare_cached("INSERT INTO who (rowid, words, parts) VALUES (?1, ?2, ?3)")?;
    for (n, indexed) in &all {
        insert.execute(params![n, indexed.words, indexed.parts])?;
    }
    let mut words = LongWords::new(connection)?;
    for (_, indexed) in &all {
        words.keep(indexed)?;
    }
    Ok(due.len())
}

/// How an index is kept: nothing is merged while it is written, only by [`merge_some`]. That there
/// are never so many pieces that they would be merged at once all the same is what [`is_crowded`] is
/// for.
const TUNING: [(&str, i64); 2] = [("automerge", 0), ("crisismerge", 1_000)];

/// How many pieces of an index are too many to add another one. Each is looked at for each word of a
/// search; and at 2,000 of them FTS5 takes nothing in and says that the disk is full.
const PIECES_MAX: u32 = 128;

/// The indexes of words.
const INDEXES: [&str; 2] = ["said", "who"];

/// How many pages of an index are merged at once: a few milliseconds.
const MERGE_PAGES: i64 = 32;

/// Has a copy keep its indexes as this version does, also one that another version has made.
pub(in crate::cache) fn tune(connection: &Connection) -> rusqlite::Result<()> {
    for index in INDEXES {
        for (name, value) in TUNING {
            let look = format!("SELECT v FROM {index}_config WHERE k = ?1");
            let found = connection.query_row(&look, [name], |row| row.get::<_, i64>(0));
            if found.optional()? != Some(value) {
                let sql = format!("INSERT INTO {index} ({index}, rank) VALUES (?1, ?2)");
                connection.execute(&sql, params![name, value])?;
            }
        }
    }
    Ok(())
}

/// Whether an index is in so many pieces that some have to be merged before anything is added.
pub(in crate::cache) fn is_crowded(connection: &Connection) -> Result<bool, CacheError> {
    for index in INDEXES {
        // FTS5 notes where the pages of each piece begin, in the order of the pieces.
        let sql = format!(
            "WITH RECURSIVE piece (id) AS (
                 SELECT min(segid) FROM {index}_idx
                 UNION ALL
                 SELECT (SELECT min(segid) FROM {index}_idx WHERE segid > piece.id)
                 FROM piece WHERE piece.id IS NOT NULL
             )
             SELECT count(*) FROM (SELECT 1 FROM piece WHERE id IS NOT NULL LIMIT ?1)"
        );
        let mut count = connection.prepare_cached(&sql)?;
        let pieces: u32 = count.query_row([PIECES_MAX], |row| row.get(0))?;
        if pieces >= PIECES_MAX {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether pieces of the indexes may be left that could be merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cache) enum Merged {
    /// Perhaps.
    Some,
    /// No.
    All,
}

/// Merges a little of each index: the fewer pieces it is in, the faster it answers.
pub(in crate::cache) fn merge_some(connection: &Connection) -> Result<Merged, CacheError> {
    let mut merged = Merged::All;
    for index in INDEXES {
        let sql = format!("INSERT INTO {index} ({index}, rank) VALUES ('merge', ?1)");
        let before = connection.total_changes();
        connection.prepare_cached(&sql)?.execute([MERGE_PAGES])?;
        // The statement itself counts as one change.
        if connection.total_changes() > before + 1 {
            merged = Merged::Some;
        }
    }
    Ok(merged)
}

/// How many entries are indexed, and how many there are.
pub(in crate::cache) fn tally(connection: &Connection) -> Result<(u32, u32), CacheError> {
    let mut count = connection.prepare_cached("SELECT count FROM search_tally WHERE what = ?1")?;
    let mut count = |what: &str| count.query_row([what], |row| row.get(0));
    Ok((count("indexed")?, count("entries")?))
}

/// Keeps words that are found by a beginning.
struct LongWords<'a> {
    insert: rusqlite::CachedStatement<'a>,
    kept: HashSet<String>,
}

impl<'a> LongWords<'a> {
    fn new(connection: &'a Connection) -> Result<Self, CacheError> {
        let insert = connection.prepare_cached("INSERT OR IGNORE INTO long_word VALUES (?1)")?;
        let kept = HashSet::new();
        Ok(Self { insert, kept })
    }

    fn keep(&mut self, indexed: &Indexed) -> Result<(), CacheError> {
        for word in indexed.long_words() {
            if !self.kept.contains(word) {
                self.insert.execute([word])?;
                self.kept.insert(word.to_owned());
            }
        }
        Ok(())
    }
}
