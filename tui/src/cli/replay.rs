//! `replay`: the screens of a recording, as text.

use crate::record::replay::replay;
use anyhow::Context as _;
use clap::Args;
use ratatui::layout::Size;
use std::fs::File;
use std::io::{BufReader, Write as _};
use std::num::NonZeroUsize;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct ReplayArguments {
    /// What `--record` wrote.
    file: PathBuf,
    /// Columns and rows of every screen, such as 80x24. Without it: as they were.
    #[arg(long, value_parser = size)]
    size: Option<Size>,
    /// Print the screen after every Nth event. Without it: only the last one.
    #[arg(long, value_name = "N")]
    step: Option<NonZeroUsize>,
}

fn size(text: &str) -> Result<Size, String> {
    let parsed = text.split_once('x').and_then(|(width, height)| {
        Some(Size {
            width: width.parse().ok()?,
            height: height.parse().ok()?,
        })
    });
    let usual = |size: &Size| (1..=500).contains(&size.width) && (1..=500).contains(&size.height);
    parsed
        .filter(usual)
        .ok_or_else(|| "expected columns and rows up to 500, such as 80x24".to_owned())
}

/// Prints the screens.
pub(super) fn run(arguments: &ReplayArguments) -> anyhow::Result<()> {
    let name = arguments.file.display().to_string();
    let file = File::open(&arguments.file).with_context(|| name.clone())?;
    let mut out = std::io::stdout().lock();
    let mut last = String::new();
    let mut written = Ok(());
    let replayed = replay(
        BufReader::new(file),
        arguments.size,
        |shown| match arguments.step {
            Some(step) if shown.step.is_multiple_of(step.get()) && written.is_ok() => {
                written = write!(out, "--- {}\n{}", shown.step, shown.text);
            }
            Some(_) => {}
            None => shown.text.clone_into(&mut last),
        },
    );
    // Whoever reads may have enough before the end.
    let _ = written.and_then(|()| out.write_all(last.as_bytes()));
    replayed.with_context(|| name)
}
