//! One client's connection: carries out what its session decides. Does the IO and nothing else.

use crate::clock::monotonic;
use crate::http::access::Caller;
use crate::state::Relay;
use crate::store::sql::Reads;
use crate::store::{Store, StoreError, feed, meta, tokens};
use crate::stream::session::{Greeting, Millis, Output, Page, Session};
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use smsdesk_common::ids::{Seq, TokenId};
use smsdesk_common::stream::{CLIENT_FRAME_BYTES_MAX, CloseCode, FRAME_BYTES_MAX};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt as _;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode as WireCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};

/// How long one write may wait for the client to read, in seconds.
const WRITE_S_MAX: u64 = 10;
/// How long the relay waits for the client to close its side, in seconds.
const CLOSE_S_MAX: u64 = 2;
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
pub(crate) async fn serve(relay: Arc<Relay>, caller: Caller, socket: Socket) {
    let began = monotonic();
    let greeting = Greeting {
        epoch: relay.store.epoch(),
        version: crate::VERSION.to_owned(),
        agent: caller.agent,
    };
    // Subscribe before the first read, or a commit in between would be missed.
    let mut growth = relay.store.hub().subscribe();
    let head = *growth.borrow_and_update();
    let session = Session::new(greeting, head, 0);
    let mut connection = Connection {
        relay,
        token: caller.token,
        socket,
        session,
        began,
    };
    let over = connection.run(&mut growth).await;
    connection.close(over).await;
}

struct Connection {
    relay: Arc<Relay>,
    token: TokenId,
    socket: Socket,
    session: Session,
    began: Instant,
}

/// Why a connection is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    /// The client closed it, or it broke.
    Gone,
    /// The relay closes it, and says why.
    Closed(CloseCode),
}

impl Connection {
    async fn run(&mut self, growth: &mut tokio::sync::watch::Receiver<Seq>) -> Over {
        let shutdown = self.relay.shutdown.clone();
        loop {
            let deadline = tokio::time::Instant::from_std(self.began)
                + Duration::from_millis(self.session.deadline());
            let outputs = tokio::select! {
                biased;
                () = shutdown.cancelled() => {
                    Ok(self.session.on_shutdown(RESTART_AFTER_MS, RESTART_SPREAD_MS))
                }
                message = self.socket.next() => self.on_message(message).await,
                changed = growth.changed() => match changed {
                    Ok(()) => {
                        let head = *growth.borrow_and_update();
                        Ok(self.session.on_head(head))
                    }
                    Err(_) => Err(Over::Closed(CloseCode::Restart)),
                },
                () = tokio::time::sleep_until(deadline) => {
                    let now = self.now();
                    Ok(self.session.on_time(now))
                }
            };
            let done = match outputs {
                Ok(outputs) => self.perform(outputs).await,
                Err(over) => Err(over),
            };
            if let Err(over) = done {
                return over;
            }
        }
    }

    fn now(&self) -> Millis {
        u64::try_from(monotonic().duration_since(self.began).as_millis()).unwrap_or(Millis::MAX)
    }

    async fn on_message(
        &mut self,
        message: Option<Result<Message, Error>>,
    ) -> Result<Vec<Output>, Over> {
        match message {
            Some(Ok(Message::Text(text))) => {
                if self.session.awaits_hello() {
                    let head = head(&self.relay.store).await?;
                    self.session.on_head(head);
                }
                Ok(self.session.on_text(&text))
            }
            Some(Ok(Message::Pong(_))) => {
                self.session.on_pong();
                Ok(Vec::new())
            }
            Some(Ok(Message::Ping(_) | Message::Frame(_))) => Ok(Vec::new()),
            Some(
                Ok(Message::Binary(_))
                | Err(Error::Capacity(_) | Error::Utf8(_) | Error::Protocol(_)),
            ) => Err(Over::Closed(CloseCode::Malformed)),
            Some(Ok(Message::Close(_)) | Err(_)) | None => Err(Over::Gone),
        }
    }

    /// Carries the outputs out, and those that a page leads to.
    async fn perform(&mut self, outputs: Vec<Output>) -> Result<(), Over> {
        let mut queue: std::collections::VecDeque<_> = outputs.into();
        while let Some(output) = queue.pop_front() {
            match output {
                Output::Send(frame) => {
                    let text = serde_json::to_string(&frame).map_err(|_| Over::Gone)?;
                    self.send(Message::text(text)).await?;
                }
                Output::SendText(text) => self.send(Message::text(text)).await?,
                Output::Ping => self.send(Message::Ping(Bytes::new())).await?,
                Output::Read { after, limit } => {
                    let page = read(&self.relay.store, self.token, after, limit).await?;
                    queue.extend(self.session.on_page(&page));
                }
                Output::Close(code) => return Err(Over::Closed(code)),
            }
        }
        Ok(())
    }

    async fn send(&mut self, message: Message) -> Result<(), Over> {
        let sent =
            tokio::time::timeout(Duration::from_secs(WRITE_S_MAX), self.socket.send(message));
        match sent.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Over::Gone),
            Err(_) => Err(Over::Closed(CloseCode::TooSlow)),
        }
    }

    /// Says why, and waits a little until the client has closed its side: where a socket is
    /// closed with words of the client unread, the client may never see the reason.
    async fn close(&mut self, over: Over) {
        let frame = match over {
            Over::Gone => None,
            Over::Closed(code) => Some(CloseFrame {
                code: WireCode::from(code.number()),
                reason: code.reason().into(),
            }),
        };
        let closing = async {
            if self.socket.close(frame).await.is_err() {
                return;
            }
            while let Some(Ok(_)) = self.socket.next().await {}
            if over == Over::Closed(CloseCode::Malformed) {
                // What follows a malformed frame cannot be read as frames.
                let mut rest = [0; READ_BUFFER_BYTES];
                let connection = self.socket.get_mut();
                while matches!(connection.read(&mut rest).await, Ok(1..)) {}
            }
        };
        let _ = tokio::time::timeout(Duration::from_secs(CLOSE_S_MAX), closing).await;
    }
}

async fn head(store: &Store) -> Result<Seq, Over> {
    store
        .read(feed::head)
        .await
        .map_err(|error| unreadable(&error))
}

fn unreadable(error: &StoreError) -> Over {
    tracing::error!(%error, "the feed could not be read");
    Over::Closed(CloseCode::Restart)
}

/// Reads the next page, its head and digest in one view of the database, as long as the token is
/// accepted in that view: nothing that was committed after a revocation goes out. A revocation
/// touches the agent's record, so the log grows and every session looks here.
async fn read(store: &Store, token: TokenId, after: Seq, limit: usize) -> Result<Page, Over> {
    let read = store.read(move |reads| page_for(reads, token, after, limit));
    match read.await {
        Ok(page) => page.ok_or(Over::Closed(CloseCode::TokenRefused)),
        Err(error) => Err(unreadable(&error)),
    }
}

/// The next page for the holder of a token; none where the token is no longer accepted.
///
/// # Errors
/// The database cannot be read.
pub fn page_for(
    reads: &mut dyn Reads,
    token: TokenId,
    after: Seq,
    limit: usize,
) -> Result<Option<Page>, StoreError> {
    if !tokens::is_accepted(reads, token)? {
        return Ok(None);
    }
    let head = feed::head(reads)?;
    let digest = meta::digest(reads)?;
    let page = feed::after(reads, after, limit)?;
    let to = match page.changes.last() {
        Some((last, _)) if !page.complete => *last,
        _ => head.max(after),
    };
    let changes = page.changes.into_iter().map(|(_, json)| json).collect();
    Ok(Some(Page {
        changes,
        to,
        head,
        digest,
    }))
}
