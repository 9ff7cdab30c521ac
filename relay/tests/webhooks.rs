//! Inbound texts: who is believed, what is kept, what is refused.

use crate::common::desk::{ACCOUNT, AUTH_TOKEN, LINE, MARIA, inbound, signature};
use crate::common::{Desk, Setup, encode};
use futures_util::future::join_all;
use reqwest::Method;
use smsdesk_common::status::DeliveryStatus;

const MESSAGE: &str = "/webhooks/twilio/message";
const FORBIDDEN: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
                         <!-- the signature is missing or wrong --><Response/>";

#[tokio::test]
async fn a_signed_text_is_stored_and_answered_without_words() {
    let desk = Desk::start(Setup::new()).await;
    let answer = desk
        .receive(1, MARIA, "Is the 3 pm slot free? 😀\n¿Sí?")
        .await;
    assert_eq!(
        (answer.status, answer.content_type.as_str()),
        (200, "text/xml")
    );
    assert_eq!(
        answer.body,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>"
    );
    let entries = desk.entries().await;
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].body, "Is the 3 pm slot free? 😀\n¿Sí?");
    assert_eq!(entries[0].status, Some(DeliveryStatus::Received));
    let conversations = desk.get("/v1/conversations").await.json();
    assert_eq!(conversations["conversations"][0]["address"], MARIA);
    assert_eq!(conversations["conversations"][0]["line"], LINE);
}

#[tokio::test]
async fn whatever_is_not_signed_by_twilio_is_refused_in_the_same_words() {
    let desk = Desk::start(Setup::new()).await;
    let pairs = inbound(1, MARIA, "hello");
    let body = encode(&pairs);
    let right = signature(AUTH_TOKEN, &desk.setup.public_url, MESSAGE, &pairs);
    let wrong_key = signature("another token", &desk.setup.public_url, MESSAGE, &pairs);
    let other_host = signature(AUTH_TOKEN, "https://evil.example", MESSAGE, &pairs);
    let cases = [
        (MESSAGE, wrong_key.as_str(), body.clone()),
        (MESSAGE, &other_host, body.clone()),
        (MESSAGE, "", body.clone()),
        (MESSAGE, "ünreadable", body.clone()),
        (MESSAGE, &right, body.replace("hello", "hellp")),
        (MESSAGE, &right, format!("{body}&More=1")),
        (
            MESSAGE,
            &right,
            body.replace(ACCOUNT, &ACCOUNT.replace("ACa", "ACb")),
        ),
        (MESSAGE, &right, body.replace("AccountSid", "AccountSit")),
        ("/webhooks/twilio/message?x=1", &right, body.clone()),
        ("/webhooks/twilio/status", &right, body.clone()),
    ];
    for (target, signature, body) in cases {
        let answer = desk.webhook(target, signature, body).await;
        assert_eq!(answer.status, 403, "{target} {signature}");
        assert_eq!(answer.body, FORBIDDEN);
        assert_eq!(answer.content_type, "text/xml");
    }
    let content_type = "application/x-www-form-urlencoded";
    let unsigned = desk
        .request(Method::POST, MESSAGE, "", content_type, Some(body.clone()))
        .await;
    assert_eq!((unsigned.status, unsigned.body.as_str()), (403, FORBIDDEN));
    assert_eq!(desk.entries().await, []);
    assert_eq!(desk.webhook(MESSAGE, &right, body).await.status, 200);
}

#[tokio::test]
async fn a_replay_is_answered_like_the_first_and_changes_nothing() {
    let desk = Desk::start(Setup::new()).await;
    let first = desk.receive(1, MARIA, "hello").await;
    let before = desk.changes().await;
    for _ in 0..3 {
        let again = desk.receive(1, MARIA, "hello").await;
        assert_eq!((again.status, &again.body), (200, &first.body));
    }
    assert_eq!(desk.changes().await, before);
}

#[tokio::test]
async fn deliveries_of_one_text_at_the_same_time_make_one_entry() {
    let desk = Desk::start(Setup::new()).await;
    for round in 0..10 {
        let answers = join_all((0..5).map(|_| desk.receive(round, MARIA, "hello"))).await;
        assert!(answers.iter().all(|answer| answer.status == 200));
    }
    assert_eq!(desk.entries().await.len(), 10);
    let page = desk.get("/v1/conversations").await.json();
    assert_eq!(page["conversations"][0]["inbound_total"], 10);
}

#[tokio::test]
async fn each_account_signs_with_its_own_token() {
    let (account, token) = ("ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "another token");
    let desk = Desk::start(Setup {
        more: format!(
            "[[relay.twilio.accounts]]\naccount_sid = \"{account}\"\nauth_token = \"{token}\"\n\
             lines = [\"+15557122662\"]"
        ),
        ..Setup::new()
    })
    .await;
    let mut pairs = inbound(1, MARIA, "to the subaccount");
    for (name, value) in &mut pairs {
        if name == "AccountSid" {
            account.clone_into(value);
        }
    }
    let body = encode(&pairs);
    let mains = signature(AUTH_TOKEN, &desk.setup.public_url, MESSAGE, &pairs);
    assert_eq!(
        desk.webhook(MESSAGE, &mains, body.clone()).await.status,
        403
    );
    let own = signature(token, &desk.setup.public_url, MESSAGE, &pairs);
    assert_eq!(desk.webhook(MESSAGE, &own, body).await.status, 200);
    assert_eq!(desk.receive(2, MARIA, "to the main one").await.status, 200);
}

#[tokio::test]
async fn a_path_prefix_counts_whether_the_proxy_strips_it_or_not() {
    for public_url in [
        "https://example.com/sms-desk",
        "https://example.com:8443/a/b",
        "https://example.com/:x/*y",
        "https://example.com/webhooks",
        "https://example.com/v1",
    ] {
        let desk = Desk::start(Setup::at(public_url)).await;
        let (_, prefix) = public_url.split_once(".com").unwrap();
        let prefix = &prefix[prefix.find('/').unwrap()..];
        let pairs = inbound(1, MARIA, "hello");
        let right = signature(AUTH_TOKEN, public_url, MESSAGE, &pairs);
        for target in [MESSAGE.to_owned(), format!("{prefix}{MESSAGE}")] {
            let answer = desk.webhook(&target, &right, encode(&pairs)).await;
            assert_eq!(answer.status, 200, "{target}");
        }
        let without = signature(AUTH_TOKEN, "https://example.com", MESSAGE, &pairs);
        assert_eq!(
            desk.webhook(MESSAGE, &without, encode(&pairs)).await.status,
            403
        );
    }
}

#[tokio::test]
async fn the_port_may_be_signed_or_not() {
    let desk = Desk::start(Setup::at("https://example.com:8443")).await;
    for (sid, signed) in ["https://example.com:8443", "https://example.com"]
        .iter()
        .zip(1..)
        .map(|(url, sid)| (sid, *url))
    {
        let pairs = inbound(sid, MARIA, "hello");
        let signature = signature(AUTH_TOKEN, signed, MESSAGE, &pairs);
        let answer = desk.webhook(MESSAGE, &signature, encode(&pairs)).await;
        assert_eq!(answer.status, 200, "{signed}");
    }
    assert_eq!(desk.entries().await.len(), 2);
}

#[tokio::test]
async fn repeated_keys_unknown_fields_and_a_query_are_part_of_what_is_signed() {
    let desk = Desk::start(Setup::new()).await;
    let mut pairs = inbound(1, MARIA, "hello");
    for (name, value) in [
        ("Tag", "b"),
        ("Tag", "a"),
        ("Tag", "b"),
        ("FromTheFuture", "😀 & = +"),
        ("Empty", ""),
    ] {
        pairs.push((name.to_owned(), value.to_owned()));
    }
    let target = "/webhooks/twilio/message?tenant=a%20b&tenant=c";
    assert_eq!(desk.signed(target, &pairs).await.status, 200);
    assert_eq!(desk.entries().await.len(), 1);
}

#[tokio::test]
async fn attachments_are_kept_in_order_and_need_no_words() {
    let desk = Desk::start(Setup::new()).await;
    let mut pairs = inbound(1, MARIA, "");
    let url = |n| format!("https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Media/ME{n}");
    for (name, value) in [
        ("MediaUrl0", url(0)),
        ("MediaContentType0", "image/jpeg".to_owned()),
        ("MediaUrl1", url(1)),
        ("MediaContentType1", "text/vcard".to_owned()),
    ] {
        pairs.push((name.to_owned(), value));
    }
    assert_eq!(desk.signed(MESSAGE, &pairs).await.status, 200);
    let entry = desk.entries().await.remove(0);
    let media: Vec<_> = entry
        .media
        .iter()
        .map(|media| (media.url.clone(), media.content_type.as_str()))
        .collect();
    assert_eq!(media, [(url(0), "image/jpeg"), (url(1), "text/vcard")]);
}

#[tokio::test]
async fn hostile_words_and_odd_senders_are_stored_as_they_came() {
    let desk = Desk::start(Setup::new()).await;
    let hostile = format!(
        "\u{1b}]52;c;aGk=\u{7}\u{1b}[2J\u{202e}\u{200b}\u{0}{}",
        "\u{301}".repeat(10_000)
    );
    let senders = ["+12394267058", "32665", "AMAZON", "whatsapp:+12394267058"];
    for (from, sid) in senders.iter().zip(1..) {
        assert_eq!(
            desk.receive(sid, from, &hostile).await.status,
            200,
            "{from}"
        );
    }
    let entries = desk.entries().await;
    assert_eq!(entries.len(), senders.len());
    assert!(entries.iter().all(|entry| entry.body == hostile));
}

#[tokio::test]
async fn what_is_no_form_of_twilios_is_refused_by_its_fault() {
    let desk = Desk::start(Setup::new()).await;
    let form = "application/x-www-form-urlencoded";
    let large = format!("Body={}", "x".repeat(64 * 1024));
    let pairs = "a=1&".repeat(600);
    for (content_type, body, status) in [
        (form, large.as_str(), 413),
        (form, "Body=%ff%fe", 400),
        (form, &pairs, 400),
        ("application/json", "{}", 415),
        ("", "Body=x", 415),
        (
            "text/plain; application/x-www-form-urlencoded",
            "Body=x",
            415,
        ),
    ] {
        for target in [MESSAGE, "/webhooks/twilio/status"] {
            let body = Some(body.to_owned());
            let answer = desk
                .request(Method::POST, target, "", content_type, body)
                .await;
            assert_eq!(answer.status, status, "{content_type} {target}");
            assert_eq!(answer.content_type, "text/xml", "never texted to anybody");
        }
    }
    let with_charset = "Application/X-WWW-Form-Urlencoded; charset=UTF-8";
    let body = Some("Body=x".to_owned());
    let answer = desk
        .request(Method::POST, MESSAGE, "", with_charset, body)
        .await;
    assert_eq!(answer.status, 403, "a form, though not a signed one");
}

#[tokio::test]
async fn a_signed_form_without_a_sender_is_refused_and_not_stored() {
    let desk = Desk::start(Setup::new()).await;
    let mut pairs = inbound(1, MARIA, "hello");
    pairs.retain(|(name, _)| name != "From");
    assert_eq!(desk.signed(MESSAGE, &pairs).await.status, 400);
    assert_eq!(desk.entries().await, []);
}

#[tokio::test]
async fn a_browser_is_told_that_the_address_is_right_and_twilio_that_the_method_is_wrong() {
    let desk = Desk::start(Setup::at("https://example.com/desk")).await;
    for webhook in ["message", "status"] {
        for prefix in ["", "/desk"] {
            let answer = desk
                .get(&format!("{prefix}/webhooks/twilio/{webhook}"))
                .await;
            assert_eq!(answer.status, 200);
            let expected = serde_json::json!({ "ok": true, "webhook": webhook });
            assert_eq!(answer.json(), expected);
        }
        let target = format!("/webhooks/twilio/{webhook}?MessageSid=SM1&Body=lost");
        let signature = signature::<&str, &str>(AUTH_TOKEN, "https://example.com", &target, &[]);
        let by_get = reqwest::Client::new()
            .get(format!("http://{}{target}", desk.address))
            .header("x-twilio-signature", signature)
            .send()
            .await
            .unwrap();
        assert_eq!(by_get.status(), 405, "a 200 would say that it is stored");
    }
}
