//! Persons who write: the webhook, its answer, opt-outs, and how tests make it happen.

use crate::receiver::{Answer, Asked};
use crate::world::{ACCOUNT, LINE, PERSON, SERVICE, TOKEN, World, config, with_service, within};
use reqwest::StatusCode;
use secrecy::SecretString;
use serde_json::json;
use smsdesk_relay::twilio::form::{Form, InboundMessage};
use smsdesk_relay::twilio::signature::{Content, Signed, SigningKey, verify};
use smsdesk_relay::twilio::simulator::{
    Direction, InboundMedia, InboundText, Knobs, Message, OptOutManagement, Purpose, Rate, Status,
};

/// Whether the signature of a request is the account's, over `url`.
pub(crate) fn is_signed(asked: &Asked, url: &str) -> bool {
    let key = SigningKey::auth_token(SecretString::from(TOKEN));
    let pairs = if asked.method == "GET" {
        &[][..]
    } else {
        &asked.form
    };
    let signed = Signed {
        url,
        content: Content::pairs(pairs),
    };
    verify(&key, signed, asked.header("x-twilio-signature"))
}

#[tokio::test]
async fn a_text_reaches_the_webhook_signed_and_with_the_real_parameters() {
    let world = World::with(with_service(OptOutManagement::Default)).await;
    let received = world.write("\u{bf}Ma\u{f1}ana? \u{1f44d} & more").await;
    let asked = world.receiver.next().await;
    let names: Vec<_> = asked.form.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "ToCountry",
        "ToState",
        "SmsMessageSid",
        "NumMedia",
        "ToCity",
        "FromZip",
        "SmsSid",
        "FromState",
        "SmsStatus",
        "FromCity",
        "Body",
        "FromCountry",
        "To",
        "MessagingServiceSid",
        "ToZip",
        "NumSegments",
        "MessageSid",
        "AccountSid",
        "From",
        "ApiVersion",
    ];
    assert_eq!(names, expected);
    let sid = received.message.sid.as_str();
    for (name, value) in [
        ("MessageSid", sid),
        ("SmsMessageSid", sid),
        ("SmsSid", sid),
        ("AccountSid", ACCOUNT),
        ("MessagingServiceSid", SERVICE),
        ("From", PERSON),
        ("FromCity", "WASHINGTON"),
        ("To", LINE),
        ("Body", "\u{bf}Ma\u{f1}ana? \u{1f44d} & more"),
        ("SmsStatus", "received"),
        ("NumMedia", "0"),
        ("NumSegments", "1"),
        ("ApiVersion", "2010-04-01"),
    ] {
        assert_eq!(asked.param(name), Some(value), "{name}");
    }
    let url = world.receiver.url("/sms");
    assert!(is_signed(&asked, &url));
    assert!(!is_signed(&asked, &format!("{url}/")));
    assert_eq!(asked.header("x-home-region"), "us1");
    assert_eq!(asked.header("user-agent"), "TwilioProxy/1.1");
    assert_eq!(asked.header("i-twilio-idempotency-token").len(), 32);
    assert_eq!(
        asked.header("content-type"),
        "application/x-www-form-urlencoded; charset=UTF-8"
    );
    assert_eq!(received.webhooks.len(), 1);
    assert_eq!(received.webhooks[0].status, Some(200));
}

#[tokio::test]
async fn the_relay_reads_what_the_simulator_writes() {
    let world = World::new().await;
    let text = InboundText {
        media: InboundMedia::Pictures(2),
        ..InboundText::new(PERSON, "two pictures")
    };
    let message = world
        .simulator
        .inbound(&text)
        .await
        .unwrap()
        .remove(0)
        .message;
    let asked = world.receiver.next().await;
    let encoded = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&asked.form)
        .finish();
    let form = Form::parse(encoded.as_bytes()).unwrap();
    let read = InboundMessage::from_form(&form).unwrap();
    assert_eq!(read.sid.as_str(), message.sid.as_str());
    assert_eq!(read.body, "two pictures");
    let url = &read.media[1].url;
    assert!(url.starts_with(world.simulator.base_url()));
    let file = world
        .client
        .get(url)
        .basic_auth(ACCOUNT, Some(TOKEN))
        .send()
        .await
        .unwrap();
    assert_eq!(file.headers()["content-type"], "image/png");
}

#[tokio::test]
async fn a_line_asks_the_url_and_with_the_method_that_rest_gave_it() {
    let world = World::new().await;
    let numbers = world.get("IncomingPhoneNumbers.json").await.1;
    let sid = numbers["incoming_phone_numbers"][0]["sid"]
        .as_str()
        .unwrap();
    let path = format!("IncomingPhoneNumbers/{sid}.json");
    let url = world.receiver.url("/other?line=1");
    world
        .post(&path, &[("SmsUrl", &url), ("SmsMethod", "GET")])
        .await;
    world.write("hello").await;
    let asked = world.receiver.next().await;
    assert_eq!(asked.method, "GET");
    assert!(asked.path.starts_with("/other?line=1&ToCountry="));
    assert_eq!(asked.param("Body"), Some("hello"));
    assert!(is_signed(&asked, &world.receiver.url(&asked.path)));

    world
        .post(&path, &[("SmsUrl", ""), ("SmsFallbackUrl", "")])
        .await;
    assert_eq!(world.write("nobody is told").await.webhooks, []);
    assert_eq!(world.simulator.messages().len(), 2);
}

#[tokio::test]
async fn an_answer_in_twiml_or_in_plain_text_becomes_a_message_to_the_person() {
    let world = World::new().await;
    for (content_type, answer, expected) in [
        (
            "text/xml",
            "<Response><Message>a &amp; b</Message></Response>",
            &["a & b"][..],
        ),
        (
            "application/xml; charset=utf-8",
            "<Response><Message><Body>c</Body></Message><Message>d</Message></Response>",
            &["c", "d"],
        ),
        ("text/plain", "OK", &["OK"]),
        ("text/xml", "<Response/>", &[]),
    ] {
        world.simulator.reset();
        world
            .receiver
            .will([Answer::With(200, content_type, answer)]);
        let received = world.write("hello").await;
        assert_eq!(received.webhooks[0].error_code, None, "{answer}");
        let replies = world.simulator.messages_from(received.message.position + 1);
        let bodies: Vec<_> = replies.iter().map(|reply| reply.body.as_str()).collect();
        assert_eq!(bodies, expected);
        for reply in replies {
            assert_eq!(reply.direction, Direction::OutboundReply);
            assert_eq!(
                (reply.from.as_deref(), reply.to.as_str()),
                (Some(LINE), PERSON)
            );
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_no_twiml_is_an_error_and_nothing_is_sent() {
    let world = World::new().await;
    for (content_type, answer, code) in [
        ("application/json", "{\"ok\":true}", 12300),
        ("", "", 12300),
        ("text/xml", "<Response>", 12100),
    ] {
        world
            .receiver
            .will([Answer::With(200, content_type, answer)]);
        let received = world.write("hello").await;
        assert_eq!(
            received.webhooks[0].error_code,
            Some(code),
            "{content_type}"
        );
        assert_eq!(
            world.simulator.messages_from(received.message.position + 1),
            []
        );
    }
}

fn replies(world: &World) -> Vec<String> {
    let is_reply = |message: &Message| message.direction == Direction::OutboundReply;
    world
        .simulator
        .messages()
        .into_iter()
        .filter(is_reply)
        .map(|reply| reply.body)
        .collect()
}

#[tokio::test]
async fn stop_is_answered_once_and_refused_until_start() {
    let world = World::new().await;
    assert_eq!(world.create(&[]).await.0, StatusCode::CREATED);
    world.write(" Stop ").await;
    assert_eq!(
        world.receiver.next().await.param("OptOutType"),
        None,
        "the webhook comes as well"
    );
    assert_eq!(replies(&world).len(), 1);
    assert!(replies(&world)[0].contains("unsubscribed"));
    let (status, body) = world.create(&[]).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::BAD_REQUEST, &json!(21610))
    );
    assert_eq!(
        world.create(&[("To", "+12025550199")]).await.0,
        StatusCode::CREATED
    );

    world.write("STOP").await;
    world.write("help").await;
    assert_eq!(
        replies(&world).len(),
        1,
        "no second answer and no help for those who left"
    );

    world
        .receiver
        .will([Answer::With(200, "text/plain", "Are you sure?")]);
    let received = world.write("hm").await;
    assert_eq!(received.webhooks[0].error_code, Some(21610));

    world.write("start").await;
    world.write("HELP").await;
    assert_eq!(replies(&world).len(), 3);
    assert_eq!(world.create(&[]).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn with_advanced_opt_out_the_webhook_knows_and_the_create_fails_later() {
    let world = World::with(with_service(OptOutManagement::Advanced)).await;
    world.write("STOP").await;
    assert_eq!(
        world.receiver.next().await.param("OptOutType"),
        Some("STOP")
    );
    let (status, message) = world.create(&[]).await;
    assert_eq!(status, StatusCode::CREATED);
    let sid = message["sid"].as_str().unwrap();
    world
        .until(|all| all.iter().any(|one| one.status == Status::Failed))
        .await;
    assert_eq!(world.message(sid).error_code, Some(21610));
    world.write("unstop").await;
    assert_eq!(
        world.receiver.next().await.param("OptOutType"),
        Some("START")
    );
    world.create(&[]).await;
    world
        .until(|all| {
            all.last()
                .is_some_and(|one| one.status == Status::Delivered)
        })
        .await;
}

#[tokio::test]
async fn texts_come_by_the_hundred_when_asked_for() {
    let world = World::new().await;
    let text = json!({"from": PERSON, "to": LINE, "body": "number {n}", "count": 100});
    let (status, body) = within(world.steer("inbound", text)).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(body["messages"].as_array().unwrap().len(), 100);
    assert_eq!(body["messages"][41]["body"], "number 42");
    assert!(
        body["webhooks"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["status"] == 200)
    );
    assert_eq!(world.receiver.take(100).await.len(), 100);
}

#[tokio::test]
async fn a_text_that_cannot_be_is_refused_by_name() {
    let world = World::new().await;
    for (text, word) in [
        (
            json!({"from": PERSON, "to": "+12025550199", "body": "x"}),
            "+12025550199",
        ),
        (json!({"from": "", "body": "x"}), "from"),
        (json!({"from": PERSON, "body": "x".repeat(1601)}), "1600"),
        (json!({"from": PERSON, "media": 11}), "media"),
        (json!({"from": PERSON, "count": 0}), "count"),
        (json!({"from": PERSON, "boddy": "x"}), "boddy"),
        (json!({"body": "x"}), "from"),
        (json!([]), "expected"),
    ] {
        let (status, body) = world.steer("inbound", text).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(body["error"].as_str().unwrap().contains(word), "{body}");
    }
    assert_eq!(world.simulator.messages(), []);
}

#[tokio::test]
async fn a_lost_webhook_leaves_the_message_in_the_list_only() {
    let world = World::new().await;
    world.turn(Knobs {
        lose_webhooks: Rate::ALWAYS,
        ..Knobs::default()
    });
    assert_eq!(world.write("hello").await.webhooks, []);
    assert!(world.receiver.rest().await.is_empty());
    assert_eq!(
        world.get("Messages.json").await.1["messages"][0]["body"],
        "hello"
    );
    let attempts = world.simulator.attempts();
    assert_eq!(attempts[0].error.as_deref(), Some("lost"));
}

#[tokio::test]
async fn a_doubled_webhook_names_the_same_message_under_two_tokens() {
    let world = World::new().await;
    world.turn(Knobs {
        duplicate_webhooks: Rate::ALWAYS,
        ..Knobs::default()
    });
    assert_eq!(world.write("hello").await.webhooks.len(), 2);
    let asked = world.receiver.take(2).await;
    assert_eq!(asked[0].form, asked[1].form);
    let tried = world.simulator.attempts();
    let (all, second) = (world.simulator.attempts_after(0), tried[0].number);
    assert_eq!(all, tried);
    assert_eq!(world.simulator.attempts_after(second), tried[1..]);
    let token = |asked: &Asked| asked.header("i-twilio-idempotency-token").to_owned();
    assert_ne!(token(&asked[0]), token(&asked[1]));
}

#[tokio::test]
async fn what_happened_can_be_looked_up_and_forgotten() {
    let world = World::new().await;
    world.write("hello").await;
    world.create_reporting(&[]).await;
    world.receiver.take(3).await;
    let messages = world.look("messages").await;
    let directions: Vec<_> = messages["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["direction"])
        .collect();
    assert_eq!(directions, ["inbound", "outbound-api"]);
    let is_recorded = |purpose| {
        world
            .simulator
            .attempts()
            .iter()
            .any(|one| one.purpose == purpose)
    };
    assert!(is_recorded(Purpose::Message));
    let webhooks = world.look("webhooks").await;
    let first = &webhooks["webhooks"][0];
    assert_eq!(first["purpose"], "message");
    assert_eq!(first["status"], 200);
    assert!(
        first["signature"]
            .as_str()
            .is_some_and(|signature| !signature.is_empty())
    );

    let (status, _) = world.steer("reset", json!({})).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(world.look("messages").await, json!({"messages": []}));
    assert_eq!(world.look("webhooks").await, json!({"webhooks": []}));
}

#[tokio::test]
async fn a_configuration_that_cannot_work_does_not_start() {
    use smsdesk_relay::twilio::simulator::{Simulator, SimulatorConfig};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = SimulatorConfig {
        account_sid: "AC1".to_owned(),
        ..config()
    };
    let now = std::sync::Arc::new(smsdesk_common::time::Timestamp::default);
    let started = Simulator::start(config, listener, now, Default::default());
    assert!(started.is_err_and(|error| error.to_string().contains("account_sid")));
}
