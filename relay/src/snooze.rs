//! Brings snoozed conversations back at their time. Sleeps until the next one is due and looks at
//! nothing in between.

use crate::desk::triage;
use crate::state::Relay;
use crate::store::{StoreError, conversations};
use std::sync::Arc;
use std::time::Duration;

/// Conversations that come back in one commit: more are due together only on Monday at nine.
const BATCH_MAX: u32 = 100;
/// The longest sleep while one is snoozed, in milliseconds: the machine's clock may be put right.
const SLEEP_MS_MAX: i64 = 60_000;
/// The pause after the store failed, in milliseconds.
const STORE_PAUSE_MS: u64 = 5_000;

/// Works until shutdown.
pub async fn run(relay: Arc<Relay>) {
    loop {
        let pause = match round(&relay).await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::warn!(%error, "snoozed conversations could not be looked at");
                Some(Duration::from_millis(STORE_PAUSE_MS))
            }
        };
        let sleep = async {
            match pause {
                Some(pause) => tokio::time::sleep(pause).await,
                // Nothing is snoozed until a time.
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = relay.shutdown.cancelled() => return,
            () = relay.snooze_bell.notified() => {}
            () = sleep => {}
        }
    }
}

/// Brings back what is due; how long nothing else is, or none where nothing is snoozed.
async fn round(relay: &Relay) -> Result<Option<Duration>, StoreError> {
    let next = relay.store.read(conversations::next_to_wake).await?;
    let Some(next) = next else {
        return Ok(None);
    };
    let left = next.millis_since(relay.clock.now());
    if left <= 0 {
        let woken = relay.store.write(|tx| triage::wake(tx, BATCH_MAX)).await?;
        tracing::debug!(woken, "snoozed conversations are back");
        return Ok(Some(Duration::ZERO));
    }
    Ok(Some(sleep(left)))
}

fn sleep(left_ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(left_ms.min(SLEEP_MS_MAX)).unwrap_or(0))
}
