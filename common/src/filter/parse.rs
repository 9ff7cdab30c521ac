//! Reads a filter, and says where and what was expected instead.

use super::{
    Bound, FILTER_CHARACTERS_MAX, FILTER_TERMS_MAX, Owner, Sense, Span, Speaker, State, Term, Test,
    Thing, Unit,
};
use jiff::civil::Date;
use std::iter::Peekable;
use std::str::Chars;

/// The longest number of a duration, in digits: 99,999 weeks are two thousand years.
const AMOUNT_DIGITS_MAX: usize = 5;

/// Why a text is no filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: expected {expected}")]
pub struct FilterError {
    /// Where, in characters from 1.
    pub column: usize,
    /// What should stand there.
    pub expected: String,
}

impl FilterError {
    fn at(column: usize, expected: impl Into<String>) -> Self {
        let expected = expected.into();
        Self { column, expected }
    }
}

/// A piece of the text, and where it began.
#[derive(Clone, Debug)]
struct Piece {
    column: usize,
    text: String,
    style: Style,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Bare,
    Quoted,
}

/// Reads the terms of a filter.
pub(super) fn parse(text: &str) -> Result<Vec<Term>, FilterError> {
    let mut reader = Reader::new(text);
    if text.chars().count() > FILTER_CHARACTERS_MAX {
        let expected = format!("the end: a filter has at most {FILTER_CHARACTERS_MAX} characters");
        return Err(FilterError::at(FILTER_CHARACTERS_MAX + 1, expected));
    }
    if let Some(at) = text.chars().position(char::is_control) {
        return Err(FilterError::at(at + 1, "no control character"));
    }
    let mut terms = Vec::new();
    while reader.skip_blanks() {
        if terms.len() == FILTER_TERMS_MAX {
            let expected = format!("the end: a filter has at most {FILTER_TERMS_MAX} terms");
            return Err(FilterError::at(reader.column, expected));
        }
        terms.push(reader.term()?);
    }
    Ok(terms)
}

pub(super) struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    column: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            rest: text.chars().peekable(),
            column: 1,
        }
    }

    /// The term that comes next; where none can be read, the word that stands there as it is, and
    /// why. None at the end.
    pub(super) fn term_or_word(&mut self) -> Option<(Term, Option<FilterError>)> {
        if !self.skip_blanks() {
            return None;
        }
        let start = (self.rest.clone(), self.column);
        match self.term() {
            Ok(term) => Some((term, None)),
            Err(error) => {
                (self.rest, self.column) = start;
                let mut word = String::new();
                while !self.at_end_of_term() {
                    word.extend(self.next());
                }
                let term = Term {
                    sense: Sense::Holds,
                    test: Test::Words(word),
                };
                Some((term, Some(error)))
            }
        }
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        self.column += 1;
        Some(c)
    }

    /// False at the end.
    fn skip_blanks(&mut self) -> bool {
        while self.rest.peek().is_some_and(|c| c.is_whitespace()) {
            self.next();
        }
        self.rest.peek().is_some()
    }

    fn at_end_of_term(&mut self) -> bool {
        self.rest.peek().is_none_or(|c| c.is_whitespace())
    }

    fn term(&mut self) -> Result<Term, FilterError> {
        let mut sense = Sense::Holds;
        if self.rest.peek() == Some(&'-') {
            self.next();
            sense = Sense::HoldsNot;
            if self.at_end_of_term() || self.rest.peek() == Some(&'-') {
                return Err(FilterError::at(self.column, "a term right behind the -"));
            }
        }
        let test = self.test()?;
        Ok(Term { sense, test })
    }

    fn test(&mut self) -> Result<Test, FilterError> {
        if self.rest.peek() == Some(&'"') {
            return Ok(Test::Words(self.quoted()?.text));
        }
        let column = self.column;
        let mut word = String::new();
        while !self.at_end_of_term() {
            let Some(c) = self.next() else { break };
            if c == ':' && is_key(&word) {
                let value = self.value()?;
                return keyed(column, &word.to_ascii_lowercase(), value);
            }
            word.push(c);
        }
        Ok(Test::Words(word))
    }

    fn value(&mut self) -> Result<Piece, FilterError> {
        if self.rest.peek() == Some(&'"') {
            return self.quoted();
        }
        let column = self.column;
        let mut text = String::new();
        while !self.at_end_of_term() {
            text.extend(self.next());
        }
        Ok(Piece {
            column,
            text,
            style: Style::Bare,
        })
    }

    fn quoted(&mut self) -> Result<Piece, FilterError> {
        let column = self.column;
        self.next();
        let mut text = String::new();
        loop {
            match self.next() {
                Some('"') => break,
                Some('\\') => match self.next() {
                    Some(c @ ('"' | '\\')) => text.push(c),
                    _ => return Err(FilterError::at(self.column - 1, "\\\" or \\\\")),
                },
                Some(c) => text.push(c),
                None => {
                    let expected = format!("a \" that ends the one of column {column}");
                    return Err(FilterError::at(self.column, expected));
                }
            }
        }
        if !self.at_end_of_term() {
            return Err(FilterError::at(self.column, "a blank behind the quotes"));
        }
        if text.trim().is_empty() {
            return Err(FilterError::at(column + 1, "words between the quotes"));
        }
        Ok(Piece {
            column,
            text,
            style: Style::Quoted,
        })
    }
}

/// Whether what stands before a colon is meant as a key. A time (`12:30`) is not.
fn is_key(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_ascii_alphabetic())
}

fn keyed(column: usize, key: &str, value: Piece) -> Result<Test, FilterError> {
    let wrong = |expected: &str| Err(FilterError::at(value.column, expected));
    let bare = value.text.to_ascii_lowercase();
    match key {
        "is" => match State::ALL.into_iter().find(|state| state.as_str() == bare) {
            Some(state) => Ok(Test::Is(state)),
            None => wrong("open, done, snoozed, flagged, unread or waiting"),
        },
        "has" if bare == "draft" => Ok(Test::Has(Thing::Draft)),
        "has" if bare == "media" => Ok(Test::Has(Thing::Media)),
        "has" => wrong("draft or media"),
        "assignee" if value.text.is_empty() => wrong("me, none or a name"),
        "assignee" => Ok(Test::Assignee(match (bare.as_str(), value.style) {
            ("me", Style::Bare) => Owner::Me,
            ("none", Style::Bare) => Owner::None,
            _ => Owner::Called(value.text),
        })),
        "label" if value.text.is_empty() => wrong("a label, such as billing"),
        "label" => Ok(Test::Label(value.text)),
        "line" if value.text.is_empty() => wrong("a number of ours or a part of it"),
        "line" => Ok(Test::Line(value.text)),
        "from" if value.text.is_empty() => wrong("me, a name or a part of a number"),
        "from" => Ok(Test::From(match (bare.as_str(), value.style) {
            ("me", Style::Bare) => Speaker::Me,
            _ => Speaker::Called(value.text),
        })),
        "to" if value.text.is_empty() => wrong("a name or a part of a number"),
        "to" => Ok(Test::To(value.text)),
        "waiting" => waiting(&value),
        "before" => day(&value).map(Test::Before),
        "after" => day(&value).map(Test::After),
        _ => Err(FilterError::at(
            column,
            "is: assignee: label: waiting: line: from: to: before: after: or has: (words with a \
             colon stand in quotes)",
        )),
    }
}

fn waiting(value: &Piece) -> Result<Test, FilterError> {
    let mut rest = value.text.chars();
    let bound = match rest.next() {
        Some('>') => Bound::LongerThan,
        Some('<') => Bound::ShorterThan,
        _ => {
            let expected = "> or < and a duration, such as >30m";
            return Err(FilterError::at(value.column, expected));
        }
    };
    let Some(span) = span(rest.as_str()) else {
        let column = value.column + 1 + usize::from(value.style == Style::Quoted);
        let expected = "a duration such as 30m, 2h, 3d";
        return Err(FilterError::at(column, expected));
    };
    Ok(Test::Waiting(bound, span))
}

fn span(text: &str) -> Option<Span> {
    let unit = text.chars().last()?.to_ascii_lowercase();
    let unit = Unit::ALL.into_iter().find(|known| known.letter() == unit)?;
    let digits = &text[..text.len() - 1];
    let fits = (1..=AMOUNT_DIGITS_MAX).contains(&digits.len())
        && digits.chars().all(|c| c.is_ascii_digit());
    let amount = digits.parse().ok().filter(|_| fits)?;
    Some(Span { amount, unit })
}

fn day(value: &Piece) -> Result<Date, FilterError> {
    let expected = || FilterError::at(value.column, "a day such as 2026-11-01");
    // jiff reads more ways of writing a day; one is enough to learn, and to print.
    let plain = value.text.len() == "2026-11-01".len()
        && value.text.chars().all(|c| c.is_ascii_digit() || c == '-');
    let parsed = value.text.parse().ok();
    parsed.filter(|_| plain).ok_or_else(expected)
}
