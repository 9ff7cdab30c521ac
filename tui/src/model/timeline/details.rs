//! Which text the agent looks at more closely.

use super::Timeline;
use crate::model::chat::TimelineItem;
use crate::model::roster::Step;
use smsdesk_common::entry::EntryKind;
use smsdesk_common::ids::EntryId;

impl Timeline {
    /// The newest text or call on the screen or above it, where `height` lines are shown; one that is
    /// still on its way to the relay where everything is shown to its end.
    pub fn to_look_at(&self, height: usize) -> Option<EntryId> {
        let end = self.first_line(height) + height;
        let shown = self.page.position_before(end);
        let on_its_way = self.looked_at().last();
        if end >= self.page.height() || shown.is_none() {
            return on_its_way.map(|item| item.entry.id);
        }
        let seen = |item: &&TimelineItem| shown.is_some_and(|it| item.entry.position <= it);
        self.looked_at().rfind(seen).map(|item| item.entry.id)
    }

    /// The text or call beside one; none at the end of what is loaded.
    pub fn beside(&self, entry: EntryId, step: Step) -> Option<EntryId> {
        let all: Vec<_> = self.looked_at().map(|item| item.entry.id).collect();
        let at = all.iter().position(|id| *id == entry)?;
        let at = match step {
            Step::Next => at.checked_add(1)?,
            Step::Previous => at.checked_sub(1)?,
        };
        all.get(at).copied()
    }

    fn looked_at(&self) -> impl DoubleEndedIterator<Item = &TimelineItem> {
        let kinds = [EntryKind::Message, EntryKind::Call];
        let items = self.items.iter();
        items.filter(move |item| kinds.contains(&item.entry.entry_kind))
    }
}

#[cfg(test)]
impl Timeline {
    /// Another state of what is loaded.
    pub(crate) fn put_for_test(&mut self, changed: TimelineItem) {
        let mut items = self.items.iter_mut();
        if let Some(item) = items.find(|item| item.entry.id == changed.entry.id) {
            *item = changed;
        }
    }
}
