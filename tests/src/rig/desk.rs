//! An app without a screen, as a process: the real cache, outbox and link, and an agent who
//! answers all the time. It says on its standard output what it has saved.
//!
//! Standard input: `rest` ends the typing; its end ends the app. Standard output:
//! `saved ENTRY BODY` after the commit of a reply, `stands LOW HIGH DIGEST WAITING REFUSED` while
//! it rests.

use crate::random::Random;
use anyhow::Context as _;
use jiff::tz::TimeZone;
use secrecy::SecretString;
use smsdesk::cache::{Cache, Look};
use smsdesk::clock;
use smsdesk::event::QUEUE_EVENTS_MAX;
use smsdesk::link::{self, LinkConfig, RelayUrl};
use smsdesk::model::list::{ListQuery, View};
use smsdesk_common::filter::Viewpoint;
use smsdesk_common::ids::Seq;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

/// Where the app keeps its files.
pub const FOLDER: &str = "SMSDESK_RIG_FOLDER";
/// The relay's address.
pub const RELAY: &str = "SMSDESK_RIG_RELAY";
/// The token for it.
pub const TOKEN: &str = "SMSDESK_RIG_TOKEN";
/// What begins every text of this life of the app: no other one has it.
pub const NAME: &str = "SMSDESK_RIG_NAME";
/// What its choices follow from.
pub const SEED: &str = "SMSDESK_RIG_SEED";

/// The longest time between two replies.
const PACE_MS_MAX: u64 = 160;
/// Conversations that an agent chooses from.
const ROWS: u32 = 60;
/// A position that no entry comes after.
const SEEN_EVERYTHING: Seq = Seq(i64::MAX as u64);
/// How often a resting app says where it stands.
const STANDS: Duration = Duration::from_millis(50);

/// The process.
///
/// # Errors
/// It cannot start; an app that is killed says nothing.
pub fn run() -> anyhow::Result<ExitCode> {
    crate::world::install_crypto();
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?
        .block_on(work())?;
    Ok(ExitCode::SUCCESS)
}

async fn work() -> anyhow::Result<()> {
    let variable = |name: &str| std::env::var(name).with_context(|| name.to_owned());
    let cache = Cache::open(&PathBuf::from(variable(FOLDER)?))?.cache;
    let bell = Arc::new(Notify::new());
    let shutdown = CancellationToken::new();
    let (tell, mut events) = mpsc::channel(QUEUE_EVENTS_MAX);
    let config = LinkConfig {
        relay: RelayUrl::parse(&variable(RELAY)?)?,
        token: SecretString::from(variable(TOKEN)?),
        client: "rig".to_owned(),
        doing: link::nobody(),
    };
    let link = tokio::spawn(link::run(
        config,
        cache.clone(),
        tell,
        Arc::clone(&bell),
        shutdown.clone(),
    ));
    tokio::spawn(async move { while events.recv().await.is_some() {} });
    let mut agent = Agent {
        cache: cache.clone(),
        bell,
        name: variable(NAME)?,
        random: Random::new(variable(SEED)?.parse()?),
        said: 0,
    };
    let mut orders = orders();
    let mut resting = false;
    loop {
        let pause = if resting {
            STANDS
        } else {
            Duration::from_millis(agent.random.below(PACE_MS_MAX))
        };
        tokio::select! {
            order = orders.recv() => match order {
                Some(()) => resting = true,
                None => break,
            },
            () = tokio::time::sleep(pause) => {
                if resting {
                    agent.stands().await?;
                } else {
                    agent.replies().await?;
                }
            }
        }
    }
    shutdown.cancel();
    link.await?;
    cache.close().await;
    Ok(())
}

/// One for each line of the standard input, until its end.
fn orders() -> mpsc::Receiver<()> {
    let (tell, told) = mpsc::channel(1);
    std::thread::spawn(move || {
        for _ in std::io::stdin().lines().map_while(Result::ok) {
            if tell.blocking_send(()).is_err() {
                return;
            }
        }
    });
    told
}

struct Agent {
    cache: Cache,
    bell: Arc<Notify>,
    name: String,
    random: Random,
    said: u64,
}

impl Agent {
    /// Answers one conversation, and now and then marks it read as well.
    async fn replies(&mut self) -> anyhow::Result<()> {
        let from = Viewpoint {
            me: None,
            now: clock::now(),
            zone: TimeZone::UTC,
        };
        let query = ListQuery::Range {
            listing: View::All.into(),
            start: 0,
            limit: ROWS,
        };
        let list = self.cache.list(query, Look::new(from, [].into())).await?;
        let Some(row) = list.rows.get(self.random.place(list.rows.len())) else {
            return Ok(());
        };
        self.said += 1;
        let body = format!("{}-{}", self.name, self.said);
        let conversation = row.conversation.id;
        // An outbox that is full is a desk that has been offline for long: no fault.
        if let Ok(saved) = self
            .cache
            // What came meanwhile would be asked about, and nobody is here to answer.
            .submit(conversation, body.clone(), SEEN_EVERYTHING)
            .await
        {
            say(&format!("saved {} {body}", saved.entry))?;
            self.bell.notify_one();
        }
        if self.random.one_in(4) && row.conversation.seq > Seq::ZERO {
            let (seq, total) = (row.conversation.seq, row.conversation.inbound_total);
            self.cache.mark_read(conversation, seq, total).await?;
            self.bell.notify_one();
        }
        Ok(())
    }

    async fn stands(&self) -> anyhow::Result<()> {
        let Some(cursor) = self.cache.cursor().await? else {
            return Ok(());
        };
        let outbox = self.cache.outbox().await?;
        let requests = self.cache.next_requests(1).await?;
        let waiting = usize::try_from(outbox.waiting)?.max(requests.len());
        say(&format!(
            "stands {} {} {} {waiting} {}",
            cursor.low.0, cursor.high.0, cursor.digest, outbox.refused
        ))
    }
}

/// One line, through at once: a process that is killed must not take it along.
fn say(line: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()?;
    Ok(())
}
