//! Delivery reports: early, late, twice, of texts that are unknown.

use crate::common::desk::{ACCOUNT, AUTH_TOKEN, LINE, MARIA, signature};
use crate::common::twilio::sid;
use crate::common::{Answer, Desk, Reply, Setup, Twilio, encode, eventually};
use futures_util::future::join_all;
use std::sync::Arc;
use tokio::sync::Semaphore;
use uuid::Uuid;

/// The parameters of a status callback as Twilio sends them.
fn report(number: u32, word: &str) -> Vec<(String, String)> {
    let sid = sid(number);
    [
        ("SmsSid", sid.as_str()),
        ("SmsStatus", word),
        ("MessageStatus", word),
        ("To", MARIA),
        ("MessageSid", &sid),
        ("AccountSid", ACCOUNT),
        ("From", LINE),
        ("ApiVersion", "2010-04-01"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

async fn say(desk: &Desk, entry: Option<u128>, number: u32, word: &str) -> Answer {
    let target = entry.map_or("/webhooks/twilio/status".to_owned(), |entry| {
        let entry = Uuid::from_u128(entry);
        format!("/webhooks/twilio/status?entry={entry}")
    });
    let answer = desk.signed(&target, &report(number, word)).await;
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    answer
}

#[tokio::test]
async fn reports_in_any_order_end_in_the_best_news_and_repeats_change_nothing() {
    let twilio = Twilio::start(|_, _| Reply::Accept(7)).await;
    let desk = Desk::start(Setup::calling(twilio.url())).await;
    desk.send(1, MARIA, "hello").await;
    desk.becomes(1, "accepted").await;
    for word in [
        "delivered",
        "queued",
        "sent",
        "sending",
        "delivered",
        "sent",
    ] {
        say(&desk, Some(1), 7, word).await;
    }
    assert_eq!(desk.status_of(1).await, "delivered");
    let before = desk.changes().await;
    for word in ["delivered", "sent", "a word of next year"] {
        say(&desk, None, 7, word).await;
        say(&desk, Some(1), 7, word).await;
    }
    assert_eq!(desk.changes().await, before);
}

#[tokio::test]
async fn a_failure_comes_with_its_code_in_words() {
    let twilio = Twilio::start(|_, _| Reply::Accept(7)).await;
    let desk = Desk::start(Setup::calling(twilio.url())).await;
    desk.send(1, MARIA, "hello").await;
    desk.becomes(1, "accepted").await;
    let mut pairs = report(7, "undelivered");
    pairs.push(("ErrorCode".to_owned(), "30006".to_owned()));
    desk.signed("/webhooks/twilio/status", &pairs).await;
    let entry = desk.entries().await.remove(0);
    let error = entry.error.unwrap();
    assert_eq!(error.code, 30006);
    assert!(error.text.contains("landline"), "{error:?}");
}

#[tokio::test]
async fn a_report_that_comes_before_the_answer_to_the_create_is_not_lost() {
    let gate = Arc::new(Semaphore::new(0));
    let twilio = Twilio::start({
        let gate = Arc::clone(&gate);
        move |_, _| Reply::AcceptAfter(Arc::clone(&gate), 7)
    })
    .await;
    let desk = Desk::start(Setup::calling(twilio.url())).await;
    desk.send(1, MARIA, "hello").await;
    eventually("Twilio was called", async || twilio.calls().pop()).await;
    // Its address does not name the entry, so that only the answer tells whose it is.
    say(&desk, None, 7, "delivered").await;
    assert_eq!(desk.status_of(1).await, "queued");
    gate.add_permits(1);
    desk.becomes(1, "delivered").await;
    assert_eq!(twilio.calls().len(), 1);
}

#[tokio::test]
async fn a_report_that_names_the_entry_settles_a_text_whose_answer_was_lost() {
    let twilio = Twilio::start(|_, _| Reply::Drop).await;
    let desk = Desk::start(Setup::calling(twilio.url())).await;
    desk.send(1, MARIA, "hello").await;
    desk.becomes(1, "unknown").await;
    // One that names nothing came before, and is remembered.
    say(&desk, None, 7, "delivered").await;
    assert_eq!(desk.status_of(1).await, "unknown");
    say(&desk, Some(1), 7, "sent").await;
    assert_eq!(desk.status_of(1).await, "delivered");
    let entry = desk.entries().await.remove(0);
    assert_eq!(entry.sid, Some(sid(7)));
    let health = desk.get("/health").await.json();
    assert_eq!(health["unknown_sends"], 0);
}

#[tokio::test]
async fn a_report_on_a_text_that_came_in_changes_nothing() {
    let desk = Desk::start(Setup::new()).await;
    desk.receive(7, MARIA, "hello").await;
    let before = desk.changes().await;
    let mut pairs = report(7, "failed");
    pairs.push(("ErrorCode".to_owned(), "30007".to_owned()));
    let answer = desk.signed("/webhooks/twilio/status", &pairs).await;
    assert_eq!(answer.status, 204);
    assert_eq!(desk.changes().await, before);
}

#[tokio::test]
async fn reports_at_the_same_time_end_like_reports_one_by_one() {
    let twilio = Twilio::start(|_, _| Reply::Accept(7)).await;
    let desk = Desk::start(Setup::calling(twilio.url())).await;
    desk.send(1, MARIA, "hello").await;
    let words = ["queued", "sending", "sent", "delivered"];
    let all = words.iter().cycle().take(40);
    join_all(all.map(|word| say(&desk, Some(1), 7, word))).await;
    desk.becomes(1, "delivered").await;
}

#[tokio::test]
async fn a_forged_entry_in_the_address_is_refused() {
    let desk = Desk::start(Setup::new()).await;
    desk.send(1, MARIA, "hello").await;
    let pairs = report(7, "failed");
    let url = &desk.setup.public_url;
    let signature = signature(AUTH_TOKEN, url, "/webhooks/twilio/status", &pairs);
    let target = format!("/webhooks/twilio/status?entry={}", Uuid::from_u128(1));
    let answer = desk.webhook(&target, &signature, encode(&pairs)).await;
    assert_eq!(answer.status, 403);
    assert_eq!(desk.status_of(1).await, "queued");
}
