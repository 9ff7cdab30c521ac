//! A text that was searched for, in sight until the agent scrolls.

use super::{Scroll, Setting, Timeline};
use crate::model::search::walk::Sight;

/// Whether a text is kept in sight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Held {
    #[default]
    No,
    Yes,
}

impl Timeline {
    /// The text that was searched for.
    pub const fn sight(&self) -> Option<&Sight> {
        self.sight.as_ref()
    }

    /// Goes to a text that was searched for, and reads as far back as it takes.
    pub fn look_at(&mut self, sight: Sight, setting: &Setting) {
        if self.item(sight.hit.entry).is_none() {
            // What is loaded does not reach back to it: it is read anew, from there on.
            self.items.clear();
            self.refresh();
        }
        self.sight = Some(sight);
        self.held_in_sight = Held::Yes;
        self.lay_out(setting);
    }

    /// What was said before the text stands above it.
    pub(super) fn keep_in_sight(&mut self, setting: &Setting) {
        let sight = self.sight.as_ref();
        let sight = sight.filter(|_| self.held_in_sight == Held::Yes);
        if let Some(line) = sight.and_then(|it| self.page.start_of(it.hit.entry)) {
            self.scroll = Scroll::Top(line.saturating_sub(usize::from(setting.height) / 3));
        }
    }
}
