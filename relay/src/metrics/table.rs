//! Every figure that the relay exports: one table for what is told, for what is documented, and for
//! what dashboards and alerts may name.

/// What kind of figure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows, until a restart.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts by size: Prometheus knows it as `_bucket`, `_sum` and `_count`.
    Histogram,
}

/// One figure.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// The name.
    pub name: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// By what it is told apart; labels are of closed sets, and never a number or a name of anybody.
    pub labels: &'static [&'static str],
    /// What it says, in a sentence.
    pub help: &'static str,
}

impl Kind {
    /// As Prometheus calls it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

const fn of(
    name: &'static str,
    kind: Kind,
    labels: &'static [&'static str],
    help: &'static str,
) -> Figure {
    Figure {
        name,
        kind,
        labels,
        help,
    }
}

const fn gauge(name: &'static str, help: &'static str) -> Figure {
    of(name, Kind::Gauge, &[], help)
}

const fn counter(name: &'static str, label: &'static [&'static str], help: &'static str) -> Figure {
    of(name, Kind::Counter, label, help)
}

/// All of them, in the order of the documentation.
pub const FIGURES: &[Figure] = &[
    of(
        "smsdesk_build_info",
        Kind::Gauge,
        &["version"],
        "Always 1; which version runs.",
    ),
    counter(
        "smsdesk_webhooks_total",
        &["kind", "outcome"],
        "Webhooks of the provider, by what came of them.",
    ),
    of(
        "smsdesk_webhook_seconds",
        Kind::Histogram,
        &["kind"],
        "From a webhook to its answer, which comes after the commit.",
    ),
    gauge(
        "smsdesk_last_webhook_age_seconds",
        "Seconds since the last accepted webhook; not there before the first.",
    ),
    counter(
        "smsdesk_requests_total",
        &["class"],
        "Answers to all requests, by the class of their status.",
    ),
    counter(
        "smsdesk_refused_total",
        &["code"],
        "Requests that were not served, by the code of the error.",
    ),
    of(
        "smsdesk_commit_seconds",
        Kind::Histogram,
        &[],
        "How long commits took, the disk's sync included.",
    ),
    of(
        "smsdesk_commit_jobs",
        Kind::Histogram,
        &[],
        "How many jobs went into a commit.",
    ),
    gauge("smsdesk_feed_head", "Newest position of the feed."),
    gauge(
        "smsdesk_feed_lag_changes",
        "Changes that the slowest open stream has not acknowledged.",
    ),
    of(
        "smsdesk_stream_sessions",
        Kind::Gauge,
        &["kind"],
        "Streams that are open, of people and of programs.",
    ),
    gauge(
        "smsdesk_outbox_waiting",
        "Texts that wait to be handed to the provider, those that are just being handed over included.",
    ),
    gauge(
        "smsdesk_outbox_sending",
        "Texts that are just being handed to the provider.",
    ),
    gauge(
        "smsdesk_outbox_unknown",
        "Texts of which it is unknown whether the provider has them.",
    ),
    gauge(
        "smsdesk_sends_paused",
        "Whether an operator has paused everything that goes out.",
    ),
    gauge(
        "smsdesk_sending_paused_lines",
        "Lines that do not send, because the provider refuses their account.",
    ),
    counter(
        "smsdesk_twilio_calls_total",
        &["endpoint", "outcome"],
        "Calls to the provider, by what was answered.",
    ),
    of(
        "smsdesk_twilio_call_seconds",
        Kind::Histogram,
        &["endpoint"],
        "From a call to the provider to the head of its answer.",
    ),
    counter(
        "smsdesk_reconciled_total",
        &["kind"],
        "What the provider's lists told and no webhook did.",
    ),
    counter(
        "smsdesk_unknown_settled_total",
        &["by"],
        "Texts of unknown fate, by what settled them.",
    ),
    counter(
        "smsdesk_redacted_total",
        &["in"],
        "Listed messages whose words the account had removed.",
    ),
    gauge(
        "smsdesk_lists_read_age_seconds",
        "Seconds since the provider's lists were last read in full; not there before the first time.",
    ),
    counter(
        "smsdesk_insight_total",
        &["texts"],
        "Customers' texts that were judged; where somebody judges.",
    ),
    counter(
        "smsdesk_insight_failed_total",
        &["reason"],
        "Answers of the endpoint that were of no use, and questions without one; where somebody judges.",
    ),
    gauge(
        "smsdesk_insight_paused",
        "Whether nothing is judged now: the endpoint fails, or the cost cap is reached; where somebody judges.",
    ),
    gauge(
        "smsdesk_backup_age_seconds",
        "Seconds since the newest verified backup was made; where the relay makes them.",
    ),
    gauge("smsdesk_database_bytes", "Size of the database's file."),
    gauge("smsdesk_wal_bytes", "Size of the write-ahead log's file."),
    gauge(
        "smsdesk_last_checkpoint_age_seconds",
        "Seconds since the log was last moved into the database; not there before the first time.",
    ),
    gauge("smsdesk_disk_free_bytes", "Room on the database's disk."),
    gauge(
        "smsdesk_certificate_left_seconds",
        "Seconds until the certificate that is shown ends, 0 after that; where the relay speaks TLS itself.",
    ),
    of(
        "process_cpu_seconds_total",
        Kind::Counter,
        &[],
        "Total user and system CPU time spent in seconds.",
    ),
    gauge("process_open_fds", "Number of open file descriptors."),
    gauge(
        "process_max_fds",
        "Maximum number of open file descriptors.",
    ),
    gauge(
        "process_resident_memory_bytes",
        "Resident memory size in bytes.",
    ),
    gauge(
        "process_virtual_memory_bytes",
        "Virtual memory size in bytes.",
    ),
    gauge(
        "process_start_time_seconds",
        "Start time of the process since unix epoch in seconds.",
    ),
    gauge("process_threads", "Number of OS threads in the process."),
];

/// What a figure says. One that is not in the table says nothing, which a test finds.
pub(super) fn help(name: &str) -> &'static str {
    let found = FIGURES.iter().find(|figure| figure.name == name);
    found.map_or("", |figure| figure.help)
}
