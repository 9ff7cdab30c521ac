//! `POST /v1/join`.

use crate::auth::source::Source;
use crate::desk::{DeskError, people};
use crate::http::access::Body;
use crate::http::problem::ApiError;
use crate::state::Relay;
use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::join::{Join, Joined};
use std::sync::Arc;

/// Turns an invite into a token.
pub(crate) async fn join(
    State(relay): State<Arc<Relay>>,
    Extension(from): Extension<Source>,
    Body(join): Body<Join>,
) -> Result<(StatusCode, Json<Joined>), ApiError> {
    let instance = relay.store.instance().to_owned();
    let joining = relay
        .store
        .write(move |tx| people::join(tx, &join.code, join.device, &instance));
    let (agent, token) = joining.await.inspect_err(|error| {
        let code = ErrorCode::InviteInvalid;
        if matches!(error, DeskError::Refused { code: found, .. } if *found == code) {
            relay.gate.refuse_invite(from);
        }
    })?;
    tracing::info!(agent = %agent.id, "a device joined");
    let joined = Joined {
        token,
        agent,
        relay: relay.public_url.to_string(),
    };
    Ok((StatusCode::CREATED, Json(joined)))
}
