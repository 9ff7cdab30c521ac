//! Customers are reminded of their jobs at their time, by a clock that is moved by hand.

use crate::common::twilio::{Reply, Twilio};
use crate::common::{Desk, Setup, eventually};
use crate::jobs::{Hands, MONDAY, visit};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_reminder_outlives_restarts_and_goes_out_once_at_its_time() {
    let (twilio, hands) = (
        Twilio::start(|_, n| Reply::Accept(u32::try_from(n).unwrap())).await,
        Hands::new(),
    );
    let setup = Setup::calling(twilio.url());
    let mut desk = Desk::by(setup.clone(), &hands).await;
    desk.post("/v1/jobs", &visit(1, MONDAY)).await;
    eventually("the first text at the provider", async || {
        (twilio.bodies().len() == 1).then_some(())
    })
    .await;
    desk.stop().await.unwrap();
    hands.go_to("2026-11-22T22:59:59Z");
    desk = Desk::by(setup.clone(), &hands).await;
    assert_eq!(desk.texts().await.len(), 1, "before its time");
    desk.stop().await.unwrap();
    hands.go_to("2026-11-22T23:00:00Z");
    for _ in 0..3 {
        desk = Desk::by(setup.clone(), &hands).await;
        eventually("the reminder at the provider", async || {
            (twilio.bodies().len() == 2).then_some(())
        })
        .await;
        desk.stop().await.unwrap();
    }
    assert_eq!(
        twilio.bodies()[1],
        "Hi there, a reminder from Riverside Plumbing: we visit you on Mon, Nov 23 at 2:00 PM. \
         Does that still suit you?"
    );
    let desk = Desk::by(setup, &hands).await;
    let job = desk.job(Method::GET, 1, &Value::Null).await.json();
    assert_eq!(job["notices"]["reminder"]["outcome"], "texted");
    assert_eq!(job["remind_at"], Value::Null);
}

#[tokio::test]
async fn a_reminder_goes_with_its_job_where_that_is_moved_canceled_or_deleted() {
    let hands = Hands::new();
    let setup = Setup::new();
    let mut desk = Desk::by(setup.clone(), &hands).await;
    for n in 1..=4 {
        let mut job = visit(n, MONDAY);
        job["to"] = json!(format!("+1239426705{n}"));
        assert_eq!(desk.post("/v1/jobs", &job).await.status, 201);
    }
    let moved = desk
        .set(1, json!({ "starts_at": "2026-11-24T19:00:00Z" }))
        .await;
    assert_eq!(moved["remind_at"], "2026-11-23T23:00:00.000Z");
    let canceled = desk.set(2, json!({ "status": "canceled" })).await;
    assert_eq!(canceled["remind_at"], Value::Null);
    assert_eq!(desk.job(Method::DELETE, 3, &Value::Null).await.status, 204);
    desk.stop().await.unwrap();
    hands.go_to("2026-11-22T23:30:00Z");
    let desk = Desk::by(setup, &hands).await;
    let mut made = visit(5, MONDAY);
    made["to"] = json!("+12394267055");
    let made = desk.post("/v1/jobs", &made).await.json();
    assert_eq!(
        made["remind_at"],
        Value::Null,
        "made after the reminder's time"
    );
    eventually("the one reminder", async || {
        let texts = desk.texts().await;
        let reminded = texts.iter().filter(|text| text.contains("a reminder"));
        (reminded.count() == 1).then_some(())
    })
    .await;
    let job = desk.job(Method::GET, 4, &Value::Null).await.json();
    assert_eq!(job["notices"]["reminder"]["outcome"], "texted");
}

#[tokio::test]
async fn a_relay_that_was_down_until_the_visit_began_reminds_nobody() {
    let hands = Hands::new();
    let setup = Setup::new();
    let mut desk = Desk::by(setup.clone(), &hands).await;
    desk.post("/v1/jobs", &visit(1, MONDAY)).await;
    desk.stop().await.unwrap();
    hands.go_to(MONDAY);
    let desk = Desk::by(setup, &hands).await;
    let job = eventually("a decision", async || {
        let job = desk.job(Method::GET, 1, &Value::Null).await.json();
        (!job["notices"]["reminder"].is_null()).then_some(job)
    })
    .await;
    assert_eq!(job["notices"]["reminder"]["why"], "late");
    assert_eq!(desk.texts().await.len(), 1);
}

#[tokio::test]
async fn another_hour_for_reminders_moves_those_that_are_planned() {
    let hands = Hands::new();
    let desk = Desk::by(Setup::new(), &hands).await;
    let boss = desk.join("Boss", "admin").await;
    desk.post("/v1/jobs", &visit(1, MONDAY)).await;
    let body = json!({ "reminder": { "hour": 9, "days_before": 2 } }).to_string();
    let set = desk.request(
        Method::PUT,
        "/v1/settings",
        &boss,
        "application/json",
        Some(body),
    );
    assert_eq!(set.await.status, 200);
    eventually("the reminder at its new time", async || {
        let job = desk.job(Method::GET, 1, &Value::Null).await.json();
        (job["remind_at"] == "2026-11-21T14:00:00.000Z").then_some(())
    })
    .await;
}
