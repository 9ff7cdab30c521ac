//! Many clients at once, as cheap as they can be: frames are looked at and not read.

use super::relay::Relay;
use anyhow::Context as _;
use futures_util::{SinkExt as _, StreamExt as _};
use smsdesk_common::ids::{DeviceId, Epoch, Seq};
use smsdesk_common::stream::{ClientFrame, Hello, PROTOCOL, SUBPROTOCOL};
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// Clients that connect at the same time.
const CONNECTING: usize = 64;
/// Clients from one source address: it has some 28,000 ports.
const CLIENTS_OF_ADDRESS: usize = 5_000;
/// Files that the benchmark itself and its other connections need.
const FILES_SPARE: usize = 300;

/// A client's connection.
pub(super) type Socket = WebSocketStream<TcpStream>;

/// Where a client stands.
pub(super) type Position = Option<(Epoch, Seq)>;

/// So many of `wanted` clients as this process may have open files for.
pub(super) fn allowed(wanted: usize) -> anyhow::Result<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits")?;
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let files = line
        .and_then(|line| line.split_whitespace().nth(3))
        .context("no limit of open files")?;
    let files: usize = files.parse().unwrap_or(usize::MAX);
    Ok(wanted.min(files.saturating_sub(FILES_SPARE)))
}

/// Connects so many clients with one token, each caught up or on its way.
///
/// # Errors
/// The relay refuses one.
pub(super) async fn connect(
    relay: &Relay,
    token: &str,
    clients: usize,
    position: Position,
) -> anyhow::Result<Vec<Socket>> {
    let address = relay.address;
    let connecting = (0..clients).map(|n| one(address, token, n, position));
    futures_util::stream::iter(connecting)
        .buffer_unordered(CONNECTING)
        .collect::<Vec<_>>()
        .await
        .into_iter()
        .collect()
}

async fn one(
    address: SocketAddr,
    token: &str,
    n: usize,
    position: Position,
) -> anyhow::Result<Socket> {
    let mut request = format!("ws://{address}/v1/stream").into_client_request()?;
    let headers = request.headers_mut();
    headers.insert("authorization", format!("Bearer {token}").parse()?);
    headers.insert("sec-websocket-protocol", SUBPROTOCOL.parse()?);
    let config = WebSocketConfig::default()
        .read_buffer_size(4 * 1024)
        .write_buffer_size(0);
    let source = Ipv4Addr::new(127, 0, 0, u8::try_from(1 + n / CLIENTS_OF_ADDRESS)?);
    let socket = TcpSocket::new_v4()?;
    socket.bind((source, 0).into())?;
    let stream = socket.connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut socket, _) = client_async_with_config(request, stream, Some(config)).await?;
    let hello = ClientFrame::Hello(Hello {
        protocol: PROTOCOL,
        client: "bench".to_owned(),
        device: DeviceId(smsdesk::clock::new_id()),
        epoch: position.map(|(epoch, _)| epoch),
        after: position.map(|(_, after)| after),
    });
    let hello = serde_json::to_string(&hello)?;
    socket.send(Message::text(hello)).await?;
    let welcome = socket.next().await.context("no welcome")??;
    anyhow::ensure!(welcome.is_text(), "no welcome: {welcome}");
    Ok(socket)
}

/// Where a batch ends; none where the frame is no batch.
pub(super) fn batch_end(text: &str) -> Option<u64> {
    let (_, after) = text
        .strip_prefix(r#"{"type":"batch","#)?
        .split_once(r#""to":"#)?;
    after.split([',', '}']).next()?.parse().ok()
}

/// Says that everything up to `seq` is on the disk.
///
/// # Errors
/// The connection is gone.
pub(super) async fn ack(socket: &mut Socket, seq: u64) -> anyhow::Result<()> {
    let text = format!(r#"{{"type":"ack","seq":{seq}}}"#);
    Ok(socket.send(Message::text(text)).await?)
}
