//! A text that takes many segments is asked about once: it costs, and may be meant shorter.

use super::Composer;
use crate::model::question::READ_MS_MIN;
use smsdesk_common::segments::Segments;
use smsdesk_common::time::Timestamp;

/// The author was told how many segments a text takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Warned {
    /// How many.
    pub segments: u32,
    at: Timestamp,
}

impl Composer {
    /// How many segments the author was told of, and asked about.
    pub const fn warned(&self) -> Option<Warned> {
        self.warned
    }

    /// Whether the text must wait for a second Enter, because it takes more than `most` segments. 0
    /// is no limit. An Enter that came too soon to be an answer is none.
    pub fn is_costly(&mut self, most: u32, now: Timestamp) -> bool {
        let segments = Segments::of(self.body()).segments;
        if most == 0 || segments <= most {
            return false;
        }
        match self.warned {
            Some(warned) if warned.segments == segments => {
                // A clock that went back must not hold a text for ever.
                (0..READ_MS_MIN).contains(&now.millis_since(warned.at))
            }
            _ => {
                self.warned = Some(Warned { segments, at: now });
                true
            }
        }
    }
}
