//! Appointments over the whole house: told by other programs and by scripts, kept by the relay, seen
//! at a desk, and told the customer once at the simulator.

#![expect(clippy::unwrap_used, reason = "tests")]

use crossterm::event::KeyCode;
use reqwest::Method;
use serde_json::{Value, json};
use smsdesk_common::agent::Role;
use smsdesk_common::time::Timestamp;
use smsdesk_relay::twilio::simulator::Rate;
use smsdesk_tests::agent::Agent;
use smsdesk_tests::api::Api;
use smsdesk_tests::eventually::eventually;
use smsdesk_tests::visits::{DAY_MS, ahead, job, texts, triggered, triggers, values, visit};
use smsdesk_tests::world::{BO, MARIA, World};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use tokio::sync::Barrier;

const DESK: &str = env!("CARGO_BIN_EXE_desk-under-test");
/// Another customer.
const CHEN: &str = "+13055550142";
const HOUR_MS: i64 = 3_600_000;

/// Waits until the provider has so many texts for somebody.
async fn told(world: &World, who: &str, count: usize) {
    eventually(&format!("{count} texts for {who}"), || async {
        match world.handed_over(who) {
            found if found.len() == count => Ok(()),
            found => Err(format!("{found:?}")),
        }
    })
    .await;
}

/// A desk, somebody who may change what holds, and a program of theirs.
async fn desk() -> (World, Api) {
    let world = World::start().await;
    let boss = world.join_as("Boss", Some(Role::Admin)).await;
    (world, Api::of(&boss))
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_wrote_stop_is_told_nothing() {
    let (world, api) = desk().await;
    world.customer_writes(MARIA, "STOP").await;
    api.post("/v1/jobs", &visit(1, MARIA)).await;
    let near = json!({ "lat": 26.187, "lon": -81.7948, "speed_mps": 10 });
    for (kind, patch) in [
        ("scheduled", json!({ "address": "12 Palm Street" })),
        ("enroute", json!({ "status": "enroute", "eta_minutes": 25 })),
        ("15_min", near),
        ("arrived", json!({ "status": "on_site" })),
        (
            "complete",
            json!({ "status": "complete", "variables": values() }),
        ),
    ] {
        let job = if kind == "15_min" {
            let (_, answer) = api.post(&format!("{}/location", job(1)), &patch).await;
            answer["job"].clone()
        } else {
            api.patch(&job(1), &patch).await
        };
        assert_eq!(job["notices"][kind]["why"], "opted_out", "{kind}: {job}");
    }
    // Whoever is told last is told; had the others been, it was before.
    triggers(&api, "arrived", BO).await;
    world.gets(BO, &triggered(["arrived"].into_iter())).await;
    assert!(world.handed_over(MARIA).is_empty());
    world.end().await;
}

/// A visit from its beginning to its end, each thing posted twice, what can be at once.
async fn takes_place(api: &Api, n: u128, who: &str) -> Value {
    let visit = visit(n, who);
    let (made, again) = tokio::join!(api.post("/v1/jobs", &visit), api.post("/v1/jobs", &visit));
    assert_eq!(made.0 + again.0, 200 + 201, "{made:?} {again:?}");
    let enroute = json!({ "status": "enroute", "eta_minutes": 25 });
    for _ in 0..2 {
        api.patch(&job(n), &enroute).await;
    }
    let path = format!("{}/location", job(n));
    let near = json!({ "lat": 26.187, "lon": -81.7948, "speed_mps": 10, "at": ahead(-1_000) });
    let door = json!({ "lat": 26.1421, "lon": -81.7948, "at": ahead(0) });
    for place in [near, door] {
        let (one, other) = tokio::join!(api.post(&path, &place), api.post(&path, &place));
        assert_eq!((one.0, other.0), (200, 200));
    }
    is_done(api, n).await;
    visit
}

/// The technician arrives and does the work.
async fn is_done(api: &Api, n: u128) {
    let done =
        json!({ "status": "complete", "variables": { "invoice_link": "https://pay.example/7" } });
    for patch in [json!({ "status": "on_site" }), done] {
        for _ in 0..2 {
            api.patch(&job(n), &patch).await;
        }
    }
}

const STEPS: [&str; 5] = ["scheduled", "enroute", "15_min", "arrived", "complete"];

#[tokio::test(flavor = "multi_thread")]
async fn each_step_of_a_visit_is_told_once_though_it_is_posted_again_and_at_once() {
    let (world, api) = desk().await;
    let first = takes_place(&api, 1, MARIA).await;
    world.gets(MARIA, &texts(&first, "there", &STEPS)).await;
    // Without a location, nobody knows when the technician is near.
    let other = visit(2, BO);
    api.post("/v1/jobs", &other).await;
    let enroute = json!({ "status": "enroute", "eta_minutes": 25 });
    api.patch(&job(2), &enroute).await;
    is_done(&api, 2).await;
    let steps = ["scheduled", "enroute", "arrived", "complete"];
    world.gets(BO, &texts(&other, "there", &steps)).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_switch_of_a_step_holds_it_back_and_no_other() {
    let (world, api) = desk().await;
    for (n, off) in (1..).zip(STEPS) {
        let who = format!("+1239426720{n}");
        let switch = format!("automation.triggers.{off}");
        api.set(&switch, false).await;
        let visit = takes_place(&api, n, &who).await;
        api.set(&switch, true).await;
        // What was held back is not told later either.
        let told: Vec<_> = STEPS.into_iter().filter(|kind| *kind != off).collect();
        world.gets(&who, &texts(&visit, "there", &told)).await;
    }
    for (n, switch) in (11..).zip(["automation.jobs", "automation.enabled"]) {
        api.set(switch, false).await;
        takes_place(&api, n, MARIA).await;
        api.set(switch, true).await;
    }
    let last = visit(21, BO);
    api.post("/v1/jobs", &last).await;
    world.gets(BO, &texts(&last, "there", &["scheduled"])).await;
    assert!(world.handed_over(MARIA).is_empty());
    world.end().await;
}

/// Waits until it is decided whether a job's customer is reminded.
async fn reminded(api: &Api, n: u128) -> Value {
    eventually("the reminder's fate", || async {
        let job = api.get(&job(n)).await;
        let notice = job["notices"]["reminder"].clone();
        if notice.is_null() {
            Err(job.to_string())
        } else {
            Ok(notice)
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_visited_is_reminded_the_day_before_unless_it_is_switched_off_or_not_wanted() {
    let (mut world, api) = desk().await;
    let now = world.clock().now().as_millis();
    let today = now - now.rem_euclid(DAY_MS);
    let noon = |days: i64| Timestamp::from_millis(today + days * DAY_MS + 12 * HOUR_MS);
    let mut visits = Vec::new();
    for (n, who, days) in [(1, MARIA, 2), (2, BO, 2), (3, CHEN, 3)] {
        let mut visit = visit(n, who);
        visit["starts_at"] = json!(noon(days).to_rfc3339());
        let (status, _) = api.post("/v1/jobs", &visit).await;
        assert_eq!(status, 201);
        world
            .gets(who, &texts(&visit, "there", &["scheduled"]))
            .await;
        visits.push(visit);
    }
    world.customer_writes(BO, "STOP").await;
    world.stop_relay().await;
    world.passes(today + DAY_MS + 18 * HOUR_MS - now);
    world.start_relay().await;
    let both = texts(&visits[0], "there", &["scheduled", "reminder"]);
    world.gets(MARIA, &both).await;
    assert_eq!(reminded(&api, 2).await["why"], "opted_out");
    api.set("automation.triggers.reminder", false).await;
    world.stop_relay().await;
    world.passes(DAY_MS);
    world.start_relay().await;
    assert_eq!(reminded(&api, 3).await["why"], "disabled");
    api.set("automation.triggers.reminder", true).await;
    world.stop_relay().await;
    world.start_relay().await;
    world.gets(MARIA, &both).await;
    told(&world, BO, 1).await;
    told(&world, CHEN, 1).await;
    world.end().await;
}

/// How often the same is posted at once.
const PARTIES: usize = 6;
/// How often that is tried.
const ROUNDS: u128 = 25;

/// Asks the same of the relay over so many connections, at once.
async fn at_once(api: &[Api], asks: &[(Method, String, Value)]) -> Vec<Value> {
    let gate = Arc::new(Barrier::new(api.len()));
    let asking = api.iter().cloned().zip(asks.iter().cloned().cycle());
    let asking: Vec<_> = asking
        .map(|(api, (method, path, body))| {
            let gate = Arc::clone(&gate);
            tokio::spawn(async move {
                gate.wait().await;
                api.ask(method, &path, &body).await
            })
        })
        .collect();
    let mut answers = Vec::new();
    for asked in asking {
        let (status, answer) = asked.await.unwrap();
        assert_eq!(status, 200, "{answer}");
        answers.push(answer);
    }
    answers
}

fn taken(answers: &[Value]) -> usize {
    answers.iter().filter(|it| it["taken"] == true).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_location_from_several_at_once_is_taken_once_and_told_once() {
    let world = World::start().await;
    let boss = world.join_as("Boss", Some(Role::Admin)).await;
    // Connections of their own.
    let apis: Vec<_> = (0..PARTIES).map(|_| Api::of(&boss)).collect();
    let api = &apis[0];
    for kind in ["scheduled", "enroute"] {
        api.set(&format!("automation.triggers.{kind}"), false).await;
    }
    let who = |n: u128| format!("+1239426{n:04}");
    for n in 1..=ROUNDS {
        api.post("/v1/jobs", &visit(n, &who(n))).await;
        api.patch(&job(n), &json!({ "status": "enroute" })).await;
        let path = format!("{}/location", job(n));
        let near = json!({ "lat": 26.187, "lon": -81.7948, "speed_mps": 10, "at": ahead(-1_000) });
        let near = (Method::POST, path.clone(), near);
        assert_eq!(taken(&at_once(&apis, &[near]).await), 1);
        // Who is at the door has arrived, and so has who says so. Without a time of its own each
        // location may be a new one.
        let door = json!({ "lat": 26.1421, "lon": -81.7948 });
        let there = [
            (Method::POST, path, door),
            (Method::PATCH, job(n), json!({ "status": "on_site" })),
        ];
        assert!(taken(&at_once(&apis, &there).await) > 0);
    }
    for n in 1..=ROUNDS {
        let texts = texts(&visit(n, MARIA), "there", &["15_min", "arrived"]);
        world.gets(&who(n), &texts).await;
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_is_restarted_between_decision_and_send_sends_once() {
    let (mut world, api) = desk().await;
    world.turn(|knobs| knobs.http_429 = Rate::ALWAYS);
    let visit = visit(1, MARIA);
    let (status, job) = api.post("/v1/jobs", &visit).await;
    assert_eq!(status, 201, "{job}");
    assert_eq!(job["notices"]["scheduled"]["outcome"], "texted");
    world.stop_relay().await;
    assert!(world.handed_over(MARIA).is_empty());
    world.turn(|knobs| knobs.http_429 = Rate::NEVER);
    for _ in 0..2 {
        world.start_relay().await;
        let (status, _) = api.post("/v1/jobs", &visit).await;
        assert_eq!(status, 200, "asked again");
        told(&world, MARIA, 1).await;
        world.stop_relay().await;
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_stands_in_the_timeline_and_in_the_panel_and_follows_what_happens() {
    let world = World::start().await;
    let joined = world.join("Ana").await;
    world.customer_writes(MARIA, "is the plumber coming?").await;
    let folder = world.folder("ana");
    let ana = Agent::start(&folder, &joined);
    ana.sees("is the plumber coming?").await;
    let api = Api::of(&joined);
    api.post("/v1/jobs", &visit(1, MARIA)).await;
    ana.sees("assigned the job on").await;
    ana.press(KeyCode::Char('p')).await;
    ana.sees("assigned · ").await;
    let enroute = json!({ "status": "enroute", "eta_minutes": 25 });
    api.patch(&job(1), &enroute).await;
    ana.sees("enroute · ").await;
    let near = json!({ "lat": 26.187, "lon": -81.7948, "eta_minutes": 9 });
    api.post(&format!("{}/location", job(1)), &near).await;
    ana.sees("enroute, 9 min · ").await;
    ana.press(KeyCode::Esc).await;
    ana.sees("marked the job on").await;
    ana.leave().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_made_and_canceled_in_the_panel_of_a_contact() {
    let world = World::start().await;
    let joined = world.join("Ana").await;
    world
        .customer_writes(MARIA, "can Tom come on Monday?")
        .await;
    let ana = Agent::start(&world.folder("ana"), &joined);
    ana.sees("can Tom come on Monday?").await;
    ana.sees("live").await;
    ana.press(KeyCode::Char('p')).await;
    ana.sees("Enter makes an appointment").await;
    // Name, numbers, notes, labels, language, zone and a field of one's own stand before it.
    for _ in 0..7 {
        ana.press(KeyCode::Char('j')).await;
    }
    ana.press(KeyCode::Enter).await;
    ana.sees("invoice_link:").await;
    ana.types("tomorrow 14:00").await;
    ana.press_with_ctrl('s').await;
    ana.sees("assigned · ").await;
    told(&world, MARIA, 1).await;
    // The job stands where the way to a new one stood.
    ana.press(KeyCode::Enter).await;
    ana.sees("status: assigned").await;
    for _ in 0..4 {
        ana.press(KeyCode::Down).await;
    }
    ana.press(KeyCode::End).await;
    for _ in 0.."assigned".len() {
        ana.press(KeyCode::Backspace).await;
    }
    ana.types("canceled").await;
    ana.press_with_ctrl('s').await;
    ana.sees("canceled · ").await;
    let page = Api::of(&joined).get("/v1/jobs?status=canceled").await;
    assert_eq!(page["jobs"].as_array().unwrap().len(), 1, "{page}");
    assert_eq!(world.handed_over(MARIA).len(), 1);
    ana.leave().await;
    world.end().await;
}

/// Runs a command of words without spaces in them.
fn runs(home: &Path, command: &str) -> Output {
    let folders = ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"];
    Command::new(DESK)
        .args(command.split(' '))
        .envs(folders.map(|folder| (folder, home)))
        .output()
        .unwrap()
}

fn object(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_makes_a_job_and_takes_it_to_its_end() {
    let world = World::start().await;
    let home = world.folder("home");
    std::fs::create_dir_all(&home).unwrap();
    let invite = world.invite("Ana").await;
    let run = |command: &str| runs(&home, command);
    assert!(run(&format!("join {invite}")).status.success());
    let made = run(&format!(
        "--json jobs make {MARIA} {} --zone UTC --technician Tom --place 26.142,-81.7948 \
         --address Palm-Street-12",
        ahead(2 * DAY_MS)
    ));
    let job = object(&made)["id"].as_str().unwrap().to_owned();
    let listed = String::from_utf8(run("jobs list --open").stdout).unwrap();
    assert!(listed.contains("with Tom  Palm-Street-12"), "{listed}");
    run(&format!("jobs set {job} --status enroute --eta 25"));
    let near = format!("--json jobs location {job} 26.187,-81.7948 --speed 10");
    assert_eq!(object(&run(&near))["taken"], true);
    let refused = run(&format!("jobs location {job} 91,0"));
    assert_eq!(refused.status.code(), Some(3), "{refused:?}");
    let link = "--status complete --var invoice_link=https://x.example";
    let done = run(&format!("--json jobs set {job} {link}"));
    assert_eq!(object(&done)["status"], "complete");
    told(&world, MARIA, 4).await;
    assert!(run(&format!("jobs rm {job}")).status.success());
    let listed = run("jobs list --quiet");
    assert!(listed.stdout.is_empty(), "{listed:?}");
    world.end().await;
}
