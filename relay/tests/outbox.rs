//! From the outbox to Twilio: once, in order, and never blindly again.

use crate::common::desk::{LINE, MARIA};
use crate::common::twilio::sid;
use crate::common::{Desk, Reply, Setup, Twilio, eventually};
use smsdesk_common::feed::Content;
use smsdesk_common::record::Record;
use smsdesk_relay::clock::Clock;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::net::TcpSocket;
use tokio::sync::Semaphore;
use uuid::Uuid;

const BO: &str = "+12394267059";

#[tokio::test]
async fn a_text_is_handed_over_once_as_twilio_wants_it() {
    let twilio = Twilio::start(|_, _| Reply::Accept(7)).await;
    let desk = Desk::start(Setup {
        public_url: "https://example.com/desk".to_owned(),
        ..Setup::calling(twilio.url())
    })
    .await;
    assert_eq!(
        desk.send(1, "(239) 426-7058", "¡Hola! 😀").await.status,
        201
    );
    desk.becomes(1, "accepted").await;
    let entry = desk.entries().await.remove(0);
    assert_eq!((entry.sid, entry.segments), (Some(sid(7)), Some(1)));
    let mut calls = twilio.calls();
    assert_eq!(calls.len(), 1);
    let validity = calls[0].remove("ValidityPeriod").unwrap().parse().unwrap();
    assert!((14_300..=14_400).contains(&validity), "{validity}");
    let id = Uuid::from_u128(1);
    let callback = format!("https://example.com/desk/webhooks/twilio/status?entry={id}");
    let expected = [
        ("To", MARIA),
        ("From", LINE),
        ("Body", "¡Hola! 😀"),
        ("StatusCallback", &callback),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(calls[0], expected.into());
}

#[tokio::test]
async fn what_twilio_did_not_take_is_handed_over_again() {
    let twilio = Twilio::start(|_, count| match count {
        0 => Reply::Status(429, r#"{"code":20429,"message":"Too Many"}"#.to_owned()),
        _ => Reply::Accept(7),
    })
    .await;
    let desk = Desk::start(Setup::calling(twilio.url())).await;
    desk.send(1, MARIA, "hello").await;
    desk.becomes(1, "accepted").await;
    assert_eq!(twilio.bodies(), ["hello", "hello"]);
}

#[tokio::test]
async fn a_text_waits_until_twilio_can_be_reached() {
    // Taken, so that nobody else listens there, and nobody listens yet.
    let reserved = TcpSocket::new_v4().unwrap();
    reserved.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = reserved.local_addr().unwrap();
    let desk = Desk::start(Setup::calling(format!("http://{address}"))).await;
    desk.send(1, MARIA, "hello").await;
    assert_eq!(desk.status_of(1).await, "queued");
    let listener = reserved.listen(16).unwrap();
    let twilio = Twilio::listen(listener, |_, _| Reply::Accept(7));
    desk.becomes(1, "accepted").await;
    assert_eq!(twilio.calls().len(), 1);
}

#[tokio::test]
async fn what_twilio_may_have_is_unknown_and_not_handed_over_again() {
    for doubt in [
        Reply::Status(500, "{}".to_owned()),
        Reply::Status(503, r#"{"code":20503,"message":"x"}"#.to_owned()),
        Reply::Status(201, "what?".to_owned()),
        Reply::Drop,
    ] {
        let twilio = Twilio::start({
            let doubt = doubt.clone();
            move |call, _| match call["Body"].as_str() {
                "first" => doubt.clone(),
                _ => Reply::Accept(8),
            }
        })
        .await;
        let desk = Desk::start(Setup::calling(twilio.url())).await;
        desk.send(1, MARIA, "first").await;
        desk.becomes(1, "unknown").await;
        // Whatever comes later in that conversation goes out, and the first one does not.
        desk.send(2, MARIA, "second").await;
        desk.becomes(2, "accepted").await;
        assert_eq!(twilio.bodies(), ["first", "second"], "{doubt:?}");
        let repeat = desk.send(1, MARIA, "first").await;
        assert_eq!(
            repeat.status, 200,
            "the agent's repeat sends nothing either"
        );
        let desk = Desk::launch(desk.crash().await, Clock::system()).await;
        let health = desk.get("/health").await.json();
        assert_eq!(health["unknown_sends"], 1);
        assert_eq!(twilio.bodies(), ["first", "second"], "{doubt:?}");
    }
}

#[tokio::test]
async fn what_twilio_refuses_has_failed_with_its_code_in_words() {
    let body = r#"{"code":21610,"message":"Attempt to send to unsubscribed recipient"}"#;
    let twilio = Twilio::start(|_, _| Reply::Status(400, body.to_owned())).await;
    let desk = Desk::start(Setup::calling(twilio.url())).await;
    desk.send(1, MARIA, "hello").await;
    desk.becomes(1, "failed").await;
    let error = desk.entries().await.remove(0).error.unwrap();
    assert_eq!(error.code, 21610);
    assert!(error.text.contains("opted out"), "{error:?}");
    assert_eq!(twilio.calls().len(), 1);
}

#[tokio::test]
async fn a_text_under_way_at_a_crash_is_unknown_and_those_behind_it_go_out() {
    let twilio = Twilio::start(|call, _| match call["Body"].as_str() {
        "under way" => Reply::Hang,
        _ => Reply::Accept(7),
    })
    .await;
    let desk = Desk::start(Setup::calling(twilio.url())).await;
    desk.send(1, MARIA, "under way").await;
    desk.send(2, MARIA, "behind").await;
    eventually("Twilio was called", async || twilio.calls().pop()).await;
    let token = desk.token.clone();
    let mut desk = Desk::launch(desk.crash().await, Clock::system()).await;
    desk.token = token;
    desk.becomes(1, "unknown").await;
    desk.becomes(2, "accepted").await;
    assert_eq!(twilio.bodies(), ["under way", "behind"]);
}

#[tokio::test]
async fn a_conversation_keeps_its_order_and_the_others_do_not_wait_for_it() {
    let gate = Arc::new(Semaphore::new(0));
    let twilio = Twilio::start({
        let gate = Arc::clone(&gate);
        move |call, count| {
            let number = u32::try_from(count).unwrap();
            if call["To"] == MARIA {
                Reply::AcceptAfter(Arc::clone(&gate), number)
            } else {
                Reply::Accept(number)
            }
        }
    })
    .await;
    let desk = Desk::start(Setup::calling(twilio.url())).await;
    for n in 1..=3 {
        desk.send(n, MARIA, &format!("to Maria {n}")).await;
        desk.send(10 + n, BO, &format!("to Bo {n}")).await;
    }
    for n in 1..=3 {
        desk.becomes(10 + n, "accepted").await;
    }
    assert_eq!(desk.status_of(2).await, "queued", "behind the first one");
    gate.add_permits(3);
    for n in 1..=3 {
        desk.becomes(n, "accepted").await;
    }
    for (to, name) in [(MARIA, "Maria"), (BO, "Bo")] {
        let calls = twilio.calls().into_iter();
        let bodies: Vec<_> = calls
            .filter(|call| call["To"] == to)
            .map(|call| call["Body"].clone())
            .collect();
        let expected: Vec<_> = (1..=3).map(|n| format!("to {name} {n}")).collect();
        assert_eq!(bodies, expected);
    }
}

#[tokio::test]
async fn a_text_behind_one_that_pauses_keeps_its_place() {
    let twilio = Twilio::start(|_, count| match count {
        0 | 1 => Reply::Status(429, "{}".to_owned()),
        _ => Reply::Accept(u32::try_from(count).unwrap()),
    })
    .await;
    let desk = Desk::start(Setup::calling(twilio.url())).await;
    desk.send(1, MARIA, "first").await;
    desk.send(2, MARIA, "second").await;
    desk.becomes(2, "accepted").await;
    assert_eq!(twilio.bodies(), ["first", "first", "first", "second"]);
}

#[tokio::test]
async fn a_stop_waits_for_the_answer_that_is_under_way() {
    let gate = Arc::new(Semaphore::new(0));
    let twilio = Twilio::start({
        let gate = Arc::clone(&gate);
        move |_, _| Reply::AcceptAfter(Arc::clone(&gate), 7)
    })
    .await;
    let mut desk = Desk::start(Setup::calling(twilio.url())).await;
    desk.send(1, MARIA, "hello").await;
    eventually("Twilio was called", async || twilio.calls().pop()).await;
    desk.begin_to_stop();
    gate.add_permits(1);
    desk.stop().await.unwrap();
    let mut next = Desk::launch(desk.setup.clone(), Clock::system()).await;
    next.token.clone_from(&desk.token);
    assert_eq!(next.status_of(1).await, "accepted");
    assert_eq!(twilio.calls().len(), 1);
}

const REFUSED: &str = r#"{"code":20003,"message":"Authenticate","status":401}"#;

/// The line's record, as a terminal would have it by now.
async fn paused(desk: &Desk) -> Option<u32> {
    let changes = desk.changes().await.into_iter();
    let mut lines = changes.filter_map(|change| match change.content {
        Content::Known(Record::Line(line)) => Some(line),
        _ => None,
    });
    lines.next().unwrap().paused.map(|paused| paused.code)
}

#[tokio::test]
async fn a_refused_account_pauses_sending_and_one_text_at_a_time_asks_until_it_is_accepted() {
    let works = Arc::new(AtomicBool::new(false));
    let twilio = Twilio::start({
        let works = Arc::clone(&works);
        move |_, count| match works.load(Ordering::Relaxed) {
            true => Reply::Accept(u32::try_from(count).unwrap()),
            false => Reply::Status(401, REFUSED.to_owned()),
        }
    })
    .await;
    let setup = Setup {
        probe_ms: 100,
        ..Setup::calling(twilio.url())
    };
    let desk = Desk::start(setup).await;
    desk.send(1, MARIA, "hello").await;
    eventually("the pause is seen", async || paused(&desk).await).await;
    for n in 2..20 {
        let to = format!("+1239426{:04}", 7000 + n);
        desk.send(n, &to, "hello").await;
    }
    let health = desk.get("/health").await;
    let told = &health.json()["sending_paused"];
    assert_eq!(
        (health.status, &told["lines"], &told["code"]),
        (200, &1.into(), &20003.into())
    );
    assert_eq!(health.json()["waiting_to_send"], 19);
    eventually("it is probed", async || {
        (twilio.calls().len() > 2).then_some(())
    })
    .await;
    assert_eq!(paused(&desk).await, Some(20_003));
    // The oldest asks for all of them.
    assert!(twilio.calls().iter().all(|call| call["To"] == MARIA));
    works.store(true, Ordering::Relaxed);
    for n in 1..20 {
        desk.becomes(n, "accepted").await;
    }
    assert_eq!(paused(&desk).await, None);
    assert!(desk.get("/health").await.json()["sending_paused"].is_null());
}

#[tokio::test]
async fn a_restart_with_the_right_token_sends_what_the_wrong_one_kept() {
    let twilio = Twilio::start(|_, _| Reply::Status(403, REFUSED.to_owned())).await;
    let desk = Desk::start(Setup::calling(twilio.url())).await;
    desk.send(1, MARIA, "first").await;
    desk.send(2, MARIA, "second").await;
    eventually("the pause is seen", async || paused(&desk).await).await;
    let token = desk.token.clone();
    let mended = Twilio::start(|_, count| Reply::Accept(u32::try_from(count).unwrap())).await;
    let mut setup = desk.crash().await;
    setup.api_base_url = mended.url();
    let mut desk = Desk::launch(setup, Clock::system()).await;
    desk.token = token;
    desk.becomes(2, "accepted").await;
    assert_eq!(mended.bodies(), ["first", "second"]);
    assert_eq!(paused(&desk).await, None);
}

#[tokio::test]
async fn a_text_that_waited_for_its_whole_validity_fails_in_words_and_is_not_sent() {
    let twilio = Twilio::start(|_, _| Reply::Status(429, "{}".to_owned())).await;
    let setup = Setup {
        more: "validity_s = 1".to_owned(),
        ..Setup::calling(twilio.url())
    };
    let desk = Desk::start(setup).await;
    desk.send(1, MARIA, "hello").await;
    desk.becomes(1, "failed").await;
    let error = desk.entries().await.remove(0).error.unwrap();
    assert!(
        error
            .text
            .starts_with("not sent: waited 1 second for Twilio"),
        "{error:?}"
    );
    assert!(
        twilio
            .calls()
            .iter()
            .all(|call| call["ValidityPeriod"] == "1")
    );
}

#[tokio::test]
async fn a_line_is_no_faster_than_its_rate() {
    let twilio = Twilio::start(|_, count| Reply::Accept(u32::try_from(count).unwrap())).await;
    let setup = Setup {
        more: "[relay.twilio.line_rates]\n\"+15557122661\" = 1".to_owned(),
        ..Setup::calling(twilio.url())
    };
    let desk = Desk::start(setup).await;
    // Ten segments each: five of them are what may go at once after a rest.
    let body = "x".repeat(1_500);
    for n in 1..=7 {
        desk.send(n, &format!("+1239426705{n}"), &body).await;
    }
    for n in 1..=5 {
        desk.becomes(n, "accepted").await;
    }
    assert_eq!(desk.get("/health").await.json()["waiting_to_send"], 2);
    assert_eq!(twilio.calls().len(), 5);
}

#[tokio::test]
async fn a_storm_of_429_delays_texts_and_neither_loses_doubles_nor_shuffles_them() {
    const TEXTS: u128 = 120;
    const CONTACTS: u128 = 12;
    let twilio = Twilio::start(|_, count| match count % 10 {
        1 | 4 | 7 => Reply::Status(429, r#"{"code":20429,"message":"Too Many"}"#.to_owned()),
        _ => Reply::Accept(u32::try_from(count).unwrap()),
    })
    .await;
    let desk = Desk::start(Setup::calling(twilio.url())).await;
    for n in 1..=TEXTS {
        let to = format!("+1239426{:04}", 7000 + n % CONTACTS);
        desk.send(n, &to, &n.to_string()).await;
    }
    for n in 1..=TEXTS {
        desk.becomes(n, "accepted").await;
    }
    let calls = twilio.calls();
    for contact in 0..CONTACTS {
        let to = format!("+1239426{:04}", 7000 + contact);
        let own = calls.iter().filter(|call| call["To"] == to);
        let mut bodies: Vec<u128> = own.map(|call| call["Body"].parse().unwrap()).collect();
        // A refused text comes again before any that is behind it.
        bodies.dedup();
        let expected: Vec<_> = (1..=TEXTS).filter(|n| n % CONTACTS == contact).collect();
        assert_eq!(bodies, expected);
    }
    let refused = (0..calls.len()).filter(|n| [1, 4, 7].contains(&(n % 10)));
    assert_eq!(
        calls.len() - refused.count(),
        usize::try_from(TEXTS).unwrap()
    );
}

#[tokio::test]
async fn attachments_are_handed_over_with_a_text_or_alone() {
    let twilio = Twilio::start(|_, count| Reply::Accept(u32::try_from(count).unwrap())).await;
    let desk = Desk::start(Setup::calling(twilio.url())).await;
    let plan = "https://files.example.com/plan.pdf?x=1";
    for (id, body) in [(1, "Here it is"), (2, "")] {
        let message = serde_json::json!({
            "id": Uuid::from_u128(id), "to": MARIA, "body": body, "media": [plan],
        });
        assert_eq!(desk.post("/v1/messages", &message).await.status, 201);
        assert_eq!(desk.post("/v1/messages", &message).await.status, 200);
        desk.becomes(id, "accepted").await;
    }
    let calls = twilio.calls();
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[0]["Body"], "Here it is");
    assert_eq!(
        calls[1].get("Body"),
        None,
        "words that are none are left out"
    );
    assert!(
        calls.iter().all(|call| call["MediaUrl"] == plan),
        "{calls:?}"
    );
    let entry = desk.entries().await.remove(0);
    assert_eq!(entry.media[0].content_type, "application/pdf");
    let other = serde_json::json!({
        "id": Uuid::from_u128(1), "to": MARIA, "body": "Here it is",
        "media": ["https://files.example.com/other.pdf"],
    });
    let answer = desk.post("/v1/messages", &other).await;
    answer.problem(smsdesk_common::api::ErrorCode::IdReused);
}
