//! What is set at the relay, over the whole house: by scripts, in the app and by the operator, while
//! everything runs.

#![expect(clippy::unwrap_used, reason = "tests")]

use crossterm::event::KeyCode;
use serde_json::json;
use smsdesk_common::agent::Role;
use smsdesk_relay::admin::{Answer, Command, client};
use smsdesk_tests::agent::Agent;
use smsdesk_tests::api::Api;
use smsdesk_tests::world::{MARIA, World};

async fn sends(world: &World, pause: bool) {
    let command = Command::Sends { pause: Some(pause) };
    let answer = client::ask(&world.config(), command).await.unwrap();
    assert!(matches!(answer, Answer::Sends { paused, .. } if paused == pause));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_turns_a_switch_in_the_app_and_it_holds_at_the_relay_and_on_every_screen() {
    let world = World::start().await;
    let joined = world.join_as("Ana", Some(Role::Admin)).await;
    world.customer_writes(MARIA, "is the plumber coming?").await;
    let ana = Agent::start(&world.folder("ana"), &joined);
    ana.sees("is the plumber coming?").await;
    ana.sees("live").await;
    ana.press(KeyCode::Char(':')).await;
    ana.types("settings").await;
    ana.press(KeyCode::Enter).await;
    ana.sees("Settings of the desk").await;
    ana.types("automation.rules").await;
    ana.sees("on · replies to keywords").await;
    ana.press(KeyCode::Enter).await;
    ana.sees("off · replies to keywords").await;
    let api = Api::of(&joined);
    assert_eq!(
        api.get("/v1/settings").await["automation"]["rules"],
        json!(false)
    );
    ana.press(KeyCode::Esc).await;
    ana.leave().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn paused_sends_wait_over_a_restart_and_go_once_when_they_are_resumed() {
    let mut world = World::start().await;
    let joined = world.join("Ana").await;
    world.customer_writes(MARIA, "is the plumber coming?").await;
    sends(&world, true).await;
    let ana = Agent::start(&world.folder("ana"), &joined);
    ana.sees("is the plumber coming?").await;
    ana.sees("all sends are paused").await;
    ana.replies("Yes, at nine").await;
    ana.sees("all sends are paused; 1 waits").await;
    world.stop_relay().await;
    world.start_relay().await;
    ana.sees("live").await;
    assert!(world.handed_over(MARIA).is_empty());
    sends(&world, false).await;
    world.gets(MARIA, &["Yes, at nine"]).await;
    ana.no_longer_sees("all sends are paused").await;
    ana.leave().await;
    world.end().await;
}
