//! The REST API of 2010-04-01 and the later ones of messaging and monitor, one resource a file:
//! shapes, codes and headers as Twilio's.

pub(super) mod account;
pub(super) mod alerts;
pub(super) mod applications;
mod create;
mod error;
pub(super) mod gate;
pub(super) mod media;
pub(super) mod messages;
pub(super) mod numbers;
mod page;
mod params;
pub(super) mod services;

use self::error::ApiError;
use axum::Json;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// The name in a path's last part: `SM….json` becomes `SM…`.
fn name_in(file: &str) -> Option<&str> {
    file.strip_suffix(".json")
}

/// What an address leads to, as `show` tells it.
fn shown<T>(found: Option<&T>, uri: &Uri, show: impl FnOnce(&T) -> Value) -> Response {
    match found {
        Some(found) => Json(show(found)).into_response(),
        None => ApiError::not_found(uri.path()).into_response(),
    }
}

/// Puts what `change` makes of what an address leads to in its place, and shows that. What is refused
/// changes nothing.
fn changed<T>(
    found: Option<&mut T>,
    uri: &Uri,
    change: impl FnOnce(&T) -> Result<T, ApiError>,
    show: impl FnOnce(&T) -> Value,
) -> Response {
    let Some(found) = found else {
        return ApiError::not_found(uri.path()).into_response();
    };
    match change(found) {
        Ok(changed) => {
            *found = changed;
            Json(show(found)).into_response()
        }
        Err(error) => error.into_response(),
    }
}

/// Any address that the API does not have.
pub(super) async fn unknown_path(uri: Uri) -> Response {
    ApiError::not_found(uri.path()).into_response()
}

/// A method that an address does not have.
pub(super) async fn unknown_method() -> Response {
    ApiError::method_not_allowed().into_response()
}
