//! Calls: the webhooks that tell of them, and `GET /v1/calls`.

use crate::desk::call;
use crate::http::access::Caller;
use crate::http::conversations::{limit, parameter};
use crate::http::problem::ApiError;
use crate::http::webhooks::{Refusal, accepted, form_bytes, keeps, probe, stored, verified, with};
use crate::server::Place;
use crate::state::Relay;
use crate::store::calls;
use crate::twilio::call::CallReport;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{OriginalUri, RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use axum::{Extension, Json};
use smsdesk_common::api::calls::CallPage;
use smsdesk_common::ids::Seq;
use smsdesk_common::record::Record;
use std::sync::Arc;

/// Where what becomes of a call is told.
const STATUS_PATH: &str = "/webhooks/twilio/call-status";

/// Somebody calls: what Twilio does about it.
pub(crate) async fn voice(
    State(relay): State<Arc<Relay>>,
    uri: OriginalUri,
    place: Option<Extension<Place>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    take(&relay, &uri, place, &headers, body, |relay, _| {
        let after = relay.public_url.join(STATUS_PATH);
        relay.calls.answer(&after)
    })
    .await
}

/// What became of a call.
pub(crate) async fn status(
    State(relay): State<Arc<Relay>>,
    uri: OriginalUri,
    place: Option<Extension<Place>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    take(&relay, &uri, place, &headers, body, |relay, report| {
        relay.calls.after(report)
    })
    .await
}

async fn take(
    relay: &Relay,
    uri: &OriginalUri,
    place: Option<Extension<Place>>,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
    answer: impl FnOnce(&Relay, &CallReport) -> String,
) -> Result<Response, Refusal> {
    let raw = form_bytes(headers, body)?;
    let form = verified(relay, &uri.0, headers, &raw)?;
    keeps(place);
    let report = CallReport::from_form(&form).map_err(|error| {
        tracing::error!(%error, "a signed webhook could not be read");
        Refusal::Malformed
    })?;
    let twiml = answer(relay, &report);
    let writing = relay.store.write(move |tx| call::report(tx, &report, &raw));
    let seen = stored(writing).await?;
    relay.webhook_accepted();
    Ok(with(
        accepted(seen),
        ([(header::CONTENT_TYPE, "text/xml")], twiml),
    ))
}

/// Whether the address for calls is right.
pub(crate) async fn probe_voice(headers: HeaderMap) -> Result<Json<serde_json::Value>, Refusal> {
    probe(&headers, "voice")
}

/// Whether the address for what becomes of them is right.
pub(crate) async fn probe_status(headers: HeaderMap) -> Result<Json<serde_json::Value>, Refusal> {
    probe(&headers, "call-status")
}

/// A page of calls, newest first.
pub(crate) async fn page(
    State(relay): State<Arc<Relay>>,
    _: Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<CallPage>, ApiError> {
    let query = query.as_deref();
    let below = parameter(query, "before", "a position")?.map(Seq);
    let limit = limit(query)?;
    let calls = relay
        .store
        .read(move |reads| calls::page(reads, below, limit))
        .await?;
    let full = calls.len() == limit as usize;
    let next_before = calls.last().filter(|_| full).map(|last| last.position);
    let calls = calls.into_iter().map(|call| Record::Entry(Box::new(call)));
    Ok(Json(CallPage {
        calls: calls.collect(),
        next_before,
    }))
}
