//! What the index is asked for the words of a search.
//!
//! Every token is one of ours and stands in quotes, so that no syntax of the index can be typed.
//! The beginning of a word is asked for by the whole words that begin so: each of them is read
//! lazily, newest first, while a beginning would be gathered in full before the first hit.

use crate::cache::error::CacheError;
use rusqlite::Connection;
use smsdesk_common::filter::{Ask, Column, Filter, Last, Needle, Sense};

/// The most words that stand for one beginning; for more, the index gathers them itself.
const WORDS_MAX: usize = 200;
/// The same inside of a phrase, which is looked for once for each of them.
const PHRASES_MAX: usize = 20;

/// The question for all words of a filter; none where no word must be there.
pub(super) fn expression(
    connection: &Connection,
    filter: &Filter,
) -> Result<Option<String>, CacheError> {
    let wanted = filter.needles(Sense::Holds);
    if wanted.is_empty() {
        return Ok(None);
    }
    let all = wanted
        .iter()
        .map(|needle| one(connection, needle))
        .collect::<Result<Vec<_>, _>>()?;
    let mut expression = all.join(" AND ");
    for needle in filter.needles(Sense::HoldsNot) {
        expression = format!("({expression}) NOT {}", one(connection, &needle)?);
    }
    Ok(Some(expression))
}

fn one(connection: &Connection, needle: &Needle) -> Result<String, CacheError> {
    let Ask {
        column,
        mut tokens,
        last,
    } = needle.ask();
    let column = match column {
        Column::Words => "words",
        Column::Parts => "parts",
    };
    let phrases = match last {
        Last::Whole => format!("\"{}\"", tokens.join(" ")),
        Last::Beginning => format!("\"{}\" *", tokens.join(" ")),
        Last::LongBeginning => {
            let beginning = tokens.pop().unwrap_or_default();
            let most = if tokens.is_empty() {
                WORDS_MAX
            } else {
                PHRASES_MAX
            };
            let words = words_with(connection, &beginning, most + 1)?;
            let phrase = |word: &String| {
                let all: Vec<&str> = tokens.iter().chain([word]).map(String::as_str).collect();
                format!("\"{}\"", all.join(" "))
            };
            match words.len() {
                0 => phrase(&beginning),
                few if few <= most => words.iter().map(phrase).collect::<Vec<_>>().join(" OR "),
                _ => format!("{} *", phrase(&beginning)),
            }
        }
    };
    Ok(format!("({column} : ({phrases}))"))
}

/// The words with a beginning, at most so many.
fn words_with(
    connection: &Connection,
    beginning: &str,
    most: usize,
) -> Result<Vec<String>, CacheError> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    // No character sorts behind the last one.
    let end = format!("{beginning}{}", char::MAX);
    Ok(connection
        .prepare_cached("SELECT word FROM long_word WHERE word >= ?1 AND word <= ?2 LIMIT ?3")?
        .query_map((beginning, end, most), |row| row.get(0))?
        .collect::<Result<_, _>>()?)
}
