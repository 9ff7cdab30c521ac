//! What a released version says on the wire, frozen: `golden/protocol-N/*.json`. A terminal works
//! with a relay of the version before and the reverse, as long as every one of these is read today
//! and comes out again with every field that it had.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use smsdesk_common::agent::Agent;
use smsdesk_common::api::Problem;
use smsdesk_common::api::changes::ChangesPage;
use smsdesk_common::api::join::{Join, Joined};
use smsdesk_common::api::messages::SendMessage;
use smsdesk_common::api::read::SetRead;
use smsdesk_common::entry::Entry;
use smsdesk_common::feed::{Change, Content};
use smsdesk_common::read_marker::ReadMarker;
use smsdesk_common::record::Kind;
use smsdesk_common::stream::{ClientFrame, PROTOCOL, PROTOCOL_OLDEST, RelayFrame};
use std::path::PathBuf;

/// What whoever breaks one of these needs to know.
const WORDS: &str = "a version that is released already says this. Keep the field and its meaning, \
     give a new field a default, and leave what is there as it is. What can only change \
     incompatibly needs a new number of the protocol: raise PROTOCOL, put what the new version says \
     into golden/protocol-N beside the old folders, and speak the old version until PROTOCOL_OLDEST \
     is past it. Files that are there are never edited; a new frame, record or field gets a new file";

fn folder(protocol: u32) -> PathBuf {
    let name = format!("tests/golden/protocol-{protocol}");
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Every frozen text of a version by its name.
fn frozen(protocol: u32) -> Vec<(String, String)> {
    let mut found: Vec<_> = std::fs::read_dir(folder(protocol))
        .unwrap_or_else(|error| panic!("protocol {protocol} has no golden frames: {error}"))
        .map(|file| file.unwrap().path())
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    found.sort();
    found
}

/// Reads a text by today's types and writes it again.
fn through<T: DeserializeOwned + Serialize>(
    text: &str,
    understood: impl Fn(&T) -> bool,
) -> Result<Value, String> {
    let read: T = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if !understood(&read) {
        return Err("it is taken for something of a later version".to_owned());
    }
    serde_json::to_value(&read).map_err(|error| error.to_string())
}

fn any<T>(_: &T) -> bool {
    true
}

fn all_known(changes: &[Change]) -> bool {
    changes
        .iter()
        .all(|change| !matches!(change.content, Content::Opaque(_)))
}

fn today(name: &str, text: &str) -> Result<Value, String> {
    match name.split('-').next().unwrap_or(name) {
        "client" => through(text, |frame: &ClientFrame| *frame != ClientFrame::Unknown),
        "relay" => through(text, |frame: &RelayFrame| match frame {
            RelayFrame::Unknown => false,
            RelayFrame::Batch(batch) => all_known(&batch.changes),
            _ => true,
        }),
        "record" | "deleted" => through(text, |change: &Change| {
            all_known(std::slice::from_ref(change))
        }),
        "page" => through(text, |page: &ChangesPage| all_known(&page.changes)),
        "send" => through(text, any::<SendMessage>),
        "set" => through(text, any::<SetRead>),
        "join" => through(text, any::<Join>),
        "joined" => through(text, any::<Joined>),
        "problem" => through(text, any::<Problem>),
        "answer" if name.ends_with("entry") => through(text, any::<Entry>),
        "answer" if name.ends_with("read_marker") => through(text, any::<ReadMarker>),
        other => Err(format!(
            "nothing is known of files that begin with {other}-"
        )),
    }
}

/// Where `now` lacks something that `then` had, or has it otherwise.
fn lost(then: &Value, now: &Value, at: &str) -> Option<String> {
    match (then, now) {
        (Value::Object(then), Value::Object(now)) => then.iter().find_map(|(name, then)| {
            let at = format!("{at}.{name}");
            match now.get(name) {
                Some(now) => lost(then, now, &at),
                None => Some(format!("{at} is gone")),
            }
        }),
        (Value::Array(then), Value::Array(now)) if then.len() == now.len() => then
            .iter()
            .zip(now)
            .enumerate()
            .find_map(|(n, (then, now))| lost(then, now, &format!("{at}[{n}]"))),
        _ if then == now => None,
        _ => Some(format!("{at} was {then} and is {now}")),
    }
}

#[test]
fn what_released_versions_say_is_read_and_said_again_with_every_field() {
    for protocol in PROTOCOL_OLDEST..=PROTOCOL {
        for (name, text) in frozen(protocol) {
            let then: Value = serde_json::from_str(&text).unwrap();
            let now = today(&name, &text)
                .unwrap_or_else(|error| panic!("protocol-{protocol}/{name}: {error}.\n{WORDS}"));
            if let Some(lost) = lost(&then, &now, "") {
                panic!("protocol-{protocol}/{name}: {lost}.\n{WORDS}");
            }
        }
    }
}

#[test]
fn every_frame_and_kind_of_record_is_frozen() {
    let names: Vec<String> = frozen(PROTOCOL).into_iter().map(|(name, _)| name).collect();
    let frames = [
        "client-hello",
        "client-ack",
        "client-presence",
        "client-ping",
        "relay-welcome",
        "relay-batch",
        "relay-caught_up",
        "relay-presence",
        "relay-pong",
        "relay-going_away",
    ];
    let kinds = Kind::ALL.map(|kind| format!("record-{kind}"));
    for needed in frames.map(str::to_owned).into_iter().chain(kinds) {
        let found = names.iter().any(|name| name.starts_with(&needed));
        assert!(found, "nothing begins with {needed}: {WORDS}");
    }
}

/// Objects whose names are no fields: people choose them, or they are those of an enum.
const MAPS: [&str; 5] = ["fields", "translations", "variables", "notices", "totals"];

/// A file's text with a field in every object that only a later version knows.
fn of_a_later_version(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(
                |(name, value)| match MAPS.contains(&name.as_str()) && value.is_object() {
                    true => (name.clone(), value.clone()),
                    false => (name.clone(), of_a_later_version(value)),
                },
            )
            .chain([(
                "hologram".to_owned(),
                serde_json::json!({ "depth": [1, 2] }),
            )])
            .collect(),
        Value::Array(values) => values.iter().map(of_a_later_version).collect(),
        other => other.clone(),
    }
}

#[test]
fn fields_of_a_later_version_take_nothing_away() {
    for (name, text) in frozen(PROTOCOL) {
        let then: Value = serde_json::from_str(&text).unwrap();
        let later = of_a_later_version(&then).to_string();
        let now = today(&name, &later).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(lost(&then, &now, ""), None, "{name}");
    }
}

#[test]
fn frames_and_kinds_of_a_later_version_are_passed_over_or_kept_as_they_came() {
    let unknown = r#"{"type":"hologram","depth":3,"changes":[{"kind":"agent"}]}"#;
    assert_eq!(
        serde_json::from_str::<ClientFrame>(unknown).unwrap(),
        ClientFrame::Unknown
    );
    assert_eq!(
        serde_json::from_str::<RelayFrame>(unknown).unwrap(),
        RelayFrame::Unknown
    );
    // A kind that nobody knows, and a known kind with a value that nobody knows.
    for later in [
        r#"{"kind":"hologram","id":"h","seq":4,"depth":{"of":3}}"#,
        r#"{"kind":"agent","id":"0199aaaa-0000-7000-8000-000000000001","seq":4,"name":"Ana","role":"agent","active":"on leave"}"#,
    ] {
        let batch = format!(r#"{{"type":"batch","from":3,"to":4,"changes":[{later}]}}"#);
        let RelayFrame::Batch(batch) = serde_json::from_str(&batch).unwrap() else {
            panic!("no batch")
        };
        let change = &batch.changes[0];
        assert!(matches!(change.content, Content::Opaque(_)), "{change:?}");
        let kept = serde_json::to_value(change).unwrap();
        assert_eq!(kept, serde_json::from_str::<Value>(later).unwrap());
        assert_eq!(
            change.seq.0, 4,
            "the position is known, so that the digest agrees"
        );
    }
}

#[test]
fn a_lost_or_renamed_field_is_noticed() {
    let text = std::fs::read_to_string(folder(1).join("joined.json")).unwrap();
    let then: Value = serde_json::from_str(&text).unwrap();
    let mut now = then.clone();
    let agent = now["agent"].as_object_mut().unwrap();
    let name = agent.remove("name").unwrap();
    agent.insert("called".to_owned(), name);
    assert_eq!(lost(&then, &now, "").unwrap(), ".agent.name is gone");
    // An agent as it is in an answer, without its kind.
    assert!(serde_json::from_value::<Agent>(then["agent"].clone()).is_ok());
}
