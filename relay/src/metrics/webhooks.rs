//! Webhooks: what came of each, and how long its answer took.

use super::{histogram, label_counter};
use crate::clock::monotonic;
use prometheus::{HistogramVec, IntCounterVec};
use smsdesk_common::latency::{Latencies, Spread};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Buckets in seconds: a commit takes a few milliseconds, and the provider waits for 15 seconds.
const SECONDS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0,
];

/// What a webhook is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Webhook {
    /// A customer's text.
    Message,
    /// How far a text has come.
    Status,
    /// A call, and what became of it.
    Call,
}

/// What came of one. Travels beside the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Stored.
    Stored,
    /// It was stored before.
    Repeated,
    /// The signature is missing or wrong.
    Signature,
    /// Its content makes no sense, or is of another type.
    Malformed,
    /// It is too large.
    TooLarge,
    /// It came by GET.
    Method,
    /// It could not be stored.
    Unavailable,
    /// There was no answer: whoever called went away, or the relay has a fault.
    Unanswered,
}

impl Webhook {
    const ALL: [Self; 3] = [Self::Message, Self::Status, Self::Call];

    /// What a path is about.
    pub(crate) fn at(path: &str) -> Self {
        match path.rsplit('/').next() {
            Some("status") => Self::Status,
            Some("voice" | "call-status") => Self::Call,
            _ => Self::Message,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Status => "status",
            Self::Call => "call",
        }
    }
}

impl Outcome {
    const ALL: [Self; 8] = [
        Self::Stored,
        Self::Repeated,
        Self::Signature,
        Self::Malformed,
        Self::TooLarge,
        Self::Method,
        Self::Unavailable,
        Self::Unanswered,
    ];

    /// The name in the metrics and in the log.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Repeated => "repeated",
            Self::Signature => "signature",
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
            Self::Method => "method",
            Self::Unavailable => "unavailable",
            Self::Unanswered => "unanswered",
        }
    }

    const fn is_accepted(self) -> bool {
        matches!(self, Self::Stored | Self::Repeated)
    }
}

/// Counts webhooks.
#[derive(Debug)]
pub(crate) struct Webhooks {
    ended: IntCounterVec,
    seconds: HistogramVec,
    acks: Mutex<Latencies>,
}

impl Webhooks {
    pub(super) fn new() -> Result<Self, prometheus::Error> {
        let webhooks = Self {
            ended: label_counter("smsdesk_webhooks_total", &["kind", "outcome"])?,
            seconds: histogram("smsdesk_webhook_seconds", &["kind"], SECONDS)?,
            acks: Mutex::default(),
        };
        for kind in Webhook::ALL {
            webhooks.seconds.with_label_values(&[kind.name()]);
            for outcome in Outcome::ALL {
                webhooks.count(kind, outcome, 0);
            }
        }
        Ok(webhooks)
    }

    pub(super) fn parts(&self) -> [Box<dyn prometheus::core::Collector>; 2] {
        [Box::new(self.ended.clone()), Box::new(self.seconds.clone())]
    }

    fn count(&self, kind: Webhook, outcome: Outcome, by: u64) {
        let labels = [kind.name(), outcome.name()];
        self.ended.with_label_values(&labels).inc_by(by);
    }

    /// One has come; it counts as unanswered until it is told otherwise.
    pub(crate) fn came(&self, kind: Webhook) -> Coming<'_> {
        Coming {
            webhooks: self,
            kind,
            outcome: Outcome::Unanswered,
            began: monotonic(),
        }
    }

    /// From webhook to answer, of the newest that were accepted.
    pub(crate) fn acks(&self) -> Option<Spread> {
        self.acks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .spread()
    }

    /// How many were accepted, and how many were not.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let counted = |accepted: bool| {
            let all = Webhook::ALL
                .into_iter()
                .flat_map(|kind| Outcome::ALL.map(|outcome| (kind, outcome)));
            all.filter(|(_, outcome)| outcome.is_accepted() == accepted)
                .map(|(kind, outcome)| {
                    let labels = [kind.name(), outcome.name()];
                    self.ended.with_label_values(&labels).get()
                })
                .sum()
        };
        (counted(true), counted(false))
    }
}

/// A webhook under way. Counted once it is dropped, however that comes about.
#[derive(Debug)]
pub(crate) struct Coming<'a> {
    webhooks: &'a Webhooks,
    kind: Webhook,
    outcome: Outcome,
    began: Instant,
}

impl Coming<'_> {
    /// This came of it.
    pub(crate) const fn ended(&mut self, outcome: Outcome) {
        self.outcome = outcome;
    }
}

impl Drop for Coming<'_> {
    fn drop(&mut self) {
        let took = monotonic().duration_since(self.began);
        self.webhooks.count(self.kind, self.outcome, 1);
        let seconds = self.webhooks.seconds.with_label_values(&[self.kind.name()]);
        seconds.observe(took.as_secs_f64());
        if self.outcome.is_accepted() {
            let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
            let acks = &self.webhooks.acks;
            acks.lock().unwrap_or_else(PoisonError::into_inner).add(us);
        }
    }
}
