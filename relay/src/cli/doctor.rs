//! `doctor`: what is wrong with this installation, and what to do about it.

use crate::cli::{in_json, print};
use crate::clock::Clock;
use crate::config::Config;
use crate::doctor;
use crate::doctor::fix::{Proposal, mend, proposals};
use crate::doctor::report::{Report, State};
use clap::Args;
use std::io::{IsTerminal as _, Write as _};

#[derive(Debug, Args)]
pub(super) struct DoctorArguments {
    /// Mend what is safe to mend: the rights of files, and webhooks of the lines, after a question.
    #[arg(long)]
    fix: bool,
    /// Take every question of `--fix` as answered with yes.
    #[arg(long, requires = "fix")]
    yes: bool,
    /// One JSON object instead of words.
    #[arg(long)]
    json: bool,
}

/// Looks at everything; fails where a check fails.
pub(super) async fn run(config: &Config, arguments: &DoctorArguments) -> anyhow::Result<()> {
    let clock = Clock::system();
    let mut report = doctor::run(config, &clock).await;
    if arguments.fix && fix(config, arguments, &report).await {
        report = doctor::run(config, &clock).await;
    }
    if arguments.json {
        print(&in_json(&report)?);
    } else {
        report.lines().iter().for_each(|line| print(line));
    }
    match report.count(State::Fail) {
        0 => Ok(()),
        1 => anyhow::bail!("1 check failed"),
        failed => anyhow::bail!("{failed} checks failed"),
    }
}

/// Mends what can be mended, and says so on stderr, for stdout has the report. Whether anything is
/// another way now.
async fn fix(config: &Config, arguments: &DoctorArguments, report: &Report) -> bool {
    let mut any = false;
    for proposal in proposals(report) {
        let words = &proposal.words;
        if !agreed(arguments, &proposal) {
            tell(&format!("left as it is: {words} (--yes agrees to it)"));
            continue;
        }
        match mend(config, &proposal).await {
            Ok(()) => {
                any = true;
                tell(&format!("mended: {words}"));
            }
            Err(error) => tell(&format!("not mended: {words}: {error}")),
        }
    }
    any
}

/// Whether whoever runs it agrees; where nobody can be asked, nobody does.
fn agreed(arguments: &DoctorArguments, proposal: &Proposal) -> bool {
    if !proposal.asks || arguments.yes {
        return true;
    }
    if !std::io::stdin().is_terminal() {
        return false;
    }
    let mut stderr = std::io::stderr();
    let _ = write!(stderr, "set {}? [y/N] ", proposal.words);
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes")
}

fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
