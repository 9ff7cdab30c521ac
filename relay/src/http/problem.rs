//! Errors as `application/problem+json` (RFC 9457). What the relay itself got wrong becomes a
//! constant body and one line in the log.

use crate::desk::DeskError;
use crate::store::StoreError;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use smsdesk_common::api::{ErrorCode, Problem};
use std::any::Any;
use std::time::Duration;

/// The type of content of every problem.
const PROBLEM: &str = "application/problem+json";

/// An error on its way to a client.
#[derive(Clone, Debug)]
pub struct ApiError(pub Problem);

impl ApiError {
    /// An occurrence of `code`.
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self(Problem::new(code, detail))
    }
}

impl From<DeskError> for ApiError {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Refused { code, detail } => Self::new(code, detail),
            DeskError::Conflict {
                code,
                detail,
                current,
            } => {
                // A record always has a form as JSON; without it the problem says the same.
                let current = serde_json::to_value(current).ok();
                Self(Problem {
                    current: current.map(Box::new),
                    ..Problem::new(code, detail)
                })
            }
            DeskError::Meanwhile { detail, meanwhile } => Self(Problem {
                meanwhile: Some(meanwhile.clone()),
                ..Problem::new(meanwhile.code(), detail)
            }),
            DeskError::Lacks { detail, missing } => Self(Problem {
                missing,
                ..Problem::new(ErrorCode::VariablesMissing, detail)
            }),
            DeskError::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        if error.is_temporary() {
            tracing::warn!(%error, "a request could not be served");
            Self::new(ErrorCode::StoreUnavailable, "nothing was stored; try again")
        } else {
            tracing::error!(%error, "a request met a fault");
            Self::new(ErrorCode::Internal, "the relay's log says more")
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let code = self.0.code;
        let mut response = (status, axum::Json(self.0)).into_response();
        // For what is counted; not on the wire.
        response.extensions_mut().insert(code);
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
        if status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

/// No route has this path.
pub(crate) fn route_unknown() -> ApiError {
    ApiError::new(ErrorCode::RouteUnknown, "docs/api.md lists the paths")
}

/// The path has no such method.
pub(crate) fn method_not_allowed() -> ApiError {
    ApiError::new(ErrorCode::MethodNotAllowed, "docs/api.md lists the methods")
}

/// What the framework refuses by itself, such as an id that is no UTF-8, becomes a problem as well.
pub(crate) async fn in_our_words(response: Response) -> Response {
    let content_type = response.headers().get(header::CONTENT_TYPE);
    let is_ours = content_type.is_some_and(|it| it == PROBLEM);
    if response.status() != StatusCode::BAD_REQUEST || is_ours {
        return response;
    }
    let detail = "the path or a header: expected UTF-8";
    ApiError::new(ErrorCode::ParameterInvalid, detail).into_response()
}

/// Terminals send no `Origin`; whoever does is a web page that must not use a visitor's network.
pub(crate) async fn refuse_browsers(request: Request, next: Next) -> Response {
    if request.headers().contains_key(header::ORIGIN) {
        return ApiError::new(ErrorCode::OriginRefused, "the API is not for browsers")
            .into_response();
    }
    next.run(request).await
}

/// Gives a request up that takes longer than `limit`, body included. What it asked for may still
/// be carried out: a repeat with the same id tells.
pub(crate) async fn in_time(limit: Duration, request: Request, next: Next) -> Response {
    tokio::time::timeout(limit, next.run(request))
        .await
        .unwrap_or_else(|_| {
            tracing::warn!("a request took too long");
            let detail = "the request took too long; it is not known whether it was carried out";
            ApiError::new(ErrorCode::Busy, detail).into_response()
        })
}

/// A handler panicked: that is a fault, not the client's.
pub(crate) fn panicked(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a request panicked");
    ApiError::new(ErrorCode::Internal, "the relay's log says more").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::routing::get;
    use axum::{Router, middleware};
    use std::future::pending;
    use tower::ServiceExt as _;

    #[tokio::test]
    async fn a_request_without_end_is_given_up_as_a_problem() {
        let routes = Router::new()
            .route("/", get(pending::<()>))
            .layer(middleware::from_fn(|request, next| {
                in_time(Duration::from_millis(10), request, next)
            }));
        let answer = routes.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(
            answer.headers()[header::CONTENT_TYPE],
            "application/problem+json"
        );
    }
}
