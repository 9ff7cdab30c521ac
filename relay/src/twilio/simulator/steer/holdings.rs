//! What the account has, for tests and practice to arrange: numbers, messaging services,
//! applications, how the account stands; and the alerts that came of it.
//!
//! What is left out stays as it is; an empty text takes something away.

use super::refuse;
use crate::twilio::simulator::application::Application;
use crate::twilio::simulator::exchange::{Exchange, State as Changing};
use crate::twilio::simulator::message::Sid;
use crate::twilio::simulator::number::{Hook, Method, Number};
use crate::twilio::simulator::service::Service;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

type Shared = State<Arc<Exchange>>;

/// How the account stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::twilio::simulator) struct Standing {
    /// `active`, `suspended` or `closed`.
    pub(in crate::twilio::simulator) status: String,
    /// Whether the account is for trial.
    pub(in crate::twilio::simulator) trial: bool,
    /// By how much Twilio's clock is ahead, in milliseconds.
    pub(in crate::twilio::simulator) clock_offset_ms: i64,
}

impl Default for Standing {
    fn default() -> Self {
        Self {
            status: "active".to_owned(),
            trial: false,
            clock_offset_ms: 0,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NumberChange {
    friendly_name: Option<String>,
    sms_url: Option<String>,
    sms_method: Option<String>,
    sms_fallback_url: Option<String>,
    sms_fallback_method: Option<String>,
    /// An application of the account.
    application: Option<String>,
    /// The messaging service whose pool it is in; it leaves any other.
    service: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceChange {
    sid: String,
    friendly_name: Option<String>,
    inbound_request_url: Option<String>,
    inbound_method: Option<String>,
    fallback_url: Option<String>,
    fallback_method: Option<String>,
    status_callback: Option<String>,
    use_inbound_webhook_on_number: Option<bool>,
    /// The numbers in its pool, all of them.
    numbers: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApplicationChange {
    sid: String,
    friendly_name: Option<String>,
    sms_url: Option<String>,
    sms_method: Option<String>,
    sms_fallback_url: Option<String>,
    sms_fallback_method: Option<String>,
    message_status_callback: Option<String>,
}

/// `PUT /_sim/account {status?, trial?, clock_offset_ms?}`: what is left out is as at the start.
pub(in crate::twilio::simulator) async fn account(
    State(exchange): Shared,
    body: Bytes,
) -> Response {
    match serde_json::from_slice::<Standing>(&body) {
        Ok(standing) => {
            exchange.state().standing = standing.clone();
            Json(standing).into_response()
        }
        Err(error) => refuse(&error.to_string()),
    }
}

/// `GET /_sim/numbers`
pub(in crate::twilio::simulator) async fn numbers(State(exchange): Shared) -> Response {
    let state = exchange.state();
    let all: Vec<Value> = state
        .numbers
        .iter()
        .map(|number| shown(number, &state, &exchange))
        .collect();
    Json(json!({ "numbers": all })).into_response()
}

fn shown(number: &Number, state: &Changing, exchange: &Exchange) -> Value {
    let mut json = number.to_json(&exchange.config.account_sid);
    if let Value::Object(fields) = &mut json {
        fields.insert("service".to_owned(), json!(state.route(number).service));
    }
    json
}

/// `PUT /_sim/numbers/{number}`
pub(in crate::twilio::simulator) async fn number(
    State(exchange): Shared,
    Path(name): Path<String>,
    body: Bytes,
) -> Response {
    let change: NumberChange = match serde_json::from_slice(&body) {
        Ok(change) => change,
        Err(error) => return refuse(&error.to_string()),
    };
    let mut state = exchange.state();
    let Some(at) = place_of(&state, &name) else {
        return unknown("number", &name);
    };
    for (kind, sid, is_known) in [
        (
            "application",
            &change.application,
            is_application(&state, &change.application),
        ),
        (
            "service",
            &change.service,
            is_service(&state, &change.service),
        ),
    ] {
        if !is_known {
            return unknown(kind, sid.as_deref().unwrap_or_default());
        }
    }
    let number = &mut state.numbers[at];
    set(&mut number.friendly_name, change.friendly_name);
    set_hook(&mut number.sms, change.sms_url, change.sms_method);
    let fallback = &mut number.sms_fallback;
    set_hook(
        fallback,
        change.sms_fallback_url,
        change.sms_fallback_method,
    );
    if let Some(sid) = change.application {
        number.application = (!sid.is_empty()).then(|| Sid::new(sid));
    }
    let sid = number.sid.clone();
    if let Some(wanted) = change.service {
        for service in &mut state.services {
            service.numbers.retain(|number| *number != sid);
            if service.sid.as_str() == wanted {
                service.numbers.push(sid.clone());
            }
        }
    }
    Json(shown(&state.numbers[at], &state, &exchange)).into_response()
}

/// `DELETE /_sim/numbers/{number}`
pub(in crate::twilio::simulator) async fn remove_number(
    State(exchange): Shared,
    Path(name): Path<String>,
) -> Response {
    let mut state = exchange.state();
    let Some(at) = place_of(&state, &name) else {
        return unknown("number", &name);
    };
    let removed = state.numbers.remove(at);
    for service in &mut state.services {
        service.numbers.retain(|number| *number != removed.sid);
    }
    StatusCode::NO_CONTENT.into_response()
}

/// `GET /_sim/services`
pub(in crate::twilio::simulator) async fn services(State(exchange): Shared) -> Response {
    let state = exchange.state();
    let account = &exchange.config.account_sid;
    let all: Vec<Value> = state
        .services
        .iter()
        .map(|service| service.to_json(account, &exchange.base))
        .collect();
    Json(json!({ "services": all })).into_response()
}

/// `PUT /_sim/services {sid, …}`: changes the service, or makes it.
pub(in crate::twilio::simulator) async fn service(
    State(exchange): Shared,
    body: Bytes,
) -> Response {
    let change: ServiceChange = match serde_json::from_slice(&body) {
        Ok(change) => change,
        Err(error) => return refuse(&error.to_string()),
    };
    if !is_sid(&change.sid, "MG") {
        return refuse("sid: expected MG and 32 hexadecimal digits");
    }
    let now = exchange.now();
    let mut state = exchange.state();
    let mut pool = None;
    for name in change.numbers.iter().flatten() {
        let Some(at) = place_of(&state, name) else {
            return unknown("number", name);
        };
        let sid = state.numbers[at].sid.clone();
        pool.get_or_insert_with(Vec::new).push(sid);
    }
    if change.numbers.is_some() {
        pool.get_or_insert_default();
    }
    let known = state
        .services
        .iter()
        .position(|service| service.sid.as_str() == change.sid);
    let at = known.unwrap_or_else(|| {
        let new = Service::new(Sid::new(change.sid.clone()), now);
        state.services.push(new);
        state.services.len() - 1
    });
    let service = &mut state.services[at];
    set(&mut service.friendly_name, change.friendly_name);
    set_hook(
        &mut service.inbound,
        change.inbound_request_url,
        change.inbound_method,
    );
    set_hook(
        &mut service.fallback,
        change.fallback_url,
        change.fallback_method,
    );
    set(&mut service.status_callback, change.status_callback);
    set(&mut service.defers, change.use_inbound_webhook_on_number);
    set(&mut service.numbers, pool);
    let account = &exchange.config.account_sid;
    Json(service.to_json(account, &exchange.base)).into_response()
}

/// `GET /_sim/applications`
pub(in crate::twilio::simulator) async fn applications(State(exchange): Shared) -> Response {
    let state = exchange.state();
    let account = &exchange.config.account_sid;
    let all: Vec<Value> = state
        .applications
        .iter()
        .map(|application| application.to_json(account))
        .collect();
    Json(json!({ "applications": all })).into_response()
}

/// `PUT /_sim/applications {sid, …}`: changes the application, or makes it.
pub(in crate::twilio::simulator) async fn application(
    State(exchange): Shared,
    body: Bytes,
) -> Response {
    let change: ApplicationChange = match serde_json::from_slice(&body) {
        Ok(change) => change,
        Err(error) => return refuse(&error.to_string()),
    };
    if !is_sid(&change.sid, "AP") {
        return refuse("sid: expected AP and 32 hexadecimal digits");
    }
    let now = exchange.now();
    let mut state = exchange.state();
    let known = state
        .applications
        .iter()
        .position(|application| application.sid.as_str() == change.sid);
    let at = known.unwrap_or_else(|| {
        let new = Application::new(Sid::new(change.sid.clone()), now);
        state.applications.push(new);
        state.applications.len() - 1
    });
    let application = &mut state.applications[at];
    set(&mut application.friendly_name, change.friendly_name);
    set_hook(&mut application.sms, change.sms_url, change.sms_method);
    let fallback = &mut application.sms_fallback;
    set_hook(
        fallback,
        change.sms_fallback_url,
        change.sms_fallback_method,
    );
    let status = &mut application.message_status_callback;
    set(status, change.message_status_callback);
    Json(application.to_json(&exchange.config.account_sid)).into_response()
}

/// `GET /_sim/alerts`: every alert, the oldest first.
pub(in crate::twilio::simulator) async fn alerts(State(exchange): Shared) -> Response {
    let state = exchange.state();
    let account = &exchange.config.account_sid;
    let all: Vec<Value> = state
        .alerts
        .iter()
        .map(|alert| alert.to_json(account, &exchange.base))
        .collect();
    Json(json!({ "alerts": all })).into_response()
}

fn place_of(state: &Changing, name: &str) -> Option<usize> {
    let is_named = |number: &Number| number.phone_number == name || number.sid.as_str() == name;
    state.numbers.iter().position(is_named)
}

fn is_application(state: &Changing, sid: &Option<String>) -> bool {
    let sid = sid.as_deref().unwrap_or_default();
    sid.is_empty() || state.application(sid).is_some()
}

fn is_service(state: &Changing, sid: &Option<String>) -> bool {
    let sid = sid.as_deref().unwrap_or_default();
    sid.is_empty() || state.service(sid).is_some()
}

fn is_sid(sid: &str, prefix: &str) -> bool {
    let digits = sid.strip_prefix(prefix);
    digits.is_some_and(|digits| {
        digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

fn set_hook(hook: &mut Hook, url: Option<String>, method: Option<String>) {
    set(&mut hook.url, url);
    set(
        &mut hook.method,
        method.and_then(|name| Method::parse(&name)),
    );
}

fn unknown(kind: &str, name: &str) -> Response {
    let error = format!("there is no {kind} {name}");
    (StatusCode::NOT_FOUND, Json(json!({ "error": error }))).into_response()
}
