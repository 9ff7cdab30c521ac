//! What words mean in a text: the one rule of a search, and how an index is asked for the same.

use super::fold::number_fragment;
use super::tokens::{Sort, Tokens};
use std::ops::Range;

/// How many digits an index keeps together; also the fewest that are looked for as a part of a
/// number.
const DIGITS_TOGETHER: usize = 3;

/// Stands between two numbers in an index, so that no fragment reaches from one into the next.
const NUMBER_ENDS: &str = "x";

/// The fewest characters of which a word is found by its beginning.
const BEGINNING_CHARACTERS_MIN: usize = 2;

/// The longest beginning, in characters, that an index keeps beside the words themselves.
pub const KEPT_BEGINNING_CHARACTERS_MAX: usize = 3;

/// A text as an index holds it: tokens with a blank between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Indexed {
    /// Words, signs, and each two neighbours of a script without blanks.
    pub words: String,
    /// Single characters of such a script, and each three neighbouring digits of a number.
    pub parts: String,
}

impl Indexed {
    /// What an index holds of `text`.
    pub fn of(text: &str) -> Self {
        let cut = Tokens::of(text);
        let mut indexed = Self::default();
        for token in &cut.tokens {
            push(&mut indexed.words, &token.text);
        }
        for unit in &cut.units {
            push(&mut indexed.parts, &unit.text);
        }
        for number in &cut.numbers {
            for start in 0..(number.digits.len() + 1).saturating_sub(DIGITS_TOGETHER) {
                push(
                    &mut indexed.parts,
                    &number.digits[start..start + DIGITS_TOGETHER],
                );
            }
            if number.digits.len() >= DIGITS_TOGETHER {
                push(&mut indexed.parts, NUMBER_ENDS);
            }
        }
        indexed
    }

    /// Whether there is nothing to find in it.
    pub const fn is_empty(&self) -> bool {
        self.words.is_empty() && self.parts.is_empty()
    }

    /// The words of which a beginning may be asked for that no index keeps: whoever keeps them
    /// finds the whole words for it.
    pub fn long_words(&self) -> impl Iterator<Item = &str> {
        self.words.split(' ').filter(|word| is_long(word))
    }
}

/// Whether it is a word longer than the beginnings that are kept. Numbers are rare each, and are
/// found without help.
fn is_long(word: &str) -> bool {
    word.starts_with(|c: char| !c.is_ascii_digit())
        && word.chars().nth(KEPT_BEGINNING_CHARACTERS_MAX).is_some()
}

fn push(text: &mut String, token: &str) {
    if !text.is_empty() {
        text.push(' ');
    }
    text.push_str(token);
}

/// Words that are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needle {
    sought: Sought,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Sought {
    /// A part of a number, however it is written.
    Digits(String),
    /// These one behind the other.
    Phrase { tokens: Vec<String>, ending: Ending },
}

/// How the last of some words is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// As it stands.
    Whole,
    /// As the beginning of a word.
    Beginning,
    /// As a character that others may follow without a blank.
    Open,
}

/// What an index is asked for a needle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// In which of the two texts of [`Indexed`].
    pub column: Column,
    /// Tokens that stand one behind the other; never none.
    pub tokens: Vec<String>,
    /// Whether the last one may be the beginning of a longer one.
    pub last: Last,
}

/// A text of [`Indexed`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// [`Indexed::words`]
    Words,
    /// [`Indexed::parts`]
    Parts,
}

/// How the last token of an [`Ask`] is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Last {
    /// As it is.
    Whole,
    /// As a beginning that an index keeps, or that few tokens have.
    Beginning,
    /// As the beginning of one of [`Indexed::long_words`].
    LongBeginning,
}

impl Needle {
    /// What the words of a filter look for; none where there is no letter, digit or sign in them.
    pub fn new(words: &str) -> Option<Self> {
        if let Some(digits) = number_fragment(words) {
            let sought = Sought::Digits(digits);
            return Some(Self { sought });
        }
        let cut = Tokens::of(words);
        let last = cut.tokens.last()?;
        let is_one = |text: &str| cut.units.last().is_some_and(|unit| unit.text == text);
        let ending = match last.sort {
            Sort::Word if last.text.chars().count() >= BEGINNING_CHARACTERS_MIN => {
                Ending::Beginning
            }
            Sort::Unspaced if is_one(&last.text) => Ending::Open,
            _ => Ending::Whole,
        };
        let mut tokens: Vec<String> = cut.tokens.into_iter().map(|token| token.text).collect();
        // The last character of several stands in the token before it already.
        let several = cut.units.len() > 1 && ending == Ending::Open;
        let joined = several && tokens.len() > 1 && {
            let last = &cut.units[cut.units.len() - 1];
            let before = &cut.units[cut.units.len() - 2];
            before.range.end == last.range.start
        };
        if joined {
            tokens.pop();
            let ending = Ending::Whole;
            let sought = Sought::Phrase { tokens, ending };
            return Some(Self { sought });
        }
        let sought = Sought::Phrase { tokens, ending };
        Some(Self { sought })
    }

    /// Whether it stands in `text`.
    pub fn is_in(&self, text: &str) -> bool {
        !self.places(&Tokens::of(text)).is_empty()
    }

    /// Where it stands in `text`, in bytes.
    pub fn find(&self, text: &str) -> Vec<Range<usize>> {
        self.places(&Tokens::of(text))
    }

    /// Where its single words stand in a text that may be a piece of the one that it was found in.
    pub fn find_words(&self, text: &str) -> Vec<Range<usize>> {
        match &self.sought {
            Sought::Digits(_) => self.find(text),
            Sought::Phrase { tokens, ending } => {
                let cut = Tokens::of(text);
                let last = tokens.len().saturating_sub(1);
                let is_one = |text: &str| {
                    (0..).zip(tokens).any(|(at, token)| {
                        token == text
                            || (at == last && *ending != Ending::Whole && text.starts_with(token))
                    })
                };
                let found = cut.tokens.into_iter().filter(|token| is_one(&token.text));
                found.map(|token| token.range).collect()
            }
        }
    }

    fn places(&self, cut: &Tokens) -> Vec<Range<usize>> {
        match &self.sought {
            Sought::Digits(digits) => numbers_with(cut, digits),
            Sought::Phrase { tokens, ending } => match (&tokens[..], ending) {
                ([one], Ending::Open) => {
                    let same = cut.units.iter().filter(|unit| unit.text == *one);
                    same.map(|unit| unit.range.clone()).collect()
                }
                _ => phrases(cut, tokens, *ending),
            },
        }
    }

    /// What an index of [`Indexed`] texts is asked for it.
    pub fn ask(&self) -> Ask {
        match &self.sought {
            Sought::Digits(digits) => Ask {
                column: Column::Parts,
                tokens: (0..=digits.len() - DIGITS_TOGETHER)
                    .map(|start| digits[start..start + DIGITS_TOGETHER].to_owned())
                    .collect(),
                last: Last::Whole,
            },
            Sought::Phrase { tokens, ending } => {
                let alone = tokens.len() == 1;
                let last = tokens.last().map_or("", String::as_str);
                let (column, last) = match ending {
                    Ending::Open if alone => (Column::Parts, Last::Whole),
                    Ending::Whole => (Column::Words, Last::Whole),
                    Ending::Beginning if is_long(last) => (Column::Words, Last::LongBeginning),
                    Ending::Open | Ending::Beginning => (Column::Words, Last::Beginning),
                };
                Ask {
                    column,
                    tokens: tokens.clone(),
                    last,
                }
            }
        }
    }
}

fn numbers_with(cut: &Tokens, digits: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for number in &cut.numbers {
        for (start, _) in number.digits.match_indices(digits) {
            let places = &number.places[start..start + digits.len()];
            if let (Some(first), Some(last)) = (places.first(), places.last()) {
                found.push(first.start..last.end);
            }
        }
    }
    found
}

fn phrases(cut: &Tokens, tokens: &[String], ending: Ending) -> Vec<Range<usize>> {
    let last = tokens.len().saturating_sub(1);
    let fits = |at: usize, text: &str| match (at == last, ending) {
        (true, Ending::Beginning | Ending::Open) => text.starts_with(&tokens[at]),
        _ => text == tokens[at],
    };
    cut.tokens
        .windows(tokens.len())
        .filter(|window| (0..).zip(*window).all(|(at, token)| fits(at, &token.text)))
        .filter_map(|window| Some(window.first()?.range.start..window.last()?.range.end))
        .collect()
}

/// Ranges in their order, those that touch or overlap as one.
pub fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}
