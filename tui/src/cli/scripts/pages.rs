//! `completions` and `man`: what packagers install beside the program.

use anyhow::Context as _;
use clap::Args;
use std::io::Write as _;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(in crate::cli) struct ManArguments {
    /// Write a page for the program and one for each of its commands into this folder.
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
}

/// Prints a shell's completion script.
pub(super) fn completions(shell: clap_complete::Shell) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut crate::cli::command(), "smsdesk", &mut script);
    print(&script)
}

/// Prints the program's manual page, or writes all pages.
pub(super) fn man(arguments: &ManArguments) -> anyhow::Result<()> {
    let Some(folder) = &arguments.to else {
        let mut page = Vec::new();
        clap_mangen::Man::new(crate::cli::command()).render(&mut page)?;
        return print(&page);
    };
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(crate::cli::command(), folder))
        .with_context(|| format!("{}: the pages cannot be written", folder.display()))
}

fn print(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .context("the output cannot be written")
}
