//! A device that was away while ten thousand changes were made: from the connection to being up to
//! date on its disk.

use super::figure::{Figure, Goal};
use super::relay::Relay;
use super::webhooks::post;
use super::{Bench, ms};
use anyhow::Context as _;
use secrecy::SecretString;
use smsdesk::cache::Cache;
use smsdesk::event::{Event, LinkEvent, QUEUE_EVENTS_MAX};
use smsdesk::link::{self, LinkConfig, RelayUrl};
use smsdesk::model::connection::Connection;
use smsdesk_common::api::join::Joined;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

/// Changes that are missed.
const CHANGES: u64 = 10_000;
/// Changes of a text of a new customer: contact, entry and conversation.
const CHANGES_OF_TEXT: u64 = 3;
/// Customers that write, each of them once.
const CUSTOMERS: u64 = 1_000_000;
/// How long it may take, in milliseconds.
const RESUME_MS_MAX: f64 = 1_000.0;
/// When to give up.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    bench.block_on(async {
        let relay = Relay::start().await?;
        let joined = relay.join().await?;
        let home = tempfile::tempdir()?;
        live(home.path(), &joined).await?;
        let texts = CHANGES.div_ceil(CHANGES_OF_TEXT);
        // Consecutive numbers are different customers.
        let requests = bench.numbers(texts).map(|n| relay.webhook(n, CUSTOMERS));
        post(relay.address, requests.collect()).await?;
        let (took, changes) = live(home.path(), &joined).await?;
        anyhow::ensure!(changes >= CHANGES, "only {changes} changes were missed");
        relay.stop()?;
        let name = format!("resume of {changes} missed changes, on the disk");
        Ok(vec![
            Figure::told(name, ms(took), "ms").goal(Goal::AtMost(RESUME_MS_MAX)),
        ])
    })
}

/// Links the device until it is up to date; how long that took, and over how many changes.
async fn live(folder: &Path, joined: &Joined) -> anyhow::Result<(Duration, u64)> {
    let cache = Cache::open(folder)?.cache;
    let config = LinkConfig {
        relay: RelayUrl::parse(&joined.relay)?,
        token: SecretString::from(joined.token.clone()),
        client: "bench".to_owned(),
        doing: link::nobody(),
    };
    let before = cache.cursor().await?;
    let (tell, mut events) = mpsc::channel(QUEUE_EVENTS_MAX);
    let shutdown = CancellationToken::new();
    let began = Instant::now();
    let bell = Arc::new(Notify::new());
    let link = link::run(config, cache.clone(), tell, bell, shutdown.clone());
    let link = tokio::spawn(link);
    let live = async {
        while let Some(event) = events.recv().await {
            if event == Event::Link(LinkEvent::Connection(Connection::Live)) {
                return Some(began.elapsed());
            }
        }
        None
    };
    let took = tokio::time::timeout(PATIENCE, live).await?;
    let took = took.context("the link ended")?;
    shutdown.cancel();
    link.await?;
    let after = cache.cursor().await?.context("no copy")?;
    cache.close().await;
    let from = before.map_or(after.high.0, |cursor| cursor.high.0);
    Ok((took, after.high.0 - from))
}
