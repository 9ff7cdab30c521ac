//! Keeps what the gate saw: when tokens were used, what was refused; and ends tokens at their time.

use crate::clock::monotonic;
use crate::desk::people;
use crate::state::Relay;
use crate::store::{StoreError, audit, tokens};
use std::sync::Arc;
use std::time::Duration;

/// How often what was seen is stored, in milliseconds: one commit a minute, and only where there is
/// something.
const ROUND_MS: u64 = 60_000;
/// How often it is looked which token ends next, in milliseconds: one may have been added, and the
/// clock may have been set.
const LOOK_MS: i64 = 1_000;
/// The shortest pause, in milliseconds: what is open by a token ends so soon after it.
const PAUSE_MS: i64 = 20;

/// How often the newest row of the audit is written into the log, in milliseconds: every day.
const TELL_MS: i64 = 24 * 60 * 60 * 1_000;

/// Works until shutdown, and stores then what is left.
pub(crate) async fn run(relay: Arc<Relay>) {
    let mut told = None;
    let mut stored = monotonic();
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
                LOOK_MS
            }
        };
        let pause = Duration::from_millis(u64::try_from(pause).unwrap_or(0));
        let stopping = tokio::select! {
            () = relay.shutdown.cancelled() => true,
            () = tokio::time::sleep(pause) => false,
        };
        let passed = monotonic().duration_since(stored);
        let done = match stopping || passed >= Duration::from_millis(ROUND_MS) {
            true => {
                stored = monotonic();
                round(&relay).await
            }
            false => end(&relay).await,
        };
        if let Err(error) = done {
            tracing::warn!(%error, "when tokens were used or end could not be stored");
            // Not again and again while the disk fails; at the end there is no again.
            tokio::select! {
                () = relay.shutdown.cancelled() => {}
                () = tokio::time::sleep(Duration::from_millis(LOOK_MS.unsigned_abs())) => {}
            }
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

/// How long it is not looked.
async fn next(relay: &Relay) -> Result<i64, StoreError> {
    let end = relay.store.read(tokens::next_to_expire).await?;
    let left = end.map_or(LOOK_MS, |end| end.millis_since(relay.clock.now()));
    Ok(left.clamp(PAUSE_MS, LOOK_MS))
}

/// Stores what was seen, and ends what is over.
async fn round(relay: &Relay) -> Result<(), StoreError> {
    let (uses, refused) = (relay.gate.take_uses(), relay.gate.take_refused());
    if !uses.is_empty() || !refused.is_empty() {
        let storing = relay.store.write(move |tx| -> Result<_, StoreError> {
            people::note_uses(tx, &uses)?;
            people::note_refusals(tx, &refused)
        });
        storing.await?;
    }
    end(relay).await
}

/// Ends the tokens whose time is over.
async fn end(relay: &Relay) -> Result<(), StoreError> {
    let now = relay.clock.now();
    let over = relay
        .store
        .read(move |reads| tokens::expiring(reads, now, 1));
    if over.await?.is_empty() {
        return Ok(());
    }
    let ended = relay.store.write(people::end_expired).await?;
    tracing::info!(ended, "tokens have come to their end");
    Ok(())
}
