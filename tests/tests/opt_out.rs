//! Opt-outs over the whole house: what a customer texts, what the provider refuses, what the app and
//! scripts say and do about it.

#![expect(clippy::unwrap_used, reason = "tests")]

use crossterm::event::KeyCode;
use serde_json::{Value, json};
use smsdesk_relay::desk::consent::answer::Answers;
use smsdesk_relay::twilio::simulator::{
    Direction, MessagingService, OptOutManagement, SimulatorConfig,
};
use smsdesk_tests::agent::Agent;
use smsdesk_tests::api::Api;
use smsdesk_tests::eventually::eventually;
use smsdesk_tests::world::{BO, MARIA, World, rate};
use uuid::Uuid;

const SERVICE: &str = "MGaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn advanced(config: &mut SimulatorConfig) {
    manages(config, OptOutManagement::Advanced);
}

fn manages(config: &mut SimulatorConfig, opt_out: OptOutManagement) {
    let sid = SERVICE.to_owned();
    config.messaging_service = Some(MessagingService { sid, opt_out });
}

async fn send(api: &Api, id: u128) -> (u16, Value) {
    let body = json!({ "id": Uuid::from_u128(id), "to": MARIA, "body": format!("text {id}") });
    api.post("/v1/messages", &body).await
}

async fn is_refused(api: &Api, id: u128) {
    let (status, problem) = send(api, id).await;
    assert_eq!((status, &problem["code"]), (409, &json!("opted_out")));
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("nothing was sent"), "{detail}");
}

async fn comes_back(api: &Api, id: u128, code: u64) {
    eventually("the text to come back", || async {
        let page = api.get("/v1/conversations").await;
        let conversation = page["conversations"][0]["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/conversations/{conversation}/entries");
        let page = api.get(&path).await;
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
    let api = Api::of(&joined);
    world.customer_writes(MARIA, "is the plumber coming?").await;
    world.customer_writes(MARIA, "Stop").await;
    is_refused(&api, 1).await;
    world.customer_writes(MARIA, "START").await;
    let (status, _) = send(&api, 2).await;
    assert_eq!(status, 201);
    world.gets(MARIA, &["text 2"]).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_that_the_relay_never_heard_is_learned_from_the_providers_refusal() {
    let world = World::start().await;
    let joined = world.join("Ana").await;
    let api = Api::of(&joined);
    world.customer_writes(MARIA, "hello").await;
    world.customer_writes_unheard(MARIA, "STOP").await;
    let (status, _) = send(&api, 1).await;
    assert_eq!(status, 201);
    comes_back(&api, 1, 21_610).await;
    is_refused(&api, 2).await;
    assert!(world.handed_over(MARIA).is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_advanced_opt_out_the_refusal_comes_later_and_is_learned_all_the_same() {
    let world = World::start_with(advanced, None).await;
    let joined = world.join("Ana").await;
    let api = Api::of(&joined);
    world.customer_writes(MARIA, "hello").await;
    world.customer_writes_unheard(MARIA, "STOP").await;
    let (status, _) = send(&api, 1).await;
    assert_eq!(status, 201);
    comes_back(&api, 1, 21_610).await;
    is_refused(&api, 2).await;
    world.customer_writes(MARIA, "START").await;
    let (status, _) = send(&api, 3).await;
    assert_eq!(status, 201);
    world.gets(MARIA, &["text 1", "text 3"]).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_answers_by_itself_says_each_thing_once_and_nothing_else_after_a_stop() {
    let [stop, start, help] = ["No more texts.", "Texts again.", "Call us."];
    let answers = Answers {
        stop: stop.to_owned(),
        start: start.to_owned(),
        help: help.to_owned(),
    };
    let off = |config: &mut SimulatorConfig| manages(config, OptOutManagement::Off);
    let mut world = World::start_with(off, Some(answers)).await;
    let api = Api::of(&world.join("Ana").await);
    world.turn(|knobs| knobs.duplicate_webhooks = rate(1.0));
    world.customer_writes(MARIA, "START").await;
    for keyword in ["STOP", "stopall", "Quit"] {
        world.customer_writes(MARIA, keyword).await;
    }
    world.gets(MARIA, &[stop]).await;
    is_refused(&api, 1).await;
    world.customer_writes(MARIA, "HELP").await;
    world.customer_writes(MARIA, "info").await;
    world.gets(MARIA, &[stop, help]).await;
    // Whatever was decided before is not decided anew.
    world.stop_relay().await;
    world.start_relay().await;
    for _ in 0..2 {
        world.customer_writes(MARIA, "unstop").await;
    }
    world.gets(MARIA, &[stop, help, start]).await;
    let (status, _) = send(&api, 2).await;
    assert_eq!(status, 201);
    world.gets(MARIA, &[stop, help, start, "text 2"]).await;
    // Who did not opt out is not told that they opted in.
    world.customer_writes(BO, "YES").await;
    world.customer_writes(BO, "STOP").await;
    world.gets(BO, &[stop]).await;
    let messages = world.simulator.messages().into_iter();
    let mut directions = messages.map(|message| message.direction);
    assert!(!directions.any(|it| it == Direction::OutboundReply));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_opted_out_and_in_is_found_by_it_and_the_panel_tells_the_history() {
    let world = World::start().await;
    let joined = world.join("Ana").await;
    world.customer_writes(MARIA, "is the plumber coming?").await;
    world.customer_writes(BO, "thanks for the visit").await;
    for said in ["STOP", "START"] {
        world.customer_writes(BO, said).await;
    }
    world.customer_writes(MARIA, "STOP").await;
    let api = Api::of(&joined);
    let found = api.get("/v1/search?q=is:optedout").await;
    let bodies: Vec<_> = found["hits"].as_array().unwrap().iter().collect();
    assert!(
        !bodies.is_empty() && bodies.iter().all(|hit| hit["address"] == MARIA),
        "{found}"
    );
    let ana = Agent::start(&world.folder("ana"), &joined);
    ana.sees("thanks for the visit").await;
    ana.press(KeyCode::Char('/')).await;
    ana.types("is:optedout").await;
    ana.no_longer_sees("thanks for the visit").await;
    ana.press(KeyCode::Enter).await;
    ana.sees("is:optedout").await;
    ana.press(KeyCode::Char('p')).await;
    ana.sees("opted out by texting STOP").await;
    ana.leave().await;
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
    assert!(world.handed_over(MARIA).is_empty());
    ana.leave().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_in_plain_words_is_answered_by_one_command() {
    let world = World::start().await;
    let joined = world.join("Ana").await;
    let api = Api::of(&joined);
    world.customer_writes(MARIA, "please stop texting me").await;
    let folder = world.folder("ana");
    let ana = Agent::start(&folder, &joined);
    ana.sees("may want no more texts").await;
    ana.press(KeyCode::Char(':')).await;
    ana.types("opt-out").await;
    ana.press(KeyCode::Enter).await;
    ana.sees("by a colleague: texts are refused").await;
    is_refused(&api, 1).await;
    let page = api.get("/v1/conversations").await;
    assert_eq!(page["conversations"][0]["flagged"], false);
    ana.leave().await;
    world.end().await;
}
