//! Calls to the provider: how long they take, and how they end.

use super::{histogram, label_counter};
use crate::clock::monotonic;
use prometheus::{HistogramVec, IntCounterVec};
use smsdesk_common::latency::{Latencies, Spread};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Buckets in seconds: the provider answers within one as a rule, and is waited for 20.
const SECONDS: &[f64] = &[0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0];

/// What is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// Hands a text over.
    Create,
    /// A page of the messages.
    List,
    /// One message.
    Message,
    /// The attachments of a message.
    Media,
    /// Anything else.
    Other,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The provider did it.
    Success,
    /// It refused.
    Refused,
    /// It is asked too often.
    TooMany,
    /// It has a fault.
    Fault,
    /// It did not answer in time.
    Timeout,
    /// There was no connection.
    Connect,
    /// The connection broke.
    Broken,
}

impl Endpoint {
    pub(super) const ALL: [Self; 5] = [
        Self::Create,
        Self::List,
        Self::Message,
        Self::Media,
        Self::Other,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::List => "list",
            Self::Message => "message",
            Self::Media => "media",
            Self::Other => "other",
        }
    }
}

impl Ending {
    pub(super) const ALL: [Self; 7] = [
        Self::Success,
        Self::Refused,
        Self::TooMany,
        Self::Fault,
        Self::Timeout,
        Self::Connect,
        Self::Broken,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Success => "2xx",
            Self::Refused => "4xx",
            Self::TooMany => "429",
            Self::Fault => "5xx",
            Self::Timeout => "timeout",
            Self::Connect => "connect",
            Self::Broken => "broken",
        }
    }

    /// What an answer of this status is.
    pub(crate) const fn of(status: u16) -> Self {
        match status {
            0..=299 => Self::Success,
            429 => Self::TooMany,
            300..=499 => Self::Refused,
            _ => Self::Fault,
        }
    }
}

/// Counts calls. Clones count together.
#[derive(Clone, Debug)]
pub(crate) struct Calls {
    ended: IntCounterVec,
    seconds: HistogramVec,
    newest: Arc<Mutex<Latencies>>,
}

impl Calls {
    pub(super) fn new() -> Result<Self, prometheus::Error> {
        let calls = Self {
            ended: label_counter("smsdesk_twilio_calls_total", &["endpoint", "outcome"])?,
            seconds: histogram("smsdesk_twilio_call_seconds", &["endpoint"], SECONDS)?,
            newest: Arc::default(),
        };
        for endpoint in Endpoint::ALL {
            calls.seconds.with_label_values(&[endpoint.name()]);
            for ending in Ending::ALL {
                calls.count(endpoint, ending, 0);
            }
        }
        Ok(calls)
    }

    pub(super) fn parts(&self) -> [Box<dyn prometheus::core::Collector>; 2] {
        [Box::new(self.ended.clone()), Box::new(self.seconds.clone())]
    }

    fn count(&self, endpoint: Endpoint, ending: Ending, by: u64) {
        let labels = [endpoint.name(), ending.name()];
        self.ended.with_label_values(&labels).inc_by(by);
    }

    /// A call that began then has ended now.
    pub(crate) fn ended(&self, endpoint: Endpoint, ending: Ending, began: Instant) {
        let took = monotonic().duration_since(began);
        self.count(endpoint, ending, 1);
        let seconds = self.seconds.with_label_values(&[endpoint.name()]);
        seconds.observe(took.as_secs_f64());
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        newest.add(us);
    }

    /// How long the newest took.
    pub(crate) fn spread(&self) -> Option<Spread> {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        newest.spread()
    }

    /// How many were made, and how many of them did not succeed.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let ended = |ending: &Ending| -> u64 {
            let counts = Endpoint::ALL.map(|endpoint| {
                let labels = [endpoint.name(), ending.name()];
                self.ended.with_label_values(&labels).get()
            });
            counts.iter().sum()
        };
        let all = Ending::ALL.iter().map(ended).sum();
        let failed = Ending::ALL.iter().skip(1).map(ended).sum();
        (all, failed)
    }
}
