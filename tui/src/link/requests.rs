//! Sends what waits in the outbox: of one conversation one request after the other, of several
//! a few at once. Repeating a request is harmless, because its id never changes.

use super::failure::Failure;
use super::pace::Pace;
use super::{End, Link, roll};
use crate::cache::{CacheError, Method, OutboxChange, Outgoing, RequestKind};
use crate::clock;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use smsdesk_common::entry::Entry;
use smsdesk_common::ids::{ConversationId, Seq};
use smsdesk_common::read_marker::ReadMarker;
use std::collections::HashSet;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// How many requests are under way at once: enough to empty an outbox quickly after a night
/// without a network, few enough that a relay does not notice.
const IN_FLIGHT_MAX: usize = 4;
/// How many conversations are looked at for something to send. More than this many that are each
/// held back would hide one that could go; they are looked at again once one of them moves.
const CANDIDATES_MAX: u32 = 256;

/// Sends until the app leaves or the relay stops accepting the token.
pub(super) async fn run(link: &Link, wake: &Notify) -> End {
    let mut online = link.online.subscribe();
    let mut pace = Pace::default();
    let mut busy = HashSet::new();
    let mut in_flight = FuturesUnordered::new();
    loop {
        let free = IN_FLIGHT_MAX - in_flight.len();
        match candidates(link, &busy, &pace, free).await {
            Ok(requests) => {
                for request in requests {
                    busy.insert(request.conversation);
                    in_flight.push(attempt(link, request));
                }
            }
            Err(end) => return end,
        }
        let due = pace.next_due(clock::monotonic()).map(Instant::from_std);
        tokio::select! {
            Some((request, outcome)) = in_flight.next() => {
                busy.remove(&request.conversation);
                if let Err(end) = conclude(link, &mut pace, &request, outcome).await {
                    return end;
                }
            }
            () = wake.notified() => {}
            changed = online.changed() => {
                if changed.is_err() {
                    return End::AppGone;
                }
                if *online.borrow_and_update() {
                    pace = Pace::default();
                }
            }
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
        }
    }
}

/// What may be sent now, at most `free`.
async fn candidates(
    link: &Link,
    busy: &HashSet<ConversationId>,
    pace: &Pace,
    free: usize,
) -> Result<Vec<Outgoing>, End> {
    let now = clock::monotonic();
    if free == 0 || pace.holds_everything(now) {
        return Ok(Vec::new());
    }
    let waiting = match link.cache.next_requests(CANDIDATES_MAX).await {
        Ok(waiting) => waiting,
        Err(CacheError::Closed) => return Err(End::AppGone),
        Err(error) => {
            link.trouble(error.to_string()).await?;
            return Ok(Vec::new());
        }
    };
    let may_go = |request: &Outgoing| {
        !busy.contains(&request.conversation) && !pace.holds(request.conversation, now)
    };
    Ok(waiting.into_iter().filter(may_go).take(free).collect())
}

/// Sends one request. Returns the commit that did it.
async fn attempt(link: &Link, request: Outgoing) -> (Outgoing, Result<Seq, Failure>) {
    let outcome = match request.kind {
        RequestKind::Send => call::<Entry>(link, &request).await.and_then(|entry| {
            let ours = entry.id.0 == request.id;
            ours.then_some(entry.seq).ok_or_else(|| {
                Failure::Faulty("the relay answered with another text than was sent".to_owned())
            })
        }),
        RequestKind::Read => call::<ReadMarker>(link, &request)
            .await
            .map(|marker| marker.seq),
    };
    (request, outcome)
}

async fn call<T>(link: &Link, request: &Outgoing) -> Result<T, Failure>
where
    T: serde::de::DeserializeOwned + Send + 'static,
{
    let body = request.body.clone();
    match request.method {
        Method::Post => link.http.post(&request.path, body).await,
        Method::Put => link.http.put(&request.path, body).await,
    }
}

async fn conclude(
    link: &Link,
    pace: &mut Pace,
    request: &Outgoing,
    outcome: Result<Seq, Failure>,
) -> Result<(), End> {
    let now = clock::monotonic();
    let noted = match outcome {
        Ok(seq) => {
            pace.succeeded(request.conversation);
            link.cache.request_answered(request.id, seq).await.map(Some)
        }
        Err(Failure::Refused(problem)) => {
            pace.succeeded(request.conversation);
            link.cache
                .request_refused(request.id, problem)
                .await
                .map(Some)
        }
        Err(Failure::SignedOut(reason)) => return Err(End::SignedOut { reason }),
        Err(Failure::Unreachable(words)) => {
            tracing::debug!(words, "a request found no relay");
            pace.hold_everything(now, roll(), None);
            link.cache.request_tried(request.id).await.map(|()| None)
        }
        Err(Failure::Busy { words, retry_after }) => {
            tracing::debug!(words, "a request found the relay busy");
            pace.hold_everything(now, roll(), retry_after);
            link.cache.request_tried(request.id).await.map(|()| None)
        }
        Err(Failure::Faulty(words)) => {
            link.trouble(format!(
                "a text or mark could not be handed over yet: {words}"
            ))
            .await?;
            pace.hold(request.conversation, now, roll());
            link.cache.request_tried(request.id).await.map(|()| None)
        }
    };
    report(link, pace, request, noted).await
}

/// Tells the app what was noted. What could not be noted is tried again later, which is harmless.
async fn report(
    link: &Link,
    pace: &mut Pace,
    request: &Outgoing,
    noted: Result<Option<OutboxChange>, CacheError>,
) -> Result<(), End> {
    match noted {
        Ok(Some(change)) => link.tell(change.into_events()).await,
        Ok(None) => Ok(()),
        Err(CacheError::Closed) => Err(End::AppGone),
        Err(error) => {
            pace.hold(request.conversation, clock::monotonic(), roll());
            link.trouble(error.to_string()).await
        }
    }
}
