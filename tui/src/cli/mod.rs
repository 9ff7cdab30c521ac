//! The command line: arguments in, exit code out. One subcommand a file.

mod desk;
mod doctor;
mod edits;
mod first_run;
mod join;
#[cfg(feature = "demo")]
mod practice;
mod replay;
mod scripts;
mod sealing;

use self::scripts::Json;
pub use self::scripts::rows_of_list;
use crate::config::{self, Record};
use crate::record::tape::Words;
use clap::{CommandFactory as _, Parser, Subcommand};
use smsdesk_common::config::ConfigError;
use smsdesk_common::safe_text::SafeText;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Exit code for a relay that cannot be reached.
const EXIT_UNREACHABLE: u8 = 4;
/// Exit code for a request that the relay refuses.
const EXIT_REFUSED: u8 = 3;
/// Exit code for a configuration that cannot be used (`EX_CONFIG` of sysexits.h).
const EXIT_CONFIG: u8 = 78;

/// Work a support team's SMS conversations from the terminal.
#[derive(Debug, Parser)]
#[command(name = "smsdesk", version, max_term_width = 100)]
struct Arguments {
    /// The configuration file. Without it: $SMSDESK_CONFIG, smsdesk.toml in the user's
    /// configuration folder.
    #[arg(long, global = true, env = "SMSDESK_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Which desk, for people who work at several: each has its own relay, cache and outbox.
    #[arg(
        long,
        global = true,
        env = "SMSDESK_PROFILE",
        default_value = "default"
    )]
    profile: String,
    /// Use no colours.
    #[arg(long, global = true)]
    no_color: bool,
    /// Answer in JSON, one object a line; for commands that answer.
    #[arg(long, global = true)]
    json: bool,
    /// Keep what happens in a new file, for `smsdesk replay`; words, names and numbers are masked.
    #[arg(long, global = true, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Keep words, names and numbers in the recording as they are.
    #[arg(long, global = true, requires = "record")]
    record_bodies: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Practise with made-up customers: the real relay and a Twilio simulator in this process.
    #[cfg(feature = "demo")]
    Demo(practice::DemoArguments),
    /// Join a relay with an invite, https://host#CODE.
    Join {
        /// As the relay's operator gave it.
        invite: String,
    },
    /// Look at the way to the relay, this device's copy of its records, and the terminal, and say
    /// what to do about what is wrong. Exit code 1 where a check fails.
    Doctor,
    /// Put away, under a name with the time, encrypted files of this device whose key is gone for good.
    LostKey,
    #[command(flatten)]
    Script(scripts::Script),
    /// Print the screens of a recording; needs no terminal and no relay.
    Replay(replay::ReplayArguments),
}

/// What the program can be asked, for documentation and what checks it.
pub fn command() -> clap::Command {
    Arguments::command()
}

/// Runs the program.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // A second installation is refused; the first one serves all.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The terminal is restored by now: it is given back before the error gets here.
            let _ = writeln!(std::io::stderr(), "smsdesk: {}", words(&error));
            ExitCode::from(exit_code(&error))
        }
    }
}

/// An error as a terminal may show it: what went wrong at a relay stands there in its words.
fn words(error: &anyhow::Error) -> SafeText {
    SafeText::block(&format!("{error:#}"))
}

fn exit_code(error: &anyhow::Error) -> u8 {
    if error.downcast_ref::<ConfigError>().is_some() {
        return EXIT_CONFIG;
    }
    if let Some(error) = error.downcast_ref::<scripts::ScriptError>() {
        return error.exit_code();
    }
    error
        .downcast_ref::<join::JoinFailed>()
        .map_or(1, |failed| match failed {
            join::JoinFailed::Refused(_) => EXIT_REFUSED,
            join::JoinFailed::Unreachable(_) => EXIT_UNREACHABLE,
            join::JoinFailed::Invite(_) => 2,
        })
}

#[tokio::main]
async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let mut config = config::load(arguments.config.as_deref())?;
    let quiet = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    config.colours &= !(arguments.no_color || quiet);
    config.file = config::file(arguments.config.as_deref());
    config.record = arguments.record.map(|file| Record {
        file,
        words: match arguments.record_bodies {
            true => Words::Kept,
            false => Words::Masked,
        },
    });
    let folder = config::profile_folder(&arguments.profile)?;
    let json = if arguments.json { Json::Yes } else { Json::No };
    match arguments.command {
        None => first_run::run(&config, &folder).await,
        #[cfg(feature = "demo")]
        Some(Command::Demo(arguments)) => practice::run(&config, arguments).await,
        Some(Command::Join { invite }) => join::run(&config, &folder, &invite).await,
        Some(Command::Doctor) => doctor::run(&config, &folder, json).await,
        Some(Command::LostKey) => sealing::put_away(&config, &folder),
        Some(Command::Script(script)) => scripts::run(&config, &folder, script, json).await,
        Some(Command::Replay(arguments)) => replay::run(&arguments),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relays_words_reach_the_terminal_as_text() {
        let said = "no: \u{1b}]52;c;eA==\u{7}\u{9b}2J\u{202e}\nask again".to_owned();
        let error = anyhow::Error::from(join::JoinFailed::Refused(said));
        let shown = words(&error.context("joining")).into_string();
        assert!(shown.starts_with("joining: no: ‹U+001B›"), "{shown}");
        let obeyed = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
        assert!(!shown.contains(obeyed), "{shown:?}");
    }
}
