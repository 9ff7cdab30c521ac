//! What the roster shows: another view, another order, only a part of it, and back.

use super::{Aim, Order, Question, Roster};
use crate::model::list::{ListSlice, View};
use crate::model::listing::{Listing, Sorting};
use smsdesk_common::filter::Filter;
use smsdesk_common::ids::ConversationId;

/// Where a selection was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spot {
    selected: Option<ConversationId>,
    selected_at: u32,
    top: u32,
}

impl Spot {
    /// The conversation that was selected.
    pub const fn selected(&self) -> Option<ConversationId> {
        self.selected
    }
}

impl Roster {
    /// Shows a view, or more closely a listing, from its top.
    pub fn show(&mut self, listing: impl Into<Listing>) {
        self.listing = listing.into();
        self.order = Order::Live;
        self.selected = None;
        self.selected_at = 0;
        self.top = 0;
        self.loaded = false;
        self.slice = ListSlice {
            listing: self.listing.clone(),
            counts: self.slice.counts,
            saved: std::mem::take(&mut self.slice.saved),
            today: self.slice.today,
            waiting: self.slice.waiting,
            sending: self.slice.sending,
            ..ListSlice::default()
        };
        self.want(Question {
            query: self.range(0),
            aim: Aim::FirstWaiting,
        });
    }

    /// Puts the rows in another order; the selected one stays selected.
    pub fn sort(&mut self, sorting: Sorting) {
        self.listing.sorting = sorting;
        self.ask_again();
    }

    /// Shows only what a filter means besides the view, from the top.
    pub fn narrow(&mut self, filter: Filter) {
        if self.listing.narrowed == filter {
            return;
        }
        self.listing.narrowed = filter;
        self.order = Order::Live;
        self.top = 0;
        self.want(Question {
            query: self.range(0),
            aim: Aim::First,
        });
    }

    /// Where the selection is, to come back to.
    pub const fn spot(&self) -> Spot {
        Spot {
            selected: self.selected,
            selected_at: self.selected_at,
            top: self.top,
        }
    }

    /// Shows what a filter means, with the selection where it was when that was shown before.
    pub fn come_back(&mut self, filter: Filter, spot: Spot) {
        self.listing.narrowed = filter;
        self.selected = spot.selected;
        self.selected_at = spot.selected_at;
        self.top = spot.top;
        self.ask_again();
    }

    /// Shows a listing, with the selection where it was when that was shown before.
    pub fn return_to(&mut self, listing: Listing, spot: Spot) {
        let narrowed = listing.narrowed.clone();
        if self.listing != listing {
            self.show(listing);
        }
        self.come_back(narrowed, spot);
    }

    fn ask_again(&mut self) {
        self.order = Order::Live;
        self.want(Question {
            query: self.refresh_query(),
            aim: Aim::Keep,
        });
    }

    /// Whether every conversation is among the rows.
    pub(super) fn shows_all(&self) -> bool {
        self.listing.view == View::All && self.listing.narrowed.is_empty()
    }
}
