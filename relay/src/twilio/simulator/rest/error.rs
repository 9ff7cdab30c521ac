//! Twilio's error bodies: `{code, message, more_info, status}`.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::borrow::Cow;

/// A refusal as the 2010 API words it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) status: StatusCode,
    pub(super) code: u32,
    pub(super) message: Cow<'static, str>,
}

impl ApiError {
    /// A bad request.
    pub(super) fn bad(code: u32, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code,
            message: message.into(),
        }
    }

    pub(super) const fn unauthenticated() -> Self {
        Self::fixed(StatusCode::UNAUTHORIZED, 20003, "Authenticate")
    }

    pub(super) const fn too_many_requests() -> Self {
        Self::fixed(StatusCode::TOO_MANY_REQUESTS, 20429, "Too Many Requests")
    }

    pub(super) const fn queue_full() -> Self {
        Self::fixed(
            StatusCode::TOO_MANY_REQUESTS,
            21611,
            "This 'From' number has exceeded the maximum number of queued messages",
        )
    }

    pub(super) const fn internal() -> Self {
        Self::fixed(
            StatusCode::INTERNAL_SERVER_ERROR,
            20500,
            "An internal server error has occurred",
        )
    }

    pub(super) const fn method_not_allowed() -> Self {
        Self::fixed(StatusCode::METHOD_NOT_ALLOWED, 20004, "Method not allowed")
    }

    pub(super) const fn not_complete() -> Self {
        Self::fixed(
            StatusCode::CONFLICT,
            20009,
            "Cannot delete message because delivery has not been completed.",
        )
    }

    pub(super) const fn not_cancelable() -> Self {
        Self::fixed(
            StatusCode::CONFLICT,
            30409,
            "This message cannot be canceled",
        )
    }

    pub(super) fn not_found(path: &str) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            code: 20404,
            message: format!("The requested resource {path} was not found").into(),
        }
    }

    const fn fixed(status: StatusCode, code: u32, message: &'static str) -> Self {
        Self {
            status,
            code,
            message: Cow::Borrowed(message),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = json!({
            "code": self.code,
            "message": self.message,
            "more_info": format!("https://www.twilio.com/docs/errors/{}", self.code),
            "status": self.status.as_u16(),
        });
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Basic realm=\"Twilio API\"");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
