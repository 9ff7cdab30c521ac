//! Kills, starves and powers off the real programs, and checks what is left:
//! `cargo run -p smsdesk-tests --bin rig -- kills`. docs/reliability.md says how to read it.
//!
//! It is also the programs that it breaks: started with [`ROLE`] it is the relay or an app.

use smsdesk_tests::rig::{self, ROLE};
use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    match std::env::var(ROLE).as_deref() {
        Ok("relay") => Ok(smsdesk_relay::cli::main()),
        Ok("quick-relay") => rig::quick_relay(),
        Ok("clock-relay") => rig::clock_relay(),
        Ok("desk") => rig::desk(),
        _ => rig::main(),
    }
}
