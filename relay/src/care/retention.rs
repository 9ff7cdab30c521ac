//! Takes out what is older than it is kept, once a day, in small commits.

use crate::admin::removal::purge;
use crate::state::Relay;
use smsdesk_common::audit::Actor;
use std::sync::Arc;
use std::time::Duration;

/// After the start, in milliseconds: what a relay that was down has missed comes first.
const FIRST_MS: u64 = 10 * 60_000;
/// Between two rounds, in milliseconds.
const ROUND_MS: u64 = 24 * 3_600_000;
/// After a failure, in milliseconds.
const AGAIN_MS: u64 = 3_600_000;

/// Works until shutdown.
pub(crate) async fn run(relay: Arc<Relay>, older_than_ms: i64) {
    let mut pause = FIRST_MS;
    loop {
        tokio::select! {
            () = relay.shutdown.cancelled() => return,
            () = tokio::time::sleep(Duration::from_millis(pause)) => {}
        }
        let than = relay.clock.now().plus_millis(-older_than_ms);
        let purged = tokio::select! {
            // What is gone is gone; the next start goes on.
            () = relay.shutdown.cancelled() => return,
            purged = purge(&relay.store, Actor::Relay, than) => purged,
        };
        pause = match purged {
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
        };
    }
}
