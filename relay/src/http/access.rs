//! Extractors: who calls, as the gate has found, and bodies whose errors are problems.

use crate::http::problem::ApiError;
use crate::state::Relay;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use smsdesk_common::agent::Agent;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::ids::TokenId;
use std::sync::Arc;

/// Whoever presents a token that is accepted.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who.
    pub agent: Agent,
    /// By which token.
    pub token: TokenId,
}

/// A caller whom the route's need allows to change something.
#[derive(Clone, Debug)]
pub struct Writer(pub Agent);

impl FromRequestParts<Arc<Relay>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Relay>) -> Result<Self, ApiError> {
        let caller = parts.extensions.get::<Self>().cloned();
        caller.ok_or_else(|| {
            tracing::error!("a route that goes by who asks needs no token");
            ApiError::new(ErrorCode::Internal, "the relay's log says more")
        })
    }
}

impl FromRequestParts<Arc<Relay>> for Writer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, relay: &Arc<Relay>) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, relay).await?;
        Ok(Self(caller.agent))
    }
}

/// A JSON body.
#[derive(Clone, Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<Relay>> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, relay: &Arc<Relay>) -> Result<Self, ApiError> {
        match axum::Json::<T>::from_request(request, relay).await {
            Ok(axum::Json(body)) => Ok(Self(body)),
            Err(rejection) => Err(body_problem(&rejection)),
        }
    }
}

fn body_problem(rejection: &JsonRejection) -> ApiError {
    match rejection.status().as_u16() {
        413 => ApiError::new(
            ErrorCode::BodyTooLarge,
            "expected at most 256 KiB; 16 MiB of a list to text",
        ),
        415 => ApiError::new(
            ErrorCode::TypeUnsupported,
            "expected `Content-Type: application/json`",
        ),
        _ => ApiError::new(ErrorCode::BodyMalformed, rejection.body_text()),
    }
}

/// A path's id, or the problem that it is none.
///
/// # Errors
/// The text is not a UUID.
pub(crate) fn id<T: std::str::FromStr>(text: &str) -> Result<T, ApiError> {
    text.parse()
        .map_err(|_| ApiError::new(ErrorCode::ParameterInvalid, "`id`: expected a UUID"))
}
