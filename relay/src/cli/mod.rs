//! The command line: arguments in, exit code out. One subcommand a file.

mod age;
mod agent;
mod audit;
mod backup;
mod check_config;
mod doctor;
mod erase;
mod load;
mod opt_outs;
mod pages;
mod purge;
mod restore;
mod rules;
mod sends;
mod serve;
mod setup;
mod simulate;
mod token;
mod verify;

use crate::RunError;
use crate::clock::Clock;
use crate::config::Config;
use crate::store::OpenError;
use crate::telemetry::{self, Level, LogFormat};
use clap::{CommandFactory as _, Parser, Subcommand};
use serde::Serialize;
use smsdesk_common::config::ConfigError;
use smsdesk_common::safe_text::{SafeText, harmless};
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use tracing::level_filters::LevelFilter;

/// Exit code for a configuration that cannot be used, a database of a later version included
/// (`EX_CONFIG` of sysexits.h): starting again does not help.
const EXIT_CONFIG: u8 = 78;

/// Receives Twilio's webhooks, stores them durably and serves the desk's terminals.
#[derive(Debug, Parser)]
#[command(name = "smsdesk-relay", version, max_term_width = 100)]
struct Arguments {
    /// The configuration file. Without it: $SMSDESK_CONFIG, the user's configuration folder,
    /// /etc/smsdesk/relay.toml.
    #[arg(long, global = true, env = "SMSDESK_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// How log lines look.
    #[arg(long, global = true, value_enum, default_value_t)]
    log: LogFormat,
    /// How much is logged: error, warn, info, debug or trace. Without it `serve` goes by
    /// relay.log_level, everything else by info.
    #[arg(long, global = true, value_name = "LEVEL")]
    log_level: Option<LevelFilter>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the relay until SIGTERM or SIGINT.
    Serve,
    /// Ask what the relay has to know, write its configuration, have Twilio send texts to it, and
    /// invite the first admin. Can be run again at any time.
    Setup(setup::SetupArguments),
    /// Check the configuration and print what is in effect, secrets redacted.
    CheckConfig,
    /// Look at all that the relay needs, through its public URL too, and say what to do about what is
    /// wrong. Exit code 1 where a check fails.
    Doctor(doctor::DoctorArguments),
    /// Invite, list and revoke the people who answer.
    #[command(subcommand)]
    Agent(agent::AgentCommand),
    /// Add tokens for programs; list and revoke the tokens of devices and programs.
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Show who did what, check that nothing of it was changed, and take it elsewhere.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Pause everything that goes out, and let it go on.
    #[command(subcommand)]
    Sends(sends::SendsCommand),
    /// Copy the database into a new file, verified, whether the relay runs or not.
    Backup {
        /// The new file.
        file: PathBuf,
    },
    /// What people have said about being texted.
    #[command(subcommand, name = "optouts")]
    OptOuts(opt_outs::OptOutsCommand),
    /// Take everything about somebody out: what is known of them, what was said, what came raw. What
    /// they said about being texted holds on.
    Erase(erase::EraseArguments),
    /// Take out what is older than a time: texts, notes, changes and raw webhooks.
    Purge(purge::PurgeArguments),
    /// Put a backup in the place of the database. The relay must not run.
    Restore {
        /// The backup; it stays as it is.
        file: PathBuf,
        /// Only try it, in a folder of its own that goes again, whether a relay runs or not: is it
        /// good, and how long does it take?
        #[arg(long)]
        drill: bool,
    },
    /// Show, set and try the rules that answer or sort what customers write.
    #[command(subcommand)]
    Rules(rules::RulesCommand),
    /// Walk the database and say what does not fit. Changes nothing; exit code 1 where something
    /// was found.
    Verify(verify::VerifyArguments),
    /// Run the Twilio simulator alone.
    Simulate(simulate::SimulateArguments),
    /// Print a script that completes this program's arguments in a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page (for `man -l -`).
    Man(pages::ManArguments),
}

/// What the program can be asked, for documentation and what checks it.
pub fn command() -> clap::Command {
    Arguments::command()
}

/// Runs the program.
pub fn main() -> ExitCode {
    main_by(&Clock::system())
}

/// [`main`], whose `serve` goes by another clock: tests have one that fails.
pub fn main_by(clock: &Clock) -> ExitCode {
    let arguments = Arguments::parse();
    let level = arguments.log_level.unwrap_or(LevelFilter::INFO);
    let level = telemetry::start(arguments.log, level);
    // What an argument says, no configuration changes.
    let level = arguments.log_level.is_none().then_some(level);
    telemetry::tell_panics();
    // A second installation is refused; the first one serves all.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match run(arguments, clock, level) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Some of it may be Twilio's words, or a proxy's.
            let words = SafeText::block(&format!("{error:#}"));
            let _ = writeln!(std::io::stderr(), "smsdesk-relay: {words}");
            if is_for_the_operator(&error) {
                ExitCode::from(EXIT_CONFIG)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

fn is_for_the_operator(error: &anyhow::Error) -> bool {
    let open = match error.downcast_ref::<RunError>() {
        Some(RunError::Open(open)) => Some(open),
        _ => error.downcast_ref::<OpenError>(),
    };
    let file = open.is_some_and(|open| {
        matches!(
            open,
            OpenError::Newer { .. } | OpenError::Foreign { .. } | OpenError::Restoring { .. }
        )
    });
    file || error.downcast_ref::<ConfigError>().is_some()
}

#[tokio::main]
async fn run(arguments: Arguments, clock: &Clock, level: Option<Level>) -> anyhow::Result<()> {
    let load = || -> Result<Config, ConfigError> { load::config(arguments.config.as_deref()) };
    match arguments.command {
        Command::Serve => serve::run(arguments.config.clone(), clock.clone(), level).await,
        Command::Setup(of) => setup::run(arguments.config.as_deref(), of).await,
        Command::CheckConfig => check_config::run(&load()?),
        Command::Doctor(arguments) => doctor::run(&load()?, &arguments).await,
        Command::Agent(command) => agent::run(&load()?, command).await,
        Command::Token(command) => token::run(&load()?, command).await,
        Command::Audit(command) => audit::run(&load()?, command).await,
        Command::Sends(command) => sends::run(&load()?, command).await,
        Command::Backup { file } => backup::run(&load()?, &file).await,
        Command::Erase(arguments) => erase::run(&load()?, &arguments).await,
        Command::Purge(arguments) => purge::run(&load()?, &arguments).await,
        Command::OptOuts(command) => opt_outs::run(&load()?, command).await,
        Command::Restore { file, drill: true } => restore::drill(&load()?, &file),
        Command::Restore { file, drill: false } => restore::run(&load()?, &file),
        Command::Rules(command) => rules::run(&load()?, command).await,
        Command::Verify(arguments) => verify::run(&load()?, &arguments).await,
        Command::Simulate(arguments) => simulate::run(arguments).await,
        Command::Completions { shell } => pages::completions(shell),
        Command::Man(arguments) => pages::man(&arguments),
    }
}

/// Prints a line; a closed pipe is not an error.
fn print(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// A value as JSON on one line.
fn in_json(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(harmless(&serde_json::to_string(value)?).into_owned())
}

/// Asks on the terminal. Without one nobody can agree.
fn agrees(question: &str) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        anyhow::bail!("nobody is there to ask: add --yes");
    }
    let _ = write!(std::io::stderr(), "{question} [y/N] ");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
