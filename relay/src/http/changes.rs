//! `GET /v1/changes`: the feed by pages.

use crate::http::access::Caller;
use crate::http::conversations::parameter;
use crate::http::problem::ApiError;
use crate::state::Relay;
use crate::store::feed::Page;
use crate::store::sql::Reads;
use crate::store::{StoreError, feed, meta};
use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt as _, stream};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::changes::{PAGE_DEFAULT, PAGE_MAX};
use smsdesk_common::feed::Digest;
use smsdesk_common::ids::{Epoch, Seq};
use std::convert::Infallible;
use std::sync::Arc;

/// A page is compressed in parts of so many bytes, and whoever else waits for the thread comes in
/// between: each takes a fraction of a millisecond.
const PART_BYTES: usize = 32 * 1024;

/// Which way to page.
#[derive(Clone, Copy, Debug)]
pub enum Direction {
    /// From the oldest change after that position on.
    After(Seq),
    /// From the newest change below that position back. With what the page before said to remain, so that nothing needs to be counted anew.
    Before(Seq, Option<u64>),
}

/// What stands beside the changes.
#[derive(Clone, Copy, Debug)]
struct Frame {
    epoch: Epoch,
    head: Seq,
    low: Seq,
    high: Seq,
    remaining: u64,
    digest: Digest,
}

/// A page of the feed, forwards or backwards.
pub(crate) async fn page(
    State(relay): State<Arc<Relay>>,
    _: Caller,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let query = query.as_deref();
    let after = parameter(query, "after", "a position")?.map(Seq);
    let before = parameter(query, "before", "a position")?.map(Seq);
    let remaining = parameter(query, "remaining", "a count")?;
    let limit = parameter(query, "limit", "a count")?
        .unwrap_or(PAGE_DEFAULT)
        .clamp(1, PAGE_MAX);
    let direction = match (after, before) {
        (Some(after), None) => Direction::After(after),
        (None, Some(before)) => Direction::Before(before, remaining),
        (None, None) => Direction::After(Seq::ZERO),
        (Some(_), Some(_)) => {
            let detail = "expected `after` or `before`, not both";
            return Err(ApiError::new(ErrorCode::ParameterInvalid, detail));
        }
    };
    let epoch = relay.store.epoch();
    let text = relay
        .store
        .read(move |reads| read(reads, epoch, direction, limit))
        .await?;
    let json = HeaderValue::from_static("application/json");
    Ok(([(CONTENT_TYPE, json)], in_parts(text)).into_response())
}

/// Reads a page of the feed of a database whose epoch that is, as JSON.
///
/// # Errors
/// The database cannot be read.
pub fn read(
    reads: &mut dyn Reads,
    epoch: Epoch,
    direction: Direction,
    limit: usize,
) -> Result<String, StoreError> {
    let head = feed::head(reads)?;
    let (page, low, high) = match direction {
        Direction::After(after) => {
            let page = feed::after(reads, after, limit)?;
            let high = reached(&page, head.max(after));
            (page, after, high)
        }
        Direction::Before(before, _) => {
            let page = feed::before(reads, before, limit)?;
            // Everything from the last one's predecessor on is in the page.
            let low = reached(&page, Seq(1)).0.saturating_sub(1);
            (page, Seq(low), Seq(before.0.saturating_sub(1)))
        }
    };
    let changes = u64::try_from(page.lines.len()).unwrap_or(u64::MAX);
    let remaining = match direction {
        _ if low == Seq::ZERO => 0,
        Direction::Before(_, Some(told)) => told.saturating_sub(changes),
        _ => feed::count_up_to(reads, low)?,
    };
    let frame = Frame {
        epoch,
        head,
        low,
        high,
        remaining,
        digest: meta::digest(reads)?,
    };
    Ok(text(&frame, &page))
}

/// [`smsdesk_common::api::changes::ChangesPage`] of changes that are serialised already.
fn text(frame: &Frame, page: &Page) -> String {
    let Frame {
        epoch,
        head,
        low,
        high,
        remaining,
        digest,
    } = frame;
    let bytes: usize = page.lines.iter().map(|line| line.json.len() + 1).sum();
    let mut text = format!(
        "{{\"epoch\":\"{epoch}\",\"head\":{head},\"low\":{low},\"high\":{high},\
         \"remaining\":{remaining},\"digest\":\"{digest}\",\"changes\":["
    );
    text.reserve(bytes + 2);
    for (n, line) in page.lines.iter().enumerate() {
        if n > 0 {
            text.push(',');
        }
        text.push_str(&line.json);
    }
    text.push_str("]}");
    text
}

fn in_parts(text: String) -> Body {
    let whole = Bytes::from(text);
    if whole.len() <= PART_BYTES {
        return Body::from(whole);
    }
    let parts = stream::unfold(whole, async |mut rest| {
        if rest.is_empty() {
            return None;
        }
        tokio::task::yield_now().await;
        let part = rest.split_to(rest.len().min(PART_BYTES));
        Some((Ok::<_, Infallible>(part), rest))
    });
    // Compression asks once more after the end.
    Body::from_stream(parts.fuse().boxed())
}

/// How far a page goes: to its last change, or to the `end` where nothing was left out.
fn reached(page: &Page, end: Seq) -> Seq {
    match page.lines.last() {
        Some(last) if !page.complete => last.seq,
        _ => end,
    }
}
