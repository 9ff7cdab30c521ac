//! A broadcast on the relay's own program, which is killed meanwhile, with a provider that refuses many
//! calls, people who want no texts, rubbish in the list, and an agent who answers others.

use crate::process::{Program, RelayProcess};
use crate::world::{ACCOUNT, LINE, TOKEN, free_address, install_crypto};
use anyhow::Context as _;
use secrecy::SecretString;
use serde_json::{Value, json};
use smsdesk::link::{self, Invite};
use smsdesk_common::api::join::Joined;
use smsdesk_common::broadcast::{BroadcastState, RecipientState, Totals};
use smsdesk_common::ids::DeviceId;
use smsdesk_relay::clock::Clock;
use smsdesk_relay::twilio::simulator::{
    Direction, InboundText, Knobs, Simulator, SimulatorConfig, StatusTiming,
};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Calls that are under way at the same time: what a kill can leave in doubt.
pub const CALLS_MAX: u32 = 16;
/// How often to look how it goes.
const LOOK: Duration = Duration::from_millis(100);
/// The pause between two replies of the agent.
const REPLY_EVERY: Duration = Duration::from_millis(250);
/// How long a reply is waited for: what was being handed over at a kill is never handed over again.
const REPLY_MAX: Duration = Duration::from_secs(60);
/// How long a stretch is in which the most texts are counted, in milliseconds.
const BUSIEST_MS: i64 = 10_000;
/// What every text of the broadcast says.
const WORDS: &str = "The office is closed on Monday";

/// How large a broadcast, and what goes wrong.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// Rows of the list.
    pub rows: u32,
    /// Every so many-th person wants no texts.
    pub opted_out_every: u32,
    /// Every so many-th row is rubbish.
    pub rubbish_every: u32,
    /// The share of the provider's answers that are 429.
    pub limited: f64,
    /// How often the relay is killed.
    pub kills: u32,
    /// Segments a second of the line.
    pub rate: &'static str,
    /// How long all of it may take.
    pub deadline: Duration,
    /// Whether to wait until texts in doubt are settled, too.
    pub to_the_end: bool,
}

impl Scale {
    fn is_rubbish(&self, n: u32) -> bool {
        n % self.rubbish_every == 7 % self.rubbish_every
    }

    fn is_out(&self, n: u32) -> bool {
        !self.is_rubbish(n) && n % self.opted_out_every == 3 % self.opted_out_every
    }

    /// How many rows are rubbish.
    pub fn rubbish(&self) -> u32 {
        self.count(|n| self.is_rubbish(n))
    }

    /// How many people want no texts.
    pub fn out(&self) -> u32 {
        self.count(|n| self.is_out(n))
    }

    fn count(&self, counts: impl Fn(u32) -> bool) -> u32 {
        let found = (0..self.rows).filter(|n| counts(*n)).count();
        u32::try_from(found).unwrap_or(u32::MAX)
    }
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The relay's totals.
    pub totals: Totals,
    /// Where the broadcast stands.
    pub state: BroadcastState,
    /// How many texts of the broadcast the provider took for each number.
    pub taken: BTreeMap<String, u32>,
    /// From the request to the last text that the provider took.
    pub took: Duration,
    /// The most texts that the provider took in any ten seconds, replies with them.
    pub busiest: usize,
    /// How the agent fared meanwhile.
    pub replies: Replies,
}

fn number(n: u32) -> String {
    let area = if n < 70_000 { 239 } else { 305 };
    format!("+1{area}{}{:04}", 426 + (n / 10_000) % 7, n % 10_000)
}

/// The desk of one run.
struct Desk {
    simulator: Simulator,
    relay: RelayProcess,
    joined: Joined,
    http: reqwest::Client,
}

impl Desk {
    async fn start(mut program: Program, folder: &Path, scale: &Scale) -> anyhow::Result<Self> {
        install_crypto();
        let address = free_address().await;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let config = SimulatorConfig {
            lines: vec![LINE.to_owned()],
            webhook_url: Some(format!(
                "http://{address}/webhooks/twilio/message#rc=5&rp=all"
            )),
            timing: StatusTiming::IMMEDIATE,
            ..SimulatorConfig::new(ACCOUNT, SecretString::from(TOKEN))
        };
        let shutdown = CancellationToken::new();
        let simulator = Simulator::start(config, listener, Clock::system().as_fn(), shutdown)?;
        program
            .environment
            .push(("SMSDESK_RELAY__TWILIO__SEGMENTS_PER_SECOND", scale.rate));
        let relay = RelayProcess::start(program, folder, address, simulator.base_url()).await?;
        let invite = Invite::parse(&relay.invite("Ana")?)?;
        let joined = link::join(&invite, DeviceId(smsdesk::clock::new_id())).await?;
        Ok(Self {
            simulator,
            relay,
            joined,
            http: reqwest::Client::new(),
        })
    }

    async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let url = format!("{}{path}", self.joined.relay);
        let request = self.http.post(url).bearer_auth(&self.joined.token);
        let answer = request.json(body).send().await?;
        anyhow::ensure!(answer.status().is_success(), "{}", answer.text().await?);
        Ok(answer.json().await?)
    }

    /// How it goes; none while the relay does not answer.
    async fn look(&self, id: &str) -> Option<(BroadcastState, Totals)> {
        let url = format!("{}/v1/broadcasts/{id}?limit=1", self.joined.relay);
        let request = self.http.get(url).bearer_auth(&self.joined.token);
        let page: Value = request.send().await.ok()?.json().await.ok()?;
        let held = page.get("broadcast")?;
        let state = BroadcastState::parse(held.get("state")?.as_str()?)?;
        let totals = serde_json::from_value(held.get("totals")?.clone()).ok()?;
        Some((state, totals))
    }

    /// The agent answers people who are in no list, until `end`.
    fn replies(&self, end: CancellationToken) -> JoinHandle<Replies> {
        let (http, joined) = (self.http.clone(), self.joined.clone());
        let simulator = self.simulator.clone();
        tokio::spawn(async move {
            let mut replies = Replies::default();
            let url = format!("{}/v1/messages", joined.relay);
            for n in 0..10_000_u32 {
                let body = format!("reply {n}");
                let message = json!({
                    "id": smsdesk::clock::new_id(),
                    "to": format!("+1561426{n:04}"),
                    "body": body,
                });
                let position = simulator.messages().len() as u64;
                let began = Instant::now();
                let request = http.post(&url).bearer_auth(&joined.token).json(&message);
                let asked = request.send().await;
                if asked.is_ok_and(|answer| answer.status().is_success()) {
                    let has = has(&simulator, position, &body);
                    tokio::select! {
                        there = tokio::time::timeout(REPLY_MAX, has) => match there {
                            Ok(()) => replies.times.push(began.elapsed()),
                            Err(_) => replies.lost += 1,
                        },
                        () = end.cancelled() => return replies,
                    }
                }
                tokio::select! {
                    () = tokio::time::sleep(REPLY_EVERY) => {}
                    () = end.cancelled() => return replies,
                }
            }
            replies
        })
    }
}

/// Returns once the provider has a text that says so.
async fn has(simulator: &Simulator, position: u64, body: &str) {
    let mut changes = simulator.changes();
    while !(simulator.messages_from(position).iter()).any(|it| it.body == body) {
        // It ends with the run.
        let _ = changes.changed().await;
    }
}

/// What became of an agent's replies.
#[derive(Clone, Debug, Default)]
pub struct Replies {
    /// From the agent's request to the provider having the reply.
    pub times: Vec<Duration>,
    /// Those that the provider never had: they were being handed over when the relay was killed.
    pub lost: u32,
}

/// What the provider took, read on from where the last look ended.
#[derive(Clone, Debug, Default)]
struct Taken {
    position: u64,
    texts: BTreeMap<String, u32>,
    /// When each text of anybody was taken, in milliseconds.
    times: Vec<i64>,
}

impl Taken {
    fn look(&mut self, simulator: &Simulator) {
        for message in simulator.messages_from(self.position) {
            self.position = message.position + 1;
            if message.direction == Direction::OutboundApi {
                self.times.push(message.created_at.as_millis());
                if message.body == WORDS {
                    *self.texts.entry(message.to.clone()).or_default() += 1;
                }
            }
        }
    }

    /// The most texts in any [`BUSIEST_MS`].
    fn busiest(&self) -> usize {
        let mut times = self.times.clone();
        times.sort_unstable();
        let (mut first, mut most) = (0, 0);
        for (last, time) in times.iter().enumerate() {
            while times[first] + BUSIEST_MS <= *time {
                first += 1;
            }
            most = most.max(last + 1 - first);
        }
        most
    }
}

/// Lets a broadcast of that scale run to its end.
///
/// # Errors
/// A part does not do what it is there for, or not in time.
pub async fn run(program: Program, folder: &Path, scale: Scale) -> anyhow::Result<Outcome> {
    let mut desk = Desk::start(program, folder, &scale).await?;
    for n in (0..scale.rows).filter(|n| scale.is_out(*n)) {
        desk.simulator
            .inbound(&InboundText::new(number(n), "STOP"))
            .await
            .map_err(|error| anyhow::anyhow!("{error:?}"))?;
    }
    let to: Vec<Value> = (0..scale.rows)
        .map(|n| match scale.is_rubbish(n) {
            true => json!(format!("rubbish {n}")),
            false => json!(number(n)),
        })
        .collect();
    let mut knobs: Knobs = desk.simulator.knobs();
    knobs.http_429 = scale.limited.try_into()?;
    desk.simulator.turn(knobs);
    let asked = json!({ "id": smsdesk::clock::new_id(), "to": to, "body": WORDS });
    let began = Instant::now();
    let page = desk.post("/v1/messages/bulk", &asked).await?;
    let id = page["broadcast"]["id"]
        .as_str()
        .context("no id")?
        .to_owned();
    let end = CancellationToken::new();
    let replies = desk.replies(end.clone());
    let mut killed = 0;
    let mut took = began.elapsed();
    let (mut count, mut seen) = (0, Taken::default());
    let reachable = scale.rows - scale.rubbish() - scale.out();
    let (state, totals) = loop {
        anyhow::ensure!(began.elapsed() < scale.deadline, "not done in time");
        seen.look(&desk.simulator);
        let taken = seen.texts.len();
        if taken > count {
            (count, took) = (taken, began.elapsed());
        }
        let wanted = reachable as usize * (killed as usize + 1) / (scale.kills as usize + 1);
        if killed < scale.kills && taken >= wanted {
            desk.relay.kill()?;
            desk.relay.start_again().await?;
            killed += 1;
        }
        if let Some((state, totals)) = desk.look(&id).await {
            let waiting = totals.of(RecipientState::Pending) + totals.of(RecipientState::Queued);
            let is_done = waiting == 0 && killed == scale.kills;
            if state == BroadcastState::Finished || (is_done && !scale.to_the_end) {
                break (state, totals);
            }
        }
        tokio::time::sleep(LOOK).await;
    };
    end.cancel();
    seen.look(&desk.simulator);
    Ok(Outcome {
        totals,
        state,
        busiest: seen.busiest(),
        taken: seen.texts,
        took,
        replies: replies.await?,
    })
}
