//! `GET /metrics`, on a listener of its own: what Prometheus asks for, in its text format 0.0.4.

use crate::insight::tally::{self, Reason};
use crate::metrics::sheet::Sheet;
use crate::outbox::reconcile::tally::{End, Found, Tally};
use crate::state::Relay;
use crate::store::{Signs, StoreError, feed, lines, outbox, settings};
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus::{Error, TextEncoder};
use smsdesk_common::ids::Seq;
use smsdesk_common::line::Line;
use std::sync::Arc;

/// The content type of the format.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4";

/// The one route of the metrics' listener.
pub fn routes(relay: Arc<Relay>) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .with_state(relay)
}

/// What the database says at one moment.
struct Looked {
    head: Seq,
    counts: outbox::Counts,
    lines: Vec<Line>,
    sends_paused: bool,
}

async fn metrics(State(relay): State<Arc<Relay>>) -> Response {
    let looked = relay
        .store
        .read(|reads| {
            Ok::<_, StoreError>(Looked {
                head: feed::head(reads)?,
                counts: outbox::counts(reads)?,
                lines: lines::all(reads)?,
                sends_paused: settings::sends_paused(reads)?,
            })
        })
        .await;
    let told = match looked {
        Ok(looked) => tell(&relay, &looked).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match told {
        Ok(text) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the metrics could not be read");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

fn tell(relay: &Relay, looked: &Looked) -> Result<String, Error> {
    let sheet = Sheet::default();
    sheet.gauges("smsdesk_build_info", "version", &[(crate::VERSION, 1)])?;
    feed_and_streams(&sheet, relay, looked.head)?;
    sending(&sheet, looked)?;
    found(&sheet, &relay.tally)?;
    let age = relay.lists_read_age_s();
    sheet.maybe("smsdesk_lists_read_age_seconds", age)?;
    let age = relay.last_webhook_age_s();
    sheet.maybe("smsdesk_last_webhook_age_seconds", age)?;
    if relay.judges() {
        insight(&sheet, &relay.insights)?;
    }
    let backup = relay.backups.told(relay.clock.now());
    sheet.maybe("smsdesk_backup_age_seconds", backup.and_then(|it| it.age_s))?;
    disk(&sheet, relay)?;
    certificate(&sheet, relay)?;
    let mut families = relay.metrics.gather();
    families.extend(sheet.gather());
    TextEncoder::new().encode_to_string(&families)
}

fn feed_and_streams(sheet: &Sheet, relay: &Relay, head: Seq) -> Result<(), Error> {
    let open = relay.attendance.open(head);
    sheet.gauge("smsdesk_feed_head", head.0)?;
    sheet.gauge("smsdesk_feed_lag_changes", open.lag)?;
    let kinds = [("person", open.people), ("program", open.programs)];
    sheet.gauges("smsdesk_stream_sessions", "kind", &kinds)
}

fn sending(sheet: &Sheet, looked: &Looked) -> Result<(), Error> {
    let counts = &looked.counts;
    sheet.gauge("smsdesk_outbox_waiting", counts.waiting)?;
    sheet.gauge("smsdesk_outbox_sending", counts.sending)?;
    sheet.gauge("smsdesk_outbox_unknown", counts.unknown)?;
    sheet.gauge("smsdesk_sends_paused", u64::from(looked.sends_paused))?;
    let paused = looked.lines.iter().filter(|line| line.paused.is_some());
    let paused = u64::try_from(paused.count()).unwrap_or(u64::MAX);
    sheet.gauge("smsdesk_sending_paused_lines", paused)
}

/// What the provider's lists brought, and how doubts ended.
fn found(sheet: &Sheet, tally: &Tally) -> Result<(), Error> {
    let found = Found::ALL.map(|(what, name)| (name, tally.found(what)));
    sheet.counters("smsdesk_reconciled_total", "kind", &found)?;
    let ended = End::ALL.map(|(how, name)| (name, tally.ended(how)));
    sheet.counters("smsdesk_unknown_settled_total", "by", &ended)?;
    let redacted = [("list", tally.redactions())];
    sheet.counters("smsdesk_redacted_total", "in", &redacted)
}

/// What came of judging customers' texts.
fn insight(sheet: &Sheet, tally: &tally::Tally) -> Result<(), Error> {
    let judged = [("judged", tally.judgements())];
    sheet.counters("smsdesk_insight_total", "texts", &judged)?;
    let reasons = Reason::ALL.map(|(reason, name)| (name, tally.counted(reason)));
    sheet.counters("smsdesk_insight_failed_total", "reason", &reasons)?;
    let paused = u64::from(tally.state() != tally::State::Well);
    sheet.gauge("smsdesk_insight_paused", paused)
}

/// How long the certificate that is shown lives; none says nothing.
fn certificate(sheet: &Sheet, relay: &Relay) -> Result<(), Error> {
    let until = relay.tls.as_ref().and_then(|tls| tls.told().until);
    let left = until.map(|until| until.millis_since(relay.clock.now()) / 1_000);
    let left = left.map(|left| u64::try_from(left).unwrap_or(0));
    sheet.maybe("smsdesk_certificate_left_seconds", left)
}

/// How the files and the disk fare.
fn disk(sheet: &Sheet, relay: &Relay) -> Result<(), Error> {
    let Signs {
        database_bytes,
        wal_bytes,
        moved_at,
        free_bytes,
    } = relay.store.signs();
    let since = |at| relay.clock.now().millis_since(at).max(0) / 1_000;
    let moved = moved_at.map(|at| u64::try_from(since(at)).unwrap_or(0));
    sheet.maybe("smsdesk_database_bytes", database_bytes)?;
    sheet.maybe("smsdesk_wal_bytes", wal_bytes)?;
    sheet.maybe("smsdesk_last_checkpoint_age_seconds", moved)?;
    sheet.maybe("smsdesk_disk_free_bytes", free_bytes)
}
