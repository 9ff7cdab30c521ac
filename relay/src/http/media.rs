//! `GET /v1/media/{id}/{index}`: what came with a text. The provider gives its files to whoever has the
//! account's secret; here a token is enough.

use crate::http::access::{Caller, id};
use crate::http::problem::ApiError;
use crate::state::Relay;
use crate::store::{StoreError, conversations, entries};
use crate::twilio::client::FileError;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::entry::{Direction, Origin};
use smsdesk_common::ids::EntryId;
use std::sync::Arc;

/// The file, or where it is: what we send lies where the provider fetches it.
pub(crate) async fn file(
    State(relay): State<Arc<Relay>>,
    _: Caller,
    Path((entry, index)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let wanted: EntryId = id(&entry)?;
    let found = relay
        .store
        .read(move |reads| -> Result<_, StoreError> {
            let Some(entry) = entries::find(reads, wanted)? else {
                return Ok(None);
            };
            let conversation = conversations::find(reads, entry.conversation)?;
            Ok(conversation.map(|conversation| (entry, conversation.line)))
        })
        .await?;
    let unknown = || {
        let detail = format!("entry {wanted} has no attachment of that number");
        ApiError::new(ErrorCode::MediaUnknown, detail)
    };
    let (entry, line) = found.ok_or_else(unknown)?;
    let index: u32 = index.parse().map_err(|_| unknown())?;
    let media = entry.media.iter().find(|media| media.index == index);
    let media = media.ok_or_else(unknown)?;
    if entry.direction == Direction::Outbound && entry.origin == Origin::Api {
        return Ok((StatusCode::FOUND, [(header::LOCATION, media.url.clone())]).into_response());
    }
    // One after the other: each may take as much memory as the largest file.
    let _turn = relay.media_turn.lock().await;
    let file = relay.accounts.client(&line).file(&media.url).await;
    let file = file.map_err(|error| {
        let code = match error {
            FileError::Gone | FileError::Elsewhere => ErrorCode::MediaUnknown,
            FileError::Unavailable | FileError::TooLarge => ErrorCode::MediaUnavailable,
        };
        ApiError::new(code, error.to_string())
    })?;
    // Whatever a stranger sent: never shown in place, never taken for something else.
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CONTENT_DISPOSITION, "attachment"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, file).into_response())
}
