//! Indexes entries behind their commit, so that nothing that is acknowledged waits for it.

use crate::state::Relay;
use crate::store::{StoreError, search};
use std::sync::Arc;
use std::time::Duration;

/// Entries that are indexed in one commit: a few milliseconds of the one thread that writes.
const BATCH_MAX: u32 = 100;
/// The pause between two commits, in milliseconds: texts and requests come first.
const PAUSE_MS: u64 = 20;
/// How long new entries are gathered, in milliseconds; until then they are found without the index.
const GATHER_MS: u64 = 500;
/// The pause after the store failed, in milliseconds.
const STORE_PAUSE_MS: u64 = 5_000;

/// Works until shutdown.
pub(crate) async fn run(relay: Arc<Relay>) {
    let mut growth = relay.store.hub().subscribe();
    loop {
        growth.mark_unchanged();
        let pause = match index(&relay).await {
            // The index does not grow the log: only what is new ends this wait.
            Ok(0) => tokio::select! {
                changed = growth.changed() => match changed {
                    Ok(()) => GATHER_MS,
                    Err(_) => return,
                },
                () = relay.shutdown.cancelled() => return,
            },
            Ok(_) => PAUSE_MS,
            Err(error) => {
                tracing::warn!(%error, "entries could not be indexed");
                STORE_PAUSE_MS
            }
        };
        tokio::select! {
            () = relay.shutdown.cancelled() => return,
            () = tokio::time::sleep(Duration::from_millis(pause)) => {}
        }
    }
}

/// How many entries were indexed; none while the disk is nearly full, for texts need the room.
async fn index(relay: &Relay) -> Result<usize, StoreError> {
    if relay.store.is_low() {
        return Ok(0);
    }
    relay.store.write(|tx| search::index(tx, BATCH_MAX)).await
}
