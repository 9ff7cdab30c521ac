//! `GET /metrics`, on a listener of its own: what Prometheus asks for, in its text format 0.0.4.

use crate::state::Relay;
use crate::store::{Signs, StoreError, feed, outbox};
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::fmt::Write as _;
use std::sync::Arc;

/// The content type of the format.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4";

/// The one route of the metrics' listener.
pub fn routes(relay: Arc<Relay>) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .with_state(relay)
}

async fn metrics(State(relay): State<Arc<Relay>>) -> Response {
    let looked = relay
        .store
        .read(|reads| Ok::<_, StoreError>((feed::head(reads)?, outbox::counts(reads)?)))
        .await;
    let (head, counts) = match looked {
        Ok(looked) => looked,
        Err(error) => {
            tracing::error!(%error, "the metrics could not be read");
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    let mut text = String::new();
    gauge(
        &mut text,
        "feed_head",
        "Newest position of the feed.",
        head.0,
    );
    let waiting = "Texts that wait to be handed to the provider.";
    gauge(&mut text, "outbox_waiting", waiting, counts.waiting);
    let unknown = "Texts of which it is unknown whether the provider has them.";
    gauge(&mut text, "outbox_unknown", unknown, counts.unknown);
    if let Some(age) = relay.last_webhook_age_s() {
        let words = "Seconds since the last accepted webhook.";
        gauge(&mut text, "last_webhook_age_seconds", words, age);
    }
    disk(&mut text, &relay);
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response()
}

/// How the files and the disk fare.
fn disk(text: &mut String, relay: &Relay) {
    let Signs {
        database_bytes,
        wal_bytes,
        moved_at,
        free_bytes,
    } = relay.store.signs();
    let since = |at| relay.clock.now().millis_since(at).max(0) / 1_000;
    let moved = moved_at.map(|at| u64::try_from(since(at)).unwrap_or(0));
    for (name, help, value) in [
        (
            "database_bytes",
            "Size of the database's file.",
            database_bytes,
        ),
        (
            "wal_bytes",
            "Size of the write-ahead log's file.",
            wal_bytes,
        ),
        (
            "last_checkpoint_age_seconds",
            "Seconds since the log was last moved into the database.",
            moved,
        ),
        (
            "disk_free_bytes",
            "Room on the database's disk.",
            free_bytes,
        ),
    ] {
        if let Some(value) = value {
            gauge(text, name, help, value);
        }
    }
}

fn gauge(text: &mut String, name: &str, help: &str, value: u64) {
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "# HELP smsdesk_{name} {help}\n# TYPE smsdesk_{name} gauge\nsmsdesk_{name} {value}"
    );
}
