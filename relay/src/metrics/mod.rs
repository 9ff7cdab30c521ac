//! What the relay counts of itself, in the shapes that Prometheus takes. `http/metrics.rs` tells it.
//!
//! Labels are of closed sets: never a number, a name, a path or anything else from outside.

pub(crate) mod calls;
pub(crate) mod commits;
pub(crate) mod refusals;
pub(crate) mod sheet;
pub mod table;
pub(crate) mod webhooks;

use calls::Calls;
use commits::Commits;
use prometheus::process_collector::ProcessCollector;
use prometheus::proto::MetricFamily;
use prometheus::{Histogram, HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry};
use refusals::Answers;
use table::help;
use webhooks::Webhooks;

/// Everything that is counted while the relay works.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    pub(crate) webhooks: Webhooks,
    pub(crate) answers: Answers,
    pub(crate) commits: Commits,
    pub(crate) calls: Calls,
}

impl Metrics {
    /// Nothing was counted yet.
    ///
    /// # Errors
    /// A figure is not one that Prometheus takes, which a test would have found.
    pub(crate) fn new() -> Result<Self, prometheus::Error> {
        let metrics = Self {
            registry: Registry::new(),
            webhooks: Webhooks::new()?,
            answers: Answers::new()?,
            commits: Commits::new()?,
            calls: Calls::new()?,
        };
        let parts = [
            metrics.webhooks.parts(),
            metrics.answers.parts(),
            metrics.commits.parts(),
            metrics.calls.parts(),
        ];
        for part in parts.into_iter().flatten() {
            metrics.registry.register(part)?;
        }
        let process = ProcessCollector::for_self();
        metrics.registry.register(Box::new(process))?;
        Ok(metrics)
    }

    /// What was counted.
    pub(crate) fn gather(&self) -> Vec<MetricFamily> {
        self.registry.gather()
    }
}

fn label_counter(name: &str, labels: &[&str]) -> Result<IntCounterVec, prometheus::Error> {
    IntCounterVec::new(Opts::new(name, help(name)), labels)
}

fn histogram(
    name: &str,
    labels: &[&str],
    buckets: &[f64],
) -> Result<HistogramVec, prometheus::Error> {
    let opts = HistogramOpts::new(name, help(name)).buckets(buckets.to_vec());
    HistogramVec::new(opts, labels)
}

fn histogram_alone(name: &str, buckets: &[f64]) -> Result<Histogram, prometheus::Error> {
    let opts = HistogramOpts::new(name, help(name)).buckets(buckets.to_vec());
    Histogram::with_opts(opts)
}
