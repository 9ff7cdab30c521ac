//! People over the whole house: who stands behind a number, and texts to numbers that nobody has
//! written to.

#![expect(clippy::unwrap_used, reason = "tests")]

use crossterm::event::KeyCode;
use serde_json::Value;
use smsdesk::identity::Identity;
use smsdesk_common::api::join::Joined;
use smsdesk_relay::twilio::simulator::Direction;
use smsdesk_tests::agent::Agent;
use smsdesk_tests::eventually::eventually;
use smsdesk_tests::world::{MARIA, World};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

const DESK: &str = env!("CARGO_BIN_EXE_desk-under-test");
/// Another customer.
const CHEN: &str = "+13055550142";

async fn get(joined: &Joined, path: &str) -> Value {
    let url = format!("{}{path}", joined.relay);
    let request = reqwest::Client::new().get(url).bearer_auth(&joined.token);
    request.send().await.unwrap().json().await.unwrap()
}

async fn conversations(joined: &Joined) -> Vec<Value> {
    let page = get(joined, "/v1/conversations").await;
    page["conversations"].as_array().unwrap().clone()
}

/// The bodies that the provider took from us, in order.
fn taken(world: &World) -> Vec<String> {
    let ours = world.simulator.messages().into_iter();
    ours.filter(|message| message.direction == Direction::OutboundApi)
        .map(|message| message.body)
        .collect()
}

async fn all_taken(world: &World, expected: &[&str]) {
    eventually("the texts at the provider", || async {
        let taken = taken(world);
        if taken == expected {
            Ok(())
        } else {
            Err(format!("{taken:?}"))
        }
    })
    .await;
}

/// Goes to a number as it is typed, and writes.
async fn writes_to(agent: &Agent, number: &str, words: &str) {
    agent.press(KeyCode::Char('c')).await;
    agent.sees("New text to").await;
    agent.types(number).await;
    agent.sees("write to this number").await;
    // The line may still be on its way.
    eventually("the composer", || async {
        agent.press(KeyCode::Enter).await;
        let shown = agent.screen.text();
        if shown.contains("New text to") {
            Err(shown)
        } else {
            Ok(())
        }
    })
    .await;
    agent.sees("Enter sends").await;
    agent.types(words).await;
    agent.press(KeyCode::Enter).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_text_is_asked_about_once_and_makes_one_conversation() {
    let world = World::start().await;
    let joined = world.join("Ana").await;
    let ana = Agent::start(&world.folder("ana"), &joined);
    ana.sees("live").await;
    writes_to(&ana, "239.426.7058", "hello there").await;
    ana.sees("First text to (239) 426-7058").await;
    assert_eq!(conversations(&joined).await, Vec::<Value>::new());
    eventually("the text to go", || async {
        ana.press(KeyCode::Enter).await;
        match conversations(&joined).await.len() {
            1 => Ok(()),
            n => Err(format!("{n} conversations")),
        }
    })
    .await;
    all_taken(&world, &["hello there"]).await;
    ana.sees("delivered ✓✓").await;
    world.customer_writes(MARIA, "who is this?").await;
    ana.sees("who is this?").await;
    ana.types("Ana from the desk").await;
    // The list may have shown her text before the chat did: then it is asked once more.
    eventually("the answer to go", || async {
        ana.press(KeyCode::Enter).await;
        match taken(&world).len() {
            2 => Ok(()),
            _ => Err(ana.screen.text()),
        }
    })
    .await;
    all_taken(&world, &["hello there", "Ana from the desk"]).await;
    assert_eq!(conversations(&joined).await.len(), 1, "no twin");
    ana.leave().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_given_without_the_relay_and_taken_back_with_one_key() {
    let mut world = World::start().await;
    let joined = world.join("Ana").await;
    let ana = Agent::start(&world.folder("ana"), &joined);
    ana.sees("live").await;
    world.customer_writes(MARIA, "hello").await;
    ana.sees("hello").await;
    world.stop_relay().await;
    ana.sees("offline").await;
    ana.press(KeyCode::Char('p')).await;
    ana.sees("Name").await;
    ana.press(KeyCode::Enter).await;
    ana.sees("a name; nothing removes it").await;
    ana.types("Maria Alvarez").await;
    ana.press(KeyCode::Enter).await;
    ana.no_longer_sees("a name; nothing removes it").await;
    ana.press(KeyCode::Esc).await;
    ana.sees("Maria Alvarez").await;
    world.start_relay().await;
    ana.sees("live").await;
    let name = |expected: Value| {
        let joined = &joined;
        async move {
            eventually("the name at the relay", || async {
                let page = get(joined, "/v1/contacts?q=4267058").await;
                let name = &page["contacts"][0]["name"];
                if *name == expected {
                    Ok(())
                } else {
                    Err(page.to_string())
                }
            })
            .await;
        }
    };
    name("Maria Alvarez".into()).await;
    ana.press(KeyCode::Char('z')).await;
    ana.sees("undone").await;
    ana.no_longer_sees("Maria Alvarez  ").await;
    name(Value::Null).await;
    ana.leave().await;
    world.end().await;
}

/// Somebody who works by scripts.
struct Scripter {
    home: PathBuf,
}

impl Scripter {
    fn new(world: &World, joined: &Joined) -> Self {
        let home = world.folder("home");
        let folder = home.join("smsdesk/default");
        std::fs::create_dir_all(&folder).unwrap();
        Identity::of(joined).save(&folder).unwrap();
        Self { home }
    }

    /// The exit code and what stands on stdout.
    fn runs(&self, arguments: &[&str], stdin: &[u8]) -> (Option<i32>, String) {
        let names = ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"];
        let mut child = Command::new(DESK)
            .args(arguments)
            .envs(names.map(|name| (name, &self.home)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(stdin).unwrap();
        let output = child.wait_with_output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
        )
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_comes_in_once_with_every_refusal_told_and_goes_out_again() {
    let world = World::start().await;
    let joined = world.join("Ana").await;
    let ana = Scripter::new(&world, &joined);
    world.customer_writes(MARIA, "hello").await;
    let list = b"Full name;Mobile;Plan\nMaria;(239) 426-7058;gold\nZo\xeb;305 555 0142;=1+1\n\
        Twice;+13055550142;\nNobody;12;\n";
    let import = |arguments: &[&str]| {
        let command = [&["contact", "import", "-"], arguments].concat();
        ana.runs(&command, list)
    };
    let (code, dry) = import(&["--dry-run"]);
    assert_eq!(code, Some(3), "{dry}");
    assert!(dry.contains("line 4:  duplicate_in_file"), "{dry}");
    assert!(dry.contains("line 5:  to_invalid"), "{dry}");
    assert!(
        dry.contains("1 would be added, 1 would be updated"),
        "{dry}"
    );
    let held = get(&joined, "/v1/contacts").await;
    assert_eq!(held["contacts"].as_array().unwrap().len(), 1, "only looked");
    let (_, brought) = import(&[]);
    assert!(
        brought.contains("1 added, 1 updated, 0 unchanged"),
        "{brought}"
    );
    let (_, again) = import(&[]);
    assert!(again.contains("0 added, 0 updated, 2 unchanged"), "{again}");
    let (_, csv) = ana.runs(&["contact", "export"], b"");
    assert!(csv.contains(",Zoë,+13055550142,"), "{csv}");
    assert!(csv.contains("'=1+1"), "{csv}");
    let (_, cards) = ana.runs(&["contact", "export", "--format", "vcard"], b"");
    assert!(
        cards.contains("FN:Zoë\r\nTEL;VALUE=uri:tel:+13055550142"),
        "{cards}"
    );
    let (code, back) = ana.runs(&["contact", "import", "-"], cards.as_bytes());
    assert_eq!(code, Some(0), "{back}");
    assert!(back.contains("2 unchanged"), "{back}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn contacts_are_listed_changed_merged_and_forgotten_by_scripts() {
    let world = World::start().await;
    let joined = world.join("Ana").await;
    let ana = Scripter::new(&world, &joined);
    world.customer_writes(MARIA, "hello").await;
    let run = |arguments: &[&str]| {
        let (code, out) = ana.runs(&[&["contact"], arguments].concat(), b"");
        assert_eq!(code, Some(0), "{arguments:?}: {out}");
        out.trim_end().to_owned()
    };
    let maria = run(&["set", MARIA, "--name", "Maria", "--field", "plan=gold"]);
    let other = run(&["set", CHEN, "--name", "M. Alvarez", "--language", "es"]);
    assert_eq!(run(&["list", "alva"]), other, "ids where nobody looks");
    let merge = run(&["merge", "Maria", CHEN]);
    let shown = run(&["show", CHEN]);
    assert!(shown.contains("Maria") && shown.contains("es"), "{shown}");
    run(&["merge", &maria, &merge, "--undo"]);
    assert!(run(&["show", CHEN]).contains("M. Alvarez"));
    run(&["rm", CHEN, &maria]);
    let left = get(&joined, "/v1/contacts").await;
    assert_eq!(left["contacts"].as_array().unwrap().len(), 1, "{left}");
    assert_eq!(left["contacts"][0]["name"], Value::Null);
    assert_eq!(conversations(&joined).await.len(), 1);
    world.end().await;
}
