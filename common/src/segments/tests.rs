//! Proofs on vectors made with Twilio Labs' calculator.

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Vector {
    id: String,
    note: String,
    body: String,
    #[serde(flatten)]
    expected: Expected,
    segments_if_only_surrogate_pairs_kept_whole: Option<u32>,
    unicode_scalars: usize,
    smart_encoded: Option<SmartEncoded>,
}

#[derive(Deserialize)]
struct SmartEncoded {
    body: String,
    #[serde(flatten)]
    expected: Expected,
}

#[derive(Deserialize)]
struct Expected {
    encoding: Encoding,
    segments: u32,
    units: u32,
    characters: u32,
}

fn vectors() -> Vec<Vector> {
    serde_json::from_str(include_str!("../../tests/vectors/segment-vectors.json")).unwrap()
}

fn check(body: &str, expected: &Expected, context: &str) {
    let counted = Segments::of(body);
    assert_eq!(counted.encoding, expected.encoding, "{context}: encoding");
    assert_eq!(counted.units, expected.units, "{context}: units");
    assert_eq!(counted.segments, expected.segments, "{context}: segments");
    assert_eq!(
        counted.characters, expected.characters,
        "{context}: characters"
    );
}

#[test]
fn texts_are_counted_as_twilios_calculator_counts() {
    let vectors = vectors();
    assert!(vectors.len() >= 100, "only {} vectors", vectors.len());
    for vector in vectors {
        let context = format!("{} {}", vector.id, vector.note);
        check(&vector.body, &vector.expected, &context);
        assert_eq!(
            body_characters(&vector.body),
            vector.unicode_scalars,
            "{context}: scalars"
        );
        if let Some(segments) = vector.segments_if_only_surrogate_pairs_kept_whole {
            assert!(segments <= vector.expected.segments, "{context}: pairs");
        }
    }
}

#[test]
fn smart_encoding_changes_what_twilio_changes_and_nothing_else() {
    let mut changed = 0;
    for vector in vectors() {
        let context = format!("{} {}", vector.id, vector.note);
        let encoded = smart_encode(&vector.body);
        let Some(expected) = vector.smart_encoded else {
            assert_eq!(encoded, vector.body, "{context}");
            continue;
        };
        assert_eq!(encoded, expected.body, "{context}");
        check(&encoded, &expected.expected, &context);
        changed += 1;
    }
    assert!(changed > 10, "only {changed} vectors have look-alikes");
}

#[test]
fn the_look_alikes_are_all_there_and_become_gsm() {
    let replaced: Vec<char> = ('\0'..=char::MAX)
        .filter(|c| smart::replacement(*c).is_some())
        .collect();
    assert_eq!(replaced.len(), 271);
    for c in replaced {
        let encoded = smart_encode(&c.to_string()).into_owned();
        assert_eq!(gsm::septets(c), None, "{c:?} needs no replacement");
        assert_eq!(first_non_gsm(&encoded), None, "{c:?} becomes {encoded:?}");
    }
    assert_eq!(smart_encode("“Ｇ” – ７…\u{A0}👍"), "\"G\" - 7...  👍");
}

#[test]
fn the_character_that_forces_ucs2_is_named() {
    assert_eq!(first_non_gsm("Price: 5 € [ok]~"), None);
    assert_eq!(first_non_gsm("Cafè, naïve"), Some((9, 'ï')));
    assert_eq!(first_non_gsm("it`s"), Some((2, '`')));
    assert_eq!(first_non_gsm("a\tb"), Some((1, '\t')));
}

#[test]
fn the_counter_counts_within_the_segment_at_hand() {
    for (text, segments, used, capacity, left) in [
        ("", 1, 0, 160, 160),
        (&*"x".repeat(33), 1, 33, 160, 127),
        (&*"x".repeat(160), 1, 160, 160, 0),
        (&*"x".repeat(161), 2, 8, 153, 145),
        (&*"ж".repeat(70), 1, 70, 70, 0),
        (&*"ж".repeat(71), 2, 4, 67, 63),
        (&*"👍".repeat(36), 2, 6, 67, 61),
    ] {
        let counted = Segments::of(text);
        assert_eq!(counted.segments, segments, "{text:?}");
        assert_eq!(counted.units_in_segment, used, "{text:?}");
        assert_eq!(counted.segment_capacity(), capacity, "{text:?}");
        assert_eq!(counted.units_left_in_segment(), left, "{text:?}");
    }
}

#[test]
fn a_cluster_larger_than_a_segment_is_split_between_characters() {
    let counted = Segments::of(&format!("a{}", "\u{301}".repeat(133)));
    assert_eq!(
        (counted.characters, counted.units, counted.segments),
        (1, 134, 2)
    );
}

proptest! {
    #[test]
    fn segments_hold_all_units_and_waste_little(text in ".{0,300}|[a-z€{]{0,400}|[👩👧🏽क्ष\u{200D}é]{0,99}") {
        let counted = Segments::of(&text);
        let joined = counted.encoding.joined_segment_units();
        if counted.segments == 1 {
            prop_assert!(counted.units <= counted.encoding.single_segment_units());
        } else {
            prop_assert!(counted.units > counted.encoding.single_segment_units());
            prop_assert!(counted.units <= counted.segments * joined);
            prop_assert!(counted.units_in_segment > 0);
        }
        prop_assert!(counted.units_in_segment <= counted.segment_capacity());
        prop_assert_eq!(counted.encoding == Encoding::Ucs2, first_non_gsm(&text).is_some());
    }

    #[test]
    fn a_longer_text_never_takes_fewer_segments(text in "[a-z€ñ]{0,330}", more in "[a-z€]{1,9}") {
        let longer = Segments::of(&format!("{text}{more}"));
        prop_assert!(longer.segments >= Segments::of(&text).segments);
    }

    #[test]
    fn smart_encoding_twice_is_smart_encoding_once(text in "\\PC{0,60}") {
        let once = smart_encode(&text).into_owned();
        prop_assert_eq!(smart_encode(&once), once.as_str());
    }
}
