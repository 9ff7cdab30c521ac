//! SIGKILL at the Nth write, sync or send of a scripted run, for N over the whole run.

use super::{Stage, reply};
use crate::random::Random;
use crate::rig::check::Violations;
use crate::rig::ledger::Ledger;
use crate::rig::options::Options;
use crate::rig::relay::{Relay, Started};
use crate::rig::{Outcome, Place, strace};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// System calls at which the relay dies, those of one line together.
const CALLS: [&str; 4] = [
    "pwrite64",
    "fdatasync,fsync",
    "ftruncate,unlink",
    "sendto,writev",
];
/// Texts of the script.
const TEXTS: u64 = 10;
/// Replies of the script.
const REPLIES: u64 = 4;
/// How long the script may take where the relay does not die.
const SCRIPT: Duration = Duration::from_secs(4);
/// How often to look.
const LOOK: Duration = Duration::from_millis(10);

/// Runs it.
///
/// # Errors
/// The rig itself fails.
pub async fn run(place: Place, options: &Options) -> anyhow::Result<Outcome> {
    let mut stage = Stage::new(place, options).await?;
    let mut random = Random::new(options.seed);
    let mut wrong = Violations::default();
    let (mut runs, mut deaths, mut sizes) = (0, 0, Vec::new());
    let began = Instant::now();
    for calls in CALLS {
        let total = count(&mut stage, calls).await?;
        let points = options.points.min(total);
        sizes.push(format!("{total} {calls}"));
        for point in 0..points {
            // One in each part of the run, anywhere in the part.
            let (from, to) = (point * total / points, (point + 1) * total / points);
            let n = 1 + from + random.below(to - from);
            let rule = format!("inject={calls}:signal=SIGKILL:when={n}");
            let mut found = Violations::default();
            deaths += u64::from(die(&mut stage, calls, &rule, &mut found).await?);
            runs += 1;
            wrong.each(&format!("{calls} number {n}"), found.0);
        }
    }
    let summary = format!(
        "{deaths} deaths in {runs} runs (one thread made {}) in {:.0} s",
        sizes.join(", "),
        began.elapsed().as_secs_f64()
    );
    Ok(stage.outcome(&summary, wrong).await)
}

/// How many such calls the busiest thread makes in the script without a death.
async fn count(stage: &mut Stage, calls: &str) -> anyhow::Result<u64> {
    let mut relay = stage.fresh()?;
    let log = relay.folder().join("calls.strace");
    let options = format!("strace -f --seccomp-bpf -e signal=none -s 0 -e trace={calls} -o");
    let mut wrapper = strace::words(&options);
    wrapper.push(log.display().to_string());
    relay.spawn_under(&wrapper)?;
    script(stage, &mut relay).await?;
    relay.kill()?;
    let mut threads: BTreeMap<(String, String), u64> = BTreeMap::new();
    for line in std::fs::read_to_string(&log)?.lines() {
        let mut words = line.split_whitespace();
        let (thread, call) = (
            words.next(),
            words.next().and_then(|word| word.split_once('(')),
        );
        if let (Some(thread), Some((call, _))) = (thread, call) {
            *threads
                .entry((thread.to_owned(), call.to_owned()))
                .or_default() += 1;
        }
    }
    std::fs::remove_dir_all(relay.folder())?;
    Ok(threads.into_values().max().unwrap_or(0))
}

/// One run in which the relay may die by `rule`; says whether it did.
async fn die(
    stage: &mut Stage,
    calls: &str,
    rule: &str,
    wrong: &mut Violations,
) -> anyhow::Result<bool> {
    let mut relay = stage.fresh()?;
    // Not with --seccomp-bpf: strace 6.1 injects no signals then.
    let options = format!("strace -f -o /dev/null -e signal=none -e trace={calls} -e");
    let mut wrapper = strace::words(&options);
    wrapper.push(rule.to_owned());
    relay.spawn_under(&wrapper)?;
    let told = script(stage, &mut relay).await?;
    let died = relay.ended()?.is_some();
    relay.kill()?;
    // Who has died comes back, whatever it died of.
    relay.start().await?;
    stage.accounts(&mut relay, &told, wrong).await?;
    Ok(died)
}

/// Texts come in and replies go out, until all is done or the relay has died.
async fn script(stage: &Stage, relay: &mut Relay) -> anyhow::Result<Ledger> {
    let mut told = Ledger::default();
    if relay.ready().await? != Started::Ready {
        return Ok(told);
    }
    let mut writing = JoinSet::new();
    for number in 0..TEXTS {
        let (provider, mut random) = (stage.provider.clone(), Random::new(number));
        writing.spawn(async move {
            provider.writes(&mut random, number).await;
        });
    }
    for n in 0..REPLIES {
        let body = format!("reply {n}");
        // A relay that dies gives no answer, and then it has promised nothing.
        if let Ok((entry, 200 | 201)) = reply(relay, &stage.token, n, &body).await {
            told.saved.insert(entry, body);
        }
    }
    let end = Instant::now() + SCRIPT;
    while Instant::now() < end && relay.ended()?.is_none() {
        let sent = stage.provider.messages().1.len();
        if writing.is_empty() && sent >= told.saved.len() && stage.provider.is_done() {
            break;
        }
        while writing.try_join_next().is_some() {}
        tokio::time::sleep(LOOK).await;
    }
    while writing.join_next().await.is_some() {}
    stage.provider.count()?;
    Ok(told)
}
