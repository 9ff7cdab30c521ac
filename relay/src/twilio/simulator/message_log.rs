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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twilio::simulator::message::{Direction, Status};
    use smsdesk_common::time::Timestamp;

    fn message(n: usize) -> Message {
        Message {
            position: 0,
            sid: Sid::new(format!("SM{n:032x}")),
            direction: Direction::Inbound,
            status: Status::Received,
            from: None,
            to: String::new(),
            body: String::new(),
            messaging_service_sid: None,
            segments: None,
            media: Vec::new(),
            price: None,
            error_code: None,
            status_callback: None,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
            sent_at: None,
        }
    }

    #[test]
    fn a_full_log_forgets_its_oldest_message() {
        let mut log = MessageLog::default();
        for n in 0..=MAX_KEPT {
            log.append(message(n));
        }
        assert_eq!(log.iter().count(), MAX_KEPT);
        assert_eq!(log.iter().next().map(|message| message.position), Some(1));
        assert_eq!(log.get(message(0).sid.as_str()), None);
        assert!(log.get(message(1).sid.as_str()).is_some());
    }

    #[test]
    fn positions_go_on_counting_after_a_removal_and_a_clearing() {
        let mut log = MessageLog::default();
        assert_eq!(log.append(message(1)).position, 0);
        let removed = log.remove(message(1).sid.as_str());
        assert_eq!(removed.map(|message| message.position), Some(0));
        assert_eq!(log.append(message(2)).position, 1);
        log.clear();
        assert_eq!(log.append(message(3)).position, 2);
    }
}
