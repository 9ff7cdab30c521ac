//! `POST /v1/conversations/{id}/notes`.

use crate::desk::note::{self, Written};
use crate::http::access::{Body, Writer, id};
use crate::http::problem::ApiError;
use crate::state::Relay;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use smsdesk_common::api::notes::WriteNote;
use smsdesk_common::record::Record;
use std::sync::Arc;

/// Stores a note and answers with its entry. Nothing is sent.
pub(crate) async fn write(
    State(relay): State<Arc<Relay>>,
    Writer(agent): Writer,
    Path(conversation): Path<String>,
    Body(note): Body<WriteNote>,
) -> Result<(StatusCode, Json<Record>), ApiError> {
    let conversation = id(&conversation)?;
    let written = relay
        .store
        .write(move |tx| note::write(tx, &agent, conversation, &note))
        .await?;
    let (status, entry) = match written {
        Written::Now(entry) => (StatusCode::CREATED, entry),
        Written::Before(entry) => (StatusCode::OK, entry),
    };
    Ok((status, Json(Record::Entry(Box::new(entry)))))
}
