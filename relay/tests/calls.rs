//! Calls: who is believed, what stands in the conversation, what callers hear.

use crate::common::desk::{AUTH_TOKEN, LINE, MARIA, signature};
use crate::common::{Answer, Desk, Setup, encode};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::entry::{Direction, Entry, EntryKind};

const VOICE: &str = "/webhooks/twilio/voice";
const STATUS: &str = "/webhooks/twilio/call-status";
const CALL: &str = "CA0000000000000000000000000000000a";

fn form(more: &[(&str, &str)]) -> Vec<(String, String)> {
    let always = [
        ("AccountSid", crate::common::desk::ACCOUNT),
        ("CallSid", CALL),
        ("From", MARIA),
        ("To", LINE),
        ("Direction", "inbound"),
    ];
    let pairs = always.iter().chain(more);
    pairs
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

async fn tell(desk: &Desk, path: &str, more: &[(&str, &str)]) -> Answer {
    desk.signed(path, &form(more)).await
}

async fn rings(desk: &Desk) -> Answer {
    tell(desk, VOICE, &[("CallStatus", "ringing")]).await
}

async fn calls(desk: &Desk) -> Vec<Entry> {
    let page = desk.get("/v1/calls").await.json();
    let calls = page["calls"].as_array().unwrap();
    calls
        .iter()
        .map(|call| serde_json::from_value(call.clone()).unwrap())
        .collect()
}

#[tokio::test]
async fn a_call_stands_in_the_conversation_and_says_what_became_of_it() {
    let desk = Desk::start(Setup::new()).await;
    desk.receive(1, MARIA, "hello").await;
    let answer = rings(&desk).await;
    assert_eq!(
        (answer.status, answer.content_type.as_str()),
        (200, "text/xml")
    );
    assert!(
        answer.body.contains("<Say>Nobody can take your call"),
        "{answer:?}"
    );
    let over = [("CallStatus", "completed"), ("CallDuration", "8")];
    let answer = tell(&desk, STATUS, &over).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.ends_with("<Response/>"), "{answer:?}");
    let before = desk.changes().await;
    assert_eq!(tell(&desk, STATUS, &over).await.status, 200);
    assert_eq!(rings(&desk).await.status, 200);
    assert_eq!(
        desk.changes().await,
        before,
        "what comes again changes nothing"
    );
    let calls = calls(&desk).await;
    let [call] = calls.as_slice() else {
        panic!("{calls:?}")
    };
    assert_eq!(
        (call.entry_kind, call.direction, call.body.as_str()),
        (EntryKind::Call, Direction::Inbound, "called, 8 s")
    );
    assert_eq!(call.sid.as_deref(), Some(CALL));
    let page = desk.get("/v1/conversations").await.json();
    let conversations = page["conversations"].as_array().unwrap();
    assert_eq!(conversations.len(), 1);
    let held = &conversations[0];
    assert_eq!(held["inbound_total"], 1, "a call is no text");
    assert_eq!(held["last"]["text"], "called, 8 s");
    assert_eq!(held["last"]["entry_kind"], "call");
}

#[tokio::test]
async fn a_call_of_a_stranger_opens_a_conversation_that_waits() {
    let desk = Desk::start(Setup::new()).await;
    assert_eq!(rings(&desk).await.status, 200);
    let page = desk.get("/v1/conversations").await.json();
    let held = &page["conversations"][0];
    assert_eq!(
        (&held["address"], &held["status"]),
        (&MARIA.into(), &"open".into())
    );
    assert!(held["waiting_since"].is_string(), "{held}");
    assert_eq!(held["inbound_total"], 0);
}

#[tokio::test]
async fn a_call_is_put_through_and_who_misses_it_is_told_of() {
    let desk = Desk::start(Setup {
        more: "[relay.calls]\nforward_to = \"(305) 555-0142\"\ngreeting = \"Text us.\"".to_owned(),
        ..Setup::new()
    })
    .await;
    let answer = rings(&desk).await;
    let after = "action=\"https://sms.example.com/webhooks/twilio/call-status\"";
    assert!(answer.body.contains(after), "{answer:?}");
    assert!(
        answer.body.contains("<Number>+13055550142</Number>"),
        "{answer:?}"
    );
    let missed = [
        ("CallStatus", "in-progress"),
        ("DialCallStatus", "no-answer"),
    ];
    let answer = tell(&desk, STATUS, &missed).await;
    assert!(answer.body.contains("<Say>Text us.</Say>"), "{answer:?}");
    let over = [("CallStatus", "completed"), ("CallDuration", "30")];
    tell(&desk, STATUS, &over).await;
    assert_eq!(calls(&desk).await[0].body, "missed");
    let leg = [("CallSid", "CA0b"), ("Direction", "outbound-dial")];
    let mut pairs = form(&[("CallStatus", "ringing")]);
    for (name, value) in &mut pairs {
        if let Some((_, other)) = leg.iter().find(|(wanted, _)| wanted == name) {
            (*other).clone_into(value);
        }
    }
    assert_eq!(desk.signed(STATUS, &pairs).await.status, 200);
    assert_eq!(
        calls(&desk).await.len(),
        1,
        "its own leg is no call of a customer"
    );
}

#[tokio::test]
async fn who_does_not_sign_calls_nobody() {
    let desk = Desk::start(Setup::new()).await;
    let pairs = form(&[("CallStatus", "ringing")]);
    let wrong = signature("another token", &desk.setup.public_url, VOICE, &pairs);
    for path in [VOICE, STATUS] {
        assert_eq!(desk.webhook(path, &wrong, encode(&pairs)).await.status, 403);
    }
    assert_eq!(calls(&desk).await, []);
    let nothing = [("From".to_owned(), MARIA.to_owned())];
    let missing: Vec<_> = form(&[])
        .into_iter()
        .filter(|pair| !nothing.contains(pair))
        .collect();
    assert_eq!(desk.signed(VOICE, &missing).await.status, 400);
}

#[tokio::test]
async fn the_port_counts_or_not_as_twilio_signs_calls() {
    let desk = Desk::start(Setup::at("https://example.com:8443/desk")).await;
    let pairs = form(&[("CallStatus", "ringing")]);
    for (public_url, status) in [
        ("https://example.com:8443/desk", 200),
        ("https://example.com/desk", 200),
        ("https://example.com:9/desk", 403),
    ] {
        let signed = signature(AUTH_TOKEN, public_url, VOICE, &pairs);
        let answer = desk.webhook(VOICE, &signed, encode(&pairs)).await;
        assert_eq!(answer.status, status, "{public_url}");
    }
}

#[tokio::test]
async fn an_operator_sees_in_a_browser_that_the_addresses_are_right() {
    let desk = Desk::start(Setup::new()).await;
    for webhook in ["voice", "call-status"] {
        let answer = desk
            .get(&format!("/webhooks/twilio/{webhook}"))
            .await
            .json();
        assert_eq!(
            answer,
            serde_json::json!({ "ok": true, "webhook": webhook })
        );
    }
}

#[tokio::test]
async fn calls_come_by_pages() {
    let desk = Desk::start(Setup::new()).await;
    for number in 0..3 {
        let mut pairs = form(&[("CallStatus", "no-answer")]);
        pairs[1].1 = format!("CA{number:032x}");
        desk.signed(STATUS, &pairs).await;
    }
    let first = desk.get("/v1/calls?limit=2").await.json();
    assert_eq!(first["calls"].as_array().unwrap().len(), 2);
    let rest = format!("/v1/calls?limit=2&before={}", first["next_before"]);
    let rest = desk.get(&rest).await.json();
    assert_eq!(rest["calls"].as_array().unwrap().len(), 1);
    assert!(rest["next_before"].is_null());
    let wrong = desk.get("/v1/calls?before=yesterday").await;
    wrong.problem(ErrorCode::ParameterInvalid);
}
