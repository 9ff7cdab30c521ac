//! Logs: one line an event on stderr. Never a body, a number or a secret; ids and counts instead.

mod flat;

use clap::ValueEnum;
use flat::Flat;
use smsdesk_common::fault;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::reload::{self, Handle};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, Registry};

/// How a log line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines: one JSON object a line.
    Json,
}

/// How much is logged, to be changed.
#[derive(Clone, Debug)]
pub struct Level(Handle<LevelFilter, Registry>);

impl Level {
    /// So much is logged from now on.
    pub fn set(&self, level: LevelFilter) {
        // It fails where nothing is logged any more.
        let _ = self.0.reload(level);
    }
}

/// Starts logging for the whole process; a second call changes nothing. What it returns says how much
/// from then on.
pub fn start(format: LogFormat, level: LevelFilter) -> Level {
    let (level, handle) = reload::Layer::new(level);
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_target(false);
    let layer = match format {
        LogFormat::Text => layer.with_ansi(false).boxed(),
        LogFormat::Json => layer
            .fmt_fields(JsonFields::new())
            .event_format(Flat)
            .boxed(),
    };
    let ours = layer
        .with_filter(level)
        .with_filter(tracing_subscriber::filter::filter_fn(|meta| {
            // Other libraries log addresses and headers.
            meta.target().starts_with("smsdesk")
        }));
    let _ = tracing_subscriber::registry().with(ours).try_init();
    Level(handle)
}

/// Has a panic told as a line of the log, by its place. Its words only where they stand in the code as
/// they are: others may have been made of a text or a number.
pub fn tell_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info
            .location()
            .map_or_else(String::new, ToString::to_string);
        tracing::error!(place, words = fault::words(info.payload()), "a panic");
    }));
}
