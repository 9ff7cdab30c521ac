//! What was counted, as it is asked for.

use super::quarters::{self, between, sums};
use super::start_of;
use crate::store::StoreError;
use crate::store::lines::address;
use crate::store::sql::{Reads, Row, params};
use smsdesk_common::ids::{AgentId, ConversationId};
use smsdesk_common::phone::Address;
use smsdesk_common::stats::{Period, Sums, quarters as whole_quarters};
use smsdesk_common::time::Timestamp;

/// What texts are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apart {
    /// Line and who wrote.
    LineAndWho,
    /// When.
    Time,
}

/// Texts that have something in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// A time in the quarter of an hour in which they were written; where they are told apart by
    /// time.
    pub at: Timestamp,
    /// The line, and who wrote: nothing where they are told apart by time.
    pub line: String,
    /// As [`smsdesk_common::stats::who`] says it.
    pub who: String,
    /// Their figures.
    pub sums: Sums,
}

macro_rules! summed {
    ($apart:literal, $group:literal) => {
        concat!(
            "SELECT ",
            $apart,
            ", SUM(inbound), SUM(outbound), SUM(delivered), SUM(undelivered), SUM(failed), \
             SUM(segments), SUM(unpriced), SUM(cost), currency FROM stat_quarter \
             WHERE quarter >= ?1 AND quarter < ?2 GROUP BY ",
            $group,
            ", currency"
        )
    };
}

/// The texts of a period: whole quarters of an hour by their sums, the rest one by one.
///
/// # Errors
/// The database cannot be read.
pub fn texts(
    reads: &mut dyn Reads,
    period: &Period,
    apart: Apart,
) -> Result<Vec<Cell>, StoreError> {
    let (first, last) = whole_quarters(period);
    let mut cells = match apart {
        Apart::LineAndWho => reads
            .query(summed!("line, who", "line, who"), params![first, last])?
            .iter()
            .map(|row| of_line(row, period.from))
            .collect::<Result<Vec<_>, _>>()?,
        Apart::Time => reads
            .query(summed!("quarter", "quarter"), params![first, last])?
            .iter()
            .map(of_quarter)
            .collect::<Result<Vec<_>, _>>()?,
    };
    let (begin, end) = (start_of(first), start_of(last));
    let before = (period.from, begin.min(period.to));
    let behind = (end.max(begin).max(period.from), period.to);
    for (from, to) in [before, behind] {
        for ((line, who, _), sums) in between(reads, from, to)? {
            let at = from;
            cells.push(Cell {
                at,
                line,
                who,
                sums,
            });
        }
    }
    Ok(cells)
}

fn of_line(row: &Row, at: Timestamp) -> Result<Cell, StoreError> {
    Ok(Cell {
        at,
        line: row.text(0)?.to_owned(),
        who: row.text(1)?.to_owned(),
        sums: sums(row, 2)?,
    })
}

fn of_quarter(row: &Row) -> Result<Cell, StoreError> {
    Ok(Cell {
        at: start_of(row.int(0)?),
        line: String::new(),
        who: String::new(),
        sums: sums(row, 1)?,
    })
}

/// What came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// A wait, by a colleague's answer.
    Wait,
    /// A matter, by being done.
    Stretch,
}

/// Whether it matters where something ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// It does: [`Ending::line`] and [`Ending::labels`] are filled in, which takes longer.
    Told,
    /// It does not.
    Anywhere,
}

/// Something that came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// When.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: i64,
    /// Which colleague did it.
    pub agent: Option<AgentId>,
    /// The line.
    pub line: String,
    /// The conversation's labels.
    pub labels: Vec<String>,
}

/// What came to its end in a period.
///
/// # Errors
/// The database cannot be read.
pub fn endings(
    reads: &mut dyn Reads,
    period: &Period,
    ended: Ended,
    told: Where,
) -> Result<Vec<Ending>, StoreError> {
    let sql = match (ended, told) {
        (Ended::Wait, Where::Anywhere) => {
            "SELECT answered_at, at, agent FROM stat_wait \
             WHERE answered_at >= ?1 AND answered_at < ?2"
        }
        (Ended::Stretch, Where::Anywhere) => {
            "SELECT done_at, at, agent FROM stat_stretch WHERE done_at >= ?1 AND done_at < ?2"
        }
        (Ended::Wait, Where::Told) => {
            "SELECT w.answered_at, w.at, w.agent, c.line, c.labels FROM stat_wait AS w \
             JOIN conversation AS c ON c.id = w.conversation \
             WHERE w.answered_at >= ?1 AND w.answered_at < ?2"
        }
        (Ended::Stretch, Where::Told) => {
            "SELECT s.done_at, s.at, s.agent, c.line, c.labels FROM stat_stretch AS s \
             JOIN conversation AS c ON c.id = s.conversation \
             WHERE s.done_at >= ?1 AND s.done_at < ?2"
        }
    };
    let rows = reads.query(sql, params![period.from, period.to])?;
    let ending = |row: &Row| {
        let at = row.time(0)?;
        let (line, labels) = match told {
            Where::Anywhere => (String::new(), Vec::new()),
            Where::Told => (row.text(3)?.to_owned(), row.json(4)?),
        };
        Ok(Ending {
            at,
            took_ms: at.millis_since(row.time(1)?),
            agent: row.maybe_parsed(2)?,
            line,
            labels,
        })
    };
    rows.iter().map(ending).collect()
}

/// A conversation with labels, and its texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labelled {
    /// Which.
    pub conversation: ConversationId,
    /// Its labels.
    pub labels: Vec<String>,
    /// Its texts.
    pub sums: Sums,
}

/// The texts of conversations with labels, counted one by one; the next ones behind `after`.
///
/// # Errors
/// The database cannot be read.
pub fn labelled(
    reads: &mut dyn Reads,
    period: &Period,
    after: Option<ConversationId>,
    limit: u32,
) -> Result<Vec<Labelled>, StoreError> {
    let after = after.map_or_else(String::new, |id| id.to_string());
    let rows = reads.query(
        "SELECT id, labels FROM conversation WHERE id > ?1 AND labels <> '[]' \
         ORDER BY id LIMIT ?2",
        params![after, limit],
    )?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let conversation: ConversationId = row.parsed(0)?;
        let texts = reads.query(
            "SELECT direction, status, segments, price_amount, price_currency FROM entry \
             WHERE conversation = ?1 AND at >= ?2 AND at < ?3 AND entry_kind = 'message'",
            params![conversation.0, period.from, period.to],
        )?;
        let mut sums = Sums::default();
        for text in &texts {
            sums.text(&quarters::text(text)?);
        }
        found.push(Labelled {
            conversation,
            labels: row.json(1)?,
            sums,
        });
    }
    Ok(found)
}

/// That an address asked for no more texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Out {
    /// Theirs.
    pub address: Address,
    /// Of which line of ours; of none where it is of all.
    pub line: Option<Address>,
    /// When, in the period for the first time.
    pub at: Timestamp,
}

/// Who asked for no more texts in a period: each address once for each line that it is about.
///
/// # Errors
/// The database cannot be read.
pub fn opt_outs(reads: &mut dyn Reads, period: &Period) -> Result<Vec<Out>, StoreError> {
    let rows = reads.query(
        "SELECT address, line, MIN(at) FROM consent \
         WHERE consent = 'out' AND at >= ?1 AND at < ?2 GROUP BY address, line",
        params![period.from, period.to],
    )?;
    let out = |row: &Row| {
        Ok(Out {
            address: address(row, 0)?,
            line: row.maybe_text(1)?.map(|_| address(row, 1)).transpose()?,
            at: row.time(2)?,
        })
    };
    rows.iter().map(out).collect()
}

/// The labels of an address's conversations, each once; with one line of ours where it is given.
///
/// # Errors
/// The database cannot be read.
pub fn labels_between(
    reads: &mut dyn Reads,
    theirs: &Address,
    ours: Option<&Address>,
) -> Result<Vec<String>, StoreError> {
    let rows = reads.query(
        "SELECT line, labels FROM conversation WHERE address = ?1",
        params![theirs.as_str()],
    )?;
    let mut labels: Vec<String> = Vec::new();
    for row in &rows {
        if ours.is_none_or(|line| address(row, 0).is_ok_and(|it| it == *line)) {
            labels.extend(row.json::<Vec<String>>(1)?);
        }
    }
    labels.sort();
    labels.dedup();
    Ok(labels)
}
