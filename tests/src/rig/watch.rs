//! A client of the stream that notes whether a text's status ever goes back.

use anyhow::Context as _;
use futures_util::{SinkExt as _, StreamExt as _};
use smsdesk_common::feed::{Batch, Content};
use smsdesk_common::ids::{DeviceId, EntryId};
use smsdesk_common::record::Record;
use smsdesk_common::status::DeliveryStatus;
use smsdesk_common::stream::{ClientFrame, Hello, PROTOCOL, RelayFrame, SUBPROTOCOL};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A client that reads until it is told where the end is.
pub struct Watch {
    end: watch::Sender<Option<u64>>,
    reading: JoinHandle<anyhow::Result<Seen>>,
}

/// What it saw.
#[derive(Debug, Default)]
pub struct Seen {
    /// The last status of each text, in the order of knowledge.
    pub statuses: BTreeMap<EntryId, DeliveryStatus>,
    /// Steps from one status to another.
    pub steps: u64,
    /// Steps back, in words.
    pub backwards: Vec<String>,
}

impl Watch {
    /// Connects and reads whatever happens from now on.
    ///
    /// # Errors
    /// The relay does not let it in.
    pub async fn start(relay: SocketAddr, token: &str) -> anyhow::Result<Self> {
        let mut request = format!("ws://{relay}/v1/stream").into_client_request()?;
        let headers = request.headers_mut();
        headers.insert("authorization", format!("Bearer {token}").parse()?);
        headers.insert("sec-websocket-protocol", SUBPROTOCOL.parse()?);
        let (mut socket, _) = connect_async(request).await?;
        let hello = ClientFrame::Hello(Hello {
            protocol: PROTOCOL,
            client: "rig".to_owned(),
            device: DeviceId(smsdesk::clock::new_id()),
            epoch: None,
            after: None,
        });
        say(&mut socket, &hello).await?;
        let (end, told) = watch::channel(None);
        let reading = tokio::spawn(read(socket, told));
        Ok(Self { end, reading })
    }

    /// Reads on up to `head` and tells what it saw.
    ///
    /// # Errors
    /// The relay closed the stream before.
    pub async fn until(self, head: u64) -> anyhow::Result<Seen> {
        self.end.send_replace(Some(head));
        self.reading.await?
    }
}

async fn say(socket: &mut Socket, frame: &ClientFrame) -> anyhow::Result<()> {
    let text = serde_json::to_string(frame)?;
    socket.send(Message::text(text)).await?;
    Ok(())
}

async fn read(mut socket: Socket, mut end: watch::Receiver<Option<u64>>) -> anyhow::Result<Seen> {
    let (mut seen, mut at) = (Seen::default(), 0);
    loop {
        if end.borrow().is_some_and(|end| at >= end) {
            return Ok(seen);
        }
        let message = tokio::select! {
            // A sender that is gone was dropped with the whole run.
            _ = end.changed() => continue,
            message = socket.next() => message.context("the relay closed the stream")??,
        };
        let Message::Text(text) = message else {
            continue;
        };
        match serde_json::from_str(&text)? {
            RelayFrame::Batch(batch) => {
                seen.take(&batch);
                at = batch.to.0;
                say(&mut socket, &ClientFrame::Ack { seq: batch.to }).await?;
            }
            RelayFrame::CaughtUp { head, .. } => at = at.max(head.0),
            _ => {}
        }
    }
}

impl Seen {
    fn take(&mut self, batch: &Batch) {
        for change in &batch.changes {
            let Content::Known(Record::Entry(entry)) = &change.content else {
                continue;
            };
            let Some(status) = entry.status else { continue };
            let Some(before) = self.statuses.insert(entry.id, status) else {
                continue;
            };
            self.steps += u64::from(before != status);
            if status < before {
                let id = entry.id;
                self.backwards
                    .push(format!("{id} from {before:?} to {status:?}"));
            }
        }
    }
}
