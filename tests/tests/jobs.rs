//! Appointments and triggers over the whole house: told by other programs and by scripts, kept by the
//! relay, seen at a desk, and sent to the customer once at the simulator.

#![expect(clippy::unwrap_used, reason = "tests")]

use crossterm::event::KeyCode;
use reqwest::{Method, Response};
use serde_json::{Value, json};
use smsdesk_common::agent::Role;
use smsdesk_common::api::join::Joined;
use smsdesk_relay::clock::Clock;
use smsdesk_relay::twilio::simulator::{Direction, Rate};
use smsdesk_tests::agent::Agent;
use smsdesk_tests::eventually::eventually;
use smsdesk_tests::world::{MARIA, World};
use std::path::Path;
use std::process::{Command, Output};
use uuid::Uuid;

const DESK: &str = env!("CARGO_BIN_EXE_desk-under-test");
const HOUR_MS: i64 = 3_600_000;

async fn ask(joined: &Joined, method: Method, path: &str, body: &Value) -> Response {
    let url = format!("{}{path}", joined.relay);
    let request = reqwest::Client::new().request(method, url);
    let request = request.bearer_auth(&joined.token).json(body);
    request.send().await.unwrap()
}

async fn post(joined: &Joined, path: &str, body: &Value) -> (u16, Value) {
    let answer = ask(joined, Method::POST, path, body).await;
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn set(joined: &Joined, job: &str, patch: Value) -> Value {
    let answer = ask(joined, Method::PATCH, &format!("/v1/jobs/{job}"), &patch).await;
    let status = answer.status();
    let job: Value = answer.json().await.unwrap();
    assert!(status.is_success(), "{job}");
    job
}

async fn configure(world: &World, settings: Value) {
    let boss = world.join_as("Boss", Some(Role::Admin)).await;
    let answer = ask(&boss, Method::PUT, "/v1/settings", &settings).await;
    assert!(answer.status().is_success(), "{answer:?}");
}

fn id(n: u128) -> String {
    Uuid::from_u128(n).to_string()
}

/// In so many hours.
fn ahead(hours: i64) -> String {
    let now = Clock::system().now();
    now.plus_millis(hours * HOUR_MS).to_rfc3339()
}

fn visit(n: u128) -> Value {
    json!({
        "id": id(n), "to": MARIA, "technician": "Tom Jones", "starts_at": ahead(48), "zone": "UTC",
        "place": { "lat": 26.142, "lon": -81.7948 },
    })
}

fn handed_over(world: &World) -> Vec<String> {
    let messages = world.simulator.messages();
    // The provider answers STOP by itself.
    let ours = messages.iter().filter(|message| {
        message.direction != Direction::Inbound && message.body.starts_with("Hi")
    });
    ours.map(|message| message.body.clone()).collect()
}

/// Waits until the provider has so many texts, and gives them.
async fn texts(world: &World, count: usize) -> Vec<String> {
    eventually(&format!("{count} texts at the provider"), || async {
        let found = handed_over(world);
        if found.len() == count {
            Ok(found)
        } else {
            Err(format!("{found:?}"))
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_trigger_sends_its_text_once() {
    let world = World::start().await;
    let joined = world.join("Dispatch").await;
    let all = json!({
        "scheduled_date": "Mon, Nov 23", "scheduled_time": "2:00 PM", "tech_first_name": "Tom",
        "eta_minutes": 25, "invoice_link": "https://pay.example/7", "customer_first_name": "Maria",
    });
    let expected = [
        ("scheduled", "booked for Mon, Nov 23 at 2:00 PM"),
        (
            "reminder",
            "a reminder from Riverside Plumbing: we visit you on Mon, Nov 23 at 2:00 PM",
        ),
        (
            "enroute",
            "Tom from Riverside Plumbing is on the way and arrives in about 25 minutes",
        ),
        (
            "15_min",
            "Tom from Riverside Plumbing is about 15 minutes away",
        ),
        ("arrived", "Tom from Riverside Plumbing has arrived"),
        ("complete", "Your invoice: https://pay.example/7"),
    ];
    for (n, (kind, words)) in expected.into_iter().enumerate() {
        let body = json!({ "id": id(100 + n as u128), "to": MARIA, "variables": all });
        let path = format!("/v1/triggers/{kind}");
        let (first, again) = tokio::join!(post(&joined, &path, &body), post(&joined, &path, &body));
        let mut statuses = [first.0, again.0];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 201], "{first:?} {again:?}");
        let sent = texts(&world, n + 1).await.remove(n);
        assert!(
            sent.starts_with("Hi Maria, ") && sent.contains(words),
            "{sent}"
        );
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_step_of_a_visit_is_told_once_though_it_is_posted_again_and_at_once() {
    let world = World::start().await;
    let joined = world.join("Dispatch").await;
    let visit = visit(1);
    let (made, again) = tokio::join!(
        post(&joined, "/v1/jobs", &visit),
        post(&joined, "/v1/jobs", &visit)
    );
    assert_eq!(made.0 + again.0, 200 + 201, "{made:?} {again:?}");
    let job = id(1);
    for _ in 0..2 {
        set(
            &joined,
            &job,
            json!({ "status": "enroute", "eta_minutes": 25 }),
        )
        .await;
    }
    let path = format!("/v1/jobs/{job}/location");
    let near = json!({ "lat": 26.187, "lon": -81.7948, "speed_mps": 10, "at": ahead(0) });
    let door = json!({ "lat": 26.1421, "lon": -81.7948, "at": ahead(0) });
    for place in [near, door] {
        let (one, other) = tokio::join!(post(&joined, &path, &place), post(&joined, &path, &place));
        assert_eq!((one.0, other.0), (200, 200));
    }
    set(&joined, &job, json!({ "status": "on_site" })).await;
    let done =
        json!({ "status": "complete", "variables": { "invoice_link": "https://pay.example/7" } });
    for _ in 0..2 {
        set(&joined, &job, done.clone()).await;
    }
    let sent = texts(&world, 5).await;
    for (text, words) in sent.iter().zip([
        "your visit from Riverside Plumbing is booked for",
        "Tom from Riverside Plumbing is on the way and arrives in about 25 minutes",
        "Tom from Riverside Plumbing is about 15 minutes away",
        "Tom from Riverside Plumbing has arrived",
        "Your invoice: https://pay.example/7",
    ]) {
        assert!(text.contains(words), "{sent:?}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_is_restarted_between_decision_and_send_sends_once() {
    let mut world = World::start().await;
    let joined = world.join("Dispatch").await;
    world.turn(|knobs| knobs.http_429 = Rate::ALWAYS);
    let visit = visit(1);
    let (status, job) = post(&joined, "/v1/jobs", &visit).await;
    assert_eq!(status, 201, "{job}");
    assert_eq!(job["notices"]["scheduled"]["outcome"], "texted");
    world.stop_relay().await;
    assert!(handed_over(&world).is_empty());
    world.turn(|knobs| knobs.http_429 = Rate::NEVER);
    for _ in 0..2 {
        world.start_relay().await;
        let (status, _) = post(&joined, "/v1/jobs", &visit).await;
        assert_eq!(status, 200, "asked again");
        texts(&world, 1).await;
        world.stop_relay().await;
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_switched_off_is_told_to_nobody() {
    let world = World::start().await;
    let joined = world.join("Dispatch").await;
    let kinds = [
        "scheduled",
        "reminder",
        "enroute",
        "15_min",
        "arrived",
        "complete",
    ];
    let off: Value = kinds
        .iter()
        .map(|kind| ((*kind).to_owned(), json!(false)))
        .collect();
    configure(&world, json!({ "automation": { "triggers": off } })).await;
    for kind in kinds {
        let (status, problem) = post(
            &joined,
            &format!("/v1/triggers/{kind}"),
            &json!({ "to": MARIA }),
        )
        .await;
        assert_eq!(
            (status, &problem["code"]),
            (409, &json!("trigger_disabled"))
        );
    }
    post(&joined, "/v1/jobs", &visit(1)).await;
    for status in ["enroute", "on_site", "complete"] {
        set(
            &joined,
            &id(1),
            json!({ "status": status, "eta_minutes": 9 }),
        )
        .await;
    }
    configure(
        &world,
        json!({ "automation": { "triggers": { "arrived": true } } }),
    )
    .await;
    let body = json!({ "to": MARIA, "variables": { "tech_first_name": "Tom" } });
    let (status, _) = post(&joined, "/v1/triggers/arrived", &body).await;
    assert_eq!(status, 201);
    let sent = texts(&world, 1).await;
    assert!(sent[0].contains("has arrived"), "{sent:?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_wrote_stop_is_told_nothing() {
    let world = World::start().await;
    let joined = world.join("Dispatch").await;
    world.customer_writes(MARIA, "STOP").await;
    let values = json!({ "tech_first_name": "Tom", "eta_minutes": 9, "invoice_link": "x",
        "scheduled_date": "today", "scheduled_time": "noon" });
    for kind in [
        "scheduled",
        "reminder",
        "enroute",
        "15_min",
        "arrived",
        "complete",
    ] {
        let body = json!({ "to": MARIA, "variables": values });
        let (status, problem) = post(&joined, &format!("/v1/triggers/{kind}"), &body).await;
        assert_eq!((status, &problem["code"]), (409, &json!("opted_out")));
    }
    post(&joined, "/v1/jobs", &visit(1)).await;
    for status in ["enroute", "on_site", "complete"] {
        let patch = json!({ "status": status, "eta_minutes": 9, "variables": values });
        let job = set(&joined, &id(1), patch).await;
        let told = job["notices"].as_object().unwrap().values();
        let why: Vec<_> = told.map(|notice| &notice["why"]).collect();
        assert!(why.iter().all(|why| **why == "opted_out"), "{why:?}");
    }
    let other = json!({ "to": "+12394267059", "variables": values });
    let (status, _) = post(&joined, "/v1/triggers/arrived", &other).await;
    assert_eq!(status, 201);
    texts(&world, 1).await;
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
    post(&joined, "/v1/jobs", &visit(1)).await;
    ana.sees("assigned the job on").await;
    ana.press(KeyCode::Char('p')).await;
    ana.sees("assigned · ").await;
    set(
        &joined,
        &id(1),
        json!({ "status": "enroute", "eta_minutes": 25 }),
    )
    .await;
    ana.sees("enroute · ").await;
    let near = json!({ "lat": 26.187, "lon": -81.7948, "eta_minutes": 9 });
    post(&joined, &format!("/v1/jobs/{}/location", id(1)), &near).await;
    ana.sees("enroute, 9 min · ").await;
    ana.press(KeyCode::Esc).await;
    ana.sees("marked the job on").await;
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
        ahead(48)
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
    texts(&world, 4).await;
    assert!(run(&format!("jobs rm {job}")).status.success());
    let listed = run("jobs list --quiet");
    assert!(listed.stdout.is_empty(), "{listed:?}");
    world.end().await;
}
