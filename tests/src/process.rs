//! The relay's program as a process of its own, which can be killed.

use crate::eventually::eventually;
use crate::world::{ACCOUNT, LINE, TOKEN};
use anyhow::Context as _;
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

/// What to start.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its path.
    pub path: PathBuf,
    /// What it needs in its environment.
    pub environment: Vec<(&'static str, &'static str)>,
}

impl Program {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.envs(self.environment.iter().copied());
        command
    }
}

impl From<&str> for Program {
    fn from(path: &str) -> Self {
        Self {
            path: path.into(),
            environment: Vec::new(),
        }
    }
}

/// A relay that runs, on a database that outlives it.
pub struct RelayProcess {
    program: Program,
    config: PathBuf,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where what it says on stderr is added, else it stands among the words of the test.
    pub log: Option<PathBuf>,
    child: Option<Child>,
}

impl RelayProcess {
    /// Starts `program` on a database in `folder`, with a provider at `api_base_url`.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start(
        program: Program,
        folder: &Path,
        address: SocketAddr,
        api_base_url: &str,
    ) -> anyhow::Result<Self> {
        let mut relay = Self::new(program, folder, address, api_base_url)?;
        relay.start_again().await?;
        Ok(relay)
    }

    /// One that does not run yet; else as [`Self::start`].
    ///
    /// # Errors
    /// Its configuration cannot be written.
    pub fn new(
        program: Program,
        folder: &Path,
        address: SocketAddr,
        api_base_url: &str,
    ) -> anyhow::Result<Self> {
        let config = folder.join("relay.toml");
        std::fs::write(
            &config,
            format!(
                "[relay]\nlisten = \"{address}\"\npublic_url = \"http://{address}\"\n\
                 [relay.twilio]\naccount_sid = \"{ACCOUNT}\"\nauth_token = \"{TOKEN}\"\n\
                 api_base_url = \"{api_base_url}\"\nlines = [\"{LINE}\"]\n"
            ),
        )?;
        Ok(Self {
            program,
            config,
            address,
            log: None,
            child: None,
        })
    }

    /// Starts it on the same database and port as before.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        let mut command = self.program.command();
        let command = command.arg("serve").arg("--config").arg(&self.config);
        command.stdin(Stdio::null());
        match &self.log {
            Some(log) => {
                let log = File::options().create(true).append(true).open(log)?;
                command.args(["--log-level", "trace"]).stderr(log);
            }
            None => {
                command.args(["--log-level", "error"]);
            }
        }
        self.child = Some(command.spawn()?);
        let address = self.address;
        eventually("the relay to be ready", || async move {
            let url = format!("http://{address}/ready");
            reqwest::get(url)
                .await
                .map(|_| ())
                .map_err(|error| error.to_string())
        })
        .await;
        Ok(())
    }

    /// Kills it as `kill -9` does.
    ///
    /// # Errors
    /// It was not running.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        let mut child = self.child.take().context("it does not run")?;
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    /// How it ended, where it has.
    ///
    /// # Errors
    /// It was not started.
    pub fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.as_mut().context("it does not run")?.try_wait()?)
    }

    /// An invite for somebody.
    ///
    /// # Errors
    /// The command failed.
    pub fn invite(&self, name: &str) -> anyhow::Result<String> {
        let text = self.run(&["agent", "invite", name])?;
        Ok(text.lines().last().context("no invite")?.to_owned())
    }

    /// What another command of the program prints, with the same configuration.
    ///
    /// # Errors
    /// The command failed.
    pub fn run(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = self.program.command();
        let command = command.args(arguments).arg("--config").arg(&self.config);
        let output = command.output()?;
        anyhow::ensure!(output.status.success(), "{arguments:?}: {output:?}");
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Its process.
    ///
    /// # Errors
    /// It was not running.
    pub fn pid(&self) -> anyhow::Result<u32> {
        Ok(self.child.as_ref().context("it does not run")?.id())
    }
}

impl Drop for RelayProcess {
    fn drop(&mut self) {
        if let Some(child) = self.child.as_mut() {
            // Nobody is left to tell.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
