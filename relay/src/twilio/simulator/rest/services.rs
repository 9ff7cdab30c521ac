//! `messaging.twilio.com/v1/Services`: list, fetch, update of the webhooks; the numbers in a pool.

use super::error::ApiError;
use super::numbers::{callback, hook};
use super::page::{Kind, PageRequest};
use super::params::Params;
use super::{changed, shown};
use crate::twilio::simulator::exchange::Exchange;
use crate::twilio::simulator::service::Service;
use axum::Json;
use axum::extract::{Path, RawForm, RawQuery, State};
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

type Shared = State<Arc<Exchange>>;

/// `GET /v1/Services`
pub(in crate::twilio::simulator) async fn list(
    State(exchange): Shared,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    let request = match PageRequest::parse(&params) {
        Ok(request) => request,
        Err(error) => return error.into_response(),
    };
    let state = exchange.state();
    let positions = (0..state.services.len() as u64).rev();
    let slice = request.cut(state.services.iter().zip(positions), |(_, at)| *at);
    let account = &exchange.config.account_sid;
    let page = request.reply(
        Kind::Later(&exchange.base, "/v1/Services"),
        "services",
        &slice,
        |(_, at)| *at,
        |(service, _)| service.to_json(account, &exchange.base),
    );
    Json(page).into_response()
}

/// `GET /v1/Services/{Sid}`
pub(in crate::twilio::simulator) async fn fetch(
    State(exchange): Shared,
    Path(sid): Path<String>,
    uri: Uri,
) -> Response {
    let account = &exchange.config.account_sid;
    let state = exchange.state();
    shown(state.service(&sid), &uri, |service| {
        service.to_json(account, &exchange.base)
    })
}

/// `POST /v1/Services/{Sid}`
pub(in crate::twilio::simulator) async fn update(
    State(exchange): Shared,
    Path(sid): Path<String>,
    uri: Uri,
    RawForm(form): RawForm,
) -> Response {
    let params = Params::parse(&form);
    let now = exchange.now();
    let account = &exchange.config.account_sid;
    let mut state = exchange.state();
    let mut services = state.services.iter_mut();
    let change = |service: &Service| {
        Ok(Service {
            updated_at: now,
            ..updated(service, &params)?
        })
    };
    changed(
        services.find(|service| service.sid.as_str() == sid),
        &uri,
        change,
        |service| service.to_json(account, &exchange.base),
    )
}

/// `GET /v1/Services/{Sid}/PhoneNumbers`
pub(in crate::twilio::simulator) async fn phone_numbers(
    State(exchange): Shared,
    Path(sid): Path<String>,
    RawQuery(query): RawQuery,
    uri: Uri,
) -> Response {
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    let request = match PageRequest::parse(&params) {
        Ok(request) => request,
        Err(error) => return error.into_response(),
    };
    let state = exchange.state();
    let Some(service) = state.service(&sid) else {
        return ApiError::not_found(uri.path()).into_response();
    };
    let positions = (0..state.numbers.len() as u64).rev();
    let pool = state
        .numbers
        .iter()
        .zip(positions)
        .filter(|(number, _)| service.numbers.contains(&number.sid));
    let slice = request.cut(pool, |(_, at)| *at);
    let account = &exchange.config.account_sid;
    let page = request.reply(
        Kind::Later(&exchange.base, uri.path()),
        "phone_numbers",
        &slice,
        |(_, at)| *at,
        |(number, _)| service.sender_json(number, account, &exchange.base),
    );
    Json(page).into_response()
}

fn updated(service: &Service, params: &Params) -> Result<Service, ApiError> {
    let mut changed = Service {
        friendly_name: params
            .given("FriendlyName")
            .unwrap_or(&service.friendly_name)
            .to_owned(),
        inbound: hook(
            &service.inbound,
            params,
            "InboundRequestUrl",
            "InboundMethod",
        )?,
        fallback: hook(&service.fallback, params, "FallbackUrl", "FallbackMethod")?,
        status_callback: callback(&service.status_callback, params, "StatusCallback")?,
        ..service.clone()
    };
    if let Some(given) = params.get("UseInboundWebhookOnNumber") {
        changed.defers = given.eq_ignore_ascii_case("true");
    }
    Ok(changed)
}
