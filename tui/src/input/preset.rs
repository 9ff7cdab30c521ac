//! Sets of keys that people bring with them from elsewhere: each says in what it differs from the
//! default table. What a preset takes a key from stays in the palette.

use super::context::Context::{self, Chat, ConfirmQuit, ConfirmResend, Help, List};
use super::key::{Code, Held, Key, parse_sequence};
use super::keymap::Keymap;
use crate::action::Action;

/// A set of keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preset {
    /// The table as it is.
    #[default]
    Default,
    /// Vim's motions, where the default has others.
    Vim,
    /// Gmail's shortcuts.
    Gmail,
    /// No letter means anything outside of a text: arrows, Enter, Esc and function keys.
    Plain,
}

/// Keys that mean an action in a preset instead of those of the table.
struct Change(&'static [Context], Action, &'static [&'static str]);

const NORMAL: &[Context] = &[List, Chat];

const VIM: &[Change] = &[
    Change(NORMAL, Action::Reply, &["i", "r"]),
    Change(NORMAL, Action::DoneNext, &["x", "e"]),
    Change(NORMAL, Action::ScrollDown, &["ctrl-e", "J"]),
    Change(NORMAL, Action::ScrollUp, &["ctrl-y", "K"]),
    Change(NORMAL, Action::PageDown, &["ctrl-f", "pgdn"]),
    Change(NORMAL, Action::PageUp, &["ctrl-b", "pgup"]),
    Change(NORMAL, Action::LastConversation, &["` `", "-"]),
];

const GMAIL: &[Change] = &[
    Change(NORMAL, Action::Open, &["enter", "o", "right"]),
    Change(&[Chat], Action::Back, &["u", "esc", "left"]),
    Change(NORMAL, Action::DoneNext, &["e", "y"]),
    Change(NORMAL, Action::Flag, &["s"]),
    Change(NORMAL, Action::ViewFlagged, &["g s"]),
    Change(NORMAL, Action::ViewSnoozed, &["g b"]),
];

const PLAIN: &[Change] = &[
    Change(NORMAL, Action::Reply, &["f2"]),
    Change(NORMAL, Action::DoneNext, &["f3"]),
    Change(NORMAL, Action::DoneStay, &["f4"]),
    Change(NORMAL, Action::Snooze, &["f5"]),
    Change(NORMAL, Action::Take, &["f6"]),
    Change(NORMAL, Action::Flag, &["f7"]),
    Change(NORMAL, Action::NextWaiting, &["f8"]),
    Change(NORMAL, Action::Palette, &["f9", "ctrl-k"]),
    Change(&[Context::Composer], Action::Palette, &["f9", "alt-x"]),
    Change(NORMAL, Action::Quit, &["f10", "ctrl-c"]),
    Change(NORMAL, Action::Resend, &["f11"]),
    Change(NORMAL, Action::Command, &["f12"]),
    Change(&[Help], Action::SearchHelp, &["f3"]),
];

/// Where a letter alone means nothing in the plain preset.
const WITHOUT_LETTERS: &[Context] = &[List, Chat, Help, ConfirmQuit, ConfirmResend];

impl Preset {
    /// Every preset in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::Default, Self::Vim, Self::Gmail, Self::Plain];

    /// The name in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Vim => "vim",
            Self::Gmail => "gmail",
            Self::Plain => "plain",
        }
    }

    /// The preset of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }

    /// Its keys.
    pub fn keymap(self) -> Keymap {
        let mut keymap = Keymap::default();
        let changes = match self {
            Self::Default => &[],
            Self::Vim => VIM,
            Self::Gmail => GMAIL,
            Self::Plain => {
                keymap.drop_keys(WITHOUT_LETTERS, is_letter);
                PLAIN
            }
        };
        for Change(contexts, action, keys) in changes {
            // A test proves that every sequence parses.
            let keys: Vec<_> = keys
                .iter()
                .filter_map(|keys| parse_sequence(keys).ok())
                .collect();
            for context in *contexts {
                keymap.rebind(*context, *action, &keys);
            }
        }
        keymap
    }
}

fn is_letter(key: &Key) -> bool {
    matches!(key.code, Code::Char(_)) && key.held == Held::default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::command::{obstacle, places};

    #[test]
    fn every_key_of_a_preset_is_one() {
        for Change(contexts, action, keys) in VIM.iter().chain(GMAIL).chain(PLAIN) {
            for keys in *keys {
                assert!(parse_sequence(keys).is_ok(), "{keys}");
            }
            assert!(contexts.iter().any(|at| places(*action).contains(at)));
        }
    }

    #[test]
    fn in_every_preset_what_has_no_key_is_found_in_the_palette() {
        for preset in Preset::ALL {
            let keymap = preset.keymap();
            for action in Action::ALL {
                for place in places(*action) {
                    let key = keymap.key_for(place, *action);
                    let in_palette = obstacle(*action, place).is_none()
                        && keymap.key_for(place, Action::Palette).is_some();
                    let name = action.name();
                    assert!(key.is_some() || in_palette, "{}: {name}", preset.name());
                }
            }
            keymap.check_no_clash();
        }
    }

    #[test]
    fn the_plain_preset_needs_no_letter() {
        let keymap = Preset::Plain.keymap();
        for context in WITHOUT_LETTERS {
            for entry in keymap.entries(*context) {
                for key in entry.keys {
                    let first = key.chars().next().unwrap();
                    assert!(key.chars().count() > 1 || !first.is_ascii(), "{key}");
                }
            }
        }
        assert_eq!(keymap.key_for(List, Action::Reply).unwrap(), "F2");
        assert_eq!(keymap.key_for(List, Action::Open).unwrap(), "Enter");
    }
}
