//! `GET /v1/audit`: who did what.

use crate::http::conversations::{limit, parameter};
use crate::http::problem::ApiError;
use crate::state::Relay;
use crate::store::audit::{self, Wanted};
use axum::Json;
use axum::extract::{RawQuery, State};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::audit::AuditPage;
use smsdesk_common::audit::Deed;
use smsdesk_common::ids::Seq;
use smsdesk_common::time::Timestamp;
use std::sync::Arc;

/// A page, the newest first.
pub(crate) async fn page(
    State(relay): State<Arc<Relay>>,
    RawQuery(query): RawQuery,
) -> Result<Json<AuditPage>, ApiError> {
    let query = query.as_deref();
    let limit = limit(query)?;
    let before: Option<u64> = parameter(query, "before", "the number of a row")?;
    let since: Option<String> = parameter(query, "since", "a time")?;
    let deed: Option<String> = parameter(query, "deed", "a deed")?;
    let wanted = Wanted {
        before: before.map(Seq),
        since: since.as_deref().map(time).transpose()?,
        actor: parameter(query, "actor", "a name, operator, relay or nobody")?,
        deed: deed.as_deref().map(named).transpose()?,
    };
    let rows = relay
        .store
        .read(move |reads| audit::page(reads, &wanted, limit))
        .await?;
    let full = rows.len() == limit as usize;
    let before = rows.last().filter(|_| full).map(|row| row.n);
    Ok(Json(AuditPage { rows, before }))
}

fn time(text: &str) -> Result<Timestamp, ApiError> {
    Timestamp::parse_rfc3339(text).map_err(|_| {
        let detail = "`since`: expected a time such as 2026-11-20T13:16:00Z";
        ApiError::new(ErrorCode::ParameterInvalid, detail)
    })
}

fn named(deed: &str) -> Result<String, ApiError> {
    let known = deed.parse::<Deed>().map(|deed| deed.as_str().to_owned());
    known.map_err(|why| ApiError::new(ErrorCode::ParameterInvalid, format!("`deed`: {why}")))
}
