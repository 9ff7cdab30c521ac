//! `GET /v1/search` and `GET /v1/conversations?q=…` from outside.

use crate::common::desk::MARIA;
use crate::common::{Desk, Setup, eventually};
use serde_json::Value;
use smsdesk_common::api::ErrorCode;

/// Another customer.
const CHEN: &str = "+13055550142";

impl Desk {
    async fn search(&self, query: &str) -> Value {
        let query: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
        self.get(&format!("/v1/search?q={query}")).await.json()
    }

    /// The words of what is found.
    async fn finds(&self, query: &str) -> Vec<String> {
        let page = self.search(query).await;
        let hits = page["hits"].as_array().unwrap_or_else(|| panic!("{page}"));
        let body = |hit: &Value| hit["entry"]["body"].as_str().unwrap().to_owned();
        hits.iter().map(body).collect()
    }
}

#[tokio::test]
async fn what_was_said_is_found_newest_first_before_and_after_it_is_indexed() {
    let desk = Desk::start(Setup::new()).await;
    desk.receive(1, MARIA, "Is the plumber coming?").await;
    desk.receive(2, CHEN, "the Plumbers came, 謝謝你").await;
    desk.receive(3, MARIA, "call (305) 555-0199").await;
    let both = ["the Plumbers came, 謝謝你", "Is the plumber coming?"];
    // At once, by reading what is not indexed yet; later, by the index.
    assert_eq!(desk.finds("plumb").await, both);
    eventually("everything is indexed", || async {
        let page = desk.search("plumb").await;
        page["unindexed"].is_null().then_some(())
    })
    .await;
    assert_eq!(desk.finds("plumb").await, both);
    assert_eq!(desk.finds("plumber -came").await, both[1..]);
    assert_eq!(desk.finds("from:239426 plumber").await, both[1..]);
    assert_eq!(desk.finds("謝你").await, both[..1]);
    assert_eq!(desk.finds("5550199").await, ["call (305) 555-0199"]);
    assert_eq!(desk.finds("from:239426").await.len(), 2);
    assert_eq!(desk.finds("\"plumber OR\"").await.len(), 0);
    let page = desk.get("/v1/search?q=plumb&limit=1").await.json();
    assert_eq!(page["hits"].as_array().unwrap().len(), 1);
    let rest = format!("/v1/search?q=plumb&before={}", page["next_before"]);
    let rest = desk.get(&rest).await.json();
    assert_eq!(rest["hits"][0]["entry"]["body"], both[1]);
    assert_eq!(rest["hits"][0]["address"], MARIA);
    desk.receive(4, CHEN, "one more plumber").await;
    assert_eq!(desk.finds("plumb").await[0], "one more plumber");
}

#[tokio::test]
async fn conversations_are_listed_by_a_filter() {
    let desk = Desk::start(Setup::new()).await;
    desk.receive(1, MARIA, "is the plumber coming?").await;
    desk.receive(2, CHEN, "thanks").await;
    for (query, address) in [
        ("plumber", MARIA),
        ("-239426", CHEN),
        ("from:5550142", CHEN),
    ] {
        let page = desk
            .get(&format!("/v1/conversations?q={query}"))
            .await
            .json();
        let found = page["conversations"].as_array().unwrap();
        assert_eq!(found.len(), 1, "{query}: {page}");
        assert_eq!(found[0]["address"], address, "{query}");
        assert!(page["next_cursor"].is_null());
    }
    let page = desk.get("/v1/conversations?q=is:open&limit=1").await.json();
    let next = page["next_cursor"].as_str().unwrap();
    let next = format!("/v1/conversations?q=is:open&cursor={next}");
    assert_eq!(
        desk.get(&next).await.json()["conversations"][0]["address"],
        MARIA
    );
}

#[tokio::test]
async fn what_is_no_filter_is_refused_with_its_column() {
    let desk = Desk::start(Setup::new()).await;
    for query in ["is:opne", "%22a", "", "%3F", "a&tz=Nowhere/Land"] {
        let answer = desk.get(&format!("/v1/search?q={query}")).await;
        answer.problem(ErrorCode::ParameterInvalid);
    }
    let answer = desk.get("/v1/search").await;
    answer.problem(ErrorCode::ParameterInvalid);
    let problem = desk.get("/v1/conversations?q=is:opne").await;
    assert!(problem.body.contains("column 4"), "{problem:?}");
}
