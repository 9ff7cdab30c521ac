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
use axum::http::Uri;
use axum::response::{IntoResponse, Response};

/// The name in a path's last part: `SM….json` becomes `SM…`.
fn name_in(file: &str) -> Option<&str> {
    file.strip_suffix(".json")
}

/// Any address that the API does not have.
pub(super) async fn unknown_path(uri: Uri) -> Response {
    ApiError::not_found(uri.path()).into_response()
}

/// A method that an address does not have.
pub(super) async fn unknown_method() -> Response {
    ApiError::method_not_allowed().into_response()
}
