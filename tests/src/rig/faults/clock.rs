//! A clock that jumps under load, forwards and backwards, by an hour and by a year. Nothing may be
//! stuck, doubled, out of order or busy for nothing.

use super::{Stage, reply, ticks};
use crate::process::Program;
use crate::random::Random;
use crate::rig::check::{self, Violations};
use crate::rig::ledger::Ledger;
use crate::rig::options::Options;
use crate::rig::relay::Relay;
use crate::rig::{Outcome, Place, ROLE, serve};
use smsdesk_common::time::Timestamp;
use smsdesk_relay::Tempo;
use smsdesk_relay::clock::Clock;
use smsdesk_relay::twilio::simulator::{Knobs, Rate};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Names the file beside the configuration that says how wrong the clock is, in milliseconds.
const OFFSET: &str = "clock-offset";
/// An hour in milliseconds.
const HOUR: i64 = 3_600_000;
/// A year in milliseconds.
const YEAR: i64 = 365 * 24 * HOUR;
/// Where the clock stands, one after the other.
const JUMPS: [i64; 9] = [0, HOUR, 0, -HOUR, 0, YEAR, 0, -YEAR, 0];
/// Texts and replies after each jump.
const TEXTS: u64 = 8;
/// Replies that the provider puts off just before each jump.
const PUT_OFF: u64 = 3;
/// How long everything may take after a jump: a first pause and much for a slow machine.
const SOON: Duration = Duration::from_secs(60);
/// How long the relay is watched at rest.
const REST: Duration = Duration::from_secs(1);
/// Clock ticks that it may use meanwhile, of a hundred.
const REST_TICKS_MAX: u64 = 30;
/// How often to look.
const LOOK: Duration = Duration::from_millis(20);

/// The role of a relay whose clock is wrong. A command other than `serve` goes by the right one.
///
/// # Errors
/// It cannot start.
pub fn relay() -> anyhow::Result<ExitCode> {
    serve::relay(Tempo::STANDARD, |config| {
        let offset = config.with_file_name(OFFSET);
        let right = Clock::system();
        Clock::from_fn(move || {
            let text = std::fs::read_to_string(&offset).unwrap_or_default();
            right.now().plus_millis(text.trim().parse().unwrap_or(0))
        })
    })
}

/// Runs it. A relay that was named keeps its own clock and cannot be used.
///
/// # Errors
/// The rig itself fails.
pub async fn run(mut place: Place, options: &Options) -> anyhow::Result<Outcome> {
    place.program = Program {
        path: std::env::current_exe()?,
        environment: vec![(ROLE, "clock-relay")],
    };
    let mut stage = Stage::new(place, options).await?;
    let mut relay = stage.fresh()?;
    set(&relay, 0)?;
    relay.start().await?;
    let mut wrong = Violations::default();
    let mut run = Run {
        told: Ledger::default(),
        random: Random::new(options.seed),
        texts: 0,
        replies: 0,
        busiest: 0,
        slowest: Duration::ZERO,
    };
    for jump in JUMPS {
        run.jump(&stage, &relay, jump, &mut wrong).await?;
    }
    let out_of_order = order(&relay, &mut wrong)?;
    let told = run.told.clone();
    stage.accounts(&mut relay, &told, &mut wrong).await?;
    let summary = format!(
        "{} jumps, {} texts and {} replies; all done at most {:.1} s after a jump; at rest at \
         most {} of 100 ticks; {out_of_order} times an entry says a time before that of an \
         older one",
        JUMPS.len() - 1,
        run.texts,
        run.replies,
        run.slowest.as_secs_f64(),
        run.busiest,
    );
    Ok(stage.outcome(&summary, wrong).await)
}

struct Run {
    told: Ledger,
    random: Random,
    texts: u64,
    replies: u64,
    busiest: u64,
    slowest: Duration,
}

impl Run {
    async fn jump(
        &mut self,
        stage: &Stage,
        relay: &Relay,
        offset: i64,
        wrong: &mut Violations,
    ) -> anyhow::Result<()> {
        // Some wait for their next try when the clock jumps.
        stage.provider.simulator.turn(Knobs {
            http_429: Rate::ALWAYS,
            ..Knobs::default()
        });
        for _ in 0..PUT_OFF {
            self.replies(stage, relay).await?;
        }
        tokio::time::sleep(LOOK).await;
        set(relay, offset)?;
        stage.provider.heal();
        let began = Instant::now();
        for _ in 0..TEXTS {
            stage.provider.writes(&mut self.random, self.texts).await;
            self.texts += 1;
            self.replies(stage, relay).await?;
        }
        let expected = usize::try_from(self.replies)?;
        let mut soon = false;
        while !soon && began.elapsed() < SOON {
            tokio::time::sleep(LOOK).await;
            // A text that waits while a year passes has waited for too long.
            soon = stage.provider.messages().1.len() + failed(relay)? >= expected
                && stage.provider.is_done()
                && relay.waiting().await? == 0;
        }
        self.slowest = self.slowest.max(began.elapsed());
        wrong.unless(soon, || {
            let sent = stage.provider.messages().1.len();
            let given_up = failed(relay).unwrap_or(0);
            format!(
                "with the clock at {offset} ms only {sent} of {expected} replies went out and \
                 {given_up} were given up"
            )
        });
        stage.provider.count()?;
        let pid = relay.pid()?;
        let before = ticks(pid)?;
        tokio::time::sleep(REST).await;
        let used = ticks(pid)? - before;
        self.busiest = self.busiest.max(used);
        wrong.unless(used <= REST_TICKS_MAX || !soon, || {
            format!("with the clock at {offset} ms the relay uses {used} ticks at rest")
        });
        Ok(())
    }

    async fn replies(&mut self, stage: &Stage, relay: &Relay) -> anyhow::Result<()> {
        let body = format!("reply {}", self.replies);
        let (entry, status) = reply(relay, &stage.token, self.replies % 20, &body).await?;
        anyhow::ensure!(status == 201, "a reply got {status}");
        self.told.saved.insert(entry, body);
        self.replies += 1;
        Ok(())
    }
}

/// How many replies were given up.
fn failed(relay: &Relay) -> anyhow::Result<usize> {
    let database = check::open(&relay.database())?;
    let count: i64 = database.query_row(
        "SELECT count(*) FROM entry WHERE direction = 'outbound' AND status = 'failed' \
         AND sid IS NULL",
        (),
        |row| row.get(0),
    )?;
    Ok(usize::try_from(count)?)
}

fn set(relay: &Relay, offset_ms: i64) -> anyhow::Result<()> {
    let file = relay.folder().join(OFFSET);
    // In one step: the relay reads it all the time.
    let new = file.with_extension("new");
    std::fs::write(&new, offset_ms.to_string())?;
    Ok(std::fs::rename(new, file)?)
}

/// Texts in the order of their positions must be in the order in which they came. Returns how
/// often the time of day says otherwise.
fn order(relay: &Relay, wrong: &mut Violations) -> anyhow::Result<u64> {
    let database = check::open(Path::new(&relay.database()))?;
    let mut statement = database.prepare(
        "SELECT conversation, body, at FROM entry WHERE direction = 'inbound' ORDER BY position",
    )?;
    let mut rows = statement.query(())?;
    let mut last_number = None;
    let mut last_at = std::collections::BTreeMap::new();
    let (mut swapped, mut earlier) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let (conversation, body): (String, String) = (row.get(0)?, row.get(1)?);
        let at = Timestamp::from_millis(row.get(2)?);
        let number: Option<u64> = body.rsplit(' ').next().and_then(|word| word.parse().ok());
        if number < last_number {
            swapped.push(body);
        }
        last_number = number;
        let before = last_at.insert(conversation, at);
        earlier += u64::from(before.is_some_and(|before| at < before));
    }
    wrong.each("texts out of the order in which they came", swapped);
    Ok(earlier)
}
