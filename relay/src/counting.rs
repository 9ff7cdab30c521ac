//! Counts what the team's work amounts to behind the commits, so that nothing that is acknowledged
//! waits for it. The counting is done by a connection that only reads; what it found is stored in
//! one small commit.

use crate::clock::monotonic;
use crate::state::Relay;
use crate::store::{StoreError, stats};
use std::sync::Arc;
use std::time::Duration;

/// Changes that are counted in one look.
const BATCH_MAX: u32 = 1_000;
/// The pause between two looks, in milliseconds: texts and requests come first.
const PAUSE_MS: u64 = 20;
/// How long new changes are gathered, in milliseconds; until then no figure knows of them.
const GATHER_MS: u64 = 1_000;
/// How many times as long as a look took none follows: what nobody waits for may take a fifth of a
/// core.
const REST: u32 = 4;
/// The pause after the store failed, in milliseconds.
const STORE_PAUSE_MS: u64 = 5_000;

/// Works until shutdown.
pub(crate) async fn run(relay: Arc<Relay>) {
    let mut growth = relay.store.hub().subscribe();
    loop {
        growth.mark_unchanged();
        let began = monotonic();
        let pause = match count(&relay).await {
            // The figures do not grow the log: only what is new ends this wait.
            Ok(Found::Nothing) => tokio::select! {
                changed = growth.changed() => match changed {
                    Ok(()) => GATHER_MS,
                    Err(_) => return,
                },
                () = relay.shutdown.cancelled() => return,
            },
            Ok(Found::Some) => PAUSE_MS,
            Err(error) => {
                tracing::warn!(%error, "what the work amounts to could not be counted");
                STORE_PAUSE_MS
            }
        };
        let took = monotonic().duration_since(began);
        let pause = match pause {
            PAUSE_MS => (took * REST).max(Duration::from_millis(PAUSE_MS)),
            pause => Duration::from_millis(pause),
        };
        tokio::select! {
            () = relay.shutdown.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

enum Found {
    Some,
    Nothing,
}

/// Counts some changes; none while the disk is nearly full, for texts need the room.
async fn count(relay: &Relay) -> Result<Found, StoreError> {
    if relay.store.is_low() {
        return Ok(Found::Nothing);
    }
    let look = relay.store.read(|reads| stats::look(reads, BATCH_MAX));
    let Some(work) = look.await? else {
        return Ok(Found::Nothing);
    };
    relay.store.write(move |tx| stats::store(tx, &work)).await?;
    Ok(Found::Some)
}
