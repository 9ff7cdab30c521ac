//! Administration: commands that work while the relay runs, through a socket beside the database,
//! and when it does not, on the database itself.

pub mod client;
pub mod socket;

use crate::desk::settings::{self, By};
use crate::desk::{DeskError, people, rules};
use crate::store::sql::Tx;
use crate::store::{Store, agents, outbox, settings as kept};
use crate::twilio::public_url::PublicUrl;
use serde::{Deserialize, Serialize};
use smsdesk_common::agent::{Agent, Role};
use smsdesk_common::api::rules::{PutRules, Rules};
use smsdesk_common::time::Timestamp;

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
    /// Pause everything that goes out, let it go on, or say which.
    Sends {
        /// Whether to pause; none leaves it as it is.
        pause: Option<bool>,
    },
    /// Show the rules that hold.
    ShowRules,
    /// Put rules in place of those that hold.
    SetRules {
        /// All of them.
        text: String,
    },
    /// Give a desk without rules those to begin with.
    SeedRules,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// How sending stands.
    Sends {
        /// Whether everything is paused.
        paused: bool,
        /// Since when that is so; none where it never was otherwise.
        since: Option<Timestamp>,
        /// How many texts wait.
        waiting: u64,
    },
    /// The rules that hold.
    Rules {
        /// As they are by now.
        rules: Box<Rules>,
    },
    /// It was not done.
    Error {
        /// Why, in words.
        message: String,
    },
}

fn sends(tx: &mut dyn Tx, pause: Option<bool>) -> Result<Answer, DeskError> {
    if let Some(pause) = pause {
        settings::pause(tx, By::Operator, pause)?;
    }
    Ok(Answer::Sends {
        paused: kept::sends_paused(tx)?,
        since: kept::since(tx, settings::PAUSED)?,
        waiting: outbox::counts(tx)?.waiting,
    })
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
        Command::Sends { pause } => store.write(move |tx| sends(tx, pause)).await,
        Command::ShowRules => store.read(rules::shown).await.map(told),
        Command::SetRules { text } => {
            let put = PutRules {
                id: None,
                text,
                if_seq: None,
            };
            let done = store.write(move |tx| rules::put(tx, None, &put));
            done.await.map(told)
        }
        Command::SeedRules => store
            .write(|tx| {
                rules::seed(tx, None)?;
                rules::shown(tx)
            })
            .await
            .map(told),
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

fn told(rules: Rules) -> Answer {
    Answer::Rules {
        rules: Box::new(rules),
    }
}
