//! When the next attempt to send may be made. Time and randomness are parameters.
//!
//! A relay that is away or busy holds up every request; a request that goes wrong by itself holds
//! up its own conversation alone.

use super::backoff::{Ladder, Roll};
use smsdesk_common::ids::ConversationId;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// A pause that grows with each failure.
#[derive(Clone, Copy, Debug, Default)]
struct Hold {
    ladder: Ladder,
    until: Option<Instant>,
}

impl Hold {
    fn extend(&mut self, now: Instant, roll: Roll, asked: Option<Duration>) {
        let pause = self.ladder.pause(Duration::ZERO, roll);
        self.until = now.checked_add(asked.map_or(pause, |asked| asked.saturating_add(pause)));
    }

    fn holds(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| until > now)
    }
}

/// What is held up, and until when.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    everything: Hold,
    conversations: HashMap<ConversationId, Hold>,
}

impl Pace {
    /// Whether nothing at all may be sent.
    pub fn holds_everything(&self, now: Instant) -> bool {
        self.everything.holds(now)
    }

    /// Whether nothing of this conversation may be sent.
    pub fn holds(&self, conversation: ConversationId, now: Instant) -> bool {
        self.conversations
            .get(&conversation)
            .is_some_and(|hold| hold.holds(now))
    }

    /// The relay is away or busy, and may have asked for a wait.
    pub fn hold_everything(&mut self, now: Instant, roll: Roll, asked: Option<Duration>) {
        // Requests that were under way together fail together: that is one failure.
        if !self.everything.holds(now) {
            self.everything.extend(now, roll, asked);
        }
    }

    /// A request of this conversation went wrong by itself.
    pub fn hold(&mut self, conversation: ConversationId, now: Instant, roll: Roll) {
        self.conversations
            .entry(conversation)
            .or_default()
            .extend(now, roll, None);
    }

    /// The relay has answered for good: nothing holds it up, nor this conversation.
    pub fn succeeded(&mut self, conversation: ConversationId) {
        self.everything = Hold::default();
        self.conversations.remove(&conversation);
    }

    /// When the next pause ends.
    pub fn next_due(&self, now: Instant) -> Option<Instant> {
        self.conversations
            .values()
            .chain([&self.everything])
            .filter_map(|hold| hold.until)
            .filter(|until| *until > now)
            .min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::testing::conversation_id;
    use crate::clock;

    const HIGHEST: Roll = Roll(u64::MAX);

    #[test]
    fn requests_that_fail_together_count_as_one_failure() {
        let (mut pace, now) = (Pace::default(), clock::monotonic());
        for _ in 0..4 {
            pace.hold_everything(now, HIGHEST, None);
        }
        assert!(pace.holds_everything(now));
        assert!(!pace.holds_everything(now + Duration::from_millis(250)));
        assert!(pace.next_due(now).unwrap() <= now + Duration::from_millis(250));
    }

    #[test]
    fn a_relay_that_asks_for_a_wait_gets_it() {
        let (mut pace, now) = (Pace::default(), clock::monotonic());
        pace.hold_everything(now, Roll(0), Some(Duration::from_secs(7)));
        assert!(pace.holds_everything(now + Duration::from_millis(6_999)));
        assert!(!pace.holds_everything(now + Duration::from_secs(7)));
    }

    #[test]
    fn one_faulty_conversation_holds_up_no_other() {
        let (mut pace, now) = (Pace::default(), clock::monotonic());
        pace.hold(conversation_id(1), now, HIGHEST);
        assert!(pace.holds(conversation_id(1), now) && !pace.holds(conversation_id(2), now));
        assert!(!pace.holds_everything(now));
        pace.succeeded(conversation_id(2));
        assert!(pace.holds(conversation_id(1), now));
        pace.succeeded(conversation_id(1));
        assert!(!pace.holds(conversation_id(1), now));
        assert_eq!(pace.next_due(now), None);
    }
}
