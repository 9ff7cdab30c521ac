//! Fetches what is older than this device, page by page backwards, while the feed is live.

use super::backoff::Ladder;
use super::failure::Failure;
use super::live::Verify;
use super::{End, Link};
use crate::cache::{ApplyError, CacheError};
use crate::event::LinkEvent;
use crate::model::connection::History;
use smsdesk_common::api::changes::{ChangesPage, PAGE_MAX};
use smsdesk_common::ids::Seq;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// What came of one attempt.
enum Step {
    /// A page is on the disk.
    Page,
    /// Everything is on the disk, or there is no copy yet.
    Nothing,
    /// It went wrong for now.
    Again(Option<Duration>),
}

/// Fetches whenever there is something to fetch and a connection to fetch it by.
pub(super) async fn run(link: &Link, verify: &mpsc::Sender<Verify>) -> End {
    let mut ladder = Ladder::default();
    let mut online = link.online.subscribe();
    loop {
        if online.wait_for(|online| *online).await.is_err() {
            return End::AppGone;
        }
        match fetch(link, verify).await {
            Ok(Step::Page) => ladder = Ladder::default(),
            Ok(Step::Nothing) => link.history.notified().await,
            Ok(Step::Again(asked)) => {
                let pause = ladder.pause(Duration::ZERO, super::roll());
                // A new connection is a good moment to try at once.
                let _ = timeout(asked.unwrap_or(pause), link.history.notified()).await;
            }
            Err(end) => return end,
        }
    }
}

/// Fetches until something is in the way. While one page goes to the disk, the next is on its way.
async fn fetch(link: &Link, verify: &mpsc::Sender<Verify>) -> Result<Step, End> {
    let mut low = match link.cache.cursor().await {
        Ok(Some(cursor)) if cursor.low > Seq::ZERO => cursor.low,
        Ok(_) => return Ok(Step::Nothing),
        Err(error) => return failed(link, error).await,
    };
    let mut page = request(link, low, None).await;
    loop {
        let arrived = match page {
            Ok(page) => page,
            Err(failure) => return judge(failure),
        };
        let (next_low, remaining) = (arrived.low, arrived.remaining);
        let next = async {
            let more = next_low > Seq::ZERO && next_low < low;
            if more {
                Some(request(link, next_low, Some(remaining)).await)
            } else {
                None
            }
        };
        let (step, next) = tokio::join!(apply(link, arrived, low, verify), next);
        match (step?, next) {
            (Step::Page, Some(next)) => (page, low) = (next, next_low),
            (step, _) => return Ok(step),
        }
    }
}

/// The newest changes at or below `low`. What the page before said to remain need not be counted
/// anew.
async fn request(link: &Link, low: Seq, told: Option<u64>) -> Result<ChangesPage, Failure> {
    let mut path = format!("/v1/changes?before={}&limit={PAGE_MAX}", low.next());
    if let Some(told) = told {
        path.push_str(&format!("&remaining={told}"));
    }
    link.http.get(&path).await
}

fn judge(failure: Failure) -> Result<Step, End> {
    match failure {
        Failure::SignedOut(reason) => Err(End::SignedOut { reason }),
        Failure::Busy { retry_after, .. } => Ok(Step::Again(retry_after)),
        Failure::Unreachable(_) => Ok(Step::Again(None)),
        failure @ (Failure::Faulty(_) | Failure::Refused(_)) => {
            tracing::warn!(words = failure.words(), "the history cannot be fetched");
            Ok(Step::Again(None))
        }
    }
}

async fn apply(
    link: &Link,
    page: ChangesPage,
    asked_below: Seq,
    verify: &mpsc::Sender<Verify>,
) -> Result<Step, End> {
    let (remaining, head, digest) = (page.remaining, page.head, page.digest);
    let applied = match link.cache.apply_history(page).await {
        Ok(applied) => applied,
        // The copy was started anew meanwhile: ask again from where it is now.
        Err(ApplyError::Gap { .. } | ApplyError::OtherEpoch) => return Ok(Step::Again(None)),
        Err(ApplyError::Malformed(what)) => {
            link.trouble(format!("the history cannot be used: {what}"))
                .await?;
            return Ok(Step::Again(None));
        }
        Err(ApplyError::Cache(error)) => return failed(link, error).await,
    };
    link.history_seen.fetch_max(head.0, Ordering::Relaxed);
    let low = applied.cursor.low;
    link.ring_for(&applied);
    link.tell(applied.into_events()).await?;
    let remaining = if low == Seq::ZERO { 0 } else { remaining };
    link.say(LinkEvent::History(History { remaining })).await?;
    if low == Seq::ZERO {
        // A full queue holds a check that is as good as this one.
        let _ = verify.try_send((head, digest));
        return Ok(Step::Nothing);
    }
    // A page that brings nothing must not be asked for without end at full speed.
    Ok(if low < asked_below {
        Step::Page
    } else {
        Step::Again(None)
    })
}

async fn failed(link: &Link, error: CacheError) -> Result<Step, End> {
    if matches!(error, CacheError::Closed) {
        return Err(End::AppGone);
    }
    link.trouble(error.to_string()).await?;
    Ok(Step::Again(None))
}
