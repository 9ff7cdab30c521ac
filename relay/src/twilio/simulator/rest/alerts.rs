//! `monitor.twilio.com/v1/Alerts`: the list.

use super::error::ApiError;
use super::page::{Kind, PageRequest};
use super::params::Params;
use crate::twilio::simulator::alert::Alert;
use crate::twilio::simulator::exchange::Exchange;
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use smsdesk_common::time::Timestamp;
use std::sync::Arc;

/// `GET /v1/Alerts`, narrowed down by `LogLevel`, `StartDate` and `EndDate`; the newest first.
pub(in crate::twilio::simulator) async fn list(
    State(exchange): State<Arc<Exchange>>,
    RawQuery(query): RawQuery,
) -> Response {
    match page(&exchange, query.unwrap_or_default().as_bytes()) {
        Ok(page) => page,
        Err(error) => error.into_response(),
    }
}

fn page(exchange: &Exchange, query: &[u8]) -> Result<Response, ApiError> {
    let params = Params::parse(query);
    let request = PageRequest::parse(&params)?;
    let from = date(&params, "StartDate")?;
    let until = date(&params, "EndDate")?;
    // Everything that it notes is an error.
    let of_level = params.get("LogLevel").is_none_or(|level| level == "error");
    let is_wanted = |alert: &&Alert| {
        of_level
            && from.is_none_or(|from| alert.at >= from)
            && until.is_none_or(|until| alert.at <= until)
    };
    let state = exchange.state();
    let newest_first = state.alerts.iter().rev().filter(is_wanted);
    let slice = request.cut(newest_first, |alert| alert.position);
    let page = request.reply(
        Kind::Later(&exchange.base, "/v1/Alerts"),
        "alerts",
        &slice,
        |alert| alert.position,
        |alert| alert.to_json(&exchange.config.account_sid, &exchange.base),
    );
    Ok(Json(page).into_response())
}

/// A date, with or without a time.
fn date(params: &Params, name: &str) -> Result<Option<Timestamp>, ApiError> {
    let Some(given) = params.get(name) else {
        return Ok(None);
    };
    let with_time = Timestamp::parse_rfc3339(given);
    let read = with_time.or_else(|_| Timestamp::parse_rfc3339(&format!("{given}T00:00:00Z")));
    read.map(Some)
        .map_err(|_| ApiError::bad(20001, format!("{name} is not a date: {given}")))
}
