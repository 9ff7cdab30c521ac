//! The crash rig: real processes that are killed, starved of disk, given wrong clocks and powered
//! off, and accounts of what was acknowledged. The rig's own process is never killed.

#![expect(clippy::print_stdout, reason = "a rig is there to be read")]
#![expect(clippy::disallowed_methods, reason = "a rig has deadlines of its own")]

pub mod apps;
pub mod check;
pub mod desk;
pub mod faults;
pub mod http;
pub mod kills;
pub mod ledger;
pub mod options;
pub mod power;
pub mod promises;
pub mod provider;
pub mod relay;
pub mod serve;
pub mod strace;
pub mod verdict;
pub mod watch;

use crate::process::Program;
use crate::world::{free_address, install_crypto};
use check::Violations;
use options::{Options, USAGE};
use relay::Relay;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use tempfile::TempDir;

/// The environment variable that makes the rig's program one of those that it breaks.
pub const ROLE: &str = "SMSDESK_RIG_ROLE";

/// Exit code where the rig itself failed: nothing is known then.
const EXIT_FAILED: u8 = 2;
/// Exit code for arguments that are not understood (`EX_USAGE` of sysexits.h).
const EXIT_USAGE: u8 = 64;

/// Runs what the arguments ask for; fails where anything was violated.
///
/// # Errors
/// The rig itself failed.
pub fn main() -> anyhow::Result<ExitCode> {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(error) => {
            println!("rig: {error:#}\n\n{USAGE}");
            return Ok(ExitCode::from(EXIT_USAGE));
        }
    };
    install_crypto();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let outcomes = runtime.block_on(async {
        match options.command.as_str() {
            "kills" => kills::run(&options).await.map(|one| vec![one]),
            "faults" => faults::run(&options).await,
            "promises" => promises::run(&options).await,
            _ => power::run(&options).await.map(|one| vec![one]),
        }
    });
    let outcomes = match outcomes {
        Ok(outcomes) => outcomes,
        Err(error) => {
            println!("{}: FAILED: {error:#}", options.command);
            return Ok(ExitCode::from(EXIT_FAILED));
        }
    };
    let good = outcomes.iter().all(|outcome| outcome.wrong.0.is_empty());
    Ok(if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The app's role.
///
/// # Errors
/// See [`desk()`].
pub fn desk() -> anyhow::Result<ExitCode> {
    desk::run()
}

/// The role of a relay that reads the provider's lists in haste.
///
/// # Errors
/// It cannot start.
pub fn quick_relay() -> anyhow::Result<ExitCode> {
    serve::quick_relay()
}

/// The role of a relay whose clock is wrong.
///
/// # Errors
/// It cannot start.
pub fn clock_relay() -> anyhow::Result<ExitCode> {
    faults::clock::relay()
}

/// How a part of the rig ended.
pub struct Outcome {
    wrong: Violations,
}

/// Where a run keeps its files, and which relay it runs.
pub struct Place {
    name: String,
    folder: Option<TempDir>,
    program: Program,
    address: SocketAddr,
    keep: bool,
}

impl Place {
    async fn new(options: &Options, name: &str) -> anyhow::Result<Self> {
        let program = match &options.relay {
            Some(path) => Program {
                path: path.canonicalize()?,
                environment: Vec::new(),
            },
            None => Program {
                path: std::env::current_exe()?,
                environment: vec![(ROLE, "relay")],
            },
        };
        Ok(Self {
            name: name.to_owned(),
            folder: Some(tempfile::tempdir()?),
            program,
            address: free_address().await,
            keep: options.keep,
        })
    }

    /// Has the rig's own relay read the provider's lists in haste; one that was named keeps its
    /// own pace. Says whether it is in haste.
    fn hurry(&mut self) -> bool {
        let own = self.program.environment.as_slice() == [(ROLE, "relay")];
        if own {
            self.program.environment = vec![(ROLE, "quick-relay")];
        }
        own
    }

    fn folder(&self) -> &Path {
        self.folder.as_ref().map_or(Path::new("."), TempDir::path)
    }

    /// A relay in a folder of that name.
    fn relay(&self, name: &str, api_base_url: &str) -> anyhow::Result<Relay> {
        let folder = self.folder().join(name);
        Relay::new(self.program.clone(), &folder, self.address, api_base_url)
    }

    /// Prints why it was not done.
    fn skipped(&self, reason: &str) -> Outcome {
        println!("{}: skipped: {reason}", self.name);
        Outcome {
            wrong: Violations::default(),
        }
    }

    /// Prints how it went; the files stay where something is wrong.
    fn outcome(&mut self, summary: &str, wrong: Violations) -> Outcome {
        let name = &self.name;
        let verdict = if wrong.0.is_empty() { "ok" } else { "VIOLATED" };
        println!("{name}: {verdict}: {summary}");
        for line in &wrong.0 {
            println!("{name}:   {line}");
        }
        if (self.keep || !wrong.0.is_empty())
            && let Some(folder) = self.folder.take()
        {
            println!("{name}:   files in {}", folder.keep().display());
        }
        Outcome { wrong }
    }
}
