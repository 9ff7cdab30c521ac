//! The writer's life: jobs, the log's upkeep, the reserve, and the way back after a failure.

use super::batch::{Batches, refuse_all};
use super::{Job, Surroundings};
use crate::clock::monotonic;
use crate::store::engine::checkpoint::{self, Mode, Moved};
use crate::store::engine::open::{open_writer, trial};
use crate::store::engine::sqlite::{Head, SqliteReads, translate};
use crate::store::error::{OpenError, StoreError};
use crate::store::space::{self, Held, LOW_BYTES, Reserve, Step};
use crate::store::trouble::{Course, Trouble};
use crate::store::upkeep::{Log, Move};
use rusqlite::Connection;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// The pause between two tries to get back to a trusted connection, in milliseconds.
const REOPEN_MS: u64 = 1_000;
/// After how many failed tries the log is told again: a minute.
const REOPEN_TOLD_EVERY: u32 = 60;
/// How long moving the log may wait for readers, in milliseconds: jobs wait meanwhile.
const MOVE_PATIENCE_MS: u64 = 100;
/// For how long an error that is like the last one is not told again, in milliseconds.
const TOLD_MS: u64 = 10_000;
/// How often the room on the disk is looked at, in milliseconds.
const SPACE_MS: u64 = 1_000;

enum State {
    /// Takes jobs.
    Trusted(Box<Batches>),
    /// Answers every job with the error, and tries to get back.
    Lost(Lost),
    /// Answers every job with the error until an operator acts.
    Stopped(StoreError),
}

struct Lost {
    error: StoreError,
    since: Instant,
    next: Instant,
    tries: u32,
}

pub(super) struct Keeper {
    state: State,
    around: Surroundings,
    /// Pages in the log, as the engine tells after each commit.
    pages: Arc<AtomicU32>,
    log: Log,
    moved_at: Instant,
    worked_at: Instant,
    looked_at: Option<Instant>,
    told: Option<(Instant, Option<Trouble>)>,
    /// Whether this database is one that keeps a reserve.
    reserve: Option<Reserve>,
}

impl Keeper {
    pub(super) fn new(conn: Connection, head: Head, around: Surroundings) -> Self {
        let now = monotonic();
        let reserve = Reserve::of(&around.path);
        let mut keeper = Self {
            state: State::Stopped(StoreError::Closed),
            pages: Arc::default(),
            log: Log::default(),
            moved_at: now,
            worked_at: now,
            looked_at: None,
            told: None,
            reserve: Some(reserve).filter(|reserve| reserve.held() == Held::Yes),
            around,
        };
        keeper.trust(conn, head);
        keeper
    }

    pub(super) fn run(mut self, inbox: &Receiver<Job>) {
        loop {
            let job = match self.pause() {
                None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(pause) => inbox.recv_timeout(pause),
            };
            match job {
                Ok(job) => self.take(job, inbox),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.attend();
        }
    }

    /// How long to wait for a job; for ever where nothing else is to be done.
    fn pause(&self) -> Option<Duration> {
        match &self.state {
            State::Trusted(_) => self.log().next(),
            State::Lost(lost) => Some(lost.next.saturating_duration_since(monotonic())),
            State::Stopped(_) => None,
        }
    }

    fn log(&self) -> Log {
        let now = monotonic();
        Log {
            since: now.saturating_duration_since(self.moved_at),
            idle: now.saturating_duration_since(self.worked_at),
            ..self.log
        }
    }

    fn take(&mut self, job: Job, inbox: &Receiver<Job>) {
        if self.around.vitals.is_damaged() && matches!(self.state, State::Trusted(_)) {
            let words = "a look at the database found it".to_owned();
            self.state = State::Stopped(StoreError::Failing(Trouble::Damaged, words));
        }
        self.worked_at = monotonic();
        match &mut self.state {
            State::Trusted(batches) => {
                let done = batches.commit(job, inbox);
                let pages = self.pages.load(Ordering::Relaxed);
                if pages < self.log.pages {
                    // It began again at its start.
                    self.log.moved = 0;
                }
                self.log.pages = pages;
                if let Err(error) = done {
                    self.tell(&error);
                    self.met(error);
                }
            }
            State::Lost(Lost { error, .. }) | State::Stopped(error) => {
                refuse_all(job, inbox, error);
            }
        }
    }

    /// What is to be done between two commits.
    fn attend(&mut self) {
        self.look_at_space();
        if let Some(wanted) = self.log().due()
            && let State::Trusted(batches) = &self.state
        {
            let (mode, patience) = match wanted {
                Move::Passive => (Mode::Passive, 0),
                Move::Truncate => (Mode::Truncate, MOVE_PATIENCE_MS),
            };
            let ran = checkpoint::run(&batches.conn, mode, Duration::from_millis(patience));
            self.moved(ran.map_err(|error| translate(&error)));
        }
        if let State::Lost(lost) = &self.state
            && lost.next <= monotonic()
        {
            self.come_back();
        }
    }

    fn moved(&mut self, ran: Result<Moved, StoreError>) {
        self.moved_at = monotonic();
        match ran {
            Ok(Moved { pages, moved, .. }) => {
                (self.log.pages, self.log.moved) = (pages, moved);
                self.pages.store(pages, Ordering::Relaxed);
                self.around.vitals.moved(self.around.clock.now());
            }
            Err(error) => {
                tracing::warn!(%error, "the log could not be moved into the database");
                self.met(error);
            }
        }
    }

    /// Tells of a failed commit, but not of each while a trouble lasts: the log may be on the disk
    /// that is full.
    fn tell(&mut self, error: &StoreError) {
        let (now, trouble) = (monotonic(), error.trouble());
        let fresh = |at: Instant| now.duration_since(at) < Duration::from_millis(TOLD_MS);
        if !self
            .told
            .is_some_and(|(at, told)| told == trouble && trouble.is_some() && fresh(at))
        {
            tracing::error!(%error, "a commit failed; nothing of it is acknowledged");
            self.told = Some((now, trouble));
        }
    }

    /// Decides what an error means for the connection.
    fn met(&mut self, error: StoreError) {
        self.around.vitals.met(&error);
        match error.trouble().map(Trouble::course) {
            None => {}
            Some(Course::GoOn) => self.looked_at = None,
            Some(Course::Stop) => self.state = State::Stopped(error),
            Some(Course::Reopen) => {
                tracing::error!(%error, "nothing is acknowledged until a new connection is tried");
                let now = monotonic();
                self.state = State::Lost(Lost {
                    error,
                    since: now,
                    next: now,
                    tries: 0,
                });
            }
        }
    }

    fn come_back(&mut self) {
        let tried = self.reopen();
        let State::Lost(lost) = &mut self.state else {
            return;
        };
        match tried {
            Ok((conn, head)) => {
                let seconds = monotonic().duration_since(lost.since).as_secs();
                tracing::info!(
                    seconds,
                    tries = lost.tries,
                    "the database takes commits again"
                );
                self.around.hub.grew_to(head.seq);
                self.trust(conn, head);
            }
            Err(error) => {
                if lost.tries.is_multiple_of(REOPEN_TOLD_EVERY) {
                    let tries = lost.tries;
                    tracing::error!(%error, tries, "the database cannot be trusted yet; will try again");
                }
                lost.tries = lost.tries.saturating_add(1);
                lost.next = monotonic() + Duration::from_millis(REOPEN_MS);
                if error.trouble() == Some(Trouble::Damaged) {
                    self.met(error);
                } else if error.trouble().is_some() {
                    lost.error = error;
                }
            }
        }
    }

    /// A new connection that has passed its trial.
    fn reopen(&self) -> Result<(Connection, Head), StoreError> {
        let path = &self.around.path;
        let conn = open_writer(path).map_err(open_failed)?;
        trial(&conn, path, Duration::from_millis(MOVE_PATIENCE_MS)).map_err(open_failed)?;
        let head = Head::load(&mut SqliteReads(&conn))?;
        if head.seq < self.around.hub.head() {
            let words = "the newest commits are missing".to_owned();
            return Err(StoreError::Failing(Trouble::Damaged, words));
        }
        Ok((conn, head))
    }

    fn trust(&mut self, mut conn: Connection, head: Head) {
        let pages = Arc::clone(&self.pages);
        pages.store(0, Ordering::Relaxed);
        self.log = Log::default();
        let told = move |_: &mut rusqlite::hooks::Wal, count| {
            pages.store(u32::try_from(count).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        };
        if let Err(error) = conn.wal_hook(Some(told)) {
            // The log then grows until the relay is idle; nothing is lost.
            tracing::error!(%error, "the engine does not tell how long its log is");
        }
        let Surroundings {
            clock, hub, vitals, ..
        } = self.around.clone();
        self.state = State::Trusted(Box::new(Batches {
            conn,
            head,
            clock,
            hub,
            vitals,
        }));
    }

    fn look_at_space(&mut self) {
        let now = monotonic();
        let fresh = |at: Instant| now.duration_since(at) < Duration::from_millis(SPACE_MS);
        if self.looked_at.is_some_and(fresh) {
            return;
        }
        self.looked_at = Some(now);
        let Ok(free) = space::free(&self.around.path) else {
            return;
        };
        let low = free < LOW_BYTES;
        if self.around.vitals.set_low(low) && low {
            tracing::error!(
                free,
                "the disk is nearly full: agents' new texts are refused"
            );
        }
        let Some(reserve) = &self.reserve else {
            return;
        };
        let done = match space::step(free, reserve.held()) {
            Step::Nothing => return,
            Step::Make => reserve.make(),
            Step::GiveUp => {
                tracing::error!(free, "the disk is full: the reserve is given up");
                reserve.give_up()
            }
        };
        if let Err(error) = done {
            tracing::warn!(%error, "the reserve beside the database");
        }
    }
}

fn open_failed(error: OpenError) -> StoreError {
    match error {
        OpenError::Engine {
            trouble: Some(trouble),
            message,
            ..
        } => StoreError::Failing(trouble, message),
        error => StoreError::Unavailable(error.to_string()),
    }
}
