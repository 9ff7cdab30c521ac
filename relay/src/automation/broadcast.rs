//! Lets broadcasts go on: a small part at a time, so that the outbox holds no more of them than the
//! lines hand over in a moment, and what agents write finds room. Counts how the texts fare.

use crate::clock;
use crate::desk::broadcast;
use crate::state::Relay;
use crate::store::broadcasts::recipients::{self, Told};
use crate::store::sql::Reads;
use crate::store::{StoreError, broadcasts, lines};
use smsdesk_common::broadcast::Broadcast;
use smsdesk_common::ids::BroadcastId;
use smsdesk_common::phone::Address;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How much of its broadcasts a line keeps in the outbox, in seconds of its rate. Cancelling takes
/// all of it back, a pause holds it.
const WINDOW_S: u32 = 2;
/// The least that it keeps there, in segments: the calls that go on at the same time.
const WINDOW_SEGMENTS_MIN: u32 = 16;
/// The most recipients that get their texts in one commit: the writer serves others, too.
const BATCH_MAX: u32 = 20;
/// How many commits are looked through at once for how texts fare.
const NEWS_MAX: u32 = 2_000;
/// How many recipients learn that in one commit.
const FOLLOWED_MAX: usize = 200;
/// The pause between two looks while a broadcast runs, in milliseconds.
const RUNNING_MS: u64 = 200;
/// The pause between two looks at how texts fare whose broadcasts have finished, in milliseconds.
const LATER_MS: u64 = 5_000;
/// How seldom totals are told of, in milliseconds: each time costs a commit, and a frame on every
/// screen.
const TOLD_MS: u64 = 1_000;
/// The pause after the store failed, in milliseconds.
const STORE_PAUSE_MS: u64 = 5_000;

/// What there is to do.
struct Look {
    any: bool,
    running: Vec<Broadcast>,
    stale: Vec<BroadcastId>,
    /// Room on each line, in segments.
    room: Vec<(Address, u32)>,
    told: Told,
}

/// Works until shutdown.
pub async fn run(relay: Arc<Relay>) {
    if let Err(error) = clean(&relay).await {
        tracing::warn!(%error, "lists that no broadcast was made of could not be removed");
    }
    let mut told = clock::monotonic();
    let mut turn = 0;
    loop {
        let now = clock::monotonic();
        let may_tell = now.duration_since(told) >= Duration::from_millis(TOLD_MS);
        let pause = match round(&relay, turn, may_tell).await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::warn!(%error, "broadcasts could not go on");
                Some(STORE_PAUSE_MS)
            }
        };
        if may_tell {
            told = now;
        }
        turn += 1;
        let sleep = async {
            match pause {
                Some(ms) => tokio::time::sleep(Duration::from_millis(ms)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = relay.shutdown.cancelled() => return,
            () = relay.broadcast_bell.notified() => {}
            () = sleep => {}
        }
    }
}

/// Removes lists whose requests were cut before there was a broadcast.
async fn clean(relay: &Relay) -> Result<(), StoreError> {
    let _alone = relay.broadcast_begins.lock().await;
    while let Some(id) = relay.store.read(recipients::left_over).await? {
        relay
            .store
            .write(move |tx| recipients::forget(tx, id))
            .await?;
    }
    Ok(())
}

/// One look, and what follows from it. Says how long nothing else is to do.
async fn round(relay: &Relay, turn: usize, may_tell: bool) -> Result<Option<u64>, StoreError> {
    let rates = relay.live().sending.clone();
    let window = move |line: &Address| {
        let rate = rates.line_rates.get(line).copied();
        let rate = rate.unwrap_or(rates.segments_per_second);
        rate.saturating_mul(WINDOW_S).max(WINDOW_SEGMENTS_MIN)
    };
    let seen = relay.store.read(move |reads| look(reads, &window)).await?;
    if !seen.any {
        return Ok(None);
    }
    follow(relay, &seen.told).await?;
    let fed = feed(relay, &seen, turn).await?;
    if fed > 0 {
        relay.outbox_bell.notify_one();
    }
    if may_tell {
        for id in seen.stale.clone() {
            relay
                .store
                .write(move |tx| broadcast::refresh(tx, id))
                .await?;
        }
    }
    let more = seen.told.looked_at >= NEWS_MAX as usize;
    Ok(Some(match (more, seen.running.is_empty()) {
        (true, _) => 0,
        (_, false) => RUNNING_MS,
        (_, true) if !may_tell => TOLD_MS,
        (_, true) => LATER_MS,
    }))
}

fn look(reads: &mut dyn Reads, window: &dyn Fn(&Address) -> u32) -> Result<Look, StoreError> {
    let mut look = Look {
        any: broadcasts::any(reads)?,
        running: broadcasts::running(reads)?,
        stale: broadcasts::stale(reads)?,
        room: Vec::new(),
        told: Told::default(),
    };
    if !look.any {
        return Ok(look);
    }
    let followed = broadcasts::followed(reads)?;
    look.told = recipients::news(reads, followed, NEWS_MAX)?;
    if look.running.is_empty() {
        return Ok(look);
    }
    let waiting: BTreeMap<Address, u32> = recipients::waiting(reads)?.into_iter().collect();
    for line in lines::all(reads)? {
        let held = waiting.get(&line.id).copied().unwrap_or(0);
        let room = window(&line.id).saturating_sub(held);
        if room > 0 {
            look.room.push((line.id, room));
        }
    }
    Ok(look)
}

/// Tells recipients how their texts fare. Where a stop comes between two parts, the first one is told
/// again, and says nothing new.
async fn follow(relay: &Relay, told: &Told) -> Result<(), StoreError> {
    let Some(upto) = told.upto else {
        return Ok(());
    };
    for part in told.news.chunks(FOLLOWED_MAX) {
        let part = part.to_vec();
        relay
            .store
            .write(move |tx| broadcast::follow(tx, &part))
            .await?;
    }
    // Commits that say nothing are looked at again, up to a number: a note of each would be a commit.
    if !told.news.is_empty() || told.looked_at >= NEWS_MAX as usize / 2 {
        relay
            .store
            .write(move |tx| broadcasts::set_followed(tx, upto))
            .await?;
    }
    Ok(())
}

/// Gives each line a part of what it has room for. Broadcasts take turns.
async fn feed(relay: &Relay, seen: &Look, turn: usize) -> Result<u32, StoreError> {
    let mut queued = 0;
    for (line, room) in &seen.room {
        let mut room = *room;
        let first = turn.checked_rem(seen.running.len()).unwrap_or(0);
        let (behind, before) = seen.running.split_at(first);
        for of in before.iter().chain(behind) {
            while room > 0 {
                let (id, line, company) = (of.id, line.clone(), relay.live().company.clone());
                let limit = room.min(BATCH_MAX);
                let fed = relay
                    .store
                    .write(move |tx| broadcast::feed(tx, id, &line, limit, company.as_deref()))
                    .await?;
                queued += fed.queued;
                room = room.saturating_sub(fed.queued);
                if fed.looked_at < limit {
                    break;
                }
            }
        }
    }
    Ok(queued)
}
