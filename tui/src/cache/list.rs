//! Reads the conversation list: which rows a view has, in which order, and how many.
//!
//! The order is the longest wait first, then those that wait for nothing by their last activity,
//! then by id, so that no two conversations ever tie. Every view has an index in that order.

mod moved;
mod shown;
#[cfg(test)]
mod tests;

use super::drafts;
use super::error::{CacheError, stored_record};
use super::overlay::Overlay;
use super::sending;
use super::sql::{count_out, seq_out};
use crate::model::list::{ListQuery, ListRow, ListSlice, View};
use moved::Moved;
use rusqlite::{Connection, OptionalExtension as _, params};
use shown::Shown;
use smsdesk_common::agent::initials;
use smsdesk_common::conversation::Conversation;
use smsdesk_common::ids::{AgentId, ConversationId, Seq};
use smsdesk_common::time::Timestamp;
use std::ops::Range;

/// The most rows that one answer holds: several times the tallest terminal.
pub const LIST_ROWS_MAX: u32 = 500;
/// How long one line of the tally of texts lasts.
const QUARTER_HOUR_MS: i64 = 15 * 60 * 1_000;

/// A conversation's place in the order of every view; an empty one is before all.
type Place = Vec<u8>;

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
    let overlay = Overlay::load(shelves.records, shelves.outbox)?;
    let moved = Moved::load(shelves, &overlay)?;
    let counts = moved.count(counts(shelves.records, me)?, me);
    let total = View::ALL
        .iter()
        .zip(counts)
        .find(|(each, _)| **each == view)
        .map_or(0, |(_, n)| n);
    let shown = Shown {
        records: shelves.records,
        view,
        me,
        shift: moved.shift(view, me),
    };
    let (start, numbers) = part(&shown, query, limit, total)?;
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

/// Where a part of the view starts, and its records' numbers.
fn part(
    shown: &Shown<'_>,
    query: &ListQuery,
    limit: u32,
    total: u32,
) -> Result<(u32, Vec<i64>), CacheError> {
    Ok(match query {
        ListQuery::Range { start, .. } => {
            // A view may have shrunk since it was asked for: then its end is shown.
            let start = (*start).min(total.saturating_sub(limit));
            (start, shown.page(None, start, limit)?)
        }
        ListQuery::Around { conversation, .. } => {
            let found = shown.find(*conversation)?;
            let rank = found.as_ref().map_or(0, |found| found.rank);
            let start = rank
                .saturating_sub(limit / 2)
                .min(total.saturating_sub(limit));
            (
                start,
                shown.page(found.map(|found| found.near), start, limit)?,
            )
        }
        ListQuery::Frozen {
            conversations,
            start,
            ..
        } => {
            let kept = conversations.iter().take(LIST_ROWS_MAX as usize);
            let found = kept.map(|id| number_of(shown.records, *id));
            (
                *start,
                found
                    .filter_map(Result::transpose)
                    .collect::<Result<_, _>>()?,
            )
        }
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

/// Conversations as this device shows them, at one moment; none for each that is not here.
pub(super) fn rows(
    shelves: Shelves<'_>,
    conversations: &[ConversationId],
) -> Result<Vec<Option<ListRow>>, CacheError> {
    let overlay = Overlay::load(shelves.records, shelves.outbox)?;
    let shown = |id: &ConversationId| {
        let Some(n) = number_of(shelves.records, *id)? else {
            return Ok(None);
        };
        row(shelves, n, None, &overlay).map(|found| Some(found.row))
    };
    conversations.iter().map(shown).collect()
}

/// A conversation as this device shows it; none where it is not here.
#[cfg(test)]
pub(super) fn conversation(
    shelves: Shelves<'_>,
    id: ConversationId,
) -> Result<Option<Conversation>, CacheError> {
    let row = rows(shelves, &[id])?.pop().flatten();
    Ok(row.map(|row| row.conversation))
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
    let mut conversation: Conversation = stored_record(&body)?;
    let recorded = conversation.assignee;
    overlay.apply(&mut conversation);
    let owner = match conversation.assignee {
        assignee if assignee == recorded => owner,
        Some(assignee) => agent_name(shelves.records, assignee)?,
        None => None,
    };
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

/// A colleague's name, where it is here.
pub(super) fn agent_name(records: &Connection, id: AgentId) -> Result<Option<String>, CacheError> {
    Ok(records
        .prepare_cached("SELECT name FROM agent WHERE id = ?1 LIMIT 1")?
        .query_row([id.0.as_bytes()], |row| row.get(0))
        .optional()?)
}

/// How many conversations the records have in each view, in the order of [`View::ALL`].
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
