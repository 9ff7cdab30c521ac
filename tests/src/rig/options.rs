//! The command line of the rig.

use anyhow::Context as _;
use std::path::PathBuf;

/// What to do, and with what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// `kills`, `faults`, `power` or `promises`.
    pub command: String,
    /// How many kills.
    pub count: u64,
    /// How many images.
    pub images: u64,
    /// How many places of each system call are hit.
    pub points: u64,
    /// How many sends lose their answers; other parts of `promises` take as many times as much or
    /// as little.
    pub texts: u64,
    /// Only this part of `faults` or `promises`.
    pub only: Option<String>,
    /// What the plan follows from.
    pub seed: u64,
    /// The relay's program; without it the rig itself.
    pub relay: Option<PathBuf>,
    /// Whether the files stay.
    pub keep: bool,
}

/// How to call it.
pub const USAGE: &str = "rig kills  [--count 1000]\n\
    rig faults [--points 40] [--only sweep|disk|clock]\n\
    rig power  [--images 500]\n\
    rig promises [--texts 2000] [--only lists|callbacks|stopped|reports|planted]\n\
    each with  [--seed N] [--relay PATH] [--keep]";

impl Options {
    /// Reads the arguments after the program's name.
    ///
    /// # Errors
    /// Says what is not understood.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> anyhow::Result<Self> {
        let mut arguments = arguments.into_iter();
        let command = arguments.next().unwrap_or_default();
        anyhow::ensure!(
            matches!(command.as_str(), "kills" | "faults" | "power" | "promises"),
            "expected kills, faults, power or promises"
        );
        let mut options = Self {
            command,
            count: 1_000,
            images: 500,
            points: 40,
            texts: 2_000,
            only: None,
            seed: 1,
            relay: None,
            keep: false,
        };
        while let Some(name) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .with_context(|| format!("{name}: expected a value"))
            };
            match name.as_str() {
                "--count" => options.count = value()?.parse().context("--count")?,
                "--images" => options.images = value()?.parse().context("--images")?,
                "--points" => options.points = value()?.parse().context("--points")?,
                "--texts" => options.texts = value()?.parse().context("--texts")?,
                "--seed" => options.seed = value()?.parse().context("--seed")?,
                "--only" => options.only = Some(value()?),
                "--relay" => options.relay = Some(value()?.into()),
                "--keep" => options.keep = true,
                _ => anyhow::bail!("there is no option {name}"),
            }
        }
        Ok(options)
    }

    /// Whether a part of `faults` or `promises` is wanted.
    pub fn wants(&self, part: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &str) -> anyhow::Result<Options> {
        Options::parse(words.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_are_read_and_what_is_not_understood_is_refused() {
        let options = parse("kills --count 60 --seed 7 --relay /x/relay").unwrap();
        assert_eq!((options.count, options.seed), (60, 7));
        assert_eq!(options.relay, Some(PathBuf::from("/x/relay")));
        assert!(options.wants("disk"));
        for words in [
            "",
            "kill",
            "kills --count",
            "kills --count x",
            "power --image 3",
        ] {
            assert!(parse(words).is_err(), "{words}");
        }
    }
}
