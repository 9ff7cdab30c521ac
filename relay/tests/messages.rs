//! `POST /v1/messages`: what is taken, what is refused, and in which words.

use crate::common::client::handshake;
use crate::common::desk::MARIA;
use crate::common::{Desk, Setup, Stream};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::ids::Seq;
use smsdesk_relay::admin::{self, Command};
use tokio_tungstenite::tungstenite::Error;
use uuid::Uuid;

#[tokio::test]
async fn a_repeat_of_the_id_gives_the_same_entry_and_another_body_is_refused() {
    let desk = Desk::start(Setup::new()).await;
    let first = desk.send(1, MARIA, "hello").await;
    assert_eq!(first.status, 201);
    let entry = first.json();
    assert_eq!(entry["kind"], "entry");
    assert_eq!(entry["id"], Uuid::from_u128(1).to_string());
    assert_eq!(entry["status"], "queued");
    let again = desk.send(1, "239-426-7058", "hello").await;
    assert_eq!((again.status, again.json()), (200, entry.clone()));
    let other = desk.send(1, MARIA, "something else").await;
    let problem = other.problem(ErrorCode::IdReused);
    assert!(problem.detail.contains(&Uuid::from_u128(1).to_string()));
    let path = format!("/v1/entries/{}", Uuid::from_u128(1));
    assert_eq!(desk.get(&path).await.json(), entry);
    assert_eq!(desk.entries().await.len(), 1);
}

#[tokio::test]
async fn the_same_request_many_times_at_once_makes_one_entry() {
    let desk = Desk::start(Setup::new()).await;
    let answers = join_all((0..20).map(|_| desk.send(1, MARIA, "hello"))).await;
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    let repeated = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!((made, repeated), (1, 19));
    assert_eq!(desk.entries().await.len(), 1);
}

#[tokio::test]
async fn an_answer_goes_into_the_conversation() {
    let desk = Desk::start(Setup::new()).await;
    desk.receive(1, MARIA, "hello").await;
    let conversation = desk.entries().await[0].conversation;
    let body = json!({ "conversation": conversation, "body": "good morning" });
    let answer = desk.post("/v1/messages", &body).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.json()["conversation"], conversation.to_string());
    let page = desk
        .get(&format!("/v1/conversations/{conversation}/entries"))
        .await
        .json();
    assert_eq!(page["entries"][0]["kind"], "entry");
    let bodies: Vec<_> = page["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["body"].as_str().unwrap())
        .collect();
    assert_eq!(bodies, ["good morning", "hello"]);
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_with_a_code_and_the_field() {
    let desk = Desk::start(Setup::new()).await;
    let nowhere = Uuid::from_u128(404);
    let cases = [
        (
            json!({ "to": "not a number", "body": "x" }),
            ErrorCode::ToInvalid,
            "`to`",
        ),
        (
            json!({ "to": "AMAZON", "body": "x" }),
            ErrorCode::ToInvalid,
            "`to`",
        ),
        (
            json!({ "to": MARIA, "body": " " }),
            ErrorCode::BodyEmpty,
            "`body`",
        ),
        (
            json!({ "to": MARIA, "body": "é".repeat(1_601) }),
            ErrorCode::BodyTooLong,
            "1601",
        ),
        (
            json!({ "body": "x" }),
            ErrorCode::RecipientAmbiguous,
            "`to`",
        ),
        (
            json!({ "to": MARIA, "conversation": nowhere, "body": "x" }),
            ErrorCode::RecipientAmbiguous,
            "`conversation`",
        ),
        (
            json!({ "conversation": nowhere, "body": "x" }),
            ErrorCode::ConversationUnknown,
            "does not exist",
        ),
        (
            json!({ "to": MARIA, "line": "+15550000000", "body": "x" }),
            ErrorCode::LineUnknown,
            "+15557122661",
        ),
        (json!({ "to": MARIA }), ErrorCode::BodyMalformed, "body"),
        (
            json!({ "to": 5, "body": "x" }),
            ErrorCode::BodyMalformed,
            "to",
        ),
        (
            json!({ "id": "x", "to": MARIA, "body": "x" }),
            ErrorCode::BodyMalformed,
            "id",
        ),
        (json!([]), ErrorCode::BodyMalformed, "expected"),
    ];
    for (body, code, words) in cases {
        let problem = desk.post("/v1/messages", &body).await.problem(code);
        assert!(problem.detail.contains(words), "{problem:?}");
    }
    assert_eq!(desk.entries().await, []);
}

#[tokio::test]
async fn attachments_that_nobody_could_fetch_are_refused() {
    let desk = Desk::start(Setup::new()).await;
    let cases = [
        (
            json!({ "to": MARIA, "body": "x", "media": ["https://x.example", "x.png"] }),
            ErrorCode::MediaInvalid,
            "`media`, number 2",
        ),
        (
            json!({ "to": MARIA, "body": "", "media": vec!["https://x.example"; 11] }),
            ErrorCode::MediaInvalid,
            "found 11",
        ),
    ];
    for (body, code, words) in cases {
        let problem = desk.post("/v1/messages", &body).await.problem(code);
        assert!(problem.detail.contains(words), "{problem:?}");
    }
    assert_eq!(desk.entries().await, []);
}

#[tokio::test]
async fn what_is_no_json_of_a_bearable_size_is_refused() {
    let desk = Desk::start(Setup::new()).await;
    let large = json!({ "to": MARIA, "body": "x".repeat(256 * 1024) }).to_string();
    let cases = [
        ("application/json", "{\"to\":", ErrorCode::BodyMalformed),
        ("application/json", "", ErrorCode::BodyMalformed),
        ("application/json", &large, ErrorCode::BodyTooLarge),
        ("text/plain", "{}", ErrorCode::TypeUnsupported),
        ("", "{}", ErrorCode::TypeUnsupported),
    ];
    for (content_type, body, code) in cases {
        let body = Some(body.to_owned());
        desk.request(
            Method::POST,
            "/v1/messages",
            &desk.token,
            content_type,
            body,
        )
        .await
        .problem(code);
    }
}

#[tokio::test]
async fn only_a_token_of_this_relay_that_was_not_revoked_is_accepted() {
    let desk = Desk::start(Setup::new()).await;
    let other = Desk::start(Setup::new()).await;
    let bo = desk.join("Bo", "agent").await;
    desk.revoke("Bo").await;
    let guessed = format!("{}x", desk.token);
    let too_long = "x".repeat(8_000);
    for (token, code) in [
        ("", ErrorCode::TokenMissing),
        ("nonsense", ErrorCode::TokenUnknown),
        (&guessed, ErrorCode::TokenUnknown),
        (&too_long, ErrorCode::TokenUnknown),
        (&bo, ErrorCode::TokenUnknown),
        (&other.token, ErrorCode::TokenUnknown),
    ] {
        for (method, path) in [
            (Method::POST, "/v1/messages"),
            (Method::GET, "/v1/changes"),
            (Method::GET, "/v1/conversations"),
        ] {
            let body = Some(json!({ "to": MARIA, "body": "x" }).to_string());
            let answer = desk
                .request(method, path, token, "application/json", body)
                .await;
            answer.problem(code);
        }
    }
    assert_eq!(desk.entries().await, []);
}

#[tokio::test]
async fn who_may_only_read_reads_and_does_not_write() {
    let desk = Desk::start(Setup::new()).await;
    desk.receive(1, MARIA, "hello").await;
    let conversation = desk.entries().await[0].conversation;
    let reader = desk.join("Rita", "readonly").await;
    let json = "application/json";
    let message = Some(json!({ "to": MARIA, "body": "x" }).to_string());
    desk.request(Method::POST, "/v1/messages", &reader, json, message)
        .await
        .problem(ErrorCode::Forbidden);
    let read = json!({ "id": Uuid::from_u128(5), "position": 1, "inbound_read": 1 });
    let path = format!("/v1/conversations/{conversation}/read");
    desk.request(Method::PUT, &path, &reader, json, Some(read.to_string()))
        .await
        .problem(ErrorCode::Forbidden);
    let answer = desk
        .request(Method::GET, "/v1/conversations", &reader, "", None)
        .await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_web_page_is_refused_even_with_a_token() {
    let desk = Desk::start(Setup::new()).await;
    let message = json!({ "to": MARIA, "body": "x" });
    let answer = reqwest::Client::new()
        .post(format!("http://{}/v1/messages", desk.address))
        .bearer_auth(&desk.token)
        .header("origin", "https://evil.example")
        .json(&message)
        .send()
        .await
        .unwrap();
    crate::common::Answer::read(answer)
        .await
        .problem(ErrorCode::OriginRefused);
    assert_eq!(desk.entries().await, []);
    for origin in ["https://evil.example", "https://sms.example.com", "null"] {
        let mut request = handshake(&desk, &desk.token);
        let value = origin.parse().unwrap();
        request.headers_mut().insert("origin", value);
        let refused = Stream::shake(&desk, request).await;
        assert!(
            matches!(&refused, Err(Error::Http(answer)) if answer.status() == 403),
            "{origin}: {refused:?}"
        );
    }
    Stream::open(&desk, &desk.token).await;
}

#[tokio::test]
async fn an_invite_works_once() {
    let desk = Desk::start(Setup::new()).await;
    let device = Uuid::from_u128(1);
    for code in ["", "guessed"] {
        let body = json!({ "code": code, "device": device });
        let answer = desk.post("/v1/join", &body).await;
        answer.problem(ErrorCode::InviteInvalid);
    }
}

#[tokio::test]
async fn a_text_over_what_its_author_had_not_seen_is_asked_about_and_goes_once_confirmed() {
    let desk = Desk::start(Setup::new()).await;
    desk.receive(1, MARIA, "hello").await;
    let newest = async || {
        desk.entries()
            .await
            .into_iter()
            .max_by_key(|it| it.position)
    };
    let seen = newest().await.unwrap().position;
    desk.receive(2, MARIA, "forget it").await;
    let newest = newest().await.unwrap();
    let id = Uuid::from_u128(1).to_string();
    let message = |seen: Seq, confirm: bool| json!({ "id": id, "to": MARIA, "body": "on my way", "seen_seq": seen, "confirm": confirm });
    // Who was never asked has confirmed nothing.
    for confirm in [true, false] {
        let refused = desk.post("/v1/messages", &message(seen, confirm)).await;
        let problem = refused.problem(ErrorCode::CustomerWrote);
        let meanwhile = problem.meanwhile.unwrap();
        assert_eq!(meanwhile.up_to, newest.position);
        let event = &meanwhile.events[0];
        assert_eq!((event.entry, event.at), (newest.id, newest.at));
        assert_eq!(desk.entries().await.len(), 2, "nothing is stored");
    }
    desk.receive(3, MARIA, "or not").await;
    let newer = desk.post("/v1/messages", &message(seen, true)).await;
    let told = newer.problem(ErrorCode::CustomerWrote).meanwhile.unwrap();
    assert!(
        told.up_to > newest.position,
        "it covers what was told alone"
    );
    let sent = desk.post("/v1/messages", &message(seen, true)).await;
    assert_eq!(sent.status, 201, "{sent:?}");
    let late = desk.post("/v1/messages", &message(seen, false)).await;
    assert_eq!((late.status, late.json()), (200, sent.json()));
    assert_eq!(desk.entries().await.len(), 4);
}

#[tokio::test]
async fn a_confirmation_by_the_position_that_was_told_goes_too() {
    let desk = Desk::start(Setup::new()).await;
    desk.receive(1, MARIA, "hello").await;
    desk.receive(2, MARIA, "forget it").await;
    let message = |seen: u64, confirm: bool| json!({ "to": MARIA, "body": "on my way", "seen_seq": seen, "confirm": confirm });
    let refused = desk.post("/v1/messages", &message(1, false)).await;
    let up_to = refused
        .problem(ErrorCode::CustomerWrote)
        .meanwhile
        .unwrap()
        .up_to;
    let sent = desk.post("/v1/messages", &message(up_to.0, true)).await;
    assert_eq!(sent.status, 201, "{sent:?}");
}

#[tokio::test]
async fn a_program_joins_by_whatever_name_its_device_has() {
    let desk = Desk::start(Setup::new()).await;
    let invite = Command::Invite {
        name: "Till".to_owned(),
        role: None,
    };
    let admin::Answer::Invite { invite } = desk.administrate(invite).await else {
        panic!("no invite")
    };
    let code = invite.split_once('#').unwrap().1;
    let nameless = json!({ "code": code, "device": " " });
    desk.post("/v1/join", &nameless)
        .await
        .problem(ErrorCode::BodyMalformed);
    let named = json!({ "code": code, "device": "the till" });
    assert_eq!(desk.post("/v1/join", &named).await.status, 201);
}
