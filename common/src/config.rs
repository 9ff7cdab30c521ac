//! Reading configuration: one TOML text, overridden key by key by environment variables, checked
//! against the keys that exist. Given the text and the variables; reads neither itself.

use serde::de::DeserializeOwned;
use std::fmt::Write as _;
use toml::{Table, Value};

/// How a key's value is written in an environment variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    /// As it is.
    Text,
    /// Decimal digits.
    Number,
    /// `true` or `false`.
    Switch,
    /// Values separated by commas.
    List,
}

impl KeyType {
    /// What a message says was expected.
    pub const fn expected(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "a whole number",
            Self::Switch => "true or false",
            Self::List => "values separated by commas",
        }
    }
}

/// From when on another value of a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// As soon as the configuration is read again.
    Reload,
    /// From the next start.
    Start,
}

impl Holds {
    /// What another value takes, as the documentation says it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Reload => "SIGHUP",
            Self::Start => "a restart",
        }
    }
}

/// One key of the configuration. Code, documentation and environment go by this table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Dotted path from the top: `relay.twilio.account_sid`.
    pub path: &'static str,
    /// How its value is written.
    pub kind: KeyType,
    /// From when on another value holds.
    pub holds: Holds,
    /// The value where none is given, as TOML; `required` or `none` in words.
    pub default: &'static str,
    /// Further environment variables with its value, such as the provider's own names.
    pub also: &'static [&'static str],
    /// What it does, in a sentence.
    pub doc: &'static str,
}

impl Key {
    /// The environment variable that overrides it: `relay.listen` is `SMSDESK_RELAY__LISTEN`,
    /// `ui.theme` is `SMSDESK__UI__THEME`.
    pub fn variable(&self) -> String {
        let path = self.path.to_uppercase().replace('.', "__");
        match path.strip_prefix("RELAY__") {
            Some(_) => format!("SMSDESK_{path}"),
            None => format!("SMSDESK__{path}"),
        }
    }
}

/// What is wrong with a configuration, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct ConfigError {
    /// File with line, or environment variable, or key.
    pub place: String,
    /// What is wrong and what was expected.
    pub problem: String,
}

impl ConfigError {
    /// An error at a key.
    pub fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            problem: problem.into(),
        }
    }
}

/// Reads `text` (the content of `file`) and lays the environment over it.
///
/// # Errors
/// The text is not TOML, has a key that does not exist or a value of another type; or a variable
/// has. The message names file and line, or the variable, and what was expected.
pub fn read<T: DeserializeOwned>(
    file: &str,
    text: &str,
    keys: &[Key],
    variable: impl Fn(&str) -> Option<String>,
) -> Result<T, ConfigError> {
    read_table(file, text, keys, variable).map(|(read, _)| read)
}

/// [`read`], with the table that it was read from: all that was said, from wherever it came.
///
/// # Errors
/// As [`read`].
pub fn read_table<T: DeserializeOwned>(
    file: &str,
    text: &str,
    keys: &[Key],
    variable: impl Fn(&str) -> Option<String>,
) -> Result<(T, Table), ConfigError> {
    let mut table: Table = text.parse().map_err(|error| in_file(file, text, &error))?;
    // Read once as it stands: only so do messages know their line.
    toml::from_str::<T>(text).map_err(|error| in_file(file, text, &error))?;
    for key in keys {
        let own = key.variable();
        let names = key.also.iter().copied().chain([own.as_str()]);
        for name in names {
            let Some(raw) = variable(name).filter(|raw| !raw.is_empty()) else {
                continue;
            };
            let place = || format!("environment variable {name} (key {})", key.path);
            let value = parse(key.kind, &raw).ok_or_else(|| {
                ConfigError::new(place(), format!("expected {}", key.kind.expected()))
            })?;
            insert(&mut table, key.path, value);
            check::<T>(&table).map_err(|error| ConfigError::new(place(), words(&error)))?;
        }
    }
    let read = check(&table).map_err(|error| ConfigError::new(file, words(&error)))?;
    Ok((read, table))
}

/// The value of a key in a table; the default's where the table has none.
pub fn value_of(table: &Table, key: &Key) -> Option<Value> {
    let mut parts = key.path.split('.');
    let last = parts.next_back()?;
    let inner = parts.try_fold(table, |table, part| table.get(part)?.as_table());
    let given = inner.and_then(|inner| inner.get(last)).cloned();
    given.or_else(|| {
        let stated: Table = format!("it = {}", key.default).parse().ok()?;
        stated.get("it").cloned()
    })
}

fn check<T: DeserializeOwned>(table: &Table) -> Result<T, toml::de::Error> {
    Value::Table(table.clone()).try_into()
}

fn words(error: &toml::de::Error) -> String {
    let words = error.message().trim().replace('\n', "; ");
    // The standard library's words say what is wrong, and not what was expected.
    match words.as_str() {
        "invalid socket address syntax" => {
            "expected an address and a port, such as 127.0.0.1:8080".to_owned()
        }
        _ => without_value(&words),
    }
}

/// Leaves a value of the wrong type out of a message of serde's: it may be a secret without its quotes,
/// and the message goes into logs.
fn without_value(words: &str) -> String {
    let parts = ["invalid type: ", "invalid value: "]
        .iter()
        .find_map(|beginning| {
            let rest = words.strip_prefix(beginning)?;
            // What the value holds is anybody's.
            let (found, expected) = rest.rsplit_once(", expected ")?;
            let kind = found.split(['`', '"']).next()?;
            Some(format!("{beginning}{}, expected {expected}", kind.trim()))
        });
    parts.unwrap_or_else(|| words.to_owned())
}

fn parse(kind: KeyType, raw: &str) -> Option<Value> {
    Some(match kind {
        KeyType::Text => Value::String(raw.to_owned()),
        KeyType::Number => Value::Integer(raw.trim().parse().ok()?),
        KeyType::Switch => Value::Boolean(raw.trim().parse().ok()?),
        KeyType::List => Value::Array(
            raw.split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(|part| Value::String(part.to_owned()))
                .collect(),
        ),
    })
}

fn insert(table: &mut Table, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            table.insert(path.to_owned(), value);
        }
        Some((head, rest)) => {
            let inner = table
                .entry(head)
                .or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

fn in_file(file: &str, text: &str, error: &toml::de::Error) -> ConfigError {
    let message = words(error);
    let Some(span) = error.span() else {
        return ConfigError::new(file, message);
    };
    let before = text.get(..span.start).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let mut place = format!("{file}:{line}");
    if let Some(key) = key_at(text, line) {
        // Writing to a string cannot fail.
        let _ = write!(place, ": {key}");
    }
    ConfigError::new(place, message)
}

/// Where the value of a key comes from, for a message about one that reads well and means nothing:
/// the environment variable, else file and line, else the key alone.
pub fn place(
    file: &str,
    text: &str,
    keys: &[Key],
    path: &str,
    variable: impl Fn(&str) -> Option<String>,
) -> String {
    let known = keys.iter().find(|key| key.path == path);
    let own = known.map(Key::variable).unwrap_or_default();
    let also = known.map_or(&[][..], |key| key.also).iter().copied();
    // The last one that is set wins.
    let mut names: Vec<&str> = also.chain([own.as_str()]).collect();
    names.reverse();
    let is_set = |name: &&str| variable(name).is_some_and(|value| !value.is_empty());
    if let Some(name) = names.into_iter().find(is_set) {
        return format!("environment variable {name} (key {path})");
    }
    let lines = 1..=text.lines().count();
    match lines
        .into_iter()
        .find(|line| key_at(text, *line).as_deref() == Some(path))
    {
        Some(line) => format!("{file}:{line}: {path}"),
        None => path.to_owned(),
    }
}

/// The dotted path of the key on a line, by the last table header above it.
fn key_at(text: &str, line: usize) -> Option<String> {
    let lines: Vec<&str> = text.lines().take(line).collect();
    let key = lines.last()?.split_once('=')?.0.trim();
    let section = lines.iter().rev().find_map(|line| {
        let name = line.trim().strip_prefix('[')?.split(']').next()?;
        Some(name.trim_start_matches('[').trim())
    });
    Some(section.map_or_else(|| key.to_owned(), |section| format!("{section}.{key}")))
}

/// The keys as a Markdown table, for the documentation. What a change takes is told where that is not
/// the same for all.
pub fn markdown(keys: &[Key]) -> String {
    let differs = keys.iter().any(|key| key.holds == Holds::Reload);
    let (title, rule) = match differs {
        true => (" a change takes |", "---|"),
        false => ("", ""),
    };
    let mut out =
        format!("| key | default | environment |{title} what it does |\n|---|---|---|{rule}---|\n");
    for key in keys {
        let own = key.variable();
        let names: Vec<_> = [own.as_str()]
            .into_iter()
            .chain(key.also.iter().copied())
            .map(code)
            .collect();
        let holds = match differs {
            true => format!(" {} |", key.holds.words()),
            false => String::new(),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "| {} | {} | {} |{holds} {} |",
            code(key.path),
            code(key.default),
            names.join(" "),
            key.doc
        );
    }
    out
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    const KEYS: &[Key] = &[
        Key {
            path: "relay.listen",
            kind: KeyType::Text,
            holds: Holds::Start,
            default: "\"x\"",
            also: &[],
            doc: "a",
        },
        Key {
            path: "relay.port",
            kind: KeyType::Number,
            holds: Holds::Start,
            default: "1",
            also: &["PORT"],
            doc: "b",
        },
        Key {
            path: "relay.lines",
            kind: KeyType::List,
            holds: Holds::Start,
            default: "[]",
            also: &[],
            doc: "c",
        },
        Key {
            path: "ui.theme",
            kind: KeyType::Text,
            holds: Holds::Start,
            default: "\"dark\"",
            also: &[],
            doc: "d",
        },
    ];

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct File {
        relay: Relay,
        ui: Option<Table>,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Relay {
        listen: String,
        port: u16,
        lines: Vec<String>,
    }

    fn check(text: &str, variables: &[(&str, &str)]) -> Result<File, String> {
        read("relay.toml", text, KEYS, |name| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
        .map_err(|error| error.to_string())
    }

    #[test]
    fn a_wrong_key_is_named_with_file_and_line() {
        let error = check("[relay]\nport = 5\nlisen = \"a\"\n", &[]).unwrap_err();
        assert!(
            error.starts_with("relay.toml:3: relay.lisen: unknown field `lisen`"),
            "{error}"
        );
        assert!(error.contains("`listen`"), "{error}");
    }

    #[test]
    fn a_wrong_type_is_named_with_what_was_expected() {
        let error = check("[relay]\nlisten = 5\n", &[]).unwrap_err();
        assert!(
            error.starts_with("relay.toml:2: relay.listen: invalid type"),
            "{error}"
        );
        assert!(error.contains("expected a string"), "{error}");
        let error = check("[relay\n", &[]).unwrap_err();
        assert!(error.starts_with("relay.toml:1"), "{error}");
    }

    #[test]
    fn a_value_of_the_wrong_type_is_not_repeated() {
        for (words, told) in [
            (
                "invalid type: integer `42`, expected a string",
                "invalid type: integer, expected a string",
            ),
            (
                "invalid type: string \"a, expected b\", expected u16",
                "invalid type: string, expected u16",
            ),
            (
                "invalid value: integer `-1`, expected usize",
                "invalid value: integer, expected usize",
            ),
            (
                "invalid type: map, expected a string",
                "invalid type: map, expected a string",
            ),
            (
                "unknown field `x`, expected `y`",
                "unknown field `x`, expected `y`",
            ),
        ] {
            assert_eq!(without_value(words), told);
        }
    }

    #[test]
    fn variables_win_over_the_file_and_our_names_over_foreign_ones() {
        let file = check(
            "[relay]\nlisten = \"a\"\nport = 1\n",
            &[
                ("PORT", "2"),
                ("SMSDESK_RELAY__PORT", "3"),
                ("SMSDESK_RELAY__LINES", "+1, +2"),
                ("SMSDESK__UI__THEME", "light"),
            ],
        )
        .unwrap();
        assert_eq!(file.relay.port, 3);
        assert_eq!(file.relay.listen, "a");
        assert_eq!(file.relay.lines, ["+1", "+2"]);
        assert_eq!(file.ui.unwrap()["theme"].as_str(), Some("light"));
    }

    #[test]
    fn a_bad_variable_is_named_with_its_key() {
        let error = check("", &[("PORT", "many")]).unwrap_err();
        assert_eq!(
            error,
            "environment variable PORT (key relay.port): expected a whole number"
        );
        let error = check("", &[("SMSDESK_RELAY__PORT", "99999")]).unwrap_err();
        assert!(
            error.starts_with("environment variable SMSDESK_RELAY__PORT"),
            "{error}"
        );
    }

    #[test]
    fn an_empty_variable_is_as_good_as_none() {
        assert_eq!(
            check("[relay]\nport = 1\n", &[("PORT", "")])
                .unwrap()
                .relay
                .port,
            1
        );
    }
}
