//! `verify`: what in the database does not fit, by itself and beside Twilio's lists.

use crate::cli::age::Since;
use crate::cli::{in_json, print};
use crate::clock::Clock;
use crate::config::Config;
use crate::outbox::compare::{Comparison, compare};
use crate::state::Accounts;
use crate::store::verify::{Report, verify, verify_backup};
use crate::store::view::View;
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct VerifyArguments {
    /// A backup to look at instead of the database.
    file: Option<PathBuf>,
    /// Compare with Twilio's own list, too.
    #[arg(long, conflicts_with = "file")]
    twilio: bool,
    /// How far back to compare with Twilio: 90m, 72h, 7d, or all that Twilio still lists.
    #[arg(long, value_name = "TIME", default_value = "72h", requires = "twilio")]
    since: Since,
    /// One JSON object instead of words.
    #[arg(long)]
    json: bool,
}

/// Both looks as one JSON object.
#[derive(Debug, Serialize)]
struct Both<'a> {
    #[serde(flatten)]
    report: &'a Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    twilio: Option<&'a Comparison>,
}

/// Walks the database by a connection of its own, and compares it with Twilio by a client of its
/// own: neither asks anything of a running relay.
pub(super) async fn run(config: &Config, arguments: &VerifyArguments) -> anyhow::Result<()> {
    let report = match &arguments.file {
        Some(file) => verify_backup(file)?,
        None => verify(&config.database)?,
    };
    if !arguments.json {
        tell(&report);
        print(&format!(
            "head {}, {} changes, digest {}",
            report.head, report.changes, report.digest
        ));
        if !report.complete {
            print("of an older schema: only the file and the feed were looked at");
        }
    }
    let twilio = match arguments.twilio {
        true => Some(beside_twilio(config, arguments.since).await?),
        false => None,
    };
    if arguments.json {
        let twilio = twilio.as_ref();
        print(&in_json(&Both {
            report: &report,
            twilio,
        })?);
    } else if let Some(comparison) = &twilio {
        print(&comparison.to_string());
    }
    let differences = twilio.map_or(0, |comparison| comparison.differences.len());
    match report.findings.len() + differences {
        0 => Ok(()),
        1 => anyhow::bail!("1 finding"),
        found => anyhow::bail!("{found} findings"),
    }
}

async fn beside_twilio(config: &Config, since: Since) -> anyhow::Result<Comparison> {
    let view = View::open(&config.database, Clock::system())?;
    let accounts = Accounts::new(&config.accounts, &config.api_base_url)?;
    let now = view.clock().now();
    let since = since.millis.map(|millis| now.plus_millis(-millis));
    Ok(compare(&view, &accounts, since).await?)
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
