//! Administration: commands that work while the relay runs, through a socket beside the database,
//! and when it does not, on the database itself.

pub mod client;
pub mod removal;
pub mod socket;

use crate::desk::erase::Extent;
use crate::desk::people::NewToken;
use crate::desk::purge::Purged;
use crate::desk::settings::{self, By};
use crate::desk::{DeskError, people, rules};
use crate::store::audit::{self, Note};
use crate::store::sql::Tx;
use crate::store::sweep::Beside;
use crate::store::tokens::{self, Copies};
use crate::store::{Store, agents, outbox, settings as kept};
use crate::twilio::public_url::PublicUrl;
use removal::Erased;
use serde::{Deserialize, Serialize};
use smsdesk_common::agent::{Agent, Role};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::rules::{PutRules, Rules};
use smsdesk_common::api::tokens::Token;
use smsdesk_common::audit::{Actor, Deed};
use smsdesk_common::ids::TokenId;
use smsdesk_common::phone::Address;
use smsdesk_common::scope::Scopes;
use smsdesk_common::time::Timestamp;
use std::time::Duration;

/// How long a command may take, in seconds.
const COMMAND_S_MAX: u64 = 10;
/// How long it may take to take records out, in seconds: millions of them go piece by piece.
const REMOVAL_S_MAX: u64 = 6 * 60 * 60;

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
        /// Whether their copies of the records are to be removed.
        #[serde(default)]
        wipe: bool,
    },
    /// Make a token for a program.
    AddToken {
        /// What colleagues see.
        name: String,
        /// What it may do.
        scopes: Scopes,
        /// After how many milliseconds it ends.
        lasts_ms: Option<i64>,
    },
    /// List the tokens of devices and programs.
    ListTokens,
    /// Take one token's access away.
    RevokeToken {
        /// Which.
        id: TokenId,
        /// Whether its copy of the records is to be removed.
        #[serde(default)]
        wipe: bool,
    },
    /// Note in the audit that the operator has done something.
    Note {
        /// What: the name of a deed.
        deed: String,
        /// In a few words that name nobody's number.
        name: String,
    },
    /// Take everything about somebody out, or only say how much that is.
    Erase {
        /// One of their addresses.
        address: Address,
        /// Whether only to say.
        dry_run: bool,
    },
    /// Take out what is older than so many milliseconds, or only say how much that is.
    Purge {
        /// How old.
        older_than_ms: i64,
        /// Whether only to say.
        dry_run: bool,
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

impl Command {
    /// How long it may take.
    pub(crate) const fn limit(&self) -> Duration {
        Duration::from_secs(match self {
            Self::Erase { .. } | Self::Purge { .. } => REMOVAL_S_MAX,
            _ => COMMAND_S_MAX,
        })
    }
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
    /// A token for a program, to be handed over once.
    Token {
        /// Names it.
        id: TokenId,
        /// Its secret.
        token: String,
    },
    /// The tokens of devices and programs.
    Tokens {
        /// By the names of who acts with them.
        tokens: Vec<Token>,
    },
    /// It was done.
    Done,
    /// How much there is of somebody.
    Known {
        /// That much.
        extent: Extent,
        /// Every address of theirs, the one that was named first.
        addresses: Vec<Address>,
    },
    /// Somebody was erased.
    Erased {
        /// How.
        erased: Erased,
    },
    /// What was old was taken out, or would be.
    Purged {
        /// How much.
        purged: Purged,
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

fn note(tx: &mut dyn Tx, deed: &str, name: &str) -> Result<Answer, DeskError> {
    let deed: Deed = deed
        .parse()
        .map_err(|why: String| DeskError::refused(ErrorCode::ParameterInvalid, why))?;
    audit::append(tx, Note::new(Actor::Operator, deed).with("name", name))?;
    Ok(Answer::Done)
}

const fn copies(wipe: bool) -> Copies {
    if wipe { Copies::Wipe } else { Copies::Stay }
}

async fn set_rules(store: &Store, text: String) -> Result<Rules, DeskError> {
    let put = PutRules {
        text,
        ..PutRules::default()
    };
    store.write(move |tx| rules::put(tx, None, &put)).await
}

/// Carries a command out.
pub async fn perform(
    store: &Store,
    public_url: &PublicUrl,
    command: Command,
    beside: Beside,
) -> Answer {
    let done = match command {
        Command::Erase { .. } | Command::Purge { .. } => {
            removal::asked(store, command, beside).await
        }
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
        Command::Revoke { name, wipe } => store
            .write(move |tx| people::revoke(tx, &name, copies(wipe)))
            .await
            .map(|tokens| Answer::Revoked { tokens }),
        Command::AddToken {
            name,
            scopes,
            lasts_ms,
        } => {
            let instance = store.instance().to_owned();
            let new = NewToken {
                name,
                scopes,
                lasts_ms,
            };
            let added = store.write(move |tx| people::add_token(tx, &new, &instance));
            added
                .await
                .map(|(_, id, token)| Answer::Token { id, token })
        }
        Command::ListTokens => store
            .read(|reads| tokens::all(reads).map_err(DeskError::from))
            .await
            .map(|tokens| Answer::Tokens { tokens }),
        Command::RevokeToken { id, wipe } => store
            .write(move |tx| people::revoke_token(tx, Actor::Operator, id, copies(wipe)))
            .await
            .map(|token| Answer::Tokens {
                tokens: vec![token],
            }),
        Command::Note { deed, name } => store.write(move |tx| note(tx, &deed, &name)).await,
        Command::Sends { pause } => store.write(move |tx| sends(tx, pause)).await,
        Command::ShowRules => store.read(rules::shown).await.map(told),
        Command::SetRules { text } => set_rules(store, text).await.map(told),
        Command::SeedRules => store
            .write(|tx| {
                rules::seed(tx, None)?;
                rules::shown(tx)
            })
            .await
            .map(told),
    };
    done.unwrap_or_else(refused)
}

fn refused(error: DeskError) -> Answer {
    let message = match error {
        DeskError::Refused { detail, .. }
        | DeskError::Conflict { detail, .. }
        | DeskError::Lacks { detail, .. }
        | DeskError::Meanwhile { detail, .. } => detail,
        DeskError::Store(error) => error.to_string(),
    };
    Answer::Error { message }
}

fn told(rules: Rules) -> Answer {
    Answer::Rules {
        rules: Box::new(rules),
    }
}
