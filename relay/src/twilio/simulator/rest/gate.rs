//! Before and after every REST request: who asks, which fault happens, what every answer carries.

use super::error::ApiError;
use crate::twilio::simulator::exchange::Exchange;
use crate::twilio::simulator::random::Roll;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use smsdesk_common::time::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use subtle::ConstantTimeEq;

/// Lets a request through, unless its credentials are wrong or a knob has it fail.
pub(in crate::twilio::simulator) async fn gate(
    State(exchange): State<Arc<Exchange>>,
    request: Request,
    next: Next,
) -> Response {
    let started = exchange.now();
    let concurrent = Concurrent::enter(&exchange.concurrent);
    let mut response = match refusal(&exchange, &request) {
        Some(refusal) => refusal,
        None => next.run(request).await,
    };
    let slow = exchange.state().knobs.slow_ms.get();
    if slow > 0 {
        tokio::time::sleep(Duration::from_millis(slow)).await;
    }
    let now = exchange.now();
    let seconds = now.millis_since(started).max(0);
    let duration = format!("{}.{:03}", seconds / 1000, seconds % 1000);
    let headers = response.headers_mut();
    set(headers, "twilio-request-id", exchange.mint("RQ").as_str());
    set(
        headers,
        "twilio-concurrent-requests",
        &concurrent.number.to_string(),
    );
    set(headers, "twilio-request-duration", &duration);
    set(headers, "x-home-region", "us1");
    set(headers, "date", &http_date(exchange.twilio_time(now)));
    response
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

/// A time as HTTP writes it (RFC 9110).
fn http_date(time: Timestamp) -> String {
    let time = time.to_jiff();
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn refusal(exchange: &Exchange, request: &Request) -> Option<Response> {
    if !is_authorized(exchange, request) {
        return Some(ApiError::unauthenticated().into_response());
    }
    let mut state = exchange.state();
    let is_limited = state.happens(Roll::Http429, |knobs| knobs.http_429);
    let is_broken = state.happens(Roll::Http500, |knobs| knobs.http_500);
    let is_down = state.happens(Roll::Http503, |knobs| knobs.http_503);
    drop(state);
    if is_limited {
        Some(ApiError::too_many_requests().into_response())
    } else if is_broken {
        Some(ApiError::internal().into_response())
    } else if is_down {
        // What comes from an edge is no Twilio error body, and often no JSON at all.
        let page = "<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>";
        let kind = [(header::CONTENT_TYPE, "text/html")];
        Some((StatusCode::SERVICE_UNAVAILABLE, kind, page).into_response())
    } else {
        None
    }
}

/// The account's own credentials or its API key's, for a path of that account. A right pair for
/// another account's path is as wrong as a wrong pair.
fn is_authorized(exchange: &Exchange, request: &Request) -> bool {
    let Some((user, password)) = credentials(request.headers()) else {
        return false;
    };
    let path = request.uri().path();
    // The later APIs know the account by the credentials alone.
    if let Some(below) = path.strip_prefix("/2010-04-01/Accounts/") {
        let account = below.split('/').next().unwrap_or_default();
        if account.strip_suffix(".json").unwrap_or(account) != exchange.config.account_sid {
            return false;
        }
    }
    let matches = |sid: &str, secret: &SecretString| {
        let right = secret.expose_secret().as_bytes();
        user == sid && bool::from(right.ct_eq(password.as_bytes()))
    };
    let config = &exchange.config;
    matches(&config.account_sid, &config.auth_token)
        || config
            .api_key
            .as_ref()
            .is_some_and(|key| matches(&key.sid, &key.secret))
}

fn credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

/// Counts a request for as long as it lives, even if its client goes away.
struct Concurrent<'a> {
    counter: &'a AtomicUsize,
    number: usize,
}

impl<'a> Concurrent<'a> {
    fn enter(counter: &'a AtomicUsize) -> Self {
        let number = counter.fetch_add(1, Ordering::Relaxed) + 1;
        Self { counter, number }
    }
}

impl Drop for Concurrent<'_> {
    fn drop(&mut self) {
        self.counter.fetch_sub(1, Ordering::Relaxed);
    }
}
