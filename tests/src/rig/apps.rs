//! Apps as processes: killed, started again on the same folder, and asked where they stand.

use super::ledger::Ledger;
use super::{ROLE, desk};
use anyhow::Context as _;
use smsdesk_common::api::join::Joined;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How long an app may take to end by itself.
const END: Duration = Duration::from_secs(20);
/// How often to look whether it has.
const LOOK: Duration = Duration::from_millis(5);

/// Where an app says that it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stands {
    /// `LOW HIGH DIGEST`.
    pub cursor: String,
    /// Requests that the relay has not answered.
    pub waiting: u64,
}

/// One agent's app over its lives.
pub struct App {
    name: String,
    folder: PathBuf,
    joined: Joined,
    ledger: Arc<Mutex<Ledger>>,
    life: u64,
    seed: u64,
    running: Option<Running>,
}

struct Running {
    child: Child,
    orders: ChildStdin,
    stands: watch::Receiver<Stands>,
    hearing: JoinHandle<()>,
}

impl App {
    /// An app that is not started yet.
    pub fn new(
        name: &str,
        folder: &Path,
        joined: Joined,
        ledger: Arc<Mutex<Ledger>>,
        seed: u64,
    ) -> Self {
        Self {
            name: name.to_owned(),
            folder: folder.to_owned(),
            joined,
            ledger,
            life: 0,
            seed,
            running: None,
        }
    }

    /// Its files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The token that it has.
    pub fn token(&self) -> &str {
        &self.joined.token
    }

    /// Starts it and returns at once.
    ///
    /// # Errors
    /// The system refuses.
    pub fn start(&mut self) -> anyhow::Result<()> {
        self.life += 1;
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.with_extension("log"))?;
        let mut child = Command::new(std::env::current_exe()?)
            .env(ROLE, "desk")
            .env(desk::FOLDER, &self.folder)
            .env(desk::RELAY, &self.joined.relay)
            .env(desk::TOKEN, &self.joined.token)
            .env(desk::NAME, format!("{}-{}", self.name, self.life))
            .env(desk::SEED, (self.seed ^ self.life).to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()?;
        let orders = child.stdin.take().context("no standard input")?;
        let lines = child.stdout.take().context("no standard output")?;
        let (tell, stands) = watch::channel(Stands::default());
        let ledger = Arc::clone(&self.ledger);
        let hearing = std::thread::spawn(move || hear(lines, &tell, &ledger));
        self.running = Some(Running {
            child,
            orders,
            stands,
            hearing,
        });
        Ok(())
    }

    /// Kills it as `kill -9` does, and hears out what it had said.
    ///
    /// # Errors
    /// The system refuses.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        let Some(mut running) = self.running.take() else {
            return Ok(());
        };
        running.child.kill()?;
        running.child.wait()?;
        running
            .hearing
            .join()
            .map_err(|_| anyhow::anyhow!("the rig lost an app's words"))
    }

    /// Has it stop typing and say where it stands.
    ///
    /// # Errors
    /// It does not run.
    pub fn rest(&mut self) -> anyhow::Result<()> {
        let running = self.running.as_mut().context("the app does not run")?;
        running.orders.write_all(b"rest\n")?;
        Ok(())
    }

    /// Where it last said that it stands.
    pub fn stands(&self) -> Stands {
        let running = self.running.as_ref();
        running.map_or_else(Stands::default, |running| running.stands.borrow().clone())
    }

    /// Has it end by itself.
    ///
    /// # Errors
    /// It does not, or not with success.
    pub async fn leave(&mut self) -> anyhow::Result<()> {
        let mut running = self.running.take().context("the app does not run")?;
        drop(running.orders);
        let end = Instant::now() + END;
        while Instant::now() < end {
            if let Some(status) = running.child.try_wait()? {
                anyhow::ensure!(status.success(), "the app {} ends with {status}", self.name);
                return Ok(());
            }
            tokio::time::sleep(LOOK).await;
        }
        // Nobody is left to tell.
        let _ = running.child.kill();
        anyhow::bail!("the app {} does not end", self.name)
    }
}

impl Drop for App {
    fn drop(&mut self) {
        // Nobody is left to tell.
        let _ = self.kill();
    }
}

/// Takes what an app says until it ends; what was said before a kill is still in the pipe.
fn hear(lines: ChildStdout, tell: &watch::Sender<Stands>, ledger: &Mutex<Ledger>) {
    for line in BufReader::new(lines).lines().map_while(Result::ok) {
        if let Some(now) = parse(&line) {
            tell.send_replace(now);
        } else {
            ledger
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .hear(&line);
        }
    }
}

/// Reads `stands LOW HIGH DIGEST WAITING REFUSED`.
fn parse(line: &str) -> Option<Stands> {
    let words: Vec<_> = line.strip_prefix("stands ")?.split(' ').collect();
    let [low, high, digest, waiting, _] = words.as_slice() else {
        return None;
    };
    Some(Stands {
        cursor: format!("{low} {high} {digest}"),
        waiting: waiting.parse().ok()?,
    })
}
