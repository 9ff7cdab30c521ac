//! The scripts' commands as processes, against a real relay with its provider.

#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::Value;
use smsdesk::identity::Identity;
use smsdesk_common::api::join::Joined;
use smsdesk_relay::twilio::simulator::Direction;
use smsdesk_tests::eventually::eventually;
use smsdesk_tests::world::{LINE, MARIA, World};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use uuid::Uuid;

const DESK: &str = env!("CARGO_BIN_EXE_desk-under-test");
/// Another customer.
const CHEN: &str = "+13055550142";

/// What a command answered.
#[derive(Debug)]
struct Answer {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Answer {
    /// The only line on stdout; the command succeeded.
    fn line(&self) -> &str {
        assert_eq!(self.code, Some(0), "{self:?}");
        assert_eq!(self.out.lines().count(), 1, "{self:?}");
        self.out.trim_end()
    }

    /// The only line, as JSON.
    fn json(&self) -> Value {
        serde_json::from_str(self.line()).unwrap()
    }

    /// Its exit code and its error.
    fn failed(&self, code: i32, words: &str) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.err.contains(words), "{self:?}");
    }
}

/// Somebody who works by scripts.
struct Scripter {
    home: PathBuf,
}

impl Scripter {
    fn new(world: &World, joined: &Joined) -> Self {
        let home = world.folder(&format!("home-{}", joined.agent.name));
        let folder = home.join("smsdesk/default");
        std::fs::create_dir_all(&folder).unwrap();
        Identity::of(joined).save(&folder).unwrap();
        Self { home }
    }

    fn runs(&self, arguments: &[&str]) -> Answer {
        self.runs_with(arguments, "")
    }

    fn runs_with(&self, arguments: &[&str], stdin: &str) -> Answer {
        let names = ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"];
        let mut child = Command::new(DESK)
            .args(arguments)
            .envs(names.map(|name| (name, &self.home)))
            .env("TZ", "UTC")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(stdin.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        Answer {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

async fn ana(world: &World) -> Scripter {
    Scripter::new(world, &world.join("Ana").await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_sent_once_however_often_its_id_is_used() {
    let world = World::start().await;
    let ana = ana(&world).await;
    let id = Uuid::from_u128(7).to_string();
    let send = ["send", MARIA, "hello", "--line", LINE, "--id", &id];
    assert_eq!(ana.runs(&send).line(), id);
    assert_eq!(ana.runs(&send).line(), id);
    let piped = ana.runs_with(&["send", "239-426-7058", "-", "--json"], "from a file\n");
    assert_eq!(piped.json()["body"], "from a file");
    eventually("two texts at the provider", || async {
        let messages = world.simulator.messages().into_iter();
        let ours = messages.filter(|it| it.direction == Direction::OutboundApi);
        let mut bodies: Vec<String> = ours.map(|it| it.body).collect();
        bodies.sort();
        if bodies == ["from a file", "hello"] {
            Ok(())
        } else {
            Err(format!("{bodies:?}"))
        }
    })
    .await;
    let reused = ana.runs(&["send", MARIA, "other words", "--line", LINE, "--id", &id]);
    reused.failed(3, "was used");
    ana.runs(&["send", "nobody", "hello"])
        .failed(3, "Not a number");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn triage_is_done_by_number_by_beginning_and_by_a_pipe() {
    let world = World::start().await;
    let ana = ana(&world).await;
    world.join("Bo").await;
    world.customer_writes(MARIA, "is the plumber coming?").await;
    world.customer_writes(CHEN, "thanks").await;
    let ids = ana.runs(&["list", "--quiet"]).out;
    assert_eq!(ids.lines().count(), 2, "{ids}");
    let closed = ana.runs_with(&["close", "--quiet"], &ids);
    assert_eq!((closed.code, closed.out), (Some(0), ids.clone()));
    assert_eq!(ana.runs(&["list"]).out, "");
    let all = ana.runs(&["list", "--view", "done", "--json"]).out;
    assert_eq!(all.lines().count(), 2, "{all}");
    let maria = |arguments: &[&str]| {
        let number = ["(239) 426-7058", "--json"];
        ana.runs(&[arguments, &number].concat()).json()
    };
    assert_eq!(maria(&["reopen"])["status"], "open");
    assert_eq!(maria(&["assign", "bo"])["status"], "open");
    let bo = maria(&["flag"])["assignee"].clone();
    let me = maria(&["take"])["assignee"].clone();
    assert!(bo.is_string() && me.is_string() && me != bo);
    assert_eq!(maria(&["assign", "nobody"])["assignee"], Value::Null);
    assert_eq!(maria(&["flag", "--off"])["flagged"], false);
    let flagged = maria(&["flag", "--reason", "she is angry"]);
    assert_eq!(flagged["flag_reason"], "she is angry");
    let note = ana.runs(&["note", MARIA, "she has a dog", "--json"]);
    let note = note.json();
    assert_eq!(note["entry_kind"], "note");
    assert_eq!(note["body"], "she has a dog");
    let labels = &maria(&["tag", "vip, billing"])["labels"];
    assert_eq!(*labels, serde_json::json!(["billing", "vip"]));
    let labels = &maria(&["tag", "--remove", "vip"])["labels"];
    assert_eq!(*labels, serde_json::json!(["billing"]));
    let snoozed = maria(&["snooze", "2h"]);
    assert_eq!(snoozed["status"], "snoozed");
    assert!(snoozed["snoozed_until"].is_string());
    assert_eq!(maria(&["snooze", "reply"])["snoozed_until"], Value::Null);
    assert_eq!(maria(&["unread"])["status"], "snoozed");
    let id = snoozed["id"].as_str().unwrap();
    let shown = ana.runs(&["show", id]).out;
    assert!(shown.contains("is the plumber coming?"), "{shown}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_by_words_and_by_the_exit_code() {
    let mut world = World::start().await;
    let ana = ana(&world).await;
    world.customer_writes(MARIA, "hello").await;
    let is = |arguments: &[&str], code, words| ana.runs(arguments).failed(code, words);
    is(&["close", "maria"], 2, "expected a conversation's id");
    is(&["close", CHEN], 3, "there is no such conversation");
    let nobody = Uuid::from_u128(404).to_string();
    is(&["close", &nobody], 3, "No such conversation");
    is(
        &["snooze", "whenever", MARIA],
        2,
        "expected a time such as 2h",
    );
    is(
        &["assign", "zoe", MARIA],
        2,
        "expected me, nobody or one of Ana",
    );
    is(&["list", "--view", "mine"], 2, "open, snoozed, done, all");
    world.stop_relay().await;
    is(&["close", MARIA], 4, "cannot reach");
    let home = world.folder("nobody");
    let stranger = Scripter { home };
    stranger
        .runs(&["list"])
        .failed(2, "no relay was joined yet");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_opted_out_by_a_script_is_texted_by_none() {
    let world = World::start().await;
    let ana = ana(&world).await;
    world.customer_writes(MARIA, "hello").await;
    let out = ana.runs(&["opt-out", "(239) 426-7058", "--json"]).json();
    assert_eq!(out["opt_outs"][0]["means"], "agent");
    assert_eq!(ana.runs(&["opt-out", MARIA]).code, Some(0), "once more");
    ana.runs(&["send", MARIA, "hello"]).failed(3, "opted out");
    ana.runs(&["opt-out", "nobody at all"])
        .failed(3, "no such contact");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tail_holds_every_change_once() {
    let world = World::start().await;
    let ana = ana(&world).await;
    world.customer_writes(MARIA, "hello").await;
    let all = ana.runs(&["tail", "--after", "0", "--once"]);
    assert_eq!(all.code, Some(0), "{all:?}");
    let changes: Vec<Value> = all
        .out
        .lines()
        .map(|it| serde_json::from_str(it).unwrap())
        .collect();
    let seqs: Vec<u64> = changes.iter().filter_map(|it| it["seq"].as_u64()).collect();
    assert_eq!(seqs.len(), changes.len(), "{all:?}");
    assert!(seqs.is_sorted_by(|a, b| a <= b), "{seqs:?}");
    assert!(
        changes
            .iter()
            .any(|it| it["kind"] == "entry" && it["body"] == "hello")
    );
    let last = seqs.iter().max().unwrap().to_string();
    let rest = ana.runs(&["tail", "--after", &last, "--once"]);
    assert_eq!((rest.code, rest.out.as_str()), (Some(0), ""));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_piped_text_is_sent_once_however_often_its_id_is_used() {
    let world = World::start().await;
    let ana = ana(&world).await;
    let id = Uuid::from_u128(8).to_string();
    let send = ["send", MARIA, "-", "--line", LINE, "--id", &id];
    for _ in 0..2 {
        assert_eq!(ana.runs_with(&send, "hello\n").line(), id);
    }
    let shown = ana.runs(&["show", MARIA]).out;
    assert_eq!(shown.matches("hello").count(), 1, "{shown}");
    eventually("one text at the provider", || async {
        let bodies = world.simulator.messages().into_iter().map(|it| it.body);
        let bodies: Vec<String> = bodies.collect();
        let one = bodies == ["hello"];
        one.then_some(()).ok_or(format!("{bodies:?}"))
    })
    .await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tail_goes_on_without_a_hole_where_the_relay_was_restarted() {
    let mut world = World::start().await;
    let ana = ana(&world).await;
    let tail = |after: u64| -> (Vec<String>, u64) {
        let after = after.to_string();
        let answer = ana.runs(&["tail", "--json", "--after", &after, "--once"]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        let changes = answer
            .out
            .lines()
            .map(|it| serde_json::from_str(it).unwrap());
        let changes: Vec<Value> = changes.collect();
        let text = |it: &Value| Some(it["body"].as_str()?.to_owned());
        let last = changes.iter().filter_map(|it| it["seq"].as_u64()).max();
        (changes.iter().filter_map(text).collect(), last.unwrap_or(0))
    };
    world.customer_writes(MARIA, "one").await;
    let (bodies, last) = tail(0);
    assert_eq!(bodies, ["one"]);
    world.customer_writes(CHEN, "two").await;
    world.stop_relay().await;
    let away = last.to_string();
    let unreachable = ana.runs(&["tail", "--after", &away, "--once"]);
    unreachable.failed(4, "cannot reach");
    world.start_relay().await;
    world.customer_writes(MARIA, "three").await;
    let (bodies, last) = tail(last);
    assert_eq!(bodies, ["two", "three"]);
    assert_eq!(tail(last).0, Vec::<String>::new());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn conversations_are_exported_whole_and_to_a_file_at_once() {
    let world = World::start().await;
    let ana = ana(&world).await;
    world.customer_writes(CHEN, "thanks").await;
    for n in 0..3 {
        world
            .customer_writes(MARIA, &format!("=question {n}"))
            .await;
    }
    ana.runs(&["note", MARIA, "she has a dog"]);
    ana.runs(&["close", MARIA]);
    let text = ana.runs(&["export", MARIA]);
    assert_eq!(text.code, Some(0), "{text:?}");
    let at = |words: &str| {
        text.out
            .find(words)
            .unwrap_or_else(|| panic!("{words}: {text:?}"))
    };
    let order = [
        "customer: =question 0",
        "=question 2",
        "Ana [private note]: she has a dog",
    ];
    assert!(order.map(at).is_sorted(), "{text:?}");
    assert!(
        text.out.contains(" +00:00  "),
        "times have their zone: {text:?}"
    );
    assert!(!text.out.contains("thanks"));
    let file = world.folder("all.csv");
    let name = file.display().to_string();
    let all = ana.runs(&["export", "--all", "--format", "csv", "-o", &name]);
    assert_eq!((all.code, all.out.as_str()), (Some(0), ""), "{all:?}");
    let csv = std::fs::read_to_string(&file).unwrap();
    assert!(
        csv.contains("'=question 1") && csv.contains("thanks"),
        "{csv}"
    );
    let json = ana.runs(&["export", MARIA, "--json"]).out;
    let kinds = json
        .lines()
        .map(|it| serde_json::from_str::<Value>(it).unwrap());
    let kinds: Vec<String> = kinds
        .map(|it| it["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        (kinds[0].as_str(), kinds.len()),
        ("conversation", 6),
        "{json}"
    );
    ana.runs(&["export"]).failed(2, "<CONVERSATION>");
    let nowhere = world.folder("no/such/folder/all.txt").display().to_string();
    ana.runs(&["export", "--all", "-o", &nowhere])
        .failed(1, "No such file");
    world.end().await;
}

#[test]
fn completions_and_the_manual_need_no_relay() {
    let home = tempfile::tempdir().unwrap();
    let scripter = Scripter {
        home: home.path().to_owned(),
    };
    for shell in ["bash", "zsh", "fish"] {
        let script = scripter.runs(&["completions", shell]);
        assert!(
            script.code == Some(0)
                && script.out.contains("snooze")
                && script.out.contains("export"),
            "{shell}"
        );
    }
    let page = scripter.runs(&["man"]);
    assert!(
        page.code == Some(0) && page.out.contains(".TH smsdesk"),
        "{page:?}"
    );
    let folder = home.path().join("man1");
    let written = scripter.runs(&["man", "--to", folder.to_str().unwrap()]);
    assert_eq!(written.code, Some(0), "{written:?}");
    let page = std::fs::read_to_string(folder.join("smsdesk-contact-import.1")).unwrap();
    assert!(page.contains("csv") || page.contains("CSV"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_timed_listed_moved_and_canceled() {
    let world = World::start().await;
    let joined = world.join("Ana").await;
    let ana = Scripter::new(&world, &joined);
    let sent = ana.runs(&[
        "--json",
        "send",
        MARIA,
        "later",
        "--at",
        "in 2h",
        "--cancel-on-reply",
    ]);
    let text = sent.json();
    assert_eq!(text["status"], "scheduled");
    assert_eq!(text["cancel_on_reply"], true);
    let id = text["id"].as_str().unwrap();
    assert_eq!(ana.runs(&["timed", "list", "--quiet"]).line(), id);
    let moved = ana.runs(&["--json", "timed", "move", id, "2099-01-01T09:00:00Z"]);
    moved.failed(3, "lies further ahead");
    let moved = ana.runs(&["--json", "timed", "move", id, "in 3h"]).json();
    assert!(moved["send_at"].as_str() > text["send_at"].as_str());
    ana.runs(&["timed", "move", id, "today 0:00"])
        .failed(2, "has passed");
    ana.runs(&["timed", "cancel", "ffff"])
        .failed(2, "no text waits");
    let canceled = ana.runs(&["--json", "timed", "cancel", id]).json();
    assert_eq!(canceled["status"], "canceled");
    let late = ana.runs(&["timed", "move", id, "in 3h"]);
    late.failed(3, "canceled");
    assert_eq!(ana.runs(&["timed", "list"]).out, "");
    let theirs = ["send", MARIA, "later", "--at", "tomorrow 9:00 theirs"];
    ana.runs(&theirs).failed(2, "America/New_York");
    ana.runs(&["contact", "set", MARIA, "--time-zone", "Asia/Tokyo"])
        .line();
    let timed = ana.runs(&[&["--json"], &theirs[..]].concat()).json();
    assert!(
        timed["send_at"].as_str().unwrap().contains("T00:00:00"),
        "{timed}"
    );
    let id = timed["id"].as_str().unwrap();
    ana.runs(&["timed", "cancel", id]).line();
    ana.runs(&["send", MARIA, "later", "--at", "soon"])
        .failed(2, "such as 18:00");
    ana.runs(&["send", MARIA, "x", "--cancel-on-reply"])
        .failed(2, "--at");
    let texts = world.simulator.messages();
    assert!(
        texts
            .iter()
            .all(|text| text.direction == Direction::Inbound)
    );
    world.end().await;
}
