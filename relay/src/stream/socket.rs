//! One client's connection: carries out what its session decides. Does the IO and nothing else.

use crate::clock::monotonic;
use crate::state::Relay;
use crate::store::{Store, StoreError, feed, meta};
use crate::stream::session::{Greeting, Millis, Output, Page, Session};
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use smsdesk_common::agent::Agent;
use smsdesk_common::ids::Seq;
use smsdesk_common::stream::{CLIENT_FRAME_BYTES_MAX, CloseCode, FRAME_BYTES_MAX};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode as WireCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Message};

/// How long one write may wait for the client to read, in seconds.
const WRITE_S_MAX: u64 = 10;
/// Bytes that a connection reads at once; clients say little. The default of 128 KiB is held by
/// every idle connection.
const READ_BUFFER_BYTES: usize = 4 * 1024;
/// Bytes that are gathered before a write.
const WRITE_BUFFER_BYTES: usize = 8 * 1024;
/// Milliseconds that clients wait at least before they come back after a restart.
const RESTART_AFTER_MS: u64 = 250;
/// Milliseconds over which they spread.
const RESTART_SPREAD_MS: u64 = 1_000;

type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// What one connection may take.
pub(crate) fn limits() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(2 * FRAME_BYTES_MAX)
        .max_message_size(Some(CLIENT_FRAME_BYTES_MAX))
        .max_frame_size(Some(CLIENT_FRAME_BYTES_MAX))
}

/// Serves a client until either side closes.
pub(crate) async fn serve(relay: Arc<Relay>, agent: Agent, socket: Socket) {
    let began = monotonic();
    let greeting = Greeting {
        epoch: relay.store.epoch(),
        version: crate::VERSION.to_owned(),
        agent,
    };
    // Subscribe before the first read, or a commit in between would be missed.
    let mut growth = relay.store.hub().subscribe();
    let head = *growth.borrow_and_update();
    let session = Session::new(greeting, head, 0);
    let mut connection = Connection {
        relay,
        socket,
        session,
        began,
    };
    let code = connection.run(&mut growth).await;
    if let Some(code) = code {
        connection.close(code).await;
    }
}

struct Connection {
    relay: Arc<Relay>,
    socket: Socket,
    session: Session,
    began: Instant,
}

/// Why a connection is over, where the relay has something to say about it.
type Over = Option<CloseCode>;

impl Connection {
    async fn run(&mut self, growth: &mut tokio::sync::watch::Receiver<Seq>) -> Over {
        let shutdown = self.relay.shutdown.clone();
        loop {
            let deadline = tokio::time::Instant::from_std(self.began)
                + Duration::from_millis(self.session.deadline());
            let outputs = tokio::select! {
                biased;
                () = shutdown.cancelled() => {
                    self.session.on_shutdown(RESTART_AFTER_MS, RESTART_SPREAD_MS)
                }
                message = self.socket.next() => match message {
                    Some(Ok(message)) => match self.on_message(message) {
                        Ok(outputs) => outputs,
                        Err(over) => return over,
                    },
                    Some(Err(_)) | None => return None,
                },
                changed = growth.changed() => {
                    if changed.is_err() {
                        return Some(CloseCode::Restart);
                    }
                    let head = *growth.borrow_and_update();
                    self.session.on_head(head)
                }
                () = tokio::time::sleep_until(deadline) => {
                    let now = self.now();
                    self.session.on_time(now)
                }
            };
            if let Err(over) = self.perform(outputs).await {
                return over;
            }
        }
    }

    fn now(&self) -> Millis {
        u64::try_from(monotonic().duration_since(self.began).as_millis()).unwrap_or(Millis::MAX)
    }

    fn on_message(&mut self, message: Message) -> Result<Vec<Output>, Over> {
        match message {
            Message::Text(text) => Ok(self.session.on_text(&text)),
            Message::Pong(_) => {
                self.session.on_pong();
                Ok(Vec::new())
            }
            Message::Ping(_) | Message::Frame(_) => Ok(Vec::new()),
            Message::Binary(_) => Err(Some(CloseCode::Malformed)),
            Message::Close(_) => Err(None),
        }
    }

    /// Carries the outputs out, and those that a page leads to.
    async fn perform(&mut self, outputs: Vec<Output>) -> Result<(), Over> {
        let mut queue: std::collections::VecDeque<_> = outputs.into();
        while let Some(output) = queue.pop_front() {
            match output {
                Output::Send(frame) => {
                    let text = serde_json::to_string(&frame).map_err(|_| None)?;
                    self.send(Message::text(text)).await?;
                }
                Output::SendText(text) => self.send(Message::text(text)).await?,
                Output::Ping => self.send(Message::Ping(Bytes::new())).await?,
                Output::Read { after, limit } => {
                    let page = read(&self.relay.store, after, limit).await?;
                    queue.extend(self.session.on_page(&page));
                }
                Output::Close(code) => return Err(Some(code)),
            }
        }
        Ok(())
    }

    async fn send(&mut self, message: Message) -> Result<(), Over> {
        let sent =
            tokio::time::timeout(Duration::from_secs(WRITE_S_MAX), self.socket.send(message));
        match sent.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(None),
            Err(_) => Err(Some(CloseCode::TooSlow)),
        }
    }

    async fn close(&mut self, code: CloseCode) {
        let frame = CloseFrame {
            code: WireCode::from(code.number()),
            reason: code.reason().into(),
        };
        let closing = self.socket.close(Some(frame));
        // A client that does not read does not hear why; it sees the connection end.
        let _ = tokio::time::timeout(Duration::from_secs(WRITE_S_MAX), closing).await;
    }
}

/// Reads the next page, its head and digest in one view of the database.
async fn read(store: &Store, after: Seq, limit: usize) -> Result<Page, Over> {
    let read = store.read(move |reads| -> Result<_, StoreError> {
        let head = feed::head(reads)?;
        let digest = meta::digest(reads)?;
        let page = feed::after(reads, after, limit)?;
        let to = match page.changes.last() {
            Some((last, _)) if !page.complete => *last,
            _ => head.max(after),
        };
        let changes = page.changes.into_iter().map(|(_, json)| json).collect();
        Ok(Page {
            changes,
            to,
            head,
            digest,
        })
    });
    read.await.map_err(|error| {
        tracing::error!(%error, "the feed could not be read");
        Some(CloseCode::Restart)
    })
}
