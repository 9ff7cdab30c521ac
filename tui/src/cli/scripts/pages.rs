//! `completions` and `man`: what packagers install beside the program.

use anyhow::Context as _;
use std::io::Write as _;

/// Prints a shell's completion script.
pub(super) fn completions(shell: clap_complete::Shell) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut crate::cli::command(), "smsdesk", &mut script);
    print(&script)
}

/// Prints the manual page: the program, then each of its commands.
pub(super) fn man() -> anyhow::Result<()> {
    let mut page = Vec::new();
    clap_mangen::Man::new(crate::cli::command()).render(&mut page)?;
    print(&page)
}

fn print(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .context("the output cannot be written")
}
