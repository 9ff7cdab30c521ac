//! Backups, restores, and what `verify` finds.

use crate::common::desk::{LINE, MARIA};
use crate::common::program::{Program, run, text};
use crate::common::{Cache, Desk, Reply, Setup, Twilio, in_time};
use serde_json::Value;
use smsdesk_common::stream::ResumeMode;
use smsdesk_relay::clock::Clock;
use smsdesk_relay::store::backup::{CopyError, backup};
use smsdesk_relay::store::verify::{Report, verify, verify_backup};
use smsdesk_relay::store::{OpenError, Store};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::watch;

const ANY_PORT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

fn names(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn clean(report: &Report) {
    assert_eq!(report.findings, []);
    assert!(report.complete);
}

/// A desk where texts came in, one was delivered, one waits and one is of unknown fate.
async fn busy_desk(setup: Setup) -> Desk {
    let desk = Desk::start(setup).await;
    for sid in 0..5 {
        assert_eq!(desk.receive(sid, MARIA, "hello").await.status, 200);
    }
    desk.send(1, MARIA, "taken").await;
    desk.becomes(1, "accepted").await;
    desk.send(2, "+12394267059", "dropped").await;
    desk.becomes(2, "unknown").await;
    desk.send(3, "+12394267060", "refused for now").await;
    let conversation = desk.entries().await[0].conversation;
    let position = desk.entries().await[0].position;
    let id = uuid::Uuid::from_u128(99);
    let read = serde_json::json!({ "position": position, "inbound_read": 1, "id": id });
    let path = format!("/v1/conversations/{conversation}/read");
    let body = Some(read.to_string());
    let token = desk.token.clone();
    let put = desk.request(
        reqwest::Method::PUT,
        &path,
        &token,
        "application/json",
        body,
    );
    assert_eq!(put.await.status, 200);
    desk
}

/// Takes what is "taken", drops what is "dropped", and refuses the rest for now.
async fn twilio() -> Twilio {
    Twilio::start(|call, _| match call["Body"].as_str() {
        "taken" => Reply::Accept(7),
        "dropped" => Reply::Drop,
        _ => Reply::Status(429, r#"{"code":20429,"message":"x"}"#.to_owned()),
    })
    .await
}

#[tokio::test]
async fn backups_under_load_are_each_one_consistent_state_and_none_is_overwritten() {
    let twilio = twilio().await;
    let desk = Arc::new(busy_desk(Setup::calling(twilio.url())).await);
    let end = Arc::new(AtomicBool::new(false));
    let (arrived, mut arrivals) = watch::channel(0_u32);
    let load = {
        let (desk, end) = (Arc::clone(&desk), Arc::clone(&end));
        tokio::spawn(async move {
            while !end.load(Ordering::Relaxed) {
                let sid = 1_000 + *arrived.borrow();
                assert_eq!(desk.receive(sid, MARIA, "more").await.status, 200);
                arrived.send_modify(|count| *count += 1);
            }
        })
    };
    let database = desk.setup.database();
    let mut heads = Vec::new();
    for n in 0..4 {
        let to = desk.setup.folder.path().join(format!("copy {n}"));
        let (database, to) = (database.clone(), to);
        let made = tokio::task::spawn_blocking({
            let to = to.clone();
            move || backup(&database, &to).unwrap()
        });
        let made = made.await.unwrap();
        clean(&made.report);
        assert_eq!(made.report, verify_backup(&to).unwrap());
        assert_eq!(made.bytes, std::fs::metadata(&to).unwrap().len());
        heads.push(made.report.head);
        in_time("another text", arrivals.changed()).await.unwrap();
    }
    end.store(true, Ordering::Relaxed);
    load.await.unwrap();
    assert!(heads.is_sorted() && heads[0] < heads[3], "{heads:?}");
    let to = desk.setup.folder.path().join("copy 0");
    let before = std::fs::read(&to).unwrap();
    let error = backup(&database, &to).unwrap_err();
    assert!(matches!(error, CopyError::Exists(_)), "{error}");
    assert_eq!(std::fs::read(&to).unwrap(), before);
    clean(&verify(&database).unwrap());
    let left = names(desk.setup.folder.path());
    assert!(left.iter().all(|name| !name.contains(".part")), "{left:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_backup_is_one_file_that_only_its_owner_may_read_whether_the_relay_runs_or_not() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut program = Program::serve(Setup::new(), &[]).await;
    let setup = program.desk.setup.clone();
    assert_eq!(program.desk.receive(1, MARIA, "hello").await.status, 200);
    for name in ["during", "after"] {
        let to = setup.folder.path().join(name);
        let output = run(&setup, ANY_PORT, &["backup", to.to_str().unwrap()]).await;
        let words = text(&output.stdout);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let report = verify_backup(&to).unwrap();
        clean(&report);
        assert!(
            words.contains(&format!("head {}, ", report.head)),
            "{words}"
        );
        assert!(words.contains(&report.digest), "{words}");
        let mode = std::fs::metadata(&to).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let beside = names(setup.folder.path());
        let beside: Vec<_> = beside.iter().filter(|at| at.starts_with(name)).collect();
        assert_eq!(beside, [name]);
        if name == "during" {
            program.terminate("-TERM").await;
        }
    }
}

#[tokio::test]
async fn a_restore_is_a_new_life_in_which_nothing_that_waited_is_sent_again() {
    let twilio = twilio().await;
    let setup = Setup::calling(twilio.url());
    let mut desk = busy_desk(setup.clone()).await;
    let file = setup.folder.path().join("backup");
    backup(&setup.database(), &file).unwrap();
    let kept = desk.entries().await.len();
    for sid in 10..13 {
        desk.receive(sid, MARIA, "after the backup").await;
    }
    let mut cache = Cache::of(&desk).await;
    let (mut stream, _) = cache.resume(&desk).await;
    cache.catch_up(&mut stream).await;
    let token = desk.token.clone();
    desk.stop().await.unwrap();
    drop((stream, desk));

    let output = run(&setup, ANY_PORT, &["restore", file.to_str().unwrap()]).await;
    assert!(output.status.success(), "{}", text(&output.stderr));
    let words = text(&output.stdout);
    assert!(
        words.contains("1 texts had not been handed over"),
        "{words}"
    );
    clean(&verify(&setup.database()).unwrap());
    let calls = twilio.calls().len();

    let mut desk = Desk::launch(setup.clone(), Clock::system()).await;
    desk.token = token;
    assert_eq!(desk.entries().await.len(), kept);
    assert_eq!(desk.status_of(3).await, "unknown");
    assert_eq!(desk.status_of(1).await, "accepted");
    let (_stream, welcome) = cache.resume(&desk).await;
    assert_eq!(welcome.mode, ResumeMode::Reset);
    assert_ne!(Some(welcome.epoch), cache.epoch);
    let mut fresh = Cache::of(&desk).await;
    let (mut stream, _) = fresh.resume(&desk).await;
    let digest = fresh.catch_up(&mut stream).await;
    assert_eq!(digest, fresh.digest());
    assert_eq!(
        desk.receive(10, MARIA, "after the backup").await.status,
        200
    );
    assert_eq!(
        desk.entries().await.len(),
        kept + 1,
        "it is new to this life"
    );
    assert_eq!(twilio.calls().len(), calls, "nothing was sent again");

    let replaced: Vec<_> = names(setup.folder.path())
        .into_iter()
        // Its log moves with it where something still read it when the relay had ended.
        .filter(|name| name.contains(".replaced-") && !name.ends_with("-wal"))
        .collect();
    assert_eq!(replaced.len(), 1);
    let replaced = verify_backup(&setup.folder.path().join(&replaced[0])).unwrap();
    assert_eq!(
        replaced.head, cache.high.0,
        "nothing of the old one is lost"
    );
}

#[tokio::test]
async fn no_restore_beside_a_running_relay_nor_from_what_is_no_backup() {
    let program = Program::serve(Setup::new(), &[]).await;
    let setup = program.desk.setup.clone();
    let file = setup.folder.path().join("backup");
    backup(&setup.database(), &file).unwrap();
    let output = run(&setup, ANY_PORT, &["restore", file.to_str().unwrap()]).await;
    let words = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(
        words.contains(&format!("process {}", program.id())),
        "{words}"
    );
    assert_eq!(program.desk.get("/ready").await.status, 200);
    drop(program);

    let before = std::fs::read(setup.database()).unwrap();
    let (empty, other) = (
        setup.folder.path().join("empty"),
        setup.folder.path().join("other"),
    );
    std::fs::write(&empty, "").unwrap();
    std::fs::write(&other, "a letter to Maria").unwrap();
    let damaged = damage(&file);
    for wrong in [empty, other, damaged, setup.folder.path().join("nowhere")] {
        let output = run(&setup, ANY_PORT, &["restore", wrong.to_str().unwrap()]).await;
        assert_eq!(output.status.code(), Some(1), "{}", wrong.display());
        assert_eq!(std::fs::read(setup.database()).unwrap(), before);
    }
    let left = names(setup.folder.path());
    assert!(
        left.iter().all(|name| !name.contains("restoring")),
        "{left:?}"
    );
}

/// A copy of a database with the roots of its tables overwritten.
fn damage(file: &Path) -> PathBuf {
    let to = file.with_extension("damaged");
    let mut bytes = std::fs::read(file).unwrap();
    for page in bytes.chunks_mut(4_096).skip(4) {
        page[..200].fill(0x5a);
    }
    std::fs::write(&to, bytes).unwrap();
    to
}

#[tokio::test]
async fn a_restore_that_was_cut_keeps_the_relay_from_starting_until_it_is_done_again() {
    let setup = Setup::new();
    let mut desk = Desk::start(setup.clone()).await;
    let file = setup.folder.path().join("backup");
    backup(&setup.database(), &file).unwrap();
    desk.stop().await.unwrap();
    // As it is between the last two steps: the old one is moved, the new one not yet in place.
    let waiting = setup.database().with_extension("db.restoring");
    std::fs::rename(setup.database(), &waiting).unwrap();
    let (log, moved) = (
        setup.database().with_extension("db-wal"),
        setup
            .database()
            .with_extension("db.replaced-20260101T000000Z"),
    );
    std::fs::write(&moved, "the old database").unwrap();
    std::fs::write(&log, "its log").unwrap();
    let error = Store::open(&setup.database(), Clock::system())
        .await
        .unwrap_err();
    assert!(matches!(&error, OpenError::Restoring { .. }), "{error}");
    assert!(!error.to_string().contains("remove"), "{error}");
    assert!(!setup.database().exists(), "no empty one was made");
    let output = run(&setup, ANY_PORT, &["restore", file.to_str().unwrap()]).await;
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(!waiting.exists());
    let followed = setup
        .database()
        .with_extension("db.replaced-20260101T000000Z-wal");
    assert_eq!(std::fs::read(followed).unwrap(), b"its log");
    clean(&verify(&setup.database()).unwrap());
    let store = Store::open(&setup.database(), Clock::system())
        .await
        .unwrap();
    store.close().await;
}

/// What may be wrong, and which check finds it.
const FAULTS: &[(&str, &str)] = &[
    (
        "UPDATE changes SET seq = seq + 1000 WHERE kind = 'contact'",
        "feed",
    ),
    ("DELETE FROM changes WHERE kind = 'line'", "feed_missing"),
    ("DELETE FROM agent", "references"),
    (
        "UPDATE changes SET kind = 'hologram' WHERE kind = 'agent'",
        "feed_kind",
    ),
    (
        "UPDATE meta SET value = '0' WHERE name = 'digest'",
        "digest",
    ),
    ("UPDATE contact SET created_at = 'soon'", "unreadable"),
    (
        "UPDATE conversation SET labels = '{' WHERE flagged = 0",
        "unreadable",
    ),
    (
        "UPDATE entry SET conversation = 'gone' WHERE sid LIKE 'SM%1'",
        "references",
    ),
    (
        "UPDATE entry SET position = seq + 1 WHERE direction = 'inbound'",
        "position",
    ),
    ("UPDATE entry SET position = 1", "position_twice"),
    ("UPDATE outbox SET state = 'queued'", "outbox_entry"),
    (
        "UPDATE entry SET status = 'delivered' WHERE status = 'unknown'",
        "outbox_entry",
    ),
    (
        "UPDATE outbox SET position = position + 1000",
        "outbox_order",
    ),
    ("DELETE FROM outbox", "outbox_missing"),
    (
        "UPDATE entry SET status = 'scheduled' WHERE direction = 'inbound'",
        "timed",
    ),
    ("UPDATE entry SET held_since = 1", "timed_held"),
    ("UPDATE request SET subject = 'gone'", "request"),
    (
        "DELETE FROM webhook WHERE dedupe LIKE '%3'",
        "webhook_missing",
    ),
    (
        "UPDATE webhook SET dedupe = 'SM9' WHERE dedupe LIKE '%3'",
        "webhook_lost",
    ),
    (
        "UPDATE conversation SET inbound_total = 4 WHERE inbound_total = 5",
        "inbound_total",
    ),
    ("UPDATE conversation SET last = NULL", "last_missing"),
    (
        "UPDATE conversation SET last = replace(last, 'unknown', 'sent')",
        "last",
    ),
    ("UPDATE read_marker SET inbound_read = 6", "read_marker"),
    (
        "INSERT INTO delivery_report (sid, status, at) \
             SELECT sid, 'sent', 1 FROM entry WHERE direction = 'outbound' AND sid IS NOT NULL; \
             UPDATE entry SET status = 'unconfirmed' WHERE status = 'accepted'",
        "report",
    ),
];

#[tokio::test]
async fn each_planted_fault_is_found_by_its_check() {
    let twilio = twilio().await;
    let setup = Setup::calling(twilio.url());
    let mut desk = busy_desk(setup.clone()).await;
    desk.stop().await.unwrap();
    clean(&verify(&setup.database()).unwrap());
    for (fault, expected) in FAULTS {
        let planted = setup.folder.path().join("planted");
        std::fs::copy(setup.database(), &planted).unwrap();
        let conn = rusqlite::Connection::open(&planted).unwrap();
        conn.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA journal_mode = DELETE")
            .unwrap();
        conn.execute_batch(fault).unwrap();
        drop(conn);
        let report = verify_backup(&planted).unwrap();
        let found: Vec<_> = report.findings.iter().map(|found| found.check).collect();
        assert!(found.contains(expected), "{fault}: {:?}", report.findings);
    }
    let report = verify_backup(&damage(&setup.database()));
    let damaged = report.map_or(true, |report| report.is_unsound());
    assert!(damaged, "a file that is no database any more");
}

#[tokio::test]
async fn verify_says_by_its_exit_code_and_in_json_whether_all_fits() {
    let setup = Setup::new();
    let mut desk = Desk::start(setup.clone()).await;
    desk.receive(1, MARIA, "canary").await;
    let output = run(&setup, ANY_PORT, &["verify"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    desk.stop().await.unwrap();
    let conn = rusqlite::Connection::open(setup.database()).unwrap();
    conn.execute_batch("UPDATE conversation SET inbound_total = 7")
        .unwrap();
    drop(conn);
    let output = run(&setup, ANY_PORT, &["verify"]).await;
    let words = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(
        words.contains("counts 7 texts that came in, and has or had 1"),
        "{words}"
    );
    for private in ["canary", MARIA, LINE] {
        assert!(!words.contains(private), "{private} in {words}");
    }
    let output = run(&setup, ANY_PORT, &["verify", "--json"]).await;
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(report["findings"][0]["check"], "inbound_total");
}
