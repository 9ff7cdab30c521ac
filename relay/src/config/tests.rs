use super::*;
use secrecy::ExposeSecret;

mod holds;

const SID: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn check(text: &str) -> Result<Config, String> {
    parse(Path::new("/etc/smsdesk/relay.toml"), text, |_| None).map_err(|error| error.to_string())
}

fn minimal(extra: &str) -> String {
    format!(
        "[relay]\npublic_url = \"https://sms.example.com\"\n{extra}\n[relay.twilio]\n\
         account_sid = \"{SID}\"\nauth_token = \"t\"\nlines = [\"+12394267058\"]\n"
    )
}

#[test]
fn a_minimal_configuration_has_defaults_for_the_rest() {
    let config = check(&minimal("")).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.database, Path::new("/etc/smsdesk/smsdesk.db"));
    assert_eq!(config.api_base_url, "https://api.twilio.com");
    assert_eq!(config.lines().len(), 1);
}

#[test]
fn a_line_written_in_full_is_taken_even_if_no_such_number_exists() {
    let text = minimal("").replace("+12394267058", "+15557122661");
    let lines = check(&text).unwrap().lines();
    assert_eq!(lines[0].as_str(), "+15557122661", "the documented example");
    for line in ["+0123456789", "+1", "+1239426705800000", "+1239x", "AMAZON"] {
        let text = minimal("").replace("+12394267058", line);
        assert!(check(&text).is_err(), "{line}");
    }
}

#[test]
fn the_defaults_in_the_table_of_keys_are_the_real_ones() {
    let stated: String = KEYS
        .iter()
        .filter(|key| !matches!(key.default, "required" | "none"))
        .map(|key| format!("{} = {}\n", key.path, key.default))
        .collect();
    let stated: File = toml::from_str(&stated).unwrap();
    assert_eq!(format!("{stated:?}"), format!("{:?}", File::default()));
}

#[test]
fn what_is_missing_is_named() {
    for (text, key) in [
        ("", "relay.public_url: is required"),
        (
            "[relay]\npublic_url = \"https://x.example\"",
            "relay.twilio.account_sid: is required",
        ),
    ] {
        let error = check(text).unwrap_err();
        assert!(error.starts_with(key), "{error}");
    }
}

#[test]
fn what_makes_no_sense_is_named_with_what_was_expected() {
    for (extra, message) in [
        (
            "database = \"mysql:x\"",
            "relay.database: expected sqlite:PATH",
        ),
        (
            "connections_max = 0",
            "relay.connections_max: expected 1 to 100000",
        ),
        (
            "connections_max = 9223372036854775807",
            "relay.connections_max: expected 1 to 100000",
        ),
        (
            "default_region = \"Utopia\"",
            "relay.default_region: expected a two-letter country",
        ),
        (
            "listen = \"nowhere\"",
            "/etc/smsdesk/relay.toml:3: relay.listen: expected an address and a port",
        ),
        (
            "colour = 1",
            "/etc/smsdesk/relay.toml:3: relay.colour: unknown field `colour`",
        ),
    ] {
        let error = check(&minimal(extra)).unwrap_err();
        assert!(error.starts_with(message), "{error}");
    }
    let error = check(&minimal("").replace("+12394267058", "Shop")).unwrap_err();
    assert!(
        error.starts_with("relay.twilio.lines: \"Shop\": expected a number"),
        "{error}"
    );
}

#[test]
fn a_line_belongs_to_one_account() {
    let twice = format!(
        "{}\n[[relay.twilio.accounts]]\naccount_sid = \"{}\"\nauth_token = \"u\"\n\
         lines = [\"+12394267058\"]\n",
        minimal(""),
        SID.replace('a', "b"),
    );
    assert_eq!(
        check(&twice).unwrap_err(),
        "relay.twilio.lines: +12394267058 stands there twice"
    );
}

#[test]
fn a_secret_may_live_in_a_file_and_never_shows_itself() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("token"), "from-a-file\n").unwrap();
    let text = minimal("").replace("\"t\"", "\"file:token\"");
    let config = parse(&folder.path().join("relay.toml"), &text, |_| None).unwrap();
    assert_eq!(config.accounts[0].auth_token.expose_secret(), "from-a-file");
    assert!(!format!("{config:?}").contains("from-a-file"));
    let error = check(&minimal("").replace("\"t\"", "\"file:/nowhere/x\"")).unwrap_err();
    assert!(
        error.starts_with("relay.twilio.auth_token: /nowhere/x: "),
        "{error}"
    );
}

#[test]
fn rates_and_validity_are_held_to_what_twilio_takes() {
    let config = check(&minimal("")).unwrap();
    assert_eq!(config.sending, Sending::default());
    let own = minimal("")
        + "validity_s = 36000\nsegments_per_second = 1\n\
        [relay.twilio.line_rates]\n\"+12394267058\" = 3\n";
    let sending = check(&own).unwrap().sending;
    assert_eq!(
        (sending.validity_s, sending.segments_per_second),
        (36_000, 1)
    );
    let rates: Vec<_> = sending.line_rates.into_iter().collect();
    assert_eq!((rates[0].0.as_str(), rates[0].1), ("+12394267058", 3));
    for (extra, key) in [
        ("validity_s = 0", "validity_s"),
        ("validity_s = 36001", "validity_s"),
        ("segments_per_second = 0", "segments_per_second"),
        ("segments_per_second = 10001", "segments_per_second"),
        ("line_rates = { \"+12394267058\" = 0 }", "line_rates"),
        ("line_rates = { \"+12394267059\" = 1 }", "line_rates"),
    ] {
        let error = check(&(minimal("") + extra)).unwrap_err();
        assert!(
            error.starts_with(&format!("relay.twilio.{key}: ")),
            "{extra}: {error}"
        );
    }
}

#[test]
fn what_the_package_brings_needs_nothing_but_the_required_values() {
    let brought = include_str!("../../../packaging/relay.toml");
    let error = check(brought).unwrap_err();
    assert!(
        error.starts_with("relay.public_url: is required"),
        "{error}"
    );
    let lines = brought.lines().map(|line| match line.strip_prefix('#') {
        Some(setting) if setting.starts_with(|c: char| c.is_ascii_lowercase()) => setting,
        _ => line,
    });
    let filled_in = lines.collect::<Vec<_>>().join("\n");
    let here = filled_in.replace("file:/etc/smsdesk/twilio-token", "t");
    assert_ne!(here, filled_in);
    let config = check(&here).unwrap();
    assert_eq!(config.database, Path::new("/var/lib/smsdesk/smsdesk.db"));
    assert_eq!(config.lines().len(), 1);
}
