//! The timers that run, so that a stale one is told from the newest of its kind.

use crate::effect::{Effect, Timer, TimerKind};
use smsdesk_common::time::Timestamp;

/// The newest generation of each timer, and what it is set to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timers {
    generation: u64,
    running: [Option<u64>; 9],
    /// When the clock timer that runs will ring.
    pub clock_at: Option<Timestamp>,
}

impl Timers {
    /// Starts a timer; an older one of its kind counts no more.
    pub fn start(&mut self, kind: TimerKind, after_ms: u32) -> Effect {
        self.generation += 1;
        *self.slot(kind) = Some(self.generation);
        Effect::StartTimer {
            timer: Timer {
                kind,
                generation: self.generation,
            },
            after_ms,
        }
    }

    /// Whether one of this kind runs.
    pub fn is_running(&mut self, kind: TimerKind) -> bool {
        self.slot(kind).is_some()
    }

    /// Takes a timer that ran out. False for a stale one.
    pub fn ran_out(&mut self, timer: Timer) -> bool {
        let current = *self.slot(timer.kind) == Some(timer.generation);
        if current {
            *self.slot(timer.kind) = None;
        }
        current
    }

    const fn slot(&mut self, kind: TimerKind) -> &mut Option<u64> {
        &mut self.running[match kind {
            TimerKind::Clock => 0,
            TimerKind::Drafts => 1,
            TimerKind::Notice => 2,
            TimerKind::Attention => 3,
            TimerKind::Presence => 4,
            TimerKind::Spelling => 5,
            TimerKind::Search => 6,
            TimerKind::Figures => 7,
            TimerKind::Status => 8,
        }]
    }
}
