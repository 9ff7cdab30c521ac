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
    /// How it looks; empty for a space that hangs over the end of its row.
    pub safe: SafeText,
    /// Columns that it takes.
    pub width: usize,
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
                shown.safe = SafeText::default();
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
    let behind_space = row.clusters.iter().rposition(is_space).map(|at| at + 1);
    behind_space.map_or_else(Vec::new, |at| row.clusters.split_off(at))
}

fn is_space(cluster: &Shown) -> bool {
    cluster.width == 0 || cluster.safe.as_str() == " "
}

/// A row that continues on the next one: its last place for the cursor is its last cluster, for
/// the place behind that belongs to the next row.
fn finish(mut row: Row, next: usize, rows: &mut Vec<Row>) {
    row.end = row.clusters.last().map_or(next, |last| last.at);
    rows.push(row);
}

fn show(at: usize, cluster: &str, width: usize) -> Shown {
    let safe = SafeText::line(cluster);
    let safe = if safe.width() > width {
        safe.truncate_to_width(width)
    } else {
        safe
    };
    Shown {
        at,
        width: safe.width(),
        safe,
    }
}
