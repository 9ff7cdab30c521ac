//! Every route, limit and layer on one page.

use crate::http::{
    agents, broadcasts, changes, contacts, conversations, health, jobs, join, life, messages,
    notes, problem, read, rules, search, settings, stats, templates, triage, webhooks,
};
use crate::openapi;
use crate::state::Relay;
use crate::stream;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
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
    route(
        "GET",
        "/v1/openapi.json",
        "anyone",
        "All of this for programs, with every shape: OpenAPI 3.1.",
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
        "/v1/contacts",
        "token",
        "Contacts, most recently touched first: `q=…`, `cursor=…`, `limit=N`.",
    ),
    route(
        "POST",
        "/v1/contacts",
        "token, agent",
        "A contact; `201` with it, `200` on a repeat of the id.",
    ),
    route(
        "POST",
        "/v1/contacts/import",
        "token, agent",
        "A part of a list of people; each row is taken or refused by itself.",
    ),
    route("GET", "/v1/contacts/{id}", "token", "One contact."),
    route(
        "PATCH",
        "/v1/contacts/{id}",
        "token, agent",
        "What is known of them; answers with the contact.",
    ),
    route(
        "DELETE",
        "/v1/contacts/{id}",
        "token, agent",
        "Forgets them; answers with the numbers that their conversations need, or null.",
    ),
    route(
        "POST",
        "/v1/contacts/{id}/merge",
        "token, agent",
        "Takes another contact in; answers with this one.",
    ),
    route(
        "POST",
        "/v1/contacts/{id}/unmerge",
        "token, agent",
        "Takes a merge back; answers with the contact that was kept.",
    ),
    route(
        "POST",
        "/v1/contacts/{id}/opt-out",
        "token, agent",
        "No line texts them any more; answers with the contact. Only they take it back.",
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
        "GET",
        "/v1/stats",
        "token",
        "What the work amounts to, today, this month and in a period: `tz=ZONE`, `from=DAY`, \
         `to=DAY`, `by=agent`, `line`, `label`, `hour` or `day`.",
    ),
    route(
        "POST",
        "/v1/messages",
        "token, agent",
        "One text, at once or at a time; `201` with the entry, `200` on a repeat of the id.",
    ),
    route(
        "GET",
        "/v1/messages",
        "token",
        "Texts that wait for their time, the next one first: `status=scheduled`, `cursor=…`, `limit=N`.",
    ),
    route(
        "POST",
        "/v1/messages/bulk",
        "token, agent",
        "One text to many: `202` with the broadcast and a result for each; with `dry_run` `200` and \
         what it would be.",
    ),
    route("GET", "/v1/messages/{id}", "token", "One entry."),
    route(
        "PATCH",
        "/v1/messages/{id}",
        "token, agent",
        "A text that waits for its time: its words, its time, out now or not at all; answers with the entry.",
    ),
    route(
        "DELETE",
        "/v1/messages/{id}",
        "token, agent",
        "Cancels a text that has not gone out; answers with the entry.",
    ),
    route(
        "GET",
        "/v1/broadcasts",
        "token",
        "Broadcasts, most recently touched first: `cursor=…`, `limit=N`.",
    ),
    route(
        "GET",
        "/v1/broadcasts/{id}",
        "token",
        "One broadcast with its recipients, in the order of the list: `cursor=…`, `limit=N`.",
    ),
    route(
        "PATCH",
        "/v1/broadcasts/{id}",
        "token, agent",
        "Pauses it, lets it go on, or gives it up; answers with the broadcast.",
    ),
    route(
        "GET",
        "/v1/rules",
        "token",
        "The rules that answer or sort what customers write: their text, their records, and what \
         they have in each other's way.",
    ),
    route(
        "PUT",
        "/v1/rules",
        "token, admin",
        "A text of rules in place of the one that held; answers with what holds.",
    ),
    route(
        "GET",
        "/v1/rules/history",
        "token",
        "The texts of rules that held, the newest first, with who wrote them.",
    ),
    route(
        "POST",
        "/v1/rules/test",
        "token",
        "What rules would do about a text. Sends and stores nothing.",
    ),
    route(
        "GET",
        "/v1/settings",
        "token",
        "What can be set while the relay runs.",
    ),
    route(
        "PUT",
        "/v1/settings",
        "token, admin",
        "Sets fields, a whole document or some of them; answers with what holds.",
    ),
    route(
        "GET",
        "/v1/settings/history",
        "token",
        "Who set which field from what to what, the newest first: `cursor=…`, `limit=N`.",
    ),
    route(
        "GET",
        "/v1/templates",
        "token",
        "Templates, most recently touched first: `cursor=…`, `limit=N`; `name=…` for those of a \
         name, short name or key.",
    ),
    route(
        "POST",
        "/v1/templates",
        "token, agent",
        "A new template; `201` with the record, `200` on a repeat of the id.",
    ),
    route("GET", "/v1/templates/{id}", "token", "One template."),
    route(
        "PUT",
        "/v1/templates/{id}",
        "token, agent",
        "What a template says, in place of what it said; answers with the template.",
    ),
    route(
        "DELETE",
        "/v1/templates/{id}",
        "token, agent",
        "Deletes a template: `if_seq=SEQ`; `204`, on a repeat, too.",
    ),
    route(
        "POST",
        "/v1/templates/preview",
        "token",
        "What a body or a template would be as a text: what is missing, encoding, segments.",
    ),
    route(
        "POST",
        "/v1/templates/seed",
        "token, agent",
        "The templates of a visit at a customer's, as far as they are not there.",
    ),
    route(
        "GET",
        "/v1/jobs",
        "token",
        "Jobs, the first to begin first: `contact=ID`, `status=open`, `from=TIME`, `until=TIME`, `cursor=…`, `limit=N`.",
    ),
    route(
        "POST",
        "/v1/jobs",
        "token, agent",
        "A new job; `201` with the record, `200` on a repeat of the id.",
    ),
    route("GET", "/v1/jobs/{id}", "token", "One job."),
    route(
        "PATCH",
        "/v1/jobs/{id}",
        "token, agent",
        "How far a job has come, its time, its technician, its place; answers with the job.",
    ),
    route(
        "DELETE",
        "/v1/jobs/{id}",
        "token, agent",
        "Deletes a job: `if_seq=SEQ`; `204`, on a repeat, too.",
    ),
    route(
        "POST",
        "/v1/jobs/{id}/location",
        "token, agent",
        "Where the technician is; answers with the job and whether it was news.",
    ),
    route(
        "POST",
        "/v1/triggers/{type}",
        "token, agent",
        "Tells a customer that something happened: `scheduled`, `reminder`, `enroute`, `15_min`, \
         `arrived`, `complete`; `201` with the entry, `200` on a repeat of the id.",
    ),
];

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
    let api = api_routes()
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
        .layer(middleware::from_fn(problem::refuse_browsers))
        .layer(middleware::map_response(problem::in_our_words))
        .layer(middleware::map_response_with_state(
            Arc::clone(&relay),
            life::name,
        ));
    let all = Router::new()
        .nest("/webhooks/twilio", webhook_routes())
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
        .layer(middleware::from_fn(|request: Request, next| {
            let limit = broadcasts::seconds_max(&request).unwrap_or(REQUEST_S_MAX);
            problem::in_time(Duration::from_secs(limit), request, next)
        }))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .with_state(relay)
}
