//! Answers on stdout: JSON, ids, or columns for people.

use super::{Quiet, ScriptError};
use serde::Serialize;
use smsdesk_common::record::Record;
use smsdesk_common::safe_text::{SafeText, harmless};
use std::io::{ErrorKind, Write as _};

/// Whether answers are JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Json {
    /// One object a line.
    Yes,
    /// Columns.
    No,
}

/// Where answers go.
#[derive(Debug)]
pub(super) struct Output {
    json: Json,
}

impl Output {
    /// Answers in this form.
    pub(super) const fn new(json: Json) -> Self {
        Self { json }
    }

    /// The form.
    pub(super) const fn form(&self) -> Json {
        self.json
    }

    /// One record: JSON as in the feed, or the id alone, or `columns`, which may be remote text.
    pub(super) fn record(
        &mut self,
        record: &Record,
        quiet: Quiet,
        columns: &[&str],
    ) -> Result<(), ScriptError> {
        match self.json {
            Json::Yes => self.json(record),
            Json::No if quiet.quiet => self.line(&record.id()),
            Json::No => self.texts(columns),
        }
    }

    /// A line of what may be remote text.
    pub(super) fn texts(&mut self, columns: &[&str]) -> Result<(), ScriptError> {
        let safe: Vec<SafeText> = columns.iter().map(|it| SafeText::line(it)).collect();
        let texts: Vec<&str> = safe.iter().map(SafeText::as_str).collect();
        self.line(&texts.join("  "))
    }

    /// JSON, or a text of several lines.
    pub(super) fn text(
        &mut self,
        value: &impl Serialize,
        text: &SafeText,
    ) -> Result<(), ScriptError> {
        match self.json {
            Json::Yes => self.json(value),
            Json::No => self.line(text.as_str()),
        }
    }

    /// A text that has one form only.
    pub(super) fn plain(&mut self, text: &SafeText) -> Result<(), ScriptError> {
        self.line(text.as_str())
    }

    /// One object.
    pub(super) fn json(&mut self, value: &impl Serialize) -> Result<(), ScriptError> {
        let json = serde_json::to_string(value)
            .map_err(|error| ScriptError::Failed(format!("cannot be written: {error}")))?;
        self.line(&harmless(&json))
    }

    /// Columns, each of which may be remote text; JSON in their place where that is asked for.
    pub(super) fn columns(
        &mut self,
        value: &impl Serialize,
        columns: &[&str],
    ) -> Result<(), ScriptError> {
        if self.json == Json::Yes {
            return self.json(value);
        }
        self.texts(columns)
    }

    /// Whether answers are JSON.
    pub(super) const fn is_json(&self) -> bool {
        matches!(self.json, Json::Yes)
    }

    /// A part of a file, as it is: whoever reads it knows its form.
    pub(super) fn raw(&mut self, text: &str) -> Result<(), ScriptError> {
        let mut out = std::io::stdout().lock();
        let written = out.write_all(text.as_bytes());
        written.map_err(|error| ScriptError::Failed(format!("stdout: {error}")))
    }

    /// One line, which is safe.
    pub(super) fn line(&mut self, text: &str) -> Result<(), ScriptError> {
        let mut out = std::io::stdout().lock();
        let written = writeln!(out, "{text}").and_then(|()| out.flush());
        written.map_err(|error| match error.kind() {
            ErrorKind::BrokenPipe => ScriptError::Failed("nobody reads the output".to_owned()),
            _ => ScriptError::Failed(format!("the output cannot be written: {error}")),
        })
    }
}
