//! Reads rules, and says of what is wrong where it stands and what was expected.

mod keys;

use super::definition::{Definition, RULES_MAX, TEXT_BYTES_MAX};
use crate::filter::fold;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The most errors that are told at once: who has more reads the first ones.
pub const ERRORS_MAX: usize = 20;

/// What is wrong with rules, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleError {
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted in characters from 1.
    pub column: usize,
    /// The key; empty where none is meant.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// What is wrong, and what was expected.
    pub problem: String,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: ", self.line, self.column)?;
        if !self.key.is_empty() {
            write!(f, "`{}`: ", self.key)?;
        }
        f.write_str(&self.problem)
    }
}

impl std::error::Error for RuleError {}

/// A rule and the part of the text that says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// What it says.
    pub definition: Definition,
    /// Its part of the text, with the remarks above it. The parts of all rules, one behind the
    /// other, are the text.
    pub source: String,
    /// The line of its head, counted from 1.
    pub line: usize,
}

/// Reads a text of rules, in the order in which they stand there.
///
/// # Errors
/// Everything that is wrong, in the order of the text, at most [`ERRORS_MAX`].
pub fn parse(text: &str) -> Result<Vec<Written>, Vec<RuleError>> {
    let mut reader = Reader {
        text,
        errors: Vec::new(),
    };
    let rules = reader.document();
    if reader.errors.is_empty() {
        return Ok(rules);
    }
    let mut errors = reader.errors;
    errors.sort_by_key(|error| (error.line, error.column));
    errors.truncate(ERRORS_MAX);
    Err(errors)
}

/// Where a value stands.
type Span = Range<usize>;

/// Reads, and keeps what is wrong.
pub(super) struct Reader<'t> {
    text: &'t str,
    errors: Vec<RuleError>,
}

impl Reader<'_> {
    fn document(&mut self) -> Vec<Written> {
        if self.text.len() > TEXT_BYTES_MAX {
            let problem = format!("expected at most {TEXT_BYTES_MAX} bytes of rules");
            self.wrong(0..0, "", problem);
            return Vec::new();
        }
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in &errors {
            let span = error.span().unwrap_or(0..0);
            self.wrong(span, "", error.message().trim().replace('\n', "; "));
        }
        if !errors.is_empty() {
            return Vec::new();
        }
        let mut rules = Vec::new();
        for (key, value) in table.get_ref() {
            let name = key.get_ref().as_ref();
            match value.get_ref() {
                DeValue::Array(array) if name == "rule" => {
                    rules = array.iter().filter_map(|item| self.item(item)).collect();
                }
                _ if name == "rule" => {
                    self.wrong(key.span(), name, "expected a head of `[[rule]]`".to_owned());
                }
                _ => {
                    let problem = "is not known; expected `[[rule]]`".to_owned();
                    self.wrong(key.span(), name, problem);
                }
            }
        }
        self.finish(rules)
    }

    /// One rule, with where it stands.
    fn item(&mut self, item: &Spanned<DeValue<'_>>) -> Option<(Span, Definition)> {
        let DeValue::Table(table) = item.get_ref() else {
            self.wrong(item.span(), "rule", "expected a table".to_owned());
            return None;
        };
        let head = item.span();
        if !self.text.get(head.clone())?.trim_start().starts_with("[[") {
            let problem = "write each rule under a `[[rule]]` of its own".to_owned();
            self.wrong(head, "rule", problem);
            return None;
        }
        let ends = table.values().map(end_of).max();
        let definition = self.definition(head.clone(), table)?;
        let end = ends.unwrap_or(head.end).max(head.end);
        Some((head.start..end, definition))
    }

    /// What holds of all rules together, and the part of the text of each.
    fn finish(&mut self, rules: Vec<(Span, Definition)>) -> Vec<Written> {
        if rules.len() > RULES_MAX {
            let problem = format!("there are {}, expected at most {RULES_MAX}", rules.len());
            self.wrong(0..0, "rule", problem);
        }
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let ends: Vec<usize> = rules
            .iter()
            .map(|(span, _)| self.line_end(span.end))
            .collect();
        let count = rules.len();
        let mut written = Vec::with_capacity(count);
        for (n, (span, definition)) in rules.into_iter().enumerate() {
            let (line, _) = self.place(span.start);
            if let Some(other) = seen.insert(fold(&definition.name), line) {
                let problem = format!("the rule in line {other} has that name already");
                self.wrong(span, "name", problem);
            }
            let start = n.checked_sub(1).map_or(0, |before| ends[before]);
            let end = if n + 1 == count {
                self.text.len()
            } else {
                ends[n]
            };
            written.push(Written {
                definition,
                source: self.text.get(start..end).unwrap_or_default().to_owned(),
                line,
            });
        }
        written
    }

    /// Behind the end of the line in which `at` stands.
    fn line_end(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        rest.find('\n')
            .map_or(self.text.len(), |more| at + more + 1)
    }

    /// Line and column of a byte.
    fn place(&self, at: usize) -> (usize, usize) {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        (line, column)
    }

    /// Keeps what is wrong.
    fn wrong(&mut self, at: Span, key: &str, problem: String) {
        let (line, column) = self.place(at.start);
        let key = key.to_owned();
        self.errors.push(RuleError {
            line,
            column,
            key,
            problem,
        });
    }
}

/// Where a value ends; a table where the last of its values does.
fn end_of(value: &Spanned<DeValue<'_>>) -> usize {
    let own = value.span().end;
    match value.get_ref() {
        DeValue::Table(table) => table.values().map(end_of).max().unwrap_or(own).max(own),
        _ => own,
    }
}
