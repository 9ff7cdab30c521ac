//! Sends what waits in the outbox: of one conversation one request after the other, of several
//! a few at once. Repeating a request is harmless, because its id never changes.

use super::failure::Failure;
use super::http::Answered;
use super::lives::{Filing, filing};
use super::pace::Pace;
use super::{End, Link, roll};
use crate::cache::{CacheError, Method, OutboxChange, Outgoing, RequestKind};
use crate::clock;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use smsdesk_common::contact::Contact;
use smsdesk_common::conversation::Conversation;
use smsdesk_common::entry::Entry;
use smsdesk_common::ids::{ConversationId, Epoch, Seq};
use smsdesk_common::read_marker::ReadMarker;
use std::collections::HashSet;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// How many requests are under way at once: enough to empty an outbox quickly after a night
/// without a network, few enough that a relay does not notice.
const IN_FLIGHT_MAX: usize = 4;
/// How many conversations are looked at for something to send. More than this many that are each
/// held back would hide one that could go; they are looked at again once one of them moves.
const CANDIDATES_MAX: u32 = 256;

/// A request that was sent once.
struct Attempt {
    request: Outgoing,
    /// Which commit did it.
    outcome: Result<Answered<Seq>, Failure>,
    /// The life that the copy was in when it was sent.
    then: Option<Epoch>,
}

/// Sends until the app leaves or the relay stops accepting the token.
pub(super) async fn run(link: &Link, wake: &Notify) -> End {
    let mut online = link.online.subscribe();
    let mut pace = Pace::default();
    let mut busy = HashSet::new();
    let mut in_flight = FuturesUnordered::new();
    // Answers of a life of the relay's database that the copy is not in yet.
    let mut waiting: Vec<Attempt> = Vec::new();
    loop {
        let free = IN_FLIGHT_MAX.saturating_sub(in_flight.len() + waiting.len());
        // One look at the clock for both: a pause that ends between two would hold a request back
        // that nothing wakes for.
        let now = clock::monotonic();
        match candidates(link, &busy, &mut pace, (now, free)).await {
            Ok(requests) => {
                for request in requests {
                    busy.insert(request.conversation);
                    in_flight.push(attempt(link, request));
                }
            }
            Err(end) => return end,
        }
        let mut ended = Vec::new();
        let paced = pace.next_due(now).map(Instant::from_std);
        let due = paced.into_iter().chain(released(link).await).min();
        tokio::select! {
            Some(attempt) = in_flight.next() => ended.push(attempt),
            () = link.fresh.notified() => ended.append(&mut waiting),
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
        for attempt in ended {
            let conversation = attempt.request.conversation;
            match conclude(link, &mut pace, attempt).await {
                Ok(Some(attempt)) => waiting.push(attempt),
                Ok(None) => drop(busy.remove(&conversation)),
                Err(end) => return end,
            }
        }
    }
}

/// When the next text is free to go that is held so that it can be taken back. One whose time has
/// come is looked at when something else has ended.
async fn released(link: &Link) -> Option<Instant> {
    let until = link.cache.next_release().await.ok().flatten()?;
    let ms = u64::try_from(until.millis_since(clock::now())).ok()?;
    (ms > 0).then(|| Instant::from_std(clock::monotonic()) + Duration::from_millis(ms))
}

/// What may be sent now, at most `free`.
async fn candidates(
    link: &Link,
    busy: &HashSet<ConversationId>,
    pace: &mut Pace,
    (now, free): (std::time::Instant, usize),
) -> Result<Vec<Outgoing>, End> {
    if free == 0 || pace.holds_everything(now) {
        return Ok(Vec::new());
    }
    let waiting = match link.cache.next_requests(CANDIDATES_MAX).await {
        Ok(waiting) => waiting,
        Err(CacheError::Closed) => return Err(End::AppGone),
        Err(error) => {
            link.trouble(error.to_string()).await?;
            // Nothing else would make anybody look again.
            pace.hold_everything(now, roll(), None);
            return Ok(Vec::new());
        }
    };
    let may_go = |request: &Outgoing| {
        !busy.contains(&request.conversation) && !pace.holds(request.conversation, now)
    };
    Ok(waiting.into_iter().filter(may_go).take(free).collect())
}

/// Sends one request.
async fn attempt(link: &Link, request: Outgoing) -> Attempt {
    let then = life(link).await;
    let outcome = match request.kind {
        RequestKind::Send | RequestKind::Note => {
            let ours = |entry: &Entry| (entry.id.0 == request.id).then_some(entry.seq);
            call(link, &request, ours).await
        }
        RequestKind::Timed => call(link, &request, |entry: &Entry| Some(entry.seq)).await,
        RequestKind::Read => call(link, &request, |marker: &ReadMarker| Some(marker.seq)).await,
        RequestKind::Contact => call(link, &request, |contact: &Contact| Some(contact.seq)).await,
        RequestKind::Patch => {
            let seq = |conversation: &Conversation| Some(conversation.seq);
            call(link, &request, seq).await
        }
    };
    Attempt {
        request,
        outcome,
        then,
    }
}

/// The life of the relay's database that the copy belongs to.
async fn life(link: &Link) -> Option<Epoch> {
    let cursor = link.cache.cursor().await.ok().flatten();
    cursor.map(|cursor| cursor.epoch)
}

/// Asks, and says which commit did it, where the record in the answer is the one that was asked for.
async fn call<T>(
    link: &Link,
    request: &Outgoing,
    commit: impl Fn(&T) -> Option<Seq>,
) -> Result<Answered<Seq>, Failure>
where
    T: serde::de::DeserializeOwned + Send + 'static,
{
    let method = match request.method {
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
    };
    let answered: Answered<T> = link
        .http
        .ask(method, &request.path, request.body.clone())
        .await?;
    let value = commit(&answered.value).ok_or_else(|| {
        Failure::Faulty("the relay answered with another text than was sent".to_owned())
    })?;
    let epoch = answered.epoch;
    Ok(Answered { value, epoch })
}

/// Notes what came of an attempt; gives it back where that must wait until the copy starts anew.
async fn conclude(link: &Link, pace: &mut Pace, attempt: Attempt) -> Result<Option<Attempt>, End> {
    let now = clock::monotonic();
    let request = &attempt.request;
    let noted = match attempt.outcome {
        Ok(Answered { value, epoch }) => {
            let Filing::Under(epoch) = filing(epoch, attempt.then, life(link).await) else {
                return Ok(Some(attempt));
            };
            pace.succeeded(request.conversation);
            let answered = link.cache.request_answered_in(epoch, request.id, value);
            answered.await.map(Some)
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
    report(link, pace, request, noted).await.map(|()| None)
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
