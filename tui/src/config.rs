//! The terminal app's part of the configuration: the tables `[ui]` and, later, `[keys]`.

mod macros;

pub use macros::MACROS_DOC;

use crate::model::hold::HOLD_S_MAX;
use crate::model::macros::Macro;
use directories::ProjectDirs;
use serde::Deserialize;
use serde::de::IgnoredAny;
use smsdesk_common::config::{self, ConfigError, Key, KeyType};
use smsdesk_common::phone::Region;
use std::path::{Path, PathBuf};
use std::time::Duration;

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
    Key {
        path: "ui.undo_send_s",
        kind: KeyType::Number,
        default: "3",
        also: &[],
        doc: "For how many seconds a text can be taken back before it goes out, 0 to 60; 0 sends at once.",
    },
];

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
    /// For how long a text can be taken back before it goes out.
    pub undo_send: Duration,
    /// Several actions under one key.
    pub macros: Vec<Macro>,
    /// What was left out because it is wrong, in words.
    pub troubles: Vec<String>,
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
    undo_send_s: u64,
    /// Read apart, so that one that is wrong keeps nobody from working.
    #[serde(rename = "macros")]
    _macros: IgnoredAny,
}

impl Default for UiTable {
    fn default() -> Self {
        Self {
            relay: None,
            region: "US".to_owned(),
            colours: true,
            undo_send_s: 3,
            _macros: IgnoredAny,
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
    let parsed: File = config::read(&file.display().to_string(), text, KEYS, variable)?;
    let region =
        parsed.ui.region.parse().map_err(|_| {
            ConfigError::new("ui.region", "expected a two-letter country, such as US")
        })?;
    let undo_send_s = parsed.ui.undo_send_s;
    if undo_send_s > u64::from(HOLD_S_MAX) {
        let expected = format!("expected 0 to {HOLD_S_MAX} seconds, found {undo_send_s}");
        return Err(ConfigError::new("ui.undo_send_s", expected));
    }
    let (macros, troubles) = macros::read(&file.display().to_string(), text);
    Ok(Config {
        macros,
        troubles,
        undo_send: Duration::from_secs(undo_send_s),
        relay: parsed.ui.relay,
        region,
        colours: parsed.ui.colours,
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
    fn a_text_is_held_for_a_minute_at_the_most() {
        let held = |text: &str| check(text).map(|config| config.undo_send.as_secs());
        assert_eq!(held("[ui]\nundo_send_s = 0\n"), Ok(0));
        assert_eq!(held("[ui]\nundo_send_s = 60\n"), Ok(60));
        let error = "ui.undo_send_s: expected 0 to 60 seconds, found 61";
        assert_eq!(held("[ui]\nundo_send_s = 61\n"), Err(error.to_owned()));
        assert!(held("[ui]\nundo_send_s = -1\n").is_err());
    }

    #[test]
    fn a_profile_is_a_plain_name() {
        assert!(profile_folder("work-2").is_ok());
        for name in ["", "../etc", "a/b", "ä"] {
            assert!(profile_folder(name).is_err(), "{name}");
        }
    }
}
