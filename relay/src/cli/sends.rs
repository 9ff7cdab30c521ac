//! `sends`: everything that goes out, paused or not.

use crate::admin::{Answer, Command, client};
use crate::cli::print;
use crate::config::Config;
use clap::Subcommand;

#[derive(Clone, Copy, Debug, Subcommand)]
pub(super) enum SendsCommand {
    /// Let every text wait, those of agents, too, until they are resumed. It outlives a restart, and
    /// the time does not count for what waits.
    Pause,
    /// Let what waits go out.
    Resume,
    /// Say whether texts go out, and how many wait.
    Status,
}

/// Carries a command out, by the running relay where there is one.
pub(super) async fn run(config: &Config, command: SendsCommand) -> anyhow::Result<()> {
    let pause = match command {
        SendsCommand::Pause => Some(true),
        SendsCommand::Resume => Some(false),
        SendsCommand::Status => None,
    };
    match client::ask(config, Command::Sends { pause }).await? {
        Answer::Sends {
            paused,
            since,
            waiting,
        } => {
            let state = if paused { "paused" } else { "on" };
            let since = since.map_or_else(String::new, |at| format!(" since {}", at.to_rfc3339()));
            print(&format!("sends are {state}{since}; {waiting} waiting"));
        }
        Answer::Error { message } => anyhow::bail!(message),
        _ => anyhow::bail!("the running relay answered something else"),
    }
    Ok(())
}
