use super::*;
use serde_json::json;
use smsdesk_common::status::{DeliveryStatus, explain};

const BASE: &str = "https://api.twilio.com";
const PATH: &str = "/2010-04-01/Accounts/AC01/Messages.json";

fn listed(change: impl FnOnce(&mut Value)) -> Value {
    let mut message = json!({
        "account_sid": "AC01", "sid": "SM02", "api_version": "2010-04-01",
        "body": "Grüße 😀", "direction": "outbound-api", "status": "delivered",
        "from": "+15557122661", "to": "+12394267058", "messaging_service_sid": null,
        "num_media": "0", "num_segments": "2", "price": "-0.00790", "price_unit": "USD",
        "error_code": null, "error_message": null, "uri": "/x",
        "date_created": "Thu, 24 Aug 2023 05:01:45 +0000",
        "date_updated": "Thu, 24 Aug 2023 05:01:50 +0000",
        "date_sent": "Thu, 24 Aug 2023 05:01:46 +0000",
    });
    change(&mut message);
    message
}

fn one(change: impl FnOnce(&mut Value)) -> ListedMessage {
    message(listed(change).to_string().as_bytes()).unwrap()
}

fn paged(messages: &[Value], next: &Value) -> Result<ListPage, Unreadable> {
    let body = json!({ "messages": messages, "next_page_uri": next, "page": 0 });
    page(body.to_string().as_bytes(), BASE, PATH)
}

#[test]
fn a_text_of_ours_is_read_in_full() {
    let message = one(|_| {});
    assert_eq!(
        (message.account.as_str(), message.sid.as_str()),
        ("AC01", "SM02")
    );
    assert_eq!(message.from.as_ref().unwrap().as_str(), "+15557122661");
    assert_eq!(message.to.as_str(), "+12394267058");
    assert_eq!(
        (message.body.as_str(), message.service.clone()),
        ("Grüße 😀", None)
    );
    assert_eq!(message.direction, Direction::Outbound);
    let delivery = message.delivery.clone().unwrap();
    assert_eq!(
        (delivery.status, delivery.error),
        (DeliveryStatus::Delivered, None)
    );
    assert_eq!((message.num_media, message.segments), (0, Some(2)));
    let price = message.price.clone().unwrap();
    assert_eq!(
        (price.amount.as_str(), price.currency.as_str()),
        ("-0.00790", "USD")
    );
    assert_eq!(message.created, Timestamp::from_millis(1_692_853_305_000));
    assert_eq!(
        message.sent,
        Some(Timestamp::from_millis(1_692_853_306_000))
    );
    assert_eq!(message.as_inbound(), None);
}

#[test]
fn what_has_not_happened_yet_is_not_there() {
    let message = one(|message| {
        for name in ["from", "date_sent", "price"] {
            message[name] = Value::Null;
        }
        message["num_segments"] = "0".into();
        message["status"] = "accepted".into();
        message["messaging_service_sid"] = "MGbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb".into();
    });
    assert_eq!(
        (message.from.clone(), message.sent, message.segments),
        (None, None, None)
    );
    assert!(message.service.is_some() && message.price.is_none());
    assert_eq!(message.delivery.unwrap().status, DeliveryStatus::Accepted);
}

#[test]
fn a_failed_text_tells_its_error_in_our_words() {
    let message = one(|message| {
        message["status"] = "undelivered".into();
        message["error_code"] = 30005.into();
    });
    let error = message.delivery.unwrap().error.unwrap();
    assert_eq!(
        (error.code, error.text.as_str()),
        (30005, explain(30005).unwrap())
    );
    let strange = one(|message| message["status"] = "pondering".into());
    assert_eq!(strange.delivery, None);
}

#[test]
fn a_text_to_us_is_what_its_webhook_would_have_told() {
    let message = one(|message| {
        message["direction"] = "inbound".into();
        message["status"] = "received".into();
        message["num_media"] = "2".into();
    });
    assert_eq!((message.delivery.clone(), message.num_media), (None, 2));
    let text = message.as_inbound().unwrap();
    assert_eq!(
        (text.sid.as_str(), text.body.as_str()),
        ("SM02", "Grüße 😀")
    );
    assert_eq!((text.at, text.segments), (Some(message.created), Some(2)));
    assert!(message.raw.contains("Grüße"), "kept as evidence");
}

#[test]
fn words_are_gone_only_where_there_were_some() {
    let gone = |media: &str, segments: &str| {
        one(|message| {
            message["body"] = "".into();
            message["num_media"] = media.into();
            message["num_segments"] = segments.into();
        })
        .is_redacted()
    };
    assert!(gone("0", "1"));
    assert!(!gone("1", "1") && !gone("0", "0"));
    assert!(!one(|_| {}).is_redacted());
}

#[test]
fn a_message_that_makes_no_sense_costs_only_itself() {
    let strange = |name: &str, value: Value| listed(|message| message[name] = value);
    let page = paged(
        &[
            listed(|_| {}),
            strange("sid", "../x".into()),
            strange("to", "".into()),
            strange("direction", "sideways".into()),
            strange("date_created", "2023-08-24".into()),
            Value::Null,
        ],
        &Value::Null,
    );
    let page = page.unwrap();
    assert_eq!(
        (page.messages.len(), page.unreadable, page.next),
        (1, 5, None)
    );
}

#[test]
fn a_list_goes_on_at_its_own_address_and_nowhere_else() {
    let token = "To=%2B1&DateSent%3E=2026-11-21T09%3A16%3A00Z&PageSize=50&Page=1&PageToken=PASM02";
    for good in [format!("{PATH}?{token}"), format!("{BASE}{PATH}?{token}")] {
        let next = paged(&[], &good.into()).unwrap().next;
        assert_eq!(next, Some(NextPage::kept(token.to_owned())));
    }
    let long = format!("{PATH}?{}", "x".repeat(PLACE_BYTES_MAX + 1));
    for bad in [
        json!("https://evil.example/2010-04-01/Accounts/AC01/Messages.json?Page=1"),
        json!("//evil.example/2010-04-01/Accounts/AC01/Messages.json?Page=1"),
        json!("https://api.twilio.com.evil.example/2010-04-01/Accounts/AC01/Messages.json?Page=1"),
        json!("https://api.twilio.com@evil.example/2010-04-01/Accounts/AC01/Messages.json?Page=1"),
        json!("http://api.twilio.com/2010-04-01/Accounts/AC01/Messages.json?Page=1"),
        json!("/2010-04-01/Accounts/AC99/Messages.json?Page=1"),
        json!("/2010-04-01/Accounts/AC01/Messages.json/../Calls.json?Page=1"),
        json!(PATH),
        json!(format!("{PATH}?a b\r\n")),
        json!(long),
        json!(7),
    ] {
        assert_eq!(paged(&[], &bad), Err(Unreadable), "{bad}");
    }
}

#[test]
fn what_is_no_page_is_not_taken_for_an_empty_one() {
    for body in [
        "",
        "[]",
        "{}",
        "{\"messages\":7}",
        "{\"messages\":[",
        "<html>",
    ] {
        assert_eq!(page(body.as_bytes(), BASE, PATH), Err(Unreadable), "{body}");
    }
}

#[test]
fn attachments_are_numbered_and_addressed_as_webhooks_do() {
    let list = json!({ "media_list": [
        { "sid": "ME01", "content_type": "image/jpeg", "uri": "/elsewhere" },
        { "sid": "../x", "content_type": "image/png" },
        { "sid": "ME03", "content_type": null },
    ] });
    let media = media(list.to_string().as_bytes(), "https://h/Messages/MM02").unwrap();
    let read: Vec<_> = media
        .iter()
        .map(|file| (file.index, file.content_type.as_str(), file.url.as_str()))
        .collect();
    let expected = [
        (0, "image/jpeg", "https://h/Messages/MM02/Media/ME01"),
        (
            2,
            "application/octet-stream",
            "https://h/Messages/MM02/Media/ME03",
        ),
    ];
    assert_eq!(read, expected);
    assert_eq!(super::media(b"{}", "x"), Err(Unreadable));
}
