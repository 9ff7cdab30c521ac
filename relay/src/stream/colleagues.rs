//! Hands on what sessions say of themselves to the others. Does the waiting; `presence` decides.

use crate::clock::monotonic;
use crate::stream::presence::{Presences, SessionId, Version};
use crate::stream::session::Millis;
use smsdesk_common::ids::{AgentId, ConversationId};
use smsdesk_common::stream::{PresenceState, RelayFrame};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Everybody's presence, and how to wait for it.
#[derive(Debug)]
pub(crate) struct Colleagues {
    presences: Mutex<Presences>,
    /// How far everything was told.
    told: watch::Sender<Version>,
    /// Rung when something may have to be told.
    bell: Notify,
    began: Instant,
    sessions: AtomicU64,
}

/// One session's place among them; it has left once this is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    colleagues: Arc<Colleagues>,
    session: SessionId,
    agent: AgentId,
    told: Version,
}

impl Colleagues {
    /// Begins to tell, until `shutdown`.
    pub(crate) fn begin(
        tasks: &TaskTracker,
        threads: &Handle,
        shutdown: &CancellationToken,
    ) -> Arc<Self> {
        let colleagues = Arc::new(Self {
            presences: Mutex::default(),
            told: watch::Sender::default(),
            bell: Notify::new(),
            began: monotonic(),
            sessions: AtomicU64::new(0),
        });
        let following = Arc::clone(&colleagues).follow(shutdown.clone());
        tasks.spawn_on(following, threads);
        colleagues
    }

    /// A session of `agent` begins, and how it hears that there is news.
    pub(crate) fn join(self: &Arc<Self>, agent: AgentId) -> (Seat, watch::Receiver<Version>) {
        let mut news = self.told.subscribe();
        // What there was before.
        news.mark_changed();
        let seat = Seat {
            colleagues: Arc::clone(self),
            session: SessionId(self.sessions.fetch_add(1, Ordering::Relaxed)),
            agent,
            told: Version::default(),
        };
        (seat, news)
    }

    /// Tells what there is to tell.
    async fn follow(self: Arc<Self>, shutdown: CancellationToken) {
        loop {
            let due = self.presences().due();
            let due = due.map(|due| self.began + Duration::from_millis(due));
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = self.bell.notified() => {}
                () = sleep_until(due.unwrap_or(self.began).into()), if due.is_some() => {}
            }
            let (changes, version) = {
                let mut presences = self.presences();
                (presences.advance(self.now()), presences.version())
            };
            if changes > 0 {
                self.told.send_replace(version);
            }
            let rest = Presences::rest_ms(self.told.receiver_count(), changes);
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = sleep(Duration::from_millis(rest)) => {}
            }
        }
    }

    fn presences(&self) -> MutexGuard<'_, Presences> {
        self.presences
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Millis {
        u64::try_from(monotonic().duration_since(self.began).as_millis()).unwrap_or(Millis::MAX)
    }
}

impl Seat {
    /// The agent does something.
    pub(crate) fn say(&self, conversation: ConversationId, state: PresenceState) {
        let now = self.colleagues.now();
        let said = (conversation, state);
        self.colleagues
            .presences()
            .say(self.session, self.agent, said, now);
        self.colleagues.bell.notify_one();
    }

    /// What the session was not told yet.
    pub(crate) fn news(&mut self) -> Vec<RelayFrame> {
        let now = self.colleagues.now();
        let presences = self.colleagues.presences();
        let (told, frames) = presences.news(self.told, self.session, self.agent, now);
        self.told = told;
        frames
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.colleagues.presences().leave(self.session);
        self.colleagues.bell.notify_one();
    }
}
