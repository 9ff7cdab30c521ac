//! Texts that go out later, over the whole house: written in the app, kept by the relay, canceled by
//! the customer's answer or sent once at the simulator.

use crossterm::event::KeyCode;
use serde_json::json;
use smsdesk_tests::agent::Agent;
use smsdesk_tests::api::Api;
use smsdesk_tests::world::{MARIA, World};
use uuid::Uuid;

const HOUR_MS: i64 = 3_600_000;

/// Ana answers Maria, at a time if she does not write first.
async fn times_an_answer(ana: &Agent, toggle: bool) {
    ana.press(KeyCode::Char('r')).await;
    ana.types("See you tomorrow").await;
    ana.press_with_alt('s').await;
    ana.sees("Send later").await;
    ana.types("in 3h").await;
    ana.sees("your time").await;
    if toggle {
        ana.press_with_alt('r').await;
        ana.sees("only if they do not write first").await;
    }
    ana.press(KeyCode::Enter).await;
    ana.sees("Timed for").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_the_customer_cancels_a_timed_text_that_was_to_go_only_without_one() {
    let world = World::start().await;
    let joined = world.join("Ana").await;
    let api = Api::of(&joined);
    world.customer_writes(MARIA, "is the plumber coming?").await;
    let folder = world.folder("ana");
    let ana = Agent::start(&folder, &joined);
    ana.sees("is the plumber coming?").await;
    times_an_answer(&ana, true).await;
    api.waits(1).await;
    ana.sees("unless they write").await;
    world.customer_writes(MARIA, "never mind").await;
    api.waits(0).await;
    ana.sees("canceled a timed text: the customer wrote first")
        .await;
    ana.no_longer_sees("unless they write").await;
    assert!(world.handed_over(MARIA).is_empty());
    ana.leave().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn undo_takes_a_timed_text_back_into_the_draft() {
    let world = World::start().await;
    let joined = world.join("Ana").await;
    let api = Api::of(&joined);
    world.customer_writes(MARIA, "is the plumber coming?").await;
    let folder = world.folder("ana");
    let ana = Agent::start(&folder, &joined);
    ana.sees("is the plumber coming?").await;
    times_an_answer(&ana, false).await;
    api.waits(1).await;
    ana.press(KeyCode::Esc).await;
    ana.sees("q back").await;
    ana.press(KeyCode::Char('z')).await;
    ana.sees("it is the draft again").await;
    api.waits(0).await;
    assert!(world.handed_over(MARIA).is_empty());
    ana.leave().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_is_restarted_before_the_time_sends_the_text_once() {
    let mut world = World::start().await;
    let joined = world.join("Ana").await;
    let api = Api::of(&joined);
    let at = world.clock().now().plus_millis(HOUR_MS).to_rfc3339();
    let body = json!({ "id": Uuid::from_u128(7), "to": MARIA, "body": "on time", "send_at": at });
    assert_eq!(api.post("/v1/messages", &body).await.0, 201);
    world.stop_relay().await;
    assert!(world.handed_over(MARIA).is_empty());
    world.passes(HOUR_MS);
    world.start_relay().await;
    api.waits(0).await;
    world.gets(MARIA, &["on time"]).await;
    world.stop_relay().await;
    world.start_relay().await;
    api.waits(0).await;
    assert_eq!(world.handed_over(MARIA), ["on time"]);
    world.end().await;
}
