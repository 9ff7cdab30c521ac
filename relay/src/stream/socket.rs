//! One client's connection: carries out what its session decides. Does the IO and nothing else.

use crate::clock::monotonic;
use crate::http::access::Caller;
use crate::state::Relay;
use crate::store::{Store, StoreError, feed, settings, tokens};
use crate::stream::attendance::{Attending, Whose};
use crate::stream::colleagues::Seat;
use crate::stream::presence::Version;
use crate::stream::recent::NoPage;
use crate::stream::session::{Greeting, Millis, Output, Session};
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use smsdesk_common::ids::{Seq, TokenId};
use smsdesk_common::stream::{CLIENT_FRAME_BYTES_MAX, CloseCode, FRAME_BYTES_MAX};
use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt as _;
use tokio::sync::watch::Receiver;
use tokio::time::{sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{
    CloseCode as WireCode, Data, OpCode,
};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message, Utf8Bytes};

/// Bytes that a connection reads at once; clients say little. The default of 128 KiB is held by
/// every idle connection.
const READ_BUFFER_BYTES: usize = 4 * 1024;
/// Bytes that are gathered before a write.
const WRITE_BUFFER_BYTES: usize = 8 * 1024;
/// The most bytes of one WebSocket frame: a longer message is sent in several, because a connection
/// keeps the memory of the longest frame that it ever wrote.
const FRAGMENT_BYTES_MAX: usize = 32 * 1024;
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
    // One that cannot be read now is what the file says.
    let set = relay.store.read(settings::load).await.ok();
    let greeting = Greeting {
        epoch: relay.store.epoch(),
        version: crate::VERSION.to_owned(),
        agent: caller.agent.clone(),
        company: set
            .and_then(|set| set.company)
            .or_else(|| relay.live().company.clone()),
    };
    // Subscribe before the first read, or a commit in between would be missed.
    let mut growth = relay.recent.subscribe();
    let mut revocations = relay.recent.revocations();
    let (seat, mut news) = relay.colleagues.join(caller.agent.id);
    let head = *growth.borrow_and_update();
    let attending = relay.attendance.join(Whose::of(caller.agent.role));
    let session = Session::patient(greeting, relay.patience, head, 0);
    let mut connection = Connection {
        relay,
        token: caller.token,
        socket,
        session,
        began,
        batch: None,
        seat,
        attending,
    };
    // One from between the handshake and here counts, too.
    revocations.mark_changed();
    let over = connection
        .run(&mut growth, &mut revocations, &mut news)
        .await;
    let store = connection.relay.store.clone();
    let over = last_word(&store, caller.token, over).await;
    connection.close(over).await;
}

struct Connection {
    relay: Arc<Relay>,
    token: TokenId,
    socket: Socket,
    session: Session,
    began: Instant,
    /// The text of the page that the session was told of last.
    batch: Option<Utf8Bytes>,
    seat: Seat,
    attending: Attending,
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
    async fn run(
        &mut self,
        growth: &mut Receiver<Seq>,
        revocations: &mut Receiver<u64>,
        news: &mut Receiver<Version>,
    ) -> Over {
        let shutdown = self.relay.shutdown.clone();
        let mut stopping = pin!(shutdown.cancelled());
        // One timer for whatever is due next.
        let mut timer = pin!(sleep_until(self.deadline()));
        loop {
            let outputs = tokio::select! {
                biased;
                () = &mut stopping => {
                    Ok(self.session.on_shutdown(RESTART_AFTER_MS, RESTART_SPREAD_MS))
                }
                message = self.socket.next() => self.on_message(message).await,
                // Whoever owes acknowledgements must hear of their token all the same.
                Ok(()) = revocations.changed() => self.on_revocation(),
                changed = growth.changed(), if self.session.has_credit() => match changed {
                    Ok(()) => {
                        let head = *growth.borrow_and_update();
                        Ok(self.session.on_head(head))
                    }
                    Err(_) => Err(Over::Closed(CloseCode::Restart)),
                },
                Ok(()) = news.changed(), if self.session.has_caught_up() => {
                    Ok(self.seat.news().into_iter().map(Output::Send).collect())
                }
                () = &mut timer => {
                    let outputs = self.session.on_time(self.now());
                    timer.as_mut().reset(self.deadline());
                    Ok(outputs)
                }
            };
            let done = match outputs {
                Ok(outputs) => self.perform(outputs).await,
                Err(over) => Err(over),
            };
            if let Err(over) = done {
                return over;
            }
            // A deadline that has moved away is noticed when the timer fires.
            if self.deadline() < timer.deadline() {
                timer.as_mut().reset(self.deadline());
            }
        }
    }

    fn deadline(&self) -> tokio::time::Instant {
        tokio::time::Instant::from_std(self.began) + Duration::from_millis(self.session.deadline())
    }

    fn on_revocation(&self) -> Result<Vec<Output>, Over> {
        if self.relay.recent.is_revoked(self.token) {
            return Err(Over::Closed(CloseCode::TokenRefused));
        }
        Ok(Vec::new())
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
                let outputs = self.session.on_text(&text);
                self.attending.has(self.session.acked());
                Ok(outputs)
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
        let mut queue = VecDeque::from(outputs);
        while let Some(output) = queue.pop_front() {
            match output {
                Output::Send(frame) => {
                    let text = serde_json::to_string(&frame).map_err(|_| Over::Gone)?;
                    self.send(Message::text(text)).await?;
                }
                Output::SendBatch => {
                    if let Some(text) = self.batch.take() {
                        self.send_text(text).await?;
                    }
                }
                Output::Ping => {
                    // Whoever has the stream open uses their token.
                    self.relay.gate.used(self.token, self.relay.clock.now());
                    self.send(Message::Ping(Bytes::new())).await?;
                }
                Output::Read { after, limit } => {
                    let seen = self.session.head();
                    let relay = &self.relay;
                    let read = relay
                        .recent
                        .page(&relay.store, self.token, (after, limit), seen);
                    let (page, text) = read.await.map_err(Over::from)?;
                    self.batch = text;
                    queue.extend(self.session.on_page(&page));
                }
                Output::Presence(conversation, state) => self.seat.say(conversation, state),
                Output::Close(code) => return Err(Over::Closed(code)),
            }
        }
        Ok(())
    }

    /// Sends a message in parts, so that the connection never keeps the memory of a whole one.
    async fn send_text(&mut self, text: Utf8Bytes) -> Result<(), Over> {
        if text.len() <= FRAGMENT_BYTES_MAX {
            return self.send(Message::Text(text)).await;
        }
        let mut rest = Bytes::from(text);
        let mut part = Data::Text;
        while !rest.is_empty() {
            let payload = rest.split_to(rest.len().min(FRAGMENT_BYTES_MAX));
            let frame = Frame::message(payload, OpCode::Data(part), rest.is_empty());
            self.send(Message::Frame(frame)).await?;
            part = Data::Continue;
        }
        Ok(())
    }

    async fn send(&mut self, message: Message) -> Result<(), Over> {
        let patience = Duration::from_millis(self.relay.patience.write_ms);
        let shutdown = self.relay.shutdown.clone();
        tokio::select! {
            biased;
            sent = timeout(patience, self.socket.send(message)) => match sent {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) => Err(Over::Gone),
                Err(_) => Err(Over::Closed(CloseCode::TooSlow)),
            },
            // Nobody waits for a client that does not read.
            () = shutdown.cancelled() => Err(Over::Closed(CloseCode::Restart)),
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
        let patience = Duration::from_millis(self.relay.patience.close_ms);
        let _ = timeout(patience, closing).await;
    }
}

/// Whoever loses their access may have to lose their copy, too.
async fn last_word(store: &Store, token: TokenId, over: Over) -> Over {
    if over != Over::Closed(CloseCode::TokenRefused) {
        return over;
    }
    match store
        .read(move |reads| tokens::is_to_wipe(reads, token))
        .await
    {
        Ok(true) => Over::Closed(CloseCode::Wipe),
        // The device hears of it when it asks again.
        Ok(false) | Err(_) => over,
    }
}

impl From<NoPage> for Over {
    fn from(none: NoPage) -> Self {
        match none {
            NoPage::Revoked => Self::Closed(CloseCode::TokenRefused),
            NoPage::Store(error) => unreadable(&error),
        }
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
