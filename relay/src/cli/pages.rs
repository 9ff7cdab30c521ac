//! `completions` and `man`: what packagers install beside the program.

use anyhow::Context as _;
use clap::Args;
use std::io::Write as _;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct ManArguments {
    /// Write a page for the program and one for each of its commands into this folder.
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
}

/// Prints a shell's completion script.
pub(super) fn completions(shell: clap_complete::Shell) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut super::command(), "smsdesk-relay", &mut script);
    print(&script)
}

/// Prints the program's manual page, or writes all pages.
pub(super) fn man(arguments: &ManArguments) -> anyhow::Result<()> {
    let Some(folder) = &arguments.to else {
        let mut page = Vec::new();
        clap_mangen::Man::new(super::command()).render(&mut page)?;
        return print(&page);
    };
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(super::command(), folder))
        .with_context(|| format!("{}: the pages cannot be written", folder.display()))
}

fn print(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .context("the output cannot be written")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_manual_page() {
        let folder = tempfile::tempdir().unwrap();
        let pages = folder.path().join("man1");
        let to = Some(pages.clone());
        man(&ManArguments { to }).unwrap();
        for name in [
            "smsdesk-relay",
            "smsdesk-relay-serve",
            "smsdesk-relay-agent-invite",
        ] {
            let page = std::fs::read_to_string(pages.join(format!("{name}.1"))).unwrap();
            assert!(page.contains(".SH SYNOPSIS"), "{name}: {page}");
        }
        let file = pages.join("smsdesk-relay.1");
        let to = Some(file.clone());
        let error = man(&ManArguments { to }).unwrap_err();
        assert!(
            error.to_string().contains(file.to_str().unwrap()),
            "{error}"
        );
    }
}
