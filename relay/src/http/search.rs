//! `GET /v1/search`: what was said, for those who have no copy of it.

use crate::desk::search;
use crate::http::access::Caller;
use crate::http::conversations::{limit, parameter};
use crate::http::problem::ApiError;
use crate::state::Relay;
use crate::store::{self, StoreError};
use axum::Json;
use axum::extract::{RawQuery, State};
use jiff::tz::TimeZone;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::search::SearchPage;
use smsdesk_common::filter::{Filter, Viewpoint};
use smsdesk_common::ids::Seq;
use std::sync::Arc;

/// The filter of a query, where there is one.
pub(crate) fn filter(query: Option<&str>) -> Result<Option<Filter>, ApiError> {
    let invalid = |detail| ApiError::new(ErrorCode::ParameterInvalid, detail);
    let text = parameter::<String>(query, "q", "text")?;
    text.map(|text| Filter::parse(&text).map_err(|error| invalid(format!("`q`: {error}"))))
        .transpose()
}

/// Who asks, when, and in whose days.
pub(crate) fn viewpoint(
    relay: &Relay,
    caller: &Caller,
    query: Option<&str>,
) -> Result<Viewpoint, ApiError> {
    let name = parameter::<String>(query, "tz", "the name of a time zone")?;
    let zone = match name.as_deref() {
        None => TimeZone::UTC,
        Some(name) => TimeZone::get(name).map_err(|_| {
            let detail = "`tz`: expected the name of a time zone, such as America/New_York";
            ApiError::new(ErrorCode::ParameterInvalid, detail)
        })?,
    };
    Ok(Viewpoint {
        me: Some(caller.agent.id),
        now: relay.clock.now(),
        zone,
    })
}

/// Entries that a filter means, newest first.
pub(crate) async fn page(
    State(relay): State<Arc<Relay>>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<SearchPage>, ApiError> {
    let query = query.as_deref();
    let filter = filter(query)?.filter(|filter| !filter.is_nothing());
    let Some(filter) = filter else {
        let detail = "`q`: expected words or conditions, such as `plumber from:maria`";
        return Err(ApiError::new(ErrorCode::ParameterInvalid, detail));
    };
    let below = parameter(query, "before", "a position")?.map(Seq);
    let limit = limit(query)?;
    let from = viewpoint(&relay, &caller, query)?;
    let (found, range) = relay
        .store
        .read_long(move |reads| -> Result<_, StoreError> {
            let found = search::entries(reads, &filter, &from, below, limit as usize)?;
            Ok((found, store::search::range(reads)?))
        })
        .await?;
    let low = range.map_or(Some(relay.store.hub().head()), |range| Some(range.low));
    Ok(Json(SearchPage {
        hits: found.found,
        next_before: found.below,
        unindexed: low.filter(|low| *low > Seq::ZERO),
    }))
}
