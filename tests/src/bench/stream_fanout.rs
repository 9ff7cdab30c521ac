//! Webhook posted to frame at each of a thousand clients, at a steady rate.

use super::ack::steadily;
use super::figure::{Figure, Goal};
use super::relay::Relay;
use super::stream_crowd::{Socket, ack, batch_end, connect};
use super::{Bench, ms, proc, quantile};
use anyhow::Context as _;
use futures_util::StreamExt as _;
use smsdesk_common::feed::Content;
use smsdesk_common::record::Record;
use smsdesk_common::stream::RelayFrame;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Clients that listen.
const CLIENTS: usize = 1_000;
/// Texts a second.
const RATE: u64 = 500;
/// Seconds of the measurement.
const SECONDS: u64 = 8;
/// Customers that write.
const CUSTOMERS: u64 = 500;
/// What the slowest one in a hundred should take at most, over all clients, in milliseconds.
const P99_MS_MAX: f64 = 60.0;
/// How long the last of them may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What one client saw: until where, and when.
type Seen = Vec<(u64, Instant)>;

pub(super) fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    bench.block_on(async {
        let relay = Relay::start().await?;
        let token = relay.join().await?.token;
        let before = relay.rss_mb()?;
        let mut sockets = connect(&relay, &token, CLIENTS, None).await?;
        let first = sockets.pop().context("no client")?;
        let numbers: Vec<_> = bench.numbers(RATE * SECONDS).collect();
        let last = numbers.last().copied().context("no text")?;
        let requests: Vec<_> = numbers
            .iter()
            .map(|number| relay.webhook(*number, CUSTOMERS))
            .collect();
        let (tell, end) = tokio::sync::watch::channel(u64::MAX);
        let mut clients = JoinSet::new();
        for socket in sockets {
            clients.spawn(listen(socket, end.clone()));
        }
        let reading = tokio::spawn(read(first, format!("SM{last:032x}")));
        let cpu = proc::cpu(relay.pid()?)?;
        let began = Instant::now();
        let mut acks = steadily(relay.address, requests, RATE).await?;
        let texts = tokio::time::timeout(PATIENCE, reading).await???;
        let cpu = proc::cpu(relay.pid()?)?.saturating_sub(cpu);
        let newest = texts.iter().map(|(seq, _)| *seq).max().unwrap_or(0);
        tell.send(newest)?;
        let mut times = Vec::new();
        while let Some(seen) = tokio::time::timeout(PATIENCE, clients.join_next()).await? {
            let seen = seen??;
            for (seq, due) in &texts {
                let at = seen.partition_point(|(to, _)| to < seq);
                let (_, at) = seen.get(at).context("a text never came")?;
                // Those that came before the reading client knew of the time are on time.
                times.push(at.saturating_duration_since(began + *due));
            }
        }
        let figures = figures(&mut times, &mut acks, cpu);
        let after = relay.rss_mb()?;
        relay.stop()?;
        let kb = (after - before) * 1_024.0 / f64::from(u32::try_from(CLIENTS)?);
        let mut figures = figures;
        figures.push(Figure::told("busy client, memory of the relay", kb, "KB"));
        Ok(figures)
    })
}

fn figures(times: &mut [Duration], acks: &mut [Duration], cpu: Duration) -> Vec<Figure> {
    let name = |what| format!("webhook → {CLIENTS} clients at {RATE}/s, {what}");
    vec![
        Figure::told(name("p50"), ms(quantile(times, 0.5)), "ms"),
        Figure::told(name("p99"), ms(quantile(times, 0.99)), "ms")
            .goal(Goal::AtMost(P99_MS_MAX))
            .limit("from the time that each was due; the clients share the machine"),
        Figure::told(name("p99 of the 200"), ms(quantile(acks, 0.99)), "ms"),
        Figure::told(name("CPU of the relay"), cpu.as_secs_f64(), "s"),
    ]
}

/// Where the client stood, and when, until it has seen the end.
async fn listen(
    mut socket: Socket,
    mut end: tokio::sync::watch::Receiver<u64>,
) -> anyhow::Result<Seen> {
    let mut seen = Seen::new();
    loop {
        let newest = seen.last().map_or(0, |(to, _)| *to);
        if newest >= *end.borrow_and_update() {
            return Ok(seen);
        }
        tokio::select! {
            message = socket.next() => {
                let message = message.context("the relay closed the stream")??;
                if let Some(to) = message.to_text().ok().and_then(batch_end) {
                    seen.push((to, Instant::now()));
                    ack(&mut socket, to).await?;
                }
            }
            changed = end.changed() => changed?,
        }
    }
}

/// The seq of each text, and when it was due after the beginning: in the order of their numbers.
async fn read(mut socket: Socket, last: String) -> anyhow::Result<Vec<(u64, Duration)>> {
    let mut seqs: BTreeMap<String, u64> = BTreeMap::new();
    while !seqs.contains_key(&last) || seqs.len() < usize::try_from(RATE * SECONDS)? {
        let message = socket
            .next()
            .await
            .context("the relay closed the stream")??;
        let Ok(RelayFrame::Batch(batch)) = serde_json::from_str(message.to_text()?) else {
            continue;
        };
        for change in &batch.changes {
            if let Content::Known(Record::Entry(entry)) = &change.content
                && let Some(sid) = &entry.sid
            {
                seqs.entry(sid.clone()).or_insert(change.seq.0);
            }
        }
        ack(&mut socket, batch.to.0).await?;
    }
    let dues = (0u32..).map(|n| Duration::from_secs(1) * n / u32::try_from(RATE).unwrap_or(1));
    Ok(seqs.into_values().zip(dues).collect())
}
