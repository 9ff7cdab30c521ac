//! `GET /v1/lines` and `GET /v1/labels`.

use crate::common::desk::{LINE, MARIA};
use crate::common::{Desk, Setup};
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

#[tokio::test]
async fn the_lines_are_told_with_what_sends() {
    let desk = Desk::start(Setup::new()).await;
    let lines = desk.get("/v1/lines").await.json();
    let [line] = lines["lines"].as_array().unwrap().as_slice() else {
        panic!("{lines}")
    };
    assert_eq!(
        (&line["kind"], &line["id"], &line["active"]),
        (&json!("line"), &json!(LINE), &json!(true))
    );
}

#[tokio::test]
async fn a_label_is_counted_as_long_as_a_conversation_has_it() {
    let desk = Desk::start(Setup::new()).await;
    assert_eq!(desk.get("/v1/labels").await.json(), json!({ "labels": [] }));
    for (number, from, labels) in [
        (1, MARIA, json!(["vip", "billing"])),
        (2, "+13055550142", json!(["vip"])),
    ] {
        desk.receive(number, from, "hello").await;
        let page = desk.get("/v1/conversations?limit=1").await.json();
        let id = page["conversations"][0]["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/conversations/{id}");
        let mut patch = json!({ "id": Uuid::from_u128(number.into()), "labels": labels });
        if number == 2 {
            patch["status"] = json!("done");
        }
        let (token, body) = (&desk.token, Some(patch.to_string()));
        let answer = desk
            .request(Method::PATCH, &path, token, "application/json", body)
            .await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    assert_eq!(
        desk.get("/v1/labels").await.json(),
        json!({ "labels": [
            { "name": "billing", "conversations": 1, "open": 1 },
            { "name": "vip", "conversations": 2, "open": 1 },
        ] })
    );
}
