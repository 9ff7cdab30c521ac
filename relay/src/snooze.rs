//! Brings snoozed conversations back at their time.

use crate::desk::triage;
use crate::due::{self, BATCH_MAX};
use crate::state::Relay;
use crate::store::{StoreError, conversations};
use std::sync::Arc;
use std::time::Duration;

/// The longest sleep while one is snoozed, in milliseconds.
const SLEEP_MS_MAX: i64 = 60_000;

/// Works until shutdown.
pub async fn run(relay: Arc<Relay>) {
    due::run(relay, |relay| &relay.snooze_bell, round).await;
}

async fn round(relay: Arc<Relay>) -> Result<Option<Duration>, StoreError> {
    let next = relay.store.read(conversations::next_to_wake).await?;
    let Some(next) = next else {
        return Ok(None);
    };
    let left = next.millis_since(relay.clock.now());
    if let Some(sleep) = due::sleep(left, SLEEP_MS_MAX) {
        return Ok(Some(sleep));
    }
    let woken = relay.store.write(|tx| triage::wake(tx, BATCH_MAX)).await?;
    tracing::debug!(woken, "snoozed conversations are back");
    Ok(Some(Duration::ZERO))
}
