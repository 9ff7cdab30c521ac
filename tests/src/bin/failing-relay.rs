//! The relay's program with faults that can be planted while it runs: a file in the folder `$FAULTS`,
//! named `request`, `job` or `writer`, has the next of these panic, once, with what stands in it.

use smsdesk_common::time::Timestamp;
use smsdesk_relay::clock::Clock;
use std::hash::{BuildHasher as _, RandomState};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The thread that writes to the database.
const WRITER: &str = "store-writer";

fn main() -> ExitCode {
    let faults = PathBuf::from(std::env::var_os("FAULTS").unwrap_or_default());
    let system = Clock::system();
    let (of_time, of_ids) = (faults.clone(), faults);
    let clock = Clock::from_fn(move || time(&system, &of_time)).with_ids(move || chance(&of_ids));
    smsdesk_relay::cli::main_by(&clock)
}

/// The writer asks for the time before each job, and requests do.
fn time(system: &Clock, faults: &Path) -> Timestamp {
    let span = tracing::Span::current();
    if is_writer() {
        panic_where_planted(&faults.join("writer"));
    } else if span.metadata().is_some_and(|of| of.name() == "request") {
        panic_where_planted(&faults.join("request"));
    }
    system.now()
}

/// Jobs make ids.
fn chance(faults: &Path) -> [u8; 10] {
    if is_writer() {
        panic_where_planted(&faults.join("job"));
    }
    let mut bytes = [0; 10];
    for half in bytes.chunks_mut(5) {
        let chance = RandomState::new().hash_one(0).to_le_bytes();
        half.copy_from_slice(&chance[..half.len()]);
    }
    bytes
}

fn is_writer() -> bool {
    std::thread::current().name() == Some(WRITER)
}

fn panic_where_planted(file: &Path) {
    let Ok(words) = std::fs::read_to_string(file) else {
        return;
    };
    // Only one of those who come at the same time takes it away.
    if std::fs::remove_file(file).is_ok() {
        panic!("no boundary in {words}");
    }
}
