//! The command line of `simulation`: many seeds, or one with all that happens.

use super::{Options, Sabotage, Stage, Tracing, run};
use std::process::ExitCode;

/// How often it says how far it is, in seeds.
const SAID_EVERY: u64 = 10_000;
/// How many failures are enough.
const FAILURES_MAX: u32 = 20;

const USAGE: &str = "expected --seeds N, --from S, --seed X, --trace, --sabotage NAME";

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    from: u64,
    seeds: u64,
    tracing: Tracing,
    sabotage: Option<Sabotage>,
}

impl Asked {
    /// Reads a command line.
    ///
    /// # Errors
    /// What was expected instead, in words.
    pub fn from_words(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut asked = Self {
            from: 0,
            seeds: 2_000,
            tracing: Tracing::Off,
            sabotage: None,
        };
        while let Some(word) = words.next() {
            let mut number = || {
                let given = words.next().and_then(|word| word.parse().ok());
                given.ok_or_else(|| format!("{word}: expected a number"))
            };
            match word.as_str() {
                "--seeds" => asked.seeds = number()?,
                "--from" => asked.from = number()?,
                "--seed" => (asked.from, asked.seeds) = (number()?, 1),
                "--trace" => asked.tracing = Tracing::On,
                "--sabotage" => {
                    let name = words.next().unwrap_or_default();
                    let known = Sabotage::ALL.into_iter();
                    let found = known.clone().find(|known| format!("{known:?}") == name);
                    let names: Vec<_> = known.map(|known| format!("{known:?}")).collect();
                    let names = names.join(", ");
                    asked.sabotage = Some(found.ok_or(format!("expected one of {names}"))?);
                }
                _ => return Err(format!("{word}: {USAGE}")),
            }
        }
        Ok(asked)
    }
}

/// Runs the seeds; prints what fails with its trace.
#[expect(clippy::print_stdout, reason = "this is a command line")]
pub fn main(asked: &Asked) -> ExitCode {
    let mut stage = Stage::default();
    let (mut failures, mut events, mut commits) = (0, 0, 0);
    for seed in asked.from..asked.from + asked.seeds {
        let options = Options {
            seed,
            sabotage: asked.sabotage,
            tracing: asked.tracing,
        };
        match run(options, &mut stage) {
            Ok(summary) => {
                events += summary.events;
                commits += summary.commits;
            }
            Err(_) => {
                let tracing = Tracing::On;
                let failed = run(Options { tracing, ..options }, &mut stage);
                println!(
                    "{}",
                    failed.map_or_else(|e| e.to_string(), |_| NOT_AGAIN.to_owned())
                );
                failures += 1;
            }
        }
        if (seed + 1 - asked.from).is_multiple_of(SAID_EVERY) {
            println!("{} seeds, {failures} failures", seed + 1 - asked.from);
        }
        if failures >= FAILURES_MAX {
            break;
        }
    }
    println!(
        "{} seeds from {}: {failures} failures, {events} events, {commits} commits",
        asked.seeds, asked.from
    );
    if failures == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

const NOT_AGAIN: &str = "a seed failed, and not again: something here is not decided by the seed";
