use super::*;
use crate::activity::{Activity, ContactChange};
use crate::api::contacts::{Details, PatchContact};
use crate::api::update::Update;
use crate::ids::RequestId;
use crate::phone::Region;
use proptest::prelude::*;
use uuid::Uuid;

fn contact(n: u128, addresses: &[&str]) -> Contact {
    let mut contact = Contact::blank(
        ContactId(Uuid::from_u128(n)),
        Address::from_twilio(addresses[0]).unwrap(),
        Timestamp::from_millis(1_000),
    );
    let addresses = addresses.iter();
    contact.addresses = addresses
        .map(|it| Address::from_twilio(it).unwrap())
        .collect();
    contact
}

fn maria() -> Contact {
    Contact {
        name: Some("Maria Alvarez".to_owned()),
        notes: Some("gate on the left".to_owned()),
        ..contact(1, &["+12394267058"])
    }
}

fn patch() -> PatchContact {
    PatchContact::new(RequestId(Uuid::from_u128(9)))
}

fn us() -> Option<Region> {
    Some("US".parse().unwrap())
}

#[test]
fn a_patch_changes_the_fields_it_names_and_tells_which() {
    let mut contact = maria();
    let fields = [("gate code".to_owned(), Some(" 4471 ".to_owned()))];
    let did = apply(
        &PatchContact {
            name: Update::Set(" Maria Diaz ".to_owned()),
            addresses: Some(vec!["(239) 426-7058".to_owned(), "305 555 0142".to_owned()]),
            fields: fields.into(),
            notes: Update::Clear,
            ..patch()
        },
        &mut contact,
        us(),
    );
    assert_eq!(contact.name.as_deref(), Some("Maria Diaz"));
    assert_eq!(contact.fields["gate code"], "4471");
    assert_eq!(contact.notes, None);
    let addresses: Vec<_> = contact.addresses.iter().map(Address::as_str).collect();
    assert_eq!(addresses, ["+12394267058", "+13055550142"]);
    let words = crate::activity::words(&did, crate::ids::AgentId(Uuid::nil()), |_| String::new());
    assert_eq!(
        words,
        "renamed the contact from Maria Alvarez to Maria Diaz, \
         changed the contact's addresses, notes, gate code"
    );
    let again = contact.clone();
    let fields = [("gate code".to_owned(), Some("4471".to_owned()))];
    let same = PatchContact {
        fields: fields.into(),
        ..patch()
    };
    assert_eq!(apply(&same, &mut contact, us()), []);
    assert_eq!(contact, again);
}

#[test]
fn what_a_contact_cannot_hold_is_said_with_its_field() {
    let named = |name: &str| Details {
        name: Some(name.to_owned()),
        ..Details::default()
    };
    let field = |name: &str, value: &str| Details {
        fields: [(name.to_owned(), value.to_owned())].into(),
        ..Details::default()
    };
    let zone = |zone: &str| Details {
        time_zone: Some(zone.to_owned()),
        ..Details::default()
    };
    let language = |tag: &str| Details {
        language: Some(tag.to_owned()),
        ..Details::default()
    };
    for fits in [
        Details::default(),
        named("Łukasz Żółć"),
        field("gate code", ""),
        zone("America/Argentina/Buenos_Aires"),
        zone("Etc/GMT+5"),
        language("es-MX"),
        language("zh-Hant-TW"),
    ] {
        assert_eq!(unfit(&fits), None, "{fits:?}");
    }
    for (details, expected) in [
        (named(" "), "`name` is empty"),
        (named("a\u{1b}b"), "`name` holds a control"),
        (named(&"x".repeat(121)), "`name` has 121"),
        (field("", "x"), "`fields`: a name is empty"),
        (field("x", &"y".repeat(501)), "`fields`: x has 501"),
        (zone("EST; DROP"), "`time_zone`"),
        (language("e"), "`language`"),
        (language("en_US"), "`language`"),
    ] {
        let why = unfit(&details).unwrap_or_default();
        assert!(why.starts_with(expected), "{why:?}, expected {expected:?}");
    }
}

#[test]
fn two_that_are_one_keep_what_either_knows() {
    let other = Contact {
        name: Some("M. Alvarez".to_owned()),
        notes: Some("calls back".to_owned()),
        language: Some("es".to_owned()),
        fields: [("plan".to_owned(), "gold".to_owned())].into(),
        ..contact(2, &["+13055550142", "+12394267058"])
    };
    let merged = merge(&maria(), &other).unwrap();
    assert_eq!(merged.name.as_deref(), Some("Maria Alvarez"));
    assert_eq!(
        merged.notes.as_deref(),
        Some("gate on the left\ncalls back")
    );
    assert_eq!(merged.language.as_deref(), Some("es"));
    assert_eq!(merged.fields["plan"], "gold");
    assert_eq!(merged.addresses.len(), 2);
    let long = Contact {
        notes: Some("x".repeat(NOTES_CHARACTERS_MAX)),
        ..other
    };
    assert!(merge(&maria(), &long).unwrap_err().contains("notes"));
}

#[test]
fn what_was_changed_after_a_merge_stays_when_it_is_taken_back() {
    let other = contact(2, &["+13055550142"]);
    let before = maria();
    let merged = merge(&before, &other).unwrap();
    let mut now = merged.clone();
    now.name = Some("Maria Diaz".to_owned());
    now.addresses.remove(0);
    let taken = Merge {
        before,
        other,
        merged,
    };
    let all_gone = split(&now, &taken).unwrap_err();
    assert!(all_gone.contains("no address"), "{all_gone}");
    now.addresses = taken.merged.addresses.clone();
    let (kept, other) = split(&now, &taken).unwrap();
    assert_eq!(kept.name.as_deref(), Some("Maria Diaz"));
    assert_eq!(other, taken.other);
}

#[test]
fn the_clock_of_a_number_is_only_guessed_where_it_is_clear() {
    let mut contact = contact(1, &["+442083661177"]);
    assert_eq!(zone_hint(&contact), Some("Europe/London"));
    contact.addresses = vec![Address::from_twilio("+12394267058").unwrap()];
    assert_eq!(zone_hint(&contact), None, "a country of many zones");
    contact.place.state = Some("FL".to_owned());
    assert_eq!(zone_hint(&contact), Some("America/New_York"));
    for zone in [Some("Europe/London"), Some("America/New_York")] {
        let details = Details {
            time_zone: zone.map(str::to_owned),
            ..Details::default()
        };
        assert_eq!(unfit(&details), None);
    }
}

#[test]
fn an_older_record_and_one_of_today_read_alike() {
    let json = r#"{"id":"00000000-0000-0000-0000-000000000001","seq":3,"name":null,
        "addresses":["+12394267058"],"created_at":"2026-11-20T12:00:00.000Z"}"#;
    let contact: Contact = serde_json::from_str(json).unwrap();
    assert!(contact.is_blank() && contact.opt_outs.is_empty());
    let written = serde_json::to_string(&contact).unwrap();
    assert!(!written.contains("fields"), "{written}");
}

#[test]
fn every_patch_of_a_contact_reads_back_as_written() {
    const ID: &str = r#""id":"0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee""#;
    for fields in [
        "",
        r#","name":null"#,
        r#","name":"Maria","if_seq":3"#,
        r#","fields":{"gate":"1","plan":null}"#,
        r#","labels":[],"time_zone":null"#,
    ] {
        let json = format!("{{{ID}{fields}}}");
        let patch: PatchContact = serde_json::from_str(&json).unwrap();
        assert_eq!(serde_json::to_string(&patch).unwrap(), json);
    }
}

fn anyone(n: u128) -> impl Strategy<Value = Contact> {
    let word = || proptest::option::of("[a-c]{1,2}");
    let fields = proptest::collection::btree_map("[a-c]", "[x-z]", 0..3);
    let labels = proptest::collection::vec("[p-r]", 0..3);
    let addresses = proptest::collection::btree_set(0u8..4, 1..3);
    (word(), word(), word(), fields, labels, addresses).prop_map(
        move |(name, notes, language, fields, labels, numbers)| {
            let number = |n: u8, of: u128| format!("+1239426{of}00{n}");
            let numbers: Vec<_> = numbers.into_iter().map(|it| number(it, n)).collect();
            let numbers: Vec<_> = numbers.iter().map(String::as_str).collect();
            Contact {
                name,
                notes,
                language,
                fields,
                labels: crate::triage::tidy(&labels),
                ..contact(n, &numbers)
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_merge_that_is_taken_back_leaves_both_as_they_were(kept in anyone(1), other in anyone(2)) {
        let merged = merge(&kept, &other).unwrap();
        prop_assert_eq!(merge(&merged, &other).unwrap().addresses, merged.addresses.clone());
        let taken = Merge { before: kept.clone(), other: other.clone(), merged: merged.clone() };
        prop_assert_eq!(split(&merged, &taken).unwrap(), (kept, other));
    }
}

#[test]
fn an_activity_of_a_contact_is_told_in_words() {
    let words = |change: ContactChange| {
        crate::activity::words(
            &[Activity::Contact { change }],
            crate::ids::AgentId(Uuid::nil()),
            |_| String::new(),
        )
    };
    let (other, name) = (ContactId(Uuid::from_u128(2)), Some("Bo".to_owned()));
    for (did, expected) in [
        (
            ContactChange::Name {
                from: None,
                to: Some("Maria".to_owned()),
            },
            "named the contact Maria",
        ),
        (
            ContactChange::Name {
                from: Some("Maria".to_owned()),
                to: None,
            },
            "removed the contact's name, Maria",
        ),
        (
            ContactChange::Merged {
                other,
                name: name.clone(),
            },
            "merged the contact with Bo",
        ),
        (
            ContactChange::Split { other, name },
            "made Bo a contact of its own again",
        ),
    ] {
        assert_eq!(words(did), expected);
    }
}

#[test]
fn what_a_stranger_calls_themselves_is_a_name_like_any_other() {
    for (name, expected) in [
        ("Ana", Some("Ana")),
        (" Ana\r\nBrandt\t", Some("Ana Brandt")),
        ("\u{1b}]52;c;eA==\u{7}", Some("]52;c;eA==")),
        ("\u{9b}\n ", None),
        ("", None),
    ] {
        assert_eq!(called(name).as_deref(), expected, "{name:?}");
    }
    let long = called(&"x ".repeat(60_000)).unwrap();
    let details = Details {
        name: Some(long),
        ..Details::default()
    };
    assert_eq!(unfit(&details), None);
}
