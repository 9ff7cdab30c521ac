mod search;

use super::*;
use crate::conversation::{Conversation, ConversationStatus, Preview};
use crate::entry::{Author, Direction, EntryKind};
use crate::ids::{AgentId, ContactId, ConversationId, EntryId, Seq};
use crate::phone::Address;
use crate::time::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use uuid::Uuid;

/// 2026-11-20T12:00:00Z.
const NOON: Timestamp = Timestamp::from_millis(1_795_176_000_000);
const HOUR_MS: i64 = 3_600_000;

fn agent(n: u128) -> AgentId {
    AgentId(Uuid::from_u128(n))
}

fn maria() -> Conversation {
    Conversation {
        id: ConversationId(Uuid::from_u128(1)),
        seq: Seq(1),
        line: Address::from_twilio("+15557122661").unwrap(),
        address: Address::from_twilio("+12394267058").unwrap(),
        contact: ContactId(Uuid::from_u128(2)),
        status: ConversationStatus::Open,
        assignee: Some(agent(7)),
        labels: vec!["Billing".to_owned(), "new customer".to_owned()],
        flagged: true,
        flag_reason: None,
        snoozed_until: None,
        waiting_since: Some(NOON.plus_millis(-HOUR_MS)),
        inbound_total: 3,
        last: Some(Preview {
            entry: EntryId(Uuid::from_u128(3)),
            position: Seq(1),
            entry_kind: EntryKind::Message,
            direction: Direction::Inbound,
            author: Author::Contact,
            text: "Is the PLUMBER still coming? Größe 12:30".to_owned(),
            media: 0,
            status: None,
            at: NOON.plus_millis(-HOUR_MS),
        }),
        created_at: NOON.plus_millis(-48 * HOUR_MS),
    }
}

fn matches(filter: &str) -> bool {
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
    Filter::parse(filter).unwrap().matches(&facts, &from)
}

/// Every one of them means the conversation, and its opposite does not.
fn check_meant(filters: &[&str]) {
    for filter in filters {
        assert!(matches(filter), "{filter}");
        assert!(!matches(&format!("-{filter}")), "-{filter}");
    }
}

#[test]
fn words_are_found_in_name_number_and_preview_whatever_their_case_and_accents() {
    check_meant(&[
        "maria",
        "ÁLVAREZ",
        "alvarez",
        "\"maría a\"",
        "plumber",
        "grosse",
        "12:30",
    ]);
    check_meant(&[
        "2394267058",
        "+1239",
        "(239)",
        "239-426",
        "\"(239) 426-7058\"",
        "7058",
    ]);
    assert!(!matches("marcia"));
    assert!(
        !matches("\"alvarez is\""),
        "no word reaches from one place into the next"
    );
    assert!(
        !matches("58-1"),
        "too few digits for a part of a number, and not in the text"
    );
}

#[test]
fn every_state_and_owner_is_asked_for_by_its_name() {
    check_meant(&[
        "is:open",
        "is:flagged",
        "is:unread",
        "is:waiting",
        "IS:Open",
    ]);
    check_meant(&[
        "assignee:me",
        "assignee:bo",
        "assignee:CHEN",
        "assignee:\"bo chen\"",
    ]);
    for not in [
        "is:done",
        "is:snoozed",
        "has:draft",
        "assignee:none",
        "assignee:b",
    ] {
        assert!(!matches(not), "{not}");
    }
}

#[test]
fn labels_are_whole_and_lines_are_parts() {
    check_meant(&[
        "label:billing",
        "label:\"New Customer\"",
        "line:+1555",
        "line:712-2661",
    ]);
    assert!(!matches("label:bill"));
    assert!(!matches("label:new"));
    assert!(!matches("line:239"));
}

#[test]
fn spans_and_days_are_told_apart_at_their_edges() {
    check_meant(&[
        "waiting:>59m",
        "waiting:<61m",
        "waiting:<2h",
        "waiting:<1d",
        "waiting:<1w",
    ]);
    assert!(!matches("waiting:>1h"));
    assert!(!matches("waiting:<1h"));
    check_meant(&["after:2026-11-20", "before:2026-11-21"]);
    assert!(!matches("before:2026-11-20"));
    assert!(!matches("after:2026-11-21"));
}

#[test]
fn every_term_must_hold() {
    assert!(matches(""));
    assert!(matches("  is:open   maria -label:vip  "));
    assert!(!matches("is:open maria label:vip"));
}

#[test]
fn without_me_nothing_is_mine_and_without_a_wait_no_span_holds() {
    let mut conversation = maria();
    conversation.assignee = None;
    conversation.waiting_since = None;
    let facts = Facts {
        conversation: &conversation,
        name: None,
        owner: None,
        unread: 0,
        has_draft: true,
        opted_out: false,
        speaker: None,
    };
    let from = Viewpoint {
        me: None,
        now: NOON,
        zone: TimeZone::UTC,
    };
    let matches = |filter: &str| Filter::parse(filter).unwrap().matches(&facts, &from);
    assert!(!matches("assignee:me"));
    assert!(matches("assignee:none has:draft -is:unread"));
    assert!(!matches("waiting:>0m"));
    assert!(!matches("waiting:<9w"));
}

#[test]
fn what_is_wrong_is_named_with_its_column_and_what_was_expected() {
    for (text, error) in [
        (
            "waiting:30m",
            "column 9: expected > or < and a duration, such as >30m",
        ),
        (
            "waiting:>3x",
            "column 10: expected a duration such as 30m, 2h, 3d",
        ),
        (
            "waiting:>999999m",
            "column 10: expected a duration such as 30m, 2h, 3d",
        ),
        (
            "waiting:>ä",
            "column 10: expected a duration such as 30m, 2h, 3d",
        ),
        (
            "is:opne",
            "column 4: expected open, done, snoozed, flagged, unread or waiting",
        ),
        (
            "maria is:",
            "column 10: expected open, done, snoozed, flagged, unread or waiting",
        ),
        ("has:note", "column 5: expected draft or media"),
        ("label:", "column 7: expected a label, such as billing"),
        ("assignee: bo", "column 10: expected me, none or a name"),
        (
            "before:tomorrow",
            "column 8: expected a day such as 2026-11-01",
        ),
        (
            "after:2026-02-30",
            "column 7: expected a day such as 2026-11-01",
        ),
        ("a - b", "column 4: expected a term right behind the -"),
        ("--a", "column 2: expected a term right behind the -"),
        (
            "ä \"b c",
            "column 7: expected a \" that ends the one of column 3",
        ),
        ("\"a\"b", "column 4: expected a blank behind the quotes"),
        ("\"\"", "column 2: expected words between the quotes"),
        ("\"a\\n\"", "column 4: expected \\\" or \\\\"),
        ("a\tb", "column 2: expected no control character"),
    ] {
        assert_eq!(
            Filter::parse(text).unwrap_err().to_string(),
            error,
            "{text}"
        );
    }
    let unknown = Filter::parse("a isopen:x").unwrap_err();
    assert_eq!(unknown.column, 3);
    assert!(unknown.expected.starts_with("is: assignee:"), "{unknown}");
}

#[test]
fn a_filter_is_limited() {
    let long = Filter::parse(&"a".repeat(FILTER_CHARACTERS_MAX + 1)).unwrap_err();
    assert_eq!(long.column, FILTER_CHARACTERS_MAX + 1);
    assert!(Filter::parse(&"a ".repeat(FILTER_TERMS_MAX)).is_ok());
    let many = Filter::parse(&"a ".repeat(FILTER_TERMS_MAX + 1)).unwrap_err();
    assert_eq!(many.column, 2 * FILTER_TERMS_MAX + 1);
}

#[test]
fn a_filter_travels_as_the_text_that_it_is() {
    let filter = Filter::parse("is:open \"a b\"").unwrap();
    let json = serde_json::to_string(&filter).unwrap();
    assert_eq!(json, "\"is:open \\\"a b\\\"\"");
    assert_eq!(serde_json::from_str::<Filter>(&json).unwrap(), filter);
    assert!(serde_json::from_str::<Filter>("\"is:\"").is_err());
}

#[test]
fn only_a_span_changes_by_itself() {
    assert!(
        Filter::parse("is:open -waiting:>2h")
            .unwrap()
            .depends_on_time()
    );
    assert!(
        !Filter::parse("is:waiting after:2026-11-01")
            .unwrap()
            .depends_on_time()
    );
}

/// Any value that can be written, blanks, quotes and colons among it.
fn value() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        "[a-zA-Z0-9:\" \\\\+-]{1,8}",
        "me|none|is:open|-a",
        "\\PC{1,6}"
    ];
    text.prop_filter("not only blanks", |text: &String| {
        !text.trim().is_empty() && !text.contains(char::is_control)
    })
}

fn test() -> impl Strategy<Value = Test> {
    let day = || {
        (1i16..9999, 1i8..=12, 1i8..=28)
            .prop_map(|(year, month, day)| Date::constant(year, month, day))
    };
    prop_oneof![
        proptest::sample::select(State::ALL.as_slice()).prop_map(Test::Is),
        Just(Test::Assignee(Owner::Me)),
        Just(Test::Assignee(Owner::None)),
        value().prop_map(|name| Test::Assignee(Owner::Called(name))),
        value().prop_map(Test::Label),
        value().prop_map(Test::Line),
        (
            any::<bool>(),
            0u32..99_999,
            proptest::sample::select(Unit::ALL.as_slice())
        )
            .prop_map(|(longer, amount, unit)| {
                let bound = if longer {
                    Bound::LongerThan
                } else {
                    Bound::ShorterThan
                };
                Test::Waiting(bound, Span { amount, unit })
            }),
        day().prop_map(Test::Before),
        day().prop_map(Test::After),
        Just(Test::Has(Thing::Draft)),
        Just(Test::Has(Thing::Media)),
        Just(Test::From(Speaker::Me)),
        value().prop_map(|name| Test::From(Speaker::Called(name))),
        value().prop_map(Test::To),
        value().prop_map(Test::Words),
    ]
}

fn filter() -> impl Strategy<Value = Filter> {
    let term = (any::<bool>(), test()).prop_map(|(holds, test)| Term {
        sense: if holds { Sense::Holds } else { Sense::HoldsNot },
        test,
    });
    proptest::collection::vec(term, 0..8).prop_map(|terms| Filter { terms })
}

proptest! {
    #[test]
    fn a_filter_is_read_as_it_was_printed(filter in filter()) {
        prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
    }

    #[test]
    fn no_text_makes_the_parser_panic_and_an_error_points_into_it(text in "\\PC{0,40}|[a-z:\" <>0-9-]{0,40}") {
        match Filter::parse(&text) {
            Ok(filter) => prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter)),
            Err(error) => prop_assert!((1..=text.chars().count() + 1).contains(&error.column)),
        }
    }

    #[test]
    fn what_is_folded_stays_as_it_is(text in "\\PC{0,40}") {
        let folded = fold(&text);
        prop_assert_eq!(fold(&folded), folded);
    }
}
