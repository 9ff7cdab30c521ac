//! Takes out what is older than it is kept, once a day, in small commits.

use crate::admin::removal::purge;
use crate::state::Relay;
use smsdesk_common::audit::Actor;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// After the start or another rule, in milliseconds: what a relay that was down has missed comes first.
const FIRST_MS: u64 = 10 * 60_000;
/// Between two rounds, in milliseconds.
const ROUND_MS: u64 = 24 * 3_600_000;
/// After a failure, in milliseconds.
const AGAIN_MS: u64 = 3_600_000;

/// Works until shutdown.
pub(crate) async fn run(relay: Arc<Relay>) {
    let mut changes = relay.live_changes();
    let mut rule = None;
    let mut due = Instant::now();
    loop {
        let wanted = changes.borrow_and_update().care.older_than_ms;
        if wanted != rule {
            rule = wanted;
            // Time to take back what was not meant.
            due = after(FIRST_MS);
        }
        let its_time = async {
            match rule {
                Some(older_than_ms) => {
                    tokio::time::sleep_until(due).await;
                    older_than_ms
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = relay.shutdown.cancelled() => return,
            _ = changes.changed() => {}
            older_than_ms = its_time => match take_out(&relay, older_than_ms).await {
                Some(pause) => due = after(pause),
                None => return,
            },
        }
    }
}

fn after(pause_ms: u64) -> Instant {
    Instant::now() + Duration::from_millis(pause_ms)
}

/// One round; says when the next one is, and nothing on shutdown.
async fn take_out(relay: &Relay, older_than_ms: i64) -> Option<u64> {
    let than = relay.clock.now().plus_millis(-older_than_ms);
    let purged = tokio::select! {
        // What is gone is gone; the next start goes on.
        () = relay.shutdown.cancelled() => return None,
        purged = purge(&relay.store, Actor::Relay, than) => purged,
    };
    Some(match purged {
        Ok(purged) => {
            let (entries, raw) = (purged.entries, purged.raw);
            if entries + raw > 0 {
                tracing::info!(entries, raw, "what was too old was taken out");
            }
            ROUND_MS
        }
        Err(error) => {
            tracing::warn!(%error, "what is too old could not be taken out");
            AGAIN_MS
        }
    })
}
