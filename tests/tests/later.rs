//! Texts that go out later, over the whole house: written in the app, kept by the relay, canceled by
//! the customer's answer or sent once at the simulator.

#![expect(clippy::unwrap_used, reason = "tests")]

use crossterm::event::KeyCode;
use serde_json::{Value, json};
use smsdesk_common::api::join::Joined;
use smsdesk_relay::twilio::simulator::Direction;
use smsdesk_tests::agent::Agent;
use smsdesk_tests::eventually::eventually;
use smsdesk_tests::world::{MARIA, World};
use uuid::Uuid;

const HOUR_MS: i64 = 3_600_000;

async fn get(joined: &Joined, path: &str) -> Value {
    let url = format!("{}{path}", joined.relay);
    let request = reqwest::Client::new().get(url).bearer_auth(&joined.token);
    request.send().await.unwrap().json().await.unwrap()
}

/// How many texts wait at the relay.
async fn waiting(joined: &Joined) -> usize {
    let page = get(joined, "/v1/messages?status=scheduled").await;
    page["messages"].as_array().unwrap().len()
}

async fn waits(joined: &Joined, count: usize) {
    eventually(&format!("{count} timed texts"), || async {
        match waiting(joined).await {
            found if found == count => Ok(()),
            found => Err(format!("{found}")),
        }
    })
    .await;
}

fn handed_over(world: &World) -> Vec<String> {
    let messages = world.simulator.messages();
    let ours = messages
        .iter()
        .filter(|message| message.direction != Direction::Inbound);
    ours.map(|message| message.body.clone()).collect()
}

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
    world.customer_writes(MARIA, "is the plumber coming?").await;
    let folder = world.folder("ana");
    let ana = Agent::start(&folder, &joined);
    ana.sees("is the plumber coming?").await;
    times_an_answer(&ana, true).await;
    waits(&joined, 1).await;
    ana.sees("unless they write").await;
    world.customer_writes(MARIA, "never mind").await;
    waits(&joined, 0).await;
    ana.sees("canceled a timed text: the customer wrote first")
        .await;
    ana.no_longer_sees("unless they write").await;
    assert!(handed_over(&world).is_empty());
    ana.leave().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn undo_takes_a_timed_text_back_into_the_draft() {
    let world = World::start().await;
    let joined = world.join("Ana").await;
    world.customer_writes(MARIA, "is the plumber coming?").await;
    let folder = world.folder("ana");
    let ana = Agent::start(&folder, &joined);
    ana.sees("is the plumber coming?").await;
    times_an_answer(&ana, false).await;
    waits(&joined, 1).await;
    ana.press(KeyCode::Esc).await;
    ana.sees("q back").await;
    ana.press(KeyCode::Char('z')).await;
    ana.sees("it is the draft again").await;
    waits(&joined, 0).await;
    assert!(handed_over(&world).is_empty());
    ana.leave().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_is_restarted_before_the_time_sends_the_text_once() {
    let mut world = World::start().await;
    let joined = world.join("Ana").await;
    let at = world.clock().now().plus_millis(HOUR_MS).to_rfc3339();
    let body = json!({ "id": Uuid::from_u128(7), "to": MARIA, "body": "on time", "send_at": at });
    let url = format!("{}/v1/messages", joined.relay);
    let request = reqwest::Client::new().post(url).bearer_auth(&joined.token);
    let answer = request.json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    world.stop_relay().await;
    assert!(handed_over(&world).is_empty());
    world.passes(HOUR_MS);
    world.start_relay().await;
    waits(&joined, 0).await;
    eventually("one text at the provider", || async {
        match handed_over(&world).as_slice() {
            [only] if only == "on time" => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    world.stop_relay().await;
    world.start_relay().await;
    waits(&joined, 0).await;
    assert_eq!(handed_over(&world), ["on time"]);
    world.end().await;
}
