//! What scripts and shells ask of the relay: one call after another by the stored token, answers on
//! stdout, one a line.
//!
//! Never touches the local cache or outbox: a command has done what it says when it returns.

mod act;
mod bulk;
mod contact;
mod export;
mod find;
mod jobs;
mod output;
mod pages;
mod read;
mod search;
mod send;
mod settings;
mod stats;
mod template;
#[cfg(test)]
mod tests;
mod timed;

pub use self::contact::rows_of_list;
pub(super) use self::output::Json;
use self::output::Output;
use crate::cli::desk::relay_url;
use crate::cli::sealing;
use crate::config::Config;
use crate::identity::Identity;
use crate::link::Api;
use crate::link::failure::Failure;
use crate::model::price::Prices;
use clap::{Args, Subcommand};
use smsdesk_common::phone::Region;
use std::path::Path;

/// The commands that need no screen.
#[derive(Debug, Subcommand)]
pub(super) enum Script {
    /// Send one text and print its id.
    Send(send::SendArguments),
    /// Send one text to many: count, ask, send; list, pause, resume, cancel.
    Bulk(Box<bulk::BulkArguments>),
    /// Texts that go out later: list, cancel, move.
    Timed(timed::TimedArguments),
    /// List conversations, most recently touched first.
    List(read::ListArguments),
    /// Show the newest entries of a conversation, oldest first.
    Show(read::ShowArguments),
    /// Write whole conversations as text, Markdown, JSON or a table.
    Export(export::ExportArguments),
    /// Find texts and notes, newest first.
    Search(search::SearchArguments),
    /// Figures of the work: texts, delivery, replies, cost.
    Stats(stats::StatsArguments),
    /// Print every change of the feed as it comes, as JSON.
    Tail(read::TailArguments),
    /// Mark conversations as done.
    Close(act::Ids),
    /// Open conversations again.
    Reopen(act::Ids),
    /// Put conversations away until a time, or until the customer writes.
    Snooze(act::SnoozeArguments),
    /// Give conversations to a colleague, or to nobody.
    Assign(act::AssignArguments),
    /// Take conversations: they are mine.
    Take(act::Ids),
    /// Opt people out of all texts, at all of their numbers. Only they opt in again.
    OptOut(contact::OptOutArguments),
    /// Put labels on conversations, or take them off.
    Tag(act::TagArguments),
    /// Flag conversations, or take the flag off.
    Flag(act::FlagArguments),
    /// Write a private note for colleagues and print its id.
    Note(act::NoteArguments),
    /// Count the newest text of conversations as unread.
    Unread(act::Ids),
    /// People: list, show, change, merge, forget, import, export.
    #[command(subcommand)]
    Contact(contact::ContactCommand),
    /// The team's templates.
    #[command(subcommand)]
    Template(template::TemplateCommand),
    /// What the desk does by itself: show, set, who set what.
    Settings(settings::SettingsArguments),
    /// Appointments: list, make, change, tell where the technician is.
    #[command(subcommand)]
    Jobs(jobs::JobsCommand),
    /// Print a script that completes this program's arguments in a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page (for `man -l -`).
    Man(pages::ManArguments),
}

/// What to print.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Quiet {
    /// Print ids alone, one a line.
    #[arg(long, short)]
    quiet: bool,
}

/// Why a command did not do what it says, as its exit code tells.
#[derive(Debug, thiserror::Error)]
pub(super) enum ScriptError {
    /// What was given means nothing.
    #[error("{0}")]
    Usage(String),
    /// The relay said no.
    #[error("{0}")]
    Refused(String),
    /// The relay was not reached or cannot answer now.
    #[error("{0}")]
    Unreachable(String),
    /// Something else went wrong.
    #[error("{0}")]
    Failed(String),
}

impl ScriptError {
    /// The promised exit code.
    pub(super) const fn exit_code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
            Self::Refused(_) => crate::cli::EXIT_REFUSED,
            Self::Unreachable(_) => crate::cli::EXIT_UNREACHABLE,
        }
    }
}

impl From<Failure> for ScriptError {
    fn from(failure: Failure) -> Self {
        let words = failure.words();
        match failure {
            Failure::Unreachable(_) | Failure::Busy { .. } => Self::Unreachable(words),
            Failure::Refused(_) | Failure::SignedOut(_) => Self::Refused(words),
            Failure::Faulty(_) => Self::Failed(words),
        }
    }
}

/// What every command works with.
struct Desk {
    api: Api,
    region: Region,
    output: Output,
    prices: Prices,
}

/// Runs a command.
pub(super) async fn run(
    config: &Config,
    folder: &Path,
    script: Script,
    json: Json,
) -> anyhow::Result<()> {
    match script {
        Script::Completions { shell } => return pages::completions(shell),
        Script::Man(arguments) => return pages::man(&arguments),
        _ => {}
    }
    let identity = Identity::load_with(folder, || sealing::of(config, folder))?;
    let identity = identity.ok_or_else(|| {
        ScriptError::Usage("no relay was joined yet: smsdesk join INVITE".to_owned())
    })?;
    let desk = Desk {
        api: Api::new(relay_url(config, &identity)?, &identity.token).map_err(ScriptError::from)?,
        region: config.region,
        output: Output::new(json),
        prices: config.aids.prices.clone(),
    };
    Ok(desk.carry_out(script).await?)
}

impl Desk {
    async fn carry_out(mut self, script: Script) -> Result<(), ScriptError> {
        match script {
            Script::Send(arguments) => send::run(&mut self, arguments).await,
            Script::Bulk(arguments) => bulk::run(&mut self, *arguments).await,
            Script::Timed(arguments) => timed::run(&mut self, arguments).await,
            Script::List(arguments) => read::list(&mut self, arguments).await,
            Script::Show(arguments) => read::show(&mut self, arguments).await,
            Script::Export(arguments) => export::run(&mut self, arguments).await,
            Script::Search(arguments) => search::run(&mut self, arguments).await,
            Script::Stats(arguments) => stats::run(&mut self, arguments).await,
            Script::Tail(arguments) => read::tail(&mut self, arguments).await,
            Script::Close(ids) => act::run(&mut self, ids, act::Change::Close).await,
            Script::Reopen(ids) => act::run(&mut self, ids, act::Change::Reopen).await,
            Script::Snooze(arguments) => act::snooze(&mut self, arguments).await,
            Script::Assign(arguments) => act::assign(&mut self, arguments).await,
            Script::Take(ids) => act::take(&mut self, ids).await,
            Script::OptOut(arguments) => contact::opt_out(&mut self, arguments).await,
            Script::Tag(arguments) => act::tag(&mut self, arguments).await,
            Script::Flag(arguments) => act::flag(&mut self, arguments).await,
            Script::Note(arguments) => act::note(&mut self, arguments).await,
            Script::Contact(command) => contact::run(&mut self, command).await,
            Script::Settings(arguments) => settings::run(&mut self, arguments).await,
            Script::Template(command) => template::run(&mut self, command).await,
            Script::Jobs(command) => jobs::run(&mut self, command).await,
            Script::Unread(ids) => act::run(&mut self, ids, act::Change::Unread).await,
            // They need no relay and were answered already.
            Script::Completions { .. } | Script::Man(_) => Ok(()),
        }
    }
}
