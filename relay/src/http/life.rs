//! Says with every answer which life of the database has given it.

use crate::state::Relay;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::response::Response;
use smsdesk_common::api::EPOCH_HEADER;
use std::sync::Arc;

/// Puts the epoch beside an answer, whatever the answer is.
pub(crate) async fn name(State(relay): State<Arc<Relay>>, mut response: Response) -> Response {
    if let Ok(epoch) = HeaderValue::from_str(&relay.store.epoch().to_string()) {
        response.headers_mut().insert(EPOCH_HEADER, epoch);
    }
    response
}
