//! How a text that is being written lies on the screen: rows of a width, and columns in them.
//!
//! Unlike a text that is only read, every cluster here has a place, spaces at a break included,
//! because the cursor can stand on each of them.

use smsdesk_common::safe_text::SafeText;
use unicode_segmentation::UnicodeSegmentation;

/// One grapheme cluster as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Where it starts in the text, in bytes.
    pub at: usize,
    /// Where it ends.
    pub end: usize,
    /// Columns that it takes; none for a space that hangs over the end of its row.
    pub width: usize,
    breaks: Breaks,
}

/// Whether a row may end behind a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Breaks {
    After,
    Never,
}

impl Shown {
    /// How it looks, where `text` is what the rows were made of.
    pub fn safe(&self, text: &str) -> SafeText {
        let cluster = text.get(self.at..self.end).unwrap_or_default();
        SafeText::line(cluster).truncate_to_width(self.width)
    }
}

/// One row of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Where the row starts in the text, in bytes.
    pub start: usize,
    /// Where the last place for the cursor in this row is.
    pub end: usize,
    /// What it shows.
    pub clusters: Vec<Shown>,
}

impl Row {
    /// The column of byte `at`.
    pub(super) fn column_of(&self, at: usize) -> usize {
        self.clusters
            .iter()
            .take_while(|cluster| cluster.at < at)
            .map(|c| c.width)
            .sum()
    }

    /// The place for the cursor nearest to `column`, not beyond it.
    pub(super) fn byte_at(&self, column: usize) -> usize {
        let mut columns = 0;
        for cluster in &self.clusters {
            columns += cluster.width;
            if columns > column || cluster.at >= self.end {
                return cluster.at.min(self.end);
            }
        }
        self.end
    }
}

/// The rows of `text` where a row has `width` columns (at least 1). At least one row. Words are
/// kept whole where they fit.
pub fn rows(text: &str, width: usize) -> Vec<Row> {
    let width = width.max(1);
    let mut rows = Vec::new();
    let mut start = 0;
    for line in text.split('\n') {
        line_rows(start, line, width, &mut rows);
        start += line.len() + 1;
    }
    rows
}

fn line_rows(start: usize, line: &str, width: usize, rows: &mut Vec<Row>) {
    let mut row = Row {
        start,
        end: start,
        clusters: Vec::new(),
    };
    let mut columns = 0;
    for (at, cluster) in line.grapheme_indices(true) {
        let mut shown = show(start + at, cluster, width);
        if columns + shown.width > width {
            if cluster == " " {
                shown.width = 0;
            } else {
                let tail = word_tail(&mut row);
                let next = tail.first().map_or(shown.at, |first| first.at);
                finish(row, next, rows);
                columns = tail.iter().map(|cluster| cluster.width).sum();
                row = Row {
                    start: next,
                    end: next,
                    clusters: tail,
                };
                if columns + shown.width > width {
                    finish(row, shown.at, rows);
                    columns = 0;
                    row = Row {
                        start: shown.at,
                        end: shown.at,
                        clusters: Vec::new(),
                    };
                }
            }
        }
        columns += shown.width;
        row.clusters.push(shown);
    }
    row.end = start + line.len();
    rows.push(row);
}

/// Takes the unfinished word off a full row, unless the word fills the row from its start.
fn word_tail(row: &mut Row) -> Vec<Shown> {
    let last = row
        .clusters
        .iter()
        .rposition(|cluster| cluster.breaks == Breaks::After);
    last.map_or_else(Vec::new, |at| row.clusters.split_off(at + 1))
}

/// A row that continues on the next one: its last place for the cursor is its last cluster, for
/// the place behind that belongs to the next row.
fn finish(mut row: Row, next: usize, rows: &mut Vec<Row>) {
    row.end = row.clusters.last().map_or(next, |last| last.at);
    rows.push(row);
}

fn show(at: usize, cluster: &str, width: usize) -> Shown {
    let columns = match cluster.as_bytes() {
        // Most of what is typed; the general way takes an allocation for each character.
        [b' '..=b'~'] => 1,
        _ => SafeText::line(cluster).width().min(width),
    };
    let breaks = if cluster == " " {
        Breaks::After
    } else {
        Breaks::Never
    };
    Shown {
        at,
        end: at + cluster.len(),
        width: columns,
        breaks,
    }
}
