//! Webhook posted to `batch` frame at a client, at a steady rate.

use super::figure::{Figure, Goal};
use super::relay::Relay;
use super::webhooks::exchange;
use super::{Bench, ms, quantile};
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
/// What the slowest one in a hundred should take at most at 500 a second, in milliseconds.
const P99_MS_MAX: f64 = 10.0;
/// Connections over which the provider posts.
const CONNECTIONS: usize = 16;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub(super) fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    bench.block_on(async {
        let relay = Relay::start().await?;
        let mut figures = measure(bench, &relay, 50).await?;
        let [p50, p99] = &measure(bench, &relay, 500).await?[..] else {
            anyhow::bail!("two figures a rate");
        };
        figures.extend([p50.clone(), p99.clone().goal(Goal::AtMost(P99_MS_MAX))]);
        relay.stop()?;
        Ok(figures)
    })
}

async fn measure(bench: &Bench, relay: &Relay, rate: u64) -> anyhow::Result<Vec<Figure>> {
    let socket = connect(relay).await?;
    let requests: Vec<_> = bench
        .numbers(rate * SECONDS)
        .map(|number| (format!("SM{number:032x}"), relay.webhook(number, CUSTOMERS)))
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
    Ok([0.5, 0.99]
        .map(|share| {
            let name = format!("webhook → client at {rate}/s, p{}", share * 100.0);
            Figure::told(name, ms(quantile(&mut times, share)), "ms")
        })
        .to_vec())
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
