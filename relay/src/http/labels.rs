//! `GET /v1/labels`.

use crate::http::access::Caller;
use crate::http::problem::ApiError;
use crate::state::Relay;
use crate::store::labels;
use axum::Json;
use axum::extract::State;
use smsdesk_common::api::labels::Labels;
use std::sync::Arc;

/// Every label.
pub(crate) async fn all(
    State(relay): State<Arc<Relay>>,
    _: Caller,
) -> Result<Json<Labels>, ApiError> {
    let labels = relay.store.read(labels::all).await?;
    Ok(Json(Labels { labels }))
}
