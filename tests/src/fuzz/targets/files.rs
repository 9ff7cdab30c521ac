//! What people write in files, and what they set.

use super::{sign, size};
use serde_json::{Map, Value};
use smsdesk_common::optout::OptOutSignal;
use smsdesk_common::phone::Address;
use smsdesk_common::rule::{self, Situation, conflicts, decide, set_enabled};
use smsdesk_common::settings::{Settings, edit};
use smsdesk_common::time::Timestamp;
use std::path::Path;

pub(super) const CONFIGURATION_WORDS: &[&str] = &[
    "[relay]\n",
    "[relay.twilio]\n",
    "[ui]\n",
    "[keys]\n",
    "[views]\n",
    "[macros]\n",
    "listen = ",
    "public_url = ",
    "auth_token = \"file:/etc/passwd\"\n",
    "lines = []\n",
    "\"\"\"",
    "'''",
    " = [",
    " = {",
    "1979-05-27",
    "0x",
];
pub(super) const SETTINGS_WORDS: &[&str] = &[
    "\"quiet\":",
    "\"quiet.enabled\":",
    "\"lines\":",
    "\"automation\":",
    "{\"start\":\"21:00\"}",
    "\"caps.contact_day\":",
    "null",
    "true",
    "\"*\"",
];
pub(super) const RULE_WORDS: &[&str] = &[
    "[[rule]]\n",
    "name = \"x\"\n",
    "any = [\"hours\"]\n",
    "whole = ",
    "reply = \"{{ company }}\"\n",
    "template = ",
    "hours = ",
    "priority = ",
    "enabled = false\n",
    "labels = []\n",
    "snooze = \"2h\"\n",
    "stop = true\n",
    "# enabled = true\n",
    "\"\"\"\n[[rule]]\n\"\"\"",
];
pub(super) const LIST_WORDS: &[&str] = &[
    "BEGIN:VCARD\r\n",
    "END:VCARD\r\n",
    "TEL;TYPE=cell:",
    "FN:",
    "N:;;;;",
    "X-SMSDESK-FIELD;",
    "NOTE:",
    "\r\n ",
    "name,number\n",
    "\"\"",
    ";",
    "\t",
    "\u{feff}",
    "=HYPERLINK(",
    "tel:+12394267058",
];

/// A Saturday in November, in milliseconds.
const NOW_MS: i64 = 1_795_252_560_000;

pub(super) fn configuration(input: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(input);
    let path = Path::new("/nowhere/smsdesk.toml");
    let relay = smsdesk_relay::config::parse(path, &text, |_| None);
    let app = smsdesk::config::parse(path, &text, |_| None);
    let relay = relay.map(|_| ()).map_err(|error| error.to_string());
    let app = app.map(|_| ()).map_err(|error| error.to_string());
    for error in [&relay, &app]
        .into_iter()
        .filter_map(|it| it.as_ref().err())
    {
        assert!(error.contains(": "), "no place and no problem: {error}");
    }
    sign(&[&relay, &app])
}

pub(super) fn settings(input: &[u8]) -> u64 {
    let patch: Map<String, Value> = match serde_json::from_slice(input) {
        Ok(Value::Object(patch)) => patch,
        Ok(_) => return sign(&[&"no object"]),
        Err(error) => return sign(&[&error.classify()]),
    };
    // What another version left behind is read, too.
    let held = Settings::of(&patch);
    let _ = held.has_quiet_hours();
    let mut set = Map::new();
    let edits = edit(&mut set, &patch);
    if let Ok(edits) = &edits {
        let mut twice = set.clone();
        let again = edit(&mut twice, &patch).expect("what was set can be set again");
        assert!(again.is_empty(), "set again, nothing changes: {again:?}");
        assert_eq!(Settings::of(&twice), Settings::of(&set));
        assert!(edits.iter().all(|it| it.from != it.to));
    } else {
        assert!(set.is_empty(), "a refused change changes nothing");
    }
    sign(&[&edits.map(|it| size(it.len()))])
}

pub(super) fn rules(input: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(input);
    let rules = match rule::parse(&text) {
        Ok(rules) => rules,
        Err(errors) => {
            let lines = text.lines().count().max(1) + 1;
            assert!(
                errors.iter().all(|it| (1..=lines).contains(&it.line)),
                "{errors:?}"
            );
            return sign(&[&errors.first().map(|it| (&it.key, &it.problem))]);
        }
    };
    let whole: String = rules.iter().map(|it| it.source.as_str()).collect();
    assert!(rules.is_empty() || whole == text, "the parts are the text");
    let found = conflicts(&rules);
    let line = Address::from_twilio("+15557122661").expect("a line");
    let definitions: Vec<_> = rules.iter().map(|it| it.definition.clone()).collect();
    let body = "What are your HOURS? stop";
    let situation = Situation {
        line: line.as_str(),
        at: Timestamp::from_millis(NOW_MS),
        is_business: true,
        is_first: true,
        signal: OptOutSignal::of(body, None, &line),
    };
    let decision = decide(&definitions, body, &situation);
    assert!(decision.matched.iter().all(|it| *it < rules.len()));
    if let Some(first) = rules.first() {
        let name = &first.definition.name;
        if let Some(text) = set_enabled(&text, name, !first.definition.enabled) {
            let again = rule::parse(&text).expect("what was switched reads");
            assert_eq!(again.len(), rules.len());
        }
    }
    let counts = (size(rules.len()), size(found.len()));
    sign(&[
        &counts,
        &size(decision.matched.len()),
        &decision.answer.is_some(),
    ])
}

pub(super) fn list(input: &[u8]) -> u64 {
    let region = "US".parse().expect("a country");
    let rows = smsdesk::cli::rows_of_list(input, region);
    if let Ok((rows, refused)) = &rows {
        for row in rows {
            assert!(
                !row.details.addresses.is_empty(),
                "somebody without a number"
            );
        }
        return sign(&[&size(rows.len()), &size(*refused)]);
    }
    sign(&[&rows.err()])
}
