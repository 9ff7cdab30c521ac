//! Which words of a text are misspelt, as the agent's own command said last.

use crate::event::{Misspelt, Spelled};
use std::collections::HashMap;
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

/// What is known of the spelling of what is being written.
#[derive(Clone, Debug, Default)]
pub struct Spelling {
    misspelt: HashMap<String, Vec<String>>,
    /// The text that a timer runs for, or that was looked at.
    seen: String,
    state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Rests,
    Works,
    /// It failed, and that was said.
    Off,
}

impl Spelling {
    /// Notes what stands in the composer. Whether it is another text than before, so that typing
    /// goes on and looking waits.
    pub fn is_new(&mut self, text: &str) -> bool {
        if self.state == State::Off || self.seen == text {
            return false;
        }
        text.clone_into(&mut self.seen);
        true
    }

    /// Typing has paused. The text to look at, where there is one and no other is looked at.
    pub fn look(&mut self) -> Option<String> {
        match self.state {
            State::Rests if !self.seen.trim().is_empty() => {
                self.state = State::Works;
                Some(self.seen.clone())
            }
            // What is typed next starts the timer again.
            State::Works => {
                self.seen.clear();
                None
            }
            State::Rests | State::Off => None,
        }
    }

    /// The command has answered. What is to be said of it, once.
    pub fn tell(&mut self, spelled: Spelled) -> Option<String> {
        match spelled {
            Spelled::Words(words) => {
                self.state = State::Rests;
                let words = words.into_iter();
                let known = words.map(|Misspelt { word, suggestions }| (word, suggestions));
                self.misspelt = known.collect();
                None
            }
            Spelled::Failed(why) => {
                let is_news = self.state != State::Off;
                *self = Self {
                    state: State::Off,
                    ..Self::default()
                };
                is_news.then_some(why)
            }
        }
    }

    /// Where the misspelt words of `text` stand, but for the one that is being typed at `cursor`.
    pub fn places(&self, text: &str, cursor: Option<usize>) -> Vec<Range<usize>> {
        if self.misspelt.is_empty() {
            return Vec::new();
        }
        let words = text.unicode_word_indices();
        let places = words.map(|(at, word)| (at..at + word.len(), word));
        places
            .filter(|(place, word)| self.is_misspelt(word) && cursor != Some(place.end))
            .map(|(place, _)| place)
            .collect()
    }

    /// What could be meant by a word.
    pub fn suggestions(&self, word: &str) -> &[String] {
        self.misspelt.get(word).map_or(&[], Vec::as_slice)
    }

    fn is_misspelt(&self, word: &str) -> bool {
        self.misspelt.contains_key(word)
    }

    /// The misspelt word that is meant with the cursor at a place: the one that it stands in or
    /// behind, else the last one before it, else the next one.
    pub fn meant(&self, text: &str, cursor: usize) -> Option<Range<usize>> {
        let places = self.places(text, None);
        let here = places
            .iter()
            .find(|it| it.start <= cursor && cursor <= it.end);
        let before = || places.iter().rev().find(|it| it.end < cursor);
        here.or_else(before).or_else(|| places.first()).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(words: &[&str]) -> Spelling {
        let mut spelling = Spelling::default();
        let misspelt = |word: &&str| Misspelt {
            word: (*word).to_owned(),
            suggestions: Vec::new(),
        };
        let words = words.iter().map(misspelt).collect();
        assert_eq!(spelling.tell(Spelled::Words(words)), None);
        spelling
    }

    #[test]
    fn whole_words_are_marked_but_for_the_one_that_is_being_typed() {
        let spelling = told(&["teh", "don't'"]);
        let text = "teh tehran, teh";
        let starts = |cursor| -> Vec<usize> {
            let places = spelling.places(text, cursor).into_iter();
            places.map(|place| place.start).collect()
        };
        assert_eq!(starts(None), [0, 12]);
        assert_eq!(starts(Some(text.len())), [0]);
    }

    #[test]
    fn the_word_at_the_cursor_is_meant_else_the_one_before() {
        let spelling = told(&["teh", "wrod"]);
        let text = "teh good wrod is";
        assert_eq!(spelling.meant(text, 2), Some(0..3));
        assert_eq!(spelling.meant(text, 8), Some(0..3));
        assert_eq!(spelling.meant(text, 16), Some(9..13));
        assert_eq!(told(&[]).meant(text, 0), None);
    }

    #[test]
    fn one_text_is_looked_at_at_a_time_and_a_failure_is_said_once() {
        let mut spelling = Spelling::default();
        assert!(spelling.is_new("teh"));
        assert!(!spelling.is_new("teh"));
        assert_eq!(spelling.look().as_deref(), Some("teh"));
        assert!(spelling.is_new("teh cat"));
        assert_eq!(spelling.look(), None, "one is looked at already");
        assert_eq!(spelling.tell(Spelled::Words(Vec::new())), None);
        assert!(spelling.is_new("teh cat"), "and is looked at next");
        let failed = || Spelled::Failed("it hangs".to_owned());
        assert_eq!(spelling.tell(failed()).as_deref(), Some("it hangs"));
        assert_eq!(spelling.tell(failed()), None);
        assert!(!spelling.is_new("other"));
    }
}
