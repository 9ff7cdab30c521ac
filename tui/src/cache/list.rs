//! Reads the conversation list: which rows a view has, in which order, and how many.
//!
//! The order is the longest wait first, then those that wait for nothing by their last activity,
//! then by id, so that no two conversations ever tie. Every view has an index in that order.

#[cfg(test)]
mod tests;

use super::drafts;
use super::error::{CacheError, stored_record};
use super::overlay::Overlay;
use super::sending;
use super::sql::{count_out, seq_out};
use crate::model::list::{ListQuery, ListRow, ListSlice, View};
use rusqlite::{Connection, OptionalExtension as _, Statement, ToSql, params};
use smsdesk_common::agent::initials;
use smsdesk_common::conversation::Conversation;
use smsdesk_common::ids::{AgentId, ConversationId, Seq};
use smsdesk_common::time::Timestamp;
use std::ops::Range;

/// The most rows that one answer holds: several times the tallest terminal.
pub const LIST_ROWS_MAX: u32 = 500;
/// How many rows are stepped over at once when a conversation's place in a view is counted:
/// stepping is several times cheaper than counting.
const STRIDE_ROWS: u32 = 1_000;
/// How long one line of the tally of texts lasts.
const QUARTER_HOUR_MS: i64 = 15 * 60 * 1_000;

/// The two files that a look needs.
#[derive(Clone, Copy)]
pub(super) struct Shelves<'a> {
    pub(super) records: &'a Connection,
    pub(super) outbox: &'a Connection,
}

/// A row with what only a chat needs beside it.
pub(super) struct Found {
    pub(super) row: ListRow,
    pub(super) read_position: Seq,
}

/// Which rows belong to a view, as SQL.
const fn condition(view: View) -> &'static str {
    match view {
        View::Inbox => "status = 'open'",
        View::Mine => "status = 'open' AND owner = :owner",
        View::Unassigned => "status = 'open' AND owner = x''",
        View::All => "TRUE",
        View::Snoozed => "status = 'snoozed'",
        View::Done => "status = 'done'",
        View::Flagged => "flagged = 1",
    }
}

/// The view's rows from a place on, as SQL after `SELECT …`. Names the index, because it alone
/// steps over rows without comparing anything, and the planner prefers one with more columns.
fn rows_from(view: View) -> String {
    let index = match view {
        View::Inbox => "open",
        View::Mine => "owned",
        View::Unassigned => "unowned",
        View::All => "all",
        View::Snoozed => "snoozed",
        View::Done => "done",
        View::Flagged => "flagged",
    };
    let condition = condition(view);
    format!(
        "FROM conversation INDEXED BY conversation_{index} WHERE {condition} AND place >= :from"
    )
}

/// Reads a part of a view.
pub(super) fn list(
    shelves: Shelves<'_>,
    query: &ListQuery,
    me: Option<AgentId>,
    today: &Range<Timestamp>,
) -> Result<ListSlice, CacheError> {
    // One read transaction a file: its rows, counts and overlay belong to one moment.
    let _records = shelves.records.unchecked_transaction()?;
    let _outbox = shelves.outbox.unchecked_transaction()?;
    let (view, limit) = match query {
        ListQuery::Range { view, limit, .. } | ListQuery::Around { view, limit, .. } => {
            (*view, (*limit).min(LIST_ROWS_MAX))
        }
        ListQuery::Frozen { view, .. } => (*view, LIST_ROWS_MAX),
    };
    let counts = counts(shelves.records, me)?;
    let total = View::ALL
        .iter()
        .zip(counts)
        .find(|(each, _)| **each == view)
        .map_or(0, |(_, n)| n);
    let shown = Shown {
        records: shelves.records,
        view,
        me,
    };
    let (start, numbers) = match query {
        ListQuery::Range { start, .. } => {
            // A view may have shrunk since it was asked for: then its end is shown.
            let start = (*start).min(total.saturating_sub(limit));
            (start, shown.page(&Milestone::default(), start, limit)?)
        }
        ListQuery::Around { conversation, .. } => {
            let (near, rank) = shown.find(*conversation)?.unwrap_or_default();
            let start = rank
                .saturating_sub(limit / 2)
                .min(total.saturating_sub(limit));
            (start, shown.page(&near, start, limit)?)
        }
        ListQuery::Frozen {
            conversations,
            start,
            ..
        } => {
            let kept = conversations.iter().take(LIST_ROWS_MAX as usize);
            let found = kept.map(|id| number_of(shelves.records, *id));
            (
                *start,
                found
                    .filter_map(Result::transpose)
                    .collect::<Result<_, _>>()?,
            )
        }
    };
    let overlay = Overlay::load(shelves.records, shelves.outbox)?;
    let rows = numbers
        .into_iter()
        .map(|n| row(shelves, n, me, &overlay).map(|found| found.row))
        .collect::<Result<_, _>>()?;
    Ok(ListSlice {
        view,
        start,
        total,
        rows,
        counts,
        today: texts(shelves.records, today)?,
        sending: sending::sending(shelves.records)?,
    })
}

/// A conversation's number among the records, where it is here.
pub(super) fn number_of(
    records: &Connection,
    conversation: ConversationId,
) -> Result<Option<i64>, CacheError> {
    Ok(records
        .prepare_cached("SELECT n FROM conversation WHERE id = ?1 LIMIT 1")?
        .query_row([conversation.0.as_bytes()], |row| row.get(0))
        .optional()?)
}

/// A conversation as the list shows it.
pub(super) fn row(
    shelves: Shelves<'_>,
    n: i64,
    me: Option<AgentId>,
    overlay: &Overlay,
) -> Result<Found, CacheError> {
    let reader = me.map(|agent| agent.0.into_bytes()).unwrap_or_default();
    let mut statement = shelves.records.prepare_cached(
        "SELECT record.body,
             (SELECT name FROM contact WHERE id = own.contact LIMIT 1),
             (SELECT name FROM agent WHERE id = own.owner LIMIT 1),
             coalesce(marker.position, 0), coalesce(marker.inbound_read, 0)
         FROM conversation AS own
         JOIN records AS record ON record.n = own.n
         LEFT JOIN read_marker AS marker
             ON marker.agent = ?2 AND marker.conversation = own.id
         WHERE own.n = ?1 LIMIT 1",
    )?;
    let (body, name, owner, position, read): (String, _, Option<String>, i64, i64) = statement
        .query_row(params![n, reader], |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
            ))
        })?;
    let conversation: Conversation = stored_record(&body)?;
    let (id, pending) = (conversation.id, overlay.read(conversation.id));
    let read = pending.map_or(count_out(read), |pending| pending.inbound_read);
    let read_position = pending.map_or(seq_out(position), |pending| pending.position);
    let row = ListRow {
        unread: conversation.inbound_total.saturating_sub(read),
        conversation,
        name,
        owner: owner.as_deref().map(initials),
        has_draft: drafts::exists(shelves.outbox, id)?,
        pending: overlay.texts(id),
    };
    Ok(Found { row, read_position })
}

/// How many conversations each view holds, in the order of [`View::ALL`].
fn counts(records: &Connection, me: Option<AgentId>) -> Result<[u32; View::ALL.len()], CacheError> {
    let mut statement =
        records.prepare_cached("SELECT status, owner, flagged, count FROM conversation_tally")?;
    let mut rows = statement.query(())?;
    let mut sums = [0_i64; View::ALL.len()];
    while let Some(row) = rows.next()? {
        let status: String = row.get(0)?;
        let owner: Vec<u8> = row.get(1)?;
        let (flagged, count): (bool, i64) = (row.get(2)?, row.get(3)?);
        let open = status == "open";
        for (view, sum) in View::ALL.iter().zip(&mut sums) {
            let holds = match view {
                View::Inbox => open,
                View::Mine => open && me.is_some_and(|me| owner == me.0.as_bytes()),
                View::Unassigned => open && owner.is_empty(),
                View::All => true,
                View::Snoozed => status == "snoozed",
                View::Done => status == "done",
                View::Flagged => flagged,
            };
            *sum += if holds { count } else { 0 };
        }
    }
    Ok(sums.map(count_out))
}

/// Texts of a day: (in, out).
fn texts(records: &Connection, day: &Range<Timestamp>) -> Result<(u32, u32), CacheError> {
    let quarter = |at: Timestamp| at.as_millis().div_euclid(QUARTER_HOUR_MS);
    let (inbound, outbound): (i64, i64) = records
        .prepare_cached(
            "SELECT coalesce(sum(count) FILTER (WHERE direction = 'inbound'), 0),
                    coalesce(sum(count) FILTER (WHERE direction = 'outbound'), 0)
             FROM text_tally WHERE quarter_hour >= ?1 AND quarter_hour < ?2",
        )?
        .query_row((quarter(day.start), quarter(day.end)), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    Ok((count_out(inbound), count_out(outbound)))
}

/// A view as it is ordered.
struct Shown<'a> {
    records: &'a Connection,
    view: View,
    me: Option<AgentId>,
}

/// A conversation's place in the order of every view; an empty one is before all.
type Place = Vec<u8>;

/// A place of a view that is known by its number, to count on from there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Milestone {
    /// How many rows of the view come before it.
    before: u32,
    place: Place,
}

impl Shown<'_> {
    /// The records' numbers of a part of the view, counted from a milestone before it. (Where the
    /// milestone lies behind it, from the top.)
    fn page(&self, from: &Milestone, start: u32, limit: u32) -> Result<Vec<i64>, CacheError> {
        let top = Milestone::default();
        let from = if from.before <= start { from } else { &top };
        let skip = start - from.before;
        let mut statement = self.records.prepare_cached(&format!(
            "SELECT n {} ORDER BY place LIMIT :limit OFFSET :skip",
            rows_from(self.view)
        ))?;
        let mut rows = self.query(
            &mut statement,
            &[(":from", &from.place), (":limit", &limit), (":skip", &skip)],
        )?;
        let mut numbers = Vec::new();
        while let Some(row) = rows.next()? {
            numbers.push(row.get(0)?);
        }
        Ok(numbers)
    }

    /// How many conversations of the view stand before this one, and a milestone at least a page
    /// before it; none where it is not in the view.
    fn find(&self, conversation: ConversationId) -> Result<Option<(Milestone, u32)>, CacheError> {
        let mut statement = self.records.prepare_cached(&format!(
            "SELECT place FROM conversation INDEXED BY conversation_by_id
             WHERE id = :id AND {} LIMIT 1",
            condition(self.view)
        ))?;
        let mut rows = self.query(&mut statement, &[(":id", conversation.0.as_bytes())])?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        let target: Place = row.get(0)?;
        let (mut last, mut near) = (Milestone::default(), Milestone::default());
        while let Some(place) = self.stride(&last.place)?.filter(|place| *place <= target) {
            let next = Milestone {
                before: last.before.saturating_add(STRIDE_ROWS),
                place,
            };
            near = std::mem::replace(&mut last, next);
        }
        let rank = last
            .before
            .saturating_add(self.count_between(&last.place, &target)?);
        Ok(Some((near, rank)))
    }

    /// The place that comes [`STRIDE_ROWS`] after `from`.
    fn stride(&self, from: &Place) -> Result<Option<Place>, CacheError> {
        let mut statement = self.records.prepare_cached(&format!(
            "SELECT place {} ORDER BY place LIMIT 1 OFFSET {STRIDE_ROWS}",
            rows_from(self.view)
        ))?;
        let mut rows = self.query(&mut statement, &[(":from", from)])?;
        Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
    }

    fn count_between(&self, from: &Place, to: &Place) -> Result<u32, CacheError> {
        let mut statement = self.records.prepare_cached(&format!(
            "SELECT count(*) {} AND place < :to",
            rows_from(self.view)
        ))?;
        let mut rows = self.query(&mut statement, &[(":from", from), (":to", to)])?;
        Ok(rows
            .next()?
            .map(|row| row.get(0))
            .transpose()?
            .map_or(0, count_out))
    }

    /// Runs a statement with the view's owner beside its own parameters.
    fn query<'s>(
        &self,
        statement: &'s mut Statement<'_>,
        own: &[(&str, &dyn ToSql)],
    ) -> Result<rusqlite::Rows<'s>, CacheError> {
        // No id has one byte only, so that without me nothing is mine.
        let owner = self.me.map_or(vec![0], |me| me.0.as_bytes().to_vec());
        let mut all = own.to_vec();
        if self.view == View::Mine {
            all.push((":owner", &owner));
        }
        Ok(statement.query(all.as_slice())?)
    }
}
