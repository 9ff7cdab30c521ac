//! Search over the whole house: from a customer's text to the hit that is opened, and from scripts.

#![expect(clippy::unwrap_used, reason = "tests")]

use crossterm::event::KeyCode;
use serde_json::Value;
use smsdesk::identity::Identity;
use smsdesk_tests::agent::Agent;
use smsdesk_tests::eventually::eventually;
use smsdesk_tests::world::{MARIA, World};
use std::path::Path;
use std::process::{Command, Output};

const DESK: &str = env!("CARGO_BIN_EXE_desk-under-test");
/// Another customer.
const CHEN: &str = "+13055550142";

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_found_opened_at_its_place_and_left_for_where_it_began() {
    let world = World::start().await;
    let ana = world.join("Ana").await;
    world
        .customer_writes(MARIA, "is the Plumber still coming?")
        .await;
    for n in 0..30 {
        world.customer_writes(MARIA, &format!("line {n}")).await;
    }
    world.customer_writes(CHEN, "the plumber was great").await;
    let desk = Agent::start(&world.folder("desk"), &ana);
    desk.sees("the plumber was great").await;
    desk.sees("line 29").await;
    desk.press(KeyCode::Char('/')).await;
    desk.types("plumber").await;
    desk.sees("2 texts").await;
    desk.sees("is the Plumber still coming?").await;
    // The older of the two: another conversation than the newest one.
    desk.press(KeyCode::Down).await;
    desk.press(KeyCode::Enter).await;
    desk.no_longer_sees("2 texts").await;
    // It stands far above the newest line of its chat.
    desk.sees("is the Plumber still coming?").await;
    desk.sees(" new ↓").await;
    desk.sees("next hit").await;
    desk.press(KeyCode::Char('n')).await;
    desk.sees("hit 1 of 2").await;
    desk.press(KeyCode::Char('n')).await;
    desk.sees("hit 2 of 2").await;
    desk.sees("is the Plumber still coming?").await;
    desk.press(KeyCode::Esc).await;
    desk.sees("next waiting").await;
    // What arrives while the search is open is found, by any part of a number too.
    desk.press(KeyCode::Char('/')).await;
    desk.types("4471").await;
    desk.sees("nothing found").await;
    world.customer_writes(CHEN, "the code is 94-471-0").await;
    desk.sees("1 text").await;
    desk.press(KeyCode::Esc).await;
    desk.leave().await;
    world.end().await;
}

fn runs(home: &Path, arguments: &[&str]) -> Output {
    let names = ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"];
    let mut command = Command::new(DESK);
    command.args(arguments).envs(names.map(|name| (name, home)));
    command.env("TZ", "UTC").output().unwrap()
}

fn lines(output: &Output) -> Vec<String> {
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_search_by_the_same_language_and_pipe_what_they_find() {
    let world = World::start().await;
    let joined = world.join("Ana").await;
    let home = world.folder("home");
    let folder = home.join("smsdesk/default");
    std::fs::create_dir_all(&folder).unwrap();
    Identity::of(&joined).save(&folder).unwrap();
    world.customer_writes(MARIA, "is the plumber coming?").await;
    world.customer_writes(MARIA, "I mean the plumber").await;
    world.customer_writes(CHEN, "no plumber needed").await;
    let query = ["search", "plumber", "from:239426", "--json"];
    let found = lines(&runs(&home, &query));
    assert_eq!(found.len(), 2, "{found:?}");
    let newest: Value = serde_json::from_str(&found[0]).unwrap();
    assert_eq!(newest["entry"]["body"], "I mean the plumber");
    assert_eq!(newest["address"], MARIA);
    // One id a conversation in a pipe.
    let ids = lines(&runs(&home, &["search", "plumber -needed"]));
    assert_eq!(ids, [newest["entry"]["conversation"].as_str().unwrap()]);
    let listed = lines(&runs(
        &home,
        &["list", "--quiet", "--filter", "from:5550142"],
    ));
    assert_eq!(listed.len(), 1);
    let indexed = eventually("everything is indexed", || async {
        let output = runs(&home, &["search", "plum"]);
        match output.stderr.is_empty() {
            true => Ok(lines(&output)),
            false => Err(format!("{output:?}")),
        }
    })
    .await;
    assert_eq!(indexed.len(), 2);
    let refused = runs(&home, &["search", "is:opne"]);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    let words = String::from_utf8(refused.stderr).unwrap();
    assert!(words.contains("column 4: expected open"), "{words}");
    world.end().await;
}
