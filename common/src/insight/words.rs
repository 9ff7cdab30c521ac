//! A text in words, as the lexicon compares them.

use crate::filter::fold;

/// A word, or what stands between two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// Without case and accents; apostrophes are left out: `dont`. An emoji is a word.
    Word(String),
    /// A part of a sentence ends here: what stands before says nothing about what follows.
    Stop,
    /// The same, with a question mark.
    Question,
}

impl Token {
    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Stop | Self::Question => None,
        }
    }
}

/// The words of a text, in their order.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut open = String::new();
    let mut eyes = false;
    for c in fold(text).chars() {
        // What joins emoji, colours them or writes them out has no part in a word.
        if is_apostrophe(c) || matches!(c, '\u{200d}' | '\u{fe0e}' | '\u{fe0f}') {
            continue;
        }
        if c.is_alphanumeric() {
            open.push(c);
            eyes = false;
            continue;
        }
        close(&mut tokens, &mut open);
        let face = eyes;
        eyes = c == ':' || (eyes && c == '-');
        match c {
            ')' if face => tokens.push(Token::Word("🙂".to_owned())),
            '(' if face => tokens.push(Token::Word("🙁".to_owned())),
            '?' | '¿' | '؟' => tokens.push(Token::Question),
            '.' | ',' | ';' | ':' | '!' | '¡' | '(' | ')' | '\u{3002}' => tokens.push(Token::Stop),
            '\u{1f3fb}'..='\u{1f3ff}' => {}
            c if is_picture(c) => tokens.push(Token::Word(c.to_string())),
            _ => {}
        }
    }
    close(&mut tokens, &mut open);
    tokens
}

fn close(tokens: &mut Vec<Token>, open: &mut String) {
    if !open.is_empty() {
        tokens.push(Token::Word(std::mem::take(open)));
    }
}

const fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '`' | '\u{2018}' | '\u{2019}' | '\u{2bc}')
}

const fn is_picture(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}
