//! A walker for the part of OpenAPI 3.0 that Twilio's description of these resources uses.
//!
//! `vectors/openapi-messaging.json` comes from github.com/twilio/twilio-oai (release 2.6.7, MIT),
//! reduced to the messaging resources and with the error body added. The walker is strict both
//! ways: a property that the description lacks is a violation, and a keyword that the walker does
//! not know stops the test.

use reqwest::Method;
use serde_json::{Value, json};
use std::sync::LazyLock;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../vectors/openapi-messaging.json")).unwrap()
});

/// What is wrong with a body that was answered with `status` at `path` (a path of the document,
/// below the account). Empty if nothing is.
pub(crate) fn violations(method: &Method, path: &str, status: u16, body: &Value) -> Vec<String> {
    let path = match path {
        "" => "/2010-04-01/Accounts/{Sid}.json".to_owned(),
        path => format!("/2010-04-01/Accounts/{{AccountSid}}/{path}"),
    };
    let operation = &DOCUMENT["paths"][&path][method.as_str().to_lowercase()];
    let response = &operation["responses"][status.to_string()];
    if response.is_null() {
        return vec![format!("{method} {path} has no answer {status}")];
    }
    let schema = &response["content"]["application/json"]["schema"];
    let mut found = Vec::new();
    walk(schema, body, "$", &mut found);
    found
}

fn walk(schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        let pointer = name
            .strip_prefix('#')
            .expect("a reference within the document");
        let target = DOCUMENT
            .pointer(pointer)
            .expect("a reference that leads somewhere");
        return walk(target, value, at, found);
    }
    check_keywords(schema);
    if value.is_null() {
        if schema["nullable"] != json!(true) {
            found.push(format!("{at}: null is not allowed"));
        }
        return;
    }
    let fits = match schema["type"].as_str().expect("a type") {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        other => panic!("unknown type {other}"),
    };
    if !fits {
        found.push(format!("{at}: {value} is no {}", schema["type"]));
        return;
    }
    if let Some(text) = value.as_str() {
        walk_string(schema, text, at, found);
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        walk(&schema["items"], item, &format!("{at}[{index}]"), found);
    }
    if value.is_object() {
        walk_object(schema, value, at, found);
    }
}

fn walk_string(schema: &Value, text: &str, at: &str, found: &mut Vec<String>) {
    let mut expect = |holds: bool, what: &str| {
        if !holds {
            found.push(format!("{at}: {text:?} {what}"));
        }
    };
    if let Some(allowed) = schema["enum"].as_array() {
        expect(allowed.contains(&json!(text)), "is not one of the values");
    }
    let length = u64::try_from(text.chars().count()).unwrap();
    expect(
        schema["minLength"]
            .as_u64()
            .is_none_or(|least| length >= least),
        "is too short",
    );
    expect(
        schema["maxLength"]
            .as_u64()
            .is_none_or(|most| length <= most),
        "is too long",
    );
    if let Some(pattern) = schema["pattern"].as_str() {
        expect(matches(pattern, text), "does not match");
    }
    if schema["format"] == "date-time-rfc-2822" {
        let is_date = jiff::fmt::rfc2822::parse(text).is_ok() && text.ends_with(" +0000");
        expect(is_date, "is no date of RFC 2822 in GMT");
    }
    if schema["format"] == "uri" {
        expect(
            text.is_empty() || text.starts_with('/') || text.starts_with("http"),
            "is no URI",
        );
    }
}

fn walk_object(schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    for name in schema["required"].as_array().into_iter().flatten() {
        let name = name.as_str().unwrap();
        if value.get(name).is_none() {
            found.push(format!("{at}.{name}: missing"));
        }
    }
    for (name, part) in value.as_object().unwrap() {
        if schema["format"] == "uri-map" {
            if !part.is_string() {
                found.push(format!("{at}.{name}: {part} is no address"));
            }
        } else if let Some(inner) = schema["properties"].get(name) {
            walk(inner, part, &format!("{at}.{name}"), found);
        } else {
            found.push(format!("{at}.{name}: not described"));
        }
    }
    // Twilio always sends every property, null where there is nothing to say.
    for name in schema["properties"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name)
    {
        if value.get(name).is_none() {
            found.push(format!("{at}.{name}: left out"));
        }
    }
}

fn check_keywords(schema: &Value) {
    const KNOWN: [&str; 12] = [
        "$ref",
        "description",
        "enum",
        "format",
        "items",
        "maxLength",
        "minLength",
        "nullable",
        "pattern",
        "properties",
        "required",
        "type",
    ];
    for keyword in schema.as_object().expect("a schema").keys() {
        let is_known =
            KNOWN.contains(&keyword.as_str()) || keyword == "title" || keyword.starts_with("x-");
        assert!(is_known, "the walker does not know {keyword}");
    }
}

/// Matches the only kind of pattern there is: prefixes and 32 hexadecimal digits.
fn matches(pattern: &str, text: &str) -> bool {
    let prefixes = pattern
        .strip_prefix('^')
        .and_then(|rest| rest.strip_suffix("[0-9a-fA-F]{32}$"))
        .expect("a pattern for a SID")
        .trim_matches(['(', ')']);
    prefixes
        .split('|')
        .filter_map(|prefix| text.strip_prefix(prefix))
        .any(|digits| digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

mod tests {
    use super::*;

    const MESSAGE: &str = "Messages/{Sid}.json";

    /// An example of the description's own, with one property replaced.
    fn example(property: &str, value: Value) -> Vec<String> {
        let path = "/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json";
        let media = &DOCUMENT["paths"][path]["get"]["responses"]["200"]["content"];
        let mut body = media["application/json"]["examples"]["fetch"]["value"].clone();
        assert!(body.is_object(), "the example is there");
        body[property] = value;
        violations(&Method::GET, MESSAGE, 200, &body)
    }

    #[test]
    fn the_descriptions_own_example_is_good() {
        assert_eq!(example("body", json!("testing")), [""; 0]);
    }

    #[test]
    fn each_kind_of_mistake_is_found() {
        for (property, value) in [
            ("num_segments", json!(1)),
            ("error_code", json!("30003")),
            ("status", json!("arrived")),
            ("status", Value::Null),
            ("sid", json!("SM1")),
            ("sid", json!("XXaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")),
            ("date_sent", json!("2026-11-21T09:16:00Z")),
            ("date_sent", json!("Sat, 21 Nov 2026 10:16:00 +0100")),
            ("subresource_uris", json!({"media": 1})),
            ("Body", json!("testing")),
        ] {
            let found = example(property, value);
            assert!(
                found.iter().any(|one| one.contains(property)),
                "{property}: {found:?}"
            );
        }
        let error = json!({"code": 21211, "message": "no", "status": 400});
        let found = violations(&Method::POST, "Messages.json", 400, &error);
        assert!(
            found.iter().any(|one| one.contains("more_info: missing")),
            "{found:?}"
        );
        assert!(!violations(&Method::GET, MESSAGE, 418, &error).is_empty());
    }
}
