//! Faults at chosen places: death at the Nth system call, a disk that refuses, a clock that jumps.

pub mod clock;
pub mod disk;
pub mod sweep;

use super::check::{self, Violations};
use super::http::Connection;
use super::ledger::Ledger;
use super::options::Options;
use super::provider::{Provider, customer};
use super::relay::Relay;
use super::{Outcome, Place, strace};
use anyhow::Context as _;
use smsdesk_common::api::messages::SendMessage;
use smsdesk_common::ids::EntryId;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long an answer of the relay's may take before the rig itself gives up.
const ANSWER: Duration = Duration::from_secs(10);
/// How long the relay may take until nothing is under way any more.
const SETTLE: Duration = Duration::from_secs(30);
/// How often to look.
const LOOK: Duration = Duration::from_millis(15);

/// Runs the parts that are wanted.
///
/// # Errors
/// The rig itself fails.
pub async fn run(options: &Options) -> anyhow::Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    let missing = strace::missing();
    for part in ["sweep", "disk", "clock"] {
        if !options.wants(part) {
            continue;
        }
        let place = Place::new(options, part).await?;
        if let Some(reason) = missing.as_ref().filter(|_| part != "clock") {
            outcomes.push(place.skipped(reason));
            continue;
        }
        outcomes.push(match part {
            "sweep" => sweep::run(place, options).await?,
            "disk" => disk::run(place, options).await?,
            _ => clock::run(place, options).await?,
        });
    }
    Ok(outcomes)
}

/// A database with an agent, copied for each run, and a provider that all runs share.
pub struct Stage {
    place: Place,
    provider: Provider,
    template: PathBuf,
    token: String,
    runs: u64,
}

impl Stage {
    async fn new(place: Place, options: &Options) -> anyhow::Result<Self> {
        let provider = Provider::start(place.address, options.seed).await?;
        let mut relay = place.relay("template", provider.simulator.base_url())?;
        relay.start().await?;
        let token = relay.join("Ana").await?.token;
        let status = relay.terminate().await?;
        anyhow::ensure!(status.success(), "the relay ends with {status}");
        Ok(Self {
            template: relay.database(),
            place,
            provider,
            token,
            runs: 0,
        })
    }

    /// A relay that is not started, on a copy of its own; the provider has forgotten the last run.
    fn fresh(&mut self) -> anyhow::Result<Relay> {
        self.provider.forget();
        self.runs += 1;
        let name = format!("run-{}", self.runs);
        let relay = self
            .place
            .relay(&name, self.provider.simulator.base_url())?;
        std::fs::copy(&self.template, relay.database())?;
        // Commits may still be in the log: a relay that ends does not wait for its readers.
        let log = |database: &Path| database.with_extension("db-wal");
        if log(&self.template).exists() {
            std::fs::copy(log(&self.template), log(&relay.database()))?;
        }
        Ok(relay)
    }

    /// Waits until nothing is under way between the relay and its provider.
    async fn settle(&self, relay: &Relay) -> anyhow::Result<bool> {
        let end = Instant::now() + SETTLE;
        while Instant::now() < end {
            if self.provider.is_done() && relay.waiting().await? == 0 {
                return Ok(true);
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(false)
    }

    /// Ends the relay in order and makes the accounts; the folder goes where all is well.
    async fn accounts(
        &self,
        relay: &mut Relay,
        told: &Ledger,
        wrong: &mut Violations,
    ) -> anyhow::Result<()> {
        let settled = self.settle(relay).await?;
        wrong.unless(settled, || {
            format!("something is still under way after {SETTLE:?}")
        });
        let status = relay.terminate().await?;
        wrong.unless(status.success(), || {
            format!("after SIGTERM the relay ends with {status}")
        });
        wrong.0.extend(relay.panics());
        self.provider.count()?;
        let mut ledger = self.provider.ledger();
        ledger.saved.extend(told.saved.clone());
        ledger.texts.extend(told.texts.clone());
        let database = check::open(&relay.database())?;
        check::soundness(&database, wrong)?;
        check::acknowledged(&database, &ledger, wrong)?;
        check::sends(&database, &self.provider.messages().1, wrong)?;
        check::saved(&database, &[], &ledger, wrong)?;
        drop(database);
        if wrong.0.is_empty() {
            std::fs::remove_dir_all(relay.folder())?;
        }
        Ok(())
    }

    /// Ends the provider and says how it went.
    async fn outcome(mut self, summary: &str, wrong: Violations) -> Outcome {
        self.provider.end().await;
        self.place.outcome(summary, wrong)
    }
}

/// Asks for a reply to customer `n`. The entry's id and the status of the answer.
async fn reply(relay: &Relay, token: &str, n: u64, body: &str) -> anyhow::Result<(String, u16)> {
    let id = EntryId(smsdesk::clock::new_id());
    let message = SendMessage {
        id: Some(id),
        to: Some(customer(n)),
        body: body.to_owned(),
        ..SendMessage::default()
    };
    let json = serde_json::to_string(&message)?;
    let asked = async {
        let mut line = Connection::open(relay.address).await?;
        line.api("POST", "/v1/messages", token, &json).await
    };
    let answer = tokio::time::timeout(ANSWER, asked).await??;
    Ok((id.to_string(), answer.status))
}

/// The processor time that a process has used, in clock ticks (usually 10 ms).
fn ticks(pid: u32) -> anyhow::Result<u64> {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat"))?;
    let (_, after) = stat.rsplit_once(')').context("stat")?;
    let fields: Vec<_> = after.split_whitespace().collect();
    let at = |n: usize| fields.get(n).and_then(|field| field.parse::<u64>().ok());
    Ok(at(11).context("utime")? + at(12).context("stime")?)
}
