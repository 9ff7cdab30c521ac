//! `agent`: the people who answer.

use crate::admin::{Answer, Command, client};
use crate::cli::print;
use crate::config::Config;
use clap::Subcommand;
use smsdesk_common::agent::Role;
use smsdesk_common::safe_text::SafeText;

#[derive(Debug, Subcommand)]
pub(super) enum AgentCommand {
    /// Print an invite for somebody, as the last line. It works once, within 24 hours.
    Invite {
        /// The name that colleagues see.
        name: String,
        /// What they may do: admin, agent or readonly. Without it a newcomer is an agent, and
        /// everybody else stays what they are.
        #[arg(long)]
        role: Option<Role>,
    },
    /// List everybody.
    List,
    /// Take every access of somebody away: their devices are signed out within a second.
    Revoke {
        /// The name that colleagues see.
        name: String,
        /// Have their devices remove their copies of the records, too, as soon as they ask. Drafts
        /// and texts that were not sent yet stay.
        #[arg(long)]
        wipe: bool,
    },
}

/// Carries a command out, by the running relay where there is one.
pub(super) async fn run(config: &Config, command: AgentCommand) -> anyhow::Result<()> {
    let command = match command {
        AgentCommand::Invite { name, role } => Command::Invite { name, role },
        AgentCommand::List => Command::ListAgents,
        AgentCommand::Revoke { name, wipe } => Command::Revoke { name, wipe },
    };
    match client::ask(config, command).await? {
        Answer::Invite { invite } => print(&invite),
        Answer::Agents { agents } => {
            for agent in agents {
                let state = if agent.active { "active" } else { "revoked" };
                print(&format!(
                    "{}\t{}\t{state}",
                    SafeText::line(&agent.name),
                    agent.role.as_str()
                ));
            }
        }
        Answer::Revoked { tokens: 1 } => print("1 token revoked"),
        Answer::Revoked { tokens } => print(&format!("{tokens} tokens revoked")),
        Answer::Error { message } => anyhow::bail!(message),
        _ => anyhow::bail!("the running relay answered something else"),
    }
    Ok(())
}
