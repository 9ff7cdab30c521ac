//! `POST /v1/messages`.

use crate::desk::send::{self, Outgoing, Sent};
use crate::http::access::{Body, Writer};
use crate::http::problem::ApiError;
use crate::state::Relay;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::messages::SendMessage;
use smsdesk_common::record::Record;
use std::sync::Arc;

/// Stores a text, queues it and answers with its entry.
pub(crate) async fn send(
    State(relay): State<Arc<Relay>>,
    Writer(agent): Writer,
    Body(message): Body<SendMessage>,
) -> Result<(StatusCode, Json<Record>), ApiError> {
    if relay.store.is_low() {
        let detail = "the relay's disk is nearly full; nothing was stored; try again";
        return Err(ApiError::new(ErrorCode::StoreUnavailable, detail));
    }
    let outgoing = Outgoing::parse(message, Some(relay.default_region))?;
    let sent = relay
        .store
        .write(move |tx| send::send(tx, &outgoing, &agent))
        .await?;
    let (status, entry) = match sent {
        Sent::Now(entry) => {
            relay.outbox_bell.notify_one();
            (StatusCode::CREATED, entry)
        }
        Sent::Before(entry) => (StatusCode::OK, entry),
    };
    Ok((status, Json(Record::Entry(Box::new(entry)))))
}
