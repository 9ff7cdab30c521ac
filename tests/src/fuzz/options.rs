//! The command line of the `fuzz` program.

use super::{Crash, Limit, TARGETS, Target, attack, check, corpus, named, smaller};
use crate::tidy::root;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

const USAGE: &str = "expected TARGET or all, and of these: --for 10m, --tries N, --seed N, \
    --input FILE (only that one), --last FILE (each input is written there before it is read, for \
    those that end the process)";
/// An input that takes longer is told of: whoever can have a second for each kilobyte has the relay.
const SLOW_MS: u128 = 1_000;

/// What somebody asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    targets: Vec<&'static str>,
    limit: Option<Wanted>,
    seed: u64,
    input: Option<PathBuf>,
    last: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    For(Duration),
    Tries(u64),
}

impl Asked {
    /// Reads the words of a command line.
    ///
    /// # Errors
    /// What was expected.
    pub fn from_words(words: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut asked = Self {
            targets: Vec::new(),
            limit: None,
            seed: 1,
            input: None,
            last: None,
        };
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| USAGE.to_owned());
            match word.as_str() {
                "all" => asked.targets.extend(TARGETS.iter().map(|it| it.name)),
                "--for" => asked.limit = Some(Wanted::For(duration(&value()?)?)),
                "--tries" => asked.limit = Some(Wanted::Tries(number(&value()?)?)),
                "--seed" => asked.seed = number(&value()?)?,
                "--input" => asked.input = Some(value()?.into()),
                "--last" => asked.last = Some(value()?.into()),
                name => {
                    let names: Vec<_> = TARGETS.iter().map(|it| it.name).collect();
                    let target = named(name).ok_or_else(|| {
                        format!("{name:?}: {USAGE}; targets are {}", names.join(", "))
                    })?;
                    asked.targets.push(target.name);
                }
            }
        }
        if asked.targets.is_empty() {
            return Err(USAGE.to_owned());
        }
        Ok(asked)
    }
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{text:?}: {USAGE}"))
}

/// `90s`, `10m`, `2h`.
fn duration(text: &str) -> Result<Duration, String> {
    let unit = text.chars().next_back().unwrap_or_default();
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        _ => return Err(format!("{text:?}: {USAGE}")),
    };
    let count = number(text.trim_end_matches(unit))?;
    Ok(Duration::from_secs(count.saturating_mul(seconds)))
}

/// Tries what was asked for, one target after the other; ends at the first that breaks.
#[expect(clippy::print_stdout, reason = "this is a command line")]
pub fn main(asked: &Asked) -> ExitCode {
    for target in asked.targets.iter().filter_map(|name| named(name)) {
        println!("{}: {}", target.name, target.doc);
        match one(asked, target) {
            Ok(words) => println!("    {words}"),
            Err(words) => {
                println!("{words}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

fn one(asked: &Asked, target: &Target) -> Result<String, String> {
    if let Some(path) = &asked.input {
        let input = std::fs::read(path).map_err(|why| format!("{}: {why}", path.display()))?;
        let told = check(target, &input).map_err(|crash| told(target, &crash));
        return told.map(|_| "it holds".to_owned());
    }
    let kept = corpus(&root(), target).map_err(|why| why.to_string())?;
    let limit = match asked.limit {
        None => Limit::Tries(target.tries),
        Some(Wanted::For(long)) => Limit::For(long),
        Some(Wanted::Tries(most)) => Limit::Tries(most),
    };
    let before = |input: &[u8]| {
        if let Some(path) = &asked.last {
            // What cannot be kept is not found again; the attack goes on.
            let _ = std::fs::write(path, input);
        }
    };
    let tried = attack(target, kept.into_values(), asked.seed, limit, before)
        .map_err(|crash| told(target, &smaller(target, crash)))?;
    let mut words = format!(
        "{} inputs, {} different ends, the slowest {} ms",
        tried.inputs,
        tried.signs,
        tried.slowest.as_millis()
    );
    if tried.slowest.as_millis() >= SLOW_MS {
        let path = write(target, "slow", &tried.slow);
        words.push_str(&format!("; that one is in {}", path.display()));
    }
    Ok(words)
}

/// What to say of an input that breaks something: it, and how to read it again.
pub fn told(target: &Target, crash: &Crash) -> String {
    let path = write(target, "crash", &crash.input);
    format!(
        "{name} breaks: {message}\ninput ({length} bytes): {input}\nagain: cargo run -p smsdesk-tests \
         --bin fuzz -- {name} --input {path}\nkeep it: cp {path} tests/corpus/{name}/",
        name = target.name,
        message = crash.message,
        length = crash.input.len(),
        input = crash.input.escape_ascii(),
        path = path.display(),
    )
}

fn write(target: &Target, what: &str, input: &[u8]) -> PathBuf {
    let sum = input.iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let name = format!("smsdesk-{}-{what}-{sum:016x}", target.name);
    let path = Path::new(&std::env::temp_dir()).join(name);
    // The input is printed, too.
    let _ = std::fs::write(&path, input);
    path
}
