//! Virtual time: what happens next, and when. Nothing here waits.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Milliseconds since the simulation began.
pub type Millis = u64;

/// What is to happen, by time, and at the same time in the order in which it was planned.
#[derive(Debug)]
pub struct Scheduler<E> {
    now: Millis,
    planned: u64,
    happened: u64,
    queue: BinaryHeap<Reverse<Planned<E>>>,
}

#[derive(Debug)]
struct Planned<E> {
    at: Millis,
    order: u64,
    event: E,
}

impl<E> PartialEq for Planned<E> {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl<E> Eq for Planned<E> {}

impl<E> PartialOrd for Planned<E> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for Planned<E> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

impl<E> Default for Scheduler<E> {
    fn default() -> Self {
        Self {
            now: 0,
            planned: 0,
            happened: 0,
            queue: BinaryHeap::new(),
        }
    }
}

impl<E> Scheduler<E> {
    /// The time.
    pub const fn now(&self) -> Millis {
        self.now
    }

    /// How many events there were.
    pub const fn happened(&self) -> u64 {
        self.happened
    }

    /// Plans an event.
    pub fn after(&mut self, pause: Millis, event: E) {
        self.planned += 1;
        self.queue.push(Reverse(Planned {
            at: self.now + pause,
            order: self.planned,
            event,
        }));
    }

    /// Goes to the next event; none where nothing is planned.
    pub fn advance(&mut self) -> Option<E> {
        let Reverse(next) = self.queue.pop()?;
        self.now = next.at;
        self.happened += 1;
        Some(next.event)
    }
}
