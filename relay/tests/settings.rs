//! `/v1/settings` from outside.

use crate::common::desk::Answer;
use crate::common::{Desk, Setup};
use reqwest::Method;
use serde_json::{Value, json};
use smsdesk_common::api::ErrorCode;
use uuid::Uuid;

const SETTINGS: &str = "/v1/settings";

struct Office {
    desk: Desk,
    boss: String,
}

async fn office() -> Office {
    let desk = Desk::start(Setup::new()).await;
    let boss = desk.join("Boss", "admin").await;
    Office { desk, boss }
}

impl Office {
    async fn set(&self, body: Value) -> Answer {
        self.set_as(&self.boss, body).await
    }

    async fn set_as(&self, token: &str, body: Value) -> Answer {
        let body = Some(body.to_string());
        self.desk
            .request(Method::PUT, SETTINGS, token, "application/json", body)
            .await
    }

    async fn settings(&self) -> Value {
        self.desk.get(SETTINGS).await.json()
    }

    async fn history(&self, query: &str) -> Value {
        let path = format!("{SETTINGS}/history{query}");
        self.desk.get(&path).await.json()
    }
}

#[tokio::test]
async fn what_is_set_holds_and_everybody_can_read_who_set_it() {
    let office = office().await;
    let first = office.settings().await;
    assert_eq!(
        (&first["kind"], &first["id"]),
        (&json!("setting"), &json!("settings"))
    );
    assert_eq!(first["seq"], json!(0));
    assert_eq!(first["automation"]["enabled"], json!(true));
    let set = office
        .set(json!({ "automation": { "enabled": false }, "quiet.start": "22:00" }))
        .await;
    assert_eq!(set.status, 200, "{set:?}");
    let set = set.json();
    assert_eq!(set["automation"]["enabled"], json!(false));
    assert_eq!(set["automation"]["rules"], json!(true));
    assert_eq!(set["quiet"]["start"], json!("22:00"));
    assert_eq!(office.settings().await, set);
    let history = office.history("").await;
    let told: Vec<_> = history["changes"].as_array().unwrap().iter().collect();
    assert_eq!(told.len(), 2);
    assert_eq!(told[0]["field"], json!("automation.enabled"));
    assert_eq!(
        (&told[0]["from"], &told[0]["to"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(
        (&told[0]["name"], &told[0]["seq"]),
        (&json!("Boss"), &set["seq"])
    );
    let page = office.history("?limit=1").await;
    assert_eq!(page["changes"][0], *told[0]);
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = office.history(&format!("?limit=5&cursor={cursor}")).await;
    assert_eq!(rest["changes"], json!([told[1]]));
    assert!(rest["next_cursor"].is_null());
}

#[tokio::test]
async fn a_document_put_back_as_it_was_read_changes_nothing() {
    let office = office().await;
    office.set(json!({ "geofence_m": 99 })).await;
    let read = office.settings().await;
    let again = office.set(read.clone()).await;
    assert_eq!(again.status, 200, "{again:?}");
    assert_eq!(again.json(), read);
    assert_eq!(
        office.history("").await["changes"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let back = office.set(json!({ "geofence_m": null })).await.json();
    assert_eq!(back["geofence_m"], json!(150), "null lets go of it");
}

#[tokio::test]
async fn the_same_request_again_does_nothing_even_late() {
    let office = office().await;
    let request = json!({ "id": Uuid::from_u128(7), "geofence_m": 99 });
    let first = office.set(request.clone()).await.json();
    let other = office.set(json!({ "geofence_m": 77 })).await.json();
    let late = office.set(request).await;
    assert_eq!((late.status, late.json()), (200, other.clone()));
    office
        .set(json!({ "id": Uuid::from_u128(7), "geofence_m": 55 }))
        .await
        .problem(ErrorCode::IdReused);
    let stale = office
        .set(json!({ "if_seq": first["seq"], "geofence_m": 44 }))
        .await
        .problem(ErrorCode::SettingsChanged);
    assert_eq!(*stale.current.unwrap(), other);
    let fresh = office
        .set(json!({ "if_seq": other["seq"], "geofence_m": 44 }))
        .await;
    assert_eq!(fresh.json()["geofence_m"], json!(44));
}

#[tokio::test]
async fn only_an_admin_sets_and_only_what_can_be_set() {
    let office = office().await;
    for role in ["agent", "readonly"] {
        let token = office.desk.join(role, role).await;
        office
            .set_as(&token, json!({ "geofence_m": 99 }))
            .await
            .problem(ErrorCode::Forbidden);
    }
    for (body, words) in [
        (
            json!({ "quiet": { "start": "late" } }),
            "`quiet.start`: expected a time of the day",
        ),
        (
            json!({ "quite": { "start": "22:00" } }),
            "`quite.start`: no such setting",
        ),
        (json!([1]), "expected an object"),
        (json!({ "if_seq": "x" }), "`if_seq`: expected a position"),
    ] {
        let refused = office.set(body).await.problem(ErrorCode::SettingsInvalid);
        assert!(refused.detail.contains(words), "{}", refused.detail);
    }
    let wrong = office.desk.get("/v1/settings/history?cursor=x").await;
    wrong.problem(ErrorCode::ParameterInvalid);
    assert_eq!(office.settings().await["seq"], json!(0));
}

#[tokio::test]
async fn what_is_set_is_in_the_feed_and_outlives_the_relay() {
    let office = office().await;
    let set = office
        .set(json!({ "caps": { "contact_day": 3 } }))
        .await
        .json();
    let changes = office.desk.changes().await;
    let change = changes
        .iter()
        .find(|change| change.kind == "setting")
        .unwrap();
    assert_eq!(serde_json::to_value(change).unwrap(), set);
    let setup = office.desk.crash().await;
    let desk = Desk::start(setup).await;
    assert_eq!(desk.get(SETTINGS).await.json(), set);
}
