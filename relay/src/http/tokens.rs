//! `/v1/tokens`: which devices and programs may act.

use crate::desk::people;
use crate::http::access::{Caller, id};
use crate::http::conversations::parameter;
use crate::http::problem::ApiError;
use crate::state::Relay;
use crate::store::tokens::{self, Copies};
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use smsdesk_common::api::tokens::{Token, Tokens};
use smsdesk_common::audit::Actor;
use std::sync::Arc;

/// Every token.
pub(crate) async fn all(State(relay): State<Arc<Relay>>) -> Result<Json<Tokens>, ApiError> {
    let tokens = relay.store.read(tokens::all).await?;
    Ok(Json(Tokens { tokens }))
}

/// Takes one away.
pub(crate) async fn revoke(
    State(relay): State<Arc<Relay>>,
    caller: Caller,
    Path(token): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Token>, ApiError> {
    let token = id(&token)?;
    let wipe = parameter(query.as_deref(), "wipe", "true or false")?.unwrap_or(false);
    let copies = if wipe { Copies::Wipe } else { Copies::Stay };
    let by = Actor::Agent(caller.agent.id);
    let revoking = relay
        .store
        .write(move |tx| people::revoke_token(tx, by, token, copies));
    Ok(Json(revoking.await?))
}
