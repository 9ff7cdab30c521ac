//! The rows of the list that are selected, so that the next act is done to all of them.
//!
//! A selection belongs to conversations, not to places. Each is kept with the newest entry that
//! stood on the screen when it was selected: what comes later was not seen.

use crate::model::batch::{STEP_CONVERSATIONS_MAX, Target};
use smsdesk_common::ids::{ConversationId, Seq};
use std::collections::BTreeMap;

/// What is selected.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    marked: BTreeMap<ConversationId, Seq>,
    range: Option<Range>,
}

/// A range from where it began to where the cursor is.
#[derive(Clone, Debug)]
struct Range {
    anchor: ConversationId,
    rows: BTreeMap<ConversationId, Seq>,
}

/// More rows than one step may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl Marks {
    /// Whether nothing is selected.
    pub fn is_empty(&self) -> bool {
        self.marked.is_empty() && self.range.is_none()
    }

    /// How many are selected.
    pub fn len(&self) -> usize {
        self.all().len()
    }

    /// Whether this one is selected.
    pub fn holds(&self, conversation: ConversationId) -> bool {
        let in_range = |range: &Range| range.rows.contains_key(&conversation);
        self.marked.contains_key(&conversation) || self.range.as_ref().is_some_and(in_range)
    }

    /// Where the range began that is being drawn.
    pub fn anchor(&self) -> Option<ConversationId> {
        self.range.as_ref().map(|range| range.anchor)
    }

    /// Selects one, or not any more.
    ///
    /// # Errors
    /// As many are selected as one step may have.
    pub fn toggle(&mut self, target: Target) -> Result<(), Full> {
        let Target { conversation, seen } = target;
        if self.marked.remove(&conversation).is_some() {
            return Ok(());
        }
        if self.len() >= STEP_CONVERSATIONS_MAX {
            return Err(Full);
        }
        self.marked.insert(conversation, seen);
        Ok(())
    }

    /// Begins a range.
    pub fn begin_range(&mut self, anchor: Target) {
        self.range = Some(Range {
            anchor: anchor.conversation,
            rows: BTreeMap::from([(anchor.conversation, anchor.seen)]),
        });
    }

    /// The range holds these rows from now on, as far as one step may have them; nearest to the
    /// anchor first.
    pub fn stretch_range(&mut self, rows: impl Iterator<Item = Target>) {
        if let Some(range) = &mut self.range {
            let room = STEP_CONVERSATIONS_MAX.saturating_sub(self.marked.len());
            range.rows = rows
                .take(room)
                .map(|it| (it.conversation, it.seen))
                .collect();
        }
    }

    /// Ends the range; its rows stay selected.
    pub fn end_range(&mut self) {
        self.marked = self.all();
        self.range = None;
    }

    /// Selects nothing.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Lets go of those that are not to be kept.
    pub fn retain(&mut self, keep: impl Fn(ConversationId) -> bool) {
        self.marked.retain(|conversation, _| keep(*conversation));
        if self.anchor().is_some_and(|anchor| !keep(anchor)) {
            self.range = None;
        }
    }

    /// Everything that is selected, with the newest entry that was seen of it.
    pub fn all(&self) -> BTreeMap<ConversationId, Seq> {
        let mut all = self.marked.clone();
        let range = self.range.iter().flat_map(|range| &range.rows);
        all.extend(range.map(|(conversation, seen)| (*conversation, *seen)));
        all
    }
}
