//! The promises of docs/reliability.md one by one, on one desk at the pace that is shipped: answers
//! that are lost, texts that came while the relay was stopped, reports in any order, and a
//! comparison with the provider that finds what was planted and nothing else.

mod answers;
mod planted;
mod reports;
mod stopped;

use super::check::{self, Violations};
use super::http::Connection;
use super::options::Options;
use super::provider::{Provider, customer};
use super::relay::Relay;
use super::{Outcome, Place};
use crate::random::Random;
use answers::Callbacks;
use anyhow::Context as _;
use serde_json::Value;
use smsdesk_common::api::messages::SendMessage;
use smsdesk_common::ids::EntryId;
use smsdesk_relay::twilio::simulator::{Knobs, Message, Rate};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Connections over which agents ask and the provider reports.
const CONNECTIONS: u64 = 8;
/// People whom agents write to.
const PEOPLE: u64 = 1_000;
/// How long the provider may take to have what was asked for, on a slow machine.
const HAND_OVER: Duration = Duration::from_secs(180);
/// How often to look at what takes seconds.
const LOOK: Duration = Duration::from_millis(100);

/// Runs the parts that are wanted, one after the other on the same desk.
///
/// # Errors
/// The rig itself fails.
pub async fn run(options: &Options) -> anyhow::Result<Vec<Outcome>> {
    let place = Place::new(options, "promises").await?;
    let mut desk = Desk::start(place, options).await?;
    let mut outcomes = Vec::new();
    for part in ["lists", "callbacks", "stopped", "reports", "planted"] {
        if !options.wants(part) {
            continue;
        }
        let mut wrong = Violations::default();
        let summary = match part {
            "lists" => answers::run(&mut desk, options.texts, Callbacks::Lost, &mut wrong).await?,
            "callbacks" => {
                answers::run(&mut desk, options.texts, Callbacks::Come, &mut wrong).await?
            }
            "stopped" => stopped::run(&mut desk, options.texts / 4, &mut wrong).await?,
            "reports" => reports::run(&mut desk, options.texts * 5, &mut wrong).await?,
            _ => planted::run(&mut desk, &mut wrong).await?,
        };
        wrong.0.extend(desk.relay.panics());
        desk.place.name = format!("promises, {part}");
        outcomes.push(desk.place.outcome(&summary, wrong));
    }
    desk.relay.kill()?;
    desk.provider.end().await;
    Ok(outcomes)
}

/// A relay, its provider and one agent.
struct Desk {
    place: Place,
    provider: Provider,
    relay: Relay,
    token: String,
    random: Random,
    /// Texts asked for so far, for words that no other text has.
    said: u64,
}

impl Desk {
    async fn start(place: Place, options: &Options) -> anyhow::Result<Self> {
        let provider = Provider::start(place.address, options.seed).await?;
        let mut relay = place.relay("desk", provider.simulator.base_url())?;
        // As fast as the machine: what is tried here is not the pace.
        relay.configure("segments_per_second = 10000")?;
        relay.start().await?;
        let token = relay.join("Ana").await?.token;
        Ok(Self {
            place,
            provider,
            relay,
            token,
            random: Random::new(options.seed),
            said: 0,
        })
    }

    /// Agents ask for so many texts, over several connections at once; each is taken. The entries.
    async fn ask_for(&mut self, count: u64) -> anyhow::Result<BTreeSet<String>> {
        let first = self.said;
        self.said += count;
        let mut asking = JoinSet::new();
        for lane in 0..CONNECTIONS {
            let (address, token) = (self.relay.address, self.token.clone());
            asking.spawn(async move {
                let mut line = Connection::open(address).await?;
                let mut taken = BTreeSet::new();
                for n in (first..first + count).filter(|n| n % CONNECTIONS == lane) {
                    let id = EntryId(smsdesk::clock::new_id());
                    let message = SendMessage {
                        id: Some(id),
                        to: Some(customer(n % PEOPLE)),
                        body: format!("reply {n}"),
                        ..SendMessage::default()
                    };
                    let json = serde_json::to_string(&message)?;
                    let answer = line.api("POST", "/v1/messages", &token, &json).await?;
                    anyhow::ensure!(answer.status == 201, "a text is answered {}", answer.status);
                    taken.insert(id.to_string());
                }
                anyhow::Ok(taken)
            });
        }
        let mut taken = BTreeSet::new();
        while let Some(lane) = asking.join_next().await {
            taken.extend(lane??);
        }
        Ok(taken)
    }

    /// The provider's messages of these entries.
    fn messages_of(&self, entries: &BTreeSet<String>) -> Vec<Message> {
        let (_, mut sent) = self.provider.messages();
        sent.retain(|message| entry_of(message).is_some_and(|entry| entries.contains(entry)));
        sent
    }

    /// Waits until the relay has handed everything over and the provider is done with it.
    async fn handed_over(&self) -> anyhow::Result<()> {
        let end = Instant::now() + HAND_OVER;
        while Instant::now() < end {
            if self.relay.waiting().await? == 0 && self.provider.is_done() {
                return Ok(());
            }
            tokio::time::sleep(LOOK).await;
        }
        anyhow::bail!("not everything was handed over after {HAND_OVER:?}")
    }

    fn turn(&self, change: impl FnOnce(&mut Knobs)) {
        let mut knobs = Knobs::default();
        change(&mut knobs);
        self.provider.simulator.turn(knobs);
    }

    /// The relay's newest position.
    async fn head(&self) -> anyhow::Result<u64> {
        let mut line = Connection::open(self.relay.address).await?;
        let path = "/v1/changes?before=1&limit=1";
        let answer = line.api("GET", path, &self.token, "").await?;
        let page: Value = serde_json::from_slice(&answer.body)?;
        page["head"].as_u64().context("no head")
    }

    /// What holds of the sends after every part: none twice, none unknown, all there.
    fn sends(&self, asked: &BTreeSet<String>, wrong: &mut Violations) -> anyhow::Result<()> {
        let relay = check::open(&self.relay.database())?;
        let (_, sent) = self.provider.messages();
        check::sends(&relay, &sent, wrong)?;
        let there = self.messages_of(asked);
        wrong.unless(there.len() == asked.len(), || {
            format!("{} were asked for, {} sent", asked.len(), there.len())
        });
        let unsettled = check::texts(
            &relay,
            "SELECT id || ' ' || status FROM entry WHERE direction = 'outbound' \
             AND (sid IS NULL OR status IN ('unknown', 'unconfirmed'))",
        )?;
        wrong.each("texts of unknown fate", unsettled);
        Ok(())
    }
}

/// The entry that a message was made for, as its callback's address says.
fn entry_of(message: &Message) -> Option<&str> {
    let (_, entry) = message.status_callback.as_deref()?.split_once("entry=")?;
    Some(entry)
}

fn rate(share: f64) -> anyhow::Result<Rate> {
    Ok(Rate::try_from(share)?)
}
