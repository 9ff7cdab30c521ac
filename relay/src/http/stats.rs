//! `GET /v1/stats`: what the team's work amounts to.

use crate::desk::stats::{Ask, Counting, figures};
use crate::http::access::Caller;
use crate::http::conversations::parameter;
use crate::http::problem::ApiError;
use crate::http::search::viewpoint;
use crate::state::Relay;
use crate::store::{StoreError, stats};
use axum::Json;
use axum::extract::{RawQuery, State};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::stats::Stats;
use smsdesk_common::filter::Viewpoint;
use smsdesk_common::stats::{By, Period, PeriodError, day_starts};
use std::sync::Arc;

/// Conversations with labels whose texts are counted in one look: a look must not take long.
const LABELLED_MAX: u32 = 200;

fn invalid(name: &str, error: PeriodError) -> ApiError {
    ApiError::new(ErrorCode::ParameterInvalid, format!("`{name}`: {error}"))
}

fn ask(query: Option<&str>, from: &Viewpoint) -> Result<Ask, ApiError> {
    let text = |name| parameter::<String>(query, name, "text");
    let by = match text("by")? {
        None => None,
        Some(by) => Some(by.parse::<By>().map_err(|error| invalid("by", error))?),
    };
    let (begin, end) = (text("from")?, text("to")?);
    let zone = from.zone.clone();
    // Each by itself first, so that the one that is wrong is named.
    Period::read(begin.as_deref(), None, from.now, &zone).map_err(|e| invalid("from", e))?;
    let period = Period::read(begin.as_deref(), end.as_deref(), from.now, &zone);
    let period = period.map_err(|error| invalid("to", error))?;
    if by == Some(By::Day) {
        day_starts(&period, &zone).map_err(|error| invalid("from", error))?;
    }
    Ok(Ask { period, by, zone })
}

/// Figures of today, of the month and of what is asked for.
pub(crate) async fn figures_of(
    State(relay): State<Arc<Relay>>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<Stats>, ApiError> {
    let query = query.as_deref();
    let from = viewpoint(&relay, &caller, query)?;
    let ask = ask(query, &from)?;
    let by = ask.by;
    let zone = ask.zone.clone();
    let (today, month) = (
        Period::today(from.now, &zone),
        Period::month(from.now, &zone),
    );
    let (today, month, uncounted, mut counting) = relay
        .store
        .read_long(move |reads| -> Result<_, StoreError> {
            Ok((
                figures(reads, &today)?,
                figures(reads, &month)?,
                stats::uncounted(reads)?,
                Counting::new(reads, ask)?,
            ))
        })
        .await?;
    let mut last = None;
    while by == Some(By::Label) {
        let look = move |reads: &mut dyn crate::store::sql::Reads| -> Result<_, StoreError> {
            let next = counting.labelled(reads, last, LABELLED_MAX)?;
            Ok((next, counting))
        };
        (last, counting) = relay.store.read_long(look).await?;
        if last.is_none() {
            break;
        }
    }
    let range = relay.store.read_long(move |reads| counting.answer(reads));
    Ok(Json(Stats {
        zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        at: from.now,
        uncounted,
        today,
        month,
        range: range.await?,
    }))
}
