//! `purge`: what is old is taken out.

use crate::admin::{Answer, Command, client};
use crate::cli::{agrees, print};
use crate::config::{Config, retention_span};
use clap::Args;

#[derive(Clone, Debug, Args)]
pub(super) struct PurgeArguments {
    /// How old: a number and `d`, at least 30d.
    #[arg(long, value_name = "SPAN", value_parser = retention_span)]
    older_than: i64,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
    /// Only say how much that would be.
    #[arg(long)]
    dry_run: bool,
}

/// Says how much there is, asks, and takes it out.
pub(super) async fn run(config: &Config, arguments: &PurgeArguments) -> anyhow::Result<()> {
    let asked = |dry_run| Command::Purge {
        older_than_ms: arguments.older_than,
        dry_run,
    };
    let Answer::Purged { purged } = client::ask(config, asked(true)).await? else {
        anyhow::bail!("the running relay answered something else");
    };
    print(&format!(
        "{} texts, notes and changes are older; conversations and contacts stay",
        purged.entries
    ));
    if arguments.dry_run {
        return Ok(());
    }
    if !arguments.yes && !agrees("Take them out, for ever, from the relay and every terminal?")? {
        anyhow::bail!("nothing was taken out");
    }
    let Answer::Purged { purged } = client::ask(config, asked(false)).await? else {
        anyhow::bail!("the running relay answered something else");
    };
    print(&format!(
        "taken out: {} entries, {} raw webhooks and reports",
        purged.entries, purged.raw
    ));
    Ok(())
}
