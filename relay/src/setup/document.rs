//! The configuration file as a text that keeps what its owner wrote: single values are replaced
//! where they stand, new ones are put below the header of their table.

use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What a new file begins with.
const HEAD: &str = "# Written by `smsdesk-relay setup`. Running that again changes what it asks \
                    about, nothing else.\n# Every other key, with its default: \
                    config.example.toml.\n";

/// A value to be set, or a key to be taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The table: `relay.twilio`.
    pub table: &'static str,
    /// The key in it.
    pub key: &'static str,
    /// As TOML; none where the key is to be gone.
    pub value: Option<String>,
}

impl Setting {
    /// A text.
    pub fn text(table: &'static str, key: &'static str, value: &str) -> Self {
        Self {
            table,
            key,
            value: Some(quoted(value)),
        }
    }

    /// A key that is to be gone.
    #[must_use]
    pub const fn gone(table: &'static str, key: &'static str) -> Self {
        Self {
            table,
            key,
            value: None,
        }
    }

    /// A list of texts.
    pub fn list<'a>(
        table: &'static str,
        key: &'static str,
        values: impl Iterator<Item = &'a str>,
    ) -> Self {
        let values: Vec<_> = values.map(quoted).collect();
        Self {
            table,
            key,
            value: Some(format!("[{}]", values.join(", "))),
        }
    }
}

/// A file that cannot be changed by program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// It is no TOML.
    #[error("it is not TOML: {0}")]
    Toml(String),
    /// A table is written in a way that leaves no place for a key.
    #[error("expected the table {0} to begin with a line [{0}]")]
    NoHeader(&'static str),
}

/// The text with every value set. What holds already stays as it is written.
///
/// # Errors
/// The text is no TOML, or writes a table in some other way than with a header.
pub fn with(text: &str, settings: &[Setting]) -> Result<String, DocumentError> {
    let mut text = if text.trim().is_empty() {
        HEAD.to_owned()
    } else {
        text.to_owned()
    };
    for setting in settings {
        text = match &setting.value {
            Some(value) => with_one(&text, setting, value)?,
            None => without(&text, setting)?,
        };
    }
    Ok(text)
}

/// The text that a path leads to, if it is one.
#[must_use]
pub fn value(text: &str, table: &str, key: &str) -> Option<toml::Value> {
    let parsed: toml::Table = text.parse().ok()?;
    let mut at = &parsed;
    for part in table.split('.') {
        at = at.get(part)?.as_table()?;
    }
    at.get(key).cloned()
}

fn parsed(text: &str) -> Result<Spanned<DeTable<'_>>, DocumentError> {
    DeTable::parse(text).map_err(|error| DocumentError::Toml(error.message().to_owned()))
}

fn with_one(text: &str, setting: &Setting, value: &str) -> Result<String, DocumentError> {
    let Setting { table, key, .. } = setting;
    let document = parsed(text)?;
    let Some(inner) = inner(document.get_ref(), table) else {
        let gap = if text.ends_with('\n') { "\n" } else { "\n\n" };
        return Ok(format!("{text}{gap}[{table}]\n{key} = {value}\n"));
    };
    if let Some(range) = inner.get(*key).map(Spanned::span) {
        if is_same(&text[range.clone()], value) {
            return Ok(text.to_owned());
        }
        return Ok(replaced(text, range, value));
    }
    let header = end_of_header(text, table).ok_or(DocumentError::NoHeader(table))?;
    let plain = inner.values().filter(|value| !is_table(value.get_ref()));
    let last = plain.map(|value| value.span().end).max().unwrap_or(0);
    let behind = text[last..]
        .find('\n')
        .map_or(text.len(), |at| last + at + 1);
    let at = if last == 0 {
        header
    } else {
        behind.max(header)
    };
    let gap = if text[..at].ends_with('\n') { "" } else { "\n" };
    let text = replaced(text, at..at, &format!("{gap}{key} = {value}\n"));
    // Where a file is written in some other way than usual, the place may have been another's.
    match self::value(&text, table, key) {
        Some(_) => Ok(text),
        None => Err(DocumentError::NoHeader(table)),
    }
}

/// The text without a key, whose lines go with what its owner wrote behind it.
fn without(text: &str, setting: &Setting) -> Result<String, DocumentError> {
    let Setting { table, key, .. } = setting;
    let document = parsed(text)?;
    let held = inner(document.get_ref(), table).and_then(|inner| inner.get_key_value(*key));
    let Some((name, value)) = held else {
        return Ok(text.to_owned());
    };
    let from = text[..name.span().start].rfind('\n').map_or(0, |at| at + 1);
    let end = value.span().end;
    let to = text[end..].find('\n').map_or(text.len(), |at| end + at + 1);
    // In an inline table or behind a dot it has no lines of its own.
    if text[from..name.span().start].trim().is_empty() {
        Ok(replaced(text, from..to, ""))
    } else {
        Err(DocumentError::NoHeader(table))
    }
}

fn is_table(value: &DeValue<'_>) -> bool {
    match value {
        DeValue::Table(_) => true,
        DeValue::Array(items) => items.iter().any(|item| is_table(item.get_ref())),
        _ => false,
    }
}

fn inner<'a, 'i>(document: &'a DeTable<'i>, table: &str) -> Option<&'a DeTable<'i>> {
    let mut at = document;
    for part in table.split('.') {
        at = match at.get(part)?.get_ref() {
            DeValue::Table(table) => table,
            _ => return None,
        };
    }
    Some(at)
}

fn is_same(one: &str, other: &str) -> bool {
    let read = |value: &str| format!("x = {value}").parse::<toml::Table>().ok();
    read(one).is_some_and(|one| Some(one) == read(other))
}

fn replaced(text: &str, range: Range<usize>, with: &str) -> String {
    format!("{}{with}{}", &text[..range.start], &text[range.end..])
}

/// Where the line behind a table's header begins.
fn end_of_header(text: &str, table: &str) -> Option<usize> {
    let header = format!("[{table}]");
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        let code = line.split('#').next().unwrap_or_default();
        if code.split_whitespace().collect::<String>() == header {
            return line.ends_with('\n').then_some(at);
        }
    }
    None
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push(' '),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Vec<Setting> {
        vec![
            Setting::text("relay", "public_url", "https://sms.example.com"),
            Setting::text("relay.twilio", "account_sid", "AC01"),
            Setting::list("relay.twilio", "lines", ["+1", "+2"].into_iter()),
        ]
    }

    #[test]
    fn a_new_file_has_every_value_in_its_table() {
        let text = with("", &settings()).unwrap();
        assert!(
            text.contains("[relay]\npublic_url = \"https://sms.example.com\"\n"),
            "{text}"
        );
        let lines = value(&text, "relay.twilio", "lines").unwrap();
        assert_eq!(lines.as_array().unwrap().len(), 2);
    }

    #[test]
    fn what_the_owner_wrote_stays() {
        let before = "# ours\n[relay] # the relay\nlisten = \"0.0.0.0:1\" # here\n\
                      public_url = 'https://old.example' # there\n\n[relay.twilio]\nlines = [\n  \
                      \"+9\", # old\n]\nvalidity_s = 60\n[ui]\ntheme = \"dark\"\n";
        let after = with(before, &settings()).unwrap();
        let expected = "# ours\n[relay] # the relay\nlisten = \"0.0.0.0:1\" # here\n\
                        public_url = \"https://sms.example.com\" # there\n\n[relay.twilio]\n\
                        lines = [\"+1\", \"+2\"]\nvalidity_s = 60\naccount_sid = \"AC01\"\n[ui]\n\
                        theme = \"dark\"\n";
        assert_eq!(after, expected);
    }

    #[test]
    fn what_holds_already_is_not_written_anew() {
        let once = with("", &settings()).unwrap().replace("\"AC01\"", "'AC01'");
        assert_eq!(with(&once, &settings()).unwrap(), once);
    }

    #[test]
    fn a_table_without_a_header_is_left_to_its_owner() {
        let text = "relay.twilio.validity_s = 60\n";
        let error = with(text, &settings()).unwrap_err();
        assert_eq!(error, DocumentError::NoHeader("relay"));
        assert!(matches!(
            with("[relay", &settings()),
            Err(DocumentError::Toml(_))
        ));
    }

    #[test]
    fn a_key_that_is_to_be_gone_takes_its_lines_along_and_nothing_else() {
        let gone = [
            Setting::gone("relay.twilio", "lines"),
            Setting::gone("relay.tls", "mode"),
        ];
        let before = "[relay.twilio] # ours\n# a comment\n  lines = [\n  \"+1\",\n] # all\n\
                      validity_s = 60\n";
        let after = "[relay.twilio] # ours\n# a comment\nvalidity_s = 60\n";
        assert_eq!(with(before, &gone).unwrap(), after);
        assert_eq!(with(after, &gone).unwrap(), after);
        for inline in [
            "relay.twilio.lines = []\n",
            "[relay]\ntwilio = {lines = []}\n",
        ] {
            let error = with(inline, &gone).unwrap_err();
            assert_eq!(error, DocumentError::NoHeader("relay.twilio"));
        }
    }

    #[test]
    fn quotes_and_backslashes_read_back_as_they_were() {
        let company = "\"Rio\" \\ Söhne";
        let text = with("", &[Setting::text("relay", "company", company)]).unwrap();
        let read = value(&text, "relay", "company").unwrap();
        assert_eq!(read.as_str(), Some(company));
    }
}
