//! `/v1/triggers` from outside, and who is told nothing.

use crate::common::desk::MARIA;
use crate::common::{Desk, Setup};
use crate::jobs::{Hands, MONDAY, id, visit};
use reqwest::Method;
use serde_json::{Value, json};
use smsdesk_common::api::ErrorCode;

#[tokio::test]
async fn a_trigger_sends_its_text_once_or_says_why_not() {
    let desk = Desk::by(Setup::new(), &Hands::new()).await;
    let body = json!({ "id": id(1), "to": MARIA, "variables": {
        "company_name": "Riverside Plumbing", "tech_first_name": "Tom", "eta_minutes": 20 } });
    let first = desk.post("/v1/triggers/enroute", &body).await;
    assert_eq!(first.status, 201, "{first:?}");
    let entry = first.json();
    assert_eq!(
        (&entry["kind"], &entry["author"]),
        (&json!("entry"), &json!("automation:trigger:enroute"))
    );
    let again = desk.post("/v1/triggers/enroute", &body).await;
    assert_eq!((again.status, &again.json()["id"]), (200, &entry["id"]));
    let reused = desk.post("/v1/triggers/arrived", &body).await;
    reused.problem(ErrorCode::IdReused);
    let bare = json!({ "to": MARIA });
    let problem = desk.post("/v1/triggers/enroute", &bare).await;
    let problem = problem.problem(ErrorCode::VariablesMissing);
    assert_eq!(
        problem.missing,
        ["tech_first_name", "company_name", "eta_minutes"]
    );
    assert!(
        problem
            .detail
            .contains("tech_first_name, company_name, eta_minutes")
    );
    let problem = desk.post("/v1/triggers/dentist", &bare).await;
    let problem = problem.problem(ErrorCode::TriggerUnknown);
    assert!(
        problem
            .detail
            .contains("scheduled, reminder, enroute, 15_min, arrived, complete"),
        "{problem:?}"
    );
    let nobody = desk.post("/v1/triggers/enroute", &json!({})).await;
    nobody.problem(ErrorCode::RecipientAmbiguous);
    assert_eq!(desk.texts().await.len(), 1);
}

#[tokio::test]
async fn what_is_switched_off_is_not_told_and_not_told_later_either() {
    let desk = Desk::by(Setup::new(), &Hands::new()).await;
    let boss = desk.join("Boss", "admin").await;
    let set = async |patch: Value| {
        let body = Some(patch.to_string());
        let set = desk.request(Method::PUT, "/v1/settings", &boss, "application/json", body);
        assert_eq!(set.await.status, 200);
    };
    let trigger = json!({ "to": MARIA, "variables": {
        "company_name": "Riverside Plumbing", "tech_first_name": "Tom" } });
    for off in [
        json!({ "automation.triggers.arrived": false }),
        json!({ "automation": { "enabled": false, "triggers": { "arrived": true } } }),
    ] {
        set(off).await;
        let refused = desk.post("/v1/triggers/arrived", &trigger).await;
        refused.problem(ErrorCode::TriggerDisabled);
    }
    desk.post("/v1/jobs", &visit(1, MONDAY)).await;
    set(json!({ "automation": { "enabled": true, "jobs": false } })).await;
    let there = desk.set(1, json!({ "status": "on_site" })).await;
    assert_eq!(
        (
            &there["notices"]["scheduled"]["why"],
            &there["notices"]["arrived"]["why"]
        ),
        (&json!("disabled"), &json!("disabled"))
    );
    set(json!({ "automation": { "jobs": true } })).await;
    desk.set(1, json!({ "address": "12 Palm Street" })).await;
    assert!(desk.texts().await.is_empty());
    assert_eq!(
        desk.post("/v1/triggers/arrived", &trigger).await.status,
        201
    );
}

#[tokio::test]
async fn whoever_wants_no_texts_is_told_nothing_by_jobs_and_triggers() {
    let hands = Hands::new();
    let desk = Desk::by(Setup::new(), &hands).await;
    desk.receive(1, MARIA, "STOP").await;
    let body = json!({ "to": MARIA, "variables": {
        "company_name": "Riverside Plumbing", "tech_first_name": "Tom" } });
    let refused = desk.post("/v1/triggers/arrived", &body).await;
    refused.problem(ErrorCode::OptedOut);
    let job = desk.post("/v1/jobs", &visit(1, MONDAY)).await.json();
    assert_eq!(job["notices"]["scheduled"]["why"], "opted_out");
    // In doubt, at the same millisecond, a STOP holds.
    hands.go_to("2026-11-21T09:17:00Z");
    desk.receive(2, MARIA, "START").await;
    let job = desk.set(1, json!({ "status": "on_site" })).await;
    assert_eq!(job["notices"]["arrived"]["outcome"], "texted");
    let texts = desk.texts().await;
    let ours = texts.iter().filter(|text| text.starts_with("Hi there"));
    assert_eq!(ours.count(), 1, "{texts:?}");
}
