//! Every route of the simulator.

use super::exchange::Exchange;
use super::rest::{account, gate, media, messages, numbers, unknown_method, unknown_path};
use super::steer;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use axum::{Router, middleware};
use std::sync::Arc;

/// Bytes of a request's body: a text of 1,600 characters, percent-encoded, and ten media URLs
/// take less than half.
const MAX_BODY_BYTES: usize = 64 * 1024;

pub(super) fn router(exchange: Arc<Exchange>) -> Router {
    let gate = middleware::from_fn_with_state(Arc::clone(&exchange), gate::gate);
    let rest = Router::new()
        .route("/{account_file}", get(account::fetch))
        .route(
            "/{account}/Messages.json",
            get(messages::list).post(messages::create),
        )
        .route(
            "/{account}/Messages/{file}",
            get(messages::fetch)
                .post(messages::update)
                .delete(messages::delete),
        )
        .route("/{account}/Messages/{message}/Media.json", get(media::list))
        .route(
            "/{account}/Messages/{message}/Media/{file}",
            get(media::fetch).delete(media::delete),
        )
        .route("/{account}/IncomingPhoneNumbers.json", get(numbers::list))
        .route(
            "/{account}/IncomingPhoneNumbers/{file}",
            get(numbers::fetch).post(numbers::update),
        )
        .method_not_allowed_fallback(unknown_method)
        .fallback(unknown_path)
        .layer(gate);
    let steering = Router::new()
        .route("/inbound", axum::routing::post(steer::inbound))
        .route("/messages", get(steer::messages))
        .route("/webhooks", get(steer::webhooks))
        .route("/knobs", get(steer::knobs).put(steer::turn))
        .route("/reset", axum::routing::post(steer::reset));
    Router::new()
        .nest("/2010-04-01/Accounts", rest)
        .nest("/_sim", steering)
        .fallback(unknown_path)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(exchange)
}
