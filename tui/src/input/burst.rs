//! Tells a paste from typing where the terminal does not.
//!
//! Without bracketed paste a pasted text arrives as keys, and its line breaks as Enter, which
//! would send half a text. Nobody types as fast as a terminal delivers a paste: keys that arrived
//! together, with an Enter among them, are handed on as one [`Input::Burst`], and so is an Enter
//! that arrives right behind a character. What a burst means is decided where it lands.
//!
//! A slow line delivers honest typing in one piece, too. So a terminal that does put pastes into
//! brackets is believed that an Enter at the end was typed; an Enter with text on both sides still
//! makes a burst there, for scripts and remote desktops type their pastes.

use super::key::{Code, Key};
use crate::event::Input;
use smsdesk_common::time::Timestamp;

/// An Enter this close behind a character was not typed, in milliseconds. Fast typists leave 30
/// and more between two keys; chunks of a paste through ssh follow each other within a few.
pub const BURST_GAP_MS: i64 = 8;

/// How the terminal delivers a paste.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pastes {
    /// As if it were typed.
    #[default]
    AsKeys,
    /// Between brackets, once it was asked to (DECSET 2004).
    Bracketed,
}

impl Pastes {
    /// What the terminal that `TERM` names does. Everything since xterm's patch 203 has brackets;
    /// consoles and real terminals have not.
    pub fn of_terminal(term: Option<&str>) -> Self {
        let plain = ["linux", "vt", "ansi", "dumb", "cons", "sun", "wsvt"];
        match term {
            Some(term) if !term.is_empty() && !plain.iter().any(|name| term.starts_with(name)) => {
                Self::Bracketed
            }
            _ => Self::AsKeys,
        }
    }
}

/// Finds bursts in what the terminal delivers.
#[derive(Debug, Default)]
pub struct Bursts {
    pastes: Pastes,
    last_text_at: Option<Timestamp>,
}

impl Bursts {
    /// For a terminal that delivers pastes in this way.
    pub const fn new(pastes: Pastes) -> Self {
        Self {
            pastes,
            last_text_at: None,
        }
    }

    /// What arrived together at `now`, with its bursts found. Order and keys stay as they are.
    pub fn gather(&mut self, batch: Vec<Input>, now: Timestamp) -> Vec<Input> {
        let close = self
            .last_text_at
            .is_some_and(|at| now.millis_since(at) <= BURST_GAP_MS);
        let mut gathered = Vec::new();
        let mut run = Vec::new();
        let mut first_run = true;
        for input in batch {
            match input {
                Input::Key(key) if is_textual(key) => run.push(key),
                other => {
                    self.flush(&mut run, close && first_run, &mut gathered);
                    first_run = false;
                    self.last_text_at = None;
                    gathered.push(other);
                }
            }
        }
        if !run.is_empty() {
            self.last_text_at = Some(now);
        }
        self.flush(&mut run, close && first_run, &mut gathered);
        gathered
    }

    fn flush(&self, run: &mut Vec<Key>, close: bool, gathered: &mut Vec<Input>) {
        let keys = std::mem::take(run);
        let is_burst = match self.pastes {
            Pastes::AsKeys => {
                let has_text = keys.iter().any(|&key| !is_break(key));
                keys.contains(&Key::plain(Code::Enter)) && (has_text || close)
            }
            Pastes::Bracketed => has_inner_break(&keys),
        };
        if is_burst {
            gathered.push(Input::Burst(keys));
        } else {
            gathered.extend(keys.into_iter().map(Input::Key));
        }
    }
}

/// Whether an Enter has text on both sides.
fn has_inner_break(keys: &[Key]) -> bool {
    let text = |&key: &Key| !is_break(key);
    let (first, last) = (keys.iter().position(text), keys.iter().rposition(text));
    let (Some(first), Some(last)) = (first, last) else {
        return false;
    };
    keys.get(first..last)
        .is_some_and(|within| within.contains(&Key::plain(Code::Enter)))
}

/// Keys that a paste consists of.
fn is_textual(key: Key) -> bool {
    key.text().is_some() || is_break(key) || key == Key::plain(Code::Tab)
}

/// A line break in a paste: terminals deliver it as Enter or as Ctrl-J.
fn is_break(key: Key) -> bool {
    key == Key::plain(Code::Enter)
        || (key.code == Code::Char('j') && key.held.ctrl && !key.held.alt)
}

/// The text that a key of a burst stands for.
pub fn pasted(key: Key) -> Option<char> {
    match key.code {
        _ if is_break(key) => Some('\n'),
        Code::Tab => Some('\t'),
        _ => key.text(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<Key> {
        let key = |c| match c {
            '\n' => Key::plain(Code::Enter),
            c => Key::plain(Code::Char(c)),
        };
        text.chars().map(key).collect()
    }

    fn typed(text: &str) -> Vec<Input> {
        keys(text).into_iter().map(Input::Key).collect()
    }

    /// Feeds batches with the pause in milliseconds before each.
    fn check(batches: &[(i64, Vec<Input>)], expected: &[Input]) {
        let mut bursts = Bursts::default();
        let mut now = Timestamp::from_millis(1_000_000);
        let mut gathered = Vec::new();
        for (pause, batch) in batches {
            now = now.plus_millis(*pause);
            gathered.extend(bursts.gather(batch.clone(), now));
        }
        assert_eq!(gathered, expected);
    }

    #[test]
    fn typing_stays_typing() {
        check(
            &[(0, typed("o")), (60, typed("k")), (60, typed("\n"))],
            &typed("ok\n"),
        );
        check(&[(0, typed("jjjj"))], &typed("jjjj"));
        check(&[(0, typed("\n")), (40, typed("\n"))], &typed("\n\n"));
        check(&[(0, typed("\n\n"))], &typed("\n\n"));
    }

    #[test]
    fn a_line_break_that_came_together_with_text_belongs_to_a_paste() {
        check(&[(0, typed("a\nb\n"))], &[Input::Burst(keys("a\nb\n"))]);
        check(&[(0, typed("\nb"))], &[Input::Burst(keys("\nb"))]);
        check(&[(0, typed("b\n"))], &[Input::Burst(keys("b\n"))]);
    }

    #[test]
    fn a_line_break_right_behind_a_chunk_belongs_to_the_paste() {
        let [a, b, enter] = ["a", "b", "\n"].map(typed);
        check(
            &[(0, a), (3, b), (3, enter)],
            &[typed("ab"), vec![Input::Burst(keys("\n"))]].concat(),
        );
    }

    #[test]
    fn where_pastes_come_in_brackets_an_enter_at_the_end_was_typed() {
        let check = |batch: &str, expected: &[Input]| {
            let mut bursts = Bursts::new(Pastes::Bracketed);
            let now = Timestamp::from_millis(1_000_000);
            assert_eq!(bursts.gather(typed(batch), now), expected, "{batch:?}");
        };
        for honest in ["ok\n", "\n", "\nr", "\n\n", "ok\n\n"] {
            check(honest, &typed(honest));
        }
        for paste in ["one\ntwo", "one\ntwo\n", "\none\n\ntwo"] {
            check(paste, &[Input::Burst(keys(paste))]);
        }
    }

    #[test]
    fn consoles_are_known_by_their_names() {
        for plain in [None, Some(""), Some("linux"), Some("vt220"), Some("dumb")] {
            assert_eq!(Pastes::of_terminal(plain), Pastes::AsKeys, "{plain:?}");
        }
        for bracketed in [
            "xterm-256color",
            "screen",
            "tmux-256color",
            "foot",
            "alacritty",
        ] {
            let pastes = Pastes::of_terminal(Some(bracketed));
            assert_eq!(pastes, Pastes::Bracketed, "{bracketed}");
        }
    }

    #[test]
    fn another_key_between_ends_the_burst() {
        let up: Key = "up".parse().unwrap();
        let batch = [typed("ab"), vec![Input::Key(up)], typed("\n")].concat();
        check(&[(0, batch.clone())], &batch);
    }
}
