//! The WebSocket connection: opened with the token, bounded in what it takes.

use super::failure::Failure;
use super::http::{Http, parse, root_cause};
use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::header::{AUTHORIZATION, HeaderValue, SEC_WEBSOCKET_PROTOCOL};
use smsdesk_common::stream::{ClientFrame, FRAME_BYTES_MAX, RelayFrame, SUBPROTOCOL};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// How long opening may take, from the name's resolution to the relay's consent.
const OPEN_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a frame may take to leave: a connection that takes no byte for so long is dead.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
/// How long saying goodbye may take; nothing depends on it.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// The client's buffers, in bytes: one connection, and batches come in bursts.
const READ_BUFFER_BYTES: usize = 64 * 1024;
const WRITE_BUFFER_BYTES: usize = 4 * 1024;
/// What may wait to be written, in bytes; our frames are small.
const WRITE_BUFFER_BYTES_MAX: usize = 64 * 1024;

/// An open connection.
#[derive(Debug)]
pub(super) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// What came out of an open connection.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Heard {
    /// A message in words, see [`read_frame`].
    Text(Vec<u8>),
    /// A message that is no frame.
    Garbled,
    /// A sign of life.
    Life,
    /// The end, with a number and words where the relay closed it.
    End(Option<(u16, String)>),
}

/// Why there is no connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OpenError {
    /// For now; says why.
    Unreachable(String),
    /// For good; says why.
    SignedOut(String),
}

impl Socket {
    /// Opens the stream.
    pub(super) async fn open(http: &Http, authorization: &HeaderValue) -> Result<Self, OpenError> {
        let relay = http.relay();
        let unreachable = |cause: String| {
            OpenError::Unreachable(format!("cannot reach {}: {cause}", relay.authority()))
        };
        let mut request = relay
            .websocket("/v1/stream")
            .into_client_request()
            .map_err(|error| unreachable(error.to_string()))?;
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, authorization.clone());
        headers.insert(
            SEC_WEBSOCKET_PROTOCOL,
            HeaderValue::from_static(SUBPROTOCOL),
        );
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(WRITE_BUFFER_BYTES)
            .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX)
            .max_message_size(Some(FRAME_BYTES_MAX))
            .max_frame_size(Some(FRAME_BYTES_MAX));
        let opening = Box::pin(connect_async_with_config(request, Some(config), true));
        match timeout(OPEN_TIMEOUT, opening).await {
            Err(_) => Err(OpenError::Unreachable(format!(
                "{} does not answer in time",
                relay.authority()
            ))),
            Ok(Ok((socket, _))) => Ok(Self(socket)),
            Ok(Err(Error::Http(_))) => Err(explain(http).await),
            Ok(Err(error)) => Err(unreachable(root_cause(&error))),
        }
    }

    /// Says something.
    pub(super) async fn send(&mut self, frame: &ClientFrame) -> Result<(), ()> {
        let text = serde_json::to_string(frame).map_err(drop)?;
        let sending = self.0.send(Message::text(text));
        timeout(SEND_TIMEOUT, sending)
            .await
            .map_err(drop)?
            .map_err(drop)
    }

    /// Waits for the next sign of life. May be given up at any time.
    pub(super) async fn next(&mut self) -> Heard {
        match self.0.next().await {
            Some(Ok(Message::Text(text))) => Heard::Text(text.as_str().as_bytes().to_vec()),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Heard::Life,
            Some(Ok(Message::Binary(_)) | Err(Error::Utf8(_) | Error::Capacity(_))) => {
                Heard::Garbled
            }
            Some(Ok(Message::Close(Some(frame)))) => {
                Heard::End(Some((frame.code.into(), frame.reason.as_str().to_owned())))
            }
            Some(Ok(Message::Close(None)) | Err(_)) | None => Heard::End(None),
        }
    }

    /// Closes as well as it can be done in a moment.
    pub(super) async fn close(mut self) {
        // Whatever comes of it, the connection is dropped now.
        let _ = timeout(CLOSE_TIMEOUT, self.0.close(None)).await;
    }
}

/// The frame in a message; none where it is no frame. Kept apart from [`Socket::next`], which may
/// be given up halfway without losing anything.
pub(super) async fn read_frame(message: Vec<u8>) -> Option<RelayFrame> {
    parse(message).await
}

/// A refused handshake may carry only a part of the relay's answer; a plain call to the same
/// address is answered with the same refusal in full.
async fn explain(http: &Http) -> OpenError {
    match http.get::<serde_json::Value>("/v1/stream").await {
        Err(Failure::SignedOut(words)) => OpenError::SignedOut(words),
        Err(failure) => OpenError::Unreachable(format!(
            "{} refuses the stream: {}",
            http.relay().authority(),
            failure.words()
        )),
        Ok(_) => OpenError::Unreachable(format!(
            "{} does not answer like a smsdesk relay",
            http.relay().authority()
        )),
    }
}
