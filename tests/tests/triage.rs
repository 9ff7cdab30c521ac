//! Triage over the whole house: what one agent does to a conversation, seen by the others, with the
//! relay away and the app killed.

#![expect(clippy::unwrap_used, reason = "tests")]

use crossterm::event::KeyCode;
use serde_json::Value;
use smsdesk_common::agent::Role;
use smsdesk_common::api::join::Joined;
use smsdesk_relay::twilio::simulator::Direction;
use smsdesk_tests::agent::Agent;
use smsdesk_tests::eventually::eventually;
use smsdesk_tests::pty::Pty;
use smsdesk_tests::world::{MARIA, World};
use std::path::{Path, PathBuf};
use std::process::Command;

const DESK: &str = env!("CARGO_BIN_EXE_desk-under-test");
/// Another customer.
const CHEN: &str = "+13055550142";

async fn get(joined: &Joined, path: &str) -> Result<Value, String> {
    let url = format!("{}{path}", joined.relay);
    let request = reqwest::Client::new().get(url).bearer_auth(&joined.token);
    let answer = request.send().await.map_err(|error| error.to_string())?;
    answer.json().await.map_err(|error| error.to_string())
}

/// The conversation with that customer as the relay has it.
async fn conversation(joined: &Joined, address: &str) -> Result<Value, String> {
    let page = get(joined, "/v1/conversations").await?;
    let all = page["conversations"].as_array().ok_or("no page")?;
    let found = all.iter().find(|one| one["address"] == address);
    found.cloned().ok_or_else(|| format!("{page}"))
}

/// What stands in its timeline, oldest first: `KIND: BODY`.
async fn timeline(joined: &Joined, conversation: &Value) -> Vec<String> {
    let id = conversation["id"].as_str().unwrap();
    let path = format!("/v1/conversations/{id}/entries");
    let page = get(joined, &path).await.unwrap();
    let entries = page["entries"].as_array().unwrap().iter().rev();
    let line = |entry: &Value| {
        let (kind, body) = (&entry["entry_kind"], &entry["body"]);
        format!("{}: {}", kind.as_str().unwrap(), body.as_str().unwrap())
    };
    entries.map(line).collect()
}

async fn becomes(joined: &Joined, address: &str, status: &str) -> Value {
    eventually(&format!("{address} to be {status}"), || async {
        let conversation = conversation(joined, address).await?;
        if conversation["status"] == status {
            Ok(conversation)
        } else {
            Err(conversation.to_string())
        }
    })
    .await
}

fn environment(home: &Path) -> Vec<(String, String)> {
    let home = home.display().to_string();
    ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"]
        .map(|name| (name.to_owned(), home.clone()))
        .to_vec()
}

fn sit_down(home: &Path) -> Pty {
    let environment = environment(home);
    let environment: Vec<_> = environment
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    Pty::start(DESK, &[], &environment, (120, 30))
}

async fn home(world: &World) -> PathBuf {
    let home = world.folder("home");
    std::fs::create_dir_all(&home).unwrap();
    let invite = world.invite("Ana").await;
    let join = Command::new(DESK)
        .args(["join", &invite])
        .envs(environment(&home))
        .output()
        .unwrap();
    assert!(join.status.success(), "{join:?}");
    home
}

/// The first conversation, key by key; each is on the disk before the next.
fn takes_flags_notes_answers_and_closes(desk: &mut Pty) {
    desk.types("A");
    desk.sees("It is yours now");
    desk.types("*");
    desk.sees("Flagged");
    desk.types("P");
    desk.types("she paid");
    desk.types("\r");
    desk.sees("waiting to be saved");
    desk.types("\x1b");
    desk.sees("q back");
    desk.types("r");
    desk.types("We are");
    desk.types("\r");
    desk.sees("waiting to send");
    desk.types("\x1b");
    desk.sees("q back");
    desk.types("e");
    desk.sees("goes back to it");
}

fn takes_the_flag_back(desk: &mut Pty) {
    desk.sees("Flagged 2");
    desk.types("z");
    desk.sees("Undone: flagged");
    desk.sees("Flagged 1");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_while_the_relay_was_away_outlives_a_kill_and_arrives_once_and_in_order() {
    let mut world = World::start().await;
    let bo = world.join("Bo").await;
    let home = home(&world).await;
    world.customer_writes(MARIA, "is anybody there?").await;
    world.customer_writes(CHEN, "thanks!").await;
    let mut desk = sit_down(&home);
    desk.sees("live");
    desk.sees("is anybody there?");
    desk.sees("thanks!");
    world.stop_relay().await;
    desk.sees("offline");
    takes_flags_notes_answers_and_closes(&mut desk);
    desk.signal("KILL");
    desk.ends();

    // Nothing was lost: the next one shows it before the relay knows anything.
    let mut desk = sit_down(&home);
    desk.sees("thanks!");
    desk.sees("Inbox 1");
    desk.sees("Flagged 1");
    desk.types("g");
    desk.types("d");
    desk.sees("is anybody there?");
    desk.sees(" done · AN");
    desk.types("g");
    desk.types("i");
    desk.sees("thanks!");
    desk.types("*");
    desk.sees("Flagged 2");
    desk.signal("KILL");
    desk.ends();

    // What was done before the kill can be taken back after it, still without the relay.
    let mut desk = sit_down(&home);
    takes_the_flag_back(&mut desk);
    world.start_relay().await;
    desk.sees("live");
    let maria = becomes(&bo, MARIA, "done").await;
    assert_eq!(maria["flagged"], true);
    let (_, ana) = agents(&bo).await;
    assert_eq!(maria["assignee"], ana);
    assert_eq!(
        timeline(&bo, &maria).await,
        [
            "message: is anybody there?",
            "activity: took it",
            "activity: flagged it",
            "note: she paid",
            "message: We are",
            "activity: marked it done",
        ]
    );
    let chen = conversation(&bo, CHEN).await.unwrap();
    assert_eq!(
        timeline(&bo, &chen).await,
        [
            "message: thanks!",
            "activity: flagged it",
            "activity: removed the flag"
        ]
    );
    let sent = world.simulator.messages().into_iter();
    let sent = sent.filter(|message| message.direction == Direction::OutboundApi);
    assert_eq!(sent.count(), 1);
    desk.signal("TERM");
    desk.ends();
    nothing_is_left(&home);
    world.end().await;
}

/// The ids of Bo and Ana.
async fn agents(joined: &Joined) -> (Value, Value) {
    let page = get(joined, "/v1/changes?after=0&limit=2000").await.unwrap();
    let all = page["changes"].as_array().unwrap();
    let id = |name: &str| {
        let mut agents = all.iter().filter(|change| change["kind"] == "agent");
        agents.find(|agent| agent["name"] == name).unwrap()["id"].clone()
    };
    (id("Bo"), id("Ana"))
}

/// Every request of the device has left its outbox.
fn nothing_is_left(home: &Path) {
    let mut folders = vec![home.to_owned()];
    let mut found = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name == "outbox.db") {
                found += 1;
                let outbox = rusqlite::Connection::open(path).unwrap();
                let left: i64 = outbox
                    .query_row("SELECT count(*) FROM request", (), |row| row.get(0))
                    .unwrap();
                assert_eq!(left, 0);
            }
        }
    }
    assert_eq!(found, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_conversation_leaves_every_inbox_and_comes_back_when_the_customer_writes() {
    let world = World::start().await;
    let (ana, bo) = (world.join("Ana").await, world.join("Bo").await);
    let reader = bo.clone();
    let ana = Agent::start(&world.folder("ana"), &ana);
    let bo = Agent::start(&world.folder("bo"), &bo);
    world.customer_writes(MARIA, "is anybody there?").await;
    ana.sees("is anybody there?").await;
    bo.sees("is anybody there?").await;
    ana.press(KeyCode::Char('e')).await;
    ana.sees("goes back to it").await;
    ana.no_longer_sees("is anybody there?").await;
    bo.no_longer_sees("is anybody there?").await;
    world.customer_writes(MARIA, "one more thing").await;
    ana.sees("one more thing").await;
    bo.sees("one more thing").await;
    bo.sees("Ana marked it done").await;
    bo.press(KeyCode::Char('A')).await;
    bo.sees("It is yours now").await;
    ana.sees("Bo took it").await;
    let maria = conversation(&reader, MARIA).await.unwrap();
    assert_eq!(
        timeline(&reader, &maria).await,
        [
            "message: is anybody there?",
            "activity: marked it done",
            "message: one more thing",
            "activity: took it",
        ]
    );
    ana.leave().await;
    bo.leave().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_relay_does_not_allow_is_said_and_turned_back() {
    let world = World::start().await;
    let rita = world.join_as("Rita", Some(Role::Readonly)).await;
    let rita = Agent::start(&world.folder("rita"), &rita);
    world.customer_writes(MARIA, "is anybody there?").await;
    rita.sees("is anybody there?").await;
    rita.press(KeyCode::Char('e')).await;
    rita.sees("not marked done").await;
    rita.sees("Not allowed").await;
    rita.sees("Inbox 1").await;
    rita.sees("is anybody there?").await;
    for key in "Phi".chars().map(KeyCode::Char) {
        rita.press(key).await;
    }
    rita.press(KeyCode::Enter).await;
    rita.sees("note refused ✗").await;
    rita.press(KeyCode::Esc).await;
    rita.press(KeyCode::Char('R')).await;
    rita.sees("private note · the customer does not see it")
        .await;
    rita.press(KeyCode::Esc).await;
    rita.leave().await;
    world.end().await;
}
