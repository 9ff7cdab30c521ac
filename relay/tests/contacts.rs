//! `/v1/contacts` from outside.

use crate::common::desk::{Answer, MARIA};
use crate::common::{Desk, Setup};
use reqwest::Method;
use serde_json::{Value, json};
use smsdesk_common::api::ErrorCode;
use uuid::Uuid;

impl Desk {
    async fn asks(&self, method: Method, path: &str, body: &Value) -> Answer {
        let (path, body) = (format!("/v1/contacts{path}"), Some(body.to_string()));
        self.request(method, &path, &self.token, "application/json", body)
            .await
    }
}

fn id(n: u128) -> String {
    Uuid::from_u128(n).to_string()
}

fn names(page: &Value) -> Vec<&str> {
    let all = page["contacts"].as_array().unwrap();
    all.iter()
        .map(|it| it["name"].as_str().unwrap_or("-"))
        .collect()
}

#[tokio::test]
async fn a_contact_is_made_changed_found_and_forgotten() {
    let desk = Desk::start(Setup::new()).await;
    desk.receive(1, MARIA, "hello").await;
    let zoe = json!({ "id": id(1), "name": "Zoë Brandt", "addresses": ["(305) 555-0142"],
        "fields": { "plan": "gold" }, "notes": "two dogs" });
    let made = desk.asks(Method::POST, "", &zoe).await;
    assert_eq!(made.status, 201, "{made:?}");
    let made = made.json();
    assert_eq!(
        (&made["kind"], &made["addresses"][0]),
        (&json!("contact"), &json!("+13055550142"))
    );
    let again = desk.asks(Method::POST, "", &zoe).await;
    assert_eq!((again.status, again.json()), (200, made.clone()));
    for (query, expected) in [
        ("?q=zoe", vec!["Zoë Brandt"]),
        ("?q=GOLD", vec!["Zoë Brandt"]),
        ("?q=dogs+zoe", vec!["Zoë Brandt"]),
        ("?q=4267058", vec!["-"]),
        ("?q=nobody", vec![]),
        ("", vec!["Zoë Brandt", "-"]),
    ] {
        let page = desk.get(&format!("/v1/contacts{query}")).await.json();
        assert_eq!(names(&page), expected, "{query}");
        assert_eq!(page["next_cursor"], Value::Null);
    }
    let first = desk.get("/v1/contacts?limit=1").await.json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = desk
        .get(&format!("/v1/contacts?limit=1&cursor={cursor}"))
        .await;
    assert_eq!(names(&second.json()), ["-"]);
    let path = format!("/{}", id(1));
    let late = json!({ "id": id(2), "name": "Zoe", "if_seq": 1 });
    let problem = desk.asks(Method::PATCH, &path, &late).await;
    let problem = problem.problem(ErrorCode::ContactChanged);
    let mut current = made.clone();
    current
        .as_object_mut()
        .unwrap()
        .retain(|name, _| !name.ends_with("_contact_at"));
    assert_eq!(problem.current.as_deref(), Some(&current));
    let gone = desk.asks(Method::DELETE, &path, &Value::Null).await;
    assert_eq!(
        (gone.status, gone.json()),
        (200, json!({ "contact": null }))
    );
    let answer = desk.get(&format!("/v1/contacts{path}")).await;
    answer.problem(ErrorCode::ContactUnknown);
}

#[tokio::test]
async fn when_there_was_to_do_with_somebody_is_told() {
    let desk = Desk::start(Setup::new()).await;
    desk.receive(1, MARIA, "hello").await;
    desk.receive(2, MARIA, "anybody?").await;
    let page = desk.get("/v1/contacts").await.json();
    let maria = &page["contacts"][0];
    let conversation = &desk.get("/v1/conversations").await.json()["conversations"][0];
    assert_eq!(maria["first_contact_at"], conversation["created_at"]);
    assert_eq!(maria["last_contact_at"], conversation["last"]["at"]);
}
