//! Prints the figures that the project promises:
//! `cargo run --release -p smsdesk-tests --bin bench`, with `-- --list` for the scenarios.
//!
//! It is also the programs that it measures: started with [`ROLE`] it is the relay, the app or a floor under both.

use smsdesk_tests::bench::{self, ROLE};
use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    Ok(match std::env::var(ROLE).as_deref() {
        Ok("relay") => smsdesk_relay::cli::main(),
        Ok("desk") => smsdesk::cli::main(),
        Ok("echo") => {
            bench::echo()?;
            ExitCode::SUCCESS
        }
        _ => {
            bench::main(std::env::args().skip(1))?;
            ExitCode::SUCCESS
        }
    })
}
