//! Actions that were asked for by name, so that the palette shows them first.

use crate::action::Action;
use std::collections::VecDeque;

/// The most actions that are remembered: more than the palette shows at once help nobody.
pub const RECENT_MAX: usize = 16;

/// The actions of this session, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recent {
    used: VecDeque<Action>,
}

impl Recent {
    /// Remembers that it was asked for.
    pub fn note(&mut self, action: Action) {
        self.used.retain(|other| *other != action);
        self.used.push_front(action);
        self.used.truncate(RECENT_MAX);
    }

    /// How many were asked for after it; those that never were come last.
    pub fn rank(&self, action: Action) -> usize {
        let at = self.used.iter().position(|other| *other == action);
        at.unwrap_or(RECENT_MAX)
    }
}
