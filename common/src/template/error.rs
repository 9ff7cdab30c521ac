//! What is wrong with a template, and where.

use serde::{Deserialize, Serialize};

/// What is wrong with a template: where it is, and what was expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct TemplateError {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// What was met, and what was expected.
    pub message: String,
}

impl TemplateError {
    /// An error at a byte of `body`.
    pub(super) fn at(body: &str, byte: usize, message: impl Into<String>) -> Self {
        let before = body.get(..byte).unwrap_or(body);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: message.into(),
        }
    }
}
