//! `setup`: from an account at Twilio to a relay that takes its texts; and back.
//!
//! It can be run again at any time and after any interruption: it does what is missing and leaves
//! what is right. Nothing is changed before the plan was shown. What it replaces at Twilio is on the
//! disk before it is replaced.

pub mod answers;
pub mod disk;
pub mod document;
pub mod gather;
pub mod https;
pub mod known;
pub mod plan;
pub mod recipe;
pub mod replaced;
pub mod source;
pub mod survey;
pub mod system;
pub mod terminal;
#[cfg(test)]
mod tests;
pub mod undo;
pub mod unit;
mod work;

use self::answers::Answers;
use self::source::Source;
use self::terminal::Terminal;
use anyhow::{Context as _, bail};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// What is remembered of what was replaced lies beside the configuration, under its name and this.
const REPLACED: &str = ".replaced.json";

/// Whether anything is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deeds {
    /// What was agreed to.
    Done,
    /// Nothing: it is only shown.
    Shown,
}

/// What setup is to do.
#[derive(Debug)]
pub struct Order {
    /// The configuration to be written.
    pub config: PathBuf,
    /// Who answers: this file, else somebody at the terminal.
    pub answers: Option<PathBuf>,
    /// Whether anything is changed.
    pub deeds: Deeds,
}

impl Order {
    /// Where is kept what was replaced at Twilio.
    #[must_use]
    pub fn memory(&self) -> PathBuf {
        disk::beside(&self.config, REPLACED)
    }

    fn source(&self) -> anyhow::Result<Source> {
        if let Some(file) = &self.answers {
            let name = file.display().to_string();
            let text =
                disk::read(file)?.with_context(|| format!("{name}: there is no such file"))?;
            return Ok(Source::File(Answers::parse(&name, &text)?));
        }
        match Terminal::here() {
            Some(terminal) => Ok(Source::Person(terminal)),
            None => bail!(
                "setup asks questions: run it at a terminal, or with --answers FILE (see \
                 --example)"
            ),
        }
    }
}

/// Sets the relay up.
///
/// # Errors
/// An answer will not do, Twilio refuses something, or something cannot be written. What was done
/// until then is good; running it again goes on.
pub async fn run(order: &Order) -> anyhow::Result<()> {
    let mut source = order.source()?;
    work::run(order, &mut source).await
}

/// Writes a line for whoever runs this.
fn print(words: &str) {
    // A closed pipe is not an error.
    let _ = writeln!(std::io::stdout(), "{words}");
}

fn load_replaced(path: &Path) -> anyhow::Result<replaced::Replaced> {
    let Some(text) = disk::read(path)? else {
        return Ok(replaced::Replaced::default());
    };
    serde_json::from_str(&text).with_context(|| {
        format!(
            "{}: expected what setup wrote there; it is the only note of what was replaced",
            path.display()
        )
    })
}

fn save_replaced(path: &Path, replaced: &replaced::Replaced) -> anyhow::Result<()> {
    if replaced.places.is_empty() {
        return match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| path.display().to_string())
            }
            _ => Ok(()),
        };
    }
    let text = serde_json::to_string_pretty(replaced)?;
    disk::write(path, &text, disk::Access::PRIVATE)
}
