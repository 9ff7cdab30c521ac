//! The house rules, over the repository as it is. The rules themselves and the tests that break
//! them are in `src/tidy`.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use smsdesk_tests::tidy::source::{Sources, walk};
use smsdesk_tests::tidy::{
    Violation, borders, commands, example, generated, habits, mutations, pages, purity, report,
    root, routes, size, watching,
};
use std::path::Path;
use std::process::Command;

fn sources() -> Sources {
    let sources = Sources::read(&root()).unwrap();
    assert!(sources.has("relay/src/lib.rs") && sources.has("tui/src/lib.rs"));
    sources
}

#[track_caller]
fn tidy(violations: &[Violation]) {
    let count = violations.len();
    assert!(violations.is_empty(), "{count}:\n{}\n", report(violations));
}

fn page(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The pages that people write by hand.
fn hand_written() -> Vec<(String, String)> {
    let mut found = [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
    ]
    .map(|path| (path.to_owned(), page(path)))
    .to_vec();
    walk(&root(), &root().join("docs"), &mut |path, _| {
        if path.ends_with(".md") {
            found.push((path.to_owned(), page(path)));
        }
        Ok(())
    })
    .unwrap();
    found
}

#[test]
fn files_and_functions_stay_small() {
    tidy(&size::check(&sources()));
}

#[test]
fn pure_modules_stay_pure() {
    tidy(&purity::check(&sources(), purity::PURE));
}

#[test]
fn the_table_of_routes_has_every_route() {
    let table = smsdesk_relay::router::ROUTES.iter();
    let table: Vec<_> = table.map(|it| (it.method, it.path)).collect();
    tidy(&routes::check(&sources(), &table));
}

#[test]
fn sql_stays_in_the_store_and_the_cache() {
    tidy(&borders::sql(&sources()));
}

#[test]
fn twilios_field_names_stay_in_their_module() {
    tidy(&borders::twilio(&sources()));
}

#[test]
fn only_the_clocks_read_the_clock() {
    tidy(&borders::clock(&sources()));
}

#[test]
fn lints_are_excepted_with_a_reason_or_not_at_all() {
    tidy(&habits::exceptions(&sources()));
}

#[test]
fn only_command_lines_print() {
    tidy(&habits::output(&sources()));
}

#[test]
fn nothing_is_left_for_later() {
    tidy(&habits::promises(&sources()));
}

#[test]
fn breaks_on_purpose_fit_the_code() {
    let all = mutations::all(&root()).unwrap();
    assert!(all.len() >= mutations::BREAKS_MIN, "{} breaks", all.len());
    for (path, text) in all {
        tidy(&mutations::check(&path, &text, page));
    }
}

#[test]
fn every_module_says_what_it_is_for() {
    tidy(&habits::heads(&sources()));
}

#[test]
fn generated_documentation_is_in_step_with_the_code() {
    let bless = std::env::var(generated::BLESS).is_ok_and(|value| value == "1");
    let mut behind = Vec::new();
    for page in generated::pages() {
        if bless {
            generated::bless(&root(), &page).unwrap();
        }
        behind.extend(generated::compare(&root(), &page));
    }
    tidy(&behind);
}

#[test]
fn dashboard_alerts_and_pages_name_figures_that_the_relay_tells() {
    let board = "docs/grafana.json";
    tidy(&watching::dashboard(board, &page(board)));
    for path in ["docs/alerts.yml", "tests/peers/alerts.yml"] {
        tidy(&watching::check(path, &page(path)));
    }
    for path in [
        "docs/monitoring.md",
        "docs/operations.md",
        "docs/automation.md",
    ] {
        tidy(&watching::check(path, &page(path)));
    }
}

#[test]
fn the_documentation_has_every_check_of_both_doctors() {
    let page = page("docs/operations.md");
    let sides = [smsdesk_relay::doctor::report::NAMES, smsdesk::doctor::NAMES];
    for (name, what) in sides.into_iter().flatten() {
        assert!(page.contains(&format!("| `{name}` | {what} |")), "{name}");
    }
}

#[test]
fn the_example_configuration_has_every_key_with_its_default() {
    let keys: Vec<_> = generated::SIDES
        .iter()
        .flat_map(|side| side.keys.iter().copied())
        .collect();
    let path = "config.example.toml";
    tidy(&example::check(path, &page(path), &keys));
}

#[test]
fn the_relay_takes_the_example_configuration() {
    let example = page("config.example.toml");
    let file = Path::new("/etc/smsdesk/relay.toml");
    let nothing = |_: &str| None;
    // Every key is set there, those of HTTPS, too.
    let all = example::filled_in(&example).replace("mode = \"off\"", "mode = \"files\"");
    let sample = smsdesk_relay::config::parse(file, &all, nothing);
    assert_eq!(sample.unwrap().accounts.len(), 2);
    let required = |name: &str| {
        let value = match name {
            "SMSDESK_RELAY__PUBLIC_URL" => "https://sms.example.com",
            "TWILIO_ACCOUNT_SID" => "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "TWILIO_AUTH_TOKEN" => "0123456789abcdef0123456789abcdef",
            _ => return None,
        };
        Some(value.to_owned())
    };
    let config = smsdesk_relay::config::parse(file, &example, required).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    let error = smsdesk_relay::config::parse(file, &example, nothing).unwrap_err();
    assert_eq!(error.place, "relay.public_url", "{error}");
}

#[test]
fn the_terminal_app_takes_the_example_configuration() {
    let example = page("config.example.toml");
    let parse = |text: &str| smsdesk::config::parse(Path::new("smsdesk.toml"), text, |_| None);
    assert_eq!(parse(&example).unwrap(), parse("").unwrap());
    assert!(
        parse(&example::filled_in(&example))
            .unwrap()
            .relay
            .is_some()
    );
}

#[test]
fn documented_commands_exist() {
    let programs = [
        ("smsdesk", smsdesk::cli::command as fn() -> _),
        ("smsdesk-relay", smsdesk_relay::cli::command),
    ];
    for (program, grammar) in programs {
        let parse = |words: &[String]| match grammar().try_get_matches_from(words) {
            Err(error) if error.use_stderr() => Err(error.to_string()),
            _ => Ok(()),
        };
        let mut unknown = Vec::new();
        for (path, text) in hand_written() {
            unknown.extend(commands::check(&path, &text, program, parse));
        }
        tidy(&unknown);
        let told = commands::commands(&page("README.md"), program);
        assert!(
            !told.is_empty(),
            "the README does not tell how to run {program}"
        );
    }
}

#[test]
fn pages_lead_to_files_that_exist() {
    let mut lost = Vec::new();
    for (path, text) in hand_written() {
        lost.extend(pages::references(&root(), &path, &text));
    }
    tidy(&lost);
}

#[test]
fn tests_that_pages_name_as_proof_are_there() {
    let sources = sources();
    let path = "docs/asvs.md";
    tidy(&pages::proofs(path, &page(path), &sources.functions()));
}

#[test]
fn architecture_stays_short_and_the_changelog_goes_on() {
    let lines = page("ARCHITECTURE.md").lines().count();
    assert!(
        lines <= pages::ARCHITECTURE_LINES_MAX,
        "ARCHITECTURE.md has {lines} lines"
    );
    let path = "CHANGELOG.md";
    tidy(&pages::changelog(path, &page(path), smsdesk_relay::VERSION));
}

#[test]
fn the_top_of_the_repository_holds_what_belongs_there() {
    let listed = Command::new("git")
        .arg("ls-files")
        .current_dir(root())
        .output();
    // A source archive has no history to ask; there the rule has nothing to say.
    let Some(listed) = listed.ok().filter(|listed| listed.status.success()) else {
        return;
    };
    let listed = String::from_utf8(listed.stdout).unwrap();
    tidy(&pages::top(listed.lines()));
}
