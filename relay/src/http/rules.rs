//! `/v1/rules` and what hangs below it.

use crate::desk::rules as desk;
use crate::http::access::{Body, Caller};
use crate::http::problem::ApiError;
use crate::state::Relay;
use crate::store::rules;
use axum::Json;
use axum::extract::State;
use smsdesk_common::agent::Role;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::rules::{
    EDITIONS_MAX, Edition, PutRules, RuleHistory, Rules, TestRules, Tested,
};
use std::sync::Arc;

/// The rules that hold.
pub(crate) async fn show(
    State(relay): State<Arc<Relay>>,
    _: Caller,
) -> Result<Json<Rules>, ApiError> {
    Ok(Json(relay.store.read(desk::shown).await?))
}

/// Puts rules in place of those that hold, and answers with them.
pub(crate) async fn put(
    State(relay): State<Arc<Relay>>,
    Caller { agent, .. }: Caller,
    Body(put): Body<PutRules>,
) -> Result<Json<Rules>, ApiError> {
    if agent.role != Role::Admin {
        return Err(ApiError::new(
            ErrorCode::Forbidden,
            "rules send by themselves: only an admin may change them",
        ));
    }
    let done = relay
        .store
        .write(move |tx| desk::put(tx, Some(&agent), &put));
    Ok(Json(done.await?))
}

/// The texts that held.
pub(crate) async fn history(
    State(relay): State<Arc<Relay>>,
    _: Caller,
) -> Result<Json<RuleHistory>, ApiError> {
    let editions = relay
        .store
        .read(|reads| rules::editions(reads, EDITIONS_MAX))
        .await?;
    let editions = editions.into_iter().map(|edition| Edition {
        seq: edition.seq,
        at: edition.at,
        by: edition.agent,
        text: edition.text,
    });
    Ok(Json(RuleHistory {
        editions: editions.collect(),
    }))
}

/// What would be done about a text.
pub(crate) async fn test(
    State(relay): State<Arc<Relay>>,
    _: Caller,
    Body(asked): Body<TestRules>,
) -> Result<Json<Tested>, ApiError> {
    let now = relay.store.clock().now();
    let look = relay
        .store
        .read(move |reads| desk::test(reads, now, &asked));
    Ok(Json(look.await?))
}
