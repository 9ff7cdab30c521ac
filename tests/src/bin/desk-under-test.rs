//! The terminal app's program under another name, so that tests of this package have its path. It tells
//! of itself, which the app does to nobody, in the file `$DESK_LOG`, where one is named.

use std::fs::File;
use std::process::ExitCode;
use std::sync::Arc;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

fn main() -> ExitCode {
    let log = std::env::var_os("DESK_LOG");
    if let Some(log) =
        log.and_then(|path| File::options().create(true).append(true).open(path).ok())
    {
        let layer = tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .with_writer(Arc::new(log));
        let ours = layer.with_filter(filter_fn(|of| of.target().starts_with("smsdesk")));
        tracing_subscriber::registry().with(ours).init();
        tracing::info!(target: "smsdesk-under-test", "what is told is kept");
    }
    smsdesk::cli::main()
}
