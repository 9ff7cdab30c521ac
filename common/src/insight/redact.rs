//! A text without the numbers and addresses in it, for whom they do not concern.

/// Stands for a number.
pub const NUMBER: &str = "[number]";
/// Stands for an e-mail address.
pub const EMAIL: &str = "[email]";

/// The fewest digits that are a number and not an amount or a time of day: a gate code has four.
const DIGITS_MIN: usize = 4;

/// `text` with [`NUMBER`] for every number of at least four digits, however it is parted, and
/// [`EMAIL`] for every e-mail address. Rather too much than too little.
#[must_use]
pub fn redact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end_matches(char::is_whitespace);
        if is_email(word) {
            out.push_str(EMAIL);
            out.push_str(&piece[word.len()..]);
        } else {
            out.push_str(piece);
        }
    }
    numbers(&out)
}

fn is_email(word: &str) -> bool {
    let mut parts = word.split(['@', '\u{ff20}', '\u{fe6b}']);
    let (before, after) = (parts.next(), parts.next());
    let filled = |part: Option<&str>| part.is_some_and(|it| it.chars().any(char::is_alphanumeric));
    filled(before) && filled(after)
}

fn numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = Run::default();
    for c in text.chars() {
        if c.is_numeric() {
            run.number.push_str(&run.between);
            run.between.clear();
            run.number.push(c);
            run.digits += 1;
        } else if run.digits > 0 && is_between(c) {
            run.between.push(c);
        } else {
            run.end(&mut out);
            out.push(c);
        }
    }
    run.end(&mut out);
    out
}

/// Digits that may be one number, and what stands behind the last of them.
#[derive(Default)]
struct Run {
    number: String,
    digits: usize,
    between: String,
}

impl Run {
    fn end(&mut self, out: &mut String) {
        if self.digits >= DIGITS_MIN {
            out.push_str(NUMBER);
        } else {
            out.push_str(&self.number);
        }
        out.push_str(&self.between);
        *self = Self::default();
    }
}

/// What people write between the digits of a number.
const fn is_between(c: char) -> bool {
    matches!(
        c,
        ' ' | '\t' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '-' | '\u{2010}'..='\u{2015}' | '.' | '/' | '(' | ')' | '_' | '*' | '\u{200b}'..='\u{200f}' | '\u{2060}'
    )
}
