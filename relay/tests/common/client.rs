//! Who reads the stream.

use super::{Desk, in_time};
use futures_util::{SinkExt as _, StreamExt as _};
use smsdesk_common::feed::{Batch, Change, Digest, supersedes};
use smsdesk_common::ids::{Epoch, Seq};
use smsdesk_common::stream::{RelayFrame, Welcome};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// One connection to the stream.
#[derive(Debug)]
pub(crate) struct Stream {
    socket: WebSocketStream<TcpStream>,
}

/// What came next.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one at a time, in a test")]
pub(crate) enum Next {
    Frame(RelayFrame),
    Closed(u16),
}

/// A handshake as the terminal makes it.
pub(crate) fn handshake(desk: &Desk, token: &str) -> Request {
    let url = format!("ws://{}/v1/stream", desk.address);
    let mut request = url.into_client_request().unwrap();
    let headers = request.headers_mut();
    headers.insert("sec-websocket-protocol", "smsdesk.v1".parse().unwrap());
    if !token.is_empty() {
        let value = format!("Bearer {token}").parse().unwrap();
        headers.insert("authorization", value);
    }
    request
}

impl Stream {
    pub(crate) async fn open(desk: &Desk, token: &str) -> Self {
        Self::shake(desk, handshake(desk, token)).await.unwrap()
    }

    pub(crate) async fn shake(desk: &Desk, request: Request) -> Result<Self, Error> {
        let stream = TcpStream::connect(desk.address).await.unwrap();
        Self::shake_over(stream, request).await
    }

    /// A client whose system keeps few bytes that nobody reads, in either direction: what it has
    /// said is soon heard, unless the relay has stopped listening.
    pub(crate) async fn narrow(desk: &Desk, token: &str) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(256 * 1_024).unwrap();
        socket.set_send_buffer_size(16 * 1_024).unwrap();
        let stream = socket.connect(desk.address).await.unwrap();
        let shaken = Self::shake_over(stream, handshake(desk, token)).await;
        shaken.unwrap()
    }

    async fn shake_over(stream: TcpStream, request: Request) -> Result<Self, Error> {
        let (socket, answer) = in_time("a handshake", client_async(request, stream)).await?;
        assert_eq!(answer.headers()["sec-websocket-protocol"], "smsdesk.v1");
        Ok(Self { socket })
    }

    /// Says hello, and returns the welcome.
    pub(crate) async fn hello(&mut self, after: Option<Seq>, epoch: Option<Epoch>) -> Welcome {
        self.say_hello(after, epoch).await;
        match self.next().await {
            Next::Frame(RelayFrame::Welcome(welcome)) => welcome,
            other => panic!("no welcome: {other:?}"),
        }
    }

    /// Says hello, and reads nothing.
    pub(crate) async fn say_hello(&mut self, after: Option<Seq>, epoch: Option<Epoch>) {
        let mut hello = serde_json::json!({
            "type": "hello", "protocol": 1, "client": "test",
            "device": "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee",
        });
        if let Some(after) = after {
            hello["after"] = after.0.into();
        }
        if let Some(epoch) = epoch {
            hello["epoch"] = epoch.to_string().into();
        }
        self.say(Message::text(hello.to_string())).await;
    }

    pub(crate) async fn say(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    pub(crate) async fn ack(&mut self, seq: Seq) {
        self.say(Message::text(format!(r#"{{"type":"ack","seq":{seq}}}"#)))
            .await;
    }

    /// Says it again and again without listening, until nothing more can be said for `patience`.
    pub(crate) async fn say_until_stuck(&mut self, message: &Message, patience: Duration) {
        let talking = async {
            loop {
                let sending = async {
                    for _ in 0..256 {
                        self.socket.feed(message.clone()).await.unwrap();
                    }
                    self.socket.flush().await.unwrap();
                };
                if tokio::time::timeout(patience, sending).await.is_err() {
                    return;
                }
            }
        };
        in_time("the relay's patience", talking).await;
    }

    /// What comes over the wire, without answering any of it. Nothing may have been read before:
    /// more may have come with it.
    pub(crate) async fn listen_only(mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let reading = self.socket.get_mut().read_to_end(&mut bytes);
        in_time("the end of the connection", reading).await.unwrap();
        bytes
    }

    /// The next frame or the end, however many pings come first.
    pub(crate) async fn next(&mut self) -> Next {
        in_time("the next frame", self.listen()).await
    }

    /// The same, where it comes within `patience`.
    pub(crate) async fn next_within(&mut self, patience: Duration) -> Option<Next> {
        tokio::time::timeout(patience, self.listen()).await.ok()
    }

    async fn listen(&mut self) -> Next {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    return Next::Frame(serde_json::from_str(&text).unwrap());
                }
                Some(Ok(Message::Close(Some(frame)))) => {
                    return Next::Closed(frame.code.into());
                }
                Some(Ok(Message::Ping(_))) => {}
                other => panic!("neither a frame nor a close code: {other:?}"),
            }
        }
    }

    /// Fails unless the relay closes with that code next.
    pub(crate) async fn closes_with(&mut self, code: u16) {
        match self.next().await {
            Next::Closed(found) => assert_eq!(found, code),
            other @ Next::Frame(_) => panic!("expected a close with {code}: {other:?}"),
        }
    }
}

/// What a terminal keeps: every record at its newest position.
#[derive(Debug)]
pub(crate) struct Cache {
    pub(crate) epoch: Option<Epoch>,
    pub(crate) high: Seq,
    records: BTreeMap<(String, String), Change>,
}

impl Cache {
    /// One that knows the relay and has nothing yet.
    pub(crate) async fn of(desk: &Desk) -> Self {
        let page = desk.get("/v1/changes?limit=1").await.json();
        Self {
            epoch: Some(page["epoch"].as_str().unwrap().parse().unwrap()),
            high: Seq::ZERO,
            records: BTreeMap::new(),
        }
    }

    /// Takes a batch over, which must go on exactly where the cache ends.
    pub(crate) fn apply(&mut self, batch: Batch) {
        assert_eq!(batch.from, self.high, "a hole");
        self.high = batch.to;
        for change in batch.changes {
            let key = (change.kind.clone(), change.id.clone());
            let held = self.records.get(&key).map(|held| held.seq);
            if supersedes(change.seq, held) {
                self.records.insert(key, change);
            }
        }
    }

    pub(crate) fn digest(&self) -> Digest {
        let mut digest = Digest::EMPTY;
        for change in self.records.values() {
            digest.add(&change.kind, &change.id, change.seq);
        }
        digest
    }

    /// The records in the order of their positions.
    pub(crate) fn changes(&self) -> Vec<Change> {
        let mut changes: Vec<_> = self.records.values().cloned().collect();
        changes.sort_by_key(|change| change.seq);
        changes
    }

    /// Goes on where it stands, on a new connection.
    pub(crate) async fn resume(&self, desk: &Desk) -> (Stream, Welcome) {
        let mut stream = Stream::open(desk, &desk.token).await;
        let welcome = stream.hello(Some(self.high), self.epoch).await;
        (stream, welcome)
    }

    /// Applies what comes until the relay says that this is all; returns the relay's digest.
    pub(crate) async fn catch_up(&mut self, stream: &mut Stream) -> Digest {
        loop {
            match stream.next().await {
                Next::Frame(RelayFrame::Batch(batch)) => {
                    self.apply(batch);
                    stream.ack(self.high).await;
                }
                Next::Frame(RelayFrame::CaughtUp { head, digest }) => {
                    assert_eq!(head, self.high);
                    return digest;
                }
                other => panic!("{other:?}"),
            }
        }
    }
}
