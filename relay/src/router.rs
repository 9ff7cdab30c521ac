//! Every route, limit and layer on one page.

use crate::http::{
    agents, changes, conversations, health, join, life, messages, notes, problem, read, search,
    triage, webhooks,
};
use crate::state::Relay;
use crate::stream;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post, put};
use std::sync::Arc;
use std::time::Duration;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

/// The most bytes of a webhook's body: Twilio's have about one kilobyte.
pub const WEBHOOK_BYTES_MAX: usize = 64 * 1024;
/// The most bytes of a request's body.
pub const REQUEST_BYTES_MAX: usize = 256 * 1024;
/// How long a request may take, its body included, in seconds.
const REQUEST_S_MAX: u64 = 15;

/// One documented route.
#[derive(Clone, Copy, Debug)]
pub struct RouteDoc {
    /// HTTP method.
    pub method: &'static str,
    /// Path below the public URL.
    pub path: &'static str,
    /// Who may call it.
    pub access: &'static str,
    /// What it does, in a sentence.
    pub doc: &'static str,
}

const fn route(
    method: &'static str,
    path: &'static str,
    access: &'static str,
    doc: &'static str,
) -> RouteDoc {
    RouteDoc {
        method,
        path,
        access,
        doc,
    }
}

/// Every route as the documentation lists it. A test calls each of them.
pub const ROUTES: &[RouteDoc] = &[
    route(
        "POST",
        "/webhooks/twilio/message",
        "signature",
        "An inbound text; `200 <Response/>` once it is stored.",
    ),
    route(
        "GET",
        "/webhooks/twilio/message",
        "anyone",
        "Whether the address is right.",
    ),
    route(
        "POST",
        "/webhooks/twilio/status",
        "signature",
        "A delivery report; `204` once it is stored.",
    ),
    route(
        "GET",
        "/webhooks/twilio/status",
        "anyone",
        "Whether the address is right.",
    ),
    route(
        "GET",
        "/health",
        "anyone",
        "200 where the database takes commits and the feed moves, else 503.",
    ),
    route(
        "GET",
        "/ready",
        "anyone",
        "200 once the relay takes requests.",
    ),
    route("POST", "/v1/join", "invite", "An invite becomes a token."),
    route(
        "GET",
        "/v1/stream",
        "token",
        "The feed as it grows, over WebSocket.",
    ),
    route(
        "GET",
        "/v1/changes",
        "token",
        "The feed by pages: `after=SEQ` forwards, `before=SEQ` backwards, `limit=N`.",
    ),
    route(
        "GET",
        "/v1/agents",
        "token",
        "Everybody who works or worked here, by name, and which of them asks.",
    ),
    route(
        "GET",
        "/v1/conversations",
        "token",
        "Conversations, most recently touched first: `view=open`, `assignee=me`, `q=FILTER`, `tz=ZONE`, `cursor=…`, `limit=N`.",
    ),
    route(
        "GET",
        "/v1/conversations/{id}",
        "token",
        "One conversation.",
    ),
    route(
        "PATCH",
        "/v1/conversations/{id}",
        "token, agent",
        "Its state: status, owner, labels, flag, snooze; answers with the conversation.",
    ),
    route(
        "GET",
        "/v1/conversations/{id}/entries",
        "token",
        "Its timeline, newest first: `before=POSITION`, `limit=N`.",
    ),
    route(
        "POST",
        "/v1/conversations/{id}/notes",
        "token, agent",
        "A note among colleagues; `201` with the entry, `200` on a repeat of the id.",
    ),
    route(
        "PUT",
        "/v1/conversations/{id}/read",
        "token, agent",
        "How far the caller has read.",
    ),
    route("GET", "/v1/entries/{id}", "token", "One entry."),
    route(
        "GET",
        "/v1/search",
        "token",
        "Entries that a filter means, newest first: `q=FILTER`, `tz=ZONE`, `before=POSITION`, `limit=N`.",
    ),
    route(
        "POST",
        "/v1/messages",
        "token, agent",
        "One text; `201` with the entry, `200` on a repeat of the id.",
    ),
];

/// A new terminal fetches the whole history: text that shrinks to a fraction even at the level that
/// takes the least time of the threads which all others wait for.
fn compression() -> CompressionLayer {
    CompressionLayer::new().quality(CompressionLevel::Fastest)
}

/// The routes over a running relay.
pub fn routes(relay: Arc<Relay>) -> Router {
    let webhooks = Router::new()
        .route(
            "/message",
            get(webhooks::probe_message).post(webhooks::message),
        )
        .route(
            "/status",
            get(webhooks::probe_status).post(webhooks::status),
        )
        .layer(DefaultBodyLimit::max(WEBHOOK_BYTES_MAX));
    let api = Router::new()
        .route("/join", post(join::join))
        .route("/stream", get(stream::upgrade))
        .route("/changes", get(changes::page).layer(compression()))
        .route("/agents", get(agents::all))
        .route("/conversations", get(conversations::page))
        .route(
            "/conversations/{id}",
            get(conversations::one).patch(triage::patch),
        )
        .route("/conversations/{id}/entries", get(conversations::entries))
        .route("/conversations/{id}/notes", post(notes::write))
        .route("/conversations/{id}/read", put(read::set))
        .route("/entries/{id}", get(conversations::entry))
        .route("/search", get(search::page))
        .route("/messages", post(messages::send))
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
        .layer(middleware::from_fn(problem::refuse_browsers))
        .layer(middleware::map_response_with_state(
            Arc::clone(&relay),
            life::name,
        ));
    let all = Router::new()
        .nest("/webhooks/twilio", webhooks)
        .nest("/v1", api)
        .route("/health", get(health::health))
        .route("/ready", get(health::ready));
    // A proxy may pass the public URL's prefix on or strip it: both lead to the same routes.
    let prefix = relay.public_url.prefix().to_owned();
    let all = if prefix.is_empty() {
        all
    } else {
        // The prefix is a path as it stands: a colon or a star in it means nothing.
        all.clone().without_v07_checks().nest(&prefix, all)
    };
    all.fallback(problem::route_unknown)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(middleware::from_fn(|request, next| {
            problem::in_time(Duration::from_secs(REQUEST_S_MAX), request, next)
        }))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .with_state(relay)
}
