//! Which streams are open, and up to where each client has everything on its disk.

use smsdesk_common::agent::Role;
use smsdesk_common::ids::Seq;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Whose stream it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Somebody's at a terminal.
    Person,
    /// A program's.
    Program,
}

impl Whose {
    /// Whose a stream is whose token has that role.
    pub(crate) const fn of(role: Role) -> Self {
        match role {
            Role::Integration => Self::Program,
            _ => Self::Person,
        }
    }
}

/// The streams that are open.
#[derive(Debug, Default)]
pub(crate) struct Attendance {
    streams: Mutex<Streams>,
}

#[derive(Debug, Default)]
struct Streams {
    next: u64,
    open: BTreeMap<u64, (Whose, Option<Seq>)>,
}

/// How many there are, and how far the slowest is behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Open {
    pub(crate) people: u64,
    pub(crate) programs: u64,
    /// In changes.
    pub(crate) lag: u64,
}

impl Attendance {
    fn streams(&self) -> MutexGuard<'_, Streams> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more stream, until the place is dropped.
    pub(crate) fn join(self: &Arc<Self>, whose: Whose) -> Attending {
        let mut streams = self.streams();
        let id = streams.next;
        streams.next += 1;
        streams.open.insert(id, (whose, None));
        Attending {
            id,
            whose,
            acked: None,
            attendance: Arc::clone(self),
        }
    }

    /// What is open while the feed stands at `head`.
    pub(crate) fn open(&self, head: Seq) -> Open {
        let mut open = Open::default();
        for (whose, acked) in self.streams().open.values() {
            match whose {
                Whose::Person => open.people += 1,
                Whose::Program => open.programs += 1,
            }
            // One that has not said where it stands lags behind nothing.
            let lag = acked.map_or(0, |acked| head.0.saturating_sub(acked.0));
            open.lag = open.lag.max(lag);
        }
        open
    }
}

/// A stream that is open.
#[derive(Debug)]
pub(crate) struct Attending {
    id: u64,
    whose: Whose,
    acked: Option<Seq>,
    attendance: Arc<Attendance>,
}

impl Attending {
    /// The client has everything up to there.
    pub(crate) fn has(&mut self, acked: Option<Seq>) {
        if acked != self.acked {
            self.acked = acked;
            let mut streams = self.attendance.streams();
            streams.open.insert(self.id, (self.whose, acked));
        }
    }
}

impl Drop for Attending {
    fn drop(&mut self) {
        self.attendance.streams().open.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_stream_says_how_far_the_feed_is_behind_and_counts_until_it_is_closed() {
        let attendance = Arc::new(Attendance::default());
        let mut ana = attendance.join(Whose::of(Role::Agent));
        let mut bo = attendance.join(Whose::of(Role::Readonly));
        let crm = attendance.join(Whose::of(Role::Integration));
        let open = |people, programs, lag| Open {
            people,
            programs,
            lag,
        };
        assert_eq!(attendance.open(Seq(9)), open(2, 1, 0), "nobody said hello");
        ana.has(Some(Seq(9)));
        bo.has(Some(Seq(4)));
        assert_eq!(attendance.open(Seq(9)), open(2, 1, 5));
        bo.has(Some(Seq(8)));
        assert_eq!(attendance.open(Seq(9)), open(2, 1, 1));
        drop((bo, crm));
        assert_eq!(attendance.open(Seq(9)), open(1, 0, 0));
        assert_eq!(attendance.open(Seq(2)), open(1, 0, 0), "an older head");
    }
}
