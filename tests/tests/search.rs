//! Search over the whole house: from a customer's text to the hit that is opened, and from scripts.

#![expect(clippy::unwrap_used, reason = "tests")]

use crossterm::event::KeyCode;
use jiff::tz::TimeZone;
use serde_json::Value;
use smsdesk::cache::Cache;
use smsdesk::identity::Identity;
use smsdesk::model::search::{Found, Reach, SearchQuery};
use smsdesk_common::filter::{Search, Sense};
use smsdesk_tests::agent::Agent;
use smsdesk_tests::bench;
use smsdesk_tests::eventually::eventually;
use smsdesk_tests::pty::Pty;
use smsdesk_tests::world::{MARIA, World};
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

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

/// How many texts are indexed.
fn indexed(cache: &rusqlite::Connection) -> i64 {
    let sql = "SELECT count FROM search_tally WHERE what = 'indexed'";
    cache.query_row(sql, (), |row| row.get(0)).unwrap()
}

async fn found(cache: &Cache, number: u64, text: &str) -> Found {
    let text = text.to_owned();
    let query = SearchQuery { number, text };
    let found = cache.search(query, TimeZone::UTC).await.unwrap();
    found.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_is_killed_while_it_indexes_finds_everything_after_the_next_start() {
    const TEXTS: i64 = 3_000;
    let home = tempfile::tempdir().unwrap();
    let folder = bench::home_to_search(home.path(), TEXTS.unsigned_abs()).await;
    let folder = folder.unwrap();
    let path = home.path().display().to_string();
    let environment = [("HOME", path.as_str()), ("XDG_DATA_HOME", path.as_str())];
    let other = rusqlite::Connection::open(folder.join("cache.db")).unwrap();
    other.busy_timeout(Duration::from_secs(30)).unwrap();
    let mut before = indexed(&other);
    for _ in 0..4 {
        let desk = Pty::start(DESK, &[], &environment, (120, 30));
        eventually("some more to be indexed", || async {
            let now = indexed(&other);
            let some = now > before || now == TEXTS;
            some.then_some(()).ok_or(format!("{now}"))
        })
        .await;
        desk.signal("KILL");
        desk.ends();
        before = indexed(&other);
    }
    let bodies = "SELECT body FROM records WHERE kind = 'entry'";
    let mut bodies = other.prepare(bodies).unwrap();
    let bodies = bodies.query_map((), |row| row.get::<_, String>(0)).unwrap();
    let body = |json: rusqlite::Result<String>| {
        let entry: Value = serde_json::from_str(&json.unwrap()).unwrap();
        entry["body"].as_str().unwrap().to_owned()
    };
    let bodies: Vec<String> = bodies.map(body).collect();
    let cache = Cache::open(&folder).unwrap().cache;
    eventually("everything to be indexed", || async {
        let coverage = found(&cache, 1, "plumber").await.coverage;
        let whole = coverage.is_whole() && i64::from(coverage.entries) == TEXTS;
        whole.then_some(()).ok_or(format!("{coverage:?}"))
    })
    .await;
    // Whatever is rare enough to be told in full: a word of its own, and three words together.
    let rare = bodies.iter().filter_map(|body| body.rsplit_once(" rare"));
    let rare: Vec<String> = rare.map(|(_, number)| format!("rare{number}")).collect();
    let three = |body: &String| body.split(' ').rev().take(3).collect::<Vec<_>>().join(" ");
    let queries = rare.into_iter().step_by(2);
    let queries = queries.chain(bodies.iter().step_by(61).map(three));
    let mut told = 0;
    for (number, query) in (2..).zip(queries) {
        let needles = Search::read(&query).filter.needles(Sense::Holds);
        let holds = |body: &&String| needles.iter().all(|needle| needle.is_in(body));
        let mut expected: Vec<&String> = bodies.iter().filter(holds).collect();
        let found = found(&cache, number, &query).await;
        if found.reach != Reach::Every {
            continue;
        }
        let mut hits: Vec<&String> = found.hits.iter().map(|hit| &hit.body).collect();
        hits.sort();
        expected.sort();
        assert_eq!(hits, expected, "{query}");
        told += 1;
    }
    assert!(told >= 60, "{told} queries were told in full");
    cache.close().await;
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
