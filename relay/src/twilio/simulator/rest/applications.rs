//! `Applications`: list, fetch, update of the webhooks.

use super::error::ApiError;
use super::numbers::{callback, hook, needs_first};
use super::page::{Kind, PageRequest};
use super::params::Params;
use super::{changed, name_in, shown};
use crate::twilio::simulator::application::Application;
use crate::twilio::simulator::exchange::Exchange;
use axum::Json;
use axum::extract::{Path, RawForm, RawQuery, State};
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

type Shared = State<Arc<Exchange>>;

/// `GET …/Applications.json`
pub(in crate::twilio::simulator) async fn list(
    State(exchange): Shared,
    RawQuery(query): RawQuery,
    uri: Uri,
) -> Response {
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    let request = match PageRequest::parse(&params) {
        Ok(request) => request,
        Err(error) => return error.into_response(),
    };
    let state = exchange.state();
    let positions = (0..state.applications.len() as u64).rev();
    let slice = request.cut(state.applications.iter().zip(positions), |(_, at)| *at);
    let page = request.reply(
        Kind::Of2010(uri.path()),
        "applications",
        &slice,
        |(_, at)| *at,
        |(application, _)| application.to_json(&exchange.config.account_sid),
    );
    Json(page).into_response()
}

/// `GET …/Applications/{Sid}.json`
pub(in crate::twilio::simulator) async fn fetch(
    State(exchange): Shared,
    Path((_, file)): Path<(String, String)>,
    uri: Uri,
) -> Response {
    let state = exchange.state();
    let found = state.application(name_in(&file).unwrap_or_default());
    shown(found, &uri, |application| {
        application.to_json(&exchange.config.account_sid)
    })
}

/// `POST …/Applications/{Sid}.json`
pub(in crate::twilio::simulator) async fn update(
    State(exchange): Shared,
    Path((_, file)): Path<(String, String)>,
    uri: Uri,
    RawForm(form): RawForm,
) -> Response {
    let params = Params::parse(&form);
    let now = exchange.now();
    let sid = name_in(&file).unwrap_or_default();
    let mut state = exchange.state();
    let mut applications = state.applications.iter_mut();
    let change = |application: &Application| {
        Ok(Application {
            updated_at: now,
            ..updated(application, &params)?
        })
    };
    changed(
        applications.find(|application| application.sid.as_str() == sid),
        &uri,
        change,
        |application| application.to_json(&exchange.config.account_sid),
    )
}

fn updated(application: &Application, params: &Params) -> Result<Application, ApiError> {
    let status = &application.message_status_callback;
    let changed = Application {
        friendly_name: params
            .given("FriendlyName")
            .unwrap_or(&application.friendly_name)
            .to_owned(),
        sms: hook(&application.sms, params, "SmsUrl", "SmsMethod")?,
        sms_fallback: hook(
            &application.sms_fallback,
            params,
            "SmsFallbackUrl",
            "SmsFallbackMethod",
        )?,
        message_status_callback: callback(status, params, "MessageStatusCallback")?,
        ..application.clone()
    };
    needs_first(&changed.sms, &changed.sms_fallback)?;
    Ok(changed)
}
