//! A text that is too long for one, as several: cut between sentences where that leaves none too
//! short, else between words, else between clusters.

use smsdesk_common::segments::{BODY_CHARACTERS_MAX, body_characters};
use unicode_segmentation::UnicodeSegmentation;

/// The most parts: the composer holds three times what one text takes, and a part that ends at a
/// sentence leaves room.
pub const PARTS_MAX: usize = 9;

/// Whether parts say which they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbering {
    /// `(1/3) ` stands before each.
    Numbered,
    /// As they are.
    Plain,
}

/// Characters of `(1/3) `.
const NUMBER_CHARACTERS: usize = 6;

/// `body` in as few parts as sentences allow, none too long to be sent, none empty. None where it
/// would take more than [`PARTS_MAX`].
pub fn parts(body: &str, numbering: Numbering) -> Option<Vec<String>> {
    let room = match numbering {
        Numbering::Numbered => BODY_CHARACTERS_MAX - NUMBER_CHARACTERS,
        Numbering::Plain => BODY_CHARACTERS_MAX,
    };
    let mut parts = Vec::new();
    let mut rest = body.trim();
    while !rest.is_empty() {
        let at = cut(rest, room);
        let (part, behind) = rest.split_at(at);
        parts.push(part.trim_end().to_owned());
        rest = behind.trim_start();
    }
    if parts.len() > PARTS_MAX {
        return None;
    }
    let of = parts.len();
    if numbering == Numbering::Numbered && of > 1 {
        for (n, part) in (1..).zip(&mut parts) {
            *part = format!("({n}/{of}) {part}");
        }
    }
    Some(parts)
}

/// Parts as one text again, without their numbers; one text is what it was.
pub fn joined(parts: &[String]) -> String {
    let of = parts.len();
    let bare = |(n, part): (usize, &String)| {
        let number = format!("({n}/{of}) ");
        let numbered = (of > 1).then(|| part.strip_prefix(&number)).flatten();
        numbered.unwrap_or(part).to_owned()
    };
    let parts: Vec<String> = (1..).zip(parts).map(bare).collect();
    parts.join(" ")
}

/// Where the first part ends, in bytes.
fn cut(text: &str, room: usize) -> usize {
    if body_characters(text) <= room {
        return text.len();
    }
    // A border counts where the white space before it still fits.
    let fits = |at: &usize| body_characters(text[..*at].trim_end()) <= room;
    let last = |borders: &mut dyn Iterator<Item = usize>| borders.take_while(fits).last();
    let sentence = last(&mut text.split_sentence_bound_indices().map(|(at, _)| at));
    let word = last(&mut text.split_word_bound_indices().map(|(at, _)| at));
    let cluster = last(&mut text.grapheme_indices(true).map(|(at, _)| at));
    // A sentence that ends in the first half would leave a short text before a long one.
    let half = |at: &usize| body_characters(&text[..*at]) * 2 > room;
    let by_blank = |at: &usize| text[..*at].ends_with(char::is_whitespace);
    let blank = last(
        &mut text
            .split_word_bound_indices()
            .map(|(at, _)| at)
            .filter(|at| by_blank(at)),
    );
    let choices = [
        sentence.filter(half),
        blank.filter(half),
        word.filter(half),
        cluster,
    ];
    let found = choices.into_iter().flatten().find(|at| *at > 0);
    // One cluster that is larger than a text is cut between characters.
    found.unwrap_or_else(|| {
        let cut = text.char_indices().nth(room);
        cut.map_or(text.len(), |(at, _)| at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(body: &str, expected: &[&str]) {
        let parts = parts(body, Numbering::Plain).unwrap();
        let ends: Vec<String> = parts
            .iter()
            .map(|part| part.chars().rev().take(6).collect::<String>())
            .map(|end| end.chars().rev().collect())
            .collect();
        assert_eq!(ends, expected);
    }

    #[test]
    fn a_text_is_cut_between_sentences_else_between_words() {
        assert_eq!(parts("short", Numbering::Numbered).unwrap(), ["short"]);
        let sentences = format!(
            "{}The end. {}",
            "x ".repeat(600),
            "Then it goes on. ".repeat(40)
        );
        check(&sentences, &["es on.", "es on."]);
        let words = "word ".repeat(400);
        check(&words, &["d word", "d word"]);
        let none = "x".repeat(3_300);
        check(&none, &["xxxxxx", "xxxxxx", "xxxxxx"]);
        let numbered = parts(&words, Numbering::Numbered).unwrap();
        assert!(numbered[0].starts_with("(1/2) word") && numbered[1].starts_with("(2/2) word"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn no_part_is_too_long_or_empty_and_no_word_is_lost(
            pieces in prop::collection::vec("[a-zé]{1,30}[.!? \n]{1,3}|[👩‍👧🏽]{0,40}|[a-z]{900,1700}", 1..60),
        ) {
            let body: String = pieces.concat().chars().take(4_800).collect();
            for numbering in [Numbering::Plain, Numbering::Numbered] {
                let Some(parts) = parts(&body, numbering) else {
                    continue;
                };
                for part in &parts {
                    prop_assert!(!part.trim().is_empty());
                    prop_assert!(body_characters(part) <= BODY_CHARACTERS_MAX);
                }
                let dense = |text: &str| text.split_whitespace().collect::<String>();
                prop_assert_eq!(dense(&joined(&parts)), dense(&body));
            }
        }
    }
}
