//! `token`: devices and programs that may act, one by one.

use crate::admin::{Answer, Command, client};
use crate::cli::age::Age;
use crate::cli::{in_json, print};
use crate::config::Config;
use clap::Subcommand;
use smsdesk_common::api::tokens::Token;
use smsdesk_common::ids::TokenId;
use smsdesk_common::safe_text::SafeText;
use smsdesk_common::scope::Scopes;
use smsdesk_common::time::Timestamp;

#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Print a new token for a program, as the last line. It is shown once and stored nowhere.
    Add {
        /// The program's name, which colleagues see beside what it does.
        name: String,
        /// What it may do: send, read, triggers, contacts; several with commas between them.
        #[arg(long, required = true, value_name = "SCOPES")]
        scope: Scopes,
        /// After which time it ends by itself: 90m, 72h or 30d. Without it, it does not.
        #[arg(long, value_name = "TIME")]
        expires: Option<Age>,
    },
    /// List the tokens of devices and programs, with their last use.
    List {
        /// Those that are no longer accepted, too.
        #[arg(long)]
        all: bool,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Take one token's access away: whatever is open by it is closed within a second.
    Revoke {
        /// Its id, as `token list` shows it.
        id: TokenId,
        /// Have the device remove its copy of the records, too, as soon as it asks. Drafts and
        /// texts that were not sent yet stay.
        #[arg(long)]
        wipe: bool,
    },
}

/// Carries a command out, by the running relay where there is one.
pub(super) async fn run(config: &Config, command: TokenCommand) -> anyhow::Result<()> {
    let (all, json) = match command {
        TokenCommand::List { all, json } => (all, json),
        _ => (true, false),
    };
    let command = match command {
        TokenCommand::Add {
            name,
            scope,
            expires,
        } => Command::AddToken {
            name,
            scopes: scope,
            lasts_ms: expires.map(Age::millis),
        },
        TokenCommand::List { .. } => Command::ListTokens,
        TokenCommand::Revoke { id, wipe } => Command::RevokeToken { id, wipe },
    };
    match client::ask(config, command).await? {
        Answer::Token { id, token } => {
            print(&format!("id {id}"));
            print(&token);
        }
        Answer::Tokens { tokens } => {
            let wanted = |token: &&Token| all || token.revoked_at.is_none();
            for token in tokens.iter().filter(wanted) {
                let line = match json {
                    true => in_json(token)?,
                    false => told(token),
                };
                print(&line);
            }
        }
        Answer::Error { message } => anyhow::bail!(message),
        _ => anyhow::bail!("the running relay answered something else"),
    }
    Ok(())
}

/// A token in columns: id, who, what it may do, since when, last use, state.
fn told(token: &Token) -> String {
    let may = match token.scopes.is_empty() {
        true => token.role.as_str().to_owned(),
        false => token.scopes.to_string(),
    };
    let time = |at: Option<Timestamp>| at.map_or_else(|| "never".to_owned(), Timestamp::to_rfc3339);
    let state = match (token.revoked_at, token.wipe, token.expires_at) {
        (Some(_), true, _) => "revoked, to be wiped".to_owned(),
        (Some(_), false, _) => "revoked".to_owned(),
        (None, _, Some(end)) => format!("ends {}", end.to_rfc3339()),
        (None, _, None) => "active".to_owned(),
    };
    format!(
        "{}\t{}\t{may}\tsince {}\tused {}\t{state}",
        token.id,
        SafeText::line(&token.name),
        token.created_at.to_rfc3339(),
        time(token.used_at)
    )
}
