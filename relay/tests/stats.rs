//! `GET /v1/stats` from outside.

use crate::common::desk::MARIA;
use crate::common::{Desk, Setup, eventually};
use crate::jobs::Hands;
use serde_json::Value;
use smsdesk_common::api::ErrorCode;

/// Another customer.
const CHEN: &str = "+13055550142";

impl Desk {
    /// The answer once everything is counted.
    async fn counted(&self, query: &str) -> Value {
        let path = format!("/v1/stats{query}");
        eventually("everything is counted", || async {
            let stats = self.get(&path).await.json();
            (stats["uncounted"] == 0).then_some(stats)
        })
        .await
    }
}

#[tokio::test]
async fn what_came_in_is_counted_behind_its_commit_and_told_apart() {
    // No midnight comes between a text and the look at its day.
    let desk = Desk::by(Setup::new(), &Hands::new()).await;
    desk.receive(1, MARIA, "Is the plumber coming?").await;
    desk.receive(2, CHEN, "thanks").await;
    let stats = desk.counted("").await;
    assert_eq!(stats["zone"], "UTC");
    for part in ["today", "month"] {
        assert_eq!(stats[part]["in"], 2, "{stats}");
        assert_eq!(stats[part]["delivery_rate"], Value::Null);
    }
    assert_eq!(stats["range"]["total"]["in"], 2);
    assert_eq!(stats["range"]["groups"], serde_json::json!([]));
    // The same texts again, and one more.
    desk.receive(1, MARIA, "Is the plumber coming?").await;
    desk.receive(3, MARIA, "hello?").await;
    for by in ["agent", "line", "label", "hour", "day"] {
        let stats = desk.counted(&format!("?tz=America/New_York&by={by}")).await;
        let groups = stats["range"]["groups"].as_array().unwrap();
        let all: u64 = groups.iter().map(|it| it["in"].as_u64().unwrap()).sum();
        assert_eq!(all, 3, "{by}: {stats}");
        assert_eq!(stats["zone"], "America/New_York");
    }
}

#[tokio::test]
async fn a_period_that_makes_no_sense_is_refused_with_the_name_of_what_is_wrong() {
    let desk = Desk::by(Setup::new(), &Hands::new()).await;
    for (query, named) in [
        ("?by=weather", "`by`"),
        ("?from=yesterday", "`from`"),
        ("?to=2026-13-01", "`to`"),
        ("?from=2026-11-02&to=2026-11-01", "`to`"),
        ("?tz=Europe/Atlantis", "`tz`"),
        ("?from=1000-01-01&to=2026-11-01&by=day", "`from`"),
    ] {
        let answer = desk.get(&format!("/v1/stats{query}")).await;
        let problem = answer.problem(ErrorCode::ParameterInvalid);
        let detail = problem.detail;
        assert!(detail.contains(named), "{query}: {detail}");
    }
}
