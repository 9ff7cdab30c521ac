//! Commits: how long the disk takes, and how much goes into one.

use super::histogram_alone;
use prometheus::Histogram;
use smsdesk_common::latency::{Latencies, Spread};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Buckets in seconds: a good disk syncs within two milliseconds, a bad one within a hundred.
const SECONDS: &[f64] = &[
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];
/// Buckets of jobs: a commit takes 256 at most.
const JOBS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// Counts commits. Clones count together.
#[derive(Clone, Debug)]
pub(crate) struct Commits {
    seconds: Histogram,
    jobs: Histogram,
    newest: Arc<Mutex<Latencies>>,
}

impl Commits {
    pub(super) fn new() -> Result<Self, prometheus::Error> {
        Ok(Self {
            seconds: histogram_alone("smsdesk_commit_seconds", SECONDS)?,
            jobs: histogram_alone("smsdesk_commit_jobs", JOBS)?,
            newest: Arc::default(),
        })
    }

    pub(super) fn parts(&self) -> [Box<dyn prometheus::core::Collector>; 2] {
        [Box::new(self.seconds.clone()), Box::new(self.jobs.clone())]
    }

    /// One of so many jobs was made, and took so long.
    pub(crate) fn made(&self, jobs: usize, took: Duration) {
        self.seconds.observe(took.as_secs_f64());
        self.jobs
            .observe(f64::from(u32::try_from(jobs).unwrap_or(u32::MAX)));
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        newest.add(us);
    }

    /// How long the newest took.
    pub(crate) fn spread(&self) -> Option<Spread> {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        newest.spread()
    }
}
