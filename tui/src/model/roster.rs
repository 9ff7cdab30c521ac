//! The conversation list as the app holds it: a window of one view, and which row is selected.
//!
//! The selection belongs to a conversation, not to a place: rows may come, go and change their
//! order around it. One read is under way at a time, so an answer always belongs to the last
//! question; what changes meanwhile is remembered and asked about afterwards.

mod listing;

pub use listing::Spot;

use crate::model::list::{ListQuery, ListRow, ListSlice, View};
use crate::model::listing::Listing;
use smsdesk_common::ids::ConversationId;
use std::ops::Range;

/// How many rows are held: a few screens, read within two milliseconds or three.
pub const WINDOW_ROWS: u32 = 100;

/// How near the selection may come to the window's edge before the window is moved, in rows.
const EDGE_ROWS: usize = 25;

/// Whether rows may change their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// As the disk has it.
    #[default]
    Live,
    /// As it is on the screen, because the agent is writing.
    Frozen,
}

/// Which row to select once the answer is here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Aim {
    /// The selected conversation, or whatever took its place.
    #[default]
    Keep,
    /// The first row that waits, else the first row.
    FirstWaiting,
    First,
    Final,
    /// This conversation wherever it is.
    Seek(ConversationId),
}

/// What to ask the disk, and how to take the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Question {
    query: ListQuery,
    aim: Aim,
}

/// A direction in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Down the list.
    Next,
    /// Up the list.
    Previous,
}

/// The list pane's state.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    listing: Listing,
    slice: ListSlice,
    loaded: bool,
    selected: Option<ConversationId>,
    /// Where the selection was when it was last seen, counted from the top of the view.
    selected_at: u32,
    top: u32,
    order: Order,
    asked: Option<Question>,
    wanted: Option<Question>,
}

/// What becomes of the selection when its conversation is not among the rows any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// The row that took its place is selected.
    GivesWay,
    /// It stays selected: somebody reads or answers it.
    Stays,
}

/// What an answer of the disk led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// The rows are shown.
    Shown,
    /// A conversation that was looked for is nowhere.
    Gone(ConversationId),
}

impl Roster {
    /// Which view is shown.
    pub const fn view(&self) -> View {
        self.listing.view
    }

    /// What is shown, and in which order.
    pub const fn listing(&self) -> &Listing {
        &self.listing
    }

    /// The rows that are held, with the view's counts.
    pub const fn slice(&self) -> &ListSlice {
        &self.slice
    }

    /// Whether the view's rows have been read yet.
    pub const fn is_loaded(&self) -> bool {
        self.loaded
    }

    /// The selected conversation.
    pub const fn selected(&self) -> Option<ConversationId> {
        self.selected
    }

    /// Whether rows may change their order.
    pub const fn order(&self) -> Order {
        self.order
    }

    /// The row of `conversation`, if it is held.
    pub fn row(&self, conversation: ConversationId) -> Option<&ListRow> {
        self.slice
            .rows
            .iter()
            .find(|row| row.conversation.id == conversation)
    }

    /// The rows to show where `height` of them fit.
    pub fn visible(&self, height: usize) -> &[ListRow] {
        let start = self.top.saturating_sub(self.slice.start) as usize;
        let start = start.min(self.slice.rows.len());
        &self.slice.rows[start..(start + height).min(self.slice.rows.len())]
    }

    /// Scrolls so that the selected one is among the `height` rows on the screen, and no further.
    pub fn keep_visible(&mut self, height: usize) {
        let height = u32::try_from(height.max(1)).unwrap_or(u32::MAX);
        let at = self.selected_at;
        self.top = self.top.clamp(at.saturating_sub(height - 1), at);
        // A list that stands still may hold a row more than its view has by now.
        let held = self.slice.start + u32::try_from(self.slice.rows.len()).unwrap_or(u32::MAX);
        let end = self.slice.total.max(held);
        self.top = self
            .top
            .min(end.saturating_sub(height))
            .max(self.slice.start);
    }

    /// Looks for a conversation and selects it, in this view or in all.
    pub fn seek(&mut self, conversation: ConversationId) {
        if self.row(conversation).is_some() {
            self.select(conversation);
            return;
        }
        self.want(Question {
            query: self.around(conversation),
            aim: Aim::Seek(conversation),
        });
    }

    /// A conversation has another id from now on.
    pub fn rehome(&mut self, from: ConversationId, to: ConversationId) {
        let held = self.slice.rows.iter().any(|row| row.conversation.id == to);
        match held {
            true => self.slice.rows.retain(|row| row.conversation.id != from),
            false => {
                let rows = self.slice.rows.iter_mut();
                let own = rows.filter(|row| row.conversation.id == from);
                own.for_each(|row| row.conversation.id = to);
            }
        }
        if self.selected == Some(from) {
            self.selected = Some(to);
        }
        self.refresh();
    }

    /// Selects the next or previous row.
    pub fn step(&mut self, step: Step) {
        let around = self.around_selected();
        let target = match step {
            Step::Next => Some(around.end),
            Step::Previous => around.start.checked_sub(1),
        };
        if let Some(row) = target.and_then(|target| self.slice.rows.get(target)) {
            self.select(row.conversation.id);
        }
    }

    /// Selects the next or previous row that waits for an answer, around the ends.
    pub fn step_waiting(&mut self, step: Step) {
        let count = self.slice.rows.len();
        let Range { start, end } = self.around_selected();
        let waits = |at: &usize| self.slice.rows[*at].conversation.waiting_since.is_some();
        let found = match step {
            Step::Next => (end..count).chain(0..start).find(waits),
            Step::Previous => (0..start).rev().chain((end..count).rev()).find(waits),
        };
        let wraps = found.is_none_or(|found| found < end);
        if step == Step::Next && wraps && self.slice.start > 0 {
            self.want(Question {
                query: self.range(0),
                aim: Aim::FirstWaiting,
            });
        } else if let Some(found) = found {
            self.select(self.slice.rows[found].conversation.id);
        }
    }

    /// Selects the view's first row.
    pub fn first(&mut self) {
        match self.slice.rows.first() {
            Some(row) if self.slice.start == 0 => self.select(row.conversation.id),
            _ => self.want(Question {
                query: self.range(0),
                aim: Aim::First,
            }),
        }
    }

    /// Selects the view's last row.
    pub fn last(&mut self) {
        let end = self.slice.start as usize + self.slice.rows.len();
        match self.slice.rows.last() {
            Some(row) if end == self.slice.total as usize => self.select(row.conversation.id),
            _ => {
                let start = self.slice.total.saturating_sub(WINDOW_ROWS);
                self.want(Question {
                    query: self.range(start),
                    aim: Aim::Final,
                });
            }
        }
    }

    /// Selects the `n`th of the `height` rows on the screen, where there is one.
    pub fn select_visible(&mut self, n: usize, height: usize) {
        let row = self.visible(height).get(n);
        if let Some(conversation) = row.map(|row| row.conversation.id) {
            self.select(conversation);
        }
    }

    /// Keeps rows where they are from now on.
    pub fn freeze(&mut self) {
        self.order = Order::Frozen;
        self.refresh();
    }

    /// Lets rows move to where they belong.
    pub fn thaw(&mut self) {
        if self.order == Order::Frozen {
            self.order = Order::Live;
            self.refresh();
        }
    }

    /// Asks for the rows anew, because something changed.
    pub fn refresh(&mut self) {
        if self.wanted.is_none() {
            self.want(Question {
                query: self.refresh_query(),
                aim: Aim::Keep,
            });
        }
    }

    /// Whether the rows are those of everything that is known to have changed.
    pub const fn is_current(&self) -> bool {
        self.asked.is_none() && self.wanted.is_none()
    }

    /// The next question for the disk, if one is due and none is under way.
    pub fn next_query(&mut self) -> Option<ListQuery> {
        if self.asked.is_some() {
            return None;
        }
        let mut question = self.wanted.take()?;
        if question.aim == Aim::Keep {
            // The selection or the order may have changed since it was wanted.
            question.query = self.refresh_query();
        }
        let query = question.query.clone();
        self.asked = Some(question);
        Some(query)
    }

    /// The disk could not answer.
    pub fn fail(&mut self) {
        self.asked = None;
    }

    /// Takes the disk's answer to the last question.
    pub fn accept(&mut self, slice: ListSlice, absent: Absent) -> Accepted {
        let question = self.asked.take();
        let stale = self.order == Order::Frozen
            && !question
                .as_ref()
                .is_some_and(|q| matches!(q.query, ListQuery::Frozen { .. }));
        if slice.listing != self.listing || (stale && self.loaded) {
            self.refresh();
            return Accepted::Shown;
        }
        let aim = question.map_or(Aim::Keep, |question| question.aim);
        self.slice = slice;
        self.loaded = true;
        match (aim, self.selected) {
            (Aim::Keep, Some(selected)) => self.keep_selection(selected, absent),
            _ => self.aim_at(aim),
        }
    }

    fn aim_at(&mut self, aim: Aim) -> Accepted {
        let rows = &self.slice.rows;
        let id = |row: &ListRow| row.conversation.id;
        let target = match aim {
            Aim::First => rows.first().map(id),
            Aim::Final => rows.last().map(id),
            Aim::Keep | Aim::FirstWaiting => rows
                .iter()
                .find(|row| row.conversation.waiting_since.is_some())
                .or(rows.first())
                .map(id),
            Aim::Seek(wanted) if self.row(wanted).is_some() => Some(wanted),
            Aim::Seek(wanted) if self.shows_all() => return Accepted::Gone(wanted),
            Aim::Seek(wanted) => {
                self.listing = View::All.into();
                self.want(Question {
                    query: self.around(wanted),
                    aim,
                });
                return Accepted::Shown;
            }
        };
        match target {
            Some(target) => self.select(target),
            None => self.selected = None,
        }
        Accepted::Shown
    }

    /// The selected conversation stays selected and its row stays where it is on the screen.
    fn keep_selection(&mut self, selected: ConversationId, absent: Absent) -> Accepted {
        let before = self.selected_at;
        if self.row(selected).is_some() {
            self.select(selected);
            let moved = i64::from(self.selected_at) - i64::from(before);
            self.top = u32::try_from(i64::from(self.top) + moved).unwrap_or(0);
        } else if absent == Absent::GivesWay {
            let place = before.min(self.slice.total.saturating_sub(1));
            match self
                .slice
                .rows
                .get(place.saturating_sub(self.slice.start) as usize)
            {
                Some(row) => self.select(row.conversation.id),
                None => return self.aim_at(Aim::First),
            }
        }
        Accepted::Shown
    }

    fn select(&mut self, conversation: ConversationId) {
        let Some(at) = self
            .slice
            .rows
            .iter()
            .position(|row| row.conversation.id == conversation)
        else {
            return;
        };
        self.selected = Some(conversation);
        self.selected_at = self.slice.start + u32::try_from(at).unwrap_or(u32::MAX);
        let above_is_more = at < EDGE_ROWS && self.slice.start > 0;
        let end = self.slice.start as usize + self.slice.rows.len();
        let below_is_more =
            at + EDGE_ROWS > self.slice.rows.len() && end < self.slice.total as usize;
        if (above_is_more || below_is_more) && self.order == Order::Live {
            self.refresh();
        }
    }

    /// The selected row; where it is not among the rows, the gap that it left.
    fn around_selected(&self) -> Range<usize> {
        let rows = &self.slice.rows;
        let is_selected = |row: &ListRow| Some(row.conversation.id) == self.selected;
        match rows.iter().position(is_selected) {
            Some(at) => at..at + 1,
            None => {
                let gap = self.selected_at.saturating_sub(self.slice.start) as usize;
                let gap = gap.min(rows.len());
                gap..gap
            }
        }
    }

    fn want(&mut self, question: Question) {
        self.wanted = Some(question);
    }

    fn range(&self, start: u32) -> ListQuery {
        ListQuery::Range {
            listing: self.listing.clone(),
            start,
            limit: WINDOW_ROWS,
        }
    }

    fn around(&self, conversation: ConversationId) -> ListQuery {
        ListQuery::Around {
            listing: self.listing.clone(),
            conversation,
            limit: WINDOW_ROWS,
        }
    }

    fn refresh_query(&self) -> ListQuery {
        match (self.order, self.selected) {
            (Order::Frozen, _) => ListQuery::Frozen {
                listing: self.listing.clone(),
                conversations: self
                    .slice
                    .rows
                    .iter()
                    .map(|row| row.conversation.id)
                    .collect(),
                start: self.slice.start,
            },
            (Order::Live, Some(selected)) => self.around(selected),
            (Order::Live, None) => self.range(0),
        }
    }
}
