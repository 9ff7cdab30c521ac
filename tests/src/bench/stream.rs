//! Webhook posted to `batch` frame at a client, at a steady rate.

use super::relay::Relay;
use super::webhooks::{exchange, next_number};
use super::{ms, quantile};
use anyhow::Context as _;
use futures_util::{SinkExt as _, StreamExt as _};
use smsdesk_common::feed::Content;
use smsdesk_common::ids::DeviceId;
use smsdesk_common::record::Record;
use smsdesk_common::stream::{ClientFrame, Hello, PROTOCOL, RelayFrame, SUBPROTOCOL};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Seconds of one measurement.
const SECONDS: u64 = 8;
/// Customers that write.
const CUSTOMERS: u64 = 500;
/// Connections over which the provider posts.
const CONNECTIONS: usize = 16;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub(super) async fn report(relay: &Relay, rate: u64) -> anyhow::Result<()> {
    let socket = connect(relay).await?;
    let count = rate * SECONDS;
    let requests: Vec<_> = (0..count)
        .map(|_| {
            let number = next_number();
            (format!("SM{number:032x}"), relay.webhook(number, CUSTOMERS))
        })
        .collect();
    let sids: Vec<_> = requests.iter().map(|(sid, _)| sid.clone()).collect();
    let listening = tokio::spawn(listen(socket, sids));
    let posted = post(relay, requests, rate).await?;
    let seen = tokio::time::timeout(Duration::from_secs(20), listening).await???;
    let mut times: Vec<Duration> = posted
        .iter()
        .filter_map(|(sid, at)| seen.get(sid).map(|seen| seen.duration_since(*at)))
        .collect();
    anyhow::ensure!(
        times.len() == posted.len(),
        "{} of {} came",
        times.len(),
        posted.len()
    );
    println!(
        "webhook → client at {rate}/s: p50 {}, p99 {}",
        ms(quantile(&mut times, 0.5)),
        ms(quantile(&mut times, 0.99)),
    );
    Ok(())
}

async fn connect(relay: &Relay) -> anyhow::Result<Socket> {
    let joined = relay.join().await?;
    let mut request = format!("ws://{}/v1/stream", relay.address).into_client_request()?;
    let headers = request.headers_mut();
    headers.insert("authorization", format!("Bearer {}", joined.token).parse()?);
    headers.insert("sec-websocket-protocol", SUBPROTOCOL.parse()?);
    let (mut socket, _) = connect_async(request).await?;
    let hello = ClientFrame::Hello(Hello {
        protocol: PROTOCOL,
        client: "bench".to_owned(),
        device: DeviceId(smsdesk::clock::new_id()),
        epoch: None,
        after: None,
    });
    socket
        .send(Message::text(serde_json::to_string(&hello)?))
        .await?;
    Ok(socket)
}

/// When each text was seen.
async fn listen(
    mut socket: Socket,
    sids: Vec<String>,
) -> anyhow::Result<BTreeMap<String, Instant>> {
    let mut seen = BTreeMap::new();
    while seen.len() < sids.len() {
        let message = socket
            .next()
            .await
            .context("the relay closed the stream")??;
        let now = Instant::now();
        let Message::Text(text) = message else {
            continue;
        };
        let RelayFrame::Batch(batch) = serde_json::from_str(&text)? else {
            continue;
        };
        for change in &batch.changes {
            if let Content::Known(Record::Entry(entry)) = &change.content
                && let Some(sid) = &entry.sid
            {
                seen.entry(sid.clone()).or_insert(now);
            }
        }
        let ack = serde_json::to_string(&ClientFrame::Ack { seq: batch.to })?;
        socket.send(Message::text(ack)).await?;
    }
    Ok(seen)
}

/// Posts at a steady rate; when each was posted.
async fn post(
    relay: &Relay,
    requests: Vec<(String, Vec<u8>)>,
    rate: u64,
) -> anyhow::Result<Vec<(String, Instant)>> {
    let mut lanes = Vec::new();
    let mut workers = Vec::new();
    for _ in 0..CONNECTIONS {
        let (lane, mut inbox) = mpsc::channel::<Vec<u8>>(1_024);
        let mut stream = TcpStream::connect(relay.address).await?;
        stream.set_nodelay(true)?;
        lanes.push(lane);
        workers.push(tokio::spawn(async move {
            while let Some(request) = inbox.recv().await {
                exchange(&mut stream, &request).await?;
            }
            anyhow::Ok(())
        }));
    }
    let mut beat = tokio::time::interval(Duration::from_micros(1_000_000 / rate));
    let mut posted = Vec::with_capacity(requests.len());
    for ((sid, request), lane) in requests.into_iter().zip(lanes.iter().cycle()) {
        beat.tick().await;
        posted.push((sid, Instant::now()));
        lane.send(request).await?;
    }
    drop(lanes);
    for worker in workers {
        worker.await??;
    }
    Ok(posted)
}
