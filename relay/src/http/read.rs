//! `PUT /v1/conversations/{id}/read`.

use crate::desk::read;
use crate::http::access::{Body, Writer, id};
use crate::http::problem::ApiError;
use crate::state::Relay;
use axum::Json;
use axum::extract::{Path, State};
use smsdesk_common::api::read::SetRead;
use smsdesk_common::record::Record;
use std::sync::Arc;

/// Sets the caller's read marker.
pub(crate) async fn set(
    State(relay): State<Arc<Relay>>,
    Writer(agent): Writer,
    Path(conversation): Path<String>,
    Body(set): Body<SetRead>,
) -> Result<Json<Record>, ApiError> {
    let conversation = id(&conversation)?;
    let marker = relay
        .store
        .write(move |tx| read::set(tx, &agent, conversation, &set))
        .await?;
    Ok(Json(Record::ReadMarker(marker)))
}
