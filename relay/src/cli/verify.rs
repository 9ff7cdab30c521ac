//! `verify`: what in the database does not fit.

use crate::cli::print;
use crate::config::Config;
use crate::store::verify::{Report, verify, verify_backup};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct VerifyArguments {
    /// A backup to look at instead of the database.
    file: Option<PathBuf>,
    /// Compare with Twilio's own list, too.
    #[arg(long, conflicts_with = "file")]
    twilio: bool,
    /// One JSON object instead of words.
    #[arg(long)]
    json: bool,
}

/// Walks the database by a connection of its own.
pub(super) fn run(config: &Config, arguments: &VerifyArguments) -> anyhow::Result<()> {
    if arguments.twilio {
        anyhow::bail!("--twilio is not available in this version");
    }
    let report = match &arguments.file {
        Some(file) => verify_backup(file)?,
        None => verify(&config.database)?,
    };
    if arguments.json {
        print(&serde_json::to_string(&report)?);
    } else {
        tell(&report);
        print(&format!(
            "head {}, {} changes, digest {}",
            report.head, report.changes, report.digest
        ));
        if !report.complete {
            print("of an older schema: only the file and the feed were looked at");
        }
    }
    match report.findings.len() {
        0 => Ok(()),
        1 => anyhow::bail!("1 finding"),
        found => anyhow::bail!("{found} findings"),
    }
}

/// Prints what was found, a line each.
pub(super) fn tell(report: &Report) {
    for finding in &report.findings {
        print(&format!("{}: {}", finding.check, finding.words));
    }
    for check in &report.shortened {
        print(&format!("{check}: and more of these"));
    }
}
