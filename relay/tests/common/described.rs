//! Holds every answer that a test gets against what the relay says of its API: the status, the type
//! of content, the shape, and the code of a problem.
//!
//! The walker knows the part of JSON Schema that the document uses; a keyword that it does not know
//! stops the test.

use super::Answer;
use reqwest::Method;
use serde_json::{Value, json};
use smsdesk_relay::openapi;
use std::sync::LazyLock;

static DOCUMENT: LazyLock<Value> = LazyLock::new(openapi::document);

/// Fails where the answer is none that the document has for that request. Paths that it does not
/// have are passed over.
#[track_caller]
pub(crate) fn check(method: &Method, path: &str, answer: &Answer) {
    let path = path.split('?').next().unwrap_or_default();
    let Some(route) = route(path) else { return };
    let operation = &DOCUMENT["paths"][&route][method.as_str().to_lowercase()];
    if operation.is_null() {
        return;
    }
    let found = violations(operation, answer);
    assert!(found.is_empty(), "{method} {route}: {found:#?}\n{answer:?}");
}

/// The document's path that means this one: the one with the fewest parameters.
fn route(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |known: &&String| {
        let known: Vec<&str> = known.split('/').collect();
        let same = |(known, part): (&&str, &&str)| {
            known == part || known.starts_with('{') && !part.is_empty()
        };
        known.len() == parts.len() && known.iter().zip(&parts).all(same)
    };
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let known = paths.keys().filter(fits);
    known
        .min_by_key(|known| known.matches('{').count())
        .cloned()
}

fn violations(operation: &Value, answer: &Answer) -> Vec<String> {
    let response = target(&operation["responses"][answer.status.to_string()]);
    if response.is_null() {
        return vec![format!("no answer {}", answer.status)];
    }
    let Some(content) = response["content"].as_object() else {
        let is_empty = answer.body.is_empty();
        return if is_empty {
            vec![]
        } else {
            vec!["a body".to_owned()]
        };
    };
    let essence = answer.content_type.split(';').next().unwrap_or_default();
    let Some(content) = content.get(essence.trim()) else {
        return vec![format!("no content {essence}")];
    };
    if !essence.ends_with("json") {
        return vec![];
    }
    let mut found = Vec::new();
    walk(&content["schema"], &answer.json(), "$", &mut found);
    found
}

/// What a reference leads to.
fn target(value: &Value) -> &Value {
    match value["$ref"].as_str() {
        None => value,
        Some(reference) => {
            let pointer = reference.strip_prefix('#').unwrap();
            let target = DOCUMENT.pointer(pointer);
            target.unwrap_or_else(|| panic!("{reference} leads nowhere"))
        }
    }
}

/// What is wrong with a value by a schema of the document.
pub(crate) fn walk(schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let Some(keywords) = schema.as_object() else {
        if schema == &json!(false) {
            found.push(format!("{at}: must not be there"));
        }
        return;
    };
    for (keyword, expected) in keywords {
        let holds = match keyword.as_str() {
            "$ref" => {
                walk(target(schema), value, at, found);
                true
            }
            "allOf" => {
                for part in expected.as_array().unwrap() {
                    walk(part, value, at, found);
                }
                true
            }
            "oneOf" => fitting(expected, value, at) == 1,
            "anyOf" => fitting(expected, value, at) > 0,
            "type" => is_of(expected, value),
            "const" => value == expected,
            "enum" => expected.as_array().unwrap().contains(value),
            "properties" | "additionalProperties" | "items" | "required" => {
                walk_inside(keyword, keywords, value, at, found);
                true
            }
            "propertyNames" => {
                let names = value.as_object().into_iter().flatten();
                names.for_each(|(name, _)| walk(expected, &json!(name), at, found));
                true
            }
            "uniqueItems" => value.as_array().is_none_or(|all| {
                let others = |n: usize| &all[n + 1..];
                expected == &json!(false) || (0..all.len()).all(|n| !others(n).contains(&all[n]))
            }),
            "minimum" => value
                .as_f64()
                .is_none_or(|it| it >= expected.as_f64().unwrap()),
            "maximum" => value
                .as_f64()
                .is_none_or(|it| it <= expected.as_f64().unwrap()),
            "minLength" => length(value).is_none_or(|it| it >= expected.as_u64().unwrap()),
            "maxLength" => length(value).is_none_or(|it| it <= expected.as_u64().unwrap()),
            "format" => has_format(expected.as_str().unwrap(), value),
            // Those of this document are said by formats, too, or are of no consequence.
            "pattern" | "default" | "description" | "discriminator" | "examples" | "title" => true,
            other => panic!("the walker does not know {other}"),
        };
        if !holds {
            found.push(format!("{at}: {value} is not {keyword} {expected}"));
        }
    }
}

fn fitting(schemas: &Value, value: &Value, at: &str) -> usize {
    let schemas = schemas.as_array().unwrap().iter();
    let fits = |schema: &&Value| {
        let mut found = Vec::new();
        walk(schema, value, at, &mut found);
        found.is_empty()
    };
    schemas.filter(fits).count()
}

fn is_of(types: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        other => panic!("unknown type {other}"),
    };
    match types {
        Value::Array(names) => names.iter().any(|name| is(name.as_str().unwrap())),
        name => is(name.as_str().unwrap()),
    }
}

fn walk_inside(
    keyword: &str,
    keywords: &serde_json::Map<String, Value>,
    value: &Value,
    at: &str,
    found: &mut Vec<String>,
) {
    let schema = &keywords[keyword];
    if keyword == "items" {
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            walk(schema, item, &format!("{at}[{index}]"), found);
        }
    }
    let Some(fields) = value.as_object() else {
        return;
    };
    if keyword == "required" {
        for name in schema.as_array().unwrap() {
            if !fields.contains_key(name.as_str().unwrap()) {
                found.push(format!("{at}.{name}: missing"));
            }
        }
        return;
    }
    for (name, part) in fields {
        let known = keywords.get("properties").and_then(|it| it.get(name));
        let schema = match keyword {
            "properties" => known,
            _ if known.is_none() => Some(schema),
            _ => None,
        };
        if let Some(schema) = schema {
            walk(schema, part, &format!("{at}.{name}"), found);
        }
    }
}

fn length(value: &Value) -> Option<u64> {
    let text = value.as_str()?;
    u64::try_from(text.chars().count()).ok()
}

fn has_format(format: &str, value: &Value) -> bool {
    let Some(text) = value.as_str() else {
        return true;
    };
    match format {
        "uuid" => text.parse::<uuid::Uuid>().is_ok(),
        "date-time" => text.parse::<jiff::Timestamp>().is_ok(),
        other => panic!("unknown format {other}"),
    }
}
