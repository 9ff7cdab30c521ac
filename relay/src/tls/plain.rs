//! Plain HTTP beside HTTPS: sends browsers over there, and answers the challenge `http-01`.

use super::Tls;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Where an authority looks (RFC 8555, 8.3).
const CHALLENGES: &str = "/.well-known/acme-challenge/";

/// The routes of the listener for plain HTTP, which leads to `origin`.
pub(crate) fn routes(tls: Arc<Tls>, origin: String) -> Router {
    Router::new().fallback(answer).with_state((tls, origin))
}

async fn answer(State((tls, origin)): State<(Arc<Tls>, String)>, request: Request) -> Response {
    let uri = request.uri();
    if let Some(token) = uri.path().strip_prefix(CHALLENGES) {
        return match tls.shown.file(token) {
            Some(content) => (
                [(header::CONTENT_TYPE, "application/octet-stream")],
                content,
            )
                .into_response(),
            None => (StatusCode::NOT_FOUND, "no such challenge\n").into_response(),
        };
    }
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let there = HeaderValue::from_str(&format!("{origin}{path}"));
    match there {
        // What a POST brought has already gone over the wire in the clear: that must be noticed.
        Ok(there) if matches!(*request.method(), Method::GET | Method::HEAD) => {
            (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, there)]).into_response()
        }
        _ => {
            let words = format!("nothing is taken over plain HTTP: use {origin}\n");
            (StatusCode::BAD_REQUEST, words).into_response()
        }
    }
}
