//! `Accounts/{Sid}`: the account itself.

use super::error::ApiError;
use super::name_in;
use crate::twilio::simulator::exchange::Exchange;
use crate::twilio::simulator::message::{API_VERSION, rfc2822};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use secrecy::ExposeSecret;
use serde_json::json;
use std::sync::Arc;

/// `GET /2010-04-01/Accounts/{Sid}.json`
pub(in crate::twilio::simulator) async fn fetch(
    State(exchange): State<Arc<Exchange>>,
    Path(file): Path<String>,
    uri: Uri,
) -> Response {
    let Some(sid) = name_in(&file) else {
        return ApiError::not_found(uri.path()).into_response();
    };
    let path = format!("/{API_VERSION}/Accounts/{sid}");
    let created = rfc2822(exchange.started_at);
    let standing = exchange.state().standing.clone();
    Json(json!({
        "auth_token": exchange.config.auth_token.expose_secret(),
        "date_created": created,
        "date_updated": created,
        "friendly_name": "Simulated account",
        "owner_account_sid": sid,
        "sid": sid,
        "status": standing.status.as_str(),
        "subresource_uris": {
            "applications": format!("{path}/Applications.json"),
            "incoming_phone_numbers": format!("{path}/IncomingPhoneNumbers.json"),
            "messages": format!("{path}/Messages.json"),
        },
        "type": if standing.trial { "Trial" } else { "Full" },
        "uri": format!("{path}.json"),
    }))
    .into_response()
}
