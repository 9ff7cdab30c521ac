//! What this device has changed of conversations, as the lists have to show it before the records
//! do: who leaves a view, who comes into it, and where.
//!
//! Few conversations are on their way at a time, so that they are looked at one by one, and the
//! indexes of the records serve for all the rest.

use super::super::error::{CacheError, stored_record};
use super::super::overlay::Overlay;
use super::super::records;
use super::{Place, Shelves, number_of};
use crate::model::list::View;
use smsdesk_common::conversation::{Conversation, ConversationStatus};
use smsdesk_common::ids::AgentId;

/// As far as views are concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Standing {
    status: ConversationStatus,
    owner: Option<AgentId>,
    flagged: bool,
    place: Place,
}

impl Standing {
    fn of(conversation: &Conversation) -> Self {
        Self {
            status: conversation.status,
            owner: conversation.assignee,
            flagged: conversation.flagged,
            place: records::place(conversation).to_vec(),
        }
    }

    fn is_in(&self, view: View, me: Option<AgentId>) -> bool {
        let open = self.status == ConversationStatus::Open;
        match view {
            View::Inbox => open,
            View::Mine => open && me.is_some() && self.owner == me,
            View::Unassigned => open && self.owner.is_none(),
            View::All => true,
            View::Snoozed => self.status == ConversationStatus::Snoozed,
            View::Done => self.status == ConversationStatus::Done,
            View::Flagged => self.flagged,
            View::Saved(_) => false,
        }
    }
}

/// One that stands elsewhere than its record says.
#[derive(Debug)]
struct Mover {
    n: i64,
    before: Standing,
    after: Standing,
}

/// Every conversation that stands elsewhere than its record says.
#[derive(Debug, Default)]
pub(super) struct Moved(Vec<Mover>);

impl Moved {
    /// Compares the records with what the overlay makes of them.
    pub(super) fn load(shelves: Shelves<'_>, overlay: &Overlay) -> Result<Self, CacheError> {
        let mut moved = Vec::new();
        for id in overlay.patched() {
            let Some(n) = number_of(shelves.records, id)? else {
                continue;
            };
            let body: String = shelves
                .records
                .prepare_cached("SELECT body FROM records WHERE n = ?1")?
                .query_row([n], |row| row.get(0))?;
            let mut conversation: Conversation = stored_record(&body)?;
            let before = Standing::of(&conversation);
            overlay.apply(&mut conversation);
            let after = Standing::of(&conversation);
            if before != after {
                moved.push(Mover { n, before, after });
            }
        }
        Ok(Self(moved))
    }

    /// The views' counts of the records, put right.
    pub(super) fn count(
        &self,
        mut counts: [u32; View::ALL.len()],
        me: Option<AgentId>,
    ) -> [u32; View::ALL.len()] {
        for mover in &self.0 {
            for (view, count) in View::ALL.into_iter().zip(&mut counts) {
                match (mover.before.is_in(view, me), mover.after.is_in(view, me)) {
                    (true, false) => *count = count.saturating_sub(1),
                    (false, true) => *count = count.saturating_add(1),
                    _ => {}
                }
            }
        }
        counts
    }

    /// What they are to one view.
    pub(super) fn shift(&self, view: View, me: Option<AgentId>) -> Shift {
        let places = |standing: fn(&Mover) -> &Standing| {
            let mut rows: Vec<Row> = self
                .0
                .iter()
                .filter(|mover| standing(mover).is_in(view, me))
                .map(|mover| Row {
                    place: standing(mover).place.clone(),
                    n: mover.n,
                })
                .collect();
            rows.sort();
            rows
        };
        Shift {
            out: places(|mover| &mover.before),
            into: places(|mover| &mover.after),
        }
    }
}

/// A row of a view: where it stands, and its record's number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row {
    pub(super) place: Place,
    pub(super) n: i64,
}

/// How a view differs from what the records say of it.
#[derive(Debug, Default)]
pub(super) struct Shift {
    /// Those that do not stand there any more.
    out: Vec<Row>,
    /// Those that stand there instead.
    into: Vec<Row>,
}

/// Which rows of the records have to be read for a part of the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) limit: u32,
}

impl Shift {
    /// The rows of the records among which `limit` rows of the view from `start` on are found.
    pub(super) fn span(&self, start: u32, limit: u32) -> Span {
        let (out, into) = (length(&self.out), length(&self.into));
        // At most `into` rows came before them, and of those read at most `out` are not theirs;
        // the same number may have left before the first one.
        Span {
            start: start.saturating_sub(into),
            limit: limit.saturating_add(into).saturating_add(2 * out),
        }
    }

    /// The view's rows from `start` on, at most `limit`, out of the rows of the span.
    pub(super) fn merge(&self, span: Span, rows: Vec<Row>, start: u32, limit: u32) -> Vec<i64> {
        let floor = match (span.start, rows.first()) {
            (0, _) | (_, None) => Place::new(),
            (_, Some(first)) => first.place.clone(),
        };
        let first = i64::from(span.start) + self.balance(&floor);
        let mut merged: Vec<Row> = rows
            .into_iter()
            .filter(|row| !self.out.iter().any(|gone| gone.n == row.n))
            .chain(self.into.iter().filter(|row| row.place >= floor).cloned())
            .collect();
        merged.sort();
        let skip = usize::try_from(i64::from(start) - first).unwrap_or(0);
        let shown = merged.into_iter().skip(skip).take(limit as usize);
        shown.map(|row| row.n).collect()
    }

    /// How many more rows of the view stand before `place` than the records say.
    pub(super) fn balance(&self, place: &Place) -> i64 {
        let before = |rows: &[Row]| rows.iter().filter(|row| row.place < *place).count();
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        count(before(&self.into)) - count(before(&self.out))
    }

    /// Where the record of that number stands in the view now: none where the records are right
    /// about it, or it is not in the view any more.
    pub(super) fn place_of(&self, n: i64) -> Whereabouts<'_> {
        match self.into.iter().find(|row| row.n == n) {
            Some(row) => Whereabouts::At(&row.place),
            None if self.out.iter().any(|row| row.n == n) => Whereabouts::Elsewhere,
            None => Whereabouts::AsRecorded,
        }
    }
}

/// What a shift says of one conversation.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Whereabouts<'a> {
    /// Its record is right, whatever it says.
    AsRecorded,
    /// It has left the view.
    Elsewhere,
    /// It stands here.
    At(&'a Place),
}

fn length(rows: &[Row]) -> u32 {
    u32::try_from(rows.len()).unwrap_or(u32::MAX)
}
