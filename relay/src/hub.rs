//! "The log grew to N": wakes whoever waits for the feed. Carries no data, so that nobody can
//! fall behind here.

use smsdesk_common::ids::Seq;
use tokio::sync::watch;

/// The newest committed position, as something to wait for.
#[derive(Clone, Debug)]
pub struct Hub(watch::Sender<Seq>);

impl Hub {
    /// A hub that stands at `head`.
    pub fn new(head: Seq) -> Self {
        Self(watch::Sender::new(head))
    }

    /// Says that everything up to `head` is durable. Never goes back.
    pub(crate) fn grew_to(&self, head: Seq) {
        self.0.send_if_modified(|current| {
            let grew = head > *current;
            if grew {
                *current = head;
            }
            grew
        });
    }

    /// The newest committed position.
    pub fn head(&self) -> Seq {
        *self.0.borrow()
    }

    /// Waits for growth from now on. Subscribe before reading the feed, or a commit in between
    /// is missed.
    pub fn subscribe(&self) -> watch::Receiver<Seq> {
        self.0.subscribe()
    }
}
