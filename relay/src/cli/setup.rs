//! `setup`: from nothing to a relay that takes texts.

use crate::cli::{load, print};
use crate::setup::undo::Consent;
use crate::setup::{self, Deeds, Order, answers, undo};
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(super) struct SetupArguments {
    /// Take the answers from a file (TOML) instead of asking.
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// Print a file of answers with every key explained.
    #[arg(long, conflicts_with_all = ["answers", "undo"])]
    example: bool,
    /// Show what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
    /// Put back what it replaced at Twilio, where that is still there.
    #[arg(long, conflicts_with = "answers")]
    undo: bool,
    /// With --undo: do not ask.
    #[arg(long, requires = "undo")]
    yes: bool,
}

/// Sets up, or undoes it.
pub(super) async fn run(named: Option<&Path>, arguments: SetupArguments) -> anyhow::Result<()> {
    if arguments.example {
        print(answers::EXAMPLE.trim_end());
        return Ok(());
    }
    let order = Order {
        config: load::place(named),
        answers: arguments.answers,
        deeds: if arguments.dry_run {
            Deeds::Shown
        } else {
            Deeds::Done
        },
    };
    if !arguments.undo {
        return setup::run(&order).await;
    }
    let consent = if arguments.yes {
        Consent::Given
    } else {
        Consent::Asked
    };
    let config = load::config(Some(&order.config))?;
    undo::run(&order, &config, consent).await
}
