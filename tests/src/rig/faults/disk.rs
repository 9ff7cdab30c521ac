//! A disk that refuses for a while: full, or faulty. The relay must say 503 in time, promise
//! nothing that it does not keep, go on reading, and recover by itself.

use super::{ANSWER, Stage};
use crate::rig::check::Violations;
use crate::rig::http::{Answer, Connection};
use crate::rig::ledger::Ledger;
use crate::rig::options::Options;
use crate::rig::provider::customer;
use crate::rig::relay::{Relay, signal};
use crate::rig::{Outcome, Place, strace};
use anyhow::Context as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What the disk does: in words, which calls, which error.
const FAULTS: [(&str, &str, &str); 4] = [
    ("full", "pwrite64,ftruncate", "ENOSPC"),
    ("full at syncs", "fdatasync,fsync", "ENOSPC"),
    ("faulty writes", "pwrite64,ftruncate", "EIO"),
    ("faulty syncs", "fdatasync,fsync", "EIO"),
];
/// How long it lasts.
const OUTAGE: Duration = Duration::from_secs(2);
/// How long it lasts where a busy machine has brought nothing to be refused yet.
const OUTAGE_MAX: Duration = Duration::from_secs(30);
/// How soon a webhook must be answered meanwhile: a third of what Twilio waits, and much for a machine
/// that is busy with other things.
const REFUSAL: Duration = Duration::from_secs(5);
/// How soon after the end a webhook must be taken again.
const RECOVERY: Duration = Duration::from_secs(30);
/// How long strace may take to hold on to every thread, or to let go.
const ATTACH: Duration = Duration::from_secs(30);
/// How often to look, and the pause between two webhooks.
const LOOK: Duration = Duration::from_millis(20);
/// Webhooks before and after.
const TEXTS: u64 = 10;

/// Runs it.
///
/// # Errors
/// The rig itself fails.
pub async fn run(place: Place, options: &Options) -> anyhow::Result<Outcome> {
    let mut stage = Stage::new(place, options).await?;
    let mut wrong = Violations::default();
    let mut summaries = Vec::new();
    for (words, calls, error) in FAULTS {
        for end in [End::Peace, End::Kill] {
            let mut found = Violations::default();
            let mut run = Run {
                relay: stage.fresh()?,
                told: Ledger::default(),
                number: 0,
                refused: 0,
                slowest: Duration::ZERO,
            };
            let rule = format!("{calls}:error={error}");
            let recovered = run.outage(&stage, &rule, end, &mut found).await?;
            summaries.push(format!(
                "{words} ({end:?}): {} refused, slowest {:.2} s, well again after {:.2} s",
                run.refused,
                run.slowest.as_secs_f64(),
                recovered.as_secs_f64()
            ));
            let told = run.told.clone();
            stage.accounts(&mut run.relay, &told, &mut found).await?;
            wrong.each(&format!("{words} ({end:?})"), found.0);
        }
    }
    Ok(stage.outcome(&summaries.join("; "), wrong).await)
}

/// What ends an outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The disk is well again.
    Peace,
    /// The relay is killed, and the disk is well again.
    Kill,
}

struct Run {
    relay: Relay,
    told: Ledger,
    number: u64,
    refused: u64,
    slowest: Duration,
}

impl Run {
    /// Before, during and after; says how long the relay took to be well again.
    async fn outage(
        &mut self,
        stage: &Stage,
        rule: &str,
        end: End,
        wrong: &mut Violations,
    ) -> anyhow::Result<Duration> {
        self.relay.start().await?;
        self.good("before", wrong).await?;
        let mut tracer = attach(self.relay.pid()?, rule).await?;
        let outage = Instant::now();
        let mut reads = 0;
        let lasts = |bare: bool| outage.elapsed() < if bare { OUTAGE_MAX } else { OUTAGE };
        while lasts(self.refused == 0 || reads == 0) {
            let began = Instant::now();
            match self.webhook().await {
                Ok(503) => self.refused += 1,
                // Whether that is true the accounts will tell.
                Ok(200) => {}
                other => wrong.unless(false, || format!("a webhook meanwhile: {other:?}")),
            }
            let took = began.elapsed();
            self.slowest = self.slowest.max(took);
            wrong.unless(took <= REFUSAL, || format!("an answer took {took:?}"));
            let read = self.read(&stage.token).await;
            reads += u32::from(matches!(&read, Ok(answer) if answer.status == 200));
            wrong.unless(matches!(&read, Ok(answer) if answer.status == 200), || {
                let status = read.map(|answer| answer.status);
                format!("a read meanwhile: {status:?}")
            });
            if let Some(status) = self.relay.ended()? {
                wrong.0.push(format!("the relay ended meanwhile: {status}"));
                break;
            }
            tokio::time::sleep(LOOK).await;
        }
        wrong.unless(self.refused > 0 && reads > 0, || {
            "nothing was refused".to_owned()
        });
        if end == End::Kill || self.relay.ended()?.is_some() {
            self.relay.kill()?;
            detach(&mut tracer).await?;
            self.relay.start().await?;
        } else {
            detach(&mut tracer).await?;
        }
        let recovered = self.recovers(wrong).await;
        self.good("after", wrong).await?;
        // What was promised must not depend on an orderly end.
        self.relay.kill()?;
        self.relay.start().await?;
        Ok(recovered)
    }

    /// Posts one webhook; notes a promise.
    async fn webhook(&mut self) -> anyhow::Result<u16> {
        self.number += 1;
        let sid = format!("SM{:032x}", self.number);
        let (from, body) = (customer(self.number % 7), format!("disk {}", self.number));
        let asked = async {
            let mut line = Connection::open(self.relay.address).await?;
            line.webhook(&sid, &from, &body).await
        };
        let answer = tokio::time::timeout(ANSWER, asked).await??;
        if (200..300).contains(&answer.status) {
            self.told.texts.insert(sid, smsdesk::clock::now());
        }
        Ok(answer.status)
    }

    async fn read(&self, token: &str) -> anyhow::Result<Answer> {
        let asked = async {
            let mut line = Connection::open(self.relay.address).await?;
            line.api("GET", "/v1/changes?after=0&limit=5", token, "")
                .await
        };
        tokio::time::timeout(ANSWER, asked).await?
    }

    /// Some webhooks, all of which must be taken.
    async fn good(&mut self, when: &str, wrong: &mut Violations) -> anyhow::Result<()> {
        for _ in 0..TEXTS {
            let status = self.webhook().await;
            wrong.unless(matches!(status, Ok(200)), || {
                format!("a webhook {when}: {status:?}")
            });
        }
        Ok(())
    }

    async fn recovers(&mut self, wrong: &mut Violations) -> Duration {
        let began = Instant::now();
        while began.elapsed() < RECOVERY {
            if matches!(self.webhook().await, Ok(200)) {
                return began.elapsed();
            }
            tokio::time::sleep(LOOK).await;
        }
        wrong
            .0
            .push(format!("no webhook is taken {RECOVERY:?} after the end"));
        began.elapsed()
    }
}

/// Spoils calls of a running process from now on.
async fn attach(pid: u32, rule: &str) -> anyhow::Result<Child> {
    let calls = rule.split(':').next().unwrap_or_default();
    let options =
        format!("-f -o /dev/null -e signal=none -e trace={calls} -e inject={rule} -p {pid}");
    let mut tracer = Command::new("strace")
        .args(strace::words(&options))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let end = Instant::now() + ATTACH;
    while Instant::now() < end {
        if let Some(status) = tracer.try_wait()? {
            anyhow::bail!("strace cannot hold on to process {pid}: {status}");
        }
        if is_traced(pid)? {
            return Ok(tracer);
        }
        tokio::time::sleep(LOOK).await;
    }
    anyhow::bail!("strace does not hold on to process {pid}")
}

/// Whether strace has every thread.
fn is_traced(pid: u32) -> anyhow::Result<bool> {
    for task in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let status = std::fs::read_to_string(task?.path().join("status"))?;
        let tracer = status
            .lines()
            .find_map(|line| line.strip_prefix("TracerPid:"));
        if tracer.context("no TracerPid")?.trim() == "0" {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Lets the calls through again.
async fn detach(tracer: &mut Child) -> anyhow::Result<()> {
    if tracer.try_wait()?.is_none() {
        signal(tracer.id(), "TERM")?;
    }
    let end = Instant::now() + ATTACH;
    while Instant::now() < end {
        if tracer.try_wait()?.is_some() {
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
    anyhow::bail!("strace does not let go")
}
