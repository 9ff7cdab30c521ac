//! Finds the newest entries that a search means.
//!
//! Words are asked of the index, which gives entries newest first, one by one, so that a common
//! word costs no more than a screen of hits. What else is asked of an entry or its conversation is
//! looked at for each of them. Where that rejects nearly all, the conversations that can be meant
//! are found first: if they are few, their entries are read instead; else the rest of the hits is
//! looked through, up to a limit that the answer tells.

use super::ask::expression;
use super::index::{place_of, tally};
use super::judge::{Candidate, Judge};
use super::people::people;
use crate::cache::error::{CacheError, stored_record};
use crate::cache::list::Shelves;
use crate::model::search::{Coverage, Found, Hit, Reach, SearchQuery};
use rusqlite::params;
use smsdesk_common::entry::Entry;
use smsdesk_common::filter::{Filter, Search, Sense, Test, Viewpoint, start_of_day};
use smsdesk_common::ids::ConversationId;

/// How much one search may look at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// The most hits.
    pub(super) hits: usize,
    /// How many entries are looked at before the conversations are found that can be meant: some
    /// thousandths of a second.
    pub(super) at_first: u32,
    /// The same where who is behind each must be read first.
    pub(super) at_first_with_people: u32,
    /// How many conversations are few: their entries are read one by one.
    pub(super) few: usize,
    /// How many entries of these are read.
    pub(super) read: u32,
    /// How many entries are looked at otherwise: some tenths of a second, which no key waits for.
    pub(super) at_most: u32,
}

impl Limits {
    /// For people who type.
    pub(super) const USUAL: Self = Self {
        hits: crate::model::search::HITS_MAX,
        at_first: 400,
        at_first_with_people: 100,
        few: 300,
        read: 5_000,
        at_most: 50_000,
    };
}

/// Whether the answer is still waited for.
pub(super) type GoOn<'a> = &'a dyn Fn() -> bool;

/// What is found; none where nobody waits for it any more.
pub(super) fn find(
    shelves: Shelves<'_>,
    query: SearchQuery,
    from: &Viewpoint,
    limits: &Limits,
    go_on: GoOn<'_>,
) -> Result<Option<Found>, CacheError> {
    // One read transaction a file: hits, names and counts belong to one moment.
    let _records = shelves.records.unchecked_transaction()?;
    let _outbox = shelves.outbox.unchecked_transaction()?;
    let (indexed, entries) = tally(shelves.records)?;
    let mut found = Found {
        query,
        coverage: Coverage { indexed, entries },
        ..Found::default()
    };
    let filter = Search::read(&found.query.text).filter;
    if filter.is_nothing() {
        return Ok(Some(found));
    }
    found.people = people(shelves, &filter, from, go_on)?;
    let mut look = Look {
        shelves,
        expression: expression(shelves.records, &filter)?,
        bounds: bounds(&filter, from),
        judge: Judge::new(shelves, &filter, from)?,
        filter: &filter,
        limits,
        go_on,
        hits: Vec::new(),
        looked_at: 0,
    };
    let Some(reach) = look.run()? else {
        return Ok(None);
    };
    found.hits = look.hits;
    // Places of one moment are in no order.
    found.hits.sort_by_key(|hit| std::cmp::Reverse(hit.key));
    found.reach = reach;
    Ok(Some(found))
}

/// From which place on, and before which.
fn bounds(filter: &Filter, from: &Viewpoint) -> (i64, i64) {
    let (mut start, mut end) = (0, i64::MAX);
    for term in filter.terms() {
        match (term.sense, &term.test) {
            (Sense::Holds, Test::After(day)) => {
                start = start.max(place_of(start_of_day(*day, &from.zone)));
            }
            (Sense::Holds, Test::Before(day)) => {
                end = end.min(place_of(start_of_day(*day, &from.zone)));
            }
            _ => {}
        }
    }
    (start, end)
}

/// How a look through entries ended.
enum End {
    /// There are no more.
    Exhausted,
    /// There are more hits than are shown.
    Full,
    /// It has taken long; what is older than this place was not looked at.
    Weary(i64),
    /// Nobody waits.
    Stopped,
}

struct Look<'a> {
    shelves: Shelves<'a>,
    expression: Option<String>,
    bounds: (i64, i64),
    judge: Judge<'a>,
    filter: &'a Filter,
    limits: &'a Limits,
    go_on: GoOn<'a>,
    hits: Vec<Hit>,
    looked_at: u32,
}

impl Look<'_> {
    /// None where nobody waits.
    fn run(&mut self) -> Result<Option<Reach>, CacheError> {
        let at_first = match self.judge.asks_who() {
            true => self.limits.at_first_with_people,
            false => self.limits.at_first,
        };
        let end = match self.through(self.bounds.1, at_first)? {
            End::Weary(below) => self.further(below)?,
            end => end,
        };
        Ok(match end {
            End::Exhausted => Some(Reach::Every),
            End::Full => Some(Reach::First),
            End::Weary(_) => Some(Reach::Among(self.looked_at)),
            End::Stopped => None,
        })
    }

    /// Looks on where the newest entries held few hits.
    fn further(&mut self, below: i64) -> Result<End, CacheError> {
        let Some(meant) = self.judge.find_meant(self.go_on)? else {
            return self.through(below, self.limits.at_most);
        };
        if !(self.go_on)() {
            return Ok(End::Stopped);
        }
        if meant.len() > self.limits.few {
            return self.through(below, self.limits.at_most);
        }
        let (hits, looked_at) = (std::mem::take(&mut self.hits), self.looked_at);
        match self.within(&meant)? {
            End::Weary(_) => {
                (self.hits, self.looked_at) = (hits, looked_at);
                self.through(below, self.limits.at_most)
            }
            end => Ok(end),
        }
    }

    /// Looks at entries that hold the words, newest first.
    fn through(&mut self, below: i64, budget: u32) -> Result<End, CacheError> {
        let columns = "found.place, found.n, entry.conversation, entry.at, entry.direction,
             entry.agent, entry.media";
        let sql = match self.expression {
            Some(_) => format!(
                "SELECT {columns} FROM said
                 CROSS JOIN search_place AS found ON found.place = said.rowid
                 CROSS JOIN entry ON entry.n = found.n
                 WHERE said MATCH ?3 AND said.rowid >= ?1 AND said.rowid < ?2
                 ORDER BY said.rowid DESC"
            ),
            None => format!(
                "SELECT {columns} FROM search_place AS found
                 CROSS JOIN entry ON entry.n = found.n
                 WHERE found.place >= ?1 AND found.place < ?2 AND ?3 IS NULL
                 ORDER BY found.place DESC"
            ),
        };
        let records = self.shelves.records;
        let mut statement = records.prepare_cached(&sql)?;
        let expression = self.expression.clone();
        let mut rows = statement.query(params![self.bounds.0, below, expression])?;
        let mut left = budget;
        while let Some(row) = rows.next()? {
            if !(self.go_on)() {
                return Ok(End::Stopped);
            }
            let candidate = Candidate::read(row)?;
            if left == 0 {
                return Ok(End::Weary(candidate.place + 1));
            }
            left -= 1;
            self.looked_at += 1;
            let unasked = self.expression.is_none();
            if self.judge.may_be(&candidate)? && self.take(&candidate, unasked)? {
                return Ok(End::Full);
            }
        }
        Ok(End::Exhausted)
    }

    /// Looks at every entry of a few conversations.
    fn within(&mut self, conversations: &[ConversationId]) -> Result<End, CacheError> {
        let mut candidates = Vec::new();
        let mut statement = self.shelves.records.prepare_cached(
            "SELECT place, n, conversation, at, direction, agent, media FROM entry
             WHERE conversation = ?1 AND place >= ?2 AND place < ?3",
        )?;
        for conversation in conversations {
            let id = conversation.0.as_bytes();
            let mut rows = statement.query(params![id, self.bounds.0, self.bounds.1])?;
            while let Some(row) = rows.next()? {
                if !(self.go_on)() {
                    return Ok(End::Stopped);
                }
                candidates.push(Candidate::read(row)?);
                if candidates.len() > self.limits.read as usize {
                    return Ok(End::Weary(0));
                }
            }
        }
        candidates.sort_unstable_by_key(|candidate| std::cmp::Reverse(candidate.place));
        for candidate in &candidates {
            if !(self.go_on)() {
                return Ok(End::Stopped);
            }
            if self.judge.may_be(candidate)? && self.take(candidate, true)? {
                return Ok(End::Full);
            }
        }
        Ok(End::Exhausted)
    }

    /// Takes a hit in, if its words are right too where the index was not asked for them. Whether
    /// there was no room for it.
    fn take(&mut self, candidate: &Candidate, unasked: bool) -> Result<bool, CacheError> {
        let body: String = self
            .shelves
            .records
            .prepare_cached("SELECT body FROM records WHERE n = ?1")?
            .query_row([candidate.n], |row| row.get(0))?;
        let entry: Entry = stored_record(&body)?;
        if unasked && !words_fit(self.filter, &entry.body) {
            return Ok(false);
        }
        if self.hits.len() == self.limits.hits {
            return Ok(true);
        }
        let hit = self.judge.hit(candidate, entry)?;
        self.hits.extend(hit);
        Ok(false)
    }
}

fn words_fit(filter: &Filter, body: &str) -> bool {
    let wanted = filter.needles(Sense::Holds);
    let unwanted = filter.needles(Sense::HoldsNot);
    wanted.iter().all(|needle| needle.is_in(body))
        && !unwanted.iter().any(|needle| needle.is_in(body))
}
