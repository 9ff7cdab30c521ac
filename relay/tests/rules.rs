//! `/v1/rules` from outside.

use crate::common::desk::Answer;
use crate::common::{Desk, Setup};
use reqwest::Method;
use serde_json::{Value, json};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::feed::Content;
use smsdesk_common::record::Record;
use smsdesk_common::rule::SEEDS;
use uuid::Uuid;

const RULES: &str = "/v1/rules";

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
    async fn write(&self, token: &str, body: Value) -> Answer {
        let body = Some(body.to_string());
        self.desk
            .request(Method::PUT, RULES, token, "application/json", body)
            .await
    }

    async fn hold(&self, body: Value) -> Answer {
        self.write(&self.boss, body).await
    }
}

#[tokio::test]
async fn rules_are_put_at_once_travel_in_the_feed_and_only_an_admin_puts_them() {
    let office = office().await;
    let text = json!({ "id": Uuid::from_u128(1), "text": SEEDS });
    let refused = office.write(&office.desk.token, text.clone()).await;
    refused.problem(ErrorCode::Forbidden);
    let held = office.hold(text.clone()).await;
    assert_eq!(held.status, 200, "{held:?}");
    let held = held.json();
    assert_eq!(office.hold(text).await.json(), held, "a repeat");
    assert_eq!(office.desk.get(RULES).await.json(), held);
    assert_eq!(held["text"], SEEDS);
    let changes = office.desk.changes().await;
    let names = changes.iter().filter_map(|change| match &change.content {
        Content::Known(Record::Rule(rule)) => Some(rule.says.name.as_str()),
        _ => None,
    });
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    assert_eq!(names, ["confirmed", "documents", "help", "status"]);
    let stale = json!({ "text": "", "if_seq": 0 });
    office.hold(stale).await.problem(ErrorCode::RulesChanged);
    assert_eq!(office.hold(json!({ "text": "" })).await.status, 200);
    let history = office.desk.get("/v1/rules/history").await.json();
    let texts: Vec<_> = history["editions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["text"])
        .collect();
    assert_eq!(texts, ["", SEEDS]);
}

#[tokio::test]
async fn rules_that_cannot_be_read_are_refused_with_every_error_and_conflicts_are_told() {
    let office = office().await;
    let wrong = office
        .hold(json!({ "text": "[[rule]]\nnam = 1\nstop = 2\n" }))
        .await;
    wrong.problem(ErrorCode::RulesInvalid);
    let detail = wrong.json()["detail"].as_str().unwrap().to_owned();
    assert!(
        detail.starts_with("line 2, column 1: `nam`: is not known; expected one of"),
        "{detail}"
    );
    assert!(
        detail.contains("\nline 3, column 8: `stop`: expected true or false"),
        "{detail}"
    );
    let leave = "[[rule]]\nname = \"leave\"\nany = \"cancel\"\nflag = \"x\"\n";
    let told = office.hold(json!({ "text": leave })).await.json();
    assert_eq!(told["conflicts"][0]["rule"], "leave");
}

#[tokio::test]
async fn a_text_is_tried_without_being_written() {
    let office = office().await;
    office.hold(json!({ "text": SEEDS })).await;
    let before = office.desk.changes().await.len();
    let asked = json!({ "body": "I need HELP" });
    let told = office.desk.post("/v1/rules/test", &asked).await;
    assert_eq!(told.status, 200, "{told:?}");
    let told = told.json();
    assert_eq!(told["matched"], json!(["help"]));
    assert_eq!(
        (&told["answered_by"], &told["flag"]),
        (&json!("help"), &json!("asks for help"))
    );
    let other = "[[rule]]\nname = \"a\"\nwhole = \"i need help\"\nstop = true\n";
    let asked = json!({ "body": "I need HELP", "text": other });
    let told = office.desk.post("/v1/rules/test", &asked).await.json();
    assert_eq!(told, json!({ "matched": ["a"] }));
    assert_eq!(office.desk.changes().await.len(), before);
}
