//! `smsdesk`: see `cli` for what it can be asked to do.

use std::process::ExitCode;

fn main() -> ExitCode {
    smsdesk::cli::main()
}
