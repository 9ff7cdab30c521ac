//! `GET /v1/changes`: the feed by pages.

use crate::http::access::Caller;
use crate::http::conversations::parameter;
use crate::http::problem::ApiError;
use crate::state::Relay;
use crate::store::feed::Page;
use crate::store::sql::Reads;
use crate::store::{StoreError, feed, meta};
use axum::Json;
use axum::extract::{RawQuery, State};
use serde::Serialize;
use serde_json::value::RawValue;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::changes::{PAGE_DEFAULT, PAGE_MAX};
use smsdesk_common::feed::Digest;
use smsdesk_common::ids::{Epoch, Seq};
use std::sync::Arc;

/// [`smsdesk_common::api::changes::ChangesPage`] with changes that are serialised already.
#[derive(Debug, Serialize)]
pub struct SerialisedPage {
    epoch: Epoch,
    head: Seq,
    low: Seq,
    high: Seq,
    remaining: u64,
    digest: Digest,
    changes: Vec<Box<RawValue>>,
}

/// Which way to page.
#[derive(Clone, Copy, Debug)]
pub enum Direction {
    /// From the oldest change after that position on.
    After(Seq),
    /// From the newest change below that position back.
    Before(Seq),
}

/// A page of the feed, forwards or backwards.
pub(crate) async fn page(
    State(relay): State<Arc<Relay>>,
    _: Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<SerialisedPage>, ApiError> {
    let query = query.as_deref();
    let after = parameter(query, "after", "a position")?.map(Seq);
    let before = parameter(query, "before", "a position")?.map(Seq);
    let limit = parameter(query, "limit", "a count")?
        .unwrap_or(PAGE_DEFAULT)
        .clamp(1, PAGE_MAX);
    let direction = match (after, before) {
        (Some(after), None) => Direction::After(after),
        (None, Some(before)) => Direction::Before(before),
        (None, None) => Direction::After(Seq::ZERO),
        (Some(_), Some(_)) => {
            let detail = "expected `after` or `before`, not both";
            return Err(ApiError::new(ErrorCode::ParameterInvalid, detail));
        }
    };
    let epoch = relay.store.epoch();
    let page = relay
        .store
        .read(move |reads| read(reads, epoch, direction, limit))
        .await?;
    Ok(Json(page))
}

/// Reads a page of the feed of a database whose epoch that is.
///
/// # Errors
/// The database cannot be read.
pub fn read(
    reads: &mut dyn Reads,
    epoch: Epoch,
    direction: Direction,
    limit: usize,
) -> Result<SerialisedPage, StoreError> {
    let head = feed::head(reads)?;
    let digest = meta::digest(reads)?;
    let (page, low, high) = match direction {
        Direction::After(after) => {
            let page = feed::after(reads, after, limit)?;
            let high = reached(&page, head.max(after));
            (page, after, high)
        }
        Direction::Before(before) => {
            let page = feed::before(reads, before, limit)?;
            // Everything from the last one's predecessor on is in the page.
            let low = reached(&page, Seq(1)).0.saturating_sub(1);
            (page, Seq(low), Seq(before.0.saturating_sub(1)))
        }
    };
    Ok(SerialisedPage {
        epoch,
        head,
        low,
        high,
        remaining: feed::count_up_to(reads, low)?,
        digest,
        changes: raw(page)?,
    })
}

/// How far a page goes: to its last change, or to the `end` where nothing was left out.
fn reached(page: &Page, end: Seq) -> Seq {
    match page.changes.last() {
        Some((last, _)) if !page.complete => *last,
        _ => end,
    }
}

fn raw(page: Page) -> Result<Vec<Box<RawValue>>, StoreError> {
    page.changes
        .into_iter()
        .map(|(_, json)| RawValue::from_string(json))
        .collect::<Result<_, _>>()
        .map_err(|error| StoreError::Engine(error.to_string()))
}
