//! Every route, limit and layer on two pages: the table here beside what leads to the handlers.

use crate::http::{
    agents, audit, broadcasts, calls, changes, contacts, conversations, gate, health, jobs, join,
    labels, life, lines, media, messages, notes, observed, probe, problem, read, rules, search,
    settings, stats, status, templates, tokens, triage, webhooks,
};
use crate::openapi;
use crate::state::Relay;
use crate::stream;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware;
use axum::routing::{delete, get, post, put};
use smsdesk_common::api::request_s_max;
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

mod table;

pub use table::{ROUTES, RouteDoc};
pub(crate) use table::{Rule, rule};

/// The most bytes of a webhook's body: Twilio's have about one kilobyte.
pub const WEBHOOK_BYTES_MAX: usize = 64 * 1024;
/// The most bytes of a request's body.
pub const REQUEST_BYTES_MAX: usize = 256 * 1024;

/// A new terminal fetches the whole history: text that shrinks to a fraction even at the level that
/// takes the least time of the threads which all others wait for.
fn compression() -> CompressionLayer {
    CompressionLayer::new().quality(CompressionLevel::Fastest)
}

/// What the provider calls.
fn webhook_routes() -> Router<Arc<Relay>> {
    Router::new()
        .route(
            "/message",
            get(webhooks::probe_message).post(webhooks::message),
        )
        .route(
            "/status",
            get(webhooks::probe_status).post(webhooks::status),
        )
        .route("/voice", get(calls::probe_voice).post(calls::voice))
        .route("/call-status", get(calls::probe_status).post(calls::status))
        .layer(DefaultBodyLimit::max(WEBHOOK_BYTES_MAX))
}

/// What clients call.
fn api_routes() -> Router<Arc<Relay>> {
    Router::new()
        .route("/openapi.json", get(openapi::show).layer(compression()))
        .route("/join", post(join::join))
        .route("/stream", get(stream::upgrade))
        .route("/changes", get(changes::page).layer(compression()))
        .route("/agents", get(agents::all))
        .route("/lines", get(lines::all))
        .route("/labels", get(labels::all))
        .route("/calls", get(calls::page))
        .route("/media/{id}/{index}", get(media::file))
        .route("/audit", get(audit::page))
        .route("/tokens", get(tokens::all))
        .route("/tokens/{id}", delete(tokens::revoke))
        .route("/contacts", get(contacts::page).post(contacts::create))
        .route("/contacts/import", post(contacts::import))
        .route(
            "/contacts/{id}",
            get(contacts::one)
                .patch(contacts::patch)
                .delete(contacts::delete),
        )
        .route("/contacts/{id}/merge", post(contacts::merge))
        .route("/contacts/{id}/unmerge", post(contacts::unmerge))
        .route("/contacts/{id}/opt-out", post(contacts::opt_out))
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
        .route("/rules", get(rules::show).put(rules::put))
        .route("/rules/history", get(rules::history))
        .route("/rules/test", post(rules::test))
        .route("/stats", get(stats::figures_of))
        .route("/status", get(status::show))
        .route("/settings", get(settings::show).put(settings::put))
        .route("/settings/history", get(settings::history))
        .route("/templates", get(templates::page).post(templates::make))
        .route("/templates/preview", post(templates::preview))
        .route("/templates/seed", post(templates::seed))
        .route(
            "/templates/{id}",
            get(templates::one)
                .put(templates::replace)
                .delete(templates::delete),
        )
        .merge(broadcasts::routes())
        .route("/jobs", get(jobs::page).post(jobs::make))
        .route(
            "/jobs/{id}",
            get(jobs::one).patch(jobs::patch).delete(jobs::delete),
        )
        .route("/jobs/{id}/location", post(jobs::locate))
        .route("/triggers/{type}", post(jobs::fire))
        .route("/messages", get(messages::page).post(messages::send))
        .route(
            "/messages/{id}",
            get(conversations::entry)
                .patch(messages::patch)
                .delete(messages::cancel),
        )
}

/// The routes over a running relay.
pub fn routes(relay: Arc<Relay>) -> Router {
    let gate = || middleware::from_fn_with_state(Arc::clone(&relay), gate::pass);
    let api = api_routes()
        .layer(gate())
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
        .layer(middleware::from_fn(problem::refuse_browsers))
        .layer(middleware::map_response(problem::in_our_words))
        .layer(middleware::map_response_with_state(
            Arc::clone(&relay),
            life::name,
        ));
    let counted = || middleware::from_fn_with_state(Arc::clone(&relay), observed::webhook);
    let observed = middleware::from_fn_with_state(Arc::clone(&relay), observed::request);
    let all = Router::new()
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
        .layer(gate())
        .nest(
            "/webhooks/twilio",
            webhook_routes().layer(gate()).layer(counted()),
        )
        .nest("/v1", api);
    // A proxy may pass the public URL's prefix on or strip it: both lead to the same routes.
    let prefix = relay.public_url.prefix().to_owned();
    let all = if prefix.is_empty() {
        all
    } else {
        // The prefix is a path as it stands: a colon or a star in it means nothing.
        all.clone().without_v07_checks().nest(&prefix, all)
    };
    all.fallback(|| ready(problem::route_unknown()))
        .method_not_allowed_fallback(|| ready(problem::method_not_allowed()))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&relay),
            probe::pass,
        ))
        .layer(middleware::from_fn(|request: Request, next| {
            let limit = request_s_max(request.uri().path());
            problem::in_time(Duration::from_secs(limit), request, next)
        }))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(observed)
        .with_state(relay)
}
