//! SIGKILL at random moments, to relay and apps under load; then peace, and the accounts.

use super::apps::App;
use super::check::{self, Violations};
use super::ledger::Ledger;
use super::options::Options;
use super::provider::Provider;
use super::relay::{Relay, Started};
use super::{Outcome, Place, verdict};
use crate::random::Random;
use anyhow::Context as _;
use reqwest::Client;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Apps at the desk.
const APPS: [&str; 2] = ["ana", "bo"];
/// Texts that come in just before each kill, so that some are under way when it comes.
const BURST: u64 = 24;
/// A short life of the relay: it is killed while it serves its first requests.
const SHORT_MS: u64 = 250;
/// A long life: apps have come back and caught up.
const LONG_MS: u64 = 1_500;
/// How long everything may take to be in step again after the last kill.
const PEACE: Duration = Duration::from_secs(120);
/// The same where the relay reads the provider's lists at its own pace: every five minutes.
const PEACE_PACED: Duration = Duration::from_secs(480);
/// How often to look whether the lists have brought everything.
const LOOK_AT_LISTS: Duration = Duration::from_millis(500);
/// How long nothing may change before the accounts are made: longer than it takes until a list is
/// believed about a text's status and price, and read once more.
const STILL: Duration = Duration::from_millis(4_500);
/// How often to look.
const LOOK: Duration = Duration::from_millis(50);

/// Runs it.
///
/// # Errors
/// The rig itself fails; what the relay does wrong is in the outcome.
pub async fn run(options: &Options) -> anyhow::Result<Outcome> {
    let mut place = Place::new(options, "kills").await?;
    let peace_max = if place.hurry() { PEACE } else { PEACE_PACED };
    let mut war = War::start(&mut place, options).await?;
    let began = Instant::now();
    let mut kills = [0_u64; 2];
    while kills.iter().sum::<u64>() < options.count {
        let killed = war.battle().await?;
        kills[0] += killed[0];
        kills[1] += killed[1];
    }
    let took = began.elapsed();
    war.peace(peace_max).await?;
    let peace = began.elapsed() - took;
    let mut wrong = Violations::default();
    let (ledger, compared) = war.accounts(&mut wrong).await?;
    let summary = format!(
        "{} kills of the relay, {} of apps in {:.0} s, {} during a start; {} webhooks and {} \
         reports acknowledged, {} refused; {} texts saved, {} at the provider; in step after \
         {:.1} s; {compared}",
        kills[0],
        kills[1],
        took.as_secs_f64(),
        war.at_start,
        ledger.texts.len(),
        ledger.reports.len(),
        ledger.refused,
        ledger.saved.len(),
        war.provider.messages().1.len(),
        peace.as_secs_f64(),
    );
    war.provider.end().await;
    Ok(place.outcome(&summary, wrong))
}

struct War {
    relay: Relay,
    apps: Vec<App>,
    provider: Provider,
    random: Random,
    texts: Arc<AtomicU64>,
    writing: JoinSet<bool>,
    counting: tokio::task::JoinHandle<anyhow::Result<()>>,
    at_start: u64,
}

impl War {
    async fn start(place: &mut Place, options: &Options) -> anyhow::Result<Self> {
        let provider = Provider::start(place.address, options.seed).await?;
        let mut relay = place.relay("desk", provider.simulator.base_url())?;
        relay.start().await?;
        let mut random = Random::new(options.seed);
        let mut apps = Vec::new();
        for name in APPS {
            let joined = relay.join(name).await?;
            let ledger = Arc::clone(&provider.ledger);
            let folder = place.folder().join(name);
            apps.push(App::new(name, &folder, joined, ledger, random.number()));
        }
        for app in &mut apps {
            app.start()?;
        }
        let mut war = Self {
            relay,
            apps,
            counting: provider.counting(),
            provider,
            random,
            texts: Arc::default(),
            writing: JoinSet::new(),
            at_start: 0,
        };
        // Everybody has somebody to answer before it begins.
        war.burst(4 * BURST);
        while war.writing.join_next().await.is_some() {}
        war.provider.rage()?;
        Ok(war)
    }

    /// Customers write, all at once.
    fn burst(&mut self, count: u64) {
        for _ in 0..count {
            let (provider, mut random) = (self.provider.clone(), self.random.split());
            let number = self.texts.fetch_add(1, Ordering::Relaxed);
            self.writing
                .spawn(async move { provider.writes(&mut random, number).await });
        }
        while self.writing.try_join_next().is_some() {}
    }

    /// One life of one party, and its end. How often relay and apps were killed.
    async fn battle(&mut self) -> anyhow::Result<[u64; 2]> {
        let life = if self.random.one_in(4) {
            LONG_MS
        } else {
            SHORT_MS
        };
        let life = Duration::from_millis(self.random.below(life));
        let (calm, storm) = (life.mul_f64(0.8), life.mul_f64(0.2));
        self.burst(BURST / 3);
        tokio::time::sleep(calm).await;
        self.burst(BURST);
        if self.random.one_in(2) {
            tokio::time::sleep(storm).await;
        } else {
            self.wait_for_promise().await;
        }
        let victim = self.random.place(4 + APPS.len());
        let mut killed = [0, 0];
        // All at once now and then, as when the machine's supervisor goes.
        let everybody = self.random.one_in(16);
        if everybody || victim >= 4 {
            let chosen = victim.saturating_sub(4);
            for (n, app) in self.apps.iter_mut().enumerate() {
                if everybody || n == chosen {
                    app.kill()?;
                    app.start()?;
                    killed[1] += 1;
                }
            }
        }
        if everybody || victim < 4 {
            killed[0] += self.kill_relay().await?;
        }
        Ok(killed)
    }

    /// Waits until a text of the burst was acknowledged: what is killed now has just made a promise.
    async fn wait_for_promise(&mut self) {
        let mut promises = 1 + self.random.below(BURST);
        while promises > 0 {
            match self.writing.join_next().await {
                Some(Ok(true)) => promises -= 1,
                Some(_) => {}
                None => return,
            }
        }
    }

    /// Kills the relay, starts it, and now and then kills it again before it serves.
    async fn kill_relay(&mut self) -> anyhow::Result<u64> {
        let mut kills = 1;
        self.relay.kill()?;
        self.relay.spawn()?;
        while self.random.one_in(5) {
            tokio::time::sleep(Duration::from_millis(self.random.below(60))).await;
            self.relay.kill()?;
            self.relay.spawn()?;
            kills += 1;
            self.at_start += 1;
        }
        match self.relay.ready().await? {
            Started::Ready => Ok(kills),
            Started::Ended(status) => {
                let log = self.relay.log();
                anyhow::bail!("the relay did not come back: {status}\n{log}")
            }
        }
    }

    /// Nobody dies any more, agents rest, and everything comes into step.
    async fn peace(&mut self, limit: Duration) -> anyhow::Result<()> {
        self.provider.heal();
        while self.writing.join_next().await.is_some() {}
        for app in &mut self.apps {
            // An app that starts has no long pause before its next try.
            app.kill()?;
            app.start()?;
            app.rest()?;
        }
        let end = Instant::now() + limit;
        let mut still: Option<(Instant, String)> = None;
        while Instant::now() < end {
            tokio::time::sleep(LOOK).await;
            let place = self.head().await?;
            let stands: Vec<_> = self.apps.iter().map(App::stands).collect();
            let in_step = self.provider.is_done()
                && self.relay.unsettled().await? == 0
                && stands
                    .iter()
                    .all(|app| app.waiting == 0 && app.cursor == place);
            if in_step && still.is_none() && !self.is_reconciled()? {
                tokio::time::sleep(LOOK_AT_LISTS).await;
                continue;
            }
            match (&still, in_step) {
                (Some((since, before)), true) if *before == place => {
                    if since.elapsed() >= STILL {
                        return Ok(());
                    }
                }
                (_, true) => still = Some((Instant::now(), place)),
                (_, false) => still = None,
            }
        }
        // What is not in step is found by the accounts, in words that say what it is.
        Ok(())
    }

    /// Whether the provider's lists have brought what its webhooks did not.
    fn is_reconciled(&self) -> anyhow::Result<bool> {
        let relay = check::open(&self.relay.database())?;
        let (inbound, sent) = self.provider.messages();
        let mut missing = Violations::default();
        check::reconciled(&relay, &inbound, &sent, &mut missing)?;
        Ok(missing.0.is_empty())
    }

    /// Where a whole copy of the relay's feed would stand: `0 HEAD DIGEST`.
    async fn head(&self) -> anyhow::Result<String> {
        let app = self.apps.first().context("no app")?;
        let url = format!("http://{}/v1/changes?before=1&limit=1", self.relay.address);
        let answer = Client::new()
            .get(url)
            .bearer_auth(app.token())
            .send()
            .await?;
        let page: Value = answer.error_for_status()?.json().await?;
        let digest = page["digest"].as_str().unwrap_or_default();
        Ok(format!("0 {} {digest}", page["head"]))
    }

    /// Ends everything in the ordinary way and compares.
    async fn accounts(&mut self, wrong: &mut Violations) -> anyhow::Result<(Ledger, String)> {
        let place = self.head().await?;
        for app in &mut self.apps {
            let stands = app.stands();
            wrong.unless(stands.cursor == place && stands.waiting == 0, || {
                format!(
                    "{} stands at {} with {} requests, the relay at {place}",
                    app.name(),
                    stands.cursor,
                    stands.waiting
                )
            });
            app.leave().await?;
        }
        let compared = verdict::of_relay(&self.relay, wrong).await?;
        let status = self.relay.terminate().await?;
        wrong.unless(status.success(), || {
            format!("after SIGTERM the relay ends with {status}")
        });
        wrong.0.extend(self.relay.panics());
        self.provider.count()?;
        anyhow::ensure!(
            !self.counting.is_finished(),
            "the rig's own count has failed"
        );
        let ledger = self.provider.ledger();
        let relay = check::open(&self.relay.database())?;
        let feed = check::soundness(&relay, wrong)?;
        check::acknowledged(&relay, &ledger, wrong)?;
        let (inbound, sent) = self.provider.messages();
        check::sends(&relay, &sent, wrong)?;
        check::reconciled(&relay, &inbound, &sent, wrong)?;
        let mut outboxes = Vec::new();
        for app in &self.apps {
            outboxes.push(check::open(&app.folder().join("outbox.db"))?);
            let cache = check::open(&app.folder().join("cache.db"))?;
            check::copy(app.name(), &cache, &feed, wrong)?;
        }
        check::saved(&relay, &outboxes, &ledger, wrong)?;
        Ok((ledger, compared))
    }
}
