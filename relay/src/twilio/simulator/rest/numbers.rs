//! `IncomingPhoneNumbers`: list, fetch, update of the webhooks.

use super::error::ApiError;
use super::page::{Kind, PageRequest};
use super::params::Params;
use super::{changed, name_in, shown};
use crate::twilio::simulator::application::Application;
use crate::twilio::simulator::config::is_http_url;
use crate::twilio::simulator::exchange::{Exchange, State as Changing};
use crate::twilio::simulator::number::{Hook, Method, Number};
use axum::Json;
use axum::extract::{Path, RawForm, RawQuery, State};
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

type Shared = State<Arc<Exchange>>;

/// `GET …/IncomingPhoneNumbers.json`, narrowed down by `PhoneNumber` (a part of it, `*` for any
/// one digit) and `FriendlyName`.
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
    let account = &exchange.config.account_sid;
    let state = exchange.state();
    let is_wanted = |number: &Number| {
        let pattern = params.get("PhoneNumber");
        let name = params.get("FriendlyName");
        pattern.is_none_or(|pattern| contains(&number.phone_number, pattern))
            && name.is_none_or(|name| number.friendly_name == name)
    };
    let numbered = state
        .numbers
        .iter()
        .zip((0..state.numbers.len() as u64).rev());
    let slice = request.cut(
        numbered.filter(|(number, _)| is_wanted(number)),
        |(_, position)| *position,
    );
    let page = request.reply(
        Kind::Of2010(uri.path()),
        "incoming_phone_numbers",
        &slice,
        |(_, position)| *position,
        |(number, _)| number.to_json(account),
    );
    Json(page).into_response()
}

/// `GET …/IncomingPhoneNumbers/{Sid}.json`
pub(in crate::twilio::simulator) async fn fetch(
    State(exchange): Shared,
    Path((_, file)): Path<(String, String)>,
    uri: Uri,
) -> Response {
    let state = exchange.state();
    let sid = name_in(&file).unwrap_or_default();
    let mut numbers = state.numbers.iter();
    let found = numbers.find(|number| number.sid.as_str() == sid);
    shown(found, &uri, |number| {
        number.to_json(&exchange.config.account_sid)
    })
}

/// `POST …/IncomingPhoneNumbers/{Sid}.json`
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
    let Changing {
        numbers,
        applications,
        ..
    } = &mut *state;
    let change = |number: &Number| {
        Ok(Number {
            updated_at: now,
            ..updated(number, &params, applications)?
        })
    };
    let mut numbers = numbers.iter_mut();
    changed(
        numbers.find(|number| number.sid.as_str() == sid),
        &uri,
        change,
        |number| number.to_json(&exchange.config.account_sid),
    )
}

fn updated(
    number: &Number,
    params: &Params,
    applications: &[Application],
) -> Result<Number, ApiError> {
    let changed = Number {
        friendly_name: params
            .given("FriendlyName")
            .unwrap_or(&number.friendly_name)
            .to_owned(),
        sms: hook(&number.sms, params, "SmsUrl", "SmsMethod")?,
        sms_fallback: hook(
            &number.sms_fallback,
            params,
            "SmsFallbackUrl",
            "SmsFallbackMethod",
        )?,
        status_callback: hook(
            &number.status_callback,
            params,
            "StatusCallback",
            "StatusCallbackMethod",
        )?,
        application: match params.given("SmsApplicationSid") {
            None => number.application.clone(),
            // An empty one has the number's own webhooks asked again.
            Some("") => None,
            Some(sid) => {
                let known = applications.iter().find(|one| one.sid.as_str() == sid);
                let unknown = || ApiError::not_found(&format!("/Applications/{sid}.json"));
                Some(known.ok_or_else(unknown)?.sid.clone())
            }
        },
        ..number.clone()
    };
    needs_first(&changed.sms, &changed.sms_fallback)?;
    Ok(changed)
}

/// A fallback needs something to fall back from.
pub(super) fn needs_first(first: &Hook, fallback: &Hook) -> Result<(), ApiError> {
    if fallback.is_set() && !first.is_set() {
        return Err(ApiError::bad(21406, "SmsFallbackUrl requires SmsUrl"));
    }
    Ok(())
}

/// An address for statuses, if another one is given. An empty one takes it away.
pub(super) fn callback(before: &str, params: &Params, name: &str) -> Result<String, ApiError> {
    match params.given(name) {
        None => Ok(before.to_owned()),
        Some(given) if given.is_empty() || is_http_url(given) => Ok(given.to_owned()),
        Some(given) => Err(ApiError::bad(
            21609,
            format!("{name} is not a valid URL: {given}"),
        )),
    }
}

pub(super) fn hook(
    before: &Hook,
    params: &Params,
    url: &str,
    method: &str,
) -> Result<Hook, ApiError> {
    let mut hook = before.clone();
    if let Some(given) = params.given(url) {
        // An empty URL takes the webhook away.
        if !given.is_empty() && !is_http_url(given) {
            return Err(ApiError::bad(
                21402,
                format!("{url} is not a valid URL: {given}"),
            ));
        }
        given.clone_into(&mut hook.url);
    }
    if let Some(given) = params.get(method) {
        hook.method = Method::parse(given)
            .ok_or_else(|| ApiError::bad(21403, format!("{method} has to be GET or POST")))?;
    }
    Ok(hook)
}

/// Whether `pattern` occurs in `number`.
fn contains(number: &str, pattern: &str) -> bool {
    let (number, pattern) = (number.as_bytes(), pattern.as_bytes());
    number.windows(pattern.len()).any(|part| {
        part.iter()
            .zip(pattern)
            .all(|(digit, wanted)| *wanted == b'*' || digit == wanted)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_by_a_part_with_wild_cards() {
        for (pattern, found) in [
            ("+15557122661", true),
            ("712", true),
            ("555***2661", true),
            ("9", false),
            ("+155571226610", false),
        ] {
            assert_eq!(contains("+15557122661", pattern), found, "{pattern}");
        }
    }
}
