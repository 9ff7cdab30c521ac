//! Lets texts go at their time. Sleeps until the next one is due and looks at nothing in between.

use crate::desk::later;
use crate::state::Relay;
use crate::store::{StoreError, timed};
use smsdesk_common::later::door;
use std::sync::Arc;
use std::time::Duration;

/// Texts that are let go in one commit: more are due together only on Monday at nine.
const BATCH_MAX: u32 = 100;
/// The longest sleep while one waits, in milliseconds: the machine's clock may be put right.
const SLEEP_MS_MAX: i64 = 10_000;
/// The pause after the store failed, in milliseconds.
const STORE_PAUSE_MS: u64 = 5_000;

/// Works until shutdown.
pub async fn run(relay: Arc<Relay>) {
    loop {
        let pause = match round(&relay).await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::warn!(%error, "timed texts could not be looked at");
                Some(Duration::from_millis(STORE_PAUSE_MS))
            }
        };
        let sleep = async {
            match pause {
                Some(pause) => tokio::time::sleep(pause).await,
                // Nothing waits for a time.
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = relay.shutdown.cancelled() => return,
            () = relay.timed_bell.notified() => {}
            () = sleep => {}
        }
    }
}

/// Lets go what is due; how long nothing else is, or none where nothing waits for a time.
async fn round(relay: &Relay) -> Result<Option<Duration>, StoreError> {
    let Some(next) = relay.store.read(timed::next).await? else {
        return Ok(None);
    };
    let left = door(next).millis_since(relay.clock.now());
    if left > 0 {
        let left = u64::try_from(left.min(SLEEP_MS_MAX)).unwrap_or(0);
        return Ok(Some(Duration::from_millis(left)));
    }
    let policy = relay.late;
    let fired = relay
        .store
        .write(move |tx| later::fire(tx, policy, BATCH_MAX))
        .await?;
    if fired.sent > 0 {
        relay.outbox_bell.notify_one();
        tracing::debug!(texts = fired.sent, "timed texts are on their way");
    }
    if fired.held > 0 {
        tracing::warn!(texts = fired.held, "missed their time and are held");
    }
    Ok(Some(Duration::ZERO))
}
