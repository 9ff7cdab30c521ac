//! What the relay says of its API to other programs: a document of OpenAPI 3.1, made from the table of
//! routes, from the types of bodies and answers, and from the error codes. Never written by hand: a
//! route that is not described here, or described and not there, fails a test.

mod document;
mod operation;
mod problems;
mod routes;
mod schemas;
#[cfg(test)]
mod tests;

pub use document::document;

use crate::state::Relay;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use std::sync::{Arc, LazyLock};

/// Its text, without the address of a relay. Made once: anybody may ask for it, often.
static TEXT: LazyLock<String> = LazyLock::new(|| document().to_string());

/// `GET /v1/openapi.json`.
pub(crate) async fn show(State(relay): State<Arc<Relay>>) -> Response {
    let servers = serde_json::json!([{ "url": relay.public_url.to_string() }]);
    let rest = TEXT.strip_prefix('{').unwrap_or_default();
    let text = format!("{{\"servers\":{servers},{rest}");
    ([(CONTENT_TYPE, "application/json")], text).into_response()
}
