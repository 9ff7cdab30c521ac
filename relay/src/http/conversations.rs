//! `GET /v1/conversations` and what hangs below it, and `GET /v1/entries/{id}`: for scripts.

use crate::desk;
use crate::http::access::{Caller, id};
use crate::http::problem::ApiError;
use crate::http::search;
use crate::state::Relay;
use crate::store::conversations::{Assignee, Filter};
use crate::store::{StoreError, conversations, entries};
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::conversations::{ConversationPage, EntryPage, PAGE_DEFAULT, PAGE_MAX};
use smsdesk_common::conversation::ConversationStatus;
use smsdesk_common::ids::{ConversationId, EntryId, Seq};
use smsdesk_common::record::Record;
use std::str::FromStr;
use std::sync::Arc;

/// One parameter of a query, or the problem that it is not of its type.
pub(crate) fn parameter<T: FromStr>(
    query: Option<&str>,
    name: &str,
    expected: &str,
) -> Result<Option<T>, ApiError> {
    let found = form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned());
    found
        .map(|value| {
            value.parse().map_err(|_| {
                let detail = format!("`{name}`: expected {expected}");
                ApiError::new(ErrorCode::ParameterInvalid, detail)
            })
        })
        .transpose()
}

pub(crate) fn limit(query: Option<&str>) -> Result<u32, ApiError> {
    let limit = parameter(query, "limit", "a count")?.unwrap_or(PAGE_DEFAULT);
    Ok(limit.clamp(1, PAGE_MAX))
}

/// What `view` and `assignee` ask for.
fn filter(query: Option<&str>, caller: &Caller) -> Result<Filter, ApiError> {
    let invalid = |detail| ApiError::new(ErrorCode::ParameterInvalid, detail);
    let status = match parameter::<String>(query, "view", "text")?.as_deref() {
        None | Some("all") => None,
        Some(name) => Some(
            ConversationStatus::parse(name)
                .ok_or_else(|| invalid("`view`: expected open, snoozed, done or all"))?,
        ),
    };
    let assignee = match parameter::<String>(query, "assignee", "text")?.as_deref() {
        None => Assignee::Any,
        Some("me") => Assignee::Agent(caller.agent.id),
        Some("none") => Assignee::Nobody,
        Some(id) => Assignee::Agent(
            id.parse()
                .map_err(|_| invalid("`assignee`: expected me, none or an agent's UUID"))?,
        ),
    };
    Ok(Filter { status, assignee })
}

/// A page of conversations, most recently touched first.
pub(crate) async fn page(
    State(relay): State<Arc<Relay>>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<ConversationPage>, ApiError> {
    let query = query.as_deref();
    let below = parameter(query, "cursor", "`next_cursor` of the page before")?.map(Seq);
    let limit = limit(query)?;
    let filter = filter(query, &caller)?;
    let (conversations, next_cursor) = match search::filter(query)? {
        Some(words) => {
            let from = search::viewpoint(&relay, &caller, query)?;
            let found = relay.store.read_long(move |reads| {
                let filters = (&words, &filter);
                desk::search::conversations(reads, filters, &from, below, limit as usize)
            });
            let found = found.await?;
            (found.found, found.below.map(|below| below.to_string()))
        }
        None => {
            let page = relay
                .store
                .read(move |reads| conversations::page(reads, below, &filter, limit));
            let page = page.await?;
            let full = page.len() == limit as usize;
            let last = page.last().filter(|_| full);
            let next = last.map(|last| last.seq.to_string());
            (page, next)
        }
    };
    Ok(Json(ConversationPage {
        conversations: conversations
            .into_iter()
            .map(|conversation| Record::Conversation(Box::new(conversation)))
            .collect(),
        next_cursor,
    }))
}

/// One conversation.
pub(crate) async fn one(
    State(relay): State<Arc<Relay>>,
    _: Caller,
    Path(wanted): Path<String>,
) -> Result<Json<Record>, ApiError> {
    let wanted: ConversationId = id(&wanted)?;
    let found = relay
        .store
        .read(move |reads| conversations::find(reads, wanted))
        .await?;
    let conversation = found.ok_or_else(|| unknown_conversation(wanted))?;
    Ok(Json(Record::Conversation(Box::new(conversation))))
}

fn unknown_conversation(id: ConversationId) -> ApiError {
    ApiError::new(
        ErrorCode::ConversationUnknown,
        format!("conversation {id} does not exist"),
    )
}

/// A page of a timeline, newest first.
pub(crate) async fn entries(
    State(relay): State<Arc<Relay>>,
    _: Caller,
    Path(wanted): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<EntryPage>, ApiError> {
    let wanted: ConversationId = id(&wanted)?;
    let query = query.as_deref();
    let below = parameter(query, "before", "a position")?.map(Seq);
    let limit = limit(query)?;
    let found = relay
        .store
        .read(move |reads| -> Result<_, StoreError> {
            if conversations::find(reads, wanted)?.is_none() {
                return Ok(None);
            }
            entries::page(reads, wanted, below, limit).map(Some)
        })
        .await?;
    let entries = found.ok_or_else(|| unknown_conversation(wanted))?;
    let full = entries.len() == limit as usize;
    let next_before = entries.last().filter(|_| full).map(|last| last.position);
    Ok(Json(EntryPage {
        entries: entries
            .into_iter()
            .map(|entry| Record::Entry(Box::new(entry)))
            .collect(),
        next_before,
    }))
}

/// One entry.
pub(crate) async fn entry(
    State(relay): State<Arc<Relay>>,
    _: Caller,
    Path(wanted): Path<String>,
) -> Result<Json<Record>, ApiError> {
    let wanted: EntryId = id(&wanted)?;
    let found = relay
        .store
        .read(move |reads| entries::find(reads, wanted))
        .await?;
    let entry = found.ok_or_else(|| {
        ApiError::new(
            ErrorCode::EntryUnknown,
            format!("entry {wanted} does not exist"),
        )
    })?;
    Ok(Json(Record::Entry(Box::new(entry))))
}
