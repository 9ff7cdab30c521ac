//! Logs: one line an event on stderr. Never a body, a number or a secret; ids and counts instead.

use clap::ValueEnum;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// How a log line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines: one JSON object a line.
    Json,
}

/// Starts logging for the whole process; a second call changes nothing.
pub fn start(format: LogFormat, level: LevelFilter) {
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_target(false);
    let layer = match format {
        LogFormat::Text => layer.with_ansi(false).boxed(),
        LogFormat::Json => layer.json().flatten_event(true).boxed(),
    };
    let ours = layer
        .with_filter(level)
        .with_filter(tracing_subscriber::filter::filter_fn(|meta| {
            // Other libraries log addresses and headers.
            meta.target().starts_with("smsdesk")
        }));
    let _ = tracing_subscriber::registry().with(ours).try_init();
}
