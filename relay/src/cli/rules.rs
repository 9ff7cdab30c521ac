//! `rules`: what answers or sorts what customers write.

use crate::admin::{Answer, Command, client};
use crate::cli::age::Since;
use crate::cli::{in_json, print};
use crate::clock::Clock;
use crate::config::Config;
use crate::desk::rules::{Replay, SHARE_PERCENT, replay};
use crate::store::view::View;
use anyhow::Context as _;
use clap::Subcommand;
use smsdesk_common::rule::TEXT_BYTES_MAX;
use smsdesk_common::safe_text::SafeText;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// How many answered texts are listed where nothing else is asked.
const LISTED: usize = 50;

#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// Print the text of the rules that hold.
    Show,
    /// Put a text of rules in place of those that hold. Says where they get in each other's way.
    Set {
        /// The text; - reads it from the standard input.
        file: PathBuf,
    },
    /// Give a desk without rules those to begin with.
    Seed,
    /// Say what rules would have answered. Sends and stores nothing, and needs no running relay.
    Test {
        /// How far back: 90m, 72h, 30d, or all.
        #[arg(long, value_name = "TIME", default_value = "30d")]
        since: Since,
        /// Rules to try in place of those that hold; - reads the standard input.
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// How many of the answered texts are listed, the newest ones.
        #[arg(long, value_name = "N", default_value_t = LISTED)]
        list: usize,
        /// From which share of all texts on a rule is said to swallow everyday ones, in percent.
        #[arg(long, value_name = "PERCENT", default_value_t = SHARE_PERCENT, value_parser = clap::value_parser!(u32).range(1..=100))]
        share: u32,
        /// One JSON object instead of words.
        #[arg(long)]
        json: bool,
    },
}

/// Carries a command out, by the running relay where there is one.
pub(super) async fn run(config: &Config, command: RulesCommand) -> anyhow::Result<()> {
    let command = match command {
        RulesCommand::Show => Command::ShowRules,
        RulesCommand::Set { file } => Command::SetRules { text: text(&file)? },
        RulesCommand::Seed => Command::SeedRules,
        RulesCommand::Test {
            since,
            file,
            list,
            share,
            json,
        } => {
            let rules = file.as_deref().map(text).transpose()?;
            let found = look(config, since, rules, (list, share)).await?;
            match json {
                true => print(&in_json(&found)?),
                false => tell(&found),
            }
            return Ok(());
        }
    };
    let is_show = command == Command::ShowRules;
    match client::ask(config, command).await? {
        Answer::Rules { rules } if is_show => {
            let text = SafeText::block(&rules.text);
            print(text.as_str().trim_end());
        }
        Answer::Rules { rules } => {
            for conflict in &rules.conflicts {
                print(&format!(
                    "warning: {}",
                    SafeText::line(&conflict.to_string())
                ));
            }
            print(&match rules.rules.len() {
                1 => "1 rule holds".to_owned(),
                all => format!("{all} rules hold"),
            });
        }
        Answer::Error { message } => anyhow::bail!(message),
        _ => anyhow::bail!("the relay gave another answer than was asked for"),
    }
    Ok(())
}

/// A text of rules from a file.
fn text(file: &Path) -> anyhow::Result<String> {
    let limit = TEXT_BYTES_MAX as u64 + 1;
    let mut text = String::new();
    let at = || format!("{}", file.display());
    if file == Path::new("-") {
        let input = std::io::stdin().lock();
        input.take(limit).read_to_string(&mut text)?;
    } else {
        let opened = std::fs::File::open(file).with_context(at)?;
        opened
            .take(limit)
            .read_to_string(&mut text)
            .with_context(at)?;
    }
    Ok(text)
}

async fn look(
    config: &Config,
    since: Since,
    rules: Option<String>,
    how: (usize, u32),
) -> anyhow::Result<Replay> {
    let view = View::open(&config.database, Clock::system())?;
    let now = view.clock().now();
    let since = now.plus_millis(-since.millis.unwrap_or_else(|| now.as_millis()));
    let found = view.read(move |reads| replay(reads, since, rules.as_deref(), how));
    Ok(found.await?)
}

/// Prints what would have been answered, the newest text first, then a count for each rule.
fn tell(found: &Replay) {
    for text in &found.latest {
        print(&format!(
            "{}  {}  {}",
            text.at.to_rfc3339(),
            SafeText::line(&text.rule),
            SafeText::line(&text.body)
        ));
    }
    if !found.latest.is_empty() {
        print("");
    }
    for count in &found.rules {
        let name = SafeText::line(&count.rule);
        let (meant, answered) = (count.meant, count.answered);
        print(&format!(
            "{name}: means {meant}, would have answered {answered}"
        ));
    }
    print(&format!(
        "{} texts, {} would have been answered",
        found.texts, found.answered
    ));
    for count in found.rules.iter().filter(|count| count.swallows) {
        print(&format!(
            "warning: {} swallows everyday texts: it would have answered {} of {}",
            SafeText::line(&count.rule),
            count.answered,
            found.texts
        ));
    }
}
