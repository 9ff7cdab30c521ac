//! The app's doctor: the way to the relay, what this device has of it, and the terminal.
//!
//! It changes nothing, and works beside the app as well as without it.

mod device;
mod encryption;
mod files;
mod relay;
mod screen;

use crate::cache::cipher::Sealing;
use crate::cache::glance::{Glance, glance};
use crate::clock;
use crate::config::Config;
use crate::identity::Identity;
use crate::link::RelayUrl;
use smsdesk_common::checkup::{self, Check, State};
use std::path::Path;

/// Everything that was looked at.
pub type Report = checkup::Report;

/// The checks' lasting names, in the order in which they are told, and what each looks at.
pub const NAMES: &[(&str, &str)] = &[
    (CONNECTION, "whether the relay answers, and how fast"),
    (
        TOKEN,
        "whether this device's token is taken, and who it belongs to",
    ),
    (STREAM, "whether the live stream opens"),
    (VERSION, "this program's version beside the relay's"),
    (CLOCK, "this machine's clock beside the relay's"),
    (
        COPY,
        "how far the copy of the records goes, and whether it equals the relay's",
    ),
    (
        OUTBOX,
        "texts, notes and changes that the relay has not confirmed, and drafts",
    ),
    (
        FILES,
        "who else may read the copy, the outbox and the token",
    ),
    (
        ENCRYPTION,
        "whether copy and outbox are encrypted, and where the keys are",
    ),
    (TERMINAL, "what the terminal can do"),
];

const CONNECTION: &str = "connection";
const TOKEN: &str = "token";
const STREAM: &str = "stream";
const VERSION: &str = "version";
const CLOCK: &str = "clock";
const COPY: &str = "copy";
const OUTBOX: &str = "outbox";
const FILES: &str = "files";
const ENCRYPTION: &str = "encryption";
const TERMINAL: &str = "terminal";

/// Looks at everything: this device by the files in `folder`, the relay by what joining it gave.
pub async fn run(
    config: &Config,
    (folder, sealing): (&Path, Result<&Sealing, &str>),
    relay: Option<(RelayUrl, &Identity)>,
) -> Report {
    let (at, begun) = (clock::now(), clock::monotonic());
    let seen = glance(folder, sealing.unwrap_or(&Sealing::default()));
    let encryption = encryption::look(folder, sealing, seen.as_ref().map(drop));
    let seen = seen.map_err(|error| error.to_string());
    let has_token = encryption.state != State::Fail;
    let mut checks = vec![screen::look(config), files::look(folder), encryption];
    checks.extend(device::judge(&seen));
    match relay {
        Some((url, identity)) => {
            let cursor = match &seen {
                Ok(Some(Glance { cursor, .. })) => cursor.as_ref(),
                _ => None,
            };
            checks.extend(relay::look(&url, identity, cursor).await);
        }
        None if !has_token => {
            let sentence = "The token is in outbox.db, for which there is no key.";
            checks.push(Check::skipped(CONNECTION, sentence));
        }
        None => checks.push(Check::fail(
            CONNECTION,
            "No relay was joined yet.",
            "Ask the relay's operator for an invite, and run `smsdesk join INVITE`.",
        )),
    }
    let took =
        u64::try_from(clock::monotonic().duration_since(begun).as_millis()).unwrap_or(u64::MAX);
    Report::of((env!("CARGO_PKG_VERSION"), NAMES), checks, at, took)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_has_every_check() {
        let page = include_str!("../../../docs/operations.md");
        for (name, what) in NAMES {
            assert!(page.contains(&format!("| `{name}` | {what} |")), "{name}");
        }
    }
}
