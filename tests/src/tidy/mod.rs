//! The house rules that the compiler does not know, as functions from sources to violations.
//!
//! `tests/tidy.rs` runs them over the repository; beside each rule stands a test that breaks it.
//! Nothing here changes a file, except [`generated::bless`] when it is asked to.

pub mod borders;
pub mod commands;
pub mod example;
pub mod generated;
pub mod habits;
mod lexer;
pub mod mutations;
pub mod pages;
pub mod paths;
pub mod purity;
pub mod routes;
pub mod size;
pub mod source;
pub mod watching;

use std::fmt;
use std::path::{Path, PathBuf};

/// A place that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// The file, from the top of the repository.
    pub path: String,
    /// Counted from 1.
    pub line: usize,
    /// The rule in a few words.
    pub rule: &'static str,
    /// What was found, and what to do instead.
    pub found: String,
}

impl Violation {
    fn new(path: &str, line: usize, rule: &'static str, found: impl Into<String>) -> Self {
        let (path, found) = (path.to_owned(), found.into());
        Self {
            path,
            line,
            rule,
            found,
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            line,
            rule,
            found,
        } = self;
        write!(f, "{path}:{line}: {rule}: {found}")
    }
}

/// The top of the repository.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// All violations, one a line; empty where there are none.
pub fn report(violations: &[Violation]) -> String {
    let lines: Vec<_> = violations.iter().map(ToString::to_string).collect();
    lines.join("\n")
}
