//! `/v1/templates` from outside.

use crate::common::desk::{Answer, MARIA};
use crate::common::{Desk, Setup};
use reqwest::Method;
use serde_json::{Value, json};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::feed::Content;
use smsdesk_common::record::Record;
use uuid::Uuid;

fn id(n: u128) -> String {
    Uuid::from_u128(n).to_string()
}

fn greeting(n: u128) -> Value {
    json!({ "id": id(n), "name": "greeting", "body": "Hi {{ contact.first_name | default('there') }}" })
}

impl Desk {
    async fn put(&self, path: &str, body: &Value) -> Answer {
        let body = Some(body.to_string());
        self.request(Method::PUT, path, &self.token, "application/json", body)
            .await
    }

    async fn delete(&self, path: &str) -> Answer {
        self.request(Method::DELETE, path, &self.token, "", None)
            .await
    }

    async fn delete_as(&self, token: &str, path: &str) -> Answer {
        self.request(Method::DELETE, path, token, "", None).await
    }

    async fn template(&self, n: u128) -> Value {
        self.get(&format!("/v1/templates/{}", id(n))).await.json()
    }

    async fn names(&self) -> Vec<String> {
        let page = self.get("/v1/templates").await.json();
        let templates = page["templates"].as_array().unwrap();
        let name = |template: &Value| template["name"].as_str().unwrap().to_owned();
        templates.iter().map(name).collect()
    }
}

async fn desk() -> Desk {
    Desk::start(Setup::new()).await
}

#[tokio::test]
async fn a_template_is_made_once_and_a_repeat_gets_the_same_answer() {
    let desk = desk().await;
    let first = desk.post("/v1/templates", &greeting(1)).await;
    assert_eq!(first.status, 201, "{first:?}");
    let made = first.json();
    assert_eq!(
        (&made["kind"], &made["uses"]),
        (&json!("template"), &json!(0))
    );
    let again = desk.post("/v1/templates", &greeting(1)).await;
    assert_eq!((again.status, again.json()), (200, made.clone()));
    let other = json!({ "id": id(1), "name": "other", "body": "x" });
    desk.post("/v1/templates", &other)
        .await
        .problem(ErrorCode::IdReused);
    desk.post("/v1/templates", &greeting(2))
        .await
        .problem(ErrorCode::TemplateNameTaken);
    assert_eq!(desk.template(1).await, made);
    assert_eq!(desk.names().await, ["greeting"]);
}

#[tokio::test]
async fn an_edit_over_an_edit_that_was_not_seen_is_refused_and_told() {
    let desk = desk().await;
    let made = desk.post("/v1/templates", &greeting(1)).await.json();
    let path = format!("/v1/templates/{}", id(1));
    let edit = json!({ "id": id(10), "name": "hello", "body": "Hello!", "folder": "first words",
        "if_seq": made["seq"] });
    let edited = desk.put(&path, &edit).await;
    assert_eq!(edited.status, 200, "{edited:?}");
    assert_eq!(
        desk.put(&path, &edit).await.json(),
        edited.json(),
        "a repeat is no edit"
    );
    let stale = json!({ "id": id(11), "name": "howdy", "body": "Howdy!", "if_seq": made["seq"] });
    let refused = desk.put(&path, &stale).await;
    refused.problem(ErrorCode::TemplateChanged);
    assert_eq!(refused.json()["current"]["name"], "hello");
    let late = format!("{path}?if_seq={}", made["seq"]);
    desk.delete(&late).await.problem(ErrorCode::TemplateChanged);
    desk.put(&format!("/v1/templates/{}", id(404)), &stale)
        .await
        .problem(ErrorCode::TemplateUnknown);
    assert_eq!(desk.template(1).await["body"], "Hello!");
}

#[tokio::test]
async fn a_deleted_template_leaves_a_tombstone_and_comes_back_by_no_late_request() {
    let desk = desk().await;
    desk.post("/v1/templates", &greeting(1)).await;
    let path = format!("/v1/templates/{}", id(1));
    assert_eq!(desk.delete(&path).await.status, 204);
    assert_eq!(desk.delete(&path).await.status, 204, "a repeat");
    desk.delete(&format!("/v1/templates/{}", id(404)))
        .await
        .problem(ErrorCode::TemplateUnknown);
    desk.get(&path).await.problem(ErrorCode::TemplateUnknown);
    desk.post("/v1/templates", &greeting(1))
        .await
        .problem(ErrorCode::TemplateUnknown);
    let changes = desk.changes().await;
    let change = changes
        .iter()
        .find(|change| change.kind == "template")
        .unwrap();
    assert_eq!(
        (change.id.as_str(), &change.content),
        (id(1).as_str(), &Content::Deleted)
    );
    assert_eq!(
        desk.post("/v1/templates", &greeting(2)).await.status,
        201,
        "the name is free"
    );
    assert!(desk.names().await.len() == 1);
}

#[tokio::test]
async fn a_template_of_ones_own_is_seen_by_nobody_else() {
    let desk = desk().await;
    let mut mine = greeting(1);
    mine["scope"] = json!("mine");
    assert_eq!(desk.post("/v1/templates", &mine).await.status, 201);
    assert_eq!(
        desk.post("/v1/templates", &greeting(2)).await.status,
        201,
        "the team's may be called that"
    );
    let bo = desk.join("Bo", "agent").await;
    let path = format!("/v1/templates/{}", id(1));
    let seen = desk.request(Method::GET, &path, &bo, "", None).await;
    seen.problem(ErrorCode::TemplateUnknown);
    desk.delete_as(&bo, &path)
        .await
        .problem(ErrorCode::TemplateUnknown);
    let page = desk
        .request(Method::GET, "/v1/templates", &bo, "", None)
        .await
        .json();
    assert_eq!(page["templates"].as_array().unwrap().len(), 1);
    let named = desk.get("/v1/templates?name=GREETING").await.json();
    assert_eq!(named["templates"][0]["id"], id(1), "one's own comes first");
    let reader = desk.join("Rita", "readonly").await;
    desk.delete_as(&reader, &path)
        .await
        .problem(ErrorCode::Forbidden);
}

#[tokio::test]
async fn what_is_no_template_is_refused_with_its_place() {
    let desk = desk().await;
    for (change, words) in [
        (
            json!({ "body": "Hi\n{{ name" }),
            "`body`: line 2, column 1: expected `}}`",
        ),
        (json!({ "body": "" }), "`body`: expected some words"),
        (json!({ "name": "" }), "`name`: expected 1 to 60"),
        (
            json!({ "translations": { "es": "{{ a | titel }}" } }),
            "`translations`, es: line 1, column 8",
        ),
        (
            json!({ "translations": { "spanish!": "x" } }),
            "no language",
        ),
    ] {
        let mut wanted = greeting(1);
        wanted
            .as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let refused = desk.post("/v1/templates", &wanted).await;
        refused.problem(ErrorCode::TemplateInvalid);
        let detail = refused.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(words), "{detail}");
    }
    assert!(desk.names().await.is_empty());
}

#[tokio::test]
async fn a_text_counts_its_template_once() {
    let desk = desk().await;
    let made = desk.post("/v1/templates", &greeting(1)).await.json();
    let text = json!({ "id": id(50), "to": MARIA, "body": "Hi Maria", "template": id(1) });
    assert_eq!(desk.post("/v1/messages", &text).await.status, 201);
    assert_eq!(desk.post("/v1/messages", &text).await.status, 200);
    let counted = desk.template(1).await;
    assert_eq!(counted["uses"], 1);
    assert!(counted["used_at"].is_string() && counted["seq"].as_u64() > made["seq"].as_u64());
    let edit = json!({ "id": id(51), "name": "greeting", "body": "Hi", "if_seq": made["seq"] });
    let edited = desk.put(&format!("/v1/templates/{}", id(1)), &edit).await;
    assert_eq!(edited.status, 200, "being used is no edit: {edited:?}");
    assert_eq!(edited.json()["uses"], 1);
    let text = json!({ "id": id(52), "to": MARIA, "body": "Hi", "template": id(404) });
    assert_eq!(
        desk.post("/v1/messages", &text).await.status,
        201,
        "one that is gone is no fault"
    );
}

#[tokio::test]
async fn a_preview_says_what_would_be_sent_and_what_is_missing() {
    let desk = desk().await;
    let preview = async |body: Value| desk.post("/v1/templates/preview", &body).await;
    let answer = preview(json!({ "body": "Hi {{ who | title }}, {{ agent.first_name }} at {{ when }} {{ contact.nam }}",
        "variables": { "who": "ana" } })).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let got = answer.json();
    assert_eq!(got["text"], "Hi Ana, Ana at {{ when }} {{ contact.nam }}");
    assert_eq!(got["missing"], json!(["when", "contact.nam"]));
    assert_eq!(got["unknown"], json!(["contact.nam"]));
    assert_eq!(
        (&got["encoding"], &got["segments"]),
        (&json!("GSM-7"), &json!(1))
    );
    let refused = preview(json!({ "body": "{{ a" })).await;
    refused.problem(ErrorCode::TemplateInvalid);
    preview(json!({ "body": "x", "variables": { "a b": 1 } }))
        .await
        .problem(ErrorCode::VariableInvalid);
    preview(json!({})).await.problem(ErrorCode::BodyMalformed);
    preview(json!({ "template": id(404) }))
        .await
        .problem(ErrorCode::TemplateUnknown);
    preview(json!({ "body": "x", "conversation": id(404) }))
        .await
        .problem(ErrorCode::ConversationUnknown);
    preview(json!({ "body": "x", "contact": id(404) }))
        .await
        .problem(ErrorCode::ContactUnknown);
    desk.receive(1, MARIA, "hello").await;
    let made = json!({ "id": id(1), "name": "n", "body": "{{ contact.phone }}",
        "translations": { "es": "hola {{ contact.phone }}" } });
    assert_eq!(desk.post("/v1/templates", &made).await.status, 201);
    let page = desk.get("/v1/conversations").await.json();
    let conversation = &page["conversations"][0]["id"];
    let of = json!({ "template": id(1), "conversation": conversation, "language": "es-MX" });
    assert_eq!(preview(of).await.json()["text"], format!("hola {MARIA}"));
}

#[tokio::test]
async fn a_preview_knows_the_contacts_own_fields_and_language() {
    let desk = desk().await;
    let made = json!({ "id": id(1), "name": "gate", "body": "Code {{ gate_code }}, {{ contact.plan }}",
        "translations": { "es": "Clave {{ contact.gate_code }}" } });
    assert_eq!(desk.post("/v1/templates", &made).await.status, 201);
    let contact = json!({ "id": id(7), "addresses": [MARIA], "language": "es-MX",
        "fields": { "gate code": "4471" } });
    let contact = desk.post("/v1/contacts", &contact).await;
    assert_eq!(contact.status, 201, "{contact:?}");
    let contact = &contact.json()["id"];
    let preview = async |language: Value| {
        let asked = json!({ "template": id(1), "contact": contact, "language": language });
        desk.post("/v1/templates/preview", &asked).await.json()
    };
    assert_eq!(preview(Value::Null).await["text"], "Clave 4471");
    let asked = preview(json!("en")).await;
    assert_eq!(asked["text"], "Code 4471, {{ contact.plan }}");
    assert_eq!(asked["unknown"], json!(["contact.plan"]));
}

#[tokio::test]
async fn a_preview_counts_as_twilios_calculator_counts() {
    let desk = desk().await;
    let vectors: Vec<Value> = serde_json::from_str(include_str!(
        "../../common/tests/vectors/segment-vectors.json"
    ))
    .unwrap();
    for vector in vectors {
        let asked = json!({ "body": vector["body"] });
        let got = desk.post("/v1/templates/preview", &asked).await.json();
        for field in ["encoding", "segments", "units", "characters"] {
            assert_eq!(got[field], vector[field], "{}: {field}", vector["id"]);
        }
        assert_eq!(got["text"], vector["body"], "{}", vector["id"]);
    }
}

#[tokio::test]
async fn seeding_twice_makes_six_and_leaves_what_the_team_has_changed() {
    let desk = desk().await;
    let own = json!({ "id": id(1), "name": "arrived", "body": "We are here." });
    desk.post("/v1/templates", &own).await;
    let seed = async || desk.post("/v1/templates/seed", &json!({})).await.json();
    let first = seed().await;
    assert_eq!(first["made"], 5);
    let names: Vec<&str> = first["templates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|template| template["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "scheduled",
            "reminder",
            "enroute",
            "15_min",
            "arrived",
            "complete"
        ]
    );
    let scheduled = first["templates"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/templates/{scheduled}");
    let edit = json!({ "name": "booked", "body": "Booked for {{ scheduled_date }}." });
    assert_eq!(desk.put(&path, &edit).await.status, 200);
    let complete = first["templates"][5]["id"].as_str().unwrap();
    assert_eq!(
        desk.delete(&format!("/v1/templates/{complete}"))
            .await
            .status,
        204
    );
    let second = seed().await;
    assert_eq!(second["made"], 1, "only the deleted one comes back");
    assert_eq!(second["templates"][0]["name"], "booked");
    assert_eq!(second["templates"][0]["key"], "scheduled");
    assert_eq!(second["templates"][5]["id"], complete);
    assert_eq!(seed().await["made"], 0);
    let known = |change: &&smsdesk_common::feed::Change| {
        matches!(change.content, Content::Known(Record::Template(_)))
    };
    assert_eq!(desk.changes().await.iter().filter(known).count(), 6);
}
