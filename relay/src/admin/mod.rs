//! Administration: commands that work while the relay runs, through a socket beside the database,
//! and when it does not, on the database itself.

pub mod client;
pub mod socket;

use crate::desk::{DeskError, people};
use crate::store::{Store, agents};
use crate::twilio::public_url::PublicUrl;
use serde::{Deserialize, Serialize};
use smsdesk_common::agent::{Agent, Role};

/// What an operator wants done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Command {
    /// Make an invite, and the agent where there is none.
    Invite {
        /// Who.
        name: String,
        /// What they may do; none leaves it as it is.
        role: Option<Role>,
    },
    /// List the agents.
    ListAgents,
    /// Take every access of an agent away.
    Revoke {
        /// Who.
        name: String,
    },
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// An invite, to be handed over once.
    Invite {
        /// `https://host#CODE`.
        invite: String,
    },
    /// The agents by name.
    Agents {
        /// Every one, the former ones included.
        agents: Vec<Agent>,
    },
    /// How many tokens are worthless now.
    Revoked {
        /// Tokens.
        tokens: usize,
    },
    /// It was not done.
    Error {
        /// Why, in words.
        message: String,
    },
}

/// Carries a command out.
pub async fn perform(store: &Store, public_url: &PublicUrl, command: Command) -> Answer {
    let done = match command {
        Command::Invite { name, role } => store
            .write(move |tx| people::invite(tx, &name, role))
            .await
            .map(|(_, code)| Answer::Invite {
                invite: format!("{public_url}#{code}"),
            }),
        Command::ListAgents => store
            .read(|reads| agents::all(reads).map_err(DeskError::from))
            .await
            .map(|agents| Answer::Agents { agents }),
        Command::Revoke { name } => store
            .write(move |tx| people::revoke(tx, &name))
            .await
            .map(|tokens| Answer::Revoked { tokens }),
    };
    done.unwrap_or_else(|error| Answer::Error {
        message: match error {
            DeskError::Refused { detail, .. }
            | DeskError::Conflict { detail, .. }
            | DeskError::Lacks { detail, .. }
            | DeskError::Meanwhile { detail, .. } => detail,
            DeskError::Store(error) => error.to_string(),
        },
    })
}
