//! Texts that wait for their time, from outside: `POST`, `GET`, `PATCH` and `DELETE` of
//! `/v1/messages`, and the relay that lets them go.

use crate::common::desk::{Answer, MARIA};
use crate::common::twilio::{Reply, Twilio};
use crate::common::{Desk, Setup, eventually};
use reqwest::Method;
use serde_json::{Value, json};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::time::Timestamp;
use smsdesk_relay::clock::Clock;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use uuid::Uuid;

const HOUR_MS: i64 = 3_600_000;
const START_MS: i64 = 1_795_252_560_000;

/// A clock that stands until it is moved.
#[derive(Clone)]
struct Hands(Arc<AtomicI64>);

impl Hands {
    fn new() -> Self {
        Self(Arc::new(AtomicI64::new(START_MS)))
    }

    fn clock(&self) -> Clock {
        let now = Arc::clone(&self.0);
        Clock::from_fn(move || Timestamp::from_millis(now.load(Ordering::Relaxed)))
    }

    fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }

    fn ahead(&self, ms: i64) -> String {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed) + ms).to_rfc3339()
    }
}

fn id(n: u128) -> String {
    Uuid::from_u128(n).to_string()
}

fn text(n: u128, send_at: &str) -> Value {
    json!({ "id": id(n), "to": MARIA, "body": "later", "send_at": send_at })
}

impl Desk {
    /// Starts a relay by that clock; Ana joins, for the first time or once more.
    async fn at(setup: Setup, hands: &Hands) -> Self {
        let mut desk = Self::launch(setup, hands.clock()).await;
        desk.token = desk.join("Ana", "agent").await;
        desk
    }

    async fn change(&self, method: Method, n: u128, body: Option<&Value>) -> Answer {
        let path = format!("/v1/messages/{}", id(n));
        let (kind, body) = ("application/json", body.map(Value::to_string));
        self.request(method, &path, &self.token, kind, body).await
    }
}

#[tokio::test]
async fn a_timed_text_outlives_a_restart_and_goes_out_once() {
    let (twilio, hands) = (Twilio::start(|_, _| Reply::Accept(7)).await, Hands::new());
    let setup = Setup::calling(twilio.url());
    let mut desk = Desk::at(setup.clone(), &hands).await;
    let answer = desk
        .post("/v1/messages", &text(1, &hands.ahead(HOUR_MS)))
        .await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let entry = answer.json();
    assert_eq!(entry["status"], "scheduled");
    assert_eq!(entry["send_at"], hands.ahead(HOUR_MS));
    desk.stop().await.unwrap();
    hands.advance(HOUR_MS);
    for _ in 0..2 {
        desk = Desk::at(setup.clone(), &hands).await;
        desk.becomes(1, "accepted").await;
        desk.stop().await.unwrap();
    }
    assert_eq!(twilio.bodies(), ["later"]);
}

#[tokio::test]
async fn a_text_that_is_due_while_the_relay_runs_goes_by_itself() {
    let twilio = Twilio::start(|_, _| Reply::Accept(7)).await;
    let desk = Desk::start(Setup::calling(twilio.url())).await;
    let at = Clock::system().now().plus_millis(300).to_rfc3339();
    desk.post("/v1/messages", &text(1, &at)).await;
    desk.becomes(1, "accepted").await;
    assert!(Clock::system().now().to_rfc3339() >= at);
}

#[tokio::test]
async fn a_relay_that_was_down_for_too_long_holds_the_text_and_flags_the_conversation() {
    let (twilio, hands) = (Twilio::start(|_, _| Reply::Accept(7)).await, Hands::new());
    let setup = Setup::calling(twilio.url());
    let mut desk = Desk::at(setup.clone(), &hands).await;
    desk.post("/v1/messages", &text(1, &hands.ahead(HOUR_MS)))
        .await;
    desk.stop().await.unwrap();
    hands.advance(3 * HOUR_MS);
    let desk = Desk::at(setup, &hands).await;
    let held = eventually("the flag", async || {
        let page = desk.get("/v1/conversations").await.json();
        (page["conversations"][0]["flagged"] == true).then_some(page)
    })
    .await;
    assert_eq!(
        held["conversations"][0]["flag_reason"],
        "a timed text missed its time"
    );
    let path = format!("/v1/messages/{}", id(1));
    let entry = desk.get(&path).await.json();
    assert_eq!(
        (&entry["status"], entry["held_since"].is_string()),
        (&json!("scheduled"), true)
    );
    let body = json!({ "id": id(9), "status": "queued" });
    let sent = desk.change(Method::PATCH, 1, Some(&body)).await;
    assert_eq!(sent.json()["status"], "queued", "somebody has decided");
    desk.becomes(1, "accepted").await;
}

#[tokio::test]
async fn waiting_texts_are_listed_by_their_times_page_by_page() {
    let hands = Hands::new();
    let desk = Desk::at(Setup::new(), &hands).await;
    for (n, hours) in [(1, 3), (2, 1), (3, 2), (4, 1)] {
        desk.post("/v1/messages", &text(n, &hands.ahead(hours * HOUR_MS)))
            .await;
    }
    let (mut cursor, mut found) = (String::new(), Vec::new());
    loop {
        let page = desk
            .get(&format!("/v1/messages?status=scheduled&limit=3{cursor}"))
            .await
            .json();
        let texts = page["messages"].as_array().unwrap();
        found.extend(
            texts
                .iter()
                .map(|text| text["id"].as_str().unwrap().to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(found, [id(2), id(4), id(3), id(1)]);
    for query in ["?status=sent", "?status=scheduled&cursor=x"] {
        let answer = desk.get(&format!("/v1/messages{query}")).await;
        answer.problem(ErrorCode::ParameterInvalid);
    }
}

#[tokio::test]
async fn a_text_is_changed_and_canceled_and_a_conflict_carries_it_as_it_is() {
    let hands = Hands::new();
    let desk = Desk::at(Setup::new(), &hands).await;
    desk.post("/v1/messages", &text(1, &hands.ahead(HOUR_MS)))
        .await;
    let at = hands.ahead(2 * HOUR_MS);
    let body = json!({ "id": id(8), "body": "even later", "send_at": at, "cancel_on_reply": true });
    let changed = desk.change(Method::PATCH, 1, Some(&body)).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let entry = changed.json();
    assert_eq!(
        (&entry["body"], &entry["send_at"]),
        (&json!("even later"), &json!(at))
    );
    assert_eq!(entry["cancel_on_reply"], true);
    let told = desk.get(&format!("/v1/entries/{}", id(8))).await.json();
    assert_eq!(told["activity"][0]["what"], "timed_text");
    assert_eq!(told["activity"][0]["change"]["did"], "edited");
    let canceled = desk.change(Method::DELETE, 1, None).await.json();
    assert_eq!(canceled["status"], "canceled");
    let again = desk.change(Method::DELETE, 1, None).await;
    assert_eq!(again.json(), canceled);
    let body = json!({ "id": id(10), "body": "x" });
    let late = desk.change(Method::PATCH, 1, Some(&body)).await;
    let problem = late.problem(ErrorCode::AlreadyCanceled);
    assert_eq!(problem.current.as_deref(), Some(&canceled));
    let nowhere = desk.change(Method::DELETE, 404, None).await;
    nowhere.problem(ErrorCode::EntryUnknown);
}

#[tokio::test]
async fn what_belongs_to_a_time_is_refused_without_one() {
    let desk = Desk::start(Setup::new()).await;
    for (body, code) in [
        (
            json!({ "to": MARIA, "body": "x", "cancel_on_reply": true }),
            ErrorCode::SendAtInvalid,
        ),
        (
            json!({ "to": MARIA, "body": "x", "send_at": "18:00" }),
            ErrorCode::BodyMalformed,
        ),
        (
            json!({ "to": MARIA, "body": "x", "send_at": "2199-01-01T00:00:00Z" }),
            ErrorCode::SendAtInvalid,
        ),
        (
            json!({ "to": MARIA, "body": "x", "send_at": "2026-11-30T00:00:00Z", "zone": "my zone" }),
            ErrorCode::SendAtInvalid,
        ),
    ] {
        desk.post("/v1/messages", &body).await.problem(code);
    }
    assert!(desk.entries().await.is_empty());
}

#[tokio::test]
async fn a_text_of_the_customer_cancels_one_that_waits_for_none() {
    let (twilio, hands) = (Twilio::start(|_, _| Reply::Accept(7)).await, Hands::new());
    let desk = Desk::at(Setup::calling(twilio.url()), &hands).await;
    let mut unless = text(1, &hands.ahead(HOUR_MS));
    unless["cancel_on_reply"] = json!(true);
    desk.post("/v1/messages", &unless).await;
    desk.receive(1, MARIA, "never mind").await;
    assert_eq!(desk.status_of(1).await, "canceled", "in the same commit");
    let last = desk.entries().await;
    assert!(
        last.iter()
            .any(|entry| entry.body == "canceled a timed text: the customer wrote first"),
        "{last:?}"
    );
    hands.advance(2 * HOUR_MS);
    desk.send(2, MARIA, "now").await;
    desk.becomes(2, "accepted").await;
    assert_eq!(twilio.bodies(), ["now"]);
}
