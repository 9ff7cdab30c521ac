//! `PATCH /v1/conversations/{id}`.

use crate::desk::triage;
use crate::http::access::{Body, Writer, id};
use crate::http::problem::ApiError;
use crate::state::Relay;
use axum::Json;
use axum::extract::{Path, State};
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::record::Record;
use std::sync::Arc;

/// Changes a conversation's state and answers with the conversation.
pub(crate) async fn patch(
    State(relay): State<Arc<Relay>>,
    Writer(agent): Writer,
    Path(conversation): Path<String>,
    Body(patch): Body<Patch>,
) -> Result<Json<Record>, ApiError> {
    let conversation = id(&conversation)?;
    let changed = relay
        .store
        .write(move |tx| triage::patch(tx, &agent, conversation, &patch))
        .await?;
    relay.snooze_bell.notify_one();
    Ok(Json(Record::Conversation(Box::new(changed))))
}
