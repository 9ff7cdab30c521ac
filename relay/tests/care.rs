//! What keeps a relay well: another configuration while it runs, restarts that refuse nobody, what
//! whoever started it hears, copies by themselves, and what is taken out by command.

use crate::common::desk::{AUTH_TOKEN, LINE, MARIA, inbound, signature};
use crate::common::program::{Program, run, text, write_config};
use crate::common::{DEADLINE, Desk, Setup, encode, eventually};
use reqwest::Method;
use smsdesk_relay::store::verify::verify;
use std::io::Read as _;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

const MESSAGE: &str = "/webhooks/twilio/message";
const OTHER_TOKEN: &str = "0ddba110ddba110ddba110ddba110ddb";
const ANY_PORT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// Posts a text that is signed with a token; the status that it gets.
async fn posted(desk: &Desk, token: &str, sid: u32) -> u16 {
    let pairs = inbound(sid, MARIA, "hello");
    let signature = signature(token, &desk.setup.public_url, MESSAGE, &pairs);
    desk.webhook(MESSAGE, &signature, encode(&pairs))
        .await
        .status
}

fn hang_up(program: &Program) {
    let id = program.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-HUP", &id])
            .status()
            .unwrap()
            .success()
    );
}

#[tokio::test]
async fn tokens_are_exchanged_without_a_restart_and_a_wrong_configuration_changes_nothing() {
    let setup = Setup::new();
    let program = Program::serve(setup.clone(), &[]).await;
    let desk = &program.desk;
    assert_eq!(posted(desk, AUTH_TOKEN, 1).await, 200);
    assert_eq!(posted(desk, OTHER_TOKEN, 2).await, 403);
    let first = setup.text(ANY_PORT);
    let both = first.replace(
        "api_base_url",
        &format!("auth_token_secondary = \"{OTHER_TOKEN}\"\napi_base_url"),
    );
    write_config(&setup, &both);
    hang_up(&program);
    eventually("the secondary token is taken", async || {
        (posted(desk, OTHER_TOKEN, 2).await == 200).then_some(())
    })
    .await;
    assert_eq!(posted(desk, AUTH_TOKEN, 3).await, 200);
    // What is wrong is named with its place, and what holds holds on.
    write_config(&setup, &format!("{both}\n[relay.backup]\nat = \"noon\"\n"));
    hang_up(&program);
    eventually("the fault is told", async || {
        let log = program.log();
        (log.contains("holds on") && log.contains("relay.backup.at")).then_some(())
    })
    .await;
    assert_eq!(posted(desk, OTHER_TOKEN, 4).await, 200);
    // What takes a restart is named.
    let promoted = first.replace(AUTH_TOKEN, OTHER_TOKEN);
    let promoted = promoted.replace("connections_max = 1000", "connections_max = 999");
    write_config(&setup, &promoted);
    hang_up(&program);
    eventually("the old token is refused", async || {
        (posted(desk, AUTH_TOKEN, 5).await == 403).then_some(())
    })
    .await;
    assert!(program.log().contains("relay.connections_max"));
    assert_eq!(posted(desk, OTHER_TOKEN, 6).await, 200);
    let log = program.log();
    assert!(!log.contains(AUTH_TOKEN) && !log.contains(OTHER_TOKEN));
}

#[tokio::test]
async fn copies_begin_without_a_restart_and_one_wrong_value_holds_all_others_back() {
    let setup = Setup::new();
    let program = Program::serve(setup.clone(), &[]).await;
    let first = setup.text(ANY_PORT);
    let at = |name: &str| setup.folder.path().join(name);
    let copies = |folder: &str| format!("[relay.backup]\nfolder = \"{folder}\"\n");
    let reload = |relay: &str, more: &str| {
        let text = first.replace("connections_max", &format!("{relay}\nconnections_max"));
        write_config(&setup, &format!("{text}\n{more}"));
        hang_up(&program);
    };
    let told = async |words: &str| {
        eventually(words, async || program.log().contains(words).then_some(())).await;
    };
    let copied = async |folder: &str| {
        eventually("a copy", async || backups(&at(folder)).pop()).await;
    };
    reload("company = \"\"", &copies("one"));
    told("relay.company").await;
    reload("", &copies("two"));
    copied("two").await;
    assert!(!at("one").exists());
    told("relay.backup.folder").await;
    reload("log_level = \"error\"", &copies("two"));
    told("relay.log_level").await;
    // Less is logged now.
    reload("log_level = \"error\"", &copies("three"));
    copied("three").await;
    assert_eq!(program.log().matches("relay.backup.folder").count(), 1);
}

/// A relay that gets its socket from its parent, and tells it how it fares.
fn with_socket(setup: &Setup, socket: &TcpListener, notify: &Path) -> Child {
    let config = write_config(setup, &setup.text(ANY_PORT));
    // A shell, for only whoever becomes the relay knows its process id.
    let script = "export LISTEN_PID=$$; exec \"$@\" 3<&0 </dev/null";
    Command::new("sh")
        .args(["-c", script, "sh", env!("CARGO_BIN_EXE_smsdesk-relay")])
        .args(["serve", "--log-level", "error", "--config"])
        .arg(config)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("LISTEN_FDS", "1")
        .env("NOTIFY_SOCKET", notify)
        .env("WATCHDOG_USEC", "400000")
        .stdin(Stdio::from(OwnedFd::from(socket.try_clone().unwrap())))
        .spawn()
        .unwrap()
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.0.kill();
        let _ended = self.0.wait();
    }
}

/// What whoever started the relay has heard and not looked at yet.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    /// Listens at `path` for as long as the test's process lives.
    fn at(path: &Path) -> Self {
        let socket = UnixDatagram::bind(path).unwrap();
        let heard = Self::default();
        let all = Arc::clone(&heard.0);
        std::thread::spawn(move || {
            let mut bytes = [0; 64];
            while let Ok(length) = socket.recv(&mut bytes) {
                let state = String::from_utf8_lossy(&bytes[..length]).into_owned();
                all.lock().unwrap().push(state);
            }
        });
        heard
    }

    /// Waits for a state, and forgets what came before it.
    async fn hears(&self, wanted: &str) {
        eventually(wanted, async || {
            let mut all = self.0.lock().unwrap();
            let at = all.iter().position(|state| state == wanted)?;
            all.drain(..=at);
            Some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_webhook_is_refused_while_a_relay_is_started_again_on_a_socket_that_stays_open() {
    let setup = Setup::new();
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let at = setup.folder.path().join("notify");
    let notify = Heard::at(&at);
    let mut relay = Killed(with_socket(&setup, &socket, &at));
    notify.hears("READY=1").await;
    let end = Arc::new(AtomicBool::new(false));
    let (count, mut counted) = watch::channel(0_u32);
    let load = {
        let (setup, end) = (setup.clone(), Arc::clone(&end));
        tokio::spawn(async move {
            while !end.load(Ordering::Relaxed) {
                let sid = *count.borrow() + 1;
                // A connection of its own each time, as after a pause.
                let desk = Desk::elsewhere(setup.clone(), address);
                assert_eq!(posted(&desk, AUTH_TOKEN, sid).await, 200, "text {sid}");
                count.send_replace(sid);
            }
            *count.borrow()
        })
    };
    for _ in 0..3 {
        let before = *counted.borrow();
        let more = counted.wait_for(|count| *count > before + 5);
        tokio::time::timeout(DEADLINE, more).await.unwrap().unwrap();
        let id = relay.0.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        notify.hears("STOPPING=1").await;
        let ended = eventually("the relay ends", async || relay.0.try_wait().unwrap()).await;
        assert!(ended.success());
        relay = Killed(with_socket(&setup, &socket, &at));
        notify.hears("READY=1").await;
    }
    notify.hears("WATCHDOG=1").await;
    end.store(true, Ordering::Relaxed);
    let sent = load.await.unwrap();
    drop(relay);
    let database = setup.database();
    let store = smsdesk_relay::store::Store::open(&database, smsdesk_relay::clock::Clock::system());
    let store = store.await.unwrap();
    let newest = store
        .read(smsdesk_relay::store::removal::newest_webhook)
        .await;
    assert_eq!(newest.unwrap(), i64::from(sent));
}

fn backups(folder: &Path) -> Vec<std::path::PathBuf> {
    let found = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let found = found.map(|entry| entry.path());
    found
        .filter(|path| path.extension().is_some_and(|it| it == "backup"))
        .collect()
}

#[tokio::test]
async fn a_copy_is_made_by_itself_can_be_drilled_and_is_told_of() {
    let mut setup = Setup::new();
    let folder = setup.folder.path().join("copies");
    setup.more = "[relay.backup]\nfolder = \"copies\"\nevery = \"31d\"\n".to_owned();
    let desk = Desk::start(setup.clone()).await;
    let copy = eventually("a copy", async || backups(&folder).pop()).await;
    eventually("health tells of it", async || {
        let health = desk
            .request(Method::GET, "/health", "", "", None)
            .await
            .json();
        health["backup"]["age_s"].as_u64()
    })
    .await;
    let files = || {
        let mut names: Vec<_> = std::fs::read_dir(setup.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        names
    };
    write_config(&setup, &setup.text(ANY_PORT));
    let before = files();
    let told = run(
        &setup,
        ANY_PORT,
        &["restore", "--drill", copy.to_str().unwrap()],
    )
    .await;
    assert!(told.status.success(), "{}", text(&told.stderr));
    assert!(
        text(&told.stdout).contains("can be restored"),
        "{}",
        text(&told.stdout)
    );
    assert_eq!(files(), before);
    // A file that is none is refused, and leaves nothing either.
    let bad = setup.folder.path().join("bad.backup");
    std::fs::write(&bad, "no database at all").unwrap();
    let before = files();
    let told = run(
        &setup,
        ANY_PORT,
        &["restore", "--drill", bad.to_str().unwrap()],
    )
    .await;
    assert_eq!(told.status.code(), Some(1));
    assert_eq!(files(), before);
    assert_eq!(verify(&setup.database()).unwrap().findings, []);
}

#[tokio::test]
async fn a_copy_that_cannot_be_made_is_told_and_nothing_else_suffers() {
    let mut setup = Setup::new();
    // A file is in the place of the folder.
    std::fs::write(setup.folder.path().join("copies"), "").unwrap();
    setup.more = "[relay.backup]\nfolder = \"copies\"\nevery = \"31d\"\n".to_owned();
    let desk = Desk::start(setup).await;
    eventually("health tells of it", async || {
        let health = desk.request(Method::GET, "/health", "", "", None).await;
        assert_eq!(health.status, 200);
        health.json()["backup"]["problem"]
            .as_str()
            .map(str::to_owned)
    })
    .await;
    assert_eq!(desk.receive(1, MARIA, "hello").await.status, 200);
}

#[tokio::test]
async fn somebody_is_erased_by_a_command_beside_a_running_relay_and_without_one() {
    let mut setup = Setup::new();
    setup.more = "[relay.backup]\nfolder = \"copies\"\nevery = \"31d\"\n".to_owned();
    let folder = setup.folder.path().join("copies");
    let mut desk = Desk::start(setup.clone()).await;
    // It does not hold her: who is not in it is not told of it.
    let empty = eventually("a copy", async || backups(&folder).pop()).await;
    assert_eq!(desk.receive(1, MARIA, "hello").await.status, 200);
    let dated = folder.join(format!(
        "{}-20200101T030000Z.backup",
        setup.database().file_name().unwrap().to_str().unwrap()
    ));
    for copy in [&dated, &setup.folder.path().join("it's mine")] {
        let made = run(&setup, ANY_PORT, &["backup", copy.to_str().unwrap()]).await;
        assert!(made.status.success(), "{}", text(&made.stderr));
    }
    let nobody = run(&setup, ANY_PORT, &["erase", MARIA]).await;
    assert_eq!(nobody.status.code(), Some(1), "nobody is there to agree");
    assert_eq!(desk.entries().await.len(), 1);
    let erased = run(&setup, ANY_PORT, &["erase", "(239) 426-7058", "--yes"]).await;
    assert!(erased.status.success(), "{}", text(&erased.stderr));
    assert!(
        text(&erased.stdout).contains("1 conversations"),
        "{}",
        text(&erased.stdout)
    );
    assert!(desk.entries().await.is_empty());
    let told = text(&erased.stdout);
    let dated = format!("still in {}, which goes by itself on ", dated.display());
    assert!(told.contains(&dated), "{told}");
    assert!(told.contains("it's mine, which stays"), "{told}");
    assert!(told.contains("it'\\''s mine'\n"), "{told}");
    assert!(!told.contains(empty.to_str().unwrap()), "{told}");
    let audit = run(&setup, ANY_PORT, &["audit", "show"]).await;
    let audit = text(&audit.stdout);
    assert!(
        audit.contains("operator erased") && !audit.contains("2394267058"),
        "{audit}"
    );
    desk.stop().await.unwrap();
    let again = run(&setup, ANY_PORT, &["erase", MARIA, "--yes"]).await;
    assert!(
        text(&again.stdout).contains("nothing is known"),
        "{}",
        text(&again.stdout)
    );
    let bad = run(&setup, ANY_PORT, &["purge", "--older-than", "1d"]).await;
    assert_eq!(bad.status.code(), Some(2));
    let none = run(
        &setup,
        ANY_PORT,
        &["purge", "--older-than", "400d", "--yes"],
    )
    .await;
    assert!(
        text(&none.stdout).contains("taken out: 0 entries"),
        "{}",
        text(&none.stdout)
    );
    let mut bytes = Vec::new();
    let mut file = std::fs::File::open(setup.database()).unwrap();
    file.read_to_end(&mut bytes).unwrap();
    let number = MARIA.as_bytes();
    assert!(!bytes.windows(number.len()).any(|window| window == number));
    assert!(
        bytes
            .windows(LINE.len())
            .any(|window| window == LINE.as_bytes())
    );
}
