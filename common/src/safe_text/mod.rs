//! The only door from remote text to a terminal, a log, an export or a notification.
//!
//! Whatever comes from a customer, from Twilio or from a colleague may hold escape sequences,
//! text that runs backwards, invisible characters or thousands of stacked marks. A [`SafeText`]
//! holds none of these, and there is no way to make one but through [`SafeText::line`] and
//! [`SafeText::block`]. It never drops a character that stands for itself: what must not pass is
//! shown by its number, such as `‹U+202E›`.
//!
//! The rules, in this order:
//! 1. Line breaks are `\n`, `\r\n` and `\r`. A block keeps them as `\n`, a line shows `⏎`.
//!    A tab becomes spaces.
//! 2. Control characters (C0, DEL, C1), format characters (all bidi controls, zero-width ones,
//!    tags), line and paragraph separators, other invisible characters and noncharacters are shown
//!    by number. The flags of England, Scotland and Wales keep their tags.
//! 3. U+200D and U+200C stay where they are spelling: after a virama, U+200D inside an emoji
//!    sequence or a conjunct, U+200C between Arabic letters. Elsewhere they are shown by number.
//! 4. A variation selector stays directly behind a base character, otherwise it is dropped.
//! 5. A grapheme cluster keeps at most 8 characters without width, the rest is dropped, and takes
//!    at most 8 columns; what would widen it further is shown by number.
//! 6. A mark that stands on nothing gets a dotted circle, so every cluster takes a column.

mod chars;
mod filter;
mod json;
mod layout;
#[cfg(test)]
mod tests;

use std::fmt;

pub use self::json::harmless;

use self::filter::{Shape, clean};

/// Text that a terminal shows and never obeys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SafeText(String);

impl SafeText {
    /// One line: line breaks are shown as `⏎`, tabs become a space.
    #[must_use]
    pub fn line(text: &str) -> Self {
        Self(clean(text, Shape::Line))
    }

    /// Any number of lines, separated by `\n` alone; tabs become four spaces.
    #[must_use]
    pub fn block(text: &str) -> Self {
        Self(clean(text, Shape::Block))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, taken out.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Columns on the screen, of the widest line. The same count as ratatui's, which draws
    /// grapheme cluster by grapheme cluster.
    #[must_use]
    pub fn width(&self) -> usize {
        self.0
            .split('\n')
            .map(layout::line_width)
            .max()
            .unwrap_or(0)
    }

    /// At most `width` columns: a line that is longer ends in `…`. Works line by line.
    #[must_use]
    pub fn truncate_to_width(&self, width: usize) -> Self {
        let lines: Vec<String> = self
            .0
            .split('\n')
            .map(|line| layout::truncate_line(line, width))
            .collect();
        Self(lines.join("\n"))
    }

    /// Lines of at most `width` columns (of at least 1), broken between words where possible and
    /// never inside a grapheme cluster. Empty lines stay. Only spaces at a break are lost, but a
    /// cluster that is wider than `width` is replaced by `…`.
    #[must_use]
    pub fn wrap(&self, width: usize) -> Vec<Self> {
        self.0
            .split('\n')
            .flat_map(|line| layout::wrap_line(line, width))
            .map(Self)
            .collect()
    }
}

impl fmt::Display for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for SafeText {
    fn as_ref(&self) -> &str {
        &self.0
    }
}
