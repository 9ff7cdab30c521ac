use super::*;
use crate::effect::Sequence;

fn check(text: &str) -> Result<Config, String> {
    parse(Path::new("smsdesk.toml"), text, |_| None).map_err(|error| error.to_string())
}

#[test]
fn the_defaults_in_the_table_of_keys_are_the_real_ones() {
    let stated: String = KEYS
        .iter()
        .filter(|key| key.default != "none")
        .map(|key| format!("{} = {}\n", key.path, key.default))
        .collect();
    assert_eq!(check(&stated), check(""));
}

#[test]
fn a_wrong_key_or_value_is_named() {
    let error = check("[ui]\ncolour = true\n").unwrap_err();
    assert!(
        error.starts_with("smsdesk.toml:2: ui.colour: unknown field"),
        "{error}"
    );
    let error = check("[ui]\nregion = \"Atlantis\"\n").unwrap_err();
    assert_eq!(
        error,
        "smsdesk.toml:2: ui.region: expected a two-letter country, such as US"
    );
    for (text, place) in [
        (
            "[ui]\n\ntheme = \"blue\"\n",
            "smsdesk.toml:3: ui.theme: expected dark, ",
        ),
        (
            "[ui.notify]\nkinds = [\"mine\", \"yours\"]\n",
            "smsdesk.toml:2: ui.notify.kinds: expected a list of ",
        ),
        (
            "[ui.notify]\ndesktop = \"command\"\n",
            "smsdesk.toml:2: ui.notify.desktop: expected ui.notify.command ",
        ),
    ] {
        let error = check(text).unwrap_err();
        assert!(error.starts_with(place), "{error}");
    }
}

#[test]
fn a_wrong_value_of_a_variable_is_named_by_the_variable() {
    let theme = |name: &str| (name == "SMSDESK__UI__THEME").then(|| "blue".to_owned());
    let error = parse(Path::new("smsdesk.toml"), "", theme).unwrap_err();
    let place = "environment variable SMSDESK__UI__THEME (key ui.theme)";
    assert_eq!(error.place, place);
}

#[test]
fn the_desktop_is_told_in_the_way_that_its_terminal_knows() {
    for (environment, expected) in [
        (&[("TERM", "xterm-256color")][..], None),
        (&[("TERM", "xterm-kitty")], Some(Sequence::Osc99)),
        (&[("TERM", "foot")], Some(Sequence::Osc777)),
        (&[("TERM_PROGRAM", "iTerm.app")], Some(Sequence::Osc9)),
        (&[("VTE_VERSION", "7600")], Some(Sequence::Osc777)),
        (&[("TERM", "xterm-kitty"), ("TMUX", "/tmp/x")], None),
    ] {
        let variable = |name: &str| {
            let found = environment.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let config = parse(Path::new("smsdesk.toml"), "", variable).unwrap();
        assert_eq!(config.notify.desktop, expected, "{environment:?}");
    }
}

#[test]
fn a_text_is_held_for_a_minute_at_the_most() {
    let held = |text: &str| check(text).map(|config| config.undo_send.as_secs());
    assert_eq!(held("[ui]\nundo_send_s = 0\n"), Ok(0));
    assert_eq!(held("[ui]\nundo_send_s = 60\n"), Ok(60));
    let error = "smsdesk.toml:2: ui.undo_send_s: expected 0 to 60 seconds, found 61";
    assert_eq!(held("[ui]\nundo_send_s = 61\n"), Err(error.to_owned()));
    assert!(held("[ui]\nundo_send_s = -1\n").is_err());
    let error = "smsdesk.toml:2: ui.esc_wait_ms: expected 5 to 1000 milliseconds, found 4";
    assert_eq!(held("[ui]\nesc_wait_ms = 4\n"), Err(error.to_owned()));
}

#[test]
fn a_profile_is_a_plain_name() {
    assert!(profile_folder("work-2").is_ok());
    for name in ["", "../etc", "a/b", "ä"] {
        assert!(profile_folder(name).is_err(), "{name}");
    }
}
