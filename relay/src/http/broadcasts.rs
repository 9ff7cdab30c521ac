//! `POST /v1/messages/bulk` and `/v1/broadcasts`: one text to many.

use crate::desk::broadcast::plan::{Around, plan};
use crate::desk::{DeskError, broadcast, people};
use crate::http::access::{Body, Caller, Writer, id};
use crate::http::conversations::{limit, parameter};
use crate::http::problem::ApiError;
use crate::state::Relay;
use crate::store::broadcasts;
use crate::store::broadcasts::recipients::{self, Recipient};
use axum::extract::{DefaultBodyLimit, FromRequestParts, Path, RawQuery, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::tz::TimeZone;
use smsdesk_common::agent::Agent;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::broadcasts::{BroadcastList, BroadcastPage, PatchBroadcast, SendBulk};
use smsdesk_common::api::conversations::PAGE_DEFAULT;
use smsdesk_common::broadcast::Broadcast;
use smsdesk_common::filter::Viewpoint;
use smsdesk_common::ids::{BroadcastId, Seq, TokenId};
use smsdesk_common::record::Record;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// The most bytes of a list to text: [`smsdesk_common::broadcast::RECIPIENTS_MAX`] numbers with some
/// values each.
const BULK_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Lists that are taken at the same time, each in memory as a whole, whether or not whoever sent it is
/// still there. Others wait before they are read.
pub(crate) const LISTS_MAX: usize = 4;
/// How many recipients are stored in one commit: the writer serves others, too.
const STORED_MAX: usize = 500;

/// What is answered here.
pub(crate) fn routes() -> Router<Arc<Relay>> {
    Router::new()
        .route("/broadcasts", get(page))
        .route("/broadcasts/{id}", get(one).patch(patch))
        .route(
            "/messages/bulk",
            post(bulk).layer(DefaultBodyLimit::max(BULK_BYTES_MAX)),
        )
}

fn record(broadcast: Broadcast) -> Record {
    Record::Broadcast(Box::new(broadcast))
}

/// Room for a list, until this is dropped.
#[derive(Debug)]
pub(crate) struct Room {
    _permit: OwnedSemaphorePermit,
}

impl FromRequestParts<Arc<Relay>> for Room {
    type Rejection = ApiError;

    async fn from_request_parts(_: &mut Parts, relay: &Arc<Relay>) -> Result<Self, ApiError> {
        let room = Arc::clone(&relay.broadcast_rooms).acquire_owned().await;
        // It is never closed.
        room.map(|permit| Self { _permit: permit })
            .map_err(|_| ApiError::new(ErrorCode::Busy, "nothing was stored; try again"))
    }
}

/// Counts, or begins a broadcast and answers with it and the first of its recipients.
pub(crate) async fn bulk(
    State(relay): State<Arc<Relay>>,
    Caller { agent, token }: Caller,
    room: Room,
    Body(bulk): Body<SendBulk>,
) -> Result<Response, ApiError> {
    let around = Around {
        agent: agent.clone(),
        company: relay.live().company.clone(),
        home: relay.live().default_region,
        from: Viewpoint {
            me: Some(agent.id),
            now: relay.clock.now(),
            zone: TimeZone::UTC,
        },
    };
    if bulk.dry_run {
        let counted = relay
            .store
            .read_long(move |reads| {
                let asked = broadcast::parse(reads, &agent, &bulk)?;
                Ok::<_, DeskError>(plan(reads, &asked, &around)?.counted)
            })
            .await?;
        return Ok(Json(counted).into_response());
    }
    if relay.store.is_low() {
        let detail = "the relay's disk is nearly full; nothing was stored; try again";
        return Err(ApiError::new(ErrorCode::StoreUnavailable, detail));
    }
    // Whoever hangs up does not stop it: their repeat finds it made.
    let work = begin(Arc::clone(&relay), (agent, token), bulk, around);
    let work = async move {
        let made = work.await;
        drop(room);
        made
    };
    let made = tokio::spawn(work).await.map_err(|error| {
        tracing::error!(%error, "a fault while a broadcast was made");
        ApiError::new(ErrorCode::Internal, "the relay's log says more")
    })??;
    relay.broadcast_bell.notify_one();
    let page = page_of(&relay, made, 0, PAGE_DEFAULT).await?;
    Ok((StatusCode::ACCEPTED, Json(page)).into_response())
}

/// Stores the list in parts, and then the broadcast, which alone says that there is one. A list that
/// is cut is forgotten at the next start.
async fn begin(
    relay: Arc<Relay>,
    (agent, token): (Agent, TokenId),
    bulk: SendBulk,
    around: Around,
) -> Result<Broadcast, ApiError> {
    let id = bulk.id.unwrap_or_else(|| BroadcastId(relay.clock.new_id()));
    let body_hash = broadcast::hash(&agent, &bulk)?;
    let _alone = relay.broadcast_begins.lock().await;
    let (hash, asker, asked) = (body_hash.clone(), agent.clone(), bulk.clone());
    let looked = relay
        .store
        .read_long(move |reads| {
            if let Some(before) = broadcast::made(reads, id, &hash)? {
                return Ok::<_, DeskError>(Err(before));
            }
            let parsed = broadcast::parse(reads, &asker, &asked)?;
            let plan = plan(reads, &parsed, &around)?;
            broadcast::confirmed(&plan, asked.confirm.as_deref())?;
            Ok(Ok((parsed, plan)))
        })
        .await?;
    let (asked, plan) = match looked {
        Ok(looked) => looked,
        Err(before) => return Ok(before),
    };
    let totals = plan.totals();
    relay
        .store
        .write(move |tx| recipients::forget(tx, id))
        .await?;
    let mut rest = plan.recipients;
    while !rest.is_empty() {
        let behind = rest.split_off(rest.len().min(STORED_MAX));
        let part: Vec<Recipient> = std::mem::replace(&mut rest, behind);
        relay
            .store
            .write(move |tx| {
                let mut each = part.iter();
                each.try_for_each(|row| recipients::insert(tx, id, row))
            })
            .await?;
    }
    let made = relay
        .store
        .write(move |tx| {
            people::still(tx, token)?;
            broadcast::make(tx, &agent, (id, body_hash), &bulk, (&asked, totals))
        })
        .await?;
    Ok(made)
}

async fn page_of(
    relay: &Relay,
    broadcast: Broadcast,
    behind: u32,
    limit: u32,
) -> Result<BroadcastPage, ApiError> {
    let of = (broadcast.id, broadcast.state);
    let found = relay
        .store
        .read(move |reads| recipients::page(reads, of, behind, limit))
        .await?;
    let full = found.len() == limit as usize;
    let next_cursor = found.last().filter(|_| full).map(|last| last.n.to_string());
    Ok(BroadcastPage {
        broadcast: record(broadcast),
        recipients: found,
        next_cursor,
    })
}

/// A page of broadcasts, most recently touched first.
pub(crate) async fn page(
    State(relay): State<Arc<Relay>>,
    _: Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<BroadcastList>, ApiError> {
    let query = query.as_deref();
    let below = parameter(query, "cursor", "`next_cursor` of the page before")?.map(Seq);
    let limit = limit(query)?;
    let found = relay
        .store
        .read(move |reads| broadcasts::page(reads, below, limit))
        .await?;
    let full = found.len() == limit as usize;
    let next_cursor = found
        .last()
        .filter(|_| full)
        .map(|last| last.seq.to_string());
    Ok(Json(BroadcastList {
        broadcasts: found.into_iter().map(record).collect(),
        next_cursor,
    }))
}

/// One broadcast and a page of its recipients.
pub(crate) async fn one(
    State(relay): State<Arc<Relay>>,
    _: Caller,
    Path(wanted): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<BroadcastPage>, ApiError> {
    let wanted: BroadcastId = id(&wanted)?;
    let query = query.as_deref();
    let behind = parameter(query, "cursor", "`next_cursor` of the page before")?;
    let limit = limit(query)?;
    let found = relay
        .store
        .read(move |reads| broadcast::seen(reads, wanted))
        .await?;
    Ok(Json(
        page_of(&relay, found, behind.unwrap_or(0), limit).await?,
    ))
}

/// Pauses a broadcast, lets it go on, or gives it up; answers with it.
pub(crate) async fn patch(
    State(relay): State<Arc<Relay>>,
    Writer(agent): Writer,
    Path(wanted): Path<String>,
    Body(patch): Body<PatchBroadcast>,
) -> Result<Json<Record>, ApiError> {
    let wanted: BroadcastId = id(&wanted)?;
    let changed = relay
        .store
        .write(move |tx| broadcast::patch(tx, &agent, wanted, &patch))
        .await?;
    relay.broadcast_bell.notify_one();
    Ok(Json(record(changed)))
}
