//! Texts as keywords are looked for in them: words without case, accents and punctuation.

use crate::filter::fold;
use std::ops::RangeInclusive;

/// A text in the words that it is compared by.
///
/// What stands between blanks or punctuation is a word. Scripts that write without blanks (Chinese,
/// Japanese, Thai and their kin) have one word a character, so that a keyword is found inside of a
/// sentence; so has Korean a syllable, for its endings cling to the word. An emoji is a word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said(Vec<String>);

impl Said {
    /// The words of a text.
    pub fn of(text: &str) -> Self {
        let mut words: Vec<String> = Vec::new();
        let mut open = false;
        for c in fold(text).chars() {
            match class(c) {
                Class::Silent => {}
                Class::Break => open = false,
                Class::Cling => match words.last_mut() {
                    Some(word) => word.push(c),
                    None => words.push(c.to_string()),
                },
                Class::Alone => {
                    words.push(c.to_string());
                    open = false;
                }
                Class::Letter => {
                    let c = if c == 'ς' { 'σ' } else { c };
                    match words.last_mut().filter(|_| open) {
                        Some(word) => word.push(c),
                        None => words.push(c.to_string()),
                    }
                    open = true;
                }
            }
        }
        Self(words)
    }

    /// Whether there is no word in it.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the words of `other` stand in it, one behind the other.
    pub fn holds(&self, other: &Self) -> bool {
        !other.is_empty() && self.0.windows(other.0.len()).any(|words| words == other.0)
    }
}

/// What a character is in its word.
enum Class {
    /// Part of a word.
    Letter,
    /// A word of its own.
    Alone,
    /// Belongs to whatever stands before it.
    Cling,
    /// As if it were not there.
    Silent,
    /// Between words.
    Break,
}

fn class(c: char) -> Class {
    let is_in = |ranges: &[RangeInclusive<char>]| ranges.iter().any(|range| range.contains(&c));
    if c.is_ascii() {
        return if c.is_ascii_alphanumeric() {
            Class::Letter
        } else {
            Class::Break
        };
    }
    if is_in(SILENT) {
        Class::Silent
    } else if is_in(CLINGING) {
        Class::Cling
    } else if is_in(UNSPACED) {
        Class::Alone
    } else if c.is_alphanumeric() || is_in(INSIDE) {
        Class::Letter
    } else if is_in(PICTURES) {
        Class::Alone
    } else {
        Class::Break
    }
}

/// What people leave out or devices put in: soft hyphens, joiners, vowel points of Hebrew and Arabic,
/// the tatweel, variation selectors, shades of skin.
const SILENT: &[RangeInclusive<char>] = &[
    '\u{ad}'..='\u{ad}',
    '\u{591}'..='\u{5bd}',
    '\u{5bf}'..='\u{5bf}',
    '\u{5c1}'..='\u{5c2}',
    '\u{5c4}'..='\u{5c5}',
    '\u{5c7}'..='\u{5c7}',
    '\u{610}'..='\u{61a}',
    '\u{640}'..='\u{640}',
    '\u{64b}'..='\u{65f}',
    '\u{670}'..='\u{670}',
    '\u{6d6}'..='\u{6dc}',
    '\u{200c}'..='\u{200f}',
    '\u{2060}'..='\u{2060}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{feff}'..='\u{feff}',
    '\u{1f3fb}'..='\u{1f3ff}',
];

/// The rest of a Korean syllable, and the voice of a Japanese one.
const CLINGING: &[RangeInclusive<char>] = &[
    '\u{1160}'..='\u{11ff}',
    '\u{3099}'..='\u{309a}',
    '\u{d7b0}'..='\u{d7ff}',
];

/// Scripts without blanks between words, and the first sounds of Korean syllables.
const UNSPACED: &[RangeInclusive<char>] = &[
    '\u{e01}'..='\u{eff}',
    '\u{1000}'..='\u{109f}',
    '\u{1100}'..='\u{115f}',
    '\u{1780}'..='\u{17ff}',
    '\u{2e80}'..='\u{2fdf}',
    '\u{3005}'..='\u{3007}',
    '\u{3041}'..='\u{3096}',
    '\u{309d}'..='\u{309f}',
    '\u{30a1}'..='\u{30fa}',
    '\u{30fc}'..='\u{30ff}',
    '\u{3105}'..='\u{312f}',
    '\u{31a0}'..='\u{31bf}',
    '\u{31f0}'..='\u{31ff}',
    '\u{3400}'..='\u{4dbf}',
    '\u{4e00}'..='\u{9fff}',
    '\u{f900}'..='\u{faff}',
    '\u{20000}'..='\u{3ffff}',
];

/// Signs of Indian scripts that are no letters and stand inside of words: nukta and virama.
const INSIDE: &[RangeInclusive<char>] = &[
    '\u{93c}'..='\u{94d}',
    '\u{9bc}'..='\u{9cd}',
    '\u{a3c}'..='\u{a4d}',
    '\u{abc}'..='\u{acd}',
    '\u{b3c}'..='\u{b4d}',
    '\u{bbe}'..='\u{bcd}',
    '\u{c3c}'..='\u{c4d}',
    '\u{cbc}'..='\u{ccd}',
    '\u{d3b}'..='\u{d4d}',
];

/// Symbols and emoji.
const PICTURES: &[RangeInclusive<char>] = &['\u{2190}'..='\u{2bff}', '\u{1f000}'..='\u{1faff}'];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn holds(text: &str, keyword: &str) -> bool {
        Said::of(text).holds(&Said::of(keyword))
    }

    #[test]
    fn words_are_found_whole_whatever_their_case_accents_and_punctuation() {
        for (text, keyword) in [
            ("I need HELP!!", "help"),
            ("help", "Help"),
            ("(help)", "help"),
            ("where is my order-status?", "status"),
            ("Wann öffnet die Straße?", "STRASSE"),
            ("Wann oeffnet die STRASSE", "straße"),
            ("\u{130}stanbul", "istanbul"),
            ("DI\u{15e} hekimi", "di\u{15f}"),
            ("l'aide svp", "aide"),
            ("¿Dónde está mi envío?", "envio"),
            ("call me  back\nplease", "call me back"),
            ("ΟΔΟΣ", "οδός"),
            ("我想上传文件", "上传"),
            ("サポートお願いします", "サポート"),
            ("문서를 보냈어요", "문서"),
            ("ｈｅｌｐ", "help"),
            ("👍🏽", "👍"),
            ("open 24/7?", "24/7"),
            ("उपस्थिति क्या है", "उपस्थिति"),
        ] {
            assert!(holds(text, keyword), "{keyword:?} in {text:?}");
        }
    }

    #[test]
    fn parts_of_words_are_no_words() {
        for (text, keyword) in [
            ("that was helpful", "help"),
            ("whelp", "help"),
            ("call me tomorrow", "call me back"),
            ("me call", "call me"),
            ("が", "か"),
            ("각", "가"),
            ("", "help"),
            ("help", "!!"),
            ("उपस्थितियाँ", "उपस्थिति"),
        ] {
            assert!(!holds(text, keyword), "{keyword:?} in {text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange_and_each_holds_itself(text in any::<String>()) {
            let said = Said::of(&text);
            prop_assert_eq!(said.holds(&said), !said.is_empty());
        }

        #[test]
        fn a_word_between_others_is_found(
            before in "[a-z ]{0,12}", word in "[a-zé]{1,8}", after in "[a-z ]{0,12}", shout: bool,
        ) {
            let spoken = if shout { word.to_uppercase() } else { word.clone() };
            let text = format!("{before}, {spoken}! {after}");
            prop_assert!(holds(&text, &word));
        }
    }
}
