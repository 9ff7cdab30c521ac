//! JSON that a terminal may show, too.

use super::chars::{Class, class};
use std::borrow::Cow;
use std::fmt::Write as _;

/// JSON in which what a terminal could obey, and what nobody would see, is written as an escape: it
/// means the same to every reader. The ends of lines, which never stand within a text, stay.
///
/// Whatever writes JSON escapes the control characters of ASCII but DEL by itself, and no others.
#[must_use]
pub fn harmless(json: &str) -> Cow<'_, str> {
    let passes = |c: char| c == '\n' || class(c) != Class::Forbidden;
    if json.chars().all(passes) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if passes(c) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing into a text cannot fail.
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_terminal_could_obey_is_escaped() {
        let text = "a\u{9b}2J\u{9d}52;c;eA==\u{7}\u{7f}\u{202e}b\u{200b}\u{e0041}ü👩‍🚀";
        let json = serde_json::to_string(text).unwrap();
        let expected =
            "\"a\\u009b2J\\u009d52;c;eA==\\u0007\\u007f\\u202eb\\u200b\\udb40\\udc41ü👩‍🚀\"";
        assert_eq!(harmless(&json), expected);
    }

    #[test]
    fn plain_json_stays_as_it_is() {
        let json = "{\n  \"name\": \"Zoë\"\n}";
        assert!(matches!(harmless(json), Cow::Borrowed(same) if same == json));
    }

    proptest! {
        #[test]
        fn it_means_the_same_and_nothing_in_it_is_obeyed(text in any::<String>()) {
            let json = serde_json::to_string(&text).unwrap();
            let written = harmless(&json);
            prop_assert!(!written.chars().any(char::is_control));
            let read: String = serde_json::from_str(&written).unwrap();
            prop_assert_eq!(read, text);
        }
    }
}
