//! The answer to the doctor's probe: what of it arrived. Before every route, for a proxy may have
//! led it anywhere; to nobody but who holds an account's token; and it stores nothing.

use crate::router::WEBHOOK_BYTES_MAX;
use crate::server::Peer;
use crate::state::Relay;
use crate::twilio::form::Form;
use crate::twilio::probe::{Nonce, PROOF_HEADER, Seen, Signature, check, proven};
use crate::twilio::signature::{SIGNATURE_HEADER, SigningKey};
use axum::Json;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::CACHE_CONTROL;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use std::sync::Arc;

/// Answers a probe; anything else goes on.
pub(crate) async fn pass(
    State(relay): State<Arc<Relay>>,
    request: Request,
    next: Next,
) -> Response {
    let proof = request.headers().get(PROOF_HEADER);
    let proof = proof.and_then(|value| value.to_str().ok());
    let now = relay.clock.now();
    match proof.and_then(|proof| proven(|account| relay.accounts.keys(account), proof, now)) {
        Some((keys, nonce)) => {
            let seen = seen(&relay, &keys, nonce, request).await;
            ([(CACHE_CONTROL, "no-store")], Json(seen)).into_response()
        }
        None => next.run(request).await,
    }
}

async fn seen(relay: &Relay, keys: &[SigningKey], nonce: Nonce, request: Request) -> Seen {
    let peer = request.extensions().get().map(|Peer(peer)| *peer);
    let (head, body) = request.into_parts();
    let target = head.uri.path_and_query().map_or("", |all| all.as_str());
    let header = |name: &str| head.headers.get(name)?.to_str().ok();
    let body = to_bytes(body, WEBHOOK_BYTES_MAX).await.ok();
    let form = body.as_deref().and_then(|body| Form::parse(body).ok());
    let signature = header(SIGNATURE_HEADER);
    Seen {
        nonce,
        instance: relay.store.instance().to_owned(),
        version: crate::VERSION.to_owned(),
        method: head.method.to_string(),
        target: target.to_owned(),
        signature: match &form {
            Some(form) => check(keys, &relay.public_url, target, form.pairs(), signature),
            None => Signature::Wrong,
        },
        body: body.map(|body| String::from_utf8_lossy(&body).into_owned()),
        forwarded: head.headers.contains_key("x-forwarded-for"),
        peer: peer.map(|peer| peer.to_canonical()),
        trusted: peer.is_some_and(|peer| relay.trusted_proxies.has(peer)),
        said: said(&head.headers),
    }
}

/// The last address of `X-Forwarded-For`: those before it came from further away.
fn said(headers: &HeaderMap) -> Option<String> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?;
    let hop = last.to_str().ok()?.rsplit(',').next()?;
    Some(hop.trim().to_owned())
}
