//! Lets texts go at their time.

use crate::desk::later;
use crate::due::{self, BATCH_MAX};
use crate::state::Relay;
use crate::store::{StoreError, settings, timed};
use smsdesk_common::later::door;
use std::sync::Arc;
use std::time::Duration;

/// The longest sleep while one waits, in milliseconds.
const SLEEP_MS_MAX: i64 = 10_000;

/// Works until shutdown.
pub async fn run(relay: Arc<Relay>) {
    due::run(relay, |relay| &relay.timed_bell, round).await;
}

async fn round(relay: Arc<Relay>) -> Result<Option<Duration>, StoreError> {
    let Some(next) = relay.store.read(timed::next).await? else {
        return Ok(None);
    };
    let left = door(next).millis_since(relay.clock.now());
    if let Some(sleep) = due::sleep(left, SLEEP_MS_MAX) {
        return Ok(Some(sleep));
    }
    let standard = relay.live().late;
    let fired = relay
        .store
        .write(move |tx| {
            let policy = settings::load(tx)?.late_policy(standard);
            later::fire(tx, policy, BATCH_MAX)
        })
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
