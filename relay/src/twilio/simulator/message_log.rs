//! The messages of the account in the order of their creation, the oldest forgotten first.

use super::message::{Message, Sid};
use std::collections::{BTreeMap, HashMap};

/// Messages kept: two days of a busy account, about 100 MB at the longest bodies.
const MAX_KEPT: usize = 50_000;

/// The messages of the account.
#[derive(Debug, Default)]
pub(super) struct MessageLog {
    messages: BTreeMap<u64, Message>,
    positions: HashMap<Sid, u64>,
    created: u64,
}

impl MessageLog {
    /// Puts a new message at the end and tells it its position.
    pub(super) fn append(&mut self, mut message: Message) -> &Message {
        message.position = self.created;
        self.created += 1;
        if self.messages.len() >= MAX_KEPT
            && let Some((_, oldest)) = self.messages.pop_first()
        {
            self.positions.remove(&oldest.sid);
        }
        self.positions.insert(message.sid.clone(), message.position);
        self.messages.entry(message.position).or_insert(message)
    }

    pub(super) fn get(&self, sid: &str) -> Option<&Message> {
        self.messages.get(self.positions.get(sid)?)
    }

    pub(super) fn get_mut(&mut self, sid: &str) -> Option<&mut Message> {
        self.messages.get_mut(self.positions.get(sid)?)
    }

    pub(super) fn remove(&mut self, sid: &str) -> Option<Message> {
        self.messages.remove(&self.positions.remove(sid)?)
    }

    /// Forgets every message; positions go on counting.
    pub(super) fn clear(&mut self) {
        self.messages.clear();
        self.positions.clear();
    }

    /// Every message, the oldest first; backwards for the newest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Message> {
        self.messages.values()
    }
}
