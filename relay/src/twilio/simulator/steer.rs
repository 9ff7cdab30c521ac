//! `/_sim`: plain JSON to make persons write, to turn knobs and to see what happened.
//!
//! Open to whoever reaches the simulator: it holds nothing that is true.

pub(super) mod holdings;

pub(super) use self::holdings::Standing;

use super::exchange::Exchange;
use super::inbound::{InboundText, Received};
use super::knobs::Knobs;
use super::message::Message;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::sync::Arc;

type Shared = State<Arc<Exchange>>;

/// `POST /_sim/inbound {from, to?, body?, media?, count?}`: 201 when every webhook is done.
pub(super) async fn inbound(State(exchange): Shared, body: Bytes) -> Response {
    let text: InboundText = match serde_json::from_slice(&body) {
        Ok(text) => text,
        Err(error) => return refuse(&error.to_string()),
    };
    // A task of its own: the person's texts do not stop when whoever asked for them goes away.
    let task = {
        let exchange = Arc::clone(&exchange);
        exchange
            .under_way
            .clone()
            .spawn(async move { exchange.receive(&text).await })
    };
    match task.await {
        Ok(Ok(received)) => {
            let reply = received_json(&received, &exchange.config.account_sid);
            (StatusCode::CREATED, Json(reply)).into_response()
        }
        Ok(Err(error)) => refuse(&error.to_string()),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn received_json(received: &[Received], account_sid: &str) -> Value {
    let webhooks = received.iter().flat_map(|one| {
        one.webhooks.iter().map(|outcome| {
            json!({
                "message_sid": one.message.sid.as_str(),
                "attempts": outcome.attempts,
                "status": outcome.status,
                "error_code": outcome.error_code,
            })
        })
    });
    json!({
        "messages": received.iter().map(|one| one.message.to_json(account_sid)).collect::<Vec<_>>(),
        "webhooks": webhooks.collect::<Vec<_>>(),
    })
}

/// `GET /_sim/messages`: every message, the oldest first, with where its callbacks go.
pub(super) async fn messages(State(exchange): Shared) -> Response {
    let shown = |message: &Message| {
        let mut json = message.to_json(&exchange.config.account_sid);
        if let Value::Object(fields) = &mut json {
            fields.insert("status_callback".to_owned(), json!(message.status_callback));
        }
        json
    };
    let all: Vec<Value> = exchange.state().messages.iter().map(shown).collect();
    Json(json!({ "messages": all })).into_response()
}

/// `GET /_sim/webhooks`: every try to deliver a webhook or a status callback, the oldest first.
pub(super) async fn webhooks(State(exchange): Shared) -> Response {
    let attempts: Vec<_> = exchange.state().attempts.iter().cloned().collect();
    Json(json!({ "webhooks": attempts })).into_response()
}

/// `GET /_sim/knobs`
pub(super) async fn knobs(State(exchange): Shared) -> Json<Knobs> {
    Json(exchange.state().knobs.clone())
}

/// `PUT /_sim/knobs`: turns the knobs that are named, all or none of them.
pub(super) async fn turn(State(exchange): Shared, body: Bytes) -> Response {
    let changes = match serde_json::from_slice(&body) {
        Ok(Value::Object(changes)) => changes,
        Ok(_) => return refuse("expected an object of knobs"),
        Err(error) => return refuse(&error.to_string()),
    };
    let mut state = exchange.state();
    match state.knobs.turned(&changes) {
        Ok(turned) => {
            state.knobs = turned.clone();
            Json(turned).into_response()
        }
        Err(error) => {
            let body = json!({ "error": error.to_string(), "knob": error.knob });
            (StatusCode::BAD_REQUEST, Json(body)).into_response()
        }
    }
}

/// `POST /_sim/reset`: back to the start.
pub(super) async fn reset(State(exchange): Shared) -> StatusCode {
    exchange.reset();
    StatusCode::NO_CONTENT
}

fn refuse(reason: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": reason }))).into_response()
}
