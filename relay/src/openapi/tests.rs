use super::document;
use super::routes::operations;
use crate::router::ROUTES;
use serde_json::Value;
use smsdesk_common::api::ErrorCode;
use std::collections::BTreeSet;

/// Those that no route answers: they are about paths, methods and addresses that there are not, or
/// that come from versions that there are not yet.
const NOWHERE: [ErrorCode; 3] = [
    ErrorCode::RouteUnknown,
    ErrorCode::MethodNotAllowed,
    ErrorCode::RateLimited,
];

#[test]
fn every_route_is_described_once_and_nothing_else_is() {
    let described: Vec<_> = operations().iter().map(|it| (it.path, it.method)).collect();
    let routes: BTreeSet<_> = ROUTES.iter().map(|it| (it.path, it.method)).collect();
    let once: BTreeSet<_> = described.iter().copied().collect();
    let missing: Vec<_> = routes.difference(&once).collect();
    assert!(
        missing.is_empty(),
        "describe in src/openapi/routes: {missing:?}"
    );
    let too_many: Vec<_> = once.difference(&routes).collect();
    assert!(too_many.is_empty(), "not in ROUTES: {too_many:?}");
    assert_eq!(described.len(), once.len(), "one is described twice");
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    let count: usize = paths.values().map(|it| it.as_object().unwrap().len()).sum();
    assert_eq!(count, ROUTES.len());
}

#[test]
fn every_route_has_a_name_of_its_own_and_an_answer() {
    let all = operations();
    let ids: BTreeSet<_> = all.iter().map(|it| it.id).collect();
    assert_eq!(ids.len(), all.len());
    for it in &all {
        assert!(!it.answers.is_empty(), "{} {}", it.method, it.path);
    }
}

#[test]
fn every_example_is_read_by_its_route() {
    for it in operations() {
        if let Some(body) = it.body {
            let read = (body.reads)(body.example.clone());
            assert_eq!(read, Ok(()), "{} {}: {}", it.method, it.path, body.example);
        }
    }
}

#[test]
fn every_code_is_told_of_somewhere() {
    let text = document().to_string();
    for code in ErrorCode::ALL {
        let is_told = text.contains(&format!("`{}`: ", code.as_str()));
        assert_eq!(is_told, !NOWHERE.contains(code), "{code:?}");
    }
}

fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(fields) => {
            for (keyword, value) in fields {
                match value.as_str() {
                    Some(target) if keyword == "$ref" => {
                        found.insert(target);
                    }
                    _ => references(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|it| references(it, found)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_schema_is_referred_to() {
    let document = document();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    for reference in &found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    for kind in ["schemas", "responses"] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            let reference = format!("#/components/{kind}/{name}");
            assert!(found.contains(reference.as_str()), "{reference}");
        }
    }
}

#[test]
fn descriptions_hold_no_links_of_the_code() {
    let document = document();
    for schema in document["components"]["schemas"].as_object().unwrap() {
        let text = schema.1.to_string();
        assert!(!text.contains("[`"), "{}: {text}", schema.0);
    }
}
