//! `GET /v1/status`: how the relay fares, for whoever works with it.

use crate::http::health::{paused, reconciled};
use crate::http::problem::ApiError;
use crate::state::Relay;
use crate::store::trouble::Trouble;
use crate::store::{StoreError, feed, lines, outbox, settings};
use axum::Json;
use axum::extract::State;
use smsdesk_common::api::status::{
    DiskStatus, OutboxStatus, RelayStatus, SessionStatus, TwilioStatus, WebhookStatus,
};
use smsdesk_common::line::Line;
use smsdesk_common::stream::PROTOCOL;
use std::sync::Arc;

/// How it fares. Changes nothing and waits for no disk that is written to.
pub(crate) async fn show(State(relay): State<Arc<Relay>>) -> Result<Json<RelayStatus>, ApiError> {
    let (head, counts, lines, sends_paused) = relay
        .store
        .read(|reads| {
            Ok::<_, StoreError>((
                feed::head(reads)?,
                outbox::counts(reads)?,
                lines::all(reads)?,
                settings::sends_paused(reads)?,
            ))
        })
        .await?;
    let open = relay.attendance.open(head);
    Ok(Json(RelayStatus {
        version: crate::VERSION.to_owned(),
        protocol: PROTOCOL,
        now: relay.clock.now(),
        up_s: relay.up_s(),
        head,
        webhooks: webhooks(&relay),
        commits: relay.metrics.commits.spread(),
        outbox: OutboxStatus {
            waiting: counts.waiting,
            sending: counts.sending,
            unknown: counts.unknown,
            paused: sends_paused,
        },
        twilio: twilio(&relay, &lines),
        sessions: SessionStatus {
            people: open.people,
            programs: open.programs,
            lag: open.lag,
        },
        disk: disk(&relay),
    }))
}

fn webhooks(relay: &Relay) -> WebhookStatus {
    let (accepted, refused) = relay.metrics.webhooks.counts();
    WebhookStatus {
        last_age_s: relay.last_webhook_age_s(),
        accepted,
        refused,
        ack: relay.metrics.webhooks.acks(),
    }
}

fn twilio(relay: &Relay, lines: &[Line]) -> TwilioStatus {
    let (called, failed) = relay.metrics.calls.counts();
    TwilioStatus {
        calls: relay.metrics.calls.spread(),
        called,
        failed,
        sending_paused: paused(lines),
        lists_read_age_s: relay.lists_read_age_s(),
        reconciled: reconciled(&relay.tally),
    }
}

fn disk(relay: &Relay) -> DiskStatus {
    let signs = relay.store.signs();
    let problem = if relay.store.is_full() {
        Some(Trouble::Full.words().to_owned())
    } else if relay.store.is_low() {
        Some("the disk is nearly full: new texts of agents are refused".to_owned())
    } else {
        None
    };
    DiskStatus {
        database_bytes: signs.database_bytes,
        wal_bytes: signs.wal_bytes,
        free_bytes: signs.free_bytes,
        problem,
    }
}
