//! A text that is being written: its characters, the cursor, what was deleted last.
//!
//! The cursor always stands between two grapheme clusters. The text holds no control characters
//! but `\n`; everything else is kept as it was typed, and made safe only where it is shown.

mod past;
mod place;
mod rows;
#[cfg(test)]
mod tests;

use self::past::{Change, Past};
pub use self::rows::{Row, Shown, rows};

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

/// The longest text that can be edited, in characters: three times what a provider takes, so that
/// a paste which is too long can still be cut down by hand.
pub const EDITOR_CHARACTERS_MAX: usize = 4_800;

/// A text with a cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Editor {
    text: String,
    cursor: usize,
    killed: String,
    /// The column that moving up and down aims for.
    goal: Option<usize>,
    past: Past,
}

/// Where the cursor can be sent, and what can be deleted up to there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// One grapheme cluster.
    Left,
    /// One grapheme cluster.
    Right,
    /// The start of this word or the one before.
    WordLeft,
    /// The end of this word or the next one.
    WordRight,
    /// The start of the line.
    LineStart,
    /// The end of the line.
    LineEnd,
    /// The start of the text.
    TextStart,
    /// The end of the text.
    TextEnd,
}

/// Whether everything that was inserted found room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted {
    /// All of it.
    Whole,
    /// Cut at [`EDITOR_CHARACTERS_MAX`].
    Cut,
}

impl Editor {
    /// An editor that holds `text`, with the cursor at its end.
    pub fn new(text: &str) -> Self {
        let mut editor = Self::default();
        editor.insert(text);
        editor.forget_past();
        editor
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the cursor stands, in bytes of [`Self::text`].
    pub const fn cursor(&self) -> usize {
        self.cursor
    }

    /// Whether there is nothing but white space: nothing that could be sent or lost.
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Puts `text` in at the cursor. Line breaks of all kinds become `\n`, a tab becomes a space,
    /// other control characters are dropped.
    pub fn insert(&mut self, text: &str) -> Inserted {
        let room = EDITOR_CHARACTERS_MAX.saturating_sub(self.text.chars().count());
        let mut typed = typable(text);
        let fits: String = typed.by_ref().take(room).collect();
        if !fits.is_empty() {
            self.note(&fits);
        }
        self.text.insert_str(self.cursor, &fits);
        self.set_cursor(self.cursor + fits.len());
        if typed.next().is_some() {
            Inserted::Cut
        } else {
            Inserted::Whole
        }
    }

    /// Puts `text` before everything; the cursor stays with the words that it stood at.
    pub fn prepend(&mut self, text: &str) {
        let behind = self.text.len() - self.cursor;
        self.cursor = 0;
        self.insert(text);
        self.set_cursor(self.text.len() - behind);
        // It stood there before; no step leads to a text without it.
        self.forget_past();
    }

    /// Puts another text in place of this one; [`Self::delete`]d words can still be put back.
    pub fn replace(&mut self, text: &str) -> Inserted {
        self.past.note(&self.text, self.cursor, Change::Other);
        self.text.clear();
        self.cursor = 0;
        let past = self.past.clone();
        let inserted = self.insert(text);
        // One step, not two.
        self.past = past;
        inserted
    }

    /// Puts a text in place of a part of this one; the cursor stands behind it.
    pub fn put(&mut self, place: std::ops::Range<usize>, text: &str) -> Inserted {
        self.past.note(&self.text, self.cursor, Change::Other);
        let past = self.past.clone();
        self.text.replace_range(place.clone(), "");
        self.cursor = place.start;
        let inserted = self.insert(text);
        // One step, not two.
        self.past = past;
        inserted
    }

    /// Sends the cursor somewhere.
    pub fn go(&mut self, motion: Motion) {
        self.past.pause();
        self.set_cursor(self.target(motion));
    }

    /// Moves the cursor up (`-1`) or down (`1`) one row of a composer that is `width` columns wide.
    /// From the first row up, or the last one down, it goes to the end of the text on that side.
    pub fn go_row(&mut self, step: isize, width: usize) {
        let rows = rows(&self.text, width);
        let (row, column) = position(&rows, self.cursor);
        let goal = self.goal.unwrap_or(column);
        let target = row.checked_add_signed(step).and_then(|row| rows.get(row));
        self.cursor = match target {
            Some(row) => row.byte_at(goal),
            None if step < 0 => 0,
            None => self.text.len(),
        };
        self.goal = Some(goal);
    }

    /// Deletes up to where `motion` leads, without keeping it.
    pub fn delete(&mut self, motion: Motion) {
        self.cut(motion);
    }

    /// Deletes up to where `motion` leads and keeps it for [`Self::yank`].
    pub fn kill(&mut self, motion: Motion) {
        let cut = self.cut(motion);
        if !cut.is_empty() {
            self.killed = cut;
        }
    }

    /// Puts back what was killed last.
    pub fn yank(&mut self) -> Inserted {
        let killed = std::mem::take(&mut self.killed);
        let inserted = self.insert(&killed);
        self.killed = killed;
        inserted
    }

    /// Which row the cursor stands in and which column, where the text is shown in `rows`.
    pub fn position(&self, rows: &[Row]) -> (usize, usize) {
        position(rows, self.cursor)
    }

    fn cut(&mut self, motion: Motion) -> String {
        let target = self.target(motion);
        let range = target.min(self.cursor)..target.max(self.cursor);
        if !range.is_empty() {
            let change = match motion {
                Motion::Left | Motion::Right => Change::Rubbed,
                _ => Change::Other,
            };
            self.past.note(&self.text, self.cursor, change);
        }
        let start = range.start;
        let cut: String = self.text.drain(range).collect();
        self.set_cursor(start);
        cut
    }

    /// Notes a step before `text` comes in. A word that is typed is one.
    fn note(&mut self, text: &str) {
        let behind_blank = self.text[..self.cursor].ends_with(char::is_whitespace);
        let blank = text.chars().all(char::is_whitespace);
        if behind_blank && !blank {
            self.past.pause();
        }
        let change = match text.graphemes(true).count() {
            1 => Change::Typed,
            _ => Change::Other,
        };
        self.past.note(&self.text, self.cursor, change);
    }

    /// Cutting or inserting can join what stands beside it to one cluster, so the place is moved
    /// on to the next boundary where it is none.
    fn set_cursor(&mut self, at: usize) {
        let mut cursor = GraphemeCursor::new(at, self.text.len(), true);
        let is_boundary = cursor.is_boundary(&self.text, 0) == Ok(true);
        self.cursor = if is_boundary { at } else { self.right_of(at) };
        self.goal = None;
    }

    fn target(&self, motion: Motion) -> usize {
        let (before, after) = self.text.split_at(self.cursor);
        match motion {
            Motion::Left => self.left_of(self.cursor),
            Motion::Right => self.right_of(self.cursor),
            Motion::WordLeft => word_start(before),
            Motion::WordRight => self.cursor + word_end(after),
            Motion::LineStart => before.rfind('\n').map_or(0, |at| at + 1),
            Motion::LineEnd => after
                .find('\n')
                .map_or(self.text.len(), |at| self.cursor + at),
            Motion::TextStart => 0,
            Motion::TextEnd => self.text.len(),
        }
    }

    fn left_of(&self, at: usize) -> usize {
        let mut cursor = GraphemeCursor::new(at, self.text.len(), true);
        cursor
            .prev_boundary(&self.text, 0)
            .ok()
            .flatten()
            .unwrap_or(0)
    }

    fn right_of(&self, at: usize) -> usize {
        let mut cursor = GraphemeCursor::new(at, self.text.len(), true);
        cursor
            .next_boundary(&self.text, 0)
            .ok()
            .flatten()
            .unwrap_or(self.text.len())
    }
}

/// The row that holds byte `at` and the column in it. At a soft break it is the later row.
fn position(rows: &[Row], at: usize) -> (usize, usize) {
    let row = rows.iter().rposition(|row| row.start <= at).unwrap_or(0);
    (row, rows.get(row).map_or(0, |found| found.column_of(at)))
}

fn typable(text: &str) -> impl Iterator<Item = char> {
    let mut after_return = false;
    text.chars().filter_map(move |c| {
        let second_half = c == '\n' && after_return;
        after_return = c == '\r';
        match c {
            '\n' if second_half => None,
            '\r' | '\n' | '\u{2028}' | '\u{2029}' => Some('\n'),
            '\t' => Some(' '),
            c if c.is_control() => None,
            c => Some(c),
        }
    })
}

/// Where the last word of `before` starts.
fn word_start(before: &str) -> usize {
    let words = before.split_word_bound_indices().rev();
    words
        .into_iter()
        .find(|(_, word)| is_word(word))
        .map_or(0, |(at, _)| at)
}

/// Where the first word of `after` ends.
fn word_end(after: &str) -> usize {
    let mut words = after.split_word_bound_indices();
    words
        .find(|(_, word)| is_word(word))
        .map_or(after.len(), |(at, word)| at + word.len())
}

/// A word is what is neither white space nor lone punctuation; an emoji counts as one.
fn is_word(word: &str) -> bool {
    word.chars()
        .any(|c| c.is_alphanumeric() || !(c.is_ascii() || c.is_whitespace()))
}
