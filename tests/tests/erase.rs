//! Somebody is erased while one terminal is connected and another one is not: nothing of them is left
//! in any file, of the relay or of a terminal.

use crossterm::event::KeyCode;
use smsdesk_common::phone::Address;
use smsdesk_relay::admin::{Answer, Command, client};
use smsdesk_relay::store::verify::verify;
use smsdesk_tests::agent::Agent;
use smsdesk_tests::eventually::eventually;
use smsdesk_tests::world::{BO, MARIA, World};
use std::path::{Path, PathBuf};

/// In what Maria writes, and in what is written to her.
const CANARY: &str = "zanzibarcanary";
/// In what has to stay.
const STAYS: &str = "marmalade";
/// Of Maria: her words, her number as it is stored, and as the index of people has it.
const TRACES: [&str; 3] = [CANARY, "2394267058", "4267058"];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        match entry.file_type().unwrap() {
            kind if kind.is_dir() => files(&entry.path(), found),
            kind if kind.is_file() => found.push(entry.path()),
            // The administration socket.
            _ => {}
        }
    }
}

/// Files that hold any of the words, whatever their letters' case.
fn holding(folder: &Path, words: &[&str]) -> Vec<String> {
    let mut all = Vec::new();
    files(folder, &mut all);
    let mut found = Vec::new();
    for file in all {
        let bytes = std::fs::read(&file).unwrap().to_ascii_lowercase();
        let holds = |word: &&str| bytes.windows(word.len()).any(|it| it == word.as_bytes());
        let held = words.iter().filter(|word| holds(word));
        found.extend(held.map(|word| format!("{word} in {}", file.display())));
    }
    found
}

async fn erase(world: &World, number: &str) {
    let erase = Command::Erase {
        address: Address::from_twilio(number).unwrap(),
        dry_run: false,
    };
    match client::ask(&world.config(), erase).await.unwrap() {
        Answer::Erased { erased } => assert!(erased.clean && erased.extent.known, "{erased:?}"),
        other => panic!("{other:?}"),
    }
}

/// Every record of the relay is here, and no other.
async fn agrees(agent: &Agent) {
    eventually("the copy to be whole", || async {
        match agent.cache.cursor().await.unwrap() {
            Some(cursor) if cursor.is_whole() => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_an_erased_person_is_left_on_the_relay_or_on_any_terminal() {
    let world = World::start().await;
    let joined = [world.join("Ana").await, world.join("Bo").await];
    let folders = [world.folder("ana"), world.folder("bo")];
    let ana = Agent::start(&folders[0], &joined[0]);
    let bo = Agent::start(&folders[1], &joined[1]);
    // She alone is in the list as long as she is written to.
    world.customer_writes(MARIA, &format!("{CANARY} one")).await;
    for agent in [&ana, &bo] {
        agent.sees(&format!("{CANARY} one")).await;
    }
    bo.leave().await;
    ana.replies(&format!("{CANARY} two")).await;
    ana.press(KeyCode::Char('r')).await;
    ana.sees("Enter sends").await;
    ana.types(&format!("{CANARY} draft")).await;
    ana.press(KeyCode::Esc).await;
    ana.no_longer_sees(" 0/160").await;
    world
        .customer_writes(MARIA, &format!("{CANARY} three"))
        .await;
    ana.sees(&format!("{CANARY} three")).await;
    world.customer_writes(BO, &format!("{STAYS} please")).await;
    ana.sees(STAYS).await;
    world.gets(MARIA, &[format!("{CANARY} two")]).await;
    assert!(!holding(&folders[0], &[CANARY]).is_empty());

    erase(&world, MARIA).await;
    ana.no_longer_sees(CANARY).await;
    ana.sees(STAYS).await;
    agrees(&ana).await;
    // Whoever was away finds out when they are back.
    let bo = Agent::start(&folders[1], &joined[1]);
    bo.sees("live").await;
    bo.no_longer_sees(CANARY).await;
    bo.sees(STAYS).await;
    agrees(&bo).await;
    ana.leave().await;
    bo.leave().await;
    let database = world.config().database;
    let root = database.parent().unwrap().to_owned();
    let report = tokio::task::spawn_blocking(move || verify(&database).unwrap());
    assert_eq!(report.await.unwrap().findings, []);
    assert_eq!(holding(&root, &TRACES), Vec::<String>::new());
    assert!(!holding(&root, &[STAYS]).is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_was_erased_and_writes_again_begins_anew_on_every_screen() {
    let world = World::start().await;
    let ana = world.join("Ana").await;
    let ana = Agent::start(&world.folder("ana"), &ana);
    world.customer_writes(MARIA, &format!("{CANARY} one")).await;
    ana.sees(&format!("{CANARY} one")).await;
    erase(&world, MARIA).await;
    ana.no_longer_sees(CANARY).await;
    world.customer_writes(MARIA, "it is me again").await;
    ana.sees("it is me again").await;
    ana.replies("welcome").await;
    world.gets(MARIA, &["welcome"]).await;
    ana.leave().await;
    world.end().await;
}
