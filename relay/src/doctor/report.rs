//! The names of the doctor's checks, and what would mend what they find. Pure.

use crate::twilio::holdings::Hook;
use crate::twilio::sid::NumberSid;
use smsdesk_common::checkup;
use smsdesk_common::phone::Address;
use std::path::PathBuf;

pub use checkup::State;

/// A check that may know what would mend it.
pub type Check = checkup::Check<Fix>;
/// Everything that was looked at.
pub type Report = checkup::Report<Fix>;

/// The checks' lasting names, in the order in which they are told, and what each looks at.
pub const NAMES: &[(&str, &str)] = &[
    (
        FILES,
        "who else may read or write the configuration, secrets, the database, its socket",
    ),
    (
        DATABASE,
        "the database's schema and whether its file is sound",
    ),
    (
        ROOM,
        "room on the disk, and how far the write-ahead log has grown",
    ),
    (SPEED, "how fast the disk commits"),
    (
        CREDENTIALS,
        "whether Twilio takes the auth token and the API key of each account",
    ),
    (ACCOUNT, "whether each account is active, and not a trial"),
    (
        LINE,
        "whether the account has the line, and the line can text",
    ),
    (
        SERVICE,
        "messaging services that take a number's texts elsewhere",
    ),
    (APPLICATION, "applications that do"),
    (WEBHOOK, "address and method of each line's webhook"),
    (
        FALLBACK,
        "whether Twilio tries again, and a fallback address",
    ),
    (
        ALERTS,
        "webhooks that failed in the last 24 hours, by Twilio's account",
    ),
    (CLOCK, "this machine's clock beside Twilio's"),
    (
        RELAY,
        "whether the relay runs, as this version and without troubles of its own",
    ),
    (
        RECONCILED,
        "texts and reports whose webhooks were lost, as the relay found them since its start",
    ),
    (URL, "whether the public URL leads here"),
    (
        CERTIFICATE,
        "the certificate of the public URL, and how long it lasts",
    ),
    (
        SIGNATURE,
        "whether a signed webhook comes through the public URL unchanged",
    ),
    (
        STATUS_URL,
        "the same for the address of delivery reports, whose query is signed, too",
    ),
];

/// See [`NAMES`].
pub const FILES: &str = "files";
/// See [`NAMES`].
pub const DATABASE: &str = "database";
/// See [`NAMES`].
pub const ROOM: &str = "disk_room";
/// See [`NAMES`].
pub const SPEED: &str = "disk_speed";
/// See [`NAMES`].
pub const CREDENTIALS: &str = "credentials";
/// See [`NAMES`].
pub const ACCOUNT: &str = "account";
/// See [`NAMES`].
pub const LINE: &str = "line";
/// See [`NAMES`].
pub const SERVICE: &str = "messaging_service";
/// See [`NAMES`].
pub const APPLICATION: &str = "application";
/// See [`NAMES`].
pub const WEBHOOK: &str = "webhook";
/// See [`NAMES`].
pub const FALLBACK: &str = "fallback";
/// See [`NAMES`].
pub const ALERTS: &str = "alerts";
/// See [`NAMES`].
pub const CLOCK: &str = "clock";
/// See [`NAMES`].
pub const RELAY: &str = "relay";
/// See [`NAMES`].
pub const RECONCILED: &str = "reconciled";
/// See [`NAMES`].
pub const URL: &str = "public_url";
/// See [`NAMES`].
pub const CERTIFICATE: &str = "certificate";
/// See [`NAMES`].
pub const SIGNATURE: &str = "signature";
/// See [`NAMES`].
pub const STATUS_URL: &str = "status_url";

/// What would mend something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fix {
    /// A file gets these rights.
    Mode {
        /// Which.
        path: PathBuf,
        /// Its new rights.
        mode: u32,
    },
    /// A number's webhook becomes ours. It may be another program's, so that somebody has to agree.
    Webhook {
        /// Which line.
        line: Address,
        /// Twilio's id of it.
        number: NumberSid,
        /// What it is now.
        before: Hook,
        /// What it becomes, by POST.
        url: String,
    },
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
