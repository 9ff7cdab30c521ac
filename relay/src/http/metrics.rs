//! `GET /metrics`, on a listener of its own: what Prometheus asks for, in its text format 0.0.4.

use crate::state::Relay;
use crate::store::{StoreError, feed, lines, outbox};
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
        .read(|reads| {
            let head = feed::head(reads)?;
            Ok::<_, StoreError>((head, outbox::counts(reads)?, lines::all(reads)?))
        })
        .await;
    let (head, counts, lines) = match looked {
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
    let paused = lines.iter().filter(|line| line.paused.is_some()).count();
    let paused = u64::try_from(paused).unwrap_or(u64::MAX);
    let words = "Lines that do not send, because the provider refuses their account.";
    gauge(&mut text, "sending_paused_lines", words, paused);
    if let Some(age) = relay.last_webhook_age_s() {
        let words = "Seconds since the last accepted webhook.";
        gauge(&mut text, "last_webhook_age_seconds", words, age);
    }
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response()
}

fn gauge(text: &mut String, name: &str, help: &str, value: u64) {
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "# HELP smsdesk_{name} {help}\n# TYPE smsdesk_{name} gauge\nsmsdesk_{name} {value}"
    );
}
