//! Everybody's names in memory while somebody is looked for: at each key all of them are compared, and
//! only those that were left where more was typed.

use super::error::CacheError;
use crate::model::people::FOUND_PEOPLE_MAX;
use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use rusqlite::Connection;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The names, from the first look on until a record changes.
#[derive(Debug, Default)]
pub(super) struct Names {
    read: Option<Read>,
}

#[derive(Debug)]
struct Read {
    /// All names, one behind the other.
    text: String,
    /// Whose, and where each ends.
    ends: Vec<(i64, usize)>,
    /// What was asked for last, and which names it left.
    left: Option<(String, Vec<usize>)>,
}

impl Names {
    /// Somebody may be called otherwise now.
    pub(super) fn forget(&mut self) {
        self.read = None;
    }

    /// The contacts whose names fit the words best, at most [`FOUND_PEOPLE_MAX`], best first.
    pub(super) fn find(
        &mut self,
        records: &Connection,
        words: &str,
    ) -> Result<Vec<i64>, CacheError> {
        let pattern = Pattern::new(
            words,
            CaseMatching::Ignore,
            Normalization::Smart,
            AtomKind::Fuzzy,
        );
        if pattern.atoms.is_empty() {
            return Ok(Vec::new());
        }
        let read = match self.read.take() {
            Some(read) => read,
            None => Read::all(records)?,
        };
        let read = self.read.insert(read);
        Ok(read.find(&pattern, words))
    }
}

impl Read {
    fn all(records: &Connection) -> Result<Self, CacheError> {
        let mut read = Self {
            text: String::new(),
            ends: Vec::new(),
            left: None,
        };
        let mut statement =
            records.prepare_cached("SELECT n, name FROM contact WHERE name IS NOT NULL")?;
        let mut rows = statement.query(())?;
        while let Some(row) = rows.next()? {
            read.text
                .push_str(row.get_ref(1)?.as_str().unwrap_or_default());
            read.ends.push((row.get(0)?, read.text.len()));
        }
        Ok(read)
    }

    fn name(&self, at: usize) -> (i64, &str) {
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before));
        let start = start.map_or(0, |(_, end)| *end);
        let (n, end) = self.ends.get(at).copied().unwrap_or((0, start));
        (n, self.text.get(start..end).unwrap_or_default())
    }

    fn find(&mut self, pattern: &Pattern, words: &str) -> Vec<i64> {
        let mut config = Config::DEFAULT;
        config.prefer_prefix = true;
        let mut matcher = Matcher::new(config);
        let mut characters = Vec::new();
        let mut best: BinaryHeap<Reverse<(u32, Reverse<i64>)>> = BinaryHeap::new();
        // Whoever lacks a character lacks it in longer words, too; what stands behind a backslash
        // may mean something else with the next key.
        let narrows = |before: &str| words.starts_with(before) && !words.contains('\\');
        let among = match self.left.take() {
            Some((before, left)) if narrows(&before) => left,
            _ => (0..self.ends.len()).collect(),
        };
        let mut left = Vec::new();
        for at in among {
            let (n, name) = self.name(at);
            let name = Utf32Str::new(name, &mut characters);
            let Some(score) = pattern.score(name, &mut matcher) else {
                continue;
            };
            left.push(at);
            let place = (score, Reverse(n));
            let full = best.len() == FOUND_PEOPLE_MAX;
            if full && best.peek().is_some_and(|Reverse(last)| place < *last) {
                continue;
            }
            best.push(Reverse(place));
            if full {
                best.pop();
            }
        }
        self.left = Some((words.to_owned(), left));
        let sorted = best.into_sorted_vec().into_iter();
        sorted.map(|Reverse((_, Reverse(n)))| n).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn records(names: &[String]) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        let table = "CREATE TABLE contact (n INTEGER PRIMARY KEY, name TEXT)";
        connection.execute_batch(table).unwrap();
        for name in names {
            let insert = connection.execute("INSERT INTO contact (name) VALUES (?1)", [name]);
            insert.unwrap();
        }
        connection
    }

    proptest! {
        #[test]
        fn what_is_narrowed_key_by_key_is_what_is_found_at_once(
            names in prop::collection::vec("[aáAé ñb\\\\c]{1,8}", 0..60),
            keys in prop::collection::vec("[aáAé ñb\\\\c]|<", 1..16),
        ) {
            let records = records(&names);
            let mut names = Names::default();
            let mut words = String::new();
            for key in keys {
                match key.as_str() {
                    "<" => drop(words.pop()),
                    key => words.push_str(key),
                }
                let at_once = Names::default().find(&records, &words).unwrap();
                prop_assert_eq!(names.find(&records, &words).unwrap(), at_once, "{}", words);
            }
        }
    }
}
