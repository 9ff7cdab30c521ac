//! What is looked up at the moment that Prometheus asks.

use super::table::help;
use prometheus::{IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, proto::MetricFamily};

/// Figures of one moment.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    registry: Registry,
}

impl Sheet {
    /// One that goes up and down.
    pub(crate) fn gauge(&self, name: &str, value: u64) -> Result<(), prometheus::Error> {
        let gauge = IntGauge::with_opts(Opts::new(name, help(name)))?;
        gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        self.registry.register(Box::new(gauge))
    }

    /// One that goes up and down, where it is known.
    pub(crate) fn maybe(&self, name: &str, value: Option<u64>) -> Result<(), prometheus::Error> {
        value.map_or(Ok(()), |value| self.gauge(name, value))
    }

    /// Some that go up and down, told apart by a label.
    pub(crate) fn gauges(
        &self,
        name: &str,
        label: &str,
        values: &[(&str, u64)],
    ) -> Result<(), prometheus::Error> {
        let gauges = IntGaugeVec::new(Opts::new(name, help(name)), &[label])?;
        for (value, count) in values {
            let count = i64::try_from(*count).unwrap_or(i64::MAX);
            gauges.with_label_values(&[value]).set(count);
        }
        self.registry.register(Box::new(gauges))
    }

    /// Some that only grow, told apart by a label.
    pub(crate) fn counters(
        &self,
        name: &str,
        label: &str,
        values: &[(&str, u64)],
    ) -> Result<(), prometheus::Error> {
        let counters = IntCounterVec::new(Opts::new(name, help(name)), &[label])?;
        for (value, count) in values {
            counters.with_label_values(&[value]).inc_by(*count);
        }
        self.registry.register(Box::new(counters))
    }

    /// All of them.
    pub(crate) fn gather(&self) -> Vec<MetricFamily> {
        self.registry.gather()
    }
}
