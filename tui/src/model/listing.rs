//! Which conversations the list shows and in which order: a view, narrowed or not, and a sorting.

use super::list::View;
use serde::{Deserialize, Serialize};
use smsdesk_common::filter::{Filter, Owner, Sense, State, Term, Test};

/// The most views of one's own: as many as there are digits to reach them by.
pub const SAVED_VIEWS_MAX: usize = 9;

/// The longest name of a view of one's own, in characters: it stands beside others in the header.
pub const VIEW_NAME_CHARACTERS_MAX: usize = 24;

/// What the list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Listing {
    /// Which view.
    pub view: View,
    /// What its conversations must be besides; empty where the view is shown as it is.
    pub narrowed: Filter,
    /// In which order.
    pub sorting: Sorting,
}

impl From<View> for Listing {
    fn from(view: View) -> Self {
        Self {
            view,
            ..Self::default()
        }
    }
}

/// An order of the list. Conversations that tie stand in the order of their ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sorting {
    /// The longest wait first, then those that wait for nothing by their last activity.
    #[default]
    LongestWait,
    /// The newest activity first.
    Newest,
    /// The oldest activity first.
    Oldest,
    /// By the contact's name without case and accents; those without a name follow by number.
    Name,
}

impl Sorting {
    /// Every order, as [`Self::next`] walks them.
    pub const ALL: [Self; 4] = [Self::LongestWait, Self::Newest, Self::Oldest, Self::Name];

    /// The name in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LongestWait => "longest-wait",
            Self::Newest => "newest",
            Self::Oldest => "oldest",
            Self::Name => "name",
        }
    }

    /// Reads [`Self::as_str`]'s names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.as_str() == text)
    }

    /// As the list's title says it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::LongestWait => "longest wait first",
            Self::Newest => "newest first",
            Self::Oldest => "oldest first",
            Self::Name => "by name",
        }
    }

    /// The order after this one; the first after the last.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::LongestWait => Self::Newest,
            Self::Newest => Self::Oldest,
            Self::Oldest => Self::Name,
            Self::Name => Self::LongestWait,
        }
    }
}

/// The number of a view of one's own, from 1 to [`SAVED_VIEWS_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ViewNumber(u8);

impl ViewNumber {
    /// None where no view can have it.
    pub const fn new(number: u8) -> Option<Self> {
        if number >= 1 && number as usize <= SAVED_VIEWS_MAX {
            Some(Self(number))
        } else {
            None
        }
    }

    /// As a place in a list.
    pub const fn index(self) -> usize {
        self.0 as usize - 1
    }
}

/// A view of one's own, from the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    /// As the header names it.
    pub name: String,
    /// Which conversations.
    pub filter: Filter,
    /// In which order.
    pub sorting: Sorting,
}

impl View {
    /// Which conversations a built-in view holds; everything for one of one's own, whose filter
    /// stands in the configuration.
    pub fn filter(self) -> Filter {
        let is = Test::Is;
        let owner = Test::Assignee;
        let tests = match self {
            Self::Inbox => vec![is(State::Open)],
            Self::Mine => vec![is(State::Open), owner(Owner::Me)],
            Self::Unassigned => vec![is(State::Open), owner(Owner::None)],
            Self::All | Self::Saved(_) => Vec::new(),
            Self::Snoozed => vec![is(State::Snoozed)],
            Self::Done => vec![is(State::Done)],
            Self::Flagged => vec![is(State::Flagged)],
        };
        let sense = Sense::Holds;
        tests.into_iter().map(|test| Term { sense, test }).collect()
    }

    /// Whether there is an index in the order of the longest wait.
    pub const fn is_built_in(self) -> bool {
        !matches!(self, Self::Saved(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_orders_are_walked_in_a_circle() {
        let mut order = Sorting::default();
        for expected in Sorting::ALL {
            assert_eq!(order, expected);
            assert_eq!(Sorting::parse(order.as_str()), Some(order));
            order = order.next();
        }
        assert_eq!(order, Sorting::default());
    }

    #[test]
    fn built_in_views_are_written_in_the_language_of_filters() {
        let written: Vec<String> = View::ALL.map(|view| view.filter().to_string()).into();
        assert_eq!(
            written,
            [
                "is:open",
                "is:open assignee:me",
                "is:open assignee:none",
                "",
                "is:snoozed",
                "is:done",
                "is:flagged"
            ]
        );
    }

    #[test]
    fn views_are_numbered_from_one_to_nine() {
        assert_eq!(ViewNumber::new(0), None);
        assert_eq!(ViewNumber::new(9).map(ViewNumber::index), Some(8));
        assert_eq!(ViewNumber::new(10), None);
    }
}
