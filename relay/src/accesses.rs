//! Keeps what the gate saw: when tokens were used, what was refused; and ends tokens at their time.

use crate::desk::people;
use crate::state::Relay;
use crate::store::{StoreError, audit, tokens};
use std::sync::Arc;
use std::time::Duration;

/// How often what was seen is stored, in milliseconds: one commit a minute, and only where there is
/// something.
const ROUND_MS: i64 = 60_000;
/// The shortest pause, in milliseconds: what is open by a token ends so soon after it.
const PAUSE_MS: i64 = 1_000;

/// How often the newest row of the audit is written into the log, in milliseconds: every day.
const TELL_MS: i64 = 24 * 60 * 60 * 1_000;

/// Works until shutdown, and stores then what is left.
pub(crate) async fn run(relay: Arc<Relay>) {
    let mut told = None;
    loop {
        let now = relay.clock.now();
        if told.is_none_or(|told| now.millis_since(told) >= TELL_MS) {
            tell(&relay).await;
            told = Some(now);
        }
        let pause = match next(&relay).await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::warn!(%error, "when tokens end could not be looked at");
                ROUND_MS
            }
        };
        let pause = Duration::from_millis(u64::try_from(pause).unwrap_or(0));
        let stopping = tokio::select! {
            () = relay.shutdown.cancelled() => true,
            () = tokio::time::sleep(pause) => false,
        };
        if let Err(error) = round(&relay).await {
            tracing::warn!(%error, "when tokens were used could not be stored");
        }
        if stopping {
            return;
        }
    }
}

/// Writes into the log which row of the audit is the newest: somebody who can change the database can
/// seldom change the log as well.
async fn tell(relay: &Relay) {
    match relay.store.read(audit::anchor).await {
        Ok(Some(anchor)) => tracing::info!(%anchor, "the audit"),
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "the audit could not be looked at"),
    }
}

/// How long nothing is due.
async fn next(relay: &Relay) -> Result<i64, StoreError> {
    let end = relay.store.read(tokens::next_to_expire).await?;
    let left = end.map_or(ROUND_MS, |end| end.millis_since(relay.clock.now()));
    Ok(left.clamp(PAUSE_MS, ROUND_MS))
}

async fn round(relay: &Relay) -> Result<(), StoreError> {
    let (uses, refused) = (relay.gate.take_uses(), relay.gate.take_refused());
    let now = relay.clock.now();
    let over = relay
        .store
        .read(move |reads| tokens::expiring(reads, now, 1));
    if uses.is_empty() && refused.is_empty() && over.await?.is_empty() {
        return Ok(());
    }
    let storing = relay.store.write(move |tx| -> Result<_, StoreError> {
        people::note_uses(tx, &uses)?;
        people::note_refusals(tx, &refused)?;
        people::end_expired(tx)
    });
    let ended = storing.await?;
    if ended > 0 {
        tracing::info!(ended, "tokens have come to their end");
    }
    Ok(())
}
