//! `/v1/templates` and what hangs below it.

use crate::desk::template::{self, Made};
use crate::http::access::{Body, Caller, Writer, id};
use crate::http::conversations::{limit, parameter};
use crate::http::problem::ApiError;
use crate::state::Relay;
use crate::store::{settings, templates};
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use smsdesk_common::api::templates::{
    MakeTemplate, Preview, Previewed, ReplaceTemplate, Seeded, TemplatePage,
};
use smsdesk_common::ids::{Seq, TemplateId};
use smsdesk_common::record::Record;
use smsdesk_common::template::Template;
use std::sync::Arc;

fn record(template: Template) -> Record {
    Record::Template(Box::new(template))
}

/// A page, or all of one name.
pub(crate) async fn page(
    State(relay): State<Arc<Relay>>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<TemplatePage>, ApiError> {
    let query = query.as_deref();
    let below = parameter(query, "cursor", "`next_cursor` of the page before")?.map(Seq);
    let limit = limit(query)?;
    let name: Option<String> = parameter(query, "name", "text")?;
    let me = caller.agent.id;
    let is_search = name.is_some();
    let found = relay.store.read(move |reads| match name {
        Some(name) => templates::by_name(reads, me, &name),
        None => templates::page(reads, me, below, limit),
    });
    let found = found.await?;
    let full = !is_search && found.len() == limit as usize;
    let next_cursor = found
        .last()
        .filter(|_| full)
        .map(|last| last.seq.to_string());
    Ok(Json(TemplatePage {
        templates: found.into_iter().map(record).collect(),
        next_cursor,
    }))
}

/// One template.
pub(crate) async fn one(
    State(relay): State<Arc<Relay>>,
    caller: Caller,
    Path(wanted): Path<String>,
) -> Result<Json<Record>, ApiError> {
    let wanted: TemplateId = id(&wanted)?;
    let look = relay
        .store
        .read(move |reads| template::seen(reads, &caller.agent, wanted));
    Ok(Json(record(look.await?)))
}

/// Makes a template and answers with it.
pub(crate) async fn make(
    State(relay): State<Arc<Relay>>,
    Writer(agent): Writer,
    Body(make): Body<MakeTemplate>,
) -> Result<(StatusCode, Json<Record>), ApiError> {
    let made = relay
        .store
        .write(move |tx| template::make(tx, &agent, &make))
        .await?;
    let (status, template) = match made {
        Made::Now(template) => (StatusCode::CREATED, template),
        Made::Before(template) => (StatusCode::OK, template),
    };
    Ok((status, Json(record(template))))
}

/// Puts new content into a template and answers with it.
pub(crate) async fn replace(
    State(relay): State<Arc<Relay>>,
    Writer(agent): Writer,
    Path(wanted): Path<String>,
    Body(replace): Body<ReplaceTemplate>,
) -> Result<Json<Record>, ApiError> {
    let wanted = id(&wanted)?;
    let replaced = relay
        .store
        .write(move |tx| template::replace(tx, &agent, wanted, &replace));
    Ok(Json(record(replaced.await?)))
}

/// Deletes a template.
pub(crate) async fn delete(
    State(relay): State<Arc<Relay>>,
    Writer(agent): Writer,
    Path(wanted): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<StatusCode, ApiError> {
    let wanted = id(&wanted)?;
    let if_seq = parameter(query.as_deref(), "if_seq", "a position")?.map(Seq);
    relay
        .store
        .write(move |tx| template::delete(tx, &agent, wanted, if_seq))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a text would be.
pub(crate) async fn preview(
    State(relay): State<Arc<Relay>>,
    caller: Caller,
    Body(preview): Body<Preview>,
) -> Result<Json<Previewed>, ApiError> {
    let company = relay.live().company.clone();
    let look = relay.store.read(move |reads| {
        let set = settings::load(reads)?.company;
        template::preview(reads, &caller.agent, set.or(company).as_deref(), &preview)
    });
    Ok(Json(look.await?))
}

/// Makes the templates to begin with that are not there.
pub(crate) async fn seed(
    State(relay): State<Arc<Relay>>,
    Writer(agent): Writer,
) -> Result<Json<Seeded>, ApiError> {
    let seeded = relay.store.write(move |tx| template::seed(tx, &agent));
    let (made, all) = seeded.await?;
    Ok(Json(Seeded {
        made,
        templates: all.into_iter().map(record).collect(),
    }))
}
