//! A relay that does what a test tells it, over loopback, and a device that is linked to it.

use super::{End, LinkConfig, RelayUrl, run};
use crate::cache::Cache;
use crate::cache::testing::{Feed, agent};
use crate::event::{Event, LinkEvent};
use crate::model::connection::Connection;
use futures_util::{SinkExt as _, StreamExt as _};
use secrecy::SecretString;
use serde::Serialize;
use smsdesk_common::api::{EPOCH_HEADER, ErrorCode, Problem};
use smsdesk_common::capability::Capabilities;
use smsdesk_common::ids::{Epoch, Seq};
use smsdesk_common::stream::{
    ClientFrame, HEARTBEAT_MS, Hello, Limits, PROTOCOL, RelayFrame, ResumeMode, SUBPROTOCOL,
    Welcome,
};
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};
use tokio_util::sync::CancellationToken;

const TOKEN: &str = "test-token";
/// Far longer than anything here takes, so that only a real fault runs into it.
const DEADLINE: Duration = Duration::from_secs(60);

pub(super) async fn deadline<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(DEADLINE, future).await {
        Ok(value) => value,
        Err(_) => panic!("nothing came of: {what}"),
    }
}

/// Installs TLS for this process as the binary does.
pub(super) fn install_tls() {
    // Another test of this process may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Listens on loopback, below the path `/desk`.
pub(super) struct TestRelay {
    pub(super) url: RelayUrl,
    knocks: mpsc::Receiver<Knock>,
    calls: mpsc::Receiver<Call>,
}

/// Somebody who wants the stream and has no answer yet.
pub(super) struct Knock(TcpStream);

/// An HTTP call without an answer yet. Dropped, the connection is dropped.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) body: String,
    stream: TcpStream,
}

/// The relay's end of a stream.
pub(super) struct Peer(WebSocketStream<TcpStream>);

impl TestRelay {
    pub(super) async fn start() -> Self {
        install_tls();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (knock, knocks) = mpsc::channel(16);
        let (call, calls) = mpsc::channel(16);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(receive(stream, knock.clone(), call.clone()));
            }
        });
        let url = RelayUrl::parse(&format!("http://{address}/desk")).unwrap();
        Self { url, knocks, calls }
    }

    pub(super) async fn knock(&mut self) -> Knock {
        deadline("a knock at the stream", self.knocks.recv())
            .await
            .unwrap()
    }

    /// The next call. Its path is without `/desk`.
    pub(super) async fn call(&mut self) -> Call {
        deadline("an HTTP call", self.calls.recv()).await.unwrap()
    }

    pub(super) fn no_call(&mut self) -> bool {
        self.calls.try_recv().is_err()
    }

    /// Takes the next device in, which must stand at `after`, and welcomes it.
    pub(super) async fn welcome(
        &mut self,
        feed: &Feed,
        after: Option<Seq>,
        mode: ResumeMode,
    ) -> Peer {
        let mut peer = self.knock().await.accept().await;
        let hello = peer.hello().await;
        assert_eq!(hello.after, after);
        peer.say(&RelayFrame::Welcome(Welcome {
            protocol: PROTOCOL,
            version: "0.1.0".to_owned(),
            epoch: feed.epoch,
            head: feed.head,
            mode,
            reason: None,
            agent: agent(1, "Ana"),
            company: None,
            heartbeat_ms: HEARTBEAT_MS,
            limits: Limits::default(),
            capabilities: Some(Capabilities::names()),
        }))
        .await;
        peer
    }
}

async fn receive(mut stream: TcpStream, knocks: mpsc::Sender<Knock>, calls: mpsc::Sender<Call>) {
    let mut head = vec![0; 16 * 1024];
    let (length, text) = loop {
        let Ok(seen @ 1..) = stream.peek(&mut head).await else {
            return;
        };
        let text = String::from_utf8_lossy(&head[..seen]).into_owned();
        if let Some(end) = text.find("\r\n\r\n") {
            break (end + 4, text[..end].to_owned());
        }
        tokio::task::yield_now().await;
    };
    let lower = text.to_ascii_lowercase();
    assert!(
        lower.contains("\r\nauthorization: bearer ") || lower.contains("/v1/join "),
        "{text}"
    );
    if lower.contains("\r\nupgrade: websocket") {
        knocks.send(Knock(stream)).await.ok();
        return;
    }
    stream.read_exact(&mut head[..length]).await.unwrap();
    let field = |name: &str| {
        lower
            .lines()
            .find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
    };
    let mut body = vec![0; field("content-length:").unwrap_or(0)];
    stream.read_exact(&mut body).await.unwrap();
    let mut words = text.split(' ');
    let method = words.next().unwrap().to_owned();
    let path = words
        .next()
        .unwrap()
        .strip_prefix("/desk")
        .unwrap()
        .to_owned();
    let body = String::from_utf8(body).unwrap();
    calls
        .send(Call {
            method,
            path,
            body,
            stream,
        })
        .await
        .ok();
}

async fn write_answer(stream: &mut TcpStream, status: u16, more: &str, body: &str) {
    let answer = format!(
        "HTTP/1.1 {status} Status\r\ncontent-length: {}\r\n{more}connection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(answer.as_bytes()).await.unwrap();
    stream.shutdown().await.ok();
}

impl Call {
    pub(super) async fn answer(mut self, status: u16, body: &impl Serialize) {
        write_answer(
            &mut self.stream,
            status,
            "",
            &serde_json::to_string(body).unwrap(),
        )
        .await;
    }

    pub(super) async fn answer_text(mut self, status: u16, body: &str) {
        write_answer(&mut self.stream, status, "", body).await;
    }

    /// Answers as a relay whose database is in that life.
    pub(super) async fn answer_in(mut self, epoch: Epoch, body: &impl Serialize) {
        let header = format!("{EPOCH_HEADER}: {epoch}\r\n");
        let body = serde_json::to_string(body).unwrap();
        write_answer(&mut self.stream, 201, &header, &body).await;
    }

    pub(super) async fn refuse(self, code: ErrorCode) {
        self.answer(code.status(), &Problem::new(code, "because"))
            .await;
    }
}

impl Knock {
    pub(super) async fn accept(self) -> Peer {
        #[expect(clippy::result_large_err, reason = "tungstenite's own signature")]
        let check = |request: &Request, mut response: Response| {
            let header = |name: &str| {
                request
                    .headers()
                    .get(name)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned()
            };
            assert_eq!(request.uri().path(), "/desk/v1/stream");
            assert_eq!(header("authorization"), format!("Bearer {TOKEN}"));
            assert_eq!(header("sec-websocket-protocol"), SUBPROTOCOL);
            let agreed = SUBPROTOCOL.parse().unwrap();
            response
                .headers_mut()
                .insert("sec-websocket-protocol", agreed);
            Ok(response)
        };
        Peer(accept_hdr_async(self.0, check).await.unwrap())
    }

    /// Answers without opening the stream, and without a body, as a proxy may.
    pub(super) async fn refuse(mut self, status: u16) {
        let mut head = vec![0; 16 * 1024];
        let read = self.0.read(&mut head).await.unwrap();
        assert!(read > 0);
        write_answer(&mut self.0, status, "", "").await;
    }
}

impl Peer {
    pub(super) async fn say(&mut self, frame: &RelayFrame) {
        self.say_text(&serde_json::to_string(frame).unwrap()).await;
    }

    pub(super) async fn say_text(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    pub(super) async fn hear(&mut self) -> ClientFrame {
        let text = deadline("a frame", async {
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Text(text))) => return text,
                    Some(Ok(_)) => {}
                    other => panic!("the device has left: {other:?}"),
                }
            }
        })
        .await;
        serde_json::from_str(text.as_str()).unwrap()
    }

    pub(super) async fn hello(&mut self) -> Hello {
        match self.hear().await {
            ClientFrame::Hello(hello) => hello,
            other => panic!("{other:?} instead of hello"),
        }
    }

    /// Brings everything after `from` and waits until the device has it on its disk.
    pub(super) async fn bring(&mut self, feed: &Feed, from: Seq) {
        self.say(&RelayFrame::Batch(feed.batch(from, feed.head)))
            .await;
        assert_eq!(self.hear().await, ClientFrame::Ack { seq: feed.head });
    }

    pub(super) async fn caught_up(&mut self, feed: &Feed) {
        self.say(&RelayFrame::CaughtUp {
            head: feed.head,
            digest: feed.digest(),
        })
        .await;
    }

    pub(super) async fn close(mut self, code: u16) {
        let frame = CloseFrame {
            code: code.into(),
            reason: "because".into(),
        };
        self.0.close(Some(frame)).await.unwrap();
    }

    /// Waits until the device has closed the connection.
    pub(super) async fn until_left(mut self) {
        deadline("the device to leave", async {
            while let Some(Ok(_)) = self.0.next().await {}
        })
        .await;
    }
}

/// An installation of the app without its screen.
pub(super) struct Device {
    pub(super) cache: Cache,
    pub(super) events: mpsc::Receiver<Event>,
    pub(super) wake: Arc<Notify>,
    shutdown: CancellationToken,
    task: JoinHandle<End>,
    pub(super) folder: TempDir,
}

impl Device {
    /// Starts the link on a fresh folder.
    pub(super) fn start(relay: &TestRelay) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cache = open(folder.path());
        Self::start_on(relay, folder, cache)
    }

    pub(super) fn start_on(relay: &TestRelay, folder: TempDir, cache: Cache) -> Self {
        let (sender, events) = mpsc::channel(crate::event::QUEUE_EVENTS_MAX);
        let (wake, shutdown) = (Arc::new(Notify::new()), CancellationToken::new());
        let config = LinkConfig {
            relay: relay.url.clone(),
            token: SecretString::from(TOKEN),
            client: "smsdesk/test".to_owned(),
            doing: super::nobody(),
        };
        let task = tokio::spawn(run(
            config,
            cache.clone(),
            sender,
            Arc::clone(&wake),
            shutdown.clone(),
        ));
        Self {
            cache,
            events,
            wake,
            shutdown,
            task,
            folder,
        }
    }

    /// The first event from here on that `pick` takes.
    pub(super) async fn event<T>(&mut self, what: &str, pick: impl Fn(Event) -> Option<T>) -> T {
        deadline(what, async {
            loop {
                if let Some(found) = pick(self.events.recv().await.unwrap()) {
                    return found;
                }
            }
        })
        .await
    }

    pub(super) async fn connection(&mut self, wanted: Connection) {
        self.event(&format!("{wanted:?}"), |event| {
            (event == Event::Link(LinkEvent::Connection(wanted.clone()))).then_some(())
        })
        .await;
    }

    pub(super) async fn trouble(&mut self) -> String {
        self.event("a trouble in words", |event| match event {
            Event::Link(LinkEvent::Trouble { message }) => Some(message),
            _ => None,
        })
        .await
    }

    /// Waits for the link to end by itself.
    pub(super) async fn end(self) -> End {
        deadline("the link to end", self.task).await.unwrap()
    }

    /// Asks the link to end.
    pub(super) async fn shut_down(self) -> End {
        self.shutdown.cancel();
        self.end().await
    }
}

pub(super) fn open(folder: &Path) -> Cache {
    Cache::open(folder).unwrap().cache
}
