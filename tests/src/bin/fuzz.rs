//! Hostile input, for as long as one likes:
//!
//! ```text
//! cargo run --release -p smsdesk-tests --bin fuzz -- filter --for 10m
//! cargo run --release -p smsdesk-tests --bin fuzz -- all --tries 100000 --seed 7
//! ```

use smsdesk_tests::fuzz::{self, Asked};
use std::process::ExitCode;

#[expect(clippy::print_stderr, reason = "this is a command line")]
fn main() -> ExitCode {
    match Asked::from_words(std::env::args().skip(1)) {
        Ok(asked) => fuzz::main(&asked),
        Err(words) => {
            eprintln!("{words}");
            ExitCode::from(2)
        }
    }
}
