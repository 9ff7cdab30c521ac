//! Reads the conversation list: which rows a view has, in which order, and how many.
//!
//! The order is the longest wait first, then those that wait for nothing by their last activity,
//! then by id, so that no two conversations ever tie. Every built-in view has an index in that
//! order; what has none is picked out once and kept right from then on.

pub(super) mod condition;
mod counts;
mod key;
mod moved;
mod picked;
mod picks;
mod shown;
#[cfg(test)]
mod tests;

pub(super) use picks::Picks;

use super::drafts;
use super::error::{CacheError, stored_record};
use super::local_day;
use super::overlay::Overlay;
use super::sql::{count_out, seq_out};
use super::{records, sending, timed};
use crate::model::list::{ListQuery, ListRow, ListSlice, View, draft_head};
use crate::model::listing::{Listing, SavedView, Sorting};
use condition::OPTED_OUT;
use counts::{counts, texts, waiting};
use moved::Moved;
use picked::Picked;
use picks::{History, Wanted};
use rusqlite::{Connection, OptionalExtension as _, params};
use shown::{Milestone, Rank, Shown};
use smsdesk_common::agent::initials;
use smsdesk_common::conversation::Conversation;
use smsdesk_common::entry::Author;
use smsdesk_common::filter::{Facts, Viewpoint};
use smsdesk_common::ids::{AgentId, ConversationId, Seq};
use smsdesk_common::time::Timestamp;
use std::ops::Range;
use std::sync::Arc;

/// The most rows that one answer holds: several times the tallest terminal.
pub const LIST_ROWS_MAX: u32 = 500;

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
    /// The owner's name.
    pub(super) owner: Option<String>,
    /// The name of the colleague who wrote the newest entry.
    pub(super) speaker: Option<String>,
    /// Whether the customer wants no more texts there.
    pub(super) opted_out: bool,
    pub(super) read_position: Seq,
}

/// From where the list is looked at.
#[derive(Clone, Debug)]
pub struct Look {
    /// Who asks, when and where.
    pub from: Viewpoint,
    /// The local day that texts are counted for, from [`super::local_day`].
    pub today: Range<Timestamp>,
    /// The views of one's own, by number.
    pub saved: Arc<[SavedView]>,
}

impl Found {
    /// What a filter asks about.
    pub(super) fn facts(&self) -> Facts<'_> {
        Facts {
            conversation: &self.row.conversation,
            name: self.row.name.as_deref(),
            owner: self.owner.as_deref(),
            unread: self.row.unread,
            has_draft: self.row.has_draft,
            opted_out: self.opted_out,
            speaker: self.speaker.as_deref(),
        }
    }
}

impl Look {
    /// A look from there, with the day that it is there.
    pub fn new(from: Viewpoint, saved: Arc<[SavedView]>) -> Self {
        let today = local_day(from.now, &from.zone);
        Self { from, today, saved }
    }
}

/// Reads a part of a view.
pub(super) fn list(
    shelves: Shelves<'_>,
    picks: &mut Picks,
    query: &ListQuery,
    look: &Look,
) -> Result<ListSlice, CacheError> {
    // One read transaction a file: its rows, counts and overlay belong to one moment.
    let _records = shelves.records.unchecked_transaction()?;
    let _outbox = shelves.outbox.unchecked_transaction()?;
    let me = look.from.me;
    let listing = query.listing();
    let overlay = Overlay::load(shelves.records, shelves.outbox)?;
    let moved = Moved::load(shelves, &overlay)?;
    let counts = moved.count(counts(shelves.records, me)?, me);
    picks.catch_up(shelves, &overlay, look)?;
    let saved = count_saved(shelves, picks, &overlay, look)?;
    let (part, total) = match indexed(listing) {
        Some(view) => {
            let total = View::ALL.iter().zip(counts);
            let total = total
                .filter(|(each, _)| **each == view)
                .map(|(_, n)| n)
                .sum();
            let shown = Shown {
                records: shelves.records,
                view,
                me,
                shift: moved.shift(view, me),
            };
            (part(shelves.records, &shown, query, total)?, total)
        }
        None => {
            let rows = picks.rows(shelves, &overlay, look, &wanted(listing, look))?;
            let total = u32::try_from(rows.len()).unwrap_or(u32::MAX);
            (part(shelves.records, &Picked(rows), query, total)?, total)
        }
    };
    let rows = part.numbers.into_iter();
    let rows = rows.map(|n| row(shelves, n, me, &overlay).map(|found| found.row));
    Ok(ListSlice {
        listing: listing.clone(),
        start: part.start,
        total,
        rows: rows.collect::<Result<_, _>>()?,
        counts,
        saved,
        today: texts(shelves.records, &look.today)?,
        waiting: waiting(shelves.records, me)?,
        sending: sending::sending(shelves.records)?,
        timed: timed::count(shelves)?,
    })
}

/// The view, where an index has the listing's rows in its order.
fn indexed(listing: &Listing) -> Option<View> {
    let plain = listing.view.is_built_in()
        && listing.narrowed.is_empty()
        && listing.sorting == Sorting::LongestWait;
    plain.then_some(listing.view)
}

/// What a listing without an index shows. A view that the configuration does not have (any more)
/// shows everything that the rest of the listing allows.
fn wanted(listing: &Listing, look: &Look) -> Wanted {
    let saved = match listing.view {
        View::Saved(number) => look.saved.get(number.index()),
        _ => None,
    };
    let view = saved.map_or_else(|| listing.view.filter(), |saved| saved.filter.clone());
    Wanted {
        filter: view.and(&listing.narrowed),
        sorting: listing.sorting,
    }
}

/// How many each view of one's own holds.
fn count_saved(
    shelves: Shelves<'_>,
    picks: &mut Picks,
    overlay: &Overlay,
    look: &Look,
) -> Result<Vec<u32>, CacheError> {
    if look.saved.is_empty() {
        return Ok(Vec::new());
    }
    let cursor = records::cursor(shelves.records)?;
    let history = match cursor.is_some_and(|cursor| cursor.is_whole()) {
        true => History::Whole,
        false => History::Partial,
    };
    let counted = look.saved.iter().map(|saved| {
        let wanted = Wanted {
            filter: saved.filter.clone(),
            sorting: saved.sorting,
        };
        picks.count(shelves, overlay, look, &wanted, history)
    });
    counted.collect()
}

/// Rows in their order.
trait Ordered {
    /// The records' numbers of `limit` rows from `start` on, counted from a milestone before it.
    fn page(&self, near: Option<Milestone>, start: u32, limit: u32)
    -> Result<Vec<i64>, CacheError>;

    /// Where the conversation stands; none where it is not among them.
    fn find(&self, conversation: ConversationId) -> Result<Option<Rank>, CacheError>;
}

/// Where a part of a listing starts, and its records' numbers.
struct Part {
    start: u32,
    numbers: Vec<i64>,
}

fn part(
    records: &Connection,
    ordered: &impl Ordered,
    query: &ListQuery,
    total: u32,
) -> Result<Part, CacheError> {
    let last = |limit: u32| total.saturating_sub(limit);
    let (start, near, limit) = match query {
        ListQuery::Range { start, limit, .. } => {
            let limit = (*limit).min(LIST_ROWS_MAX);
            // A view may have shrunk since it was asked for: then its end is shown.
            ((*start).min(last(limit)), None, limit)
        }
        ListQuery::Around {
            conversation,
            limit,
            ..
        } => {
            let limit = (*limit).min(LIST_ROWS_MAX);
            let found = ordered.find(*conversation)?;
            let rank = found.as_ref().map_or(0, |found| found.rank);
            let start = rank.saturating_sub(limit / 2).min(last(limit));
            (start, found.map(|found| found.near), limit)
        }
        ListQuery::Frozen {
            conversations,
            start,
            ..
        } => {
            let kept = conversations.iter().take(LIST_ROWS_MAX as usize);
            let found = kept.map(|id| number_of(records, *id));
            return Ok(Part {
                start: *start,
                numbers: found
                    .filter_map(Result::transpose)
                    .collect::<Result<_, _>>()?,
            });
        }
    };
    let numbers = ordered.page(near, start, limit)?;
    Ok(Part { start, numbers })
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
pub(super) fn conversation(
    shelves: Shelves<'_>,
    id: ConversationId,
) -> Result<Option<Conversation>, CacheError> {
    let row = rows(shelves, &[id])?.pop().flatten();
    Ok(row.map(|row| row.conversation))
}

/// A conversation as it is recorded, with its name.
pub(super) fn named(shelves: Shelves<'_>, n: i64) -> Result<ListRow, CacheError> {
    let overlay = Overlay::load(shelves.records, shelves.outbox)?;
    Ok(row(shelves, n, None, &overlay)?.row)
}

/// A conversation as the list shows it.
pub(super) fn row(
    shelves: Shelves<'_>,
    n: i64,
    me: Option<AgentId>,
    overlay: &Overlay,
) -> Result<Found, CacheError> {
    let reader = me.map(|agent| agent.0.into_bytes()).unwrap_or_default();
    let mut statement = shelves.records.prepare_cached(&format!(
        "SELECT record.body,
             (SELECT name FROM contact WHERE id = own.contact LIMIT 1),
             (SELECT name FROM agent WHERE id = own.owner LIMIT 1),
             coalesce(marker.position, 0), coalesce(marker.inbound_read, 0), {OPTED_OUT}
         FROM conversation AS own
         JOIN records AS record ON record.n = own.n
         LEFT JOIN read_marker AS marker
             ON marker.agent = ?2 AND marker.conversation = own.id
         WHERE own.n = ?1 LIMIT 1"
    ))?;
    let (body, name, owner, position, read, opted_out): (String, _, Option<String>, i64, i64, _) =
        statement.query_row(params![n, reader], |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
                row.get(5)?,
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
    let name = overlay.name(conversation.contact).unwrap_or(name);
    let (id, pending) = (conversation.id, overlay.read(conversation.id));
    let read = pending.map_or(count_out(read), |pending| pending.inbound_read);
    let read_position = pending.map_or(seq_out(position), |pending| pending.position);
    let row = ListRow {
        unread: conversation.inbound_total.saturating_sub(read),
        conversation,
        name,
        owner: owner.as_deref().map(initials),
        has_draft: drafts::exists(shelves.outbox, id)?,
        draft: draft_head(&drafts::TEXTS.load(shelves.outbox, id)?),
        pending: overlay.texts(id),
    };
    let speaker = match row.conversation.last.as_ref().map(|last| &last.author) {
        Some(Author::Agent(agent)) => agent_name(shelves.records, *agent)?,
        _ => None,
    };
    Ok(Found {
        row,
        owner,
        speaker,
        opted_out,
        read_position,
    })
}

/// A colleague's name, where it is here.
pub(super) fn agent_name(records: &Connection, id: AgentId) -> Result<Option<String>, CacheError> {
    Ok(records
        .prepare_cached("SELECT name FROM agent WHERE id = ?1 LIMIT 1")?
        .query_row([id.0.as_bytes()], |row| row.get(0))
        .optional()?)
}
