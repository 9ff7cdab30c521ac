//! What a timeline asks the disk.

use super::{KEPT_ENTRIES_MAX, PAGE_ENTRIES, Scroll, Timeline};
use crate::model::chat::{ChatQuery, TimelineKey};

impl Timeline {
    /// The next question for the disk, if one is due and none is under way.
    pub fn next_query(&mut self) -> Option<ChatQuery> {
        if self.asked.is_some() {
            return None;
        }
        let due = std::mem::take(&mut self.due);
        if due.refresh {
            self.due.older = due.older;
            self.asked = Some(self.refresh_query());
        } else if due.older {
            self.asked = self.older_query();
        }
        self.asked
    }

    fn refresh_query(&self) -> ChatQuery {
        let conversation = self.conversation;
        let surplus = match self.scroll {
            Scroll::Bottom if self.items.len() > KEPT_ENTRIES_MAX => {
                self.items.len() - PAGE_ENTRIES as usize
            }
            _ => 0,
        };
        match self.records().nth(surplus) {
            Some(first) => ChatQuery::From {
                conversation,
                from: TimelineKey::of(&first.entry),
            },
            None if self.sight.is_some() => ChatQuery::From {
                conversation,
                from: self
                    .sight
                    .as_ref()
                    .map_or(TimelineKey::LAST, |sight| sight.hit.key),
            },
            None => ChatQuery::Latest {
                conversation,
                limit: PAGE_ENTRIES,
            },
        }
    }

    fn older_query(&self) -> Option<ChatQuery> {
        let oldest = self.records().next()?;
        Some(ChatQuery::Before {
            conversation: self.conversation,
            before: TimelineKey::of(&oldest.entry),
            limit: PAGE_ENTRIES,
        })
    }
}
