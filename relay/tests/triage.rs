//! `PATCH /v1/conversations/{id}` from outside.

use crate::common::desk::MARIA;
use crate::common::{Desk, Setup, eventually};
use reqwest::Method;
use serde_json::{Value, json};
use smsdesk_common::api::ErrorCode;
use smsdesk_relay::clock::Clock;
use uuid::Uuid;

impl Desk {
    async fn patch(&self, conversation: &str, body: &Value) -> crate::common::desk::Answer {
        let (path, body) = (
            format!("/v1/conversations/{conversation}"),
            Some(body.to_string()),
        );
        self.request(Method::PATCH, &path, &self.token, "application/json", body)
            .await
    }

    async fn first_conversation(&self) -> Value {
        let page = self.get("/v1/conversations").await.json();
        page["conversations"][0].clone()
    }
}

fn id(n: u128) -> String {
    Uuid::from_u128(n).to_string()
}

#[tokio::test]
async fn a_conversation_is_changed_once_and_a_repeat_gets_the_same_answer() {
    let desk = Desk::start(Setup::new()).await;
    desk.receive(1, MARIA, "hello").await;
    let before = desk.first_conversation().await;
    let conversation = before["id"].as_str().unwrap();
    let body = json!({ "id": id(1), "status": "done", "flagged": true });
    let first = desk.patch(conversation, &body).await;
    assert_eq!(first.status, 200, "{first:?}");
    let changed = first.json();
    assert_eq!(changed["kind"], "conversation");
    assert_eq!(changed["status"], "done");
    assert_eq!(changed["last"], before["last"]);
    assert_eq!(desk.patch(conversation, &body).await.json(), changed);
    let other = json!({ "id": id(1), "status": "open" });
    let answer = desk.patch(conversation, &other).await;
    answer.problem(ErrorCode::IdReused);
    let entry = desk.get(&format!("/v1/entries/{}", id(1))).await.json();
    assert_eq!(entry["entry_kind"], "activity");
    assert_eq!(entry["direction"], "internal");
    assert_eq!(entry["body"], "marked it done, flagged it");
    assert_eq!(
        entry["activity"],
        json!([
            { "what": "status", "from": "open", "to": "done" },
            { "what": "flagged", "from": false, "to": true },
        ])
    );
    assert_eq!(desk.entries().await.len(), 2);
}

#[tokio::test]
async fn a_conflict_carries_the_conversation_as_it_is() {
    let desk = Desk::start(Setup::new()).await;
    desk.receive(1, MARIA, "hello").await;
    let before = desk.first_conversation().await;
    let conversation = before["id"].as_str().unwrap();
    let body = json!({ "id": id(1), "flagged": true, "if_seq": 1 });
    let answer = desk.patch(conversation, &body).await;
    let problem = answer.problem(ErrorCode::ConversationChanged);
    assert_eq!(problem.current.as_deref(), Some(&before));
    let body = json!({ "id": id(1), "flagged": true, "if_seq": before["seq"] });
    assert_eq!(desk.patch(conversation, &body).await.status, 200);
}

#[tokio::test]
async fn what_cannot_be_done_is_said_in_words() {
    let desk = Desk::start(Setup::new()).await;
    desk.receive(1, MARIA, "hello").await;
    let before = desk.first_conversation().await;
    let conversation = before["id"].as_str().unwrap();
    for (body, code, words) in [
        (json!({ "id": id(1) }), ErrorCode::PatchEmpty, "`status`"),
        (
            json!({ "status": "done" }),
            ErrorCode::BodyMalformed,
            "`id`",
        ),
        (
            json!({ "id": id(1), "status": "closed" }),
            ErrorCode::BodyMalformed,
            "expected one of `open`, `snoozed`, `done`",
        ),
        (
            json!({ "id": id(1), "flagged": null }),
            ErrorCode::BodyMalformed,
            "flagged",
        ),
        (
            json!({ "id": id(1), "snoozed_until": "2099-01-01T00:00:00Z" }),
            ErrorCode::SnoozeInvalid,
            "`snoozed_until`",
        ),
        (
            json!({ "id": id(1), "assignee": id(404) }),
            ErrorCode::AgentUnknown,
            "`assignee`",
        ),
        (
            json!({ "id": id(1), "labels": [""] }),
            ErrorCode::LabelInvalid,
            "`labels`",
        ),
    ] {
        let problem = desk.patch(conversation, &body).await.problem(code);
        assert!(problem.detail.contains(words), "{problem:?}");
    }
    let body = json!({ "id": id(1), "flagged": true });
    let nowhere = desk.patch(&id(404), &body).await;
    nowhere.problem(ErrorCode::ConversationUnknown);
    let nothing = desk.patch("x", &body).await;
    nothing.problem(ErrorCode::ParameterInvalid);
    let reader = desk.join("Rita", "readonly").await;
    let path = format!("/v1/conversations/{conversation}");
    let kind = "application/json";
    let body = Some(body.to_string());
    let answer = desk
        .request(Method::PATCH, &path, &reader, kind, body)
        .await;
    answer.problem(ErrorCode::Forbidden);
    assert_eq!(desk.first_conversation().await, before);
}

#[tokio::test]
async fn a_snoozed_conversation_comes_back_by_itself() {
    let desk = Desk::start(Setup::new()).await;
    desk.receive(1, MARIA, "hello").await;
    let before = desk.first_conversation().await;
    let conversation = before["id"].as_str().unwrap();
    let until = Clock::system().now().plus_millis(300).to_rfc3339();
    let body = json!({ "id": id(1), "status": "snoozed", "snoozed_until": until });
    let snoozed = desk.patch(conversation, &body).await.json();
    assert_eq!(snoozed["status"], "snoozed", "{snoozed}");
    let back = eventually("the conversation", async || {
        let conversation = desk.first_conversation().await;
        (conversation["status"] == "open").then_some(conversation)
    })
    .await;
    assert_eq!(back["snoozed_until"], Value::Null);
    assert_eq!(back["waiting_since"], before["waiting_since"]);
    assert!(Clock::system().now().to_rfc3339() >= until);
    assert_eq!(desk.entries().await.len(), 3);
}
