//! Which actions the agent uses, so that the status line teaches those that they do not know yet.

use crate::action::Action;
use std::collections::HashMap;

/// After so many times in a session an action is known.
pub const KNOWN_AFTER_TIMES: u8 = 3;

/// How often each action was meant in this session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Habits {
    times: HashMap<Action, u8>,
}

impl Habits {
    /// It was meant once more.
    pub fn note(&mut self, action: Action) {
        let times = self.times.entry(action).or_default();
        *times = times.saturating_add(1);
    }

    /// Whether it needs no hint any more.
    pub fn knows(&self, action: Action) -> bool {
        let times = self.times.get(&action);
        times.is_some_and(|times| *times >= KNOWN_AFTER_TIMES)
    }
}
