//! `GET /metrics`, on a listener of its own: what Prometheus asks for, in its text format 0.0.4.

use crate::insight::tally::{self, Reason};
use crate::outbox::reconcile::tally::{End, Found, Tally};
use crate::state::Relay;
use crate::store::{Signs, StoreError, feed, lines, outbox};
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
    found(&mut text, &relay.tally);
    if let Some(age) = relay.lists_read_age_s() {
        let words = "Seconds since the provider's lists were last read in full.";
        gauge(&mut text, "lists_read_age_seconds", words, age);
    }
    let paused = lines.iter().filter(|line| line.paused.is_some()).count();
    let paused = u64::try_from(paused).unwrap_or(u64::MAX);
    let words = "Lines that do not send, because the provider refuses their account.";
    gauge(&mut text, "sending_paused_lines", words, paused);
    if let Some(age) = relay.last_webhook_age_s() {
        let words = "Seconds since the last accepted webhook.";
        gauge(&mut text, "last_webhook_age_seconds", words, age);
    }
    if relay.judges() {
        insight(&mut text, &relay.insights);
    }
    if let Some(age) = relay
        .backups
        .told(relay.clock.now())
        .and_then(|it| it.age_s)
    {
        let words = "Seconds since the newest verified backup was made.";
        gauge(&mut text, "backup_age_seconds", words, age);
    }
    disk(&mut text, &relay);
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response()
}

/// What the provider's lists brought, and how doubts ended.
fn found(text: &mut String, tally: &Tally) {
    let found = Found::ALL.map(|(what, name)| (name, tally.found(what)));
    let help = "What the provider's lists told and no webhook did.";
    counter(text, "reconciled_total", help, "kind", &found);
    let ended = End::ALL.map(|(how, name)| (name, tally.ended(how)));
    let help = "Texts of unknown fate, by what settled them.";
    counter(text, "unknown_settled_total", help, "by", &ended);
    let help = "Listed messages whose words the account had removed.";
    counter(
        text,
        "redacted_total",
        help,
        "in",
        &[("list", tally.redactions())],
    );
}

/// What came of judging customers' texts.
fn insight(text: &mut String, tally: &tally::Tally) {
    let help = "Customers' texts that were judged.";
    let judged = [("judged", tally.judgements())];
    counter(text, "insight_total", help, "texts", &judged);
    let reasons = Reason::ALL.map(|(reason, name)| (name, tally.counted(reason)));
    let help = "Answers of the endpoint that were of no use, and questions without one.";
    counter(text, "insight_failed_total", help, "reason", &reasons);
    let paused = u64::from(tally.state() != tally::State::Well);
    let help = "Whether nothing is judged now: the endpoint fails, or the cost cap is reached.";
    gauge(text, "insight_paused", help, paused);
}

fn counter(text: &mut String, name: &str, help: &str, label: &str, values: &[(&str, u64)]) {
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "# HELP smsdesk_{name} {help}\n# TYPE smsdesk_{name} counter"
    );
    for (value, count) in values {
        let _ = writeln!(text, "smsdesk_{name}{{{label}=\"{value}\"}} {count}");
    }
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
