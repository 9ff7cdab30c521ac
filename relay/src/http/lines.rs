//! `GET /v1/lines`: for scripts, which may have to name one to send from.

use crate::http::access::Caller;
use crate::http::problem::ApiError;
use crate::state::Relay;
use crate::store::lines;
use axum::Json;
use axum::extract::State;
use smsdesk_common::api::lines::Lines;
use smsdesk_common::record::Record;
use std::sync::Arc;

/// Every line.
pub(crate) async fn all(
    State(relay): State<Arc<Relay>>,
    _: Caller,
) -> Result<Json<Lines>, ApiError> {
    let lines = relay.store.read(lines::all).await?;
    Ok(Json(Lines {
        lines: lines.into_iter().map(Record::Line).collect(),
    }))
}
