//! What happens to the file, the log and the writer when something goes wrong.

use super::*;
use crate::store::engine::open::{open_reader, schema_version};
use crate::store::migrations::MIGRATIONS;
use crate::store::trouble::Trouble;
use crate::store::upkeep::TRUNCATE_BYTES;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long anything may take before a test gives up.
const DEADLINE: Duration = Duration::from_secs(30);

async fn eventually(what: &str, mut check: impl AsyncFnMut() -> bool) {
    let began: Instant = crate::clock::monotonic();
    while !check().await {
        assert!(began.elapsed() < DEADLINE, "it never came true that {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn path(world: &World) -> PathBuf {
    world._folder.path().join("t.db")
}

/// Meets what a disk that fails looks like to the engine: a file that cannot be opened.
fn fail(tx: &mut dyn Tx) {
    let failed = tx.execute("ATTACH DATABASE '/nowhere/at/all' AS other", &[]);
    let error = failed.unwrap_err();
    assert_eq!(error.trouble(), Some(Trouble::Disk), "{error}");
}

#[tokio::test]
async fn what_shared_a_commit_with_a_failing_disk_is_not_acknowledged_and_the_store_comes_back() {
    let world = world().await;
    let store = &world.store;
    store.write(|tx| insert(tx, "Ana")).await.unwrap();
    let jobs = (0..20).map(|n| {
        store.write(move |tx| {
            if n == 10 {
                // A job that swallows the error deceives only itself.
                fail(tx);
            }
            insert(tx, &format!("agent {n:02}"))
        })
    });
    let outcomes = futures_util::future::join_all(jobs).await;
    assert!(outcomes[10].is_err());
    let mut told = vec!["Ana".to_owned()];
    told.extend(
        (0..20)
            .filter(|n| outcomes[*n].is_ok())
            .map(|n| format!("agent {n:02}")),
    );
    eventually("the store takes commits again", async || {
        store.write(|tx| meta::touch(tx)).await.is_ok()
    })
    .await;
    assert_eq!(names(store).await, told);
    store.write(|tx| insert(tx, "Bo")).await.unwrap();
    let head = store.read(feed::head).await.unwrap();
    assert_eq!(store.hub().head(), head);
    assert_eq!(
        recomputed(store).await,
        store.read(meta::digest).await.unwrap()
    );
}

#[tokio::test]
async fn before_a_new_connection_is_trusted_the_log_is_in_the_database() {
    let world = world().await;
    for n in 0..20 {
        let name = format!("agent {n:02}");
        world
            .store
            .write(move |tx| insert(tx, &name))
            .await
            .unwrap();
    }
    let log = path(&world).with_extension("db-wal");
    assert!(std::fs::metadata(&log).unwrap().len() > 0);
    let failing = world.store.write(|tx| -> Result<(), StoreError> {
        fail(tx);
        Ok(())
    });
    assert!(failing.await.is_err());
    eventually("the log is cut", async || {
        std::fs::metadata(&log).unwrap().len() == 0
    })
    .await;
    // Without the log, as after a power cut that took it.
    let copy = world._folder.path().join("copy.db");
    std::fs::copy(path(&world), &copy).unwrap();
    let copied = Store::open(&copy, clock()).await.unwrap();
    assert_eq!(names(&copied).await.len(), 20);
}

#[tokio::test]
async fn what_a_killed_relay_left_in_its_log_is_moved_before_the_first_commit() {
    let world = world().await;
    world.store.write(|tx| insert(tx, "Ana")).await.unwrap();
    let killed = world._folder.path().join("killed.db");
    for ending in ["", "-wal"] {
        let from = beside(&path(&world), ending);
        std::fs::copy(from, beside(&killed, ending)).unwrap();
    }
    let conn = open_writer(&killed).unwrap();
    trial(&conn, &killed, Duration::ZERO).unwrap();
    assert_eq!(std::fs::metadata(beside(&killed, "-wal")).unwrap().len(), 0);
    drop(conn);
    let store = Store::open(&killed, clock()).await.unwrap();
    assert_eq!(names(&store).await, ["Ana"]);
}

#[tokio::test]
async fn a_reader_in_the_way_keeps_a_store_from_opening_on_an_old_log_and_is_told() {
    let world = world().await;
    world.store.write(|tx| insert(tx, "Ana")).await.unwrap();
    let path = path(&world);
    let other = open_reader(&path).unwrap();
    other.execute_batch("BEGIN; SELECT * FROM meta").unwrap();
    world.store.write(|tx| insert(tx, "Bo")).await.unwrap();
    let conn = open_writer(&path).unwrap();
    let error = trial(&conn, &path, Duration::ZERO).unwrap_err();
    assert!(matches!(&error, OpenError::Held { .. }), "{error}");
    other.execute_batch("COMMIT").unwrap();
    trial(&conn, &path, Duration::ZERO).unwrap();
}

#[tokio::test]
async fn a_look_that_takes_too_long_is_ended_and_the_next_one_works() {
    const ENDLESS: &str = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) \
                           SELECT COUNT(*) FROM n";
    let World { mut store, _folder } = world().await;
    store.write(|tx| insert(tx, "Ana")).await.unwrap();
    let usual = store.view.clone();
    store.view = usual.clone().with_limit(Duration::from_millis(50));
    for _ in 0..8 {
        let endless = store.read(|reads| reads.query(ENDLESS, &[])).await;
        let error = endless.unwrap_err();
        assert!(error.is_temporary(), "{error}");
        let slow = store.read(|reads| {
            std::thread::sleep(Duration::from_millis(80));
            agents::all(reads)
        });
        assert!(slow.await.unwrap_err().is_temporary());
    }
    // The same connections, and as long as a busy machine takes.
    store.view = usual;
    for _ in 0..8 {
        assert_eq!(names(&store).await, ["Ana"]);
    }
}

#[tokio::test]
async fn looks_that_take_long_keep_no_short_one_waiting() {
    let world = world().await;
    let (end, ended) = std::sync::mpsc::channel::<()>();
    let ended = Arc::new(Mutex::new(ended));
    let looking = Arc::new(AtomicUsize::new(0));
    let mut long = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (view, ended) = (world.store.view(), Arc::clone(&ended));
        let looking = Arc::clone(&looking);
        long.spawn(async move {
            let look = view.read_long(move |_| {
                looking.fetch_add(1, Ordering::SeqCst);
                // Until nobody is there any more to say it.
                let _ = ended.lock().unwrap().recv();
                Ok::<_, StoreError>(())
            });
            look.await
        });
    }
    // All of them have asked by then.
    eventually("some look", async || looking.load(Ordering::SeqCst) >= 2).await;
    let short = tokio::time::timeout(Duration::from_secs(30), names(&world.store));
    short.await.expect("it waited behind the long ones");
    drop(end);
    while let Some(done) = long.join_next().await {
        done.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_log_that_grew_behind_a_reader_is_cut_once_the_reader_is_gone() {
    const LARGE_BYTES: usize = 1024 * 1024;
    let world = world().await;
    let log = path(&world).with_extension("db-wal");
    let size = || std::fs::metadata(&log).unwrap().len();
    let reader = open_reader(&path(&world)).unwrap();
    reader.execute_batch("BEGIN; SELECT * FROM meta").unwrap();
    let mut n = 0;
    while size() <= TRUNCATE_BYTES {
        n += 1;
        let name = format!("{n}{}", "x".repeat(LARGE_BYTES));
        world
            .store
            .write(move |tx| insert(tx, &name))
            .await
            .unwrap();
    }
    assert_eq!(world.store.signs().wal_bytes, Some(size()));
    reader.execute_batch("COMMIT").unwrap();
    eventually("the log is cut to its usual size", async || {
        n += 1;
        let name = n.to_string();
        let more = world.store.write(move |tx| insert(tx, &name));
        more.await.unwrap();
        size() <= TRUNCATE_BYTES
    })
    .await;
    eventually("a log without work is cut to nothing", async || size() == 0).await;
    assert!(world.store.signs().moved_at.is_some());
}

#[tokio::test]
async fn damage_that_a_look_meets_stops_the_writer_and_not_the_other_looks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let store = Store::open(&path, clock()).await.unwrap();
    for n in 0..200 {
        store
            .write(move |tx| insert(tx, &format!("damage-me {n}")))
            .await
            .unwrap();
    }
    store.close().await;
    let mut bytes = std::fs::read(&path).unwrap();
    for page in bytes.chunks_mut(4_096) {
        if page.windows(9).any(|window| window == b"damage-me") {
            page[..16].fill(0x5a);
        }
    }
    std::fs::write(&path, bytes).unwrap();
    let store = Store::open(&path, clock()).await.unwrap();
    store.write(|tx| meta::touch(tx)).await.unwrap();
    let error = store.read(agents::all).await.unwrap_err();
    assert_eq!(error.trouble(), Some(Trouble::Damaged), "{error}");
    for _ in 0..3 {
        let refused = store.write(|tx| meta::touch(tx)).await.unwrap_err();
        assert_eq!(refused.trouble(), Some(Trouble::Damaged), "{refused}");
    }
    assert_eq!(store.read(feed::head).await.unwrap(), Seq(200));
}

#[tokio::test]
async fn a_new_database_gives_pages_back_and_an_older_one_is_left_as_it_is() {
    let world = world().await;
    let vacuum = |conn: &Connection| -> u32 {
        conn.pragma_query_value(None, "auto_vacuum", |row| row.get(0))
            .unwrap()
    };
    assert_eq!(vacuum(&open_reader(&path(&world)).unwrap()), 2);
    let old = world._folder.path().join("old.db");
    schemas::load(&old);
    let store = Store::open(&old, clock()).await.unwrap();
    assert_eq!(vacuum(&open_reader(&old).unwrap()), 0);
    store.close().await;
}

#[tokio::test]
async fn a_first_start_that_was_cut_after_any_step_of_the_schema_is_made_good_for() {
    for done in 1..=MIGRATIONS.len() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        std::fs::write(&path, "").unwrap();
        let conn = open_writer(&path).unwrap();
        migrate(&conn, &path, &MIGRATIONS[..done]).unwrap();
        drop(conn);
        let store = Store::open(&path, clock()).await.unwrap();
        store.write(|tx| insert(tx, "Ana")).await.unwrap();
        assert_eq!(verify::verify(&path).unwrap().findings, []);
    }
}

#[tokio::test]
async fn before_a_schema_is_changed_there_is_a_copy_and_a_step_that_fails_changes_nothing() {
    let world = world().await;
    world.store.write(|tx| insert(tx, "Ana")).await.unwrap();
    let path = path(&world);
    world.store.close().await;
    let (known, conn) = (MIGRATIONS.len(), open_writer(&path).unwrap());
    let copy = beside(&path, &format!(".schema-{known}-19700101"));
    let wrong = [
        MIGRATIONS,
        &["CREATE TABLE extra (x); CREATE TABLE meta (x);"],
    ]
    .concat();
    let error = upgrade(&conn, &path, &wrong, &clock()).unwrap_err();
    assert!(error.to_string().contains("meta"), "{error}");
    drop(conn);
    let conn = open_writer(&path).unwrap();
    assert_eq!(schema_version(&conn, &path).unwrap() as usize, known);
    std::fs::write(&copy, "of a try that failed").unwrap();
    let right = [MIGRATIONS, &["CREATE TABLE extra (x);"]].concat();
    upgrade(&conn, &path, &right, &clock()).unwrap();
    assert_eq!(schema_version(&conn, &path).unwrap() as usize, known + 1);
    assert!(!beside(&copy, ".part").exists());
    let copied = Store::open(&copy, clock()).await.unwrap();
    assert_eq!(names(&copied).await, ["Ana"]);
}

#[test]
fn a_commit_is_synced_before_it_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("smsdesk.db");
    std::fs::File::create(&path).unwrap();
    let conn = open_writer(&path).unwrap();
    let setting = |name| {
        conn.pragma_query_value(None, name, |row| row.get::<_, i64>(0))
            .unwrap()
    };
    // 2 is FULL (sqlite.org/pragma.html, "synchronous"): with less, a power cut in WAL mode may take
    // back what was acknowledged.
    assert_eq!(setting("synchronous"), 2);
    assert_eq!(
        (setting("fullfsync"), setting("checkpoint_fullfsync")),
        (1, 1)
    );
}
