//! The terminal app's part of the configuration: the tables `[ui]` and, later, `[keys]`.

mod views;

use crate::model::listing::SavedView;
use directories::ProjectDirs;
use serde::Deserialize;
use smsdesk_common::config::{self, ConfigError, Key, KeyType};
use smsdesk_common::phone::Region;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Every key that the terminal app knows.
pub const KEYS: &[Key] = &[
    Key {
        path: "ui.relay",
        kind: KeyType::Text,
        default: "none",
        also: &[],
        doc: "The relay's address, where it is no longer the one that was joined.",
    },
    Key {
        path: "ui.region",
        kind: KeyType::Text,
        default: "\"US\"",
        also: &[],
        doc: "Two-letter country whose numbers are shown in its own writing.",
    },
    Key {
        path: "ui.colours",
        kind: KeyType::Switch,
        default: "true",
        also: &[],
        doc: "Whether colours are used; `NO_COLOR` and `--no-color` switch them off, too.",
    },
];

/// The rest of the documentation: views, and the language of their filters.
pub const VIEWS_DOC: &str = "\
All of them are optional; the address and the token come from `smsdesk join INVITE`.

### Views of your own

Each is a table `[[ui.views]]` with `name` (1 to 24 characters), `filter`, and `order`: \
`longest-wait` (the default), `newest`, `oldest` or `name`. There are at most 9, reached by the \
digits `1` to `9` and by `g 1` to `g 9` in the order of the file. One that is wrong is left out; \
the app starts with the rest and says file, line, column and what was expected.

### Filters

Terms stand apart by blanks and must all hold. `-` before a term turns it over; quotes hold words \
with blanks together: `label:\"new customer\"`. Case and accents do not matter.

| term | means |
|---|---|
| `is:open` `is:done` `is:snoozed` `is:flagged` | the conversation is so |
| `is:unread` | it holds texts that I have not read |
| `is:waiting` | a text of theirs stands unanswered |
| `waiting:>30m` `waiting:<2h` | it waits, and for longer or shorter than that; `m` `h` `d` `w` |
| `assignee:me` `assignee:none` `assignee:bo` | it is mine, nobody's, or belongs to who goes by that name or word of it |
| `label:billing` | it has that label |
| `line:+1555` | it came in on a number of ours that holds this part |
| `before:2026-11-01` `after:2026-11-01` | its last activity came before that day, or on that day or later |
| `has:draft` | words of mine wait there unsent |
| `maria` `(239)` `\"still coming\"` | name, number or preview hold this |";

/// The most bytes of a configuration file.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// A checked configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The relay's address, where it is no longer the one that was joined.
    pub relay: Option<String>,
    /// Whose numbers are shown in national writing.
    pub region: Region,
    /// Whether colours are used.
    pub colours: bool,
    /// The views of one's own, by number.
    pub views: Arc<[SavedView]>,
    /// What is wrong and was left out: file, line and column, and what was expected.
    pub left_out: Vec<ConfigError>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    ui: UiTable,
    /// The relay's own; it checks them itself.
    relay: Option<toml::Table>,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct UiTable {
    relay: Option<String>,
    region: String,
    colours: bool,
    /// Read again with their places by [`views::parse`].
    views: Vec<toml::Table>,
}

impl Default for UiTable {
    fn default() -> Self {
        Self {
            relay: None,
            region: "US".to_owned(),
            colours: true,
            views: Vec::new(),
        }
    }
}

/// Checks the configuration in `text`, the content of `file`.
///
/// # Errors
/// What is wrong, where, and what was expected.
pub fn parse(
    file: &Path,
    text: &str,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Config, ConfigError> {
    let file = file.display().to_string();
    let parsed: File = config::read(&file, text, KEYS, variable)?;
    let (views, left_out) = views::parse(&file, text);
    let region =
        parsed.ui.region.parse().map_err(|_| {
            ConfigError::new("ui.region", "expected a two-letter country, such as US")
        })?;
    Ok(Config {
        relay: parsed.ui.relay,
        region,
        colours: parsed.ui.colours,
        views: views.into(),
        left_out,
    })
}

/// Reads the file that was named, else the user's own; defaults where there is none.
///
/// # Errors
/// The named file cannot be read, or what it says is wrong.
pub fn load(named: Option<&Path>) -> Result<Config, ConfigError> {
    let own = || {
        let dirs = ProjectDirs::from("", "", "smsdesk")?;
        Some(dirs.config_dir().join("smsdesk.toml")).filter(|path| path.exists())
    };
    let variable = |name: &str| std::env::var(name).ok();
    match named.map(Path::to_path_buf).or_else(own) {
        Some(path) => parse(&path, &read(&path)?, variable),
        None => parse(Path::new("smsdesk.toml"), "", variable),
    }
}

fn read(path: &Path) -> Result<String, ConfigError> {
    let fail = |problem: String| ConfigError::new(path.display().to_string(), problem);
    let size = std::fs::metadata(path)
        .map_err(|error| fail(error.to_string()))?
        .len();
    if size > FILE_BYTES_MAX {
        return Err(fail(format!("expected at most {FILE_BYTES_MAX} bytes")));
    }
    std::fs::read_to_string(path).map_err(|error| fail(error.to_string()))
}

/// Where a profile keeps its files.
///
/// # Errors
/// The profile's name is no name of a folder, or the system names no place for data.
pub fn profile_folder(profile: &str) -> Result<PathBuf, ConfigError> {
    let named = !profile.is_empty()
        && profile.len() <= 64
        && profile
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !named {
        let expected = "expected letters, digits, - and _, at most 64";
        return Err(ConfigError::new("--profile", expected));
    }
    let dirs = ProjectDirs::from("", "", "smsdesk")
        .ok_or_else(|| ConfigError::new("$HOME", "is not set: there is no place for data"))?;
    Ok(dirs.data_dir().join(profile))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<Config, String> {
        parse(Path::new("smsdesk.toml"), text, |_| None).map_err(|error| error.to_string())
    }

    #[test]
    fn the_defaults_in_the_table_of_keys_are_the_real_ones() {
        let stated: String = KEYS
            .iter()
            .filter(|key| key.default != "none")
            .map(|key| format!("{} = {}\n", key.path, key.default))
            .collect();
        assert_eq!(check(&stated), check(""));
    }

    #[test]
    fn a_wrong_key_or_value_is_named() {
        let error = check("[ui]\ncolour = true\n").unwrap_err();
        assert!(
            error.starts_with("smsdesk.toml:2: ui.colour: unknown field"),
            "{error}"
        );
        let error = check("[ui]\nregion = \"Atlantis\"\n").unwrap_err();
        assert_eq!(
            error,
            "ui.region: expected a two-letter country, such as US"
        );
    }

    #[test]
    fn a_profile_is_a_plain_name() {
        assert!(profile_folder("work-2").is_ok());
        for name in ["", "../etc", "a/b", "ä"] {
            assert!(profile_folder(name).is_err(), "{name}");
        }
    }
}
