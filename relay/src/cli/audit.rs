//! `audit`: who did what.

use crate::admin::{Answer, Command, client};
use crate::cli::age::Age;
use crate::cli::{in_json, print};
use crate::clock::Clock;
use crate::config::Config;
use crate::store::audit::{self, Anchor, Followed, Wanted};
use crate::store::verify::verify_audit;
use crate::store::view::View;
use anyhow::Context as _;
use clap::Subcommand;
use serde::Serialize;
use smsdesk_common::audit::{AuditRow, Deed};
use smsdesk_common::ids::Seq;
use smsdesk_common::safe_text::SafeText;
use std::io::Write as _;
use std::path::PathBuf;

/// Rows that are read at a time.
const CHUNK: u32 = 1_000;

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Show rows, the newest last.
    Show {
        /// How far back: 90m, 72h or 7d. Without it, as far as the rows go.
        #[arg(long, value_name = "TIME")]
        since: Option<Age>,
        /// Only what somebody did: an agent's name, operator, relay or nobody.
        #[arg(long, value_name = "WHO")]
        actor: Option<String>,
        /// Only one kind of deed: logged_in, sent, set, token_revoked and so on.
        #[arg(long)]
        deed: Option<Deed>,
        /// The most rows; the newest count.
        #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        limit: u32,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Follow the chain from the first row to the newest and name the first row that is not as it
    /// was written. Exit code 1 where there is one.
    Verify {
        /// What `audit verify` or the relay's log said earlier of the newest row, as NUMBER:HASH:
        /// finds rows that were removed or written anew since. May be given several times.
        #[arg(long, value_name = "NUMBER:HASH")]
        anchor: Vec<Anchor>,
        /// One JSON object instead of words.
        #[arg(long)]
        json: bool,
    },
    /// Write every row, one JSON object a line, to a new file or to the standard output.
    Export {
        /// The new file, for its owner alone.
        file: Option<PathBuf>,
    },
}

/// Carries a command out, beside the running relay where there is one.
pub(super) async fn run(config: &Config, command: AuditCommand) -> anyhow::Result<()> {
    let view = View::open(&config.database, Clock::system())?;
    match command {
        AuditCommand::Show {
            since,
            actor,
            deed,
            limit,
            json,
        } => {
            let now = view.clock().now();
            let wanted = Wanted {
                before: None,
                since: since.map(|since| now.plus_millis(-since.millis())),
                actor,
                deed: deed.map(|deed| deed.as_str().to_owned()),
            };
            show(&view, wanted, limit, json).await
        }
        AuditCommand::Verify { anchor, json } => verify(config, &anchor, json),
        AuditCommand::Export { file } => export(config, &view, file).await,
    }
}

async fn show(view: &View, wanted: Wanted, limit: u32, json: bool) -> anyhow::Result<()> {
    let read = view.read(move |reads| audit::page(reads, &wanted, limit));
    for row in read.await?.iter().rev() {
        let line = match json {
            true => in_json(row)?,
            false => told(row),
        };
        print(&line);
    }
    Ok(())
}

fn told(row: &AuditRow) -> String {
    let words = SafeText::line(&row.words());
    format!("{}\t{}\t{}", row.n, row.at.to_rfc3339(), words.as_str())
}

/// What a script reads.
#[derive(Debug, Serialize)]
struct Verified<'a> {
    rows: u64,
    anchor: String,
    fault: Option<&'a str>,
}

fn verify(config: &Config, anchors: &[Anchor], json: bool) -> anyhow::Result<()> {
    let followed = verify_audit(&config.database, anchors)?;
    let Followed {
        rows,
        newest,
        fault,
    } = followed;
    if json {
        let verified = Verified {
            rows,
            anchor: newest.to_string(),
            fault: fault.as_deref(),
        };
        print(&in_json(&verified)?);
    } else if fault.is_none() {
        print(&format!("{rows} rows, each as it was written"));
        print(&format!("anchor {newest}"));
    }
    fault.map_or(Ok(()), |fault| anyhow::bail!(fault))
}

async fn export(config: &Config, view: &View, file: Option<PathBuf>) -> anyhow::Result<()> {
    let name = file.as_ref().map_or("the audit", |_| "the audit to a file");
    let note = Command::Note {
        deed: Deed::Exported.as_str().to_owned(),
        name: name.to_owned(),
    };
    if let Answer::Error { message } = client::ask(config, note).await? {
        anyhow::bail!(message);
    }
    let mut out: Box<dyn std::io::Write> = match &file {
        Some(path) => {
            let mut options = std::fs::OpenOptions::new();
            options.write(true).create_new(true);
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let opened = options.open(path);
            Box::new(opened.with_context(|| path.display().to_string())?)
        }
        None => Box::new(std::io::stdout()),
    };
    let mut after = Seq::ZERO;
    loop {
        let rows = view
            .read(move |reads| audit::after(reads, after, CHUNK))
            .await?;
        let Some(last) = rows.last() else { break };
        after = last.n;
        for row in &rows {
            writeln!(out, "{}", in_json(row)?)?;
        }
    }
    Ok(out.flush()?)
}
