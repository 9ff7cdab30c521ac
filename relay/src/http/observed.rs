//! Around every request: an id for its log lines and its answer, and what is counted of it.

use crate::clock::monotonic;
use crate::metrics::webhooks::{Outcome, Webhook};
use crate::state::Relay;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use smsdesk_common::api::{ErrorCode, REQUEST_ID_HEADER};
use std::sync::Arc;
use tracing::Instrument as _;

/// Gives a request its id. One that came with it is not looked at: whoever asks could have lines of
/// others found under it, or anything written into the log.
pub(crate) async fn request(
    State(relay): State<Arc<Relay>>,
    request: Request,
    next: Next,
) -> Response {
    let id = relay.clock.new_id().to_string();
    let began = monotonic();
    // The path as the table has it: what stands in its place may be anything.
    let path = request.extensions().get::<MatchedPath>().cloned();
    let path = path.as_ref().map_or("", MatchedPath::as_str);
    let method = known(request.method());
    // Of the highest level, so that lines of every level carry it.
    let span = tracing::error_span!("request", request = %id, method, path);
    let mut answer = next.run(request).instrument(span.clone()).await;
    let code = answer.extensions().get::<ErrorCode>().copied();
    let status = answer.status();
    relay.metrics.answers.answered(status, code);
    span.in_scope(|| {
        let (status, code) = (status.as_u16(), code.map_or("", ErrorCode::as_str));
        let ms = u64::try_from(monotonic().duration_since(began).as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(status, code, ms, "answered");
    });
    if let Ok(id) = HeaderValue::from_str(&id) {
        answer.headers_mut().insert(REQUEST_ID_HEADER, id);
    }
    answer
}

/// A method's name where it is one that is served: strangers make up others.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}

/// Counts a webhook. What looks whether the address is right is none.
pub(crate) async fn webhook(
    State(relay): State<Arc<Relay>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.extensions().get::<MatchedPath>();
    let kind = Webhook::at(path.map_or("", MatchedPath::as_str));
    if request.method() != Method::POST {
        let answer = next.run(request).await;
        if let Some(outcome) = answer.extensions().get() {
            relay.metrics.webhooks.came(kind).ended(*outcome);
        }
        return answer;
    }
    let mut coming = relay.metrics.webhooks.came(kind);
    let answer = next.run(request).await;
    if let Some(outcome) = answer.extensions().get::<Outcome>() {
        coming.ended(*outcome);
    }
    answer
}
