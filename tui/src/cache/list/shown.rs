//! A view in its order, as the records have it and as this device has changed it.

use super::super::error::CacheError;
use super::super::sql::count_out;
use super::moved::{Row, Shift, Span, Whereabouts};
use super::{Ordered, Place, number_of};
use crate::model::list::View;
use rusqlite::{Connection, Statement, ToSql};
use smsdesk_common::ids::{AgentId, ConversationId};

/// How many rows are stepped over at once when a conversation's place in a view is counted:
/// stepping is several times cheaper than counting.
pub(super) const STRIDE_ROWS: u32 = 1_000;

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
        // Not indexed; see [`super::picks`].
        View::Saved(_) => "FALSE",
    }
}

/// The view's rows from a place on, as SQL after `SELECT …`. Names the index, because it alone
/// steps over rows without comparing anything, and the planner prefers one with more columns.
pub(super) fn rows_from(view: View) -> String {
    let index = match view {
        View::Inbox => "open",
        View::Mine => "owned",
        View::Unassigned => "unowned",
        View::All | View::Saved(_) => "all",
        View::Snoozed => "snoozed",
        View::Done => "done",
        View::Flagged => "flagged",
    };
    let condition = condition(view);
    format!(
        "FROM conversation INDEXED BY conversation_{index} WHERE {condition} AND place >= :from"
    )
}

/// A view as it is ordered.
pub(super) struct Shown<'a> {
    pub(super) records: &'a Connection,
    pub(super) view: View,
    pub(super) me: Option<AgentId>,
    pub(super) shift: Shift,
}

/// A place of a view that is known by its number among the records, to count on from there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Milestone {
    /// How many rows of the view come before it.
    before: u32,
    place: Place,
}

/// Where a conversation stands in a view.
#[derive(Debug)]
pub(super) struct Rank {
    /// How many of the view stand before it.
    pub(super) rank: u32,
    /// A milestone at least a page before it.
    pub(super) near: Milestone,
}

impl Ordered for Shown<'_> {
    fn page(
        &self,
        near: Option<Milestone>,
        start: u32,
        limit: u32,
    ) -> Result<Vec<i64>, CacheError> {
        let span = self.shift.span(start, limit);
        let rows = self.rows(&near.unwrap_or_default(), span)?;
        Ok(self.shift.merge(span, rows, start, limit))
    }

    fn find(&self, conversation: ConversationId) -> Result<Option<Rank>, CacheError> {
        let Some(n) = number_of(self.records, conversation)? else {
            return Ok(None);
        };
        let target = match self.shift.place_of(n) {
            Whereabouts::Elsewhere => None,
            Whereabouts::At(place) => Some(place.clone()),
            Whereabouts::AsRecorded => self.recorded_place(conversation)?,
        };
        target.map(|target| self.rank(&target)).transpose()
    }
}

impl Shown<'_> {
    /// Rows of the view as the records have it. (Where the milestone lies behind their start, they
    /// are counted from the top.)
    fn rows(&self, from: &Milestone, span: Span) -> Result<Vec<Row>, CacheError> {
        let top = Milestone::default();
        let from = if from.before <= span.start {
            from
        } else {
            &top
        };
        let skip = span.start - from.before;
        let mut statement = self.records.prepare_cached(&format!(
            "SELECT place, n {} ORDER BY place LIMIT :limit OFFSET :skip",
            rows_from(self.view)
        ))?;
        let mut rows = self.query(
            &mut statement,
            &[
                (":from", &from.place),
                (":limit", &span.limit),
                (":skip", &skip),
            ],
        )?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(Row {
                place: row.get(0)?,
                n: row.get(1)?,
            });
        }
        Ok(found)
    }

    fn recorded_place(&self, conversation: ConversationId) -> Result<Option<Place>, CacheError> {
        let mut statement = self.records.prepare_cached(&format!(
            "SELECT place FROM conversation INDEXED BY conversation_by_id
             WHERE id = :id AND {} LIMIT 1",
            condition(self.view)
        ))?;
        let mut rows = self.query(&mut statement, &[(":id", conversation.0.as_bytes())])?;
        Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
    }

    /// How many conversations of the view stand before a place.
    fn rank(&self, target: &Place) -> Result<Rank, CacheError> {
        let (mut last, mut near) = (Milestone::default(), Milestone::default());
        while let Some(place) = self.stride(&last.place)?.filter(|place| place <= target) {
            let next = Milestone {
                before: last.before.saturating_add(STRIDE_ROWS),
                place,
            };
            near = std::mem::replace(&mut last, next);
        }
        let recorded = last
            .before
            .saturating_add(self.count_between(&last.place, target)?);
        let rank = i64::from(recorded) + self.shift.balance(target);
        Ok(Rank {
            rank: u32::try_from(rank).unwrap_or(0),
            near,
        })
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
    pub(super) fn query<'s>(
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
