//! Columns of text: measuring, cutting, wrapping. Never splits a grapheme cluster.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Stands for what was cut off, and for a cluster that is wider than the whole line.
pub(super) const ELLIPSIS: &str = "…";

/// Columns that one grapheme cluster takes, counted as ratatui's `CellWidth` does, which draws
/// cluster by cluster: unicode-width's measure, and one column more for each halfwidth katakana
/// sound mark, which terminals draw beside its letter.
pub(super) fn cluster_width(cluster: &str) -> usize {
    if cluster.len() == 1 {
        return 1;
    }
    let sound_marks = cluster
        .chars()
        .filter(|c| matches!(c, '\u{FF9E}' | '\u{FF9F}'))
        .count();
    UnicodeWidthStr::width(cluster) + sound_marks
}

/// Columns of one line.
pub(super) fn line_width(line: &str) -> usize {
    if line.is_ascii() {
        return line.len();
    }
    line.graphemes(true).map(cluster_width).sum()
}

/// The line itself if it fits, otherwise as much as fits with an ellipsis behind it.
pub(super) fn truncate_line(line: &str, width: usize) -> String {
    if line_width(line) <= width {
        return line.to_owned();
    }
    let Some(room) = width.checked_sub(1) else {
        return String::new();
    };
    let mut columns = 0;
    let kept = line.graphemes(true).take_while(|cluster| {
        columns += cluster_width(cluster);
        columns <= room
    });
    let mut cut: String = kept.collect();
    cut.push_str(ELLIPSIS);
    cut
}

/// Breaks one line at spaces, between ideographs, and inside a word only if it is wider than a
/// whole line. Spaces at a break go; an indentation stays. At least one piece, maybe empty.
pub(super) fn wrap_line(line: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    if line.is_ascii() && line.len() <= width {
        return vec![line.trim_end().to_owned()];
    }
    let mut pieces = Pieces {
        width,
        done: Vec::new(),
        piece: String::new(),
        columns: 0,
    };
    for word in words(line) {
        pieces.word(&word);
    }
    pieces.finish()
}

/// A stretch that is not broken, and the spaces before it.
#[derive(Default)]
struct Word<'a> {
    spaces: &'a str,
    text: &'a str,
    columns: usize,
}

/// Trailing spaces belong to no word.
fn words(line: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut text_start = 0;
    let mut columns = 0;
    for (at, cluster) in line.grapheme_indices(true) {
        let in_word = columns > 0;
        let after_ideograph = in_word && is_ideograph(line[..at].chars().next_back());
        let breaks = is_space(cluster) || is_ideograph(cluster.chars().next()) || after_ideograph;
        if in_word && breaks {
            words.push(Word {
                spaces: &line[start..text_start],
                text: &line[text_start..at],
                columns,
            });
            start = at;
            text_start = at;
            columns = 0;
        }
        if is_space(cluster) {
            text_start = at + cluster.len();
        } else {
            columns += cluster_width(cluster);
        }
    }
    if columns > 0 {
        words.push(Word {
            spaces: &line[start..text_start],
            text: &line[text_start..],
            columns,
        });
    }
    words
}

/// A space that may become a line break; the no-break ones may not.
fn is_space(cluster: &str) -> bool {
    let mut chars = cluster.chars();
    let first = chars.next();
    chars.next().is_none()
        && first.is_some_and(|c| {
            c.is_whitespace() && !matches!(c, '\u{00A0}' | '\u{2007}' | '\u{202F}')
        })
}

/// Chinese, Japanese and Korean letters: text in them may break anywhere.
fn is_ideograph(c: Option<char>) -> bool {
    c.is_some_and(|c| c.is_alphabetic() && unicode_width::UnicodeWidthChar::width(c) == Some(2))
}

struct Pieces {
    width: usize,
    done: Vec<String>,
    piece: String,
    columns: usize,
}

impl Pieces {
    fn word(&mut self, word: &Word<'_>) {
        let spaces = line_width(word.spaces);
        if self.columns + spaces + word.columns <= self.width {
            self.piece.push_str(word.spaces);
            self.piece.push_str(word.text);
            self.columns += spaces + word.columns;
            return;
        }
        if self.columns > 0 {
            self.end_piece();
        }
        for cluster in word.text.graphemes(true) {
            self.cluster(cluster);
        }
    }

    fn cluster(&mut self, cluster: &str) {
        let columns = cluster_width(cluster);
        let (cluster, columns) = if columns > self.width {
            (ELLIPSIS, 1)
        } else {
            (cluster, columns)
        };
        if self.columns + columns > self.width {
            self.end_piece();
        }
        self.piece.push_str(cluster);
        self.columns += columns;
    }

    fn end_piece(&mut self) {
        self.done.push(std::mem::take(&mut self.piece));
        self.columns = 0;
    }

    fn finish(mut self) -> Vec<String> {
        if self.columns > 0 || self.done.is_empty() {
            self.end_piece();
        }
        self.done
    }
}
