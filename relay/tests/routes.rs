//! The table of routes is the truth: what it lists is there, and nothing else is.

use crate::common::desk::MARIA;
use crate::common::{Desk, Setup, eventually};
use reqwest::Method;
use smsdesk_common::api::ErrorCode;
use smsdesk_relay::auth::need::Need;
use smsdesk_relay::clock::Clock;
use smsdesk_relay::router::ROUTES;
use std::collections::{BTreeMap, BTreeSet};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const METHODS: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Every documented path with its methods.
fn documented() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let mut paths: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for route in ROUTES {
        paths.entry(route.path).or_default().insert(route.method);
    }
    paths
}

#[tokio::test]
async fn every_documented_route_is_there_and_takes_no_other_method() {
    let desk = Desk::start(Setup::new()).await;
    for (path, methods) in documented() {
        let path = path.replace("{id}", &Uuid::nil().to_string());
        for method in METHODS {
            let wire = Method::from_bytes(method.as_bytes()).unwrap();
            // Without a token, so that an unknown id is not taken for an unknown path.
            let answer = desk.request(wire, &path, "", "", None).await;
            if methods.contains(method) {
                assert!(![404, 405].contains(&answer.status), "{method} {path}");
            } else {
                answer.problem(ErrorCode::MethodNotAllowed);
            }
        }
    }
}

#[tokio::test]
async fn only_those_routes_that_say_so_are_open_to_anyone() {
    let desk = Desk::start(Setup::new()).await;
    for route in ROUTES {
        let path = route.path.replace("{id}", &Uuid::nil().to_string());
        let method = Method::from_bytes(route.method.as_bytes()).unwrap();
        let status = desk.request(method, &path, "", "", None).await.status;
        let expected = match route.need {
            Need::Nothing => 200,
            Need::Signature | Need::Invite => 415,
            _ => 401,
        };
        assert_eq!(status, expected, "{} {path}", route.method);
    }
}

#[tokio::test]
async fn what_is_not_documented_is_not_there() {
    let desk = Desk::start(Setup::new()).await;
    for path in [
        "/",
        "/metrics",
        "/v1",
        "/v1/",
        "/v1/messages/",
        "/v1/messages/bulk/results",
        "/v1/broadcasts/",
        "/webhooks/twilio/fax",
        "/health/",
        "//health",
    ] {
        let answer = desk.get(path).await;
        answer.problem(ErrorCode::RouteUnknown);
    }
}

#[tokio::test]
async fn unknown_and_impossible_ids_are_told_apart() {
    let desk = Desk::start(Setup::new()).await;
    let nobody = Uuid::from_u128(404);
    for (path, code) in [
        (format!("/v1/entries/{nobody}"), ErrorCode::EntryUnknown),
        ("/v1/entries/x".to_owned(), ErrorCode::ParameterInvalid),
        (
            format!("/v1/conversations/{nobody}"),
            ErrorCode::ConversationUnknown,
        ),
        (
            format!("/v1/conversations/{nobody}/entries"),
            ErrorCode::ConversationUnknown,
        ),
        (
            "/v1/conversations/x/entries".to_owned(),
            ErrorCode::ParameterInvalid,
        ),
        (
            "/v1/changes?after=x".to_owned(),
            ErrorCode::ParameterInvalid,
        ),
        (
            "/v1/changes?limit=-1".to_owned(),
            ErrorCode::ParameterInvalid,
        ),
        (
            "/v1/changes?after=1&before=2".to_owned(),
            ErrorCode::ParameterInvalid,
        ),
        (
            "/v1/conversations?view=lost".to_owned(),
            ErrorCode::ParameterInvalid,
        ),
        (
            "/v1/conversations?assignee=nobody".to_owned(),
            ErrorCode::ParameterInvalid,
        ),
        (
            "/v1/conversations?q=is:lost".to_owned(),
            ErrorCode::ParameterInvalid,
        ),
        (
            "/v1/conversations?cursor=x".to_owned(),
            ErrorCode::ParameterInvalid,
        ),
    ] {
        desk.get(&path).await.problem(code);
    }
}

#[tokio::test]
async fn health_tells_of_the_last_webhook_and_of_what_waits() {
    let desk = Desk::start(Setup::new()).await;
    let before = desk.get("/health").await.json();
    assert_eq!(before["ok"], true);
    assert_eq!(before["last_webhook_age_s"], serde_json::Value::Null);
    desk.receive(1, MARIA, "hello").await;
    desk.send(1, MARIA, "hello yourself").await;
    let after = desk.get("/health").await.json();
    assert!(after["last_webhook_age_s"].is_u64(), "{after}");
    assert_eq!(after["waiting_to_send"], 1);
}

#[tokio::test]
async fn the_feed_is_compressed_for_whoever_asks() {
    let desk = Desk::start(Setup::new()).await;
    // More than one part of what is compressed at a time.
    for sid in 0..150 {
        desk.receive(sid, MARIA, &"hello ".repeat(100)).await;
    }
    let http = reqwest::Client::builder().no_gzip().build().unwrap();
    let fetch = async |encoding: &str| {
        let request = http
            .get(format!("http://{}/v1/changes", desk.address))
            .bearer_auth(&desk.token)
            .header("accept-encoding", encoding);
        let answer = request.send().await.unwrap();
        let encoding = answer.headers().get("content-encoding").cloned();
        (encoding, answer.bytes().await.unwrap())
    };
    let (encoding, plain) = fetch("identity").await;
    assert_eq!(encoding, None);
    let (encoding, compressed) = fetch("gzip").await;
    assert_eq!(encoding.unwrap(), "gzip");
    assert!(compressed.len() * 4 < plain.len(), "{}", compressed.len());
    assert_eq!(
        desk.get("/v1/changes").await.body.as_bytes(),
        plain,
        "the same once it is unpacked"
    );
}

#[tokio::test]
async fn metrics_have_a_listener_of_their_own() {
    let free = || std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free().local_addr().unwrap();
    let mut config = Setup::new().config();
    config.metrics_listen = Some(address);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let public = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(smsdesk_relay::run(
        config,
        listener,
        Clock::system(),
        shutdown.clone(),
    ));
    let text = eventually("the metrics", async || {
        let answer = reqwest::get(format!("http://{address}/metrics"))
            .await
            .ok()?;
        answer.text().await.ok()
    })
    .await;
    for line in [
        "smsdesk_outbox_waiting 0",
        "smsdesk_reconciled_total{kind=\"inbound\"} 0",
        "smsdesk_unknown_settled_total{by=\"callback\"} 0",
    ] {
        assert!(text.contains(&format!("\n{line}\n")), "{text}");
    }
    let elsewhere = reqwest::get(format!("http://{public}/metrics"))
        .await
        .unwrap();
    assert_eq!(elsewhere.status(), 404);
    shutdown.cancel();
    running.await.unwrap().unwrap();
}
