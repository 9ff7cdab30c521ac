//! What reads what others write. Each target says by itself what must hold beside that nothing breaks:
//! what was written reads back, what was cut is short, what is shown is safe.

mod asks;
mod files;
mod texts;
mod wire;

use super::Target;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};

/// Tries of a target whose inputs take microseconds in a program that is not optimised.
const QUICK: u64 = 20_000;
/// Tries of one whose inputs take a good part of a millisecond.
const SLOW: u64 = 3_000;
/// Tries of one whose inputs take several milliseconds.
const SLOWEST: u64 = 800;

/// All of them.
pub const TARGETS: &[Target] = &[
    Target {
        name: "webhook",
        doc: "the form of a webhook, as text and as delivery report",
        words: wire::WEBHOOK_WORDS,
        run: wire::webhook,
        tries: QUICK,
    },
    Target {
        name: "signature",
        doc: "a signature, what it says of its key, and the address that it is over",
        words: &[
            "https://",
            "http://",
            ":443",
            "?",
            "#",
            "@",
            "sha256",
            "key=",
            "algorithm=",
        ],
        run: wire::signature,
        tries: SLOW,
    },
    Target {
        name: "frames",
        doc: "what clients and relays say over WebSocket, and records in the feed",
        words: wire::FRAME_WORDS,
        run: wire::frames,
        tries: QUICK,
    },
    Target {
        name: "provider",
        doc: "messages, lists and attachments as the provider's API shows them",
        words: &[
            "\"messages\"",
            "\"next_page_uri\"",
            "\"sid\"",
            "null",
            "-0.00750",
            "USD",
        ],
        run: wire::provider,
        tries: QUICK,
    },
    Target {
        name: "safe-text",
        doc: "remote text on its way to a terminal",
        words: &[
            "\u{1b}]0;",
            "\u{7}",
            "\u{1b}P",
            "\u{ff9f}",
            "\u{e01ef}",
            "\u{1100}\u{1161}",
        ],
        run: texts::safe_text,
        tries: SLOW,
    },
    Target {
        name: "segments",
        doc: "a text in segments, and what it says about being texted",
        words: &[
            "STOP",
            "unsubscribe",
            "\u{20ac}",
            "\u{c}",
            "^",
            "~",
            "\u{2019}",
        ],
        run: texts::segments,
        tries: SLOWEST,
    },
    Target {
        name: "phone",
        doc: "a number as people and the provider write it",
        words: &[
            "+1",
            "whatsapp:",
            "rcs:",
            "tel:",
            ";ext=",
            " ext. ",
            "00",
            "\u{ff0b}",
            "(0)",
        ],
        run: texts::phone,
        tries: SLOW,
    },
    Target {
        name: "template",
        doc: "a template, filled in and not",
        words: texts::TEMPLATE_WORDS,
        run: texts::template,
        tries: SLOW,
    },
    Target {
        name: "filter",
        doc: "the language in which people say what they look for",
        words: asks::FILTER_WORDS,
        run: asks::filter,
        tries: SLOW,
    },
    Target {
        name: "time",
        doc: "a time as people write it",
        words: asks::TIME_WORDS,
        run: asks::time,
        tries: SLOW,
    },
    Target {
        name: "command",
        doc: "a command line of the app, keys, invites and addresses of relays",
        words: &[
            ":", "snooze ", "assign ", "<C-x>", "ctrl-", "https://", "#", "!", " ",
        ],
        run: asks::command,
        tries: SLOW,
    },
    Target {
        name: "configuration",
        doc: "the configuration of either program",
        words: files::CONFIGURATION_WORDS,
        run: files::configuration,
        tries: SLOW,
    },
    Target {
        name: "settings",
        doc: "a change of what can be set while the relay runs",
        words: files::SETTINGS_WORDS,
        run: files::settings,
        tries: SLOW,
    },
    Target {
        name: "rules",
        doc: "the rules of a team, and what they make of a text",
        words: files::RULE_WORDS,
        run: files::rules,
        tries: SLOW,
    },
    Target {
        name: "list",
        doc: "a list of people, as CSV or vCards, in any encoding",
        words: files::LIST_WORDS,
        run: files::list,
        tries: SLOW,
    },
];

/// A sign of some words: their letters alone, so that another number or name is nothing new.
fn sign(of: &[&dyn std::fmt::Debug]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for part in of {
        let text = format!("{part:?}");
        let letters = text.chars().filter(|it| !it.is_ascii_digit());
        for letter in letters.take(200) {
            letter.hash(&mut hasher);
        }
    }
    hasher.finish()
}

/// About how many: twice as many are something new.
fn about(count: usize) -> u32 {
    usize::BITS - count.leading_zeros()
}

/// About how many, as letters: [`sign`] passes digits over.
fn size(count: usize) -> String {
    "x".repeat(about(count) as usize)
}
