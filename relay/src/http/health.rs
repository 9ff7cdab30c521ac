//! `GET /health` and `GET /ready`.

use crate::outbox::reconcile::tally::{End, Found, Tally};
use crate::state::Relay;
use crate::store::trouble::Trouble;
use crate::store::{StoreError, feed, lines, meta, outbox};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use smsdesk_common::api::health::{Health, Reconciled, SendingPaused};
use smsdesk_common::line::Line;
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
        .read(|reads| {
            let head = feed::head(reads)?;
            Ok::<_, StoreError>((head, outbox::counts(reads)?, lines::all(reads)?))
        })
        .await;
    let moving = looked.as_ref().is_ok_and(|(head, _, _)| *head >= known);
    let (_, counts, lines) = looked.unwrap_or_default();
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
        lists_read_age_s: relay.lists_read_age_s(),
        reconciled: Some(reconciled(&relay.tally)),
        sending_paused: paused(&lines),
        certificate: relay.tls.as_ref().map(|tls| tls.told()),
        insight: relay.judges().then(|| relay.insights.told()),
        backup: relay.backups.told(relay.clock.now()),
    };
    (status, Json(health))
}

pub(crate) fn reconciled(tally: &Tally) -> Reconciled {
    Reconciled {
        inbound: tally.found(Found::Inbound),
        outbound: tally.found(Found::Outbound),
        statuses: tally.found(Found::Status),
        settled: tally.found(Found::Settled),
        unconfirmed: tally.ended(End::Unconfirmed),
    }
}

/// What is paused, with the reason of the line that has been so for the longest.
pub(crate) fn paused(lines: &[Line]) -> Option<SendingPaused> {
    let paused = lines.iter().filter_map(|line| line.paused.as_ref());
    let first = paused.clone().min_by_key(|paused| paused.since)?;
    Some(SendingPaused {
        lines: u64::try_from(paused.count()).unwrap_or(u64::MAX),
        since: first.since,
        code: first.code,
    })
}

/// The relay takes requests: this answer proves it.
pub(crate) async fn ready() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "ok": true }))
}
