//! What a text takes, and why.

use super::Composer;
use smsdesk_common::segments::{Segments, body_characters, first_non_gsm, smart_encode};

/// What the line under the composer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// Encoding, units, segments.
    pub segments: Segments,
    /// Characters by the provider's limit.
    pub characters: usize,
    /// What forces UCS-2.
    pub forced_by: Option<Forced>,
}

/// A character that GSM-7 does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forced {
    /// Which.
    pub character: char,
    /// The how manieth of the text it is, from 1.
    pub at: usize,
    /// Whether it and all others of its kind have look-alikes in GSM-7.
    pub can_be_gsm7: bool,
    /// Segments with look-alikes in place of what has some, and without what has none.
    pub segments_in_gsm7: u32,
}

impl Count {
    /// Counts a text.
    pub fn of(body: &str) -> Self {
        let segments = Segments::of(body);
        let forced_by = first_non_gsm(body).map(|(byte, character)| {
            let encoded = smart_encode(body);
            let can_be_gsm7 = first_non_gsm(&encoded).is_none();
            Forced {
                character,
                at: body[..byte].chars().count() + 1,
                can_be_gsm7,
                segments_in_gsm7: Segments::of(&in_gsm7(&encoded)).segments,
            }
        });
        Self {
            segments,
            characters: body_characters(body),
            forced_by,
        }
    }
}

impl Composer {
    /// What the line under the text says.
    pub fn count(&self) -> Count {
        Count::of(self.body())
    }

    /// Replaces look-alikes of GSM-7 characters. How many characters were replaced.
    pub fn make_gsm7(&mut self) -> usize {
        let text = self.editor.text();
        let encoded = smart_encode(text).into_owned();
        if encoded == text {
            return 0;
        }
        let replaced = text.chars().filter(|c| {
            let own = c.to_string();
            smart_encode(&own) != own.as_str()
        });
        let replaced = replaced.count();
        self.edit(|editor| editor.replace(&encoded));
        replaced
    }
}

/// What has no look-alike, each once, in the order of the text.
pub fn without_look_alike(text: &str) -> Vec<char> {
    let mut found = Vec::new();
    let encoded = smart_encode(text);
    let mut rest: &str = &encoded;
    while let Some((at, c)) = first_non_gsm(rest) {
        if !found.contains(&c) {
            found.push(c);
        }
        rest = &rest[at + c.len_utf8()..];
    }
    found
}

fn in_gsm7(text: &str) -> String {
    let strange = without_look_alike(text);
    text.chars().filter(|c| !strange.contains(c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_forces_ucs2_is_named_with_its_place_and_what_it_costs() {
        assert_eq!(Count::of("plain").forced_by, None);
        let text = format!("Dear sir, \u{201c}yes\u{201d} {}", "x".repeat(100));
        let forced = Count::of(&text).forced_by.unwrap();
        assert_eq!((forced.character, forced.at), ('\u{201c}', 11));
        assert!(forced.can_be_gsm7);
        let count = Count::of(&format!("{}👍", "x".repeat(100)));
        let forced = count.forced_by.unwrap();
        assert!(!forced.can_be_gsm7);
        assert_eq!((count.segments.segments, forced.segments_in_gsm7), (2, 1));
    }

    #[test]
    fn the_counter_counts_as_twilio_s_calculator_does() {
        let vectors = include_str!("../../../../common/tests/vectors/segment-vectors.json");
        let vectors: Vec<serde_json::Value> = serde_json::from_str(vectors).unwrap();
        assert!(vectors.len() >= 100);
        for vector in vectors {
            let count = Count::of(vector["body"].as_str().unwrap());
            let segments = &vector["segments"];
            assert_eq!(*segments, count.segments.segments, "{}", vector["note"]);
            let forced = vector["encoding"] == "UCS-2";
            assert_eq!(count.forced_by.is_some(), forced, "{}", vector["note"]);
        }
    }

    #[test]
    fn what_cannot_be_replaced_is_listed_once() {
        assert_eq!(without_look_alike("\u{201c}a\u{201d} 👍ж👍"), ['👍', 'ж']);
    }
}
