//! `/v1/settings`: what can be set while the relay runs.

use crate::desk::settings::{self as desk, By};
use crate::http::access::{Body, Caller};
use crate::http::conversations::{limit, parameter};
use crate::http::problem::ApiError;
use crate::state::Relay;
use crate::store::settings;
use axum::Json;
use axum::extract::{RawQuery, State};
use serde_json::Value;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::settings::{PutSettings, SettingHistory};
use smsdesk_common::ids::Seq;
use smsdesk_common::record::Record;
use smsdesk_common::settings::Setting;
use std::sync::Arc;

fn record(setting: Setting) -> Json<Record> {
    Json(Record::Setting(Box::new(setting)))
}

/// What holds.
pub(crate) async fn show(
    State(relay): State<Arc<Relay>>,
    _: Caller,
) -> Result<Json<Record>, ApiError> {
    Ok(record(relay.store.read(desk::record).await?))
}

/// Sets fields and answers with what holds.
pub(crate) async fn put(
    State(relay): State<Arc<Relay>>,
    caller: Caller,
    Body(body): Body<Value>,
) -> Result<Json<Record>, ApiError> {
    let put =
        PutSettings::read(body).map_err(|why| ApiError::new(ErrorCode::SettingsInvalid, why))?;
    let setting = relay
        .store
        .write(move |tx| desk::put(tx, By::Agent(&caller.agent), &put))
        .await?;
    // What waits may go by now.
    relay.outbox_bell.notify_one();
    relay.timed_bell.notify_one();
    // When people are reminded may be another time by now.
    relay.job_bell.notify_one();
    Ok(record(setting))
}

/// Who set what.
pub(crate) async fn history(
    State(relay): State<Arc<Relay>>,
    _: Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<SettingHistory>, ApiError> {
    let query = query.as_deref();
    let limit = limit(query)?;
    let cursor: Option<String> = parameter(query, "cursor", "`next_cursor` of the page before")?;
    let before = cursor.map(|cursor| place(&cursor)).transpose()?;
    let changes = relay
        .store
        .read(move |reads| settings::history(reads, before, limit))
        .await?;
    let full = changes.len() == limit as usize;
    let next_cursor = changes
        .last()
        .filter(|_| full)
        .map(|last| format!("{}:{}", last.seq, last.field));
    Ok(Json(SettingHistory {
        changes,
        next_cursor,
    }))
}

fn place(cursor: &str) -> Result<settings::Place, ApiError> {
    let parts = cursor.split_once(':');
    parts
        .and_then(|(seq, field)| Some((Seq(seq.parse().ok()?), field.to_owned())))
        .ok_or_else(|| {
            let detail = "`cursor`: expected `next_cursor` of the page before";
            ApiError::new(ErrorCode::ParameterInvalid, detail)
        })
}
