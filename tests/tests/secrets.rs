//! The app at work with words, numbers and secrets that can be found again: they are in its database and
//! on the screen of its agent, and nowhere else.

#![expect(clippy::unwrap_used, reason = "tests")]

use smsdesk_tests::eventually::{DEADLINE, eventually};
use smsdesk_tests::pty::Pty;
use smsdesk_tests::world::{MARIA, World, rate};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const DESK: &str = env!("CARGO_BIN_EXE_desk-under-test");
const SIZE: (u16, u16) = (120, 30);
/// In every text, draft, note and name.
const CANARY: &str = "canary";
/// Files of the app that hold texts, or the token: the rights of each are the owner's alone.
const HOLDS: [&str; 3] = ["cache.db", "outbox.db", "identity.json"];

/// An agent's home, and what the app there wrote beside its screen.
struct Place {
    home: PathBuf,
    token: String,
    code: String,
}

impl Place {
    async fn join(world: &World) -> Self {
        let home = world.folder("home");
        std::fs::create_dir_all(&home).unwrap();
        let invite = world.invite("Ana").await;
        let mut place = Self {
            home,
            token: String::new(),
            code: invite.split('#').nth(1).unwrap().to_owned(),
        };
        let joined = place.run(&["join", &invite]);
        assert_eq!(joined.0, Some(0), "{}", joined.1);
        assert!(!joined.1.contains(&place.code), "{}", joined.1);
        let identity = place.files().into_iter();
        let mut identity = identity.filter(|path| path.ends_with("identity.json"));
        let identity = std::fs::read_to_string(identity.next().unwrap()).unwrap();
        let identity: BTreeMap<String, String> = serde_json::from_str(&identity).unwrap();
        place.token = identity["token"].clone();
        place
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        let home = self.home.display().to_string();
        let folders = ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"];
        let mut all: Vec<_> = folders.map(|name| (name, home.clone())).into();
        all.push(("DESK", DESK.to_owned()));
        all.push(("DESK_LOG", self.log().display().to_string()));
        all
    }

    /// What the app tells of itself at its loudest.
    fn log(&self) -> PathBuf {
        self.home.join("app.log")
    }

    /// The app at a terminal, its standard error elsewhere.
    fn start(&self) -> Pty {
        let environment = self.environment();
        let environment = environment
            .iter()
            .map(|(name, value)| (*name, value.as_str()));
        let environment: Vec<_> = environment.chain([("RUST_LOG", "trace")]).collect();
        let aside = "exec \"$DESK\" 2>>\"$HOME/stderr.log\"";
        Pty::start("/bin/sh", &["-c", aside], &environment, SIZE)
    }

    /// A command to its end: its exit code, and all that it said.
    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let mut command = Command::new(DESK);
        let command = command.args(arguments).env_clear();
        let output = command.envs(self.environment()).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        (output.status.code(), said)
    }

    fn files(&self) -> Vec<PathBuf> {
        fn below(folder: &Path, found: &mut Vec<PathBuf>) {
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                match entry.file_type().unwrap().is_dir() {
                    true => below(&entry.path(), found),
                    false => found.push(entry.path()),
                }
            }
        }
        let mut found = Vec::new();
        below(&self.home, &mut found);
        found
    }

    /// What stands in nobody's way: words, numbers, the token, the invite.
    fn private(&self) -> [&str; 4] {
        let secret = self.token.rsplit('_').next().unwrap();
        [CANARY, &MARIA[2..], secret, &self.code]
    }

    /// No file but those that are meant for it holds any of it.
    fn keeps_to_itself(&self) {
        for path in self.files() {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if HOLDS.iter().any(|held| name.starts_with(held)) {
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            for word in self.private() {
                assert!(!text.contains(word), "{word} in {}: {text}", path.display());
            }
        }
    }
}

/// What a program told its terminal beside what it drew: titles, notifications, the clipboard.
fn commands(written: &[u8]) -> Vec<String> {
    let written = String::from_utf8_lossy(written);
    let parts = written.split("\u{1b}]").skip(1);
    let until = |part: &str| part.split(['\u{7}', '\u{1b}']).next().map(str::to_owned);
    parts.filter_map(until).collect()
}

/// What other users of the machine see of a process.
fn seen_from_outside(pid: u32) -> String {
    let read = |name: &str| std::fs::read(format!("/proc/{pid}/{name}")).unwrap();
    let all = [read("cmdline"), read("comm"), read("environ")].concat();
    String::from_utf8_lossy(&all).into_owned()
}

/// Something else than a relay takes its place, until it was asked twice.
async fn answers_badly(world: &World) {
    let address = world.relay_url().trim_start_matches("http://").to_owned();
    let listener = eventually("the relay's port", || async {
        let bound = TcpListener::bind(&address).await;
        bound.map_err(|error| error.to_string())
    })
    .await;
    let body = r#"{"canary": "canary answer"}"#;
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    );
    for _ in 0..2 {
        let coming = tokio::time::timeout(DEADLINE, listener.accept());
        let (mut stream, _) = coming.await.unwrap().unwrap();
        let mut head = [0; 4096];
        let _read = stream.read(&mut head).await;
        let _written = stream.write_all(answer.as_bytes()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_at_a_desk_is_on_its_screen_and_in_its_database_alone() {
    let mut world = World::start().await;
    let place = Place::join(&world).await;
    let mut desk = place.start();
    desk.sees("live");
    world.customer_writes(MARIA, "canary one").await;
    desk.sees("canary one");
    desk.types("r");
    desk.sees("Enter sends");
    desk.types("canary two");
    desk.sees("canary two");
    desk.types("\r");
    desk.sees("delivered");
    // What the provider refuses, and what it does not answer.
    world.turn(|knobs| knobs.http_500 = rate(1.0));
    desk.types("canary three");
    desk.types("\r");
    desk.sees("canary three");
    world.turn(|knobs| knobs.http_500 = rate(0.0));
    desk.types("canary draft");
    desk.sees("canary draft");
    // The relay goes away in the middle of a sentence.
    world.stop_relay().await;
    desk.sees("offline");
    desk.types("\r");
    desk.sees("waiting to send");
    let outside = seen_from_outside(desk.pid());
    for word in place.private() {
        assert!(!outside.contains(word), "{word} in {outside}");
    }
    answers_badly(&world).await;
    world.start_relay().await;
    desk.sees("live");
    let told = commands(&desk.bytes());
    assert!(
        told.iter().any(|told| told.starts_with('2')),
        "no title: {told:?}"
    );
    for word in place.private() {
        assert!(
            !told.iter().any(|told| told.contains(word)),
            "{word} in {told:?}"
        );
    }
    desk.signal("TERM");
    let screen = desk.ends();
    assert!(screen.1);
    let log = std::fs::read_to_string(place.log()).unwrap();
    assert!(log.contains("what is told is kept"), "{log}");
    place.keeps_to_itself();
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_apps_commands_say_of_a_fault_holds_no_secret_and_nobodys_words() {
    let mut world = World::start().await;
    let place = Place::join(&world).await;
    world.customer_writes(MARIA, "canary one").await;
    let asked = ["canary", "+12394260151"];
    let [secret, code] = [place.private()[2], place.private()[3]];
    let check = |arguments: &[&str], private: &[&str]| {
        let (_, said) = place.run(arguments);
        for word in private {
            assert!(!said.contains(word), "{arguments:?}: {word} in {said}");
        }
        said
    };
    let report = check(&["doctor", "--json"], &place.private());
    assert!(report.contains("\"connection\""), "{report}");
    check(&["doctor"], &place.private());
    // A code that was used, and one of nobody's.
    let used = format!("{}#{code}", world.relay_url());
    check(&["join", &used], &[secret, code]);
    for wrong in [
        vec!["send", "nonsense", asked[0]],
        vec!["send", asked[1], asked[0], "--line", "+15550000000"],
        vec!["show", "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeee09"],
        vec!["close", "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeee09"],
        vec!["list", "--view", "nonsense"],
    ] {
        check(&wrong, &[secret, code, &MARIA[2..], "canary one"]);
    }
    world.stop_relay().await;
    for unreachable in [
        vec!["send", asked[1], asked[0]],
        vec!["list"],
        vec!["doctor", "--json"],
        vec!["stats"],
    ] {
        check(&unreachable, &[secret, code, "canary one"]);
    }
    place.keeps_to_itself();
    world.end().await;
}
