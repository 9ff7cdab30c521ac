//! What a text was before each change: the way back, and forth again.

use super::{Editor, Inserted};

/// The most steps back: a text has few words more, and each step is a copy.
const STEPS_MAX: usize = 100;

/// A text and where its cursor stood.
type Then = (String, usize);

/// How a text comes to change, as far as steps go by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// A character was typed; many in a row are one step.
    Typed,
    /// A character was rubbed out; many in a row are one step, too.
    Rubbed,
    /// Another one.
    Other,
}

/// The steps back and forth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Past {
    back: Vec<Then>,
    forth: Vec<Then>,
    /// What goes on belongs to the newest step.
    run: Option<Change>,
}

impl Past {
    /// Notes how a text stands that is about to change.
    pub(super) fn note(&mut self, text: &str, cursor: usize, change: Change) {
        self.forth.clear();
        let goes_on = self.run == Some(change);
        self.run = Some(change).filter(|change| *change != Change::Other);
        if goes_on || self.back.last().is_some_and(|(then, _)| then == text) {
            return;
        }
        if self.back.len() >= STEPS_MAX {
            self.back.remove(0);
        }
        self.back.push((text.to_owned(), cursor));
    }

    /// What is typed from here on is a step of its own.
    pub(super) const fn pause(&mut self) {
        self.run = None;
    }
}

impl Editor {
    /// Takes the newest change back. Whether there was one.
    pub fn undo(&mut self) -> bool {
        let Some(then) = self.past.back.pop() else {
            return false;
        };
        let now = self.turn(then);
        self.past.forth.push(now);
        true
    }

    /// Makes the change again that was taken back last. Whether there was one.
    pub fn redo(&mut self) -> bool {
        let Some(then) = self.past.forth.pop() else {
            return false;
        };
        let now = self.turn(then);
        self.past.back.push(now);
        true
    }

    /// Forgets how the text came to be: what has left is not brought back by a key.
    pub fn forget_past(&mut self) {
        self.past = Past::default();
    }

    /// Shows another text, as one step with those shown right before in this way.
    pub fn leaf(&mut self, text: &str) -> Inserted {
        self.past.pause();
        let past = std::mem::take(&mut self.past);
        let inserted = self.replace(text);
        self.past = past;
        inserted
    }

    /// Notes the text as it is, so that a step leads back to it.
    pub fn remember(&mut self) {
        self.past.note(&self.text, self.cursor, Change::Other);
    }

    fn turn(&mut self, (text, cursor): Then) -> Then {
        self.past.pause();
        let now = (std::mem::replace(&mut self.text, text), self.cursor);
        self.set_cursor(cursor.min(self.text.len()));
        now
    }
}

#[cfg(test)]
mod tests {
    use crate::model::editor::{EDITOR_CHARACTERS_MAX, Editor, Motion};
    use proptest::prelude::*;

    fn write(editor: &mut Editor, text: &str) {
        for c in text.chars() {
            editor.insert(c.encode_utf8(&mut [0; 4]));
        }
    }

    #[test]
    fn a_word_is_a_step_and_so_is_each_cut() {
        let mut editor = Editor::new("Dear ");
        write(&mut editor, "sir or madam");
        editor.kill(Motion::WordLeft);
        editor.kill(Motion::WordLeft);
        let mut steps = vec![editor.text().to_owned()];
        while editor.undo() {
            steps.push(editor.text().to_owned());
        }
        let expected = [
            "Dear sir ",
            "Dear sir or ",
            "Dear sir or madam",
            "Dear sir or ",
            "Dear sir ",
            "Dear ",
        ];
        assert_eq!(steps, expected, "the text that it was made of stays");
        while editor.redo() {}
        assert_eq!(editor.text(), "Dear sir ");
        write(&mut editor, "!");
        assert!(!editor.redo(), "another change ends what can be done again");
    }

    proptest! {
        #[test]
        fn what_was_done_can_be_taken_back_and_done_again(
            texts in prop::collection::vec("[a-z 👍🏽\n]{0,6}", 1..20),
        ) {
            let mut editor = Editor::default();
            for (n, text) in texts.iter().enumerate() {
                editor.insert(text);
                if n % 3 == 2 {
                    editor.kill(Motion::WordLeft);
                }
            }
            let end = editor.text().to_owned();
            while editor.undo() {}
            prop_assert_eq!(editor.text(), "");
            while editor.redo() {}
            prop_assert_eq!(editor.text(), end);
            prop_assert!(editor.text().chars().count() <= EDITOR_CHARACTERS_MAX);
        }
    }
}
