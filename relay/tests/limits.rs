//! How often one may ask, over real connections.

use crate::common::desk::MARIA;
use crate::common::{Answer, Desk, Setup};
use serde_json::json;
use smsdesk_common::api::ErrorCode;
use smsdesk_relay::auth::limits::{Rate, Rates};

/// Asks as whoever a proxy on this machine says it is.
async fn ask(
    desk: &Desk,
    path: &str,
    token: &str,
    from: impl AsRef<[u8]>,
) -> (Answer, Option<u64>) {
    let request = reqwest::Client::new()
        .get(format!("http://{}{path}", desk.address))
        .header("x-forwarded-for", from.as_ref())
        .bearer_auth(token);
    let answer = request.send().await.unwrap();
    let wait = answer.headers().get("retry-after");
    let wait = wait.map(|value| value.to_str().unwrap().parse().unwrap());
    (Answer::read(answer).await, wait)
}

#[tokio::test]
async fn of_ten_thousand_guesses_at_most_thirty_are_looked_at_and_nobody_else_is_hindered() {
    let desk = Desk::start(Setup::new()).await;
    assert_eq!(desk.get("/v1/changes").await.status, 200);
    let http = reqwest::Client::new();
    let url = format!("http://{}/v1/changes", desk.address);
    let mut looked = 0;
    for guess in 0..10_000 {
        let request = http.get(&url).bearer_auth(format!("smsdesk_{guess:08x}_x"));
        let answer = request.send().await.unwrap();
        match answer.status().as_u16() {
            401 => looked += 1,
            429 => assert!(answer.headers().contains_key("retry-after")),
            other => panic!("{other}"),
        }
    }
    assert!((1..=30).contains(&looked), "{looked}");
    // Ana works behind the same address, and was accepted before.
    assert_eq!(desk.get("/v1/changes").await.status, 200);
    let (elsewhere, _) = ask(&desk, "/v1/changes", "nonsense", "203.0.113.7").await;
    elsewhere.problem(ErrorCode::TokenUnknown);
}

#[tokio::test]
async fn who_guesses_is_told_when_to_come_back_and_a_webhook_comes_in_all_the_same() {
    let desk = Desk::start(Setup::new()).await;
    // The header is as the proxy makes it: what a stranger wrote stands first.
    let from = "192.0.2.1, 198.51.100.9";
    let (mut answer, mut wait) = ask(&desk, "/v1/changes", "nonsense", from).await;
    for _ in 0..100 {
        answer.problem(ErrorCode::TokenUnknown);
        (answer, wait) = ask(&desk, "/v1/changes", "nonsense", from).await;
        if answer.status == 429 {
            break;
        }
    }
    answer.problem(ErrorCode::RateLimited);
    assert!((1..=60).contains(&wait.unwrap()), "{wait:?}");
    let (other_claim, _) = ask(&desk, "/v1/changes", "nonsense", "192.0.2.7, 198.51.100.9").await;
    other_claim.problem(ErrorCode::RateLimited);
    assert_eq!(desk.receive(1, MARIA, "hello").await.status, 200);
    for _ in 0..200 {
        let forged = desk
            .webhook("/webhooks/twilio/message", "forged", "A=b".to_owned())
            .await;
        assert_eq!(forged.status, 403);
    }
    assert_eq!(desk.receive(2, MARIA, "hello again").await.status, 200);
}

#[tokio::test]
async fn a_claim_that_is_no_text_makes_nobody_the_proxy() {
    let desk = Desk::start(Setup::new()).await;
    // As a proxy passes it on: what the stranger wrote, and behind it whom the proxy saw.
    let claim = b"\xe9, 198.51.100.9";
    let mut answer = ask(&desk, "/v1/changes", "nonsense", claim).await.0;
    for _ in 0..100 {
        answer = ask(&desk, "/v1/changes", "nonsense", claim).await.0;
    }
    answer.problem(ErrorCode::RateLimited);
    let (plain, _) = ask(&desk, "/v1/changes", "nonsense", "198.51.100.9").await;
    plain.problem(ErrorCode::RateLimited);
    let (here, _) = ask(&desk, "/v1/changes", "nonsense", "127.0.0.1").await;
    here.problem(ErrorCode::TokenUnknown);
}

#[tokio::test]
async fn guesses_of_invites_are_limited_by_themselves() {
    let desk = Desk::start(Setup::new()).await;
    let join = json!({ "code": "guessed", "device": "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee" });
    let mut looked = 0;
    for _ in 0..200 {
        match desk.post("/v1/join", &join).await {
            answer if answer.status == 403 => looked += 1,
            answer => drop(answer.problem(ErrorCode::RateLimited)),
        }
    }
    assert!((1..=30).contains(&looked), "{looked}");
    assert_eq!(desk.get("/v1/changes").await.status, 200);
}

#[tokio::test]
async fn one_token_that_asks_too_often_hinders_no_other() {
    let rates = Rates {
        requests: Rate {
            burst: 10,
            refill_ms: 3_600_000,
        },
        ..Rates::STANDARD
    };
    let desk = Desk::start(Setup {
        rates,
        ..Setup::new()
    })
    .await;
    let bo = desk.join("Bo", "agent").await;
    let mut served = 0;
    for _ in 0..20 {
        let (answer, wait) = ask(&desk, "/v1/agents", &bo, "203.0.113.7").await;
        match answer.status {
            200 => served += 1,
            _ => {
                answer.problem(ErrorCode::RateLimited);
                assert!(wait.is_some_and(|wait| wait > 60));
            }
        }
    }
    assert_eq!(served, 10);
    assert_eq!(desk.get("/v1/agents").await.status, 200);
}
