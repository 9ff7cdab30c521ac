//! Prints the figures that the project promises:
//! `cargo run --release -p smsdesk-tests --bin bench`.
//!
//! It is also the programs that it measures: started with [`ROLE`] it is the relay or the app.

use smsdesk_tests::bench::{self, ROLE};
use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    Ok(match std::env::var(ROLE).as_deref() {
        Ok("relay") => smsdesk_relay::cli::main(),
        Ok("desk") => smsdesk::cli::main(),
        _ => {
            bench::main()?;
            ExitCode::SUCCESS
        }
    })
}
