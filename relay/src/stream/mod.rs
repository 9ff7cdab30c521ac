//! `GET /v1/stream`: the handshake. `session` decides what is said, `socket` says it.

pub(crate) mod attendance;
pub(crate) mod colleagues;
pub mod presence;
pub mod recent;
pub mod ring;
pub mod session;
pub mod socket;
pub(crate) mod threads;

#[cfg(test)]
mod presence_tests;
#[cfg(test)]
mod ring_tests;
#[cfg(test)]
mod session_tests;

use crate::RunError;
use crate::http::access::Caller;
use crate::http::problem::ApiError;
use crate::server::Place;
use crate::state::Relay;
use crate::store::Store;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use recent::Recent;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::stream::SUBPROTOCOL;
use std::sync::Arc;
use threads::Threads;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

/// Begins to follow the store, on threads of its own.
///
/// # Errors
/// The store cannot be read, or there are no threads.
pub(crate) async fn begin(
    store: &Store,
    tasks: &TaskTracker,
    shutdown: &CancellationToken,
) -> Result<(Arc<Recent>, Threads), RunError> {
    let threads = Threads::start().map_err(RunError::Threads)?;
    let recent = Arc::new(Recent::open(store).await?);
    let following = Arc::clone(&recent).follow(store.clone(), shutdown.clone());
    tasks.spawn_on(following, &threads.handle());
    Ok((recent, threads))
}

/// Answers the handshake (RFC 6455, 4.2.2) and leaves the connection to a task of its own.
pub(crate) async fn upgrade(
    State(relay): State<Arc<Relay>>,
    caller: Caller,
    mut request: Request,
) -> Result<Response, ApiError> {
    let accept = accept_key(request.headers())?;
    // The connection goes on, and so it keeps its place; it is this token's, whoever brought it.
    let place = request.extensions().get::<Place>().cloned();
    if let Some(place) = &place {
        place.hold(caller.token);
    }
    let upgraded = hyper::upgrade::on(&mut request);
    let shared = Arc::clone(&relay);
    let streams = relay.streams.clone();
    relay.tasks.spawn_on(
        async move {
            let serving = serve(shared, caller, upgraded);
            match &place {
                Some(place) => tokio::select! {
                    () = serving => {}
                    () = place.lost() => tracing::debug!("a stream made room"),
                },
                None => serving.await,
            }
            drop(place);
        }
        // Its lines are those of the request that opened it.
        .in_current_span(),
        &streams,
    );
    let headers = [
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::CONNECTION, HeaderValue::from_static("Upgrade")),
        (
            header::SEC_WEBSOCKET_PROTOCOL,
            HeaderValue::from_static(SUBPROTOCOL),
        ),
        (header::SEC_WEBSOCKET_ACCEPT, accept),
    ];
    Ok((StatusCode::SWITCHING_PROTOCOLS, headers).into_response())
}

/// Serves a connection from the end of its handshake on.
async fn serve(relay: Arc<Relay>, caller: Caller, upgraded: OnUpgrade) {
    match upgraded.await {
        Ok(connection) => {
            let socket = WebSocketStream::from_raw_socket(
                TokioIo::new(connection),
                Role::Server,
                Some(socket::limits()),
            )
            .await;
            socket::serve(relay, caller, socket).await;
        }
        Err(error) => tracing::debug!(%error, "a handshake was not finished"),
    }
}

fn accept_key(headers: &HeaderMap) -> Result<HeaderValue, ApiError> {
    let required = |detail: &str| ApiError::new(ErrorCode::UpgradeRequired, detail);
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let lists = |name, wanted: &str| {
        text(name).is_some_and(|value| {
            value
                .split(',')
                .any(|item| item.trim().eq_ignore_ascii_case(wanted))
        })
    };
    if !lists(header::CONNECTION, "upgrade") || !lists(header::UPGRADE, "websocket") {
        return Err(required("expected a WebSocket handshake"));
    }
    if !lists(header::SEC_WEBSOCKET_VERSION, "13") {
        return Err(required("expected `Sec-WebSocket-Version: 13`"));
    }
    if !lists(header::SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL) {
        return Err(required("expected `Sec-WebSocket-Protocol: smsdesk.v1`"));
    }
    let key = headers
        .get(header::SEC_WEBSOCKET_KEY)
        .ok_or_else(|| required("expected `Sec-WebSocket-Key`"))?;
    HeaderValue::from_str(&derive_accept_key(key.as_bytes()))
        .map_err(|_| required("expected `Sec-WebSocket-Key`"))
}
