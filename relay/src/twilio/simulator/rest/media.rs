//! `Messages/{Sid}/Media`: list, fetch, the file itself, delete.

use super::error::ApiError;
use super::name_in;
use super::page::{Kind, PageRequest};
use super::params::Params;
use crate::twilio::simulator::exchange::Exchange;
use crate::twilio::simulator::media_bytes::bytes_of;
use crate::twilio::simulator::message::{MediaFile, Message, rfc2822};
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::sync::Arc;

type Shared = State<Arc<Exchange>>;

/// `GET …/Media.json`
pub(in crate::twilio::simulator) async fn list(
    State(exchange): Shared,
    Path((_, message_sid)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    uri: Uri,
) -> Response {
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    let request = match PageRequest::parse(&params) {
        Ok(request) => request,
        Err(error) => return error.into_response(),
    };
    let account = &exchange.config.account_sid;
    let state = exchange.state();
    let Some(message) = state.messages.get(&message_sid) else {
        return ApiError::not_found(uri.path()).into_response();
    };
    let numbered = message
        .media
        .iter()
        .zip((0..message.media.len() as u64).rev());
    let slice = request.cut(numbered, |(_, position)| *position);
    let to_json = |(file, _): &(&MediaFile, u64)| to_json(file, message, account);
    let page = request.reply(
        Kind::Of2010(uri.path()),
        "media_list",
        &slice,
        |(_, position)| *position,
        to_json,
    );
    Json(page).into_response()
}

/// `GET …/Media/{Sid}.json` describes the file, `GET …/Media/{Sid}` is the file.
pub(in crate::twilio::simulator) async fn fetch(
    State(exchange): Shared,
    Path((_, message_sid, file)): Path<(String, String, String)>,
    uri: Uri,
) -> Response {
    let state = exchange.state();
    let sid = name_in(&file).unwrap_or(&file);
    let found = state.messages.get(&message_sid).and_then(|message| {
        let medium = message
            .media
            .iter()
            .find(|medium| medium.sid.as_str() == sid)?;
        Some((message, medium))
    });
    let Some((message, medium)) = found else {
        return ApiError::not_found(uri.path()).into_response();
    };
    if name_in(&file).is_some() {
        return Json(to_json(medium, message, &exchange.config.account_sid)).into_response();
    }
    let bytes = bytes_of(&medium.content_type, sid);
    ([(header::CONTENT_TYPE, medium.content_type.clone())], bytes).into_response()
}

/// `DELETE …/Media/{Sid}.json`
pub(in crate::twilio::simulator) async fn delete(
    State(exchange): Shared,
    Path((_, message_sid, file)): Path<(String, String, String)>,
    uri: Uri,
) -> Response {
    let mut state = exchange.state();
    let found = name_in(&file).and_then(|sid| {
        let message = state.messages.get_mut(&message_sid)?;
        let at = message
            .media
            .iter()
            .position(|medium| medium.sid.as_str() == sid)?;
        Some(message.media.remove(at))
    });
    match found {
        Some(_) => StatusCode::NO_CONTENT.into_response(),
        None => ApiError::not_found(uri.path()).into_response(),
    }
}

fn to_json(medium: &MediaFile, message: &Message, account_sid: &str) -> Value {
    let uri = message.uri(account_sid);
    json!({
        "account_sid": account_sid,
        "content_type": medium.content_type,
        "date_created": rfc2822(message.created_at),
        "date_updated": rfc2822(message.created_at),
        "parent_sid": message.sid.as_str(),
        "sid": medium.sid.as_str(),
        "uri": format!("{uri}/Media/{}.json", medium.sid),
    })
}
