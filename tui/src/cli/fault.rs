//! What is said of a panic: the terminal of an agent is looked at by others, and what stands there is
//! copied into reports.

use smsdesk_common::fault::words;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::Write as _;

/// Has a panic told by its place, and its words only where they stand in the code as they are: others
/// may have been made of a text, a number or a token.
pub fn tell_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info
            .location()
            .map_or_else(String::new, ToString::to_string);
        let mut out = std::io::stderr().lock();
        // Nobody may be there to read it.
        let _ = writeln!(
            out,
            "smsdesk: a fault of the program at {place}: {}",
            words(info.payload())
        );
        let trace = Backtrace::capture();
        if trace.status() == BacktraceStatus::Captured {
            let _ = writeln!(out, "{trace}");
        }
    }));
}
