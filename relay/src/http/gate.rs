//! The gate before every handler: who asks, how often, and whether the route is for them. It goes by
//! the table of routes alone: what is not in it is not reached.

use crate::auth::limits::{Hashed, Limits, TooOften};
use crate::auth::need::Need;
use crate::auth::proxies::Proxies;
use crate::auth::secret;
use crate::auth::source::Source;
use crate::clock::monotonic;
use crate::desk::people::{self, Access, Worth};
use crate::http::access::Caller;
use crate::http::problem::{self, ApiError};
use crate::router::{Rule, rule};
use crate::server::{Peer, Place};
use crate::state::Relay;
use crate::store::tokens::Copies;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::tokens::{WIPE_HEADER, WIPE_RECORDS};
use smsdesk_common::ids::TokenId;
use smsdesk_common::time::Timestamp;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::watch::Receiver;

/// How exactly it is kept when a token was used last, in milliseconds.
const USE_MS: i64 = 60_000;

/// What the gate remembers.
#[derive(Debug)]
pub(crate) struct Gate {
    began: Instant,
    limits: Mutex<Limits>,
    /// When tokens were used, as far as that is not stored yet.
    uses: Mutex<Uses>,
}

#[derive(Debug, Default)]
struct Uses {
    /// To be stored.
    fresh: HashMap<TokenId, Timestamp>,
    /// As it was stored last.
    stored: HashMap<TokenId, Timestamp>,
}

impl Gate {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            began: monotonic(),
            limits: Mutex::new(limits),
            uses: Mutex::default(),
        }
    }

    fn now(&self) -> u64 {
        let passed = monotonic().duration_since(self.began).as_millis();
        u64::try_from(passed).unwrap_or(u64::MAX)
    }

    fn limits(&self) -> MutexGuard<'_, Limits> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn uses(&self) -> MutexGuard<'_, Uses> {
        self.uses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A token was used just now.
    pub(crate) fn used(&self, token: TokenId, now: Timestamp) {
        let mut uses = self.uses();
        let stored = uses.stored.get(&token);
        if stored.is_none_or(|stored| now.millis_since(*stored) >= USE_MS) {
            uses.fresh.insert(token, now);
        }
    }

    /// When tokens were used last, to be stored now.
    pub(crate) fn take_uses(&self) -> Vec<(TokenId, Timestamp)> {
        let mut uses = self.uses();
        let fresh: Vec<_> = std::mem::take(&mut uses.fresh).into_iter().collect();
        uses.stored.extend(fresh.iter().copied());
        fresh
    }

    /// What was refused since the last time, to be stored now.
    pub(crate) fn take_refused(&self) -> Vec<(String, u64)> {
        self.limits().take_refused()
    }

    /// An invite was nobody's.
    pub(crate) fn refuse_invite(&self, from: Source) {
        self.limits().refuse_invite(from);
    }
}

/// Lets a request through, or says why not.
pub(crate) async fn pass(
    State(relay): State<Arc<Relay>>,
    mut request: Request,
    next: Next,
) -> Response {
    let need = match need_of(&relay, &request) {
        Ok(need) => need,
        Err(refusal) => return *refusal,
    };
    let from = source(&relay.trusted_proxies.held(), &request);
    request.extensions_mut().insert(from);
    if !need.wants_token() {
        return match free(&relay.gate, need, from) {
            Ok(()) => next.run(request).await,
            Err(too_often) => limited(too_often),
        };
    }
    // From before the token is looked at, so that no revocation is missed.
    let mut revocations = relay.recent.revocations();
    let access = match admit(&relay, request.headers(), from).await {
        Ok(access) => access,
        Err(refusal) => return refusal,
    };
    if !need.is_met_by(&access.rights) {
        let detail = need.refusal(&access.rights);
        return ApiError::new(ErrorCode::Forbidden, detail).into_response();
    }
    let token = access.token;
    prove(&request, token);
    request.extensions_mut().insert(Caller {
        agent: access.agent,
        token,
    });
    tokio::select! {
        answer = next.run(request) => answer,
        () = revoked(&relay, token, &mut revocations) => refused(Copies::Stay),
    }
}

/// What the table says of this request.
fn need_of(relay: &Relay, request: &Request) -> Result<Need, Box<Response>> {
    let path = request.extensions().get::<MatchedPath>();
    let path = path.map_or("", MatchedPath::as_str);
    let prefix = relay.public_url.prefix();
    let method = request.method().as_str();
    let found = match (rule(method, path), path.strip_prefix(prefix)) {
        // A path that the table has is it, even where the prefix is called like its beginning.
        (Rule::Unknown, Some(behind)) => rule(method, behind),
        (found, _) => found,
    };
    match found {
        Rule::Needs(need) => Ok(need),
        Rule::Allows(methods) => {
            let mut answer = problem::method_not_allowed().into_response();
            if let Ok(methods) = HeaderValue::from_str(&methods) {
                answer.headers_mut().insert(header::ALLOW, methods);
            }
            Err(Box::new(answer))
        }
        Rule::Unknown => {
            tracing::error!(path, "a route is not in the table of routes");
            Err(Box::new(problem::route_unknown().into_response()))
        }
    }
}

/// Whoever shows this keeps the place of their connection.
fn prove(request: &Request, token: TokenId) {
    if let Some(place) = request.extensions().get::<Place>() {
        place.prove_by(token);
    }
}

/// From where a request comes.
fn source(proxies: &Proxies, request: &Request) -> Source {
    let Some(Peer(peer)) = request.extensions().get() else {
        return Source::HERE;
    };
    let forwarded = request.headers().get_all("x-forwarded-for");
    // What a stranger wrote first may be no text; what the proxy wrote behind it is one all the same.
    let forwarded: Vec<_> = forwarded
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    Source::of(*peer, forwarded.iter().map(AsRef::as_ref), proxies)
}

/// What needs no token is limited by where it comes from; a webhook never is: its signature is looked
/// at, and a text that Twilio brings must not be lost.
fn free(gate: &Gate, need: Need, from: Source) -> Result<(), TooOften> {
    match need {
        Need::Signature => Ok(()),
        Need::Invite => gate.limits().invite(from, gate.now()),
        _ => gate.limits().stranger(from, gate.now()),
    }
}

/// Whoever holds the token, where it is accepted.
async fn admit(relay: &Relay, headers: &HeaderMap, from: Source) -> Result<Access, Response> {
    let Some(presented) = bearer(headers) else {
        let detail = "expected `Authorization: Bearer TOKEN`";
        return Err(ApiError::new(ErrorCode::TokenMissing, detail).into_response());
    };
    let gate = &relay.gate;
    let hash: Hashed = secret::hash(presented);
    let may = gate.limits().present(&hash, from, gate.now());
    may.map_err(limited)?;
    let now = relay.clock.now();
    let looked = relay
        .store
        .read(move |reads| people::who(reads, &hash, now));
    match looked
        .await
        .map_err(|error| ApiError::from(error).into_response())?
    {
        Worth::Refused(copies) => {
            gate.limits().refuse(&hash, from);
            Err(refused(copies))
        }
        Worth::Accepted(access) => {
            let may = gate.limits().accept((hash, access.token), from, gate.now());
            may.map_err(limited)?;
            gate.used(access.token, now);
            Ok(*access)
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Ends once the token is no longer accepted: what was asked with it is not waited for.
async fn revoked(relay: &Relay, token: TokenId, revocations: &mut Receiver<u64>) {
    while revocations.changed().await.is_ok() {
        if relay.recent.is_revoked(token) {
            return;
        }
    }
    // Nothing is revoked any more: the relay ends.
    std::future::pending::<()>().await;
}

/// The one answer to every token that is not accepted: unknown, another relay's, revoked or ended. One
/// header more tells whoever holds a token that was revoked so to remove their copy.
fn refused(copies: Copies) -> Response {
    let detail = "the token is not accepted here: ask for an invite";
    let mut answer = ApiError::new(ErrorCode::TokenUnknown, detail).into_response();
    if copies == Copies::Wipe {
        let records = HeaderValue::from_static(WIPE_RECORDS);
        answer.headers_mut().insert(WIPE_HEADER, records);
    }
    answer
}

fn limited(too_often: TooOften) -> Response {
    let seconds = too_often.seconds();
    let detail = "asked too often: wait as long as `Retry-After` says";
    let mut answer = ApiError::new(ErrorCode::RateLimited, detail).into_response();
    let seconds = HeaderValue::from(seconds);
    answer.headers_mut().insert(header::RETRY_AFTER, seconds);
    answer
}
