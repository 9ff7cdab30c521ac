//! From any text to one that a terminal cannot mistake.
//!
//! Characters are written one by one, and every decision looks only at what has been written and
//! at the character at hand. That is why cleaning twice is the same as cleaning once.

use std::fmt::Write as _;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthChar;

use super::chars::{
    BLACK_FLAG, Class, FLAG_TAGS, ZERO_WIDTH_NON_JOINER, class, is_arabic_letter, is_virama,
};
use super::layout::cluster_width;

/// Most characters without a width of their own (combining marks, joiners, selectors) in one
/// grapheme cluster. The richest spelling of any living script and the longest emoji that Unicode
/// recommends need 6; beyond 8 they only pile up over the neighbouring lines.
pub(super) const CLUSTER_MARKS_MAX: usize = 8;

/// Widest grapheme cluster, in columns. The longest conjuncts of Sanskrit need 5. A cluster cannot
/// be broken over lines, so an endless one would hide everything behind it.
pub(super) const CLUSTER_COLUMNS_MAX: usize = 8;

/// Columns of a tab in a block. Real tab stops would depend on where the text is drawn.
const TAB: &str = "    ";

/// What a mark stands on when the text gives it nothing.
const DOTTED_CIRCLE: char = '\u{25CC}';

/// What becomes of line breaks and tabs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Everything on one line: a line break is shown as ⏎, a tab as one space.
    Line,
    /// Line breaks stay.
    Block,
}

pub(super) fn clean(text: &str, shape: Shape) -> String {
    if text.bytes().all(|byte| is_printable_ascii(byte, shape)) {
        return text.to_owned();
    }
    let mut writer = Writer::new(shape, text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\r' | '\n' => {
                if c == '\r' && chars.as_str().starts_with('\n') {
                    chars.next();
                }
                writer.line_break();
            }
            '\t' => writer.tab(),
            BLACK_FLAG => {
                let rest = chars.as_str();
                writer.character(c);
                if let Some(tags) = FLAG_TAGS.iter().find(|tags| rest.starts_with(**tags))
                    && writer.flag_tags(tags)
                {
                    chars = rest[tags.len()..].chars();
                }
            }
            _ => writer.character(c),
        }
    }
    writer.finish()
}

fn is_printable_ascii(byte: u8, shape: Shape) -> bool {
    matches!(byte, b' '..=b'~') || (byte == b'\n' && shape == Shape::Block)
}

/// The text so far. No character that would draw the next one into its own cluster (UAX #29
/// "Prepend") is ever written, so printable ASCII always starts a cluster.
struct Writer {
    shape: Shape,
    out: String,
    /// Where the last grapheme cluster starts, in bytes.
    cluster: usize,
    /// Characters without width in the last cluster.
    marks: usize,
    /// A joiner that waits for what follows, to know whether it joins anything.
    joiner: Option<char>,
}

impl Writer {
    fn new(shape: Shape, capacity: usize) -> Self {
        let out = String::with_capacity(capacity);
        Self {
            shape,
            out,
            cluster: 0,
            marks: 0,
            joiner: None,
        }
    }

    fn finish(mut self) -> String {
        self.release_joiner();
        self.out
    }

    fn line_break(&mut self) {
        self.release_joiner();
        match self.shape {
            Shape::Line => self.start_cluster('⏎'),
            Shape::Block => {
                self.out.push('\n');
                self.cluster = self.out.len();
                self.marks = 0;
            }
        }
    }

    fn tab(&mut self) {
        self.release_joiner();
        let spaces = match self.shape {
            Shape::Line => " ",
            Shape::Block => TAB,
        };
        spaces.chars().for_each(|space| self.start_cluster(space));
    }

    fn character(&mut self, c: char) {
        match class(c) {
            Class::Joiner => self.joiner(c),
            Class::Forbidden => {
                self.release_joiner();
                self.show_number(c);
            }
            Class::VariationSelector => {
                self.release_joiner();
                self.variation_selector(c);
            }
            Class::Plain => {
                self.settle_joiner(c);
                self.plain(c);
            }
        }
    }

    /// After a virama a joiner is spelling; elsewhere the next character decides.
    fn joiner(&mut self, joiner: char) {
        self.release_joiner();
        if self.tail().chars().next_back().is_some_and(is_virama) {
            self.extend(joiner);
        } else {
            self.joiner = Some(joiner);
        }
    }

    /// The waiting joiner joined nothing.
    fn release_joiner(&mut self) {
        if let Some(joiner) = self.joiner.take() {
            self.show_number(joiner);
        }
    }

    /// Keeps the waiting joiner if it does something between what is written and `next`.
    fn settle_joiner(&mut self, next: char) {
        let Some(joiner) = self.joiner else { return };
        let works = if joiner == ZERO_WIDTH_NON_JOINER {
            let letter = self.tail().chars().rev().find(|c| !is_zero_width(*c));
            letter.is_some_and(is_arabic_letter) && is_arabic_letter(next)
        } else {
            self.joins_emoji(joiner, next)
        };
        if works && self.extend(joiner) {
            self.joiner = None;
        } else {
            self.release_joiner();
        }
    }

    /// Whether UAX #29 makes one cluster of the last one, the joiner and `next`, although `next`
    /// is not a mere mark: that is so in emoji sequences (rule GB11) and conjuncts (GB9c) only.
    fn joins_emoji(&mut self, joiner: char, next: char) -> bool {
        if is_zero_width(next) || is_cluster(&format!("a{next}")) {
            return false;
        }
        let end = self.out.len();
        self.out.extend([joiner, next]);
        let joins = is_cluster(self.tail()) && cluster_width(self.tail()) <= CLUSTER_COLUMNS_MAX;
        self.out.truncate(end);
        joins
    }

    /// A selector directly behind the sign that it selects; any other one does nothing and goes.
    fn variation_selector(&mut self, selector: char) {
        if self
            .tail()
            .chars()
            .next_back()
            .is_some_and(|base| !is_zero_width(base))
        {
            self.extend(selector);
        }
    }

    fn plain(&mut self, c: char) {
        if c.is_ascii() {
            return self.start_cluster(c);
        }
        let joins = self.joins_last_cluster(c);
        match (joins, is_zero_width(c)) {
            // A mark too many goes: it could only be drawn over others.
            (true, true) => _ = self.extend(c),
            (true, false) if self.widens_too_far(c) => self.show_number(c),
            (true, false) => self.out.push(c),
            (false, false) => self.start_cluster(c),
            (false, true) => {
                let end = self.out.len();
                self.start_cluster(DOTTED_CIRCLE);
                if self.joins_last_cluster(c) {
                    self.extend(c);
                } else {
                    self.out.truncate(end);
                    self.cluster = end;
                    self.show_number(c);
                }
            }
        }
    }

    /// Writes the tags behind a black flag if the whole flag fits into its cluster.
    fn flag_tags(&mut self, tags: &str) -> bool {
        let fits = self.tail().ends_with(BLACK_FLAG)
            && self.marks + tags.chars().count() <= CLUSTER_MARKS_MAX;
        if fits {
            tags.chars().for_each(|tag| _ = self.extend(tag));
        }
        fits
    }

    /// Writes a character without width into the last cluster, unless the cluster is full.
    fn extend(&mut self, mark: char) -> bool {
        if self.marks >= CLUSTER_MARKS_MAX || self.widens_too_far(mark) {
            return false;
        }
        self.out.push(mark);
        self.marks += 1;
        true
    }

    fn start_cluster(&mut self, c: char) {
        self.cluster = self.out.len();
        self.marks = 0;
        self.out.push(c);
    }

    /// `‹U+202E›`, which no terminal obeys.
    fn show_number(&mut self, c: char) {
        // Writing into a string cannot fail.
        _ = write!(self.out, "‹U+{:04X}", u32::from(c));
        self.start_cluster('›');
    }

    /// The last cluster; empty at the start of a line.
    fn tail(&self) -> &str {
        &self.out[self.cluster..]
    }

    fn joins_last_cluster(&mut self, c: char) -> bool {
        !self.tail().is_empty() && self.with(c, is_cluster)
    }

    fn widens_too_far(&mut self, c: char) -> bool {
        self.with(c, |tail| cluster_width(tail) > CLUSTER_COLUMNS_MAX)
    }

    /// Asks about the last cluster as it would be with `c`.
    fn with<T>(&mut self, c: char, ask: impl Fn(&str) -> T) -> T {
        let end = self.out.len();
        self.out.push(c);
        let answer = ask(self.tail());
        self.out.truncate(end);
        answer
    }
}

fn is_cluster(text: &str) -> bool {
    text.graphemes(true)
        .next()
        .is_some_and(|first| first.len() == text.len())
}

fn is_zero_width(c: char) -> bool {
    UnicodeWidthChar::width(c) == Some(0)
}
