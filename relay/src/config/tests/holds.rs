//! The table of keys against what another configuration changes.

use super::super::given::{ACCOUNTS, ACCOUNTS_SECRETS, LINE_RATES};
use super::*;
use crate::care::live::Live;
use smsdesk_common::config::Holds;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// A configuration in which every key means something.
const FULL: &str = r#"
relay.public_url = "https://sms.example.com"
relay.tls.mode = "acme"
relay.tls.http_listen = "0.0.0.0:80"
relay.compliance.reply_to_stop = "relay"
relay.insight.adapter = "openai"
relay.insight.url = "https://judge.example.com/v1"
relay.insight.model = "small"
relay.insight.price_in = "0.1"
relay.backup.folder = "copies"
relay.twilio.account_sid = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
relay.twilio.auth_token = "first"
relay.twilio.api_key_sid = "SKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
relay.twilio.api_key_secret = "first"
relay.twilio.lines = ["+12394267058"]
"#;

/// Another value of a key than [`FULL`] or the default has.
fn another(key: &str) -> &'static str {
    match key {
        "relay.listen" | "relay.metrics_listen" => "\"127.0.0.1:9000\"",
        "relay.public_url" => "\"https://other.example.com\"",
        "relay.database" => "\"sqlite:other.db\"",
        "relay.default_region" => "\"DE\"",
        "relay.company" => "\"Riverside\"",
        "relay.connections_max" => "999",
        "relay.trusted_proxies" => "[\"10.0.0.5/32\"]",
        "relay.log_level" => "\"debug\"",
        "relay.tls.mode" => "\"off\"",
        "relay.tls.http_listen" => "\"0.0.0.0:81\"",
        "relay.tls.acme_directory" => "\"https://ca.example.com\"",
        "relay.tls.acme_contact" => "\"admin@example.com\"",
        "relay.tls.acme_challenge" => "\"http-01\"",
        "relay.tls.certificate"
        | "relay.tls.key"
        | "relay.tls.acme_ca"
        | "relay.tls.acme_folder"
        | "relay.backup.folder" => "\"elsewhere\"",
        "relay.late_sends" => "\"hold\"",
        "relay.late_sends_max" | "relay.insight.max_age" | "relay.backup.every" => "\"17h\"",
        "relay.compliance.reply_to_stop" => "\"twilio\"",
        "relay.compliance.stop_text"
        | "relay.compliance.start_text"
        | "relay.compliance.help_text"
        | "relay.insight.model"
        | "relay.insight.api_key"
        | "relay.insight.about" => "\"other words\"",
        "relay.calls.forward_to" => "\"+12394267000\"",
        "relay.calls.greeting" => "\"Please write.\"",
        "relay.insight.adapter" => "\"lexicon\"",
        "relay.insight.url" => "\"https://judge.example.com/v2\"",
        "relay.insight.timeout_ms" => "12345",
        "relay.insight.limit_field" => "\"max_completion_tokens\"",
        "relay.insight.price_in" | "relay.insight.price_out" | "relay.insight.daily_cost_cap" => {
            "\"0.25\""
        }
        "relay.insight.redact_numbers" => "false",
        "relay.insight.suggest" => "true",
        "relay.insight.reply_confidence" => "77",
        "relay.backup.at" => "\"04:15\"",
        "relay.backup.keep_daily" | "relay.backup.keep_weekly" | "relay.backup.keep_monthly" => "3",
        "relay.retention.older_than" => "\"400d\"",
        "relay.twilio.account_sid" => "\"ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\"",
        "relay.twilio.auth_token"
        | "relay.twilio.auth_token_secondary"
        | "relay.twilio.api_key_secret" => "\"second\"",
        "relay.twilio.api_key_sid" => "\"SKbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\"",
        "relay.twilio.api_base_url" => "\"https://api.example.com\"",
        "relay.twilio.lines" => "[\"+12394267059\"]",
        "relay.twilio.segments_per_second" => "7",
        "relay.twilio.validity_s" => "7777",
        other => panic!("no other value of {other} is known here"),
    }
}

/// The full configuration with another value of one key, and what hangs on it.
fn with(key: &str) -> String {
    let value = another(key);
    let drops: &[&str] = match key {
        // Both belong to the others.
        "relay.tls.mode" => &["relay.tls.mode", "relay.tls.http_listen"],
        _ => &[key],
    };
    let kept = FULL.lines().filter(|line| {
        let name = line.split(" = ").next().unwrap_or_default();
        !drops.contains(&name)
    });
    let kept: Vec<_> = kept.collect();
    format!("{}\n{key} = {value}\n", kept.join("\n"))
}

/// What another configuration changes while the relay runs, secrets included.
fn changeable(config: &Config) -> (Live, Vec<Option<String>>) {
    let secrets = config.accounts.iter().flat_map(|account| {
        let api_key = account.api_key.as_ref();
        [
            Some(account.auth_token.expose_secret().to_owned()),
            account
                .auth_token_secondary
                .as_ref()
                .map(|it| it.expose_secret().to_owned()),
            api_key.map(|key| key.sid.as_str().to_owned()),
            api_key.map(|key| key.secret.expose_secret().to_owned()),
        ]
    });
    (Live::of(config), secrets.collect())
}

fn differing(first: &Config, second: &Config) -> Vec<&'static str> {
    [Holds::Reload, Holds::Start]
        .into_iter()
        .flat_map(|holds| first.given.differing(&second.given, holds))
        .collect()
}

#[test]
fn every_key_is_taken_by_a_reload_or_takes_a_restart_as_the_table_says() {
    let first = check(FULL).unwrap();
    for key in KEYS {
        let second = check(&with(key.path)).unwrap_or_else(|error| panic!("{}: {error}", key.path));
        let named = differing(&first, &second);
        let hangs_on_it = |name: &&str| {
            *name == key.path || (key.path == "relay.tls.mode" && name.starts_with("relay.tls."))
        };
        assert!(named.contains(&key.path), "{}: {named:?}", key.path);
        assert!(named.iter().all(hangs_on_it), "{named:?}");
        let changes = changeable(&first) != changeable(&second);
        let is_taken = key.holds == Holds::Reload;
        assert_eq!(changes, is_taken, "{} {:?}", key.path, key.holds);
    }
}

#[test]
fn a_default_that_is_written_down_and_an_order_of_lines_are_no_change() {
    let first = check(FULL).unwrap();
    let mut lines: Vec<_> = FULL.lines().collect();
    lines.reverse();
    let defaults = KEYS
        .iter()
        .filter(|key| !matches!(key.default, "required" | "none"))
        .filter(|key| !FULL.contains(&format!("{} = ", key.path)))
        .map(|key| format!("{} = {}", key.path, key.default));
    let text = format!(
        "{}\n{}",
        lines.join("\n"),
        defaults.collect::<Vec<_>>().join("\n")
    );
    assert_eq!(
        differing(&first, &check(&text).unwrap()),
        Vec::<&str>::new()
    );
}

#[test]
fn rates_of_lines_and_secrets_of_further_accounts_are_taken_and_further_accounts_are_not() {
    let account = |sid: &str, token: &str, rate: u32| {
        let text = format!(
            "{FULL}\n[relay.twilio.line_rates]\n\"+12394267058\" = {rate}\n\
             [[relay.twilio.accounts]]\naccount_sid = \"{sid}\"\nauth_token = \"{token}\"\n",
        );
        check(&text).unwrap()
    };
    let (one, other) = (
        "ACcccccccccccccccccccccccccccccccc",
        "ACdddddddddddddddddddddddddddddddd",
    );
    let first = account(one, TOKEN, 3);
    let named = |second: &Config| differing(&first, second);
    assert_eq!(named(&account(one, TOKEN, 4)), [LINE_RATES]);
    assert_eq!(named(&account(one, "other", 3)), [ACCOUNTS_SECRETS]);
    assert_eq!(named(&account(other, TOKEN, 3)), [ACCOUNTS]);
    let told = format!("{:?}", first.given);
    assert!(!told.contains(TOKEN) && !told.contains("first"), "{told}");
}
