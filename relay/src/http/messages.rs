//! `POST /v1/messages`, and texts that wait for their time.

use crate::desk::send::{self, Outgoing, Sent};
use crate::desk::{DeskError, later, people};
use crate::http::access::{Body, Caller, Writer, id};
use crate::http::asked::Asked;
use crate::http::conversations::{limit, parameter};
use crate::http::problem::ApiError;
use crate::state::Relay;
use crate::store::timed;
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::messages::{MessagePage, MessagePatch, SendMessage};
use smsdesk_common::entry::Entry;
use smsdesk_common::ids::{RequestId, Seq};
use smsdesk_common::record::Record;
use smsdesk_common::status::DeliveryStatus;
use smsdesk_common::time::Timestamp;
use std::str::FromStr;
use std::sync::Arc;

/// Stores a text, queues it and answers with its entry.
pub(crate) async fn send(
    State(relay): State<Arc<Relay>>,
    Caller { agent, token }: Caller,
    Body(message): Body<SendMessage>,
) -> Result<(StatusCode, Json<Record>), ApiError> {
    if relay.store.is_low() {
        let detail = "the relay's disk is nearly full; nothing was stored; try again";
        return Err(ApiError::new(ErrorCode::StoreUnavailable, detail));
    }
    let mut outgoing = Outgoing::parse(message, Some(relay.live().default_region))?;
    let text = Asked::text(agent.id, &outgoing.hash());
    if outgoing.confirmed && outgoing.seen.is_some() {
        outgoing.seen = outgoing.seen.max(relay.asked.up_to(&text));
    }
    let sent = relay
        .store
        .write(move |tx| {
            people::still(tx, token)?;
            send::send(tx, &outgoing, &agent)
        })
        .await;
    if let Err(DeskError::Meanwhile { meanwhile, .. }) = &sent {
        relay.asked.told(text, meanwhile.up_to);
    }
    let (status, entry) = match sent? {
        Sent::Now(entry) => {
            if entry.is_timed() {
                relay.timed_bell.notify_one();
            } else {
                relay.outbox_bell.notify_one();
            }
            (StatusCode::CREATED, entry)
        }
        Sent::Before(entry) => (StatusCode::OK, entry),
    };
    // From here on the log tells of the text by this id.
    tracing::debug!(entry = %entry.id, "a text was taken");
    Ok((status, Json(Record::Entry(Box::new(entry)))))
}

/// A page of the texts that wait for their time, the next one first.
pub(crate) async fn page(
    State(relay): State<Arc<Relay>>,
    _: Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<MessagePage>, ApiError> {
    let query = query.as_deref();
    let status = parameter::<String>(query, "status", "scheduled")?;
    if status.is_some_and(|status| status != DeliveryStatus::Scheduled.as_str()) {
        let detail = "`status`: expected scheduled; others are in the timelines";
        return Err(ApiError::new(ErrorCode::ParameterInvalid, detail));
    }
    let behind = parameter::<Cursor>(query, "cursor", "`next_cursor` of the page before")?;
    let limit = limit(query)?;
    let texts = relay
        .store
        .read(move |reads| timed::page(reads, behind.map(|it| it.0), limit))
        .await?;
    let full = texts.len() == limit as usize;
    let next_cursor = texts.last().filter(|_| full).map(cursor);
    let messages = texts.into_iter().map(|text| Record::Entry(Box::new(text)));
    Ok(Json(MessagePage {
        messages: messages.collect(),
        next_cursor,
    }))
}

/// Changes a text that waits for its time and answers with its entry.
pub(crate) async fn patch(
    State(relay): State<Arc<Relay>>,
    Writer(agent): Writer,
    Path(text): Path<String>,
    Body(patch): Body<MessagePatch>,
) -> Result<Json<Record>, ApiError> {
    let text = id(&text)?;
    let changed = relay
        .store
        .write(move |tx| later::patch(tx, &agent, text, &patch))
        .await?;
    Ok(changed_text(&relay, changed))
}

/// Cancels a text that waits for its time and answers with its entry.
pub(crate) async fn cancel(
    State(relay): State<Arc<Relay>>,
    Writer(agent): Writer,
    Path(text): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Record>, ApiError> {
    let text = id(&text)?;
    let request = parameter::<RequestId>(query.as_deref(), "id", "a UUID")?;
    let canceled = relay
        .store
        .write(move |tx| later::cancel(tx, &agent, text, request))
        .await?;
    Ok(changed_text(&relay, canceled))
}

fn changed_text(relay: &Relay, entry: Entry) -> Json<Record> {
    relay.timed_bell.notify_one();
    relay.outbox_bell.notify_one();
    Json(Record::Entry(Box::new(entry)))
}

/// A place in the order of their times, as a page names it: milliseconds and position.
struct Cursor(timed::Place);

impl FromStr for Cursor {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (ms, position) = text.split_once('.').unwrap_or((text, ""));
        Ok(Self(timed::Place {
            send_at: Timestamp::from_millis(ms.parse()?),
            position: Seq(position.parse()?),
        }))
    }
}

fn cursor(last: &Entry) -> String {
    let ms = last.send_at.map_or(0, Timestamp::as_millis);
    format!("{ms}.{}", last.position.0)
}
