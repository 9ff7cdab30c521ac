//! Words that were found, marked in the lines that show them.

use crate::model::transcript::{Piece, Role};
use smsdesk_common::filter::{Needle, merged};
use smsdesk_common::safe_text::SafeText;
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation as _;

/// What stands before a snippet that begins within its text.
const CUT: &str = "…";

/// A text in one line, from a little before the first word that was found where that would not be
/// in sight within `columns`.
pub fn snippet(text: &str, needles: &[Needle], role: Role, columns: usize) -> Vec<Piece> {
    let line = SafeText::line(text);
    let found = found(line.as_str(), needles);
    let start = found.first().map_or(0, |first| {
        let before = &line.as_str()[..first.start];
        let is_in_sight = SafeText::line(&line.as_str()[..first.end]).width() <= columns;
        if is_in_sight {
            0
        } else {
            begin(before, columns / 3)
        }
    });
    let mut pieces = Vec::new();
    if start > 0 {
        pieces.push(piece(role, CUT));
    }
    pieces.extend(split(
        &line.as_str()[start..],
        &shifted(&found, start),
        role,
    ));
    pieces
}

/// A line, wrapped out of a text that was found, with the words in it marked.
pub fn marked(line: &SafeText, needles: &[Needle], role: Role) -> Vec<Piece> {
    split(line.as_str(), &found(line.as_str(), needles), role)
}

/// Where the words stand; where a phrase is not there as a whole, its words.
fn found(line: &str, needles: &[Needle]) -> Vec<Range<usize>> {
    let ranges = needles.iter().flat_map(|needle| {
        let whole = needle.find(line);
        match whole.is_empty() {
            true => needle.find_words(line),
            false => whole,
        }
    });
    merged(ranges.map(|range| whole_clusters(line, range)).collect())
}

/// With the marks that stand on its last character: a piece that began with them would show them on
/// nothing.
fn whole_clusters(line: &str, range: Range<usize>) -> Range<usize> {
    let ends = line.grapheme_indices(true);
    let mut ends = ends.map(|(at, cluster)| at + cluster.len());
    let end = ends.find(|end| *end >= range.end).unwrap_or(range.end);
    let starts = line.grapheme_indices(true).map(|(at, _)| at);
    let start = starts.take_while(|at| *at <= range.start).last();
    start.unwrap_or(range.start)..end
}

fn shifted(ranges: &[Range<usize>], start: usize) -> Vec<Range<usize>> {
    let ranges = ranges.iter().filter(|range| range.start >= start);
    ranges
        .map(|range| range.start - start..range.end - start)
        .collect()
}

fn split(line: &str, ranges: &[Range<usize>], role: Role) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut end = 0;
    for range in ranges {
        let (Some(before), Some(words)) = (line.get(end..range.start), line.get(range.clone()))
        else {
            continue;
        };
        if !before.is_empty() {
            pieces.push(piece(role, before));
        }
        pieces.push(piece(Role::Hit, words));
        end = range.end;
    }
    if let Some(rest) = line
        .get(end..)
        .filter(|rest| !rest.is_empty() || pieces.is_empty())
    {
        pieces.push(piece(role, rest));
    }
    pieces
}

fn piece(role: Role, text: &str) -> Piece {
    let text = SafeText::line(text);
    Piece { role, text }
}

/// Where the last words of a text begin that fit into so many columns.
fn begin(text: &str, columns: usize) -> usize {
    let mut start = text.len();
    for (at, c) in text.char_indices().rev() {
        if SafeText::line(&text[at..]).width() > columns {
            break;
        }
        if c == ' ' {
            start = at + 1;
        }
    }
    // A word that is longer than that is shown from where it was found.
    start
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(text: &str, words: &str, columns: usize) -> String {
        let needles: Vec<Needle> = words.split(' ').filter_map(Needle::new).collect();
        let pieces = snippet(text, &needles, Role::Theirs, columns);
        let mark = |piece: &Piece| match piece.role {
            Role::Hit => format!("[{}]", piece.text),
            _ => piece.text.to_string(),
        };
        pieces.iter().map(mark).collect()
    }

    #[test]
    fn words_are_marked_in_their_context() {
        assert_eq!(
            shown("is the Plumber in?", "plumb", 30),
            "is the [Plumber] in?"
        );
        assert_eq!(shown("no such word", "plumb", 30), "no such word");
        assert_eq!(shown("a\nplumber", "plumber", 30), "a⏎[plumber]");
        let text = "a long text that goes on for a while before the plumber comes into it";
        assert_eq!(shown(text, "plumber", 24), "…the [plumber] comes into it");
    }

    #[test]
    fn a_mark_on_the_last_character_belongs_to_what_was_found() {
        assert_eq!(shown("1\u{1e8d0} a", "1", 24), "[1\u{1e8d0}] a");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_comes_in(
            text in "\\PC{0,60}",
            words in "[a-c謝 0-9]{1,6}",
        ) {
            let needles: Vec<Needle> = words.split(' ').filter_map(Needle::new).collect();
            let line = SafeText::line(&text);
            let pieces = marked(&line, &needles, Role::Theirs);
            let whole: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
            let again = SafeText::line(line.as_str());
            prop_assert_eq!(whole, again.as_str());
        }
    }
}
