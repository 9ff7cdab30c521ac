//! Every route of the simulator.

use super::exchange::Exchange;
use super::rest::{
    account, alerts, applications, gate, media, messages, numbers, services, unknown_method,
    unknown_path,
};
use super::steer::{self, holdings};
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post, put};
use axum::{Router, middleware};
use std::sync::Arc;

/// Bytes of a request's body: a text of 1,600 characters, percent-encoded, and ten media URLs
/// take less than half.
const MAX_BODY_BYTES: usize = 64 * 1024;

pub(super) fn router(exchange: Arc<Exchange>) -> Router {
    Router::new()
        .merge(rest(&exchange))
        .merge(steering())
        .method_not_allowed_fallback(unknown_method)
        .fallback(unknown_path)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(exchange)
}

/// Twilio's addresses. They are written out in full: nesting would hide the start of a path from
/// the handlers, and resources name themselves by their whole path.
fn rest(exchange: &Arc<Exchange>) -> Router<Arc<Exchange>> {
    let gate = middleware::from_fn_with_state(Arc::clone(exchange), gate::gate);
    Router::new()
        .route("/2010-04-01/Accounts/{file}", get(account::fetch))
        .route(
            "/2010-04-01/Accounts/{account}/Messages.json",
            get(messages::list).post(messages::create),
        )
        .route(
            "/2010-04-01/Accounts/{account}/Messages/{file}",
            get(messages::fetch)
                .post(messages::update)
                .delete(messages::delete),
        )
        .route(
            "/2010-04-01/Accounts/{account}/Messages/{message}/Media.json",
            get(media::list),
        )
        .route(
            "/2010-04-01/Accounts/{account}/Messages/{message}/Media/{file}",
            get(media::fetch).delete(media::delete),
        )
        .route(
            "/2010-04-01/Accounts/{account}/IncomingPhoneNumbers.json",
            get(numbers::list),
        )
        .route(
            "/2010-04-01/Accounts/{account}/IncomingPhoneNumbers/{file}",
            get(numbers::fetch).post(numbers::update),
        )
        .route(
            "/2010-04-01/Accounts/{account}/Applications.json",
            get(applications::list),
        )
        .route(
            "/2010-04-01/Accounts/{account}/Applications/{file}",
            get(applications::fetch).post(applications::update),
        )
        .route("/v1/Services", get(services::list))
        .route(
            "/v1/Services/{sid}",
            get(services::fetch).post(services::update),
        )
        .route(
            "/v1/Services/{sid}/PhoneNumbers",
            get(services::phone_numbers),
        )
        .route("/v1/Alerts", get(alerts::list))
        .route_layer(gate)
}

fn steering() -> Router<Arc<Exchange>> {
    Router::new()
        .route("/_sim/inbound", post(steer::inbound))
        .route("/_sim/messages", get(steer::messages))
        .route("/_sim/webhooks", get(steer::webhooks))
        .route("/_sim/knobs", get(steer::knobs).put(steer::turn))
        .route("/_sim/reset", post(steer::reset))
        .route("/_sim/account", put(holdings::account))
        .route("/_sim/numbers", get(holdings::numbers))
        .route(
            "/_sim/numbers/{number}",
            put(holdings::number).delete(holdings::remove_number),
        )
        .route(
            "/_sim/services",
            get(holdings::services).put(holdings::service),
        )
        .route(
            "/_sim/applications",
            get(holdings::applications).put(holdings::application),
        )
        .route("/_sim/alerts", get(holdings::alerts))
}
