//! What came of judging texts since the start: for the metrics and for whoever asks.

use smsdesk_common::api::health::Insighted;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// Why a text stays without a judgement, or an endpoint is asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The answer was empty.
    Empty,
    /// The answer was longer than is read.
    Huge,
    /// The answer was not the JSON that was asked for.
    NotJson,
    /// The answer held a value that there is not.
    UnknownValue,
    /// The endpoint does not take the question.
    Rejected,
    /// The endpoint is asked too much.
    Busy,
    /// The endpoint failed.
    Failed,
    /// There was no answer in time.
    TimedOut,
    /// There is no way to the endpoint.
    Unreachable,
    /// The text was asked about several times in vain.
    GaveUp,
}

impl Reason {
    /// All of them, with their names in the metrics.
    pub const ALL: [(Self, &'static str); 10] = [
        (Self::Empty, "empty"),
        (Self::Huge, "huge"),
        (Self::NotJson, "not_json"),
        (Self::UnknownValue, "unknown_value"),
        (Self::Rejected, "rejected"),
        (Self::Busy, "busy"),
        (Self::Failed, "failed"),
        (Self::TimedOut, "timed_out"),
        (Self::Unreachable, "unreachable"),
        (Self::GaveUp, "gave_up"),
    ];

    /// The name in the metrics.
    pub fn name(self) -> &'static str {
        let named = Self::ALL.iter().find(|(reason, _)| *reason == self);
        named.map_or("", |(_, name)| name)
    }

    const fn place(self) -> usize {
        match self {
            Self::Empty => 0,
            Self::Huge => 1,
            Self::NotJson => 2,
            Self::UnknownValue => 3,
            Self::Rejected => 4,
            Self::Busy => 5,
            Self::Failed => 6,
            Self::TimedOut => 7,
            Self::Unreachable => 8,
            Self::GaveUp => 9,
        }
    }
}

/// How it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    /// As it should.
    Well = 0,
    /// The endpoint is out of order and asked seldom.
    Broken = 1,
    /// The day's money is spent.
    Capped = 2,
}

/// Counters since the start.
#[derive(Debug, Default)]
pub struct Tally {
    judged: AtomicU64,
    reasons: [AtomicU64; 10],
    state: AtomicU8,
}

impl Tally {
    pub(super) fn judged(&self, count: usize) {
        let count = u64::try_from(count).unwrap_or(0);
        self.judged.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn count(&self, reason: Reason) {
        self.reasons[reason.place()].fetch_add(1, Ordering::Relaxed);
    }

    /// Says how it goes on; whether it was otherwise before.
    pub(super) fn set(&self, state: State) -> bool {
        self.state.swap(state as u8, Ordering::Relaxed) != state as u8
    }

    /// How it goes on.
    pub fn state(&self) -> State {
        match self.state.load(Ordering::Relaxed) {
            1 => State::Broken,
            2 => State::Capped,
            _ => State::Well,
        }
    }

    /// How many texts were judged.
    pub fn judgements(&self) -> u64 {
        self.judged.load(Ordering::Relaxed)
    }

    /// How many times that happened.
    pub fn counted(&self, reason: Reason) -> u64 {
        self.reasons[reason.place()].load(Ordering::Relaxed)
    }

    /// What `GET /health` tells.
    pub fn told(&self) -> Insighted {
        let failed = Reason::ALL.iter().map(|(reason, _)| self.counted(*reason));
        Insighted {
            judged: self.judgements(),
            failed: failed.sum(),
            paused: match self.state() {
                State::Well => None,
                State::Broken => Some("the endpoint does not answer as it should".to_owned()),
                State::Capped => Some("the day's cost cap is reached".to_owned()),
            },
        }
    }
}
