//! Opt-outs over the whole house: what a customer texts, what the provider refuses, what the app and
//! scripts say and do about it.

#![expect(clippy::unwrap_used, reason = "tests")]

use crossterm::event::KeyCode;
use serde_json::{Value, json};
use smsdesk_common::api::join::Joined;
use smsdesk_relay::twilio::simulator::{
    Direction, MessagingService, OptOutManagement, SimulatorConfig,
};
use smsdesk_tests::agent::Agent;
use smsdesk_tests::eventually::eventually;
use smsdesk_tests::world::{MARIA, World};
use uuid::Uuid;

const SERVICE: &str = "MGaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn advanced(config: &mut SimulatorConfig) {
    config.messaging_service = Some(MessagingService {
        sid: SERVICE.to_owned(),
        opt_out: OptOutManagement::Advanced,
    });
}

async fn post(joined: &Joined, path: &str, body: &Value) -> (u16, Value) {
    let url = format!("{}{path}", joined.relay);
    let request = reqwest::Client::new().post(url).bearer_auth(&joined.token);
    let answer = request.json(body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn get(joined: &Joined, path: &str) -> Value {
    let url = format!("{}{path}", joined.relay);
    let request = reqwest::Client::new().get(url).bearer_auth(&joined.token);
    request.send().await.unwrap().json().await.unwrap()
}

async fn send(joined: &Joined, id: u128) -> (u16, Value) {
    let body = json!({ "id": Uuid::from_u128(id), "to": MARIA, "body": format!("text {id}") });
    post(joined, "/v1/messages", &body).await
}

async fn is_refused(joined: &Joined, id: u128) {
    let (status, problem) = send(joined, id).await;
    assert_eq!((status, &problem["code"]), (409, &json!("opted_out")));
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("nothing was sent"), "{detail}");
}

/// The words of all that the provider was asked to send. It answers STOP and START by itself.
fn handed_over(world: &World) -> Vec<String> {
    let messages = world.simulator.messages().into_iter();
    let ours = messages.filter(|message| message.direction == Direction::OutboundApi);
    ours.map(|message| message.body).collect()
}

async fn reaches(world: &World, expected: &[&str]) {
    eventually("the texts at the provider", || async {
        match handed_over(world) {
            found if found == expected => Ok(()),
            found => Err(format!("{found:?}")),
        }
    })
    .await;
}

async fn comes_back(joined: &Joined, id: u128, code: u64) {
    eventually("the text to come back", || async {
        let page = get(joined, "/v1/conversations").await;
        let conversation = page["conversations"][0]["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/conversations/{conversation}/entries");
        let page = get(joined, &path).await;
        let entries = page["entries"].as_array().unwrap();
        let id = Uuid::from_u128(id).to_string();
        let ours = entries.iter().find(|entry| entry["id"] == id.as_str());
        match ours.map(|entry| &entry["error"]["code"]) {
            Some(found) if *found == code => Ok(()),
            _ => Err(page.to_string()),
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_is_refused_here_before_the_provider_is_asked_and_a_start_undoes_it() {
    let world = World::start().await;
    let joined = world.join("Ana").await;
    world.customer_writes(MARIA, "is the plumber coming?").await;
    world.customer_writes(MARIA, "Stop").await;
    is_refused(&joined, 1).await;
    world.customer_writes(MARIA, "START").await;
    let (status, _) = send(&joined, 2).await;
    assert_eq!(status, 201);
    reaches(&world, &["text 2"]).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_that_the_relay_never_heard_is_learned_from_the_providers_refusal() {
    let world = World::start().await;
    let joined = world.join("Ana").await;
    world.customer_writes(MARIA, "hello").await;
    world.customer_writes_unheard(MARIA, "STOP").await;
    let (status, _) = send(&joined, 1).await;
    assert_eq!(status, 201);
    comes_back(&joined, 1, 21_610).await;
    is_refused(&joined, 2).await;
    assert!(handed_over(&world).is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_advanced_opt_out_the_refusal_comes_later_and_is_learned_all_the_same() {
    let world = World::start_with(advanced, None).await;
    let joined = world.join("Ana").await;
    world.customer_writes(MARIA, "hello").await;
    world.customer_writes_unheard(MARIA, "STOP").await;
    let (status, _) = send(&joined, 1).await;
    assert_eq!(status, 201);
    comes_back(&joined, 1, 21_610).await;
    is_refused(&joined, 2).await;
    world.customer_writes(MARIA, "START").await;
    let (status, _) = send(&joined, 3).await;
    assert_eq!(status, 201);
    reaches(&world, &["text 1", "text 3"]).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_says_so_before_anything_is_typed_and_sends_nothing() {
    let world = World::start().await;
    let joined = world.join("Ana").await;
    world.customer_writes(MARIA, "is the plumber coming?").await;
    let folder = world.folder("ana");
    let ana = Agent::start(&folder, &joined);
    ana.sees("is the plumber coming?").await;
    world.customer_writes(MARIA, "STOP").await;
    ana.sees("by STOP: texts are refused").await;
    ana.press(KeyCode::Char('r')).await;
    ana.types("But he is on his way").await;
    ana.press(KeyCode::Enter).await;
    ana.sees("Not sent").await;
    world.customer_writes(MARIA, "start").await;
    ana.sees("opted in again by texting START").await;
    assert!(handed_over(&world).is_empty());
    ana.leave().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_in_plain_words_is_answered_by_one_command() {
    let world = World::start().await;
    let joined = world.join("Ana").await;
    world.customer_writes(MARIA, "please stop texting me").await;
    let folder = world.folder("ana");
    let ana = Agent::start(&folder, &joined);
    ana.sees("may want no more texts").await;
    ana.press(KeyCode::Char(':')).await;
    ana.types("opt-out").await;
    ana.press(KeyCode::Enter).await;
    ana.sees("by a colleague: texts are refused").await;
    is_refused(&joined, 1).await;
    let page = get(&joined, "/v1/conversations").await;
    assert_eq!(page["conversations"][0]["flagged"], false);
    ana.leave().await;
    world.end().await;
}
