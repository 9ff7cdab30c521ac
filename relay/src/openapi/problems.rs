//! Which refusals a route may answer with, and how the document tells of them.

use super::operation::Operation;
use crate::router::RouteDoc;
use serde_json::{Map, Value, json};
use smsdesk_common::api::{ErrorCode, Problem};
use std::collections::BTreeMap;

/// Refusals by their status, each code once, in the order of the table of codes.
pub(super) type Refusals = BTreeMap<u16, Vec<ErrorCode>>;

/// Those that many routes share, by the names that the document gives them.
const SHARED: [(&str, &[ErrorCode]); 6] = [
    (
        "Unauthorized",
        &[
            ErrorCode::TokenMissing,
            ErrorCode::TokenUnknown,
            ErrorCode::TokenRevoked,
            ErrorCode::TokenForeign,
        ],
    ),
    ("OriginRefused", &[ErrorCode::OriginRefused]),
    (
        "Forbidden",
        &[ErrorCode::Forbidden, ErrorCode::OriginRefused],
    ),
    ("BodyTooLarge", &[ErrorCode::BodyTooLarge]),
    ("TypeUnsupported", &[ErrorCode::TypeUnsupported]),
    ("Internal", &[ErrorCode::Internal]),
];

/// Everything that a route may refuse with: its own codes and those of all routes of its sort.
pub(super) fn refusals(route: &RouteDoc, operation: &Operation) -> Refusals {
    let mut codes = operation.refuses.clone();
    codes.extend([ErrorCode::Internal, ErrorCode::Busy]);
    if route.path.starts_with("/v1/") {
        codes.push(ErrorCode::OriginRefused);
    }
    if route.access.starts_with("token") {
        codes.extend_from_slice(SHARED[0].1);
        codes.push(ErrorCode::StoreUnavailable);
    }
    if route.access.contains(", ") {
        codes.push(ErrorCode::Forbidden);
    }
    if route.access == "invite" {
        codes.push(ErrorCode::StoreUnavailable);
    }
    if operation.body.is_some() {
        codes.extend([
            ErrorCode::BodyMalformed,
            ErrorCode::BodyTooLarge,
            ErrorCode::TypeUnsupported,
        ]);
    }
    if route.path.contains('{') || !operation.query.is_empty() {
        codes.push(ErrorCode::ParameterInvalid);
    }
    let mut refusals = Refusals::new();
    for code in ErrorCode::ALL {
        if codes.contains(code) {
            refusals.entry(code.status()).or_default().push(*code);
        }
    }
    refusals
}

/// What the document says where a route refuses with these codes: their description, or where it is.
pub(super) fn response(codes: &[ErrorCode]) -> Value {
    let shared = SHARED.iter().find(|(_, shared)| *shared == codes);
    match shared {
        Some((name, _)) => json!({ "$ref": format!("#/components/responses/{name}") }),
        None => described(codes),
    }
}

/// Those that many routes share.
pub(super) fn shared() -> Map<String, Value> {
    let shared = SHARED.iter();
    shared
        .map(|(name, codes)| ((*name).to_owned(), described(codes)))
        .collect()
}

fn described(codes: &[ErrorCode]) -> Value {
    let names: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
    let titles: Vec<String> = codes
        .iter()
        .map(|code| {
            let again = if code.is_temporary() {
                "; try again later"
            } else {
                ""
            };
            format!("`{}`: {}{again}.", code.as_str(), code.title())
        })
        .collect();
    let examples: Map<String, Value> = codes
        .iter()
        .map(|code| {
            let problem = Problem::new(*code, code.title());
            let value = serde_json::to_value(problem).unwrap_or_default();
            (code.as_str().to_owned(), json!({ "value": value }))
        })
        .collect();
    let schema = json!({
        "allOf": [{ "$ref": "#/components/schemas/Problem" }],
        "properties": { "code": { "enum": names } },
    });
    let mut response = json!({
        "description": titles.join(" "),
        "content": {
            "application/problem+json": { "schema": schema, "examples": examples },
        },
    });
    if codes.iter().any(|code| code.is_token_refusal()) {
        response["headers"] = json!({
            "WWW-Authenticate": { "schema": { "type": "string", "const": "Bearer" } },
        });
    }
    response
}
