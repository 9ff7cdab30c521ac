//! Twilio's webhooks: check type and signature, read the form, one transaction, answer.

use crate::desk::consent::answer;
use crate::desk::rules::Decided;
use crate::desk::{receive, status};
use crate::http::conversations::parameter;
use crate::metrics::webhooks::Outcome;
use crate::outbox::reconcile::tally::End;
use crate::server::Place;
use crate::state::Relay;
use crate::store::StoreError;
use crate::store::webhooks::Seen;
use crate::twilio::form::{Form, InboundMessage, StatusCallback};
use crate::twilio::signature::{Content, SIGNATURE_HEADER, Signed, SigningKey, verify};
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use smsdesk_common::entry::Origin;
use smsdesk_common::ids::EntryId;
use std::sync::Arc;
use std::time::Duration;

/// The answer that sends nothing back to the customer: TwiML without a verb. Anything in
/// text/plain would be texted to them (docs/messaging/twiml).
const EMPTY_TWIML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>";
/// How long a webhook waits for its commit, in seconds. Twilio waits for 15 and then knows nothing;
/// a commit that comes later all the same meets its key when the text comes again.
const STORE_S_MAX: u64 = 10;
/// What must stand first in XML.
const XML_HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

/// Why a webhook is refused. The words are constant: a stranger learns nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Type,
    TooLarge,
    Malformed,
    Signature,
    Method,
    Unavailable,
}

impl Refusal {
    const fn outcome(self) -> Outcome {
        match self {
            Self::Type | Self::Malformed => Outcome::Malformed,
            Self::TooLarge => Outcome::TooLarge,
            Self::Signature => Outcome::Signature,
            Self::Method => Outcome::Method,
            Self::Unavailable => Outcome::Unavailable,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, words) = match self {
            Self::Type => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "expected application/x-www-form-urlencoded",
            ),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "expected at most 64 KiB"),
            Self::Malformed => (
                StatusCode::BAD_REQUEST,
                "expected a form of Twilio's in UTF-8",
            ),
            Self::Signature => (StatusCode::FORBIDDEN, "the signature is missing or wrong"),
            Self::Method => (
                StatusCode::METHOD_NOT_ALLOWED,
                "expected POST: set the webhook's method to POST",
            ),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "cannot store now"),
        };
        // XML, for text/plain would be texted to the customer if it ever came with a 200.
        let body = format!("{XML_HEAD}<!-- {words} --><Response/>");
        let answer = (status, [(header::CONTENT_TYPE, "text/xml")], body);
        with(self.outcome(), answer)
    }
}

/// An answer, with what came of the webhook beside it.
pub(super) fn with(outcome: Outcome, answer: impl IntoResponse) -> Response {
    let mut answer = answer.into_response();
    answer.extensions_mut().insert(outcome);
    answer
}

/// What is counted of a webhook that is stored.
pub(super) fn accepted(seen: Seen) -> Outcome {
    let outcome = match seen {
        Seen::First => Outcome::Stored,
        Seen::Again => Outcome::Repeated,
    };
    tracing::debug!(outcome = outcome.name(), "a webhook was accepted");
    outcome
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a webhook could not be stored");
        Self::Unavailable
    }
}

/// Waits for a commit, but not for a disk that does not answer.
pub(super) async fn stored<T>(
    writing: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, Refusal> {
    match tokio::time::timeout(Duration::from_secs(STORE_S_MAX), writing).await {
        Ok(stored) => stored.map_err(Refusal::from),
        Err(_) => {
            tracing::error!("a webhook could not be stored: the disk does not answer");
            Err(Refusal::Unavailable)
        }
    }
}

/// The body of a form; its bytes are kept as evidence.
pub(super) fn form_bytes(
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Bytes, Refusal> {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = content_type
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    if !essence
        .trim()
        .eq_ignore_ascii_case("application/x-www-form-urlencoded")
    {
        return Err(Refusal::Type);
    }
    body.map_err(|error| {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Refusal::TooLarge
        } else {
            Refusal::Malformed
        }
    })
}

/// The form, once it is certain that Twilio sent it.
pub(super) fn verified<'a>(
    relay: &Relay,
    uri: &Uri,
    headers: &HeaderMap,
    raw: &'a [u8],
) -> Result<Form<'a>, Refusal> {
    let form = Form::parse(raw).map_err(|_| Refusal::Malformed)?;
    // An account that is not ours has no key here, and is refused like a wrong signature.
    let account = form.account().map_err(|_| Refusal::Signature)?;
    let keys = relay.accounts.keys(account.as_str());
    let signature = headers
        .get(SIGNATURE_HEADER)
        .and_then(|value| value.to_str().ok())
        .filter(|_| !keys.is_empty())
        .ok_or(Refusal::Signature)?;
    let path = uri.path_and_query().map_or("", |all| all.as_str());
    let urls = relay.public_url.signed(path);
    let is_signed_with = |key: &SigningKey| {
        urls.iter().any(|url| {
            let content = Content::pairs(form.pairs());
            verify(key, Signed { url, content }, signature)
        })
    };
    if !keys.iter().any(is_signed_with) {
        tracing::warn!(path = uri.path(), "a webhook's signature is wrong");
        return Err(Refusal::Signature);
    }
    Ok(form)
}

/// Whoever signs keeps the place of their connection.
pub(super) fn keeps(place: Option<Extension<Place>>) {
    if let Some(Extension(place)) = place {
        place.prove();
    }
}

/// An inbound text.
pub(crate) async fn message(
    State(relay): State<Arc<Relay>>,
    uri: axum::extract::OriginalUri,
    place: Option<Extension<Place>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let raw = form_bytes(&headers, body)?;
    let form = verified(&relay, &uri.0, &headers, &raw)?;
    keeps(place);
    let message = InboundMessage::from_form(&form).map_err(|error| {
        tracing::error!(%error, "a signed webhook could not be read");
        Refusal::Malformed
    })?;
    let answers = relay.live().answers.clone();
    let writing = relay.store.write(move |tx| {
        let (seen, decided) = receive::receive_and_decide(tx, &message, &raw, Origin::Webhook)?;
        let answered = match answers.filter(|_| seen == Seen::First) {
            Some(answers) => answer::answer(tx, &message, &answers)?,
            None => false,
        };
        Ok((seen, answered || decided == Decided::Something))
    });
    let (seen, decided) = stored(writing).await?;
    if decided {
        relay.outbox_bell.notify_one();
        relay.timed_bell.notify_one();
        relay.snooze_bell.notify_one();
    }
    relay.webhook_accepted();
    let answer = ([(header::CONTENT_TYPE, "text/xml")], EMPTY_TWIML);
    Ok(with(accepted(seen), answer))
}

/// A delivery report.
pub(crate) async fn status(
    State(relay): State<Arc<Relay>>,
    uri: axum::extract::OriginalUri,
    place: Option<Extension<Place>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let raw = form_bytes(&headers, body)?;
    let form = verified(&relay, &uri.0, &headers, &raw)?;
    keeps(place);
    let entry: Option<EntryId> = parameter(uri.0.query(), "entry", "a UUID").unwrap_or_default();
    let callback = StatusCallback::from_form(&form).map_err(|error| {
        tracing::error!(%error, "a signed webhook could not be read");
        Refusal::Malformed
    })?;
    let store = &relay.store;
    let reported =
        stored(store.write(move |tx| status::report(tx, &callback, entry, &raw))).await?;
    if reported.settled {
        relay.tally.end(End::Callback);
    }
    relay.webhook_accepted();
    Ok(with(accepted(reported.seen), StatusCode::NO_CONTENT))
}

/// Tells an operator with a browser that the address is right. Twilio itself must not come this
/// way: a 200 would say that the text in the query is stored.
pub(super) fn probe(
    headers: &HeaderMap,
    webhook: &str,
) -> Result<Json<serde_json::Value>, Refusal> {
    if headers.contains_key(SIGNATURE_HEADER) {
        tracing::error!(
            webhook,
            "Twilio called by GET: set the webhook's method to POST"
        );
        return Err(Refusal::Method);
    }
    Ok(Json(serde_json::json!({ "ok": true, "webhook": webhook })))
}

/// [`probe`] for inbound texts.
pub(crate) async fn probe_message(headers: HeaderMap) -> Result<Json<serde_json::Value>, Refusal> {
    probe(&headers, "message")
}

/// [`probe`] for delivery reports.
pub(crate) async fn probe_status(headers: HeaderMap) -> Result<Json<serde_json::Value>, Refusal> {
    probe(&headers, "status")
}
