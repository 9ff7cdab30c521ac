//! `POST /v1/join`.

use crate::desk::people;
use crate::http::access::Body;
use crate::http::problem::ApiError;
use crate::state::Relay;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use smsdesk_common::api::join::{Join, Joined};
use std::sync::Arc;

/// Turns an invite into a token.
pub(crate) async fn join(
    State(relay): State<Arc<Relay>>,
    Body(join): Body<Join>,
) -> Result<(StatusCode, Json<Joined>), ApiError> {
    let instance = relay.store.instance().to_owned();
    let (agent, token) = relay
        .store
        .write(move |tx| people::join(tx, &join.code, join.device, &instance))
        .await?;
    tracing::info!(agent = %agent.id, "a device joined");
    let joined = Joined {
        token,
        agent,
        relay: relay.public_url.to_string(),
    };
    Ok((StatusCode::CREATED, Json(joined)))
}
