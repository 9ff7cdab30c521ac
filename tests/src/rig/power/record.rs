//! Runs a relay under strace through a script: a first start, load, an orderly stop, a start, load,
//! a kill, a start, load, and the orderly end. Knows of every answer over which port it came.

use crate::random::Random;
use crate::rig::Place;
use crate::rig::check::Violations;
use crate::rig::http::Connection;
use crate::rig::options::Options;
use crate::rig::provider::{Provider, customer};
use crate::rig::relay::{Relay, Started};
use crate::rig::strace;
use anyhow::Context as _;
use smsdesk_common::api::messages::SendMessage;
use smsdesk_common::ids::EntryId;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Connections over which webhooks come: as many wait for one commit at the most.
const CONNECTIONS: u64 = 6;
/// Webhooks of one connection in one life of the relay.
const WEBHOOKS: u64 = 32;
/// Replies of agents in one life of the relay.
const REPLIES: u64 = 24;
/// Customers of each connection: small, so that conversations grow.
const CUSTOMERS: u64 = 5;
/// How long the outbox may take to empty itself.
const SETTLE: Duration = Duration::from_secs(20);
/// How often to look.
const LOOK: Duration = Duration::from_millis(20);
/// What strace has to show: all that changes files or names, and all that is said.
const TRACE: &str = "strace -f -yy -xx -s 4194304 --seccomp-bpf -e signal=none -e \
    trace=open,openat,creat,pwrite64,pwritev,pwritev2,write,writev,sendto,sendmsg,ftruncate,\
fallocate,copy_file_range,sendfile,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat -o";

/// What an answer with 2xx has promised.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// An inbound text of this sid is stored.
    Text(String),
    /// A reply with this entry id is stored.
    Reply(String),
}

/// One life of the relay.
#[derive(Debug)]
pub struct Life {
    /// What strace wrote.
    pub log: PathBuf,
    /// Over each of our ports what each answer promises, in order; none where it refuses.
    pub facts: Facts,
}

/// By port, in the order of the answers.
pub type Facts = BTreeMap<u16, Vec<Option<Fact>>>;

/// How a life ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Term,
    Kill,
}

/// All lives.
#[derive(Debug)]
pub struct Recording {
    /// The folder that was watched.
    pub folder: PathBuf,
    /// The relay's port.
    pub port: u16,
    /// In order.
    pub lives: Vec<Life>,
    /// What went wrong already while nothing was spoiled.
    pub wrong: Violations,
}

/// Records.
///
/// # Errors
/// The relay does not do its part.
pub async fn record(place: &Place, options: &Options) -> anyhow::Result<Recording> {
    let provider = Provider::start(place.address, options.seed).await?;
    let mut relay = place.relay("desk", provider.simulator.base_url())?;
    let mut random = Random::new(options.seed);
    let mut recording = Recording {
        folder: relay.folder().to_owned(),
        port: place.address.port(),
        lives: Vec::new(),
        wrong: Violations::default(),
    };
    let mut token = None;
    for (n, end) in [End::Term, End::Kill, End::Term].into_iter().enumerate() {
        // Outside of the folder that is watched.
        let log = place.folder().join(format!("life-{n}.strace"));
        let mut wrapper = strace::words(TRACE);
        wrapper.push(log.display().to_string());
        relay.spawn_under(&wrapper)?;
        if let Started::Ended(status) = relay.ready().await? {
            anyhow::bail!("the relay ends at its start: {status}\n{}", relay.log());
        }
        if token.is_none() {
            token = Some(relay.join("Ana").await?.token);
        }
        let token = token.as_deref().context("no token")?;
        let life = u64::try_from(n)?;
        let facts = live(&relay, token, life, &mut random).await?;
        let refused = facts.values().flatten().filter(|fact| fact.is_none());
        recording.wrong.each(
            "requests that were refused",
            refused.map(|_| format!("life {n}")),
        );
        let settled = settle(&relay, &provider).await?;
        recording
            .wrong
            .unless(settled, || "replies do not go out".to_owned());
        recording.lives.push(Life { log, facts });
        match end {
            End::Kill => relay.kill()?,
            End::Term => {
                let status = relay.terminate().await?;
                anyhow::ensure!(status.success(), "the relay ends with {status}");
            }
        }
    }
    provider.end().await;
    Ok(recording)
}

/// Webhooks and replies at the same time.
async fn live(relay: &Relay, token: &str, life: u64, random: &mut Random) -> anyhow::Result<Facts> {
    let mut working: JoinSet<anyhow::Result<(u16, Vec<Option<Fact>>)>> = JoinSet::new();
    for connection in 0..CONNECTIONS {
        let address = relay.address;
        let mut random = random.split();
        working.spawn(async move {
            let mut line = Connection::open(address).await?;
            let mut facts = Vec::new();
            for n in 0..WEBHOOKS {
                let number = (life * CONNECTIONS + connection) * WEBHOOKS + n;
                let sid = format!("SM{number:032x}");
                let from = customer(connection * CUSTOMERS + random.below(CUSTOMERS));
                // Some are long: their rows need pages of their own.
                let words = "word ".repeat(random.place(300));
                let body = format!("text {number} {words}");
                let answer = line.webhook(&sid, &from, &body).await?;
                facts.push((answer.status == 200).then_some(Fact::Text(sid)));
            }
            Ok((line.port, facts))
        });
    }
    let (address, token) = (relay.address, token.to_owned());
    let mut own = random.split();
    working.spawn(async move {
        let mut line = Connection::open(address).await?;
        let mut facts = Vec::new();
        for n in 0..REPLIES {
            let id = EntryId(smsdesk::clock::new_id());
            let message = SendMessage {
                id: Some(id),
                to: Some(customer(own.below(CONNECTIONS * CUSTOMERS))),
                body: format!("reply {life} {n}"),
                ..SendMessage::default()
            };
            let json = serde_json::to_string(&message)?;
            let answer = line.api("POST", "/v1/messages", &token, &json).await?;
            facts.push((answer.status == 201).then(|| Fact::Reply(id.to_string())));
            tokio::time::sleep(Duration::from_millis(own.below(15))).await;
        }
        Ok((line.port, facts))
    });
    let mut facts = BTreeMap::new();
    for done in working.join_all().await {
        let (port, promised) = done?;
        facts.insert(port, promised);
    }
    Ok(facts)
}

/// Waits until every reply is delivered; whether that is so.
async fn settle(relay: &Relay, provider: &Provider) -> anyhow::Result<bool> {
    let end = Instant::now() + SETTLE;
    while Instant::now() < end {
        if relay.waiting().await? == 0 && provider.is_done() {
            return Ok(true);
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(false)
}
