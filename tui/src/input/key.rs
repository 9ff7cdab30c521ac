//! A key press as the keymap knows it, its name in configuration files and on the screen.
//!
//! Terminals disagree about modifiers, so there is one way to write each key: a character already
//! includes its Shift, a letter with Ctrl is lower case.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The key itself, without Ctrl and Alt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Code {
    /// What the key types, with Shift applied.
    Char(char),
    /// `F1` to `F12` and beyond.
    F(u8),
    /// Enter or Return.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Shift and Tab.
    BackTab,
    /// Deletes to the left.
    Backspace,
    /// Deletes to the right.
    Delete,
    /// Arrow.
    Up,
    /// Arrow.
    Down,
    /// Arrow.
    Left,
    /// Arrow.
    Right,
    /// Start of the line.
    Home,
    /// End of the line.
    End,
    /// A page back.
    PageUp,
    /// A page on.
    PageDown,
}

/// Names as the configuration writes them, and as people read them.
const NAMES: [(Code, &str, &str); 14] = [
    (Code::Enter, "enter", "Enter"),
    (Code::Esc, "esc", "Esc"),
    (Code::Tab, "tab", "Tab"),
    (Code::BackTab, "backtab", "Shift-Tab"),
    (Code::Backspace, "backspace", "Backspace"),
    (Code::Delete, "delete", "Delete"),
    (Code::Up, "up", "↑"),
    (Code::Down, "down", "↓"),
    (Code::Left, "left", "←"),
    (Code::Right, "right", "→"),
    (Code::Home, "home", "Home"),
    (Code::End, "end", "End"),
    (Code::PageUp, "pgup", "PgUp"),
    (Code::PageDown, "pgdn", "PgDn"),
];

/// Whether Ctrl or Alt was held.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct Held {
    /// Ctrl.
    pub ctrl: bool,
    /// Alt or Meta.
    pub alt: bool,
}

/// One key press.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// Which key.
    pub code: Code,
    /// With what.
    pub held: Held,
}

impl Key {
    /// `code` in its one spelling: with Ctrl, letters are lower case.
    pub fn new(code: Code, held: Held) -> Self {
        let code = match code {
            Code::Char(c) if held.ctrl => Code::Char(c.to_ascii_lowercase()),
            code => code,
        };
        Self { code, held }
    }

    /// The key alone.
    pub const fn plain(code: Code) -> Self {
        Self {
            code,
            held: Held {
                ctrl: false,
                alt: false,
            },
        }
    }

    /// What the key types into a text: its character, unless Ctrl or Alt was held.
    pub fn text(&self) -> Option<char> {
        match self.code {
            Code::Char(c) if self.held == Held::default() => Some(c),
            _ => None,
        }
    }

    /// As people read it: `Ctrl-d`, `Alt-Enter`, `↓`, `Space`.
    pub fn label(&self) -> String {
        let mut label = String::new();
        if self.held.ctrl {
            label.push_str("Ctrl-");
        }
        if self.held.alt {
            label.push_str("Alt-");
        }
        match self.code {
            Code::Char(' ') => label.push_str("Space"),
            Code::Char(c) => label.push(c),
            Code::F(number) => label.push_str(&format!("F{number}")),
            code => label.push_str(named(code).1),
        }
        label
    }
}

fn named(code: Code) -> (&'static str, &'static str) {
    NAMES
        .iter()
        .find(|(known, ..)| *known == code)
        .map_or(("?", "?"), |(_, name, label)| (name, label))
}

/// As the configuration writes it: `ctrl-d`, `alt-enter`, `space`, `J`.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.held.ctrl {
            f.write_str("ctrl-")?;
        }
        if self.held.alt {
            f.write_str("alt-")?;
        }
        match self.code {
            Code::Char(' ') => f.write_str("space"),
            Code::Char(c) => write!(f, "{c}"),
            Code::F(number) => write!(f, "f{number}"),
            code => f.write_str(named(code).0),
        }
    }
}

/// A text that names no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no key: expected one such as j, ctrl-d, alt-enter, pgdn or space")]
pub struct KeyError(String);

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let mut rest = text;
        let mut held = Held::default();
        loop {
            if let Some(behind) = rest.strip_prefix("ctrl-").filter(|b| !b.is_empty()) {
                held.ctrl = true;
                rest = behind;
            } else if let Some(behind) = rest.strip_prefix("alt-").filter(|b| !b.is_empty()) {
                held.alt = true;
                rest = behind;
            } else {
                break;
            }
        }
        code(rest)
            .map(|code| Self::new(code, held))
            .ok_or_else(|| KeyError(text.to_owned()))
    }
}

fn code(name: &str) -> Option<Code> {
    let mut chars = name.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) if !c.is_control() && c != ' ' => return Some(Code::Char(c)),
        (Some('f'), Some(_)) => {
            if let Ok(number) = name[1..].parse() {
                return Some(Code::F(number));
            }
        }
        _ => {}
    }
    if name == "space" {
        return Some(Code::Char(' '));
    }
    NAMES
        .iter()
        .find(|(_, known, _)| *known == name)
        .map(|(code, ..)| *code)
}

/// Keys that are pressed one after the other, written with spaces between: `g i`.
///
/// # Errors
/// Names the part that is no key.
pub fn parse_sequence(text: &str) -> Result<Vec<Key>, KeyError> {
    let keys: Vec<Key> = text
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    if keys.is_empty() {
        Err(KeyError(text.to_owned()))
    } else {
        Ok(keys)
    }
}

/// A sequence as people read it: `g i`.
pub fn sequence_label(keys: &[Key]) -> String {
    keys.iter().map(Key::label).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_key_has_one_spelling() {
        let ctrl = Held {
            ctrl: true,
            alt: false,
        };
        assert_eq!(Key::new(Code::Char('D'), ctrl), "ctrl-d".parse().unwrap());
        assert_eq!("J".parse::<Key>().unwrap().text(), Some('J'));
        assert_eq!("ctrl-d".parse::<Key>().unwrap().text(), None);
        assert_eq!("-".parse::<Key>().unwrap().text(), Some('-'));
        assert_eq!("ctrl--".parse::<Key>().unwrap().label(), "Ctrl--");
        assert_eq!("space".parse::<Key>().unwrap().text(), Some(' '));
        assert_eq!("f1".parse::<Key>().unwrap().code, Code::F(1));
        assert_eq!("f".parse::<Key>().unwrap().text(), Some('f'));
    }

    #[test]
    fn a_text_that_names_no_key_is_refused_by_name() {
        for text in ["", "ctrl-", "shift-x", "foo", "f1x", " "] {
            assert_eq!(text.parse::<Key>(), Err(KeyError(text.to_owned())));
        }
        assert_eq!(parse_sequence("g foo"), Err(KeyError("foo".to_owned())));
        assert!(parse_sequence("  ").is_err());
        assert_eq!(
            sequence_label(&parse_sequence("g alt-enter").unwrap()),
            "g Alt-Enter"
        );
    }

    fn any_key() -> impl Strategy<Value = Key> {
        let code = prop_oneof![
            any::<char>()
                .prop_filter("printable", |c| !c.is_control())
                .prop_map(Code::Char),
            (1u8..=24).prop_map(Code::F),
            prop::sample::select(NAMES.map(|(code, ..)| code).to_vec()),
        ];
        (code, any::<bool>(), any::<bool>())
            .prop_map(|(code, ctrl, alt)| Key::new(code, Held { ctrl, alt }))
    }

    proptest! {
        #[test]
        fn every_key_reads_back_as_written(key in any_key()) {
            prop_assert_eq!(key.to_string().parse(), Ok(key));
        }
    }
}
