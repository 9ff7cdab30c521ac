use super::*;
use crate::twilio::signature::SigningKey;
use crate::twilio::simulator::config::{MessagingService, SimulatorConfig};
use crate::twilio::simulator::delivery::Poster;
use secrecy::SecretString;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

const SERVICE: &str = "MGbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
/// 2026-11-21T09:16:00Z, when every create here happens.
const NOW: Timestamp = Timestamp::from_millis(1_795_252_560_000);

fn exchange(opt_out: OptOutManagement) -> Exchange {
    let token = SecretString::from("token");
    let mut config = SimulatorConfig::new("ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", token.clone());
    config.lines.push("whatsapp:+15557122661".to_owned());
    config.messaging_service = Some(MessagingService {
        sid: SERVICE.to_owned(),
        opt_out,
    });
    let poster = Poster::new(SigningKey::auth_token(token));
    let base = "http://127.0.0.1".to_owned();
    Exchange::new(
        config,
        base,
        poster,
        Arc::new(|| NOW),
        CancellationToken::new(),
    )
}

/// A good create with some parameters replaced; an empty value takes one away.
fn create(changes: &[(&str, &str)]) -> Result<Draft, u32> {
    create_at(&exchange(OptOutManagement::Default), changes)
}

fn create_at(exchange: &Exchange, changes: &[(&str, &str)]) -> Result<Draft, u32> {
    let good = [
        ("To", "+12025550123"),
        ("From", "+15557122661"),
        ("Body", "Hello"),
    ];
    let kept = good
        .iter()
        .filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept.chain(changes))
        .finish();
    draft(&Params::parse(form.as_bytes()), exchange).map_err(|error| error.code)
}

#[test]
fn each_broken_rule_has_its_code() {
    let long = "x".repeat(1601);
    let cases: &[(&[(&str, &str)], u32)] = &[
        (&[("To", "")], 21604),
        (&[("To", "hello")], 21211),
        (&[("To", "+1202555")], 21211),
        (&[("To", "+10025550123")], 21211),
        (&[("To", "32665")], 21211),
        (&[("From", "")], 21603),
        (&[("From", "+1")], 21212),
        (&[("From", "+12025550199")], 21606),
        (&[("From", "Acme Corp")], 21606),
        (
            &[("From", "+12025550199"), ("MessagingServiceSid", SERVICE)],
            21660,
        ),
        (&[("MessagingServiceSid", "MG00")], 21701),
        (&[("To", "+15557122661")], 21266),
        (&[("To", "whatsapp:+12025550123")], 21910),
        (&[("Body", "")], 21619),
        (&[("Body", " \n")], 21619),
        (&[("Body", &long)], 21617),
        (&[("ContentSid", "HX00")], 21655),
        (&[("MediaUrl", "ftp://x.test/a.png")], 21620),
        (&[("MediaUrl", "https://x.test/a.png"); 11], 21623),
        (&[("StatusCallback", "/status")], 21609),
        (&[("StatusCallback", "https://my_host.test/status")], 21609),
        (&[("ValidityPeriod", "0")], 21624),
        (&[("ValidityPeriod", "36001")], 21624),
        (&[("ValidityPeriod", "soon")], 21624),
    ];
    for (changes, code) in cases {
        assert_eq!(create(changes).err(), Some(*code), "{changes:?}");
    }
}

#[test]
fn the_magic_numbers_do_what_twilio_documents() {
    for (name, last, code) in [
        ("To", '1', Some(21211)),
        ("To", '2', Some(21612)),
        ("To", '3', Some(21408)),
        ("To", '4', Some(21610)),
        ("To", '9', Some(21614)),
        ("To", '6', None),
        ("From", '1', Some(21212)),
        ("From", '6', None),
        ("From", '7', Some(21606)),
        ("From", '8', Some(21611)),
        ("From", '5', Some(21606)),
    ] {
        let number = format!("{MAGIC}{last}");
        assert_eq!(create(&[(name, &number)]).err(), code, "{name} {number}");
    }
}

#[test]
fn numbers_are_read_the_way_people_write_them() {
    for (given, address) in [
        ("+1 (202) 555-0123", "+12025550123"),
        ("202.555.0123", "+12025550123"),
        ("12025550123", "+12025550123"),
        ("+34600123456", "+34600123456"),
    ] {
        assert_eq!(create(&[("To", given)]).unwrap().to, address);
    }
    let channels = [
        ("To", "whatsapp:+12025550123"),
        ("From", "whatsapp:+15557122661"),
    ];
    assert_eq!(create(&channels).unwrap().to, "whatsapp:+12025550123");
}

#[test]
fn a_good_create_keeps_what_it_was_given() {
    let draft = create(&[
        ("StatusCallback", "https://relay.test/status?entry=1"),
        ("MediaUrl", "https://x.test/a.png"),
        ("MediaUrl", "https://x.test/b"),
        ("ValidityPeriod", "36000"),
    ])
    .unwrap();
    assert_eq!(
        draft.status_callback.as_deref(),
        Some("https://relay.test/status?entry=1")
    );
    assert_eq!(draft.media_types, ["image/png", "application/octet-stream"]);
    assert_eq!(draft.body, "Hello");
    assert_eq!(draft.messaging_service_sid, None);
}

#[test]
fn smart_encoding_changes_the_body_only_where_it_is_asked_for() {
    let body = ("Body", "\u{201c}Hi\u{201d}");
    assert_eq!(create(&[body]).unwrap().body, body.1);
    assert_eq!(
        create(&[body, ("SmartEncoded", "true")]).unwrap().body,
        "\"Hi\""
    );
}

#[test]
fn a_schedule_needs_a_service_a_time_and_the_right_window() {
    let fixed = ("ScheduleType", "fixed");
    let service = ("MessagingServiceSid", SERVICE);
    for (changes, code) in [
        (&[fixed, ("SendAt", "2026-11-21T10:00:00Z")][..], 35118),
        (&[("ScheduleType", "later"), service][..], 35126),
        (&[fixed, service][..], 35111),
        (&[fixed, service, ("SendAt", "tomorrow")][..], 35117),
        (
            &[fixed, service, ("SendAt", "2026-11-21T09:21:00Z")][..],
            35117,
        ),
        (
            &[fixed, service, ("SendAt", "2026-12-26T09:16:01Z")][..],
            35117,
        ),
    ] {
        assert_eq!(create(changes).err(), Some(code), "{changes:?}");
    }
    for good in ["2026-11-21T09:21:01Z", "2026-12-26T09:16:00Z"] {
        let draft = create(&[fixed, service, ("SendAt", good)]).unwrap();
        assert_eq!(draft.send_at, Timestamp::parse_rfc3339(good).ok());
    }
}

#[test]
fn an_opted_out_person_is_refused_at_once_or_later_as_the_service_is_managed() {
    for (management, code) in [
        (OptOutManagement::Default, Some(21610)),
        (OptOutManagement::Advanced, None),
    ] {
        let exchange = exchange(management);
        exchange.opt_out("+15557122661", "+12025550123");
        assert_eq!(create_at(&exchange, &[]).err(), code);
        assert!(create_at(&exchange, &[("To", "+12025550124")]).is_ok());
    }
}
