//! Words in texts, queries as they are typed, and entries.

use super::{NOON, agent, maria};
use crate::entry::Direction;
use crate::filter::{
    Column, Facts, Filter, Indexed, Last, Needle, Said, Search, Sense, Viewpoint, merged,
};
use jiff::tz::TimeZone;
use proptest::prelude::*;

fn found(words: &str, text: &str) -> bool {
    Needle::new(words).unwrap().is_in(text)
}

/// What each of the words marks in the text.
fn marked<'t>(words: &str, text: &'t str) -> Vec<&'t str> {
    let ranges = Needle::new(words).unwrap().find(text);
    merged(ranges).into_iter().map(|at| &text[at]).collect()
}

#[test]
fn a_word_is_found_whole_or_by_its_beginning_whatever_its_case_and_accents() {
    let text = "Is the PLUMBER still coming? Größe, Straße, l’été: don't";
    for words in [
        "plumber", "Plum", "pl", "grosse", "STRASSE", "ete", "don't", "the plum",
    ] {
        assert!(found(words, text), "{words}");
    }
    for words in ["lumber", "plumbers", "s", "plumber the", "is plumber"] {
        assert!(!found(words, text), "{words}");
    }
    assert_eq!(marked("plum", text), ["PLUMBER"]);
    assert_eq!(marked("the plumber", text), ["the PLUMBER"]);
    assert_eq!(marked("grosse", text), ["Größe"]);
}

#[test]
fn a_part_of_a_number_is_found_however_either_is_written() {
    let text = "call (239) 426-7058 or ２３９, code 4471, at 12:30";
    for digits in ["239", "2394267058", "426 70", "7058", "(239)426", "447"] {
        assert!(found(digits, text), "{digits}");
    }
    for digits in ["8239", "2390", "1230", "4267059"] {
        assert!(!found(digits, text), "{digits}");
    }
    assert_eq!(marked("42670", text), ["426-70"]);
    assert!(found("12:30", text), "a time is two words");
    assert!(found("44", text), "two digits are the beginning of a word");
}

#[test]
fn scripts_without_blanks_are_found_by_any_part_and_signs_by_themselves() {
    let text = "謝謝你的幫忙，明天見！ ｶﾞｽ 한국어 🙏🏽 ok";
    for words in [
        "謝",
        "謝你",
        "幫忙",
        "忙",
        "見",
        "ガス",
        "ｶﾞ",
        "국어",
        "🙏",
        "🙏 ok",
        "ガス 한국",
    ] {
        assert!(found(words, text), "{words}");
    }
    for words in ["忙明", "你謝", "見明", "🙂", "カ"] {
        assert!(!found(words, text), "{words}");
    }
    assert_eq!(marked("你的", text), ["你的"]);
    assert_eq!(marked("謝", text), ["謝謝"]);
}

#[test]
fn there_is_no_wrong_search() {
    for (typed, filter) in [
        ("\"the plumb", "\"\\\"the\" plumb"),
        ("plumber -", "plumber \"-\""),
        ("is:opne x", "\"is:opne\" x"),
        ("from:", "\"from:\""),
        ("a AND b* OR (c NEAR d)", "a AND b* OR (c NEAR d)"),
        (
            "from:ana -\"no no\" has:media",
            "from:ana -\"no no\" has:media",
        ),
        ("a\tb\nc", "a b c"),
    ] {
        assert_eq!(Search::read(typed).filter.to_string(), filter, "{typed}");
    }
    assert_eq!(Search::read("is:open").odd, None);
    let odd = Search::read("plumber is:opne").odd.unwrap().to_string();
    assert!(odd.starts_with("column 12: expected open"), "{odd}");
    for nothing in ["", "  ", "?", "\" -", "-\"!\" ( ) *"] {
        assert!(Search::read(nothing).is_empty(), "{nothing}");
    }
    assert!(!Search::read("is:open").is_empty());
}

/// Calls with a customer's text to us, an answer of ours, and what is known of the conversation.
fn with_maria(check: impl FnOnce(&Said<'_>, &Said<'_>, &Facts<'_>, &Viewpoint)) {
    let conversation = maria();
    let facts = Facts {
        conversation: &conversation,
        name: Some("María Álvarez"),
        owner: Some("Bo Chen"),
        unread: 2,
        has_draft: false,
        opted_out: false,
        speaker: None,
    };
    let from = Viewpoint {
        me: Some(agent(7)),
        now: NOON,
        zone: TimeZone::UTC,
    };
    let theirs = Said {
        at: NOON,
        direction: Direction::Inbound,
        agent: None,
        agent_name: None,
        media: 1,
        name: facts.name,
        address: &conversation.address,
        line: &conversation.line,
    };
    let ours = Said {
        direction: Direction::Outbound,
        agent: Some(agent(7)),
        agent_name: Some("Ana Ruiz"),
        media: 0,
        ..theirs
    };
    check(&theirs, &ours, &facts, &from);
}

/// Which of the filters mean an entry.
fn meant(said: &Said<'_>, facts: &Facts<'_>, from: &Viewpoint, filters: &[&str]) -> Vec<String> {
    let means = |filter: &&&str| {
        let filter = Filter::parse(filter).unwrap();
        filter.means(said, "the gate code is 4471", facts, from)
    };
    filters
        .iter()
        .filter(means)
        .map(|it| (*it).to_owned())
        .collect()
}

#[test]
fn an_entry_is_told_by_who_wrote_it_to_whom_when_and_with_what() {
    with_maria(|theirs, ours, facts, from| {
        let all = [
            "from:maria",
            "from:4267058",
            "to:712-2661",
            "has:media",
            "gate label:billing is:open",
            "after:2026-11-20 before:2026-11-21",
            "-plumber code",
            "-from:me",
        ];
        assert_eq!(meant(theirs, facts, from, &all), all);
        let none = [
            "from:me",
            "to:maria",
            "from:ana",
            "label:bill gate",
            "gate -447",
            "is:done",
        ];
        assert_eq!(meant(theirs, facts, from, &none).len(), 0);
        let all = [
            "from:me",
            "from:ana",
            "to:maria",
            "to:239",
            "-has:media",
            "-from:maria",
        ];
        assert_eq!(meant(ours, facts, from, &all), all);
    });
}

#[test]
fn a_person_is_told_by_name_number_and_what_was_written_down_of_them() {
    with_maria(|_, _, facts, from| {
        let person = |filter: &str| {
            Filter::parse(filter)
                .unwrap()
                .means_person(facts, "4471\ngate on the left", from)
        };
        for filter in [
            "maria",
            "alv",
            "239426",
            "\"maria alvarez\" is:open",
            "maria -bo",
            "4471",
            "maria gate",
        ] {
            assert!(person(filter), "{filter}");
        }
        for filter in [
            "is:open",
            "plumber",
            "maria is:done",
            "maria from:maria",
            "-bo",
        ] {
            assert!(!person(filter), "{filter}");
        }
    });
}

#[test]
fn of_a_conversation_its_newest_entry_is_asked() {
    super::check_meant(&["from:maria", "to:7122661"]);
    assert!(!super::matches("has:media"));
    assert!(!super::matches("from:me"));
}

/// What an index would find: the tokens of the text beside each other.
fn index_finds(needle: &Needle, text: &str) -> bool {
    let indexed = Indexed::of(text);
    let ask = needle.ask();
    let held: Vec<&str> = match ask.column {
        Column::Words => indexed.words.split(' ').collect(),
        Column::Parts => indexed.parts.split(' ').collect(),
    };
    let last = ask.tokens.len() - 1;
    held.windows(ask.tokens.len()).any(|window| {
        (0..).zip(window).all(|(at, token)| match ask.last {
            Last::Beginning | Last::LongBeginning if at == last => {
                token.starts_with(&ask.tokens[at])
            }
            _ => *token == ask.tokens[at],
        })
    })
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[aábcß 0-9().+-]{0,24}",
        "[謝你ガｶﾞ한ก้ a1,🙏🏽]{0,12}",
        "\\PC{0,24}",
    ]
}

proptest! {
    #[test]
    fn an_index_finds_what_the_rule_finds(words in text(), text in text()) {
        if let Some(needle) = Needle::new(&words) {
            prop_assert_eq!(index_finds(&needle, &text), needle.is_in(&text), "{:?}", needle);
        }
    }

    #[test]
    fn every_piece_of_a_text_between_blanks_is_found_in_it(text in text()) {
        for piece in text.split_whitespace() {
            if let Some(needle) = Needle::new(piece) {
                prop_assert!(needle.is_in(&text), "{piece}");
                prop_assert!(!needle.find_words(&text).is_empty());
            }
        }
    }

    #[test]
    fn marks_stand_at_characters_and_tokens_hold_no_syntax(words in text(), text in text()) {
        let indexed = Indexed::of(&text);
        for c in indexed.words.chars().chain(indexed.parts.chars()) {
            let harmless = c == ' ' || c.is_ascii_lowercase() || c.is_ascii_digit();
            prop_assert!(harmless || !c.is_ascii(), "{c:?}");
        }
        if let Some(needle) = Needle::new(&words) {
            for at in needle.find(&text).into_iter().chain(needle.find_words(&text)) {
                prop_assert!(text.get(at).is_some());
            }
        }
    }

    #[test]
    fn whatever_is_typed_is_a_search(typed in "\\PC{0,60}|[a-z:\" <>0-9-]{0,60}") {
        let search = Search::read(&typed);
        prop_assert!(search.filter.needles(Sense::Holds).len() <= 32);
        if search.odd.is_none() {
            prop_assert_eq!(Filter::parse(&typed), Ok(search.filter));
        }
    }
}
