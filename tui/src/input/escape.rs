//! Puts escape sequences together again that a line has delivered in pieces.
//!
//! An arrow is Esc, `[` and `A`. Where a read ends behind the Esc, the terminal's library takes it
//! for the key and the rest for typing: an agent who moves the cursor would leave the reply and take
//! the conversation. So an Esc with nothing behind it waits, for [`ESC_WAIT_MS`] or as is set, before it counts.
//!
//! Reads no clock: the loop says when the time is over.

use super::burst::pasted;
use super::key::{Code, Held, Key};
use crate::event::{Input, Window};

/// How long an Esc waits for the rest of a sequence, in milliseconds: longer than the pieces of one
/// packet are apart, shorter than the pause of a fast typist, hardly more than one frame.
pub const ESC_WAIT_MS: u64 = 25;

/// What it may be set to: nobody waits for longer than a second for an Esc.
pub const ESC_WAITS_MS: std::ops::RangeInclusive<u64> = 5..=1_000;

/// The most keys of one sequence; a mouse at the far corner of a large screen takes 14.
const SEQUENCE_KEYS_MAX: usize = 24;

/// The most bytes of a paste that are kept together; the rest follows as another one.
const PASTE_BYTES_MAX: usize = 16 * 1024;

const ESC: Key = Key::plain(Code::Esc);

/// What is being put together.
#[derive(Debug, Default)]
pub struct Escapes {
    /// An Esc and what came behind it, as keys.
    held: Vec<Key>,
    /// What was pasted behind a bracket that came in pieces; the closing one is never seen.
    paste: Option<String>,
}

/// What a sequence means.
#[derive(Debug, PartialEq, Eq)]
enum Meaning {
    Is(Input),
    PasteBegins,
    PasteEnds,
    /// A sequence that the app has no use for.
    Nothing,
    /// No sequence: keys that somebody typed.
    Typed,
}

impl Escapes {
    /// What arrived, with the sequences in it whole. What may be the start of one stays here.
    pub fn join(&mut self, arrived: Vec<Input>) -> Vec<Input> {
        let mut joined = Vec::with_capacity(arrived.len());
        for input in arrived {
            match input {
                Input::Key(key) => self.take(key, &mut joined),
                other => {
                    joined.extend(self.give_up());
                    joined.push(other);
                }
            }
        }
        joined
    }

    /// Whether something waits for what may follow.
    pub const fn is_waiting(&self) -> bool {
        !self.held.is_empty() || self.paste.is_some()
    }

    /// Nothing followed in time: what waited, as the keys that they are.
    pub fn give_up(&mut self) -> Vec<Input> {
        let paste = self.paste.take().filter(|text| !text.is_empty());
        let keys = self.held.drain(..).map(Input::Key);
        paste.map(Input::Paste).into_iter().chain(keys).collect()
    }

    fn take(&mut self, key: Key, joined: &mut Vec<Input>) {
        if self.held.is_empty() {
            return self.take_first(key, joined);
        }
        self.held.push(key);
        let Some(meaning) = meaning(&self.held) else {
            return;
        };
        if meaning == Meaning::Typed {
            self.held.pop();
            joined.extend(self.give_up());
            return self.take_first(key, joined);
        }
        self.held.clear();
        if meaning != Meaning::PasteBegins {
            joined.extend(self.give_up());
        }
        match meaning {
            Meaning::Is(input) => joined.push(input),
            Meaning::PasteBegins => self.paste = Some(String::new()),
            Meaning::PasteEnds | Meaning::Nothing | Meaning::Typed => {}
        }
    }

    fn take_first(&mut self, key: Key, joined: &mut Vec<Input>) {
        if key == ESC {
            self.held.push(key);
        } else if let (Some(text), Some(c)) = (&mut self.paste, pasted(key)) {
            text.push(c);
            if text.len() >= PASTE_BYTES_MAX {
                joined.push(Input::Paste(std::mem::take(text)));
            }
        } else {
            joined.extend(self.give_up());
            joined.push(Input::Key(key));
        }
    }
}

/// What keys behind an Esc mean; none as long as that depends on what follows.
fn meaning(keys: &[Key]) -> Option<Meaning> {
    let text: Option<String> = keys.iter().skip(1).map(Key::text).collect();
    let Some(text) = text else {
        return Some(Meaning::Typed);
    };
    let mut chars = text.chars();
    let introducer = chars.next()?;
    let rest = chars.as_str();
    match (introducer, rest.chars().next_back()) {
        ('[' | 'O', None) => None,
        ('O', Some(last)) => Some(cursor(last).map_or(Meaning::Typed, Meaning::key)),
        ('[', Some(' '..='?')) => (keys.len() > SEQUENCE_KEYS_MAX).then_some(Meaning::Typed),
        ('[', Some(last @ '@'..='~')) => Some(control(rest, last)),
        _ => Some(Meaning::Typed),
    }
}

impl Meaning {
    const fn key(code: Code) -> Self {
        Self::Is(Input::Key(Key::plain(code)))
    }
}

/// A control sequence, from its parameters to its last character.
fn control(rest: &str, last: char) -> Meaning {
    let parameters = rest.strip_suffix(last).unwrap_or(rest);
    let mut numbers = parameters.split(';').map(str::parse::<u8>);
    let number = numbers.next().and_then(Result::ok);
    let held = numbers
        .next()
        .and_then(Result::ok)
        .map_or(Held::default(), held);
    let code = match (last, number) {
        ('~', Some(200)) => return Meaning::PasteBegins,
        ('~', Some(201)) => return Meaning::PasteEnds,
        ('I', None) => return Meaning::Is(Input::Window(Window::Focused)),
        ('O', None) => return Meaning::Is(Input::Window(Window::Away)),
        ('Z', _) => Some(Code::BackTab),
        ('~', Some(number)) => numbered(number),
        (last, _) => cursor(last),
    };
    match code {
        Some(code) => Meaning::Is(Input::Key(Key::new(code, held))),
        None if parameters.is_empty() => Meaning::Typed,
        None => Meaning::Nothing,
    }
}

/// Keys by their last character, as xterm sends them.
fn cursor(last: char) -> Option<Code> {
    Some(match last {
        'A' => Code::Up,
        'B' => Code::Down,
        'C' => Code::Right,
        'D' => Code::Left,
        'F' => Code::End,
        'H' => Code::Home,
        'P' => Code::F(1),
        'Q' => Code::F(2),
        'R' => Code::F(3),
        'S' => Code::F(4),
        _ => return None,
    })
}

/// Keys by their number, as the VT220 sends them.
const fn numbered(number: u8) -> Option<Code> {
    Some(match number {
        1 | 7 => Code::Home,
        3 => Code::Delete,
        4 | 8 => Code::End,
        5 => Code::PageUp,
        6 => Code::PageDown,
        11..=15 => Code::F(number - 10),
        17..=21 => Code::F(number - 11),
        23 | 24 => Code::F(number - 12),
        _ => return None,
    })
}

/// Modifiers as xterm counts them: one more than the sum of 1 for Shift, 2 for Alt, 4 for Ctrl.
const fn held(number: u8) -> Held {
    let bits = number.saturating_sub(1);
    Held {
        alt: bits & 2 != 0,
        ctrl: bits & 4 != 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::key::parse_sequence;
    use proptest::prelude::*;

    /// What the terminal's library makes of an Esc alone and of characters behind it.
    fn pieces(text: &str) -> Vec<Input> {
        let key = |c| match c {
            '\u{1b}' => ESC,
            '\r' => Key::plain(Code::Enter),
            c => Key::plain(Code::Char(c)),
        };
        text.chars().map(key).map(Input::Key).collect()
    }

    fn keys(names: &str) -> Vec<Input> {
        let keys = parse_sequence(names).unwrap();
        keys.into_iter().map(Input::Key).collect()
    }

    /// Joined from every single piece, and what is left when nothing follows.
    fn check(text: &str, expected: &[Input]) {
        let mut escapes = Escapes::default();
        let mut joined: Vec<Input> = Vec::new();
        for piece in pieces(text) {
            joined.extend(escapes.join(vec![piece]));
        }
        joined.extend(escapes.give_up());
        assert_eq!(joined, expected, "{text:?}");
        assert!(!escapes.is_waiting());
    }

    #[test]
    fn a_sequence_in_pieces_is_the_key_that_was_pressed() {
        for (text, names) in [
            ("\u{1b}[A", "up"),
            ("\u{1b}OB", "down"),
            ("\u{1b}[1;5C", "ctrl-right"),
            ("\u{1b}[1;3D", "alt-left"),
            ("\u{1b}[3~", "delete"),
            ("\u{1b}[5~\u{1b}[6~", "pgup pgdn"),
            ("\u{1b}[15~\u{1b}[17~\u{1b}[24~", "f5 f6 f12"),
            ("\u{1b}[Z", "backtab"),
            ("a\u{1b}[Db", "a left b"),
            ("\u{1b}\u{1b}[A", "esc up"),
        ] {
            check(text, &keys(names));
        }
        check("\u{1b}[O", &[Input::Window(Window::Away)]);
        check("\u{1b}[<64;200;60M", &[]);
    }

    #[test]
    fn an_esc_that_nothing_follows_is_the_key() {
        check("\u{1b}", &keys("esc"));
        check("\u{1b}q", &keys("esc q"));
        check("\u{1b}\u{1b}", &keys("esc esc"));
        check("\u{1b}[", &keys("esc ["));
        check("\u{1b}Ok", &keys("esc O k"));
        check("\u{1b}[\r", &keys("esc [ enter"));
    }

    #[test]
    fn only_an_esc_waits() {
        let mut escapes = Escapes::default();
        assert_eq!(escapes.join(pieces("jk")), keys("j k"));
        assert!(!escapes.is_waiting());
        assert_eq!(escapes.join(pieces("\u{1b}")), []);
        assert!(escapes.is_waiting());
        assert_eq!(escapes.give_up(), keys("esc"));
        assert_eq!(escapes.join(pieces("[A")), keys("[ A"));
    }

    #[test]
    fn what_is_pasted_behind_a_bracket_in_pieces_is_a_paste() {
        check(
            "\u{1b}[200~one\rtwo\r",
            &[Input::Paste("one\ntwo\n".into())],
        );
        check(
            "\u{1b}[200~one\r\u{1b}[201~q",
            &[vec![Input::Paste("one\n".into())], keys("q")].concat(),
        );
    }

    #[test]
    fn what_is_held_has_a_limit() {
        let mut escapes = Escapes::default();
        let digits = format!("\u{1b}[{}", "1".repeat(1_000));
        assert_eq!(escapes.join(pieces(&digits)).len(), 1_002);
        let long = format!("\u{1b}[200~{}", "x".repeat(PASTE_BYTES_MAX + 1));
        assert_eq!(escapes.join(pieces(&long)).len(), 1);
    }

    proptest! {
        #[test]
        fn wherever_the_line_cuts_the_keys_are_the_same(
            words in prop::collection::vec(
                prop_oneof![Just("\u{1b}[A"), Just("\u{1b}[1;5D"), Just("\u{1b}OP"), Just("k"), Just("\u{1b}q")],
                0..8,
            ),
            cuts in prop::collection::vec(1..4usize, 1..40),
        ) {
            let text = words.concat();
            let whole = Escapes::default().join(pieces(&text));
            let mut escapes = Escapes::default();
            let mut joined = Vec::new();
            let mut rest = pieces(&text);
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let left = rest.split_off((*cut).min(rest.len()));
                joined.extend(escapes.join(std::mem::replace(&mut rest, left)));
            }
            prop_assert_eq!(joined, whole);
        }
    }
}
