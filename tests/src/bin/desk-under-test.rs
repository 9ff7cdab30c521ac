//! The terminal app's program under another name, so that tests of this package have its path.

use std::process::ExitCode;

fn main() -> ExitCode {
    smsdesk::cli::main()
}
