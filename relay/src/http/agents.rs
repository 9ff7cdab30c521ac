//! `GET /v1/agents`: for scripts, which know colleagues by name.

use crate::http::access::Caller;
use crate::http::problem::ApiError;
use crate::state::Relay;
use crate::store::agents;
use axum::Json;
use axum::extract::State;
use smsdesk_common::api::agents::Agents;
use smsdesk_common::record::Record;
use std::sync::Arc;

/// Everybody, and which of them asks.
pub(crate) async fn all(
    State(relay): State<Arc<Relay>>,
    caller: Caller,
) -> Result<Json<Agents>, ApiError> {
    let agents = relay.store.read(agents::all).await?;
    Ok(Json(Agents {
        agents: agents.into_iter().map(Record::Agent).collect(),
        me: caller.agent.id,
    }))
}
