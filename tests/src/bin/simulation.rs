//! Runs simulated worlds, each from its seed:
//!
//! ```text
//! cargo run -p smsdesk-tests --bin simulation -- --seeds 20000 --from 1
//! cargo run -p smsdesk-tests --bin simulation -- --seed 17 --trace
//! ```

use smsdesk_tests::simulation::{self, Asked};
use std::process::ExitCode;

#[expect(clippy::print_stderr, reason = "this is a command line")]
fn main() -> ExitCode {
    match Asked::from_words(std::env::args().skip(1)) {
        Ok(asked) => simulation::main(&asked),
        Err(words) => {
            eprintln!("{words}");
            ExitCode::from(2)
        }
    }
}
