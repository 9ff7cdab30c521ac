//! `Messages`: create, fetch, list, redact, cancel, delete.

use super::create;
use super::error::ApiError;
use super::name_in;
use super::page::{Kind, PageRequest};
use super::params::Params;
use crate::twilio::simulator::exchange::Exchange;
use crate::twilio::simulator::message::{API_VERSION, Message, Status};
use crate::twilio::simulator::outbound::MAX_UNDER_WAY;
use crate::twilio::simulator::random::Roll;
use crate::twilio::simulator::server::HangUp;
use axum::Json;
use axum::extract::{Path, RawForm, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use smsdesk_common::time::Timestamp;
use std::sync::Arc;

type Shared = State<Arc<Exchange>>;

/// `POST …/Messages.json`
pub(in crate::twilio::simulator) async fn create(
    State(exchange): Shared,
    RawForm(form): RawForm,
) -> Response {
    let params = Params::parse(&form);
    let draft = match create::draft(&params, &exchange) {
        Ok(_) if exchange.under_way.len() >= MAX_UNDER_WAY => {
            return ApiError::queue_full().into_response();
        }
        Ok(draft) => draft,
        Err(error) => return error.into_response(),
    };
    let accepted = exchange.accept(draft);
    if accepted.is_early {
        exchange.set_off_early(accepted.journey).await;
    } else {
        exchange.set_off(accepted.journey);
    }
    let mut state = exchange.state();
    let drops = state.happens(Roll::DropAnswer, |knobs| knobs.drop_answer);
    let breaks = state.happens(Roll::Http500Accepted, |knobs| knobs.http_500_accepted);
    drop(state);
    if drops {
        return HangUp::response();
    }
    if breaks {
        return ApiError::internal().into_response();
    }
    let resource = accepted.message.to_json(&exchange.config.account_sid);
    (StatusCode::CREATED, Json(resource)).into_response()
}

/// `GET …/Messages/{Sid}.json`
pub(in crate::twilio::simulator) async fn fetch(
    State(exchange): Shared,
    Path((_, file)): Path<(String, String)>,
) -> Response {
    let found = name_in(&file)
        .and_then(|sid| exchange.state().messages.get(sid).cloned())
        .map(|message| message.to_json(&exchange.config.account_sid));
    found.map_or_else(
        || missing(&exchange, &file).into_response(),
        |json| Json(json).into_response(),
    )
}

/// `POST …/Messages/{Sid}.json`: an empty `Body` redacts, `Status=canceled` calls a scheduled
/// message off. Both, or neither, is 30400.
pub(in crate::twilio::simulator) async fn update(
    State(exchange): Shared,
    Path((_, file)): Path<(String, String)>,
    RawForm(form): RawForm,
) -> Response {
    let params = Params::parse(&form);
    let changed = match (params.given("Body"), params.given("Status")) {
        (Some(""), None) => change(&exchange, &file, redact),
        (None, Some("canceled")) => change(&exchange, &file, cancel),
        _ => Err(ApiError::bad(30400, "Parameters are not valid")),
    };
    match changed {
        Ok(message) => {
            if message.status == Status::Canceled {
                let (exchange, message) = (Arc::clone(&exchange), message.clone());
                let tracker = exchange.under_way.clone();
                tracker.spawn(async move {
                    exchange.post_status(&message, Status::Canceled).await;
                });
            }
            Json(message.to_json(&exchange.config.account_sid)).into_response()
        }
        Err(error) => error.into_response(),
    }
}

fn change(
    exchange: &Exchange,
    file: &str,
    change: fn(&mut Message) -> Result<(), ApiError>,
) -> Result<Message, ApiError> {
    let now = exchange.now();
    let mut state = exchange.state();
    let message = name_in(file)
        .and_then(|sid| state.messages.get_mut(sid))
        .ok_or_else(|| missing(exchange, file))?;
    change(message)?;
    message.updated_at = now;
    let message = message.clone();
    drop(state);
    exchange.announce();
    Ok(message)
}

fn redact(message: &mut Message) -> Result<(), ApiError> {
    if !is_settled(message) {
        return Err(ApiError::not_complete());
    }
    message.body.clear();
    Ok(())
}

fn cancel(message: &mut Message) -> Result<(), ApiError> {
    if message.status != Status::Scheduled {
        return Err(ApiError::not_cancelable());
    }
    message.status = Status::Canceled;
    Ok(())
}

/// Whether Twilio lets go of a message: nothing more is expected, or it may stay `sent` for ever.
fn is_settled(message: &Message) -> bool {
    message.status.is_final() || message.status == Status::Sent
}

/// `DELETE …/Messages/{Sid}.json`: with its media; refused with 20009 while it is on its way.
pub(in crate::twilio::simulator) async fn delete(
    State(exchange): Shared,
    Path((_, file)): Path<(String, String)>,
) -> Response {
    let mut state = exchange.state();
    let Some(message) = name_in(&file).and_then(|sid| state.messages.get(sid)) else {
        return missing(&exchange, &file).into_response();
    };
    if !is_settled(message) {
        return ApiError::not_complete().into_response();
    }
    let sid = message.sid.clone();
    state.messages.remove(sid.as_str());
    drop(state);
    exchange.announce();
    StatusCode::NO_CONTENT.into_response()
}

/// `GET …/Messages.json`: newest first.
pub(in crate::twilio::simulator) async fn list(
    State(exchange): Shared,
    RawQuery(query): RawQuery,
) -> Response {
    match page(&exchange, query.unwrap_or_default().as_bytes()) {
        Ok(page) => Json(page).into_response(),
        Err(error) => error.into_response(),
    }
}

fn page(exchange: &Exchange, query: &[u8]) -> Result<Value, ApiError> {
    let params = Params::parse(query);
    let request = PageRequest::parse(&params)?;
    let filter = Filter::parse(&params)?;
    let account = &exchange.config.account_sid;
    let now = exchange.now();
    let state = exchange.state();
    let lag = i64::try_from(state.knobs.list_lag_ms.get()).unwrap_or(i64::MAX);
    let shown = state
        .messages
        .iter()
        .rev()
        .filter(|message| lag == 0 || now.millis_since(message.created_at) >= lag)
        .filter(|message| filter.matches(message));
    let slice = request.cut(shown, |message| message.position);
    let path = format!("/{API_VERSION}/Accounts/{account}/Messages.json");
    Ok(request.reply(
        Kind::Of2010(&path),
        "messages",
        &slice,
        |message| message.position,
        |message| message.to_json(account),
    ))
}

/// What a list of messages is narrowed down to.
struct Filter {
    to: Option<String>,
    from: Option<String>,
    /// At or after; with a bare date, from its midnight in GMT.
    sent_from: Option<Timestamp>,
    /// At or before; with a bare date, up to its midnight in GMT.
    sent_until: Option<Timestamp>,
    /// On the day that starts then. The SDKs send a time even where they are given a date.
    sent_on: Option<Timestamp>,
}

const DAY_MS: i64 = 24 * 3_600_000;
const SECOND_MS: i64 = 1000;

impl Filter {
    fn parse(params: &Params) -> Result<Self, ApiError> {
        let address = |name| {
            let given = params.get(name)?;
            Some(create::address(given).unwrap_or_else(|| given.to_owned()))
        };
        let time = |name| params.get(name).map(|text| moment(name, text)).transpose();
        let day_of = |at: Timestamp| at.plus_millis(-at.as_millis().rem_euclid(DAY_MS));
        Ok(Self {
            to: address("To"),
            from: address("From"),
            sent_from: time("DateSent>")?,
            sent_until: time("DateSent<")?,
            sent_on: time("DateSent")?.map(day_of),
        })
    }

    fn matches(&self, message: &Message) -> bool {
        let is_wanted = |wanted: &Option<String>, address: Option<&str>| {
            wanted
                .as_deref()
                .is_none_or(|wanted| address == Some(wanted))
        };
        // Dates are shown in whole seconds, and that is how Twilio compares them.
        let sent = message
            .sent_at
            .map(|at| at.plus_millis(-at.as_millis().rem_euclid(SECOND_MS)));
        let was_sent = |test: &dyn Fn(Timestamp) -> bool| sent.is_some_and(test);
        is_wanted(&self.to, Some(&message.to))
            && is_wanted(&self.from, message.from.as_deref())
            && self.sent_from.is_none_or(|from| was_sent(&|at| at >= from))
            && self
                .sent_until
                .is_none_or(|until| was_sent(&|at| at <= until))
            && self
                .sent_on
                .is_none_or(|day| was_sent(&|at| at >= day && at < day.plus_millis(DAY_MS)))
    }
}

/// A time of a filter; a bare date is its midnight in GMT.
fn moment(name: &str, text: &str) -> Result<Timestamp, ApiError> {
    let time = if text.len() == "2026-11-21".len() {
        Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z"))
    } else {
        Timestamp::parse_rfc3339(text)
    };
    time.map_err(|_| ApiError::bad(20001, format!("{name}: expected a date or a time in GMT")))
}

fn missing(exchange: &Exchange, file: &str) -> ApiError {
    let account = &exchange.config.account_sid;
    ApiError::not_found(&format!(
        "/{API_VERSION}/Accounts/{account}/Messages/{file}"
    ))
}
