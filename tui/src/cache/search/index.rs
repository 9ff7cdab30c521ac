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
    let mut insert =
        connection.prepare_cached("INSERT INTO said (rowid, words, parts) VALUES (?1, ?2, ?3)")?;
    let mut take = connection.prepare_cached("INSERT INTO search_place VALUES (?1, ?2)")?;
    let mut note = connection.prepare_cached("UPDATE entry SET place = ?2 WHERE n = ?1")?;
    let mut words = LongWords::new(connection)?;
    for (n, at, body) in found.iter().rev() {
        let entry: Words<'_> =
            serde_json::from_str(body).map_err(|error| CacheError::Record(error.to_string()))?;
        let indexed = Indexed::of(&entry.body);
        let place = free_place(connection, Timestamp::from_millis(*at))?;
        if !indexed.is_empty() {
            insert.execute(params![place, indexed.words, indexed.parts])?;
            words.keep(&indexed)?;
        }
        take.execute([place, *n])?;
        note.execute([*n, place])?;
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

/// Indexes everybody of whom something that they are found by is new or has changed.
pub(in crate::cache) fn index_people(connection: &Connection) -> Result<(), CacheError> {
    let due: Vec<i64> = connection
        .prepare_cached("SELECT n FROM who_due ORDER BY n")?
        .query_map((), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    if due.is_empty() {
        return Ok(());
    }
    let mut find = connection.prepare_cached(
        "SELECT record.body, (SELECT name FROM contact WHERE id = own.contact LIMIT 1),
             (SELECT more FROM contact WHERE id = own.contact LIMIT 1)
         FROM conversation AS own JOIN records AS record ON record.n = own.n WHERE own.n = ?1",
    )?;
    let mut remove = connection.prepare_cached("DELETE FROM who WHERE rowid = ?1")?;
    let mut insert =
        connection.prepare_cached("INSERT INTO who (rowid, words, parts) VALUES (?1, ?2, ?3)")?;
    let mut words = LongWords::new(connection)?;
    for n in due {
        remove.execute([n])?;
        let found: Option<(String, Option<String>, Option<String>)> = find
            .query_row([n], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((body, name, more)) = found else {
            continue;
        };
        let more = more.unwrap_or_default();
        let conversation: Conversation = stored_record(&body)?;
        let indexed = Indexed::of(&person_text(name.as_deref(), &conversation.address, &more));
        insert.execute(params![n, indexed.words, indexed.parts])?;
        words.keep(&indexed)?;
    }
    connection
        .prepare_cached("DELETE FROM who_due")?
        .execute(())?;
    Ok(())
}

/// How an index is kept: nothing is merged while it is written, only by [`merge_some`]. Where a
/// thousand pieces wait, they are merged at once all the same: somebody never left it alone.
const TUNING: [(&str, i64); 2] = [("automerge", 0), ("crisismerge", 1_000)];

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
pub(super) fn tally(connection: &Connection) -> Result<(u32, u32), CacheError> {
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
