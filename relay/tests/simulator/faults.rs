//! The knobs of the REST API, and what clients see of them.

use crate::world::{ACCOUNT, TOKEN, World, config};
use reqwest::StatusCode;
use serde_json::{Value, json};
use smsdesk_relay::twilio::simulator::{Knobs, Millis, Rate, SimulatorConfig};
use std::time::Duration;

#[tokio::test]
async fn a_dropped_answer_leaves_an_accepted_message_behind() {
    let world = World::new().await;
    world.turn(Knobs {
        drop_answer: Rate::ALWAYS,
        ..Knobs::default()
    });
    let form = [
        ("To", "+12025550123"),
        ("From", "+15557122661"),
        ("Body", "Hello"),
    ];
    let error = world.send("Messages.json", &form).await.unwrap_err();
    assert!(
        error.is_request() && !error.is_connect() && !error.is_timeout(),
        "{error:?}"
    );
    let list = world.get("Messages.json").await.1;
    assert_eq!(
        list["messages"][0]["body"], "Hello",
        "other calls are answered"
    );
}

#[tokio::test]
async fn a_500_may_come_although_the_message_was_accepted() {
    let world = World::new().await;
    world.turn(Knobs {
        http_500_accepted: Rate::ALWAYS,
        ..Knobs::default()
    });
    let (status, body) = world.create(&[]).await;
    assert_eq!((status.as_u16(), &body["code"]), (500, &json!(20500)));
    assert_eq!(world.simulator.messages().len(), 1);
}

#[tokio::test]
async fn a_503_is_no_json() {
    let world = World::new().await;
    world.turn(Knobs {
        http_503: Rate::ALWAYS,
        ..Knobs::default()
    });
    let (status, body) = world.create(&[]).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(body.as_str().unwrap().starts_with("<html>"));
    assert_eq!(world.simulator.messages(), []);
}

#[tokio::test]
async fn a_slow_answer_comes_after_the_work_was_done() {
    let world = World::new().await;
    world.turn(Knobs {
        slow_ms: Millis::try_from(60_000).unwrap(),
        ..Knobs::default()
    });
    let create = world.create(&[]);
    tokio::select! {
        _ = create => panic!("the answer was not slow"),
        _ = world.until(|all| all.len() == 1) => {}
    }
}

#[tokio::test]
async fn a_list_lags_behind_and_a_fetch_does_not() {
    let world = World::new().await;
    world.turn(Knobs {
        list_lag_ms: Millis::try_from(5000).unwrap(),
        ..Knobs::default()
    });
    let sid = world.create(&[]).await.1["sid"]
        .as_str()
        .unwrap()
        .to_owned();
    let count = |list: Value| list["messages"].as_array().unwrap().len();
    assert_eq!(count(world.get("Messages.json").await.1), 0);
    assert_eq!(
        world.get(&format!("Messages/{sid}.json")).await.0,
        StatusCode::OK
    );
    world.advance(Duration::from_secs(5));
    assert_eq!(count(world.get("Messages.json").await.1), 1);
}

#[tokio::test]
async fn knobs_are_turned_in_part_and_a_wrong_one_turns_nothing() {
    let world = World::new().await;
    let (status, knobs) = world
        .steer("knobs", json!({"http_429": 0.25, "slow_ms": 0}))
        .await;
    assert_eq!((status, &knobs["http_429"]), (StatusCode::OK, &json!(0.25)));
    for (changes, key) in [
        (json!({"http_500": 1, "http_418": 1}), "http_418"),
        (json!({"http_500": 1, "lose_webhooks": 2}), "lose_webhooks"),
    ] {
        let (status, body) = world.steer("knobs", changes).await;
        assert_eq!(
            (status, &body["knob"]),
            (StatusCode::BAD_REQUEST, &json!(key))
        );
    }
    let now = world.look("knobs").await;
    assert_eq!(
        (&now["http_429"], &now["http_500"]),
        (&json!(0.25), &json!(0.0))
    );
    world.steer("reset", json!({})).await;
    assert_eq!(world.look("knobs").await["http_429"], json!(0.0));
}

#[tokio::test]
async fn the_same_seed_gives_the_same_faults() {
    let faults = async |seed| {
        let world = World::with(SimulatorConfig { seed, ..config() }).await;
        world.turn(Knobs {
            http_429: Rate::try_from(0.5).unwrap(),
            ..Knobs::default()
        });
        let mut statuses = Vec::new();
        for _ in 0..24 {
            statuses.push(world.create(&[]).await.0.as_u16());
        }
        statuses
    };
    let first = faults(1).await;
    assert!(first.contains(&429) && first.contains(&201));
    assert_eq!(first, faults(1).await);
    assert_ne!(first, faults(2).await);
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused() {
    let world = World::new().await;
    let request = world
        .client
        .post(world.url("Messages.json"))
        .basic_auth(ACCOUNT, Some(TOKEN));
    let huge = "x".repeat(65 * 1024);
    let answer = request.form(&[("Body", huge.as_str())]).send().await;
    assert!(answer.is_ok_and(|answer| answer.status() == StatusCode::PAYLOAD_TOO_LARGE));
}

#[tokio::test]
async fn a_stopped_simulator_answers_no_more() {
    use smsdesk_common::time::Timestamp;
    use smsdesk_relay::twilio::simulator::Simulator;
    drop(rustls::crypto::ring::default_provider().install_default());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let shutdown = tokio_util::sync::CancellationToken::new();
    let now = std::sync::Arc::new(Timestamp::default);
    let simulator = Simulator::start(config(), listener, now, shutdown.clone()).unwrap();
    shutdown.cancel();
    crate::world::within(simulator.stopped()).await;
    assert!(
        tokio::net::TcpStream::connect(simulator.address())
            .await
            .is_err()
    );
}
