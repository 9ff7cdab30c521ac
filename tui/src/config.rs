//! The terminal app's part of the configuration: the tables `[ui]` and `[keys]`.

mod aids;
mod keys;
mod macros;
mod notify;
mod plain;
mod tools;
mod views;

pub use self::aids::AIDS_DOC;
pub use self::keys::KEYS_DOC;
pub use macros::MACROS_DOC;
pub use views::VIEWS_DOC;

use crate::cache::cipher::Wish;
use crate::effect::Mouse;
use crate::input::escape::ESC_WAIT_MS;
use crate::input::keymap::Keymap;
use crate::model::Colours;
use crate::model::aids::{Aids, WARN_SEGMENTS};
use crate::model::attention::Notify;
use crate::model::listing::SavedView;
use crate::model::macros::Macro;
use crate::record::tape::Words;
use directories::ProjectDirs;
use serde::Deserialize;
use serde::de::IgnoredAny;
use smsdesk_common::config::{self, ConfigError, Holds, Key, KeyType};
use smsdesk_common::phone::Region;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Every key that the terminal app knows.
pub const KEYS: &[Key] = &[
    Key {
        path: "ui.relay",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "none",
        also: &[],
        doc: "The relay's address, where it is no longer the one that was joined.",
    },
    Key {
        path: "ui.region",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "\"US\"",
        also: &[],
        doc: "Two-letter country whose numbers are shown in its own writing.",
    },
    Key {
        path: "ui.colours",
        kind: KeyType::Switch,
        holds: Holds::Start,
        default: "true",
        also: &[],
        doc: "Whether colours are used; `NO_COLOR` and `--no-color` switch them off, too.",
    },
    Key {
        path: "ui.undo_send_s",
        kind: KeyType::Number,
        holds: Holds::Start,
        default: "3",
        also: &[],
        doc: "For how many seconds a text can be taken back before it goes out, 0 to 60; 0 sends at once.",
    },
    Key {
        path: "ui.theme",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "\"dark\"",
        also: &[],
        doc: "Colours for a `dark` or a `light` background, `high-contrast` (white on black), or `16`: \
              those of the terminal's own theme, which are used where a terminal has no others.",
    },
    Key {
        path: "ui.mouse",
        kind: KeyType::Switch,
        holds: Holds::Start,
        default: "true",
        also: &[],
        doc: "Whether clicks and the wheel work. Most terminals select text with Shift held; `M` \
              gives the mouse back to the terminal for a while.",
    },
    Key {
        path: "ui.esc_wait_ms",
        kind: KeyType::Number,
        holds: Holds::Start,
        default: "25",
        also: &[],
        doc: "How many milliseconds an Esc waits for the rest of an arrow, 5 to 1000; more where a bad \
              line tears keys apart.",
    },
    Key {
        path: "ui.editor",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "none",
        also: &[],
        doc: "The editor for `Ctrl-O`, as a shell takes it; without it `$VISUAL`, `$EDITOR`, `vi`.",
    },
    Key {
        path: "ui.spell",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "none",
        also: &[],
        doc: "What finds misspelt words while writing, as a shell takes it: see *Spelling* below.",
    },
    Key {
        path: "ui.warn_segments",
        kind: KeyType::Number,
        holds: Holds::Start,
        default: "3",
        also: &[],
        doc: "A text of more segments than this wants a second Enter; 0 never asks.",
    },
    Key {
        path: "ui.insight",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "\"marks\"",
        also: &[],
        doc: "How mood and matter of texts are shown: `marks`, `ascii` (without signs), or `off`.",
    },
    Key {
        path: "ui.encrypt_cache",
        kind: KeyType::Switch,
        holds: Holds::Start,
        default: "false",
        also: &[],
        doc: "Whether what lies on this device is encrypted, with keys in the desktop's keyring; wants a \
              build that can. See security.md.",
    },
    Key {
        path: "ui.cache_key_command",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "none",
        also: &[],
        doc: "Where there is no keyring: a command, as a shell takes it, that prints the key, 64 \
              hexadecimal digits.",
    },
    Key {
        path: "ui.notify.kinds",
        kind: KeyType::List,
        holds: Holds::Start,
        default: "[\"mine\", \"unassigned\", \"mention\", \"assigned\", \"failed\"]",
        also: &[],
        doc: "What calls for attention: a text in a conversation of `mine` or in an `unassigned` one, \
              a `mention` in a note, a conversation `assigned` to me, a text of mine that `failed`. \
              Never what is on the screen while the terminal has the keyboard, nor what came while \
              the app was away.",
    },
    Key {
        path: "ui.notify.bell",
        kind: KeyType::Switch,
        holds: Holds::Start,
        default: "true",
        also: &[],
        doc: "Whether the terminal's bell rings for it.",
    },
    Key {
        path: "ui.notify.desktop",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "\"auto\"",
        also: &[],
        doc: "How the desktop is notified: `auto` by the terminal's name, `osc9`, `osc777` or `osc99` \
              by that sequence, `command` by `ui.notify.command` alone, or `off`. Inside of tmux \
              `auto` does nothing; a named sequence needs `allow-passthrough on`.",
    },
    Key {
        path: "ui.notify.preview",
        kind: KeyType::Switch,
        holds: Holds::Start,
        default: "true",
        also: &[],
        doc: "Whether a notification shows the beginning of the text, or only who wrote.",
    },
    Key {
        path: "ui.notify.command",
        kind: KeyType::List,
        holds: Holds::Start,
        default: "[]",
        also: &[],
        doc: "A program and its arguments, run without a shell for at most five seconds with the words \
              on its input. The practice desk never runs it.",
    },
    Key {
        path: "keys.preset",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "\"default\"",
        also: &[],
        doc: "Which keys to begin with: `default`, `vim`, `gmail`, or `plain` (no letters: arrows, \
              Enter, Esc and function keys).",
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
    /// Which key means what.
    pub keymap: Keymap,
    /// Which.
    pub theme: Colours,
    /// Whose the mouse is.
    pub mouse: Mouse,
    /// How long an Esc waits for the rest of a sequence.
    pub esc_wait: Duration,
    /// How to call for attention.
    pub notify: Notify,
    /// What helps with writing.
    pub aids: Aids,
    /// The views of one's own, by number.
    pub views: Arc<[SavedView]>,
    /// Whether the files on this device are encrypted.
    pub encryption: Wish,
    /// What prints their key, where the keyring does not have it.
    pub cache_key_command: Option<String>,
    /// What is wrong and was left out: file, line and column, and what was expected.
    pub left_out: Vec<ConfigError>,
    /// The file that it was read from, or would be; from the command line alone.
    pub file: Option<PathBuf>,
    /// Where to keep what happens; from the command line alone.
    pub record: Option<Record>,
    /// For how long a text can be taken back before it goes out.
    pub undo_send: Duration,
    /// Several actions under one key.
    pub macros: Vec<Macro>,
    /// What was left out because it is wrong, in words.
    pub troubles: Vec<String>,
}

/// A recording that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The new file.
    pub file: PathBuf,
    /// Whether its words are kept.
    pub words: Words,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    ui: UiTable,
    /// Checked apart: what is wrong there is told and keeps nobody from working.
    keys: toml::Table,
    /// The relay's own; it checks them itself.
    relay: Option<toml::Table>,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct UiTable {
    relay: Option<String>,
    region: String,
    colours: bool,
    theme: String,
    mouse: bool,
    esc_wait_ms: u64,
    notify: notify::Table,
    /// Read again with their places by [`views::parse`].
    views: Vec<toml::Table>,
    undo_send_s: u64,
    editor: Option<String>,
    spell: Option<String>,
    warn_segments: u64,
    insight: String,
    prices: BTreeMap<String, String>,
    encrypt_cache: bool,
    cache_key_command: Option<String>,
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
            theme: "dark".to_owned(),
            mouse: true,
            esc_wait_ms: ESC_WAIT_MS,
            notify: notify::Table::default(),
            views: Vec::new(),
            undo_send_s: 3,
            editor: None,
            spell: None,
            warn_segments: u64::from(WARN_SEGMENTS),
            insight: "marks".to_owned(),
            prices: BTreeMap::new(),
            encrypt_cache: false,
            cache_key_command: None,
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
    let name = file.display().to_string();
    let parsed: File = config::read(&name, text, KEYS, &variable)?;
    let wrong = |key: &str, expected: &str| {
        let place = config::place(&name, text, KEYS, key, &variable);
        ConfigError::new(place, format!("expected {expected}"))
    };
    let (views, mut left_out) = views::parse(&name, text);
    let preset = parsed.keys.get("preset").and_then(toml::Value::as_str);
    let (keymap, keys_wrong) = keys::read(&name, text, preset);
    left_out.extend(keys_wrong);
    let (macros, troubles) = macros::read(&name, text);
    let ui = parsed.ui;
    let region = ui.region.parse();
    let aids = aids::Keys {
        editor: ui.editor,
        spell: ui.spell,
        warn_segments: ui.warn_segments,
        prices: ui.prices,
        insight: ui.insight,
    };
    Ok(Config {
        aids: aids::read(aids, &variable, wrong)?,
        keymap,
        relay: ui.relay,
        region: region.map_err(|_| wrong("ui.region", "a two-letter country, such as US"))?,
        colours: ui.colours,
        theme: plain::theme(&ui.theme)
            .ok_or_else(|| wrong("ui.theme", "dark, light, high-contrast or 16"))?,
        mouse: if ui.mouse { Mouse::On } else { Mouse::Off },
        esc_wait: plain::esc_wait(ui.esc_wait_ms, wrong)?,
        undo_send: plain::undo_send(ui.undo_send_s, wrong)?,
        notify: notify::read(ui.notify, &variable, wrong)?,
        encryption: plain::encryption(ui.encrypt_cache, wrong)?,
        cache_key_command: ui.cache_key_command.filter(|it| !it.trim().is_empty()),
        views: views.into(),
        left_out,
        macros,
        troubles,
        file: None,
        record: None,
    })
}

/// Reads the file that was named, else the user's own; defaults where there is none.
///
/// # Errors
/// The named file cannot be read, or what it says is wrong.
pub fn load(named: Option<&Path>) -> Result<Config, ConfigError> {
    let own = || file(None).filter(|path| path.exists());
    let variable = |name: &str| std::env::var(name).ok();
    match named.map(Path::to_path_buf).or_else(own) {
        Some(path) => parse(&path, &read(&path)?, variable),
        None => parse(Path::new("smsdesk.toml"), "", variable),
    }
}

/// The file that was named, else where the user's own is or would be.
pub fn file(named: Option<&Path>) -> Option<PathBuf> {
    let own = || {
        let dirs = ProjectDirs::from("", "", "smsdesk")?;
        Some(dirs.config_dir().join("smsdesk.toml"))
    };
    named.map(Path::to_path_buf).or_else(own)
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
mod tests;
