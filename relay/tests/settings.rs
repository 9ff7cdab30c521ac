//! `/v1/settings` from outside.

use crate::common::desk::{Answer, LINE, MARIA};
use crate::common::{Desk, Setup, eventually};
use reqwest::Method;
use serde_json::{Value, json};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::cause::{Cause, TriggerKind};
use smsdesk_common::phone::Address;
use smsdesk_common::time::Timestamp;
use smsdesk_relay::admin::{Answer as AdminAnswer, Command};
use smsdesk_relay::clock::Clock;
use smsdesk_relay::desk::automatic::{self, Automatic, Outcome, Refusal};
use smsdesk_relay::desk::send::Recipient;
use smsdesk_relay::store::Store;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
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

/// 23:00 in New York, where Maria is.
const NIGHT: &str = "2026-01-10T04:00:00Z";

/// A clock that goes a millisecond at each look.
fn clock(now: &Arc<AtomicI64>) -> Clock {
    let now = Arc::clone(now);
    Clock::from_fn(move || Timestamp::from_millis(now.fetch_add(1, Ordering::Relaxed)))
}

fn millis(text: &str) -> i64 {
    Timestamp::parse_rfc3339(text).unwrap().as_millis()
}

/// A relay in the night, and its clock.
async fn at_night() -> (Office, Arc<AtomicI64>) {
    let now = Arc::new(AtomicI64::new(millis(NIGHT)));
    let mut desk = Desk::launch(Setup::new(), clock(&now)).await;
    desk.token = desk.join("Ana", "agent").await;
    let boss = desk.join("Boss", "admin").await;
    (Office { desk, boss }, now)
}

/// A relay that goes on where another one ended, for the same people.
async fn again(setup: Setup, now: &Arc<AtomicI64>, token: &str, boss: &str) -> Office {
    let mut desk = Desk::launch(setup, clock(now)).await;
    token.clone_into(&mut desk.token);
    let boss = boss.to_owned();
    Office { desk, boss }
}

/// What another part of the relay would decide, in a relay that does not run.
async fn decides(setup: &Setup, now: &Arc<AtomicI64>, key: &'static str) -> Outcome {
    let store = Store::open(&setup.database(), clock(now)).await.unwrap();
    let text = Automatic {
        key: key.to_owned(),
        cause: Cause::Trigger(TriggerKind::Enroute),
        recipient: Recipient::Address {
            to: Address::from_twilio(MARIA).unwrap(),
            line: None,
            open: None,
        },
        body: "He is on his way".to_owned(),
        template: None,
        expires_ms: None,
    };
    let decided = store.write(move |tx| automatic::send(tx, &text)).await;
    store.close().await;
    decided.unwrap()
}

#[tokio::test]
async fn a_switch_stops_what_nobody_typed_and_quiet_hours_hold_it_until_they_end() {
    let (office, now) = at_night().await;
    office.set(json!({ "automation.enabled": false })).await;
    let (token, boss) = (office.desk.token.clone(), office.boss.clone());
    let setup = office.desk.crash().await;
    let off = decides(&setup, &now, "trigger:1").await;
    assert_eq!(off, Outcome::Refused(Refusal::Disabled));
    let office = again(setup, &now, &token, &boss).await;
    let on = json!({ "automation.enabled": true, "quiet.enabled": true });
    assert_eq!(office.set(on).await.status, 200);
    let setup = office.desk.crash().await;
    let Outcome::Waits(entry) = decides(&setup, &now, "trigger:1").await else {
        panic!("it is night");
    };
    let office = again(setup, &now, &token, &boss).await;
    let path = format!("/v1/entries/{}", entry.id);
    let held = office.desk.get(&path).await.json();
    assert_eq!(held["status"], json!("scheduled"), "{held}");
    assert_eq!(held["send_at"], json!("2026-01-10T13:00:00.000Z"));
    // Whoever starts looks at the clock at once.
    let setup = office.desk.crash().await;
    now.store(millis("2026-01-10T13:00:00Z"), Ordering::Relaxed);
    let office = again(setup, &now, &token, &boss).await;
    eventually("the text on its way", async || {
        let entry = office.desk.get(&path).await.json();
        (entry["status"] != json!("scheduled")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_operator_pauses_all_sends_and_everybody_can_see_it() {
    let office = office().await;
    let ask = |pause| office.desk.administrate(Command::Sends { pause });
    let AdminAnswer::Sends {
        paused, waiting, ..
    } = ask(Some(true)).await
    else {
        panic!("another answer");
    };
    assert!(paused && waiting == 0);
    assert_eq!(office.settings().await["sends"]["paused"], json!(true));
    let sent = office.desk.send(1, MARIA, "hello").await;
    assert_eq!(sent.status, 201, "it is taken as before");
    let told = office.history("").await;
    assert_eq!(told["changes"][0]["field"], json!("sends.paused"));
    assert!(told["changes"][0]["by"].is_null(), "{told}");
    assert!(matches!(
        ask(None).await,
        AdminAnswer::Sends {
            paused: true,
            waiting: 1,
            ..
        }
    ));
    assert_eq!(office.desk.status_of(1).await, "queued");
    assert!(matches!(
        ask(Some(false)).await,
        AdminAnswer::Sends { paused: false, .. }
    ));
    assert_eq!(office.settings().await["sends"]["paused"], json!(false));
}

#[tokio::test]
async fn an_agent_is_asked_in_quiet_hours_and_may_send_all_the_same() {
    let (office, _) = at_night().await;
    let text = |n: u128| json!({ "id": Uuid::from_u128(n), "to": MARIA, "body": "Hi" });
    assert_eq!(office.desk.post("/v1/messages", &text(1)).await.status, 201);
    office.set(json!({ "quiet": { "enabled": true } })).await;
    let asked = office.desk.post("/v1/messages", &text(2)).await;
    let asked = asked.problem(ErrorCode::QuietHours);
    let words = "it is 23:00 where they are, quiet until 08:00; nothing was sent";
    assert!(asked.detail.starts_with(words), "{}", asked.detail);
    let mut meant = text(2);
    meant["confirm"] = json!(true);
    assert_eq!(office.desk.post("/v1/messages", &meant).await.status, 201);
    assert_eq!(
        office.desk.post("/v1/messages", &text(2)).await.status,
        200,
        "it is sent"
    );
    let mut morning = text(3);
    morning["send_at"] = json!("2026-01-10T13:00:00Z");
    assert_eq!(office.desk.post("/v1/messages", &morning).await.status, 201);
    let mut evening = text(4);
    evening["send_at"] = json!("2026-01-11T02:30:00Z");
    let asked = office.desk.post("/v1/messages", &evening).await;
    let asked = asked.problem(ErrorCode::QuietHours);
    assert!(
        asked.detail.starts_with("it will be 21:30 where they are"),
        "{}",
        asked.detail
    );
    let of_line = json!({ "lines": { LINE: { "quiet": false } } });
    assert_eq!(office.set(of_line).await.status, 200);
    assert_eq!(office.desk.post("/v1/messages", &text(5)).await.status, 201);
    office.set(json!({ "lines": null })).await;
    office.set(json!({ "quiet.agents": "pass" })).await;
    assert_eq!(office.desk.post("/v1/messages", &text(6)).await.status, 201);
}
