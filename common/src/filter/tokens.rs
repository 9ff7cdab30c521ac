//! A text as the words, signs and numbers that a search looks for in it.
//!
//! The same cut is made of what is stored and of what is asked, so that an index over these tokens
//! and the rule in [`super::needle`] cannot disagree. Every token keeps its place in the text.

use super::fold::fold;
use std::ops::Range;

/// The longest token, in characters: what is longer is no word, and is found by its beginning.
const TOKEN_CHARACTERS_MAX: usize = 64;

/// What an index holds of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// A word or number between gaps.
    Word,
    /// One or two neighbouring characters of a script that sets no blanks between words.
    Unspaced,
    /// A sign that is a word of its own, such as an emoji.
    Sign,
}

/// A token, folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) sort: Sort,
    /// Where it stands, in bytes.
    pub(super) range: Range<usize>,
}

/// A character of a script without blanks, folded, with the marks that belong to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) text: String,
    pub(super) range: Range<usize>,
}

/// Digits that are one number, however it is written: `(239) 426-7058`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) digits: String,
    /// Where each digit stands, in bytes.
    pub(super) places: Vec<Range<usize>>,
}

/// A text, cut.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tokens {
    /// In their order; neighbours here are neighbours for a phrase.
    pub(super) tokens: Vec<Token>,
    pub(super) units: Vec<Unit>,
    pub(super) numbers: Vec<Number>,
}

/// What a character does to a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Word,
    Unspaced,
    Sign,
    /// It belongs to the character before it.
    Mark,
    Gap,
}

impl Tokens {
    /// Cuts a text.
    pub(super) fn of(text: &str) -> Self {
        let mut cut = Self {
            numbers: numbers(text),
            ..Self::default()
        };
        let mut open: Option<(Class, usize)> = None;
        for (at, c) in text.char_indices() {
            let next = class(c);
            if next == Class::Mark && open.is_some() {
                continue;
            }
            let goes_on = matches!(open, Some((class, _)) if class == next && class != Class::Sign);
            if !goes_on {
                cut.close(text, open.take(), at);
                open = match next {
                    Class::Gap | Class::Mark => None,
                    class => Some((class, at)),
                };
            }
        }
        cut.close(text, open, text.len());
        cut
    }

    fn close(&mut self, text: &str, open: Option<(Class, usize)>, end: usize) {
        let Some((class, start)) = open else {
            return;
        };
        let piece = &text[start..end];
        match class {
            Class::Word => self.push_words(piece, start..end),
            Class::Unspaced => self.push_unspaced(piece, start),
            Class::Sign => {
                let sign = piece.chars().take(1).collect();
                self.push(sign, Sort::Sign, start..end);
            }
            Class::Mark | Class::Gap => {}
        }
    }

    /// Some characters are several words in their plain form, as one half is.
    fn push_words(&mut self, piece: &str, range: Range<usize>) {
        let folded = fold(piece);
        for word in folded.split(|c| class(c) == Class::Gap) {
            if !word.is_empty() {
                self.push(word.to_owned(), Sort::Word, range.clone());
            }
        }
    }

    fn push_unspaced(&mut self, piece: &str, start: usize) {
        let mut starts: Vec<usize> = piece
            .char_indices()
            .filter(|(_, c)| class(*c) != Class::Mark)
            .map(|(at, _)| at)
            .collect();
        starts.push(piece.len());
        let units: Vec<Unit> = starts
            .windows(2)
            .map(|ends| Unit {
                text: fold(&piece[ends[0]..ends[1]]).replace(|c: char| c.is_ascii(), ""),
                range: start + ends[0]..start + ends[1],
            })
            .filter(|unit| !unit.text.is_empty())
            .collect();
        for (at, unit) in units.iter().enumerate() {
            let (text, end) = match units.get(at + 1) {
                Some(next) => (format!("{}{}", unit.text, next.text), next.range.end),
                None => (unit.text.clone(), unit.range.end),
            };
            self.push(text, Sort::Unspaced, unit.range.start..end);
        }
        self.units.extend(units);
    }

    fn push(&mut self, text: String, sort: Sort, range: Range<usize>) {
        let cut = text.char_indices().nth(TOKEN_CHARACTERS_MAX);
        let text = match cut {
            Some((end, _)) => text[..end].to_owned(),
            None => text,
        };
        self.tokens.push(Token { text, sort, range });
    }
}

fn numbers(text: &str) -> Vec<Number> {
    let mut numbers = Vec::new();
    let mut open = Number::default();
    for (at, c) in text.char_indices() {
        if let Some(digit) = digit(c) {
            open.digits.push(digit);
            open.places.push(at..at + c.len_utf8());
        } else if !joins_digits(c) && !open.digits.is_empty() {
            numbers.push(std::mem::take(&mut open));
        }
    }
    if !open.digits.is_empty() {
        numbers.push(open);
    }
    numbers
}

/// The digit, also where it is written wide as in Chinese and Japanese texts.
fn digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10),
        _ => None,
    }
}

/// What people write between the digits of one number.
const fn joins_digits(c: char) -> bool {
    matches!(
        c,
        '+' | '-' | '(' | ')' | '.' | '/' | ' ' | '\u{a0}' | '\u{2010}'..='\u{2013}'
    )
}

fn class(c: char) -> Class {
    match c {
        c if c.is_ascii_alphanumeric() => Class::Word,
        c if c.is_ascii() => Class::Gap,
        _ if is_mark(c) => Class::Mark,
        _ if is_unspaced(c) => Class::Unspaced,
        c if c.is_alphanumeric() => Class::Word,
        // Vowel signs and the like, which Unicode does not count as letters, in scripts of India.
        '\u{964}' | '\u{965}' | '\u{970}' => Class::Gap,
        '\u{900}'..='\u{dff}' => Class::Mark,
        '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}' => Class::Sign,
        _ => Class::Gap,
    }
}

/// Accents, variation selectors, joiners and skin tones.
const fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{200c}'..='\u{200d}' | '\u{3099}' | '\u{309a}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{ff9e}' | '\u{ff9f}' | '\u{1f3fb}'..='\u{1f3ff}')
}

/// Scripts whose words stand without blanks between them, and Korean, whose endings stand at words.
const fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{e01}'..='\u{e3a}' | '\u{e40}'..='\u{e4e}' | '\u{e80}'..='\u{ece}'
        | '\u{1000}'..='\u{1049}' | '\u{1050}'..='\u{109d}' | '\u{1780}'..='\u{17d3}'
        | '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{2fd5}' | '\u{3005}'..='\u{3007}'
        | '\u{3041}'..='\u{3096}' | '\u{309d}'..='\u{309f}' | '\u{30a1}'..='\u{30fa}'
        | '\u{30fc}'..='\u{30ff}' | '\u{3105}'..='\u{318e}' | '\u{31a0}'..='\u{31bf}'
        | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{a960}'..='\u{a97c}' | '\u{ac00}'..='\u{d7fb}' | '\u{f900}'..='\u{fad9}'
        | '\u{ff66}'..='\u{ff9d}' | '\u{20000}'..='\u{3ffff}')
}
