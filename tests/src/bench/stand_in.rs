//! In a relay's place: welcomes one app at its cursor and hands it what it is told to, at the pace
//! that the app acknowledges. What it is asked over HTTP it never answers, as a relay too far away.

use crate::world::free_address;
use anyhow::Context as _;
use futures_util::{SinkExt as _, StreamExt as _};
use smsdesk_common::agent::{Agent, Role};
use smsdesk_common::feed::{Batch, Digest};
use smsdesk_common::ids::{AgentId, Epoch, Seq};
use smsdesk_common::stream::{
    CREDIT_CHANGES, ClientFrame, HEARTBEAT_MS, Limits, PROTOCOL, RelayFrame, ResumeMode,
    SUBPROTOCOL, Welcome,
};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};
use uuid::Uuid;

/// Batches that wait for the app.
const BATCHES_MAX: usize = 64;
/// Bytes of the head of a request that are looked at.
const HEAD_BYTES: usize = 8 * 1024;
/// How long a connection without an answer is held.
const HOLD: Duration = Duration::from_secs(600);

type Socket = WebSocketStream<TcpStream>;

/// A running stand-in.
pub(super) struct StandIn {
    pub(super) address: SocketAddr,
    batches: mpsc::Sender<Batch>,
    acked: Arc<AtomicU64>,
}

impl StandIn {
    /// For a copy that is complete up to `head`.
    pub(super) async fn start(head: Seq, digest: Digest) -> anyhow::Result<Self> {
        let address = free_address().await;
        let listener = TcpListener::bind(address).await?;
        let (batches, to_send) = mpsc::channel(BATCHES_MAX);
        let acked = Arc::new(AtomicU64::new(head.0));
        let shared = Arc::clone(&acked);
        tokio::spawn(async move {
            let mut stream = Some((to_send, shared));
            while let Ok((connection, _)) = listener.accept().await {
                let mut start = vec![0; HEAD_BYTES];
                let Ok(read @ 1..) = connection.peek(&mut start).await else {
                    continue;
                };
                let is_stream = start[..read].starts_with(b"GET /v1/stream ");
                match stream.take_if(|_| is_stream) {
                    Some((batches, acked)) => {
                        tokio::spawn(async move {
                            // The app ends when the scenario does.
                            let _ = serve(connection, head, digest, batches, &acked).await;
                        });
                    }
                    None => drop(tokio::spawn(hold(connection))),
                }
            }
        });
        Ok(Self {
            address,
            batches,
            acked,
        })
    }

    /// Sends a batch as soon as the app has room for it.
    pub(super) async fn send(&self, batch: Batch) -> anyhow::Result<()> {
        self.batches.send(batch).await.context("the app has left")
    }

    /// The newest position that is on the app's disk.
    pub(super) fn acked(&self) -> Seq {
        Seq(self.acked.load(Ordering::Relaxed))
    }
}

async fn hold(connection: TcpStream) {
    tokio::time::sleep(HOLD).await;
    drop(connection);
}

async fn serve(
    connection: TcpStream,
    head: Seq,
    digest: Digest,
    mut batches: mpsc::Receiver<Batch>,
    acked: &AtomicU64,
) -> anyhow::Result<()> {
    connection.set_nodelay(true)?;
    let mut socket = accept_hdr_async(connection, agree).await?;
    // Hello says where the copy stands; the caller knows.
    socket.next().await.context("no hello")??;
    say(&mut socket, &RelayFrame::Welcome(welcome(head))).await?;
    say(&mut socket, &RelayFrame::CaughtUp { head, digest }).await?;
    let mut sent = head.0;
    loop {
        let room = sent.saturating_sub(acked.load(Ordering::Relaxed)) < CREDIT_CHANGES as u64;
        tokio::select! {
            heard = socket.next() => {
                let Message::Text(text) = heard.context("the app has left")?? else {
                    continue;
                };
                if let Ok(ClientFrame::Ack { seq }) = serde_json::from_str(&text) {
                    acked.store(seq.0, Ordering::Relaxed);
                }
            }
            batch = batches.recv(), if room => {
                let batch = batch.context("the scenario is over")?;
                sent = batch.to.0;
                say(&mut socket, &RelayFrame::Batch(batch)).await?;
            }
        }
    }
}

#[expect(
    clippy::result_large_err,
    clippy::unnecessary_wraps,
    reason = "the library's own signature"
)]
fn agree(
    _: &Request,
    mut response: Response,
) -> Result<Response, tokio_tungstenite::tungstenite::handshake::server::ErrorResponse> {
    if let Ok(agreed) = SUBPROTOCOL.parse() {
        response
            .headers_mut()
            .insert("sec-websocket-protocol", agreed);
    }
    Ok(response)
}

async fn say(socket: &mut Socket, frame: &RelayFrame) -> anyhow::Result<()> {
    let text = serde_json::to_string(frame)?;
    Ok(socket.send(Message::text(text)).await?)
}

fn welcome(head: Seq) -> Welcome {
    Welcome {
        protocol: PROTOCOL,
        version: "bench".to_owned(),
        epoch: Epoch(1),
        head,
        mode: ResumeMode::Resumed,
        reason: None,
        agent: Agent {
            id: AgentId(Uuid::from_u128(9 << 64)),
            seq: Seq::ZERO,
            name: "Ana".to_owned(),
            role: Role::Agent,
            active: true,
        },
        heartbeat_ms: HEARTBEAT_MS,
        limits: Limits::default(),
        capabilities: None,
        company: None,
    }
}
