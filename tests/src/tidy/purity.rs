//! Pure modules: arguments in, results out. No network, no disk, no terminal, no clock, and
//! nothing of ours that is not pure itself.

use super::Violation;
use super::lexer::Kind;
use super::paths::{self, UsedPath};
use super::source::{Source, Sources};
use std::collections::BTreeSet;

/// The pure modules: a file, or a folder with all that is in it.
pub const PURE: &[&str] = &[
    "common/src",
    "relay/src/auth/limits.rs",
    "relay/src/auth/need.rs",
    "relay/src/auth/proxies.rs",
    "relay/src/auth/source.rs",
    "relay/src/automation/rules.rs",
    "relay/src/automation/schedule.rs",
    "relay/src/automation/schedule",
    "relay/src/care/rotation.rs",
    "relay/src/doctor/lines.rs",
    "relay/src/doctor/probe.rs",
    "relay/src/doctor/report.rs",
    "relay/src/insight/answer.rs",
    "relay/src/insight/breaker.rs",
    "relay/src/insight/prompt.rs",
    "relay/src/outbox/age.rs",
    "relay/src/outbox/cadence.rs",
    "relay/src/outbox/lanes",
    "relay/src/outbox/lanes.rs",
    "relay/src/outbox/pace.rs",
    "relay/src/outbox/policy.rs",
    "relay/src/outbox/probe.rs",
    "relay/src/outbox/reconcile/window.rs",
    "relay/src/outbox/setback.rs",
    "relay/src/outbox/settle",
    "relay/src/server/strangers.rs",
    "relay/src/setup/answers.rs",
    "relay/src/setup/document.rs",
    "relay/src/setup/plan.rs",
    "relay/src/setup/recipe.rs",
    "relay/src/setup/replaced.rs",
    "relay/src/setup/unit.rs",
    "relay/src/store/trouble.rs",
    "relay/src/store/upkeep.rs",
    "relay/src/stream/presence.rs",
    "relay/src/stream/ring.rs",
    "relay/src/stream/session.rs",
    "relay/src/tls/der.rs",
    "relay/src/tls/life.rs",
    "relay/src/twilio/classify",
    "relay/src/twilio/form",
    "relay/src/twilio/holdings",
    "relay/src/twilio/listed.rs",
    "relay/src/twilio/probe.rs",
    "relay/src/twilio/overrides.rs",
    "relay/src/twilio/public_url.rs",
    "relay/src/twilio/report.rs",
    "relay/src/twilio/sid.rs",
    "relay/src/twilio/signature",
    "relay/src/twilio/simulator/application.rs",
    "relay/src/twilio/simulator/config.rs",
    "relay/src/twilio/simulator/delivery/overrides.rs",
    "relay/src/twilio/simulator/fate.rs",
    "relay/src/twilio/simulator/geography.rs",
    "relay/src/twilio/simulator/media_bytes.rs",
    "relay/src/twilio/simulator/message.rs",
    "relay/src/twilio/simulator/number.rs",
    "relay/src/twilio/simulator/opt_out.rs",
    "relay/src/twilio/simulator/rest/params.rs",
    "relay/src/twilio/simulator/service.rs",
    "relay/src/twilio/simulator/timeline.rs",
    "relay/src/twilio/simulator/twiml.rs",
    "relay/src/twilio/simulator/xml.rs",
    "tests/src/random.rs",
    "tests/src/rig/power/disk.rs",
    "tests/src/rig/power/trace.rs",
    "tui/src/action.rs",
    "tui/src/cache/fate.rs",
    "tui/src/demo/customers.rs",
    "tui/src/demo/script.rs",
    "tui/src/desk/spell/answer.rs",
    "tui/src/effect.rs",
    "tui/src/event.rs",
    "tui/src/input",
    "tui/src/link/backoff.rs",
    "tui/src/link/failure.rs",
    "tui/src/link/invite.rs",
    "tui/src/link/lives.rs",
    "tui/src/link/pace.rs",
    "tui/src/link/relay_url.rs",
    "tui/src/link/session",
    "tui/src/link/session.rs",
    "tui/src/model",
    "tui/src/record/mask.rs",
    "tui/src/terminal/command.rs",
    "tui/src/terminal/kind.rs",
    "tui/src/update",
    "tui/src/view",
];

/// What a pure module may not touch, and what that is.
const FORBIDDEN: &[(&str, &str)] = &[
    ("tokio", "the async runtime"),
    ("tokio_util", "the async runtime"),
    ("futures_util", "the async runtime"),
    ("tokio_tungstenite", "the network"),
    ("axum", "the network"),
    ("hyper", "the network"),
    ("hyper_util", "the network"),
    ("reqwest", "the network"),
    ("rustls", "the network"),
    ("std::net", "the network"),
    ("rusqlite", "the database"),
    ("crossterm", "the terminal"),
    ("ratatui::crossterm", "the terminal"),
    ("ratatui::backend", "the terminal"),
    ("ratatui::Terminal", "the terminal"),
    ("std::io", "the outside"),
    ("std::fs", "the disk"),
    ("std::os", "the system"),
    ("std::env", "the environment"),
    ("std::process", "other processes"),
    ("std::thread", "threads"),
    ("directories", "the environment"),
    ("getrandom", "chance"),
    ("std::time::SystemTime", "the clock"),
    ("std::time::Instant::now", "the clock"),
    ("jiff::Timestamp::now", "the clock"),
    ("jiff::Zoned::now", "the clock"),
    ("jiff::tz::TimeZone::system", "the environment"),
    ("uuid::Uuid::now_v7", "the clock"),
];

/// What stands among the forbidden and does nothing: a text taken apart.
const HARMLESS: &[&str] = &["reqwest::Url"];

const RULE: &str = "pure module";

/// Whether a file belongs to a pure module.
pub fn is_pure(path: &str, pure: &[&str]) -> bool {
    pure.iter().any(|entry| {
        let below = path.strip_prefix(entry);
        below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Pure modules that touch the outside or use a module that may; entries of the list that lead
/// nowhere; and modules that call themselves pure without being on the list.
pub fn check(sources: &Sources, pure: &[&str]) -> Vec<Violation> {
    let mut found: Vec<_> = pure
        .iter()
        .filter(|entry| {
            !sources
                .files
                .iter()
                .any(|file| is_pure(&file.path, &[entry]))
        })
        .map(|entry| {
            let problem = "is on the list of pure modules and does not exist: update the list";
            Violation::new(entry, 1, RULE, problem)
        })
        .collect();
    for file in sources.files.iter().filter(|file| !file.is_test) {
        if is_pure(&file.path, pure) {
            found.extend(outside(file));
            found.extend(impure(file, sources, pure));
        } else if let Some(line) = claims_to_be_pure(file) {
            let problem = "says that it is pure: put it on the list in tests/src/tidy/purity.rs";
            found.push(Violation::new(&file.path, line, RULE, problem));
        }
    }
    found
}

/// What of the outside a file touches, each where it stands first.
fn outside(file: &Source) -> Vec<Violation> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    let harmless = |path: &UsedPath| HARMLESS.iter().any(|name| path.is_below(name));
    for path in paths::used(file).into_iter().filter(|path| !harmless(path)) {
        let forbidden = FORBIDDEN.iter().find(|(name, _)| path.is_below(name));
        if let Some((name, what)) = forbidden.filter(|(name, _)| seen.insert(*name)) {
            let problem = format!("touches {what} by {name}: `{}`", path.text());
            found.push(Violation::new(&file.path, path.line, RULE, problem));
        }
    }
    found
}

/// Which modules of ours a file uses that are not pure, each where it stands first.
fn impure(file: &Source, sources: &Sources, pure: &[&str]) -> Vec<Violation> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for path in paths::used(file) {
        let used = home(&path, file, sources);
        let Some(used) = used.filter(|used| *used != file.path && !is_pure(used, pure)) else {
            continue;
        };
        if seen.insert(used.clone()) {
            let problem = format!("uses `{}`, which is not pure ({used})", path.text());
            found.push(Violation::new(&file.path, path.line, RULE, problem));
        }
    }
    found
}

/// The file that holds what a path of ours leads to; none for what the crate's root holds itself.
fn home(path: &UsedPath, file: &Source, sources: &Sources) -> Option<String> {
    let (first, inner) = path.segments.split_first()?;
    let mut folder = match first.as_str() {
        "crate" => file.path.split_once("/src/")?.0.to_owned() + "/src",
        "smsdesk_relay" => "relay/src".to_owned(),
        "smsdesk" => "tui/src".to_owned(),
        _ => return None,
    };
    let mut home = None;
    for segment in inner {
        folder = format!("{folder}/{segment}");
        let file = [format!("{folder}.rs"), format!("{folder}/mod.rs")];
        home = file.into_iter().find(|path| sources.has(path)).or(home);
    }
    home
}

/// The line of the module's head that holds the word "pure". A crate's root speaks of others.
fn claims_to_be_pure(file: &Source) -> Option<usize> {
    let head = file
        .tokens
        .iter()
        .take_while(|token| token.kind == Kind::Comment);
    head.filter(|line| line.text.starts_with("//!") && !file.path.ends_with("src/lib.rs"))
        .find(|line| {
            let mut words = line.text.split(|c: char| !c.is_alphabetic());
            words.any(|word| word.eq_ignore_ascii_case("pure"))
        })
        .map(|line| line.line)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &[&str] = &["relay/src/rules.rs", "relay/src/calm"];

    fn problems(text: &str) -> Vec<String> {
        let sources = Sources::of(vec![
            Source::new("relay/src/rules.rs", text),
            Source::new("relay/src/calm/mod.rs", ""),
            Source::new("relay/src/calm/tables.rs", ""),
            Source::new("relay/src/desk/mod.rs", ""),
        ]);
        let found = check(&sources, LIST);
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_outside_is_found_however_it_is_written() {
        for (text, path) in [
            ("use tokio::sync::mpsc;", "tokio::sync::mpsc"),
            ("fn f() { std::fs::read(\"x\"); }", "std::fs::read"),
            ("use std::{fmt, net::IpAddr};", "std::net::IpAddr"),
            (
                "use std::time as t; fn f() { t::Instant::now(); }",
                "std::time::Instant::now",
            ),
            (
                "use ratatui::crossterm::event;",
                "ratatui::crossterm::event",
            ),
        ] {
            let found = problems(text);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert!(found[0].starts_with("relay/src/rules.rs:1: pure module: touches "));
            assert!(found[0].ends_with(&format!("`{path}`")), "{found:?}");
        }
    }

    #[test]
    fn a_pure_module_uses_only_pure_ones() {
        assert!(problems("use crate::calm::tables::T; use crate::VERSION;").is_empty());
        assert_eq!(
            problems("use super::desk::send;"),
            [
                "relay/src/rules.rs:1: pure module: uses `crate::desk::send`, which is not pure \
              (relay/src/desk/mod.rs)"
            ]
        );
    }

    #[test]
    fn tests_of_a_pure_module_may_do_what_they_like() {
        assert!(problems("#[cfg(test)]\nmod tests { use std::fs; }").is_empty());
    }

    #[test]
    fn an_entry_without_a_file_is_named() {
        let found = check(&Sources::default(), &["relay/src/gone.rs"]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, "relay/src/gone.rs");
    }

    #[test]
    fn whoever_claims_to_be_pure_must_be_on_the_list() {
        let file = |text| Source::new("relay/src/new.rs", text);
        let claim = check(
            &Sources::of(vec![file("//! Does it.\n//! Pure: no IO.")]),
            &[],
        );
        assert_eq!(claim.len(), 1);
        assert_eq!(
            (claim[0].path.as_str(), claim[0].line),
            ("relay/src/new.rs", 2)
        );
        assert!(check(&Sources::of(vec![file("//! Purely a list.\n// pure")]), &[]).is_empty());
    }
}
