//! Text as it is compared: without case, accents and differences of width.

use icu_normalizer::DecomposingNormalizerBorrowed;

/// The fewest digits that are looked for as a part of a number however it is written: two stand in
/// nearly every number.
const FRAGMENT_DIGITS_MIN: usize = 3;

/// `text` as it is compared: small letters without accents, everything in its plain form, control
/// characters as blanks. Only for comparing; it is still remote text and not safe to show.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        let plain = |c: char| if c.is_control() { ' ' } else { c };
        return text
            .chars()
            .map(plain)
            .collect::<String>()
            .to_ascii_lowercase();
    }
    let decomposed = DecomposingNormalizerBorrowed::new_nfkd().normalize(text);
    let mut folded = String::with_capacity(decomposed.len());
    let plain = decomposed.chars().filter(|c| !is_accent(*c));
    for c in plain.flat_map(char::to_lowercase) {
        match c {
            c if c.is_control() => folded.push(' '),
            // Letters that people type without their stroke, and that have no decomposition.
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' => folded.push('d'),
            'ı' => folded.push('i'),
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            c if is_accent(c) => {}
            c => folded.push(c),
        }
    }
    folded
}

/// Marks that stand above or below a letter of European scripts (Combining Diacritical Marks).
const fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// The digits of what is written like a part of a number, such as `(239) 426`; none for words.
pub fn number_fragment(text: &str) -> Option<String> {
    let numeric =
        |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '(' | ')' | '.' | '/' | ' ');
    if !text.chars().all(numeric) {
        return None;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    Some(digits).filter(|digits| digits.len() >= FRAGMENT_DIGITS_MIN)
}
