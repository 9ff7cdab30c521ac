//! The relay as a process that is killed, started at once again, and started under strace.

use super::http::Connection;
use crate::process::Program;
use crate::world::{ACCOUNT, LINE, TOKEN};
use anyhow::Context as _;
use serde_json::Value;
use smsdesk::link::{self, Invite};
use smsdesk_common::api::join::Joined;
use smsdesk_common::ids::DeviceId;
use smsdesk_relay::config::{self, Config};
use std::fs::OpenOptions;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How long a relay may take to serve, under strace as well.
const START: Duration = Duration::from_secs(30);
/// How long a relay may take to end after SIGTERM: what it promises and a little.
const STOP: Duration = Duration::from_secs(25);
/// How long it may take to say how it is.
const ANSWER: Duration = Duration::from_secs(10);
/// How often to look for something that takes milliseconds.
const LOOK: Duration = Duration::from_millis(3);
/// How long one look may take: a stopped listener may leave it without an answer.
const LOOK_MAX: Duration = Duration::from_millis(1_000);

/// A relay on a folder of its own; every start is on the same database and port.
pub struct Relay {
    program: Program,
    folder: PathBuf,
    /// Where it listens.
    pub address: SocketAddr,
    child: Option<Child>,
    wrapped: bool,
}

/// How a start went.
#[derive(Debug, PartialEq, Eq)]
pub enum Started {
    /// It serves.
    Ready,
    /// It ended before it served.
    Ended(ExitStatus),
}

impl Relay {
    /// A relay that is not started yet.
    ///
    /// # Errors
    /// Its configuration cannot be written.
    pub fn new(
        program: Program,
        folder: &Path,
        address: SocketAddr,
        api_base_url: &str,
    ) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let folder = folder.canonicalize()?;
        std::fs::write(
            folder.join("relay.toml"),
            format!(
                "[relay]\nlisten = \"{address}\"\npublic_url = \"http://{address}\"\n\
                 database = \"sqlite:{}\"\n\
                 [relay.twilio]\naccount_sid = \"{ACCOUNT}\"\nauth_token = \"{TOKEN}\"\n\
                 api_base_url = \"{api_base_url}\"\nlines = [\"{LINE}\"]\n",
                folder.join(DATABASE).display()
            ),
        )?;
        Ok(Self {
            program,
            folder,
            address,
            child: None,
            wrapped: false,
        })
    }

    /// Where its database is.
    pub fn database(&self) -> PathBuf {
        self.folder.join(DATABASE)
    }

    /// Adds a line to its configuration of the provider.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn configure(&self, line: &str) -> anyhow::Result<()> {
        let file = self.folder.join("relay.toml");
        let text = std::fs::read_to_string(&file)?;
        std::fs::write(&file, format!("{text}{line}\n"))?;
        Ok(())
    }

    /// What `verify --twilio` of its program says: exit code and JSON.
    ///
    /// # Errors
    /// It says nothing.
    pub async fn verify_twilio(&self) -> anyhow::Result<(Option<i32>, Value)> {
        let mut command = Command::new(&self.program.path);
        command
            .envs(self.program.environment.iter().copied())
            .args(["verify", "--twilio", "--since", "all", "--json", "--config"])
            .arg(self.folder.join("relay.toml"));
        let output = tokio::task::spawn_blocking(move || command.output()).await??;
        let report = serde_json::from_slice(&output.stdout)
            .with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())?;
        Ok((output.status.code(), report))
    }

    /// What it was configured with.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn config(&self) -> anyhow::Result<Config> {
        let file = self.folder.join("relay.toml");
        let text = std::fs::read_to_string(&file)?;
        Ok(config::parse(&file, &text, |_| None)?)
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts it and returns at once.
    ///
    /// # Errors
    /// There is no such program.
    pub fn spawn(&mut self) -> anyhow::Result<()> {
        self.spawn_under(&[])
    }

    /// Starts it as the command of another one, such as strace with its options.
    ///
    /// # Errors
    /// There is no such program.
    pub fn spawn_under(&mut self, wrapper: &[String]) -> anyhow::Result<()> {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.join(LOG))?;
        let mut command = match wrapper.split_first() {
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(&self.program.path);
                command
            }
            None => Command::new(&self.program.path),
        };
        let child = command
            .envs(self.program.environment.iter().copied())
            .arg("serve")
            .arg("--config")
            .arg(self.folder.join("relay.toml"))
            .args(["--log-level", "error"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .with_context(|| self.program.path.display().to_string())?;
        self.child = Some(child);
        self.wrapped = !wrapper.is_empty();
        Ok(())
    }

    /// Waits until it serves or has ended.
    ///
    /// # Errors
    /// Neither happens in time.
    pub async fn ready(&mut self) -> anyhow::Result<Started> {
        let end = Instant::now() + START;
        while Instant::now() < end {
            if let Some(ended) = self.ended()? {
                return Ok(Started::Ended(ended));
            }
            let look = tokio::time::timeout(LOOK_MAX, is_ready(self.address));
            if look.await.unwrap_or(false) {
                return Ok(Started::Ready);
            }
            tokio::time::sleep(LOOK).await;
        }
        anyhow::bail!("the relay does not serve after {START:?}")
    }

    /// Starts it and waits until it serves.
    ///
    /// # Errors
    /// It does not.
    pub async fn start(&mut self) -> anyhow::Result<()> {
        self.spawn()?;
        match self.ready().await? {
            Started::Ready => Ok(()),
            Started::Ended(status) => {
                anyhow::bail!("the relay ends at its start: {status}\n{}", self.log())
            }
        }
    }

    /// Whether and how it has ended.
    ///
    /// # Errors
    /// It was not started.
    pub fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.as_mut().context("it does not run")?.try_wait()?)
    }

    /// The relay's own process, be it under another one or not.
    ///
    /// # Errors
    /// It does not run.
    pub fn pid(&self) -> anyhow::Result<u32> {
        let pid = self.child.as_ref().context("it does not run")?.id();
        if !self.wrapped {
            return Ok(pid);
        }
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))?;
        let first = children
            .split_whitespace()
            .next()
            .context("strace has no child")?;
        Ok(first.parse()?)
    }

    /// Kills it as `kill -9` does and waits until it is gone. Does nothing to one that has ended.
    ///
    /// # Errors
    /// The system refuses.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        if self.wrapped {
            // Killing strace would leave the relay without its log, or running.
            if let Ok(pid) = self.pid() {
                signal(pid, "KILL")?;
            }
        }
        let Some(mut child) = self.child.take() else {
            return Ok(());
        };
        if !self.wrapped {
            child.kill()?;
        }
        child.wait()?;
        Ok(())
    }

    /// Asks it to end, as an operator does; says how it ended.
    ///
    /// # Errors
    /// It does not end in the time that it promises.
    pub async fn terminate(&mut self) -> anyhow::Result<ExitStatus> {
        signal(self.pid()?, "TERM")?;
        let end = Instant::now() + STOP;
        while Instant::now() < end {
            if let Some(status) = self.ended()? {
                self.child = None;
                return Ok(status);
            }
            tokio::time::sleep(LOOK).await;
        }
        anyhow::bail!("the relay runs {STOP:?} after SIGTERM")
    }

    /// How many texts it has not handed over yet.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn waiting(&self) -> anyhow::Result<u64> {
        let health = self.health().await?;
        health["waiting_to_send"]
            .as_u64()
            .context("no waiting_to_send")
    }

    /// How many texts it has not handed over, or does not know the fate of.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn unsettled(&self) -> anyhow::Result<u64> {
        let health = self.health().await?;
        let count = |name: &str| health[name].as_u64().context("no such count");
        Ok(count("waiting_to_send")? + count("unknown_sends")?)
    }

    /// How it says that it is.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn health(&self) -> anyhow::Result<Value> {
        let asked = async {
            let mut line = Connection::open(self.address).await?;
            line.api("GET", "/health", "", "").await
        };
        let answer = tokio::time::timeout(ANSWER, asked).await??;
        Ok(serde_json::from_slice(&answer.body)?)
    }

    /// Somebody new at the desk.
    ///
    /// # Errors
    /// The relay does not run.
    pub async fn join(&self, name: &str) -> anyhow::Result<Joined> {
        let output = Command::new(&self.program.path)
            .envs(self.program.environment.iter().copied())
            .args(["agent", "invite", name, "--config"])
            .arg(self.folder.join("relay.toml"))
            .output()?;
        let text = String::from_utf8(output.stdout)?;
        let invite = Invite::parse(text.lines().last().context("no invite")?)?;
        Ok(link::join(&invite, DeviceId(smsdesk::clock::new_id())).await?)
    }

    /// What it logged, the last lines.
    pub fn log(&self) -> String {
        let text = std::fs::read_to_string(self.folder.join(LOG)).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n")
    }

    /// Lines of its log that no fault from outside explains.
    pub fn panics(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder.join(LOG)).unwrap_or_default();
        let bad = ["panicked", "is not at position", "has this text twice"];
        let lines = text
            .lines()
            .filter(|line| bad.iter().any(|bad| line.contains(bad)));
        lines
            .map(|line| format!("the relay's log: {line}"))
            .collect()
    }
}

/// The database's name in the folder.
const DATABASE: &str = "relay.db";
/// The log's name in the folder.
const LOG: &str = "relay.log";
/// Lines of a log that are shown.
const LOG_LINES_SHOWN: usize = 20;

impl Drop for Relay {
    fn drop(&mut self) {
        // Nobody is left to tell.
        let _ = self.kill();
    }
}

async fn is_ready(address: SocketAddr) -> bool {
    let Ok(mut stream) = TcpStream::connect(address).await else {
        return false;
    };
    let request = "GET /ready HTTP/1.1\r\nhost: rig\r\nconnection: close\r\n\r\n";
    let mut answer = Vec::new();
    stream.write_all(request.as_bytes()).await.is_ok()
        && stream.read_to_end(&mut answer).await.is_ok()
        && answer.starts_with(b"HTTP/1.1 200")
}

/// Sends a signal, such as `TERM`, to a process of ours.
///
/// # Errors
/// There is no such process.
pub fn signal(pid: u32, name: &str) -> anyhow::Result<()> {
    let status = Command::new("kill")
        .arg(format!("-{name}"))
        .arg(pid.to_string())
        .stderr(Stdio::null())
        .status()?;
    anyhow::ensure!(status.success(), "kill -{name} {pid} failed");
    Ok(())
}
