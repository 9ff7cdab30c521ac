//! The REST API: shapes, lists, changes, refusals.

use crate::schema::violations;
use crate::world::{ACCOUNT, LINE, PERSON, SERVICE, TOKEN, World, config, with_service};
use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};
use smsdesk_relay::twilio::simulator::{
    ApiKey, InboundMedia, InboundText, Knobs, OptOutManagement, Rate, SimulatorConfig, Status,
};
use std::collections::HashSet;
use std::time::Duration;

fn check(method: &Method, path: &str, (status, body): &(StatusCode, Value), expected: u16) {
    assert_eq!(status.as_u16(), expected, "{method} {path}: {body}");
    assert_eq!(
        violations(method, path, expected, body),
        [""; 0],
        "{method} {path}: {body}"
    );
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// The bodies of a list's messages.
fn bodies(list: &(StatusCode, Value)) -> Vec<&str> {
    list.1["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| text(&one["body"]))
        .collect()
}

#[tokio::test]
async fn every_answer_about_messages_fits_twilios_own_description() {
    let world = World::with(with_service(OptOutManagement::Default)).await;
    let (get, post) = (Method::GET, Method::POST);
    for more in [
        &[("StatusCallback", "http://127.0.0.1:9/none")][..],
        &[("From", ""), ("MessagingServiceSid", SERVICE)],
        &[
            ("Body", ""),
            ("MediaUrl", "https://x.test/a.png"),
            ("MediaUrl", "https://x.test/b"),
        ],
        &[("To", "+12025530003")],
    ] {
        check(&post, "Messages.json", &world.create(more).await, 201);
    }
    let picture = InboundText {
        media: InboundMedia::Pictures(2),
        ..InboundText::new(PERSON, "look")
    };
    let received = world.simulator.inbound(&picture).await.unwrap();
    let messages = world
        .until(|all| {
            all.iter()
                .all(|one| one.status.is_final() && one.price.is_some())
        })
        .await;
    assert!(messages.iter().any(|one| one.status == Status::Undelivered));
    for message in &messages {
        let path = format!("Messages/{}.json", message.sid);
        check(&get, "Messages/{Sid}.json", &world.get(&path).await, 200);
        check(
            &post,
            "Messages/{Sid}.json",
            &world.post(&path, &[("Body", "")]).await,
            200,
        );
    }
    check(
        &get,
        "Messages.json",
        &world.get("Messages.json?PageSize=2").await,
        200,
    );

    let of = format!("Messages/{}", received[0].message.sid);
    let files = world.get(&format!("{of}/Media.json")).await;
    check(&get, "Messages/{MessageSid}/Media.json", &files, 200);
    let file = text(&files.1["media_list"][0]["sid"]);
    let described = world.get(&format!("{of}/Media/{file}.json")).await;
    check(
        &get,
        "Messages/{MessageSid}/Media/{Sid}.json",
        &described,
        200,
    );
}

#[tokio::test]
async fn every_answer_about_account_and_numbers_fits_twilios_own_description() {
    let world = World::new().await;
    let (get, post) = (Method::GET, Method::POST);
    let account = format!("{}.json", world.url("").trim_end_matches('/'));
    check(&get, "", &world.get_url(&account).await, 200);

    let numbers = world.get("IncomingPhoneNumbers.json").await;
    check(&get, "IncomingPhoneNumbers.json", &numbers, 200);
    let number = text(&numbers.1["incoming_phone_numbers"][0]["sid"]);
    let path = format!("IncomingPhoneNumbers/{number}.json");
    check(
        &get,
        "IncomingPhoneNumbers/{Sid}.json",
        &world.get(&path).await,
        200,
    );
    let updated = world
        .post(&path, &[("SmsUrl", "https://relay.test/sms")])
        .await;
    check(&post, "IncomingPhoneNumbers/{Sid}.json", &updated, 200);
}

#[tokio::test]
async fn every_refusal_fits_twilios_error_body() {
    let world = World::new().await;
    let (get, post) = (Method::GET, Method::POST);
    let refused = world.create(&[("To", "+1")]).await;
    check(&post, "Messages.json", &refused, 400);
    assert_eq!(refused.1["code"], 21211);
    assert_eq!(
        refused.1["more_info"],
        "https://www.twilio.com/docs/errors/21211"
    );
    let missing = world.get("Messages/SM00.json").await;
    check(&get, "Messages/{Sid}.json", &missing, 404);
    assert_eq!(missing.1["code"], 20404);
    for (knobs, status, code) in [
        (
            Knobs {
                http_429: Rate::ALWAYS,
                ..Knobs::default()
            },
            429,
            20429,
        ),
        (
            Knobs {
                http_500: Rate::ALWAYS,
                ..Knobs::default()
            },
            500,
            20500,
        ),
    ] {
        world.turn(knobs);
        let refused = world.create(&[]).await;
        check(&post, "Messages.json", &refused, status);
        assert_eq!(refused.1["code"], code);
    }
    assert_eq!(world.simulator.messages(), [], "nothing was done");
}

#[tokio::test]
async fn only_the_accounts_own_credentials_open_its_paths() {
    let key = ApiKey {
        sid: "SKcccccccccccccccccccccccccccccccc".to_owned(),
        secret: SecretString::from("secret"),
    };
    let world = World::with(SimulatorConfig {
        api_key: Some(key),
        ..config()
    })
    .await;
    let here = world.url("Messages.json");
    let elsewhere = here.replace(ACCOUNT, "ACdddddddddddddddddddddddddddddddd");
    for (url, user, password, status) in [
        (&here, ACCOUNT, TOKEN, 200),
        (&here, "SKcccccccccccccccccccccccccccccccc", "secret", 200),
        (&here, "SKcccccccccccccccccccccccccccccccc", TOKEN, 401),
        (&here, ACCOUNT, "secret", 401),
        (&here, ACCOUNT, "", 401),
        (&elsewhere, ACCOUNT, TOKEN, 401),
    ] {
        let request = world.client.get(url).basic_auth(user, Some(password));
        assert_eq!(
            request.send().await.unwrap().status(),
            status,
            "{user}:{password}"
        );
    }
    let nobody = world.client.get(&here).send().await.unwrap();
    assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED);
    assert!(
        nobody.headers()["www-authenticate"]
            .to_str()
            .unwrap()
            .starts_with("Basic")
    );
    let body: Value = nobody.json().await.unwrap();
    assert_eq!(
        violations(&Method::GET, "Messages.json", 401, &body),
        [""; 0]
    );
    assert_eq!(body["code"], 20003);
}

#[tokio::test]
async fn every_answer_carries_twilios_headers() {
    let world = World::new().await;
    let answer = world.send("Messages.json", &[]).await.unwrap();
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert!(header("twilio-request-id").starts_with("RQ"));
    assert_eq!(header("twilio-request-id").len(), 34);
    assert_eq!(header("twilio-concurrent-requests"), "1");
    assert_eq!(header("twilio-request-duration"), "0.000");
    assert_eq!(header("x-home-region"), "us1");
}

#[tokio::test]
async fn an_address_or_a_method_that_does_not_exist_is_refused_as_twilio_does() {
    let world = World::new().await;
    let (status, body) = world.get("Faxes.json").await;
    assert_eq!((status.as_u16(), &body["code"]), (404, &json!(20404)));
    let (status, body) = world.delete("Messages.json").await;
    assert_eq!((status.as_u16(), &body["code"]), (405, &json!(20004)));
}

#[tokio::test]
async fn following_the_pages_meets_every_message_once_while_new_ones_come() {
    let world = World::new().await;
    for n in 0..7 {
        world.create(&[("Body", &n.to_string())]).await;
        world
            .create(&[("To", "+12025550199"), ("Body", "for somebody else")])
            .await;
    }
    let mut met = Vec::new();
    let mut next = Some(format!(
        "Messages.json?To={}&PageSize=3",
        PERSON.replace('+', "%2B")
    ));
    let mut page = world.get(&next.take().unwrap()).await.1;
    loop {
        met.extend(
            bodies(&(StatusCode::OK, page.clone()))
                .iter()
                .map(ToString::to_string),
        );
        world.create(&[("Body", "new")]).await;
        let Some(uri) = page["next_page_uri"].as_str() else {
            break;
        };
        let url = format!("{}{uri}", world.simulator.base_url());
        page = world.get_url(&url).await.1;
    }
    assert_eq!(met, ["6", "5", "4", "3", "2", "1", "0"]);
}

#[tokio::test]
async fn a_list_is_narrowed_down_by_people_and_by_the_day_of_sending() {
    let world = World::new().await;
    world.write("on the 21st").await;
    world.advance(Duration::from_secs(24 * 3600));
    world.write("on the 22nd").await;
    world
        .create(&[("Body", "out"), ("To", "+12025550199")])
        .await;
    world
        .until(|all| all.iter().all(|one| one.sent_at.is_some()))
        .await;
    for (query, expected) in [
        ("", &["out", "on the 22nd", "on the 21st"][..]),
        ("?From=%2B12025550123", &["on the 22nd", "on the 21st"]),
        ("?To=%2B15557122661", &["on the 22nd", "on the 21st"]),
        ("?To=%2B12025550199", &["out"]),
        ("?From=%2B12025550123&To=%2B12025550199", &[]),
        ("?DateSent=2026-11-21", &["on the 21st"]),
        ("?DateSent=2026-11-21T23:00:00Z", &["on the 21st"]),
        ("?DateSent%3E=2026-11-22", &["out", "on the 22nd"]),
        ("?DateSent%3E=2026-11-22T09:16:00Z", &["out", "on the 22nd"]),
        ("?DateSent%3E=2026-11-22T09:16:01Z", &[]),
        ("?DateSent%3C=2026-11-22", &["on the 21st"]),
        (
            "?DateSent%3C=2026-11-22T09:16:00Z",
            &["out", "on the 22nd", "on the 21st"],
        ),
        (
            "?DateSent%3E=2026-11-21&DateSent%3C=2026-11-22",
            &["on the 21st"],
        ),
    ] {
        let list = world.get(&format!("Messages.json{query}")).await;
        assert_eq!(bodies(&list), expected, "{query}");
    }
    assert_eq!(
        world.get("Messages.json?DateSent=soon").await.0,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        world.get("Messages.json?Page=3").await.0,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn a_message_that_was_not_sent_yet_is_in_no_list_by_date() {
    let mut slow = config();
    slow.timing.sent = Duration::from_secs(3600);
    let world = World::with(slow).await;
    world.create(&[]).await;
    assert_eq!(bodies(&world.get("Messages.json").await).len(), 1);
    assert_eq!(
        bodies(&world.get("Messages.json?DateSent%3E=2020-01-01").await),
        [""; 0]
    );
}

#[tokio::test]
async fn a_settled_message_can_be_redacted_and_deleted_and_one_under_way_cannot() {
    let mut slow = config();
    slow.timing.sent = Duration::from_secs(3600);
    let world = World::with(slow).await;
    let moving = format!("Messages/{}.json", text(&world.create(&[]).await.1["sid"]));
    let settled = format!("Messages/{}.json", world.write("hello").await.message.sid);
    for (path, form, status, code) in [
        (&moving, &[("Body", "")][..], 409, 20009),
        (&settled, &[("Body", "other")], 400, 30400),
        (&settled, &[], 400, 30400),
        (
            &settled,
            &[("Body", ""), ("Status", "canceled")],
            400,
            30400,
        ),
        (&settled, &[("Status", "sent")], 400, 30400),
        (&settled, &[("Status", "canceled")], 409, 30409),
        (&moving, &[("Status", "canceled")], 409, 30409),
    ] {
        let (got, body) = world.post(path, form).await;
        assert_eq!(
            (got.as_u16(), &body["code"]),
            (status, &json!(code)),
            "{form:?}"
        );
    }
    let (status, body) = world.post(&settled, &[("Body", "")]).await;
    assert_eq!((status, &body["body"]), (StatusCode::OK, &json!("")));
    let (status, body) = world.delete(&moving).await;
    assert_eq!((status.as_u16(), &body["code"]), (409, &json!(20009)));
    assert_eq!(world.delete(&settled).await.0, StatusCode::NO_CONTENT);
    assert_eq!(world.get(&settled).await.0, StatusCode::NOT_FOUND);
    assert_eq!(world.delete(&settled).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn media_is_fetched_with_credentials_and_can_be_deleted_alone() {
    let world = World::new().await;
    let types = ["image/png", "image/jpeg", "text/vcard"].map(str::to_owned);
    let with_media = InboundText {
        media: InboundMedia::Types(types.to_vec()),
        ..InboundText::new(PERSON, "")
    };
    let message = world
        .simulator
        .inbound(&with_media)
        .await
        .unwrap()
        .remove(0)
        .message;
    assert!(message.sid.as_str().starts_with("MM"));
    let of = format!("Messages/{}/Media", message.sid);
    for file in &message.media {
        let url = world.url(&format!("{of}/{}", file.sid));
        let nobody = world.client.get(&url).send().await.unwrap();
        assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED);
        let got = world
            .client
            .get(&url)
            .basic_auth(ACCOUNT, Some(TOKEN))
            .send()
            .await
            .unwrap();
        assert_eq!(got.headers()["content-type"], file.content_type.as_str());
        assert!(!got.bytes().await.unwrap().is_empty());
    }
    let first = format!("{of}/{}.json", message.media[0].sid);
    assert_eq!(world.delete(&first).await.0, StatusCode::NO_CONTENT);
    assert_eq!(world.get(&first).await.0, StatusCode::NOT_FOUND);
    let left = world.get(&format!("{of}.json")).await.1;
    assert_eq!(left["media_list"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_numbers_webhooks_are_read_and_changed_and_nonsense_is_refused() {
    let world = World::new().await;
    let list = world
        .get("IncomingPhoneNumbers.json?PhoneNumber=%2B15557122661")
        .await
        .1;
    let number = &list["incoming_phone_numbers"][0];
    assert_eq!(text(&number["phone_number"]), LINE);
    assert_eq!(text(&number["sms_url"]), world.receiver.url("/sms"));
    let other = world
        .get("IncomingPhoneNumbers.json?PhoneNumber=999")
        .await
        .1;
    assert_eq!(other["incoming_phone_numbers"], json!([]));
    let path = format!("IncomingPhoneNumbers/{}.json", text(&number["sid"]));
    for (form, code) in [
        (&[("SmsUrl", "relay/sms")][..], 21402),
        (&[("SmsMethod", "PUT")], 21403),
        (
            &[
                ("SmsUrl", ""),
                ("SmsFallbackUrl", "https://relay.test/again"),
            ],
            21406,
        ),
    ] {
        assert_eq!(world.post(&path, form).await.1["code"], code, "{form:?}");
    }
    let changed = world
        .post(
            &path,
            &[
                ("SmsFallbackUrl", "https://relay.test/again"),
                ("SmsMethod", "get"),
            ],
        )
        .await
        .1;
    assert_eq!(
        text(&changed["sms_fallback_url"]),
        "https://relay.test/again"
    );
    assert_eq!(text(&changed["sms_method"]), "GET");
    assert_eq!(changed["sms_url"], number["sms_url"]);
    assert_eq!(world.get(&path).await.1, changed);
}

#[tokio::test]
async fn sids_are_never_the_same_twice() {
    let world = World::new().await;
    let mut seen = HashSet::new();
    for _ in 0..20 {
        assert!(seen.insert(text(&world.create(&[]).await.1["sid"]).to_owned()));
        world.simulator.reset();
    }
    assert!(seen.iter().all(|sid| sid.len() == 34));
}
