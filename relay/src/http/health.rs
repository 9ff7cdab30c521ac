//! `GET /health` and `GET /ready`.

use crate::state::Relay;
use crate::store::trouble::Trouble;
use crate::store::{StoreError, feed, meta, outbox};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use smsdesk_common::api::health::Health;
use std::sync::Arc;
use std::time::Duration;

/// How long a commit may take before the database counts as not writable, in milliseconds.
const WRITE_MS_MAX: u64 = 1_000;

/// Whether the relay does its work: tries a commit and a read, and says what it finds.
pub(crate) async fn health(State(relay): State<Arc<Relay>>) -> (StatusCode, Json<Health>) {
    let limit = Duration::from_millis(WRITE_MS_MAX);
    let written = tokio::time::timeout(limit, relay.store.write(meta::touch)).await;
    let problem = match &written {
        // A commit as small as this one finds room where a text no longer does.
        Ok(Ok(())) if relay.store.is_full() => Some(Trouble::Full.words().to_owned()),
        Ok(Ok(())) if relay.store.is_low() => {
            Some("the disk is nearly full: new texts of agents are refused".to_owned())
        }
        Ok(Ok(())) => None,
        // Anybody may ask: what the engine said stays in the log.
        Ok(Err(error)) => Some(error.trouble().map_or_else(
            || "the database cannot be written now".to_owned(),
            |trouble| trouble.words().to_owned(),
        )),
        Err(_) => Some("the disk does not answer".to_owned()),
    };
    let writable = matches!(written, Ok(Ok(()))) && !relay.store.is_full();
    // Known before the look: what is committed after it need not be seen by it.
    let known = relay.store.hub().head();
    let looked = relay
        .store
        .read(|reads| Ok::<_, StoreError>((feed::head(reads)?, outbox::counts(reads)?)))
        .await;
    let moving = looked.as_ref().is_ok_and(|(head, _)| *head >= known);
    let counts = looked.map(|(_, counts)| counts).unwrap_or_default();
    let ok = writable && moving;
    let status = if ok {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let health = Health {
        ok,
        version: crate::VERSION.to_owned(),
        database_writable: writable,
        problem,
        feed_moving: moving,
        last_webhook_age_s: relay.last_webhook_age_s(),
        waiting_to_send: counts.waiting,
        unknown_sends: counts.unknown,
    };
    (status, Json(health))
}

/// The relay takes requests: this answer proves it.
pub(crate) async fn ready() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "ok": true }))
}
