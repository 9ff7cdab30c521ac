mod audit;
mod commits;
mod durable;
mod older;
mod schemas;

use super::sql::params;
use super::*;
use smsdesk_common::agent::{Agent, Role};
use smsdesk_common::feed::Digest;
use smsdesk_common::ids::{AgentId, Seq};
use smsdesk_common::time::Timestamp;

struct World {
    store: Store,
    _folder: tempfile::TempDir,
}

fn clock() -> Clock {
    Clock::from_fn(|| Timestamp::from_millis(1_000_000))
}

async fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("t.db"), clock())
        .await
        .unwrap();
    World {
        store,
        _folder: folder,
    }
}

fn insert(tx: &mut dyn Tx, name: &str) -> Result<Agent, StoreError> {
    let id = AgentId(tx.new_id());
    let name = name.to_owned();
    agents::insert(
        tx,
        Agent {
            id,
            seq: Seq::ZERO,
            name,
            role: Role::Agent,
            active: true,
        },
    )
}

async fn names(store: &Store) -> Vec<String> {
    let all = store.read(agents::all).await.unwrap();
    all.into_iter().map(|agent| agent.name).collect()
}

/// The digest of what the feed really holds.
async fn recomputed(store: &Store) -> Digest {
    store
        .read(|reads| -> Result<_, StoreError> {
            let mut digest = Digest::EMPTY;
            for row in reads.query("SELECT kind, id, seq FROM changes", &[])? {
                digest.add(row.text(0)?, row.text(1)?, row.seq(2)?);
            }
            Ok(digest)
        })
        .await
        .unwrap()
}

#[tokio::test]
async fn a_failed_job_leaves_nothing_and_does_not_disturb_its_neighbours() {
    let World { store, _folder } = world().await;
    let jobs = (0..40).map(|n| {
        store.write(move |tx| {
            insert(tx, &format!("agent {n:02}"))?;
            if n % 3 == 0 {
                Err(StoreError::Busy)
            } else {
                Ok(())
            }
        })
    });
    let outcomes = futures_util::future::join_all(jobs).await;
    let kept: Vec<_> = (0..40)
        .filter(|n| n % 3 != 0)
        .map(|n| format!("agent {n:02}"))
        .collect();
    assert_eq!(
        outcomes.iter().filter(|outcome| outcome.is_ok()).count(),
        kept.len()
    );
    assert_eq!(names(&store).await, kept);
    assert_eq!(
        store.hub().head(),
        Seq(kept.len() as u64),
        "rolled back positions are free again"
    );
    let kept_digest = store.read(meta::digest).await.unwrap();
    assert_eq!(recomputed(&store).await, kept_digest);
}

#[tokio::test]
async fn a_fault_in_one_job_or_look_harms_no_other() {
    let World { store, _folder } = world().await;
    for _ in 0..8 {
        let fault = store.write(|tx| -> Result<(), StoreError> {
            insert(tx, "nobody")?;
            panic!("on purpose")
        });
        assert!(matches!(fault.await, Err(StoreError::Closed)));
        let fault = store.read(|_| -> Result<(), StoreError> { panic!("on purpose") });
        assert!(matches!(fault.await, Err(StoreError::Closed)));
    }
    store.write(|tx| insert(tx, "Ana")).await.unwrap();
    assert_eq!(names(&store).await, ["Ana"]);
}

#[tokio::test]
async fn touching_a_record_moves_its_only_line_in_the_feed() {
    let World { store, _folder } = world().await;
    let mut agent = store.write(|tx| insert(tx, "Ana")).await.unwrap();
    store.write(|tx| insert(tx, "Bo")).await.unwrap();
    agent.name = "Ana B".to_owned();
    store
        .write(move |tx| agents::update(tx, &mut agent))
        .await
        .unwrap();
    let page = store
        .read(|reads| feed::after(reads, Seq::ZERO, 10))
        .await
        .unwrap();
    let seqs: Vec<_> = page.lines.iter().map(|line| line.seq.0).collect();
    assert_eq!(seqs, [2, 3]);
    assert!(page.complete);
    assert_eq!(
        recomputed(&store).await,
        store.read(meta::digest).await.unwrap()
    );
}

#[tokio::test]
async fn a_record_that_is_not_where_the_feed_has_it_is_refused() {
    let World { store, _folder } = world().await;
    let mut agent = store.write(|tx| insert(tx, "Ana")).await.unwrap();
    agent.seq = Seq(99);
    let error = store
        .write(move |tx| agents::update(tx, &mut agent))
        .await
        .unwrap_err();
    assert!(
        matches!(error, StoreError::Drift { held: 99, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn pages_forwards_and_backwards_hold_everything_once() {
    let World { store, _folder } = world().await;
    for n in 0..25 {
        store
            .write(move |tx| insert(tx, &format!("a{n}")))
            .await
            .unwrap();
    }
    let (mut forwards, mut after) = (Vec::new(), Seq::ZERO);
    loop {
        let page = store
            .read(move |reads| feed::after(reads, after, 7))
            .await
            .unwrap();
        forwards.extend(page.lines.iter().map(|line| line.seq.0));
        after = page.lines.last().map_or(after, |line| line.seq);
        if page.complete {
            break;
        }
    }
    assert_eq!(forwards, (1..=25).collect::<Vec<_>>());
    let page = store
        .read(|reads| feed::before(reads, Seq(11), 4))
        .await
        .unwrap();
    let backwards: Vec<_> = page.lines.iter().map(|line| line.seq.0).collect();
    assert_eq!(backwards, [10, 9, 8, 7]);
    assert!(!page.complete);
}

#[tokio::test]
async fn what_was_answered_is_there_after_reopening_in_the_same_life() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let store = Store::open(&path, clock()).await.unwrap();
    let (epoch, instance) = (store.epoch(), store.instance().to_owned());
    store.write(|tx| insert(tx, "Ana")).await.unwrap();
    store.close().await;
    let store = Store::open(&path, clock()).await.unwrap();
    assert_eq!(names(&store).await, ["Ana"]);
    assert_eq!(store.hub().head(), Seq(1));
    assert_eq!(
        (store.epoch(), store.instance()),
        (epoch, instance.as_str())
    );
}

#[tokio::test]
async fn a_second_relay_on_the_same_database_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let _first = Store::open(&path, clock()).await.unwrap();
    let error = Store::open(&path, clock()).await.unwrap_err();
    let holder = format!("process {}", std::process::id());
    assert!(matches!(&error, OpenError::InUse { .. }), "{error}");
    assert!(error.to_string().contains(&holder), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn another_name_of_the_same_database_is_no_way_around_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let (path, link) = (folder.path().join("t.db"), folder.path().join("other.db"));
    let _first = Store::open(&path, clock()).await.unwrap();
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let error = Store::open(&link, clock()).await.unwrap_err();
    assert!(matches!(&error, OpenError::InUse { .. }), "{error}");
}

#[tokio::test]
async fn a_database_of_a_later_version_or_of_another_program_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    Store::open(&path, clock()).await.unwrap().close().await;
    let set = |name: &str, value: u32| {
        let conn = Connection::open(&path).unwrap();
        conn.pragma_update(None, name, value).unwrap();
    };
    set("user_version", 9_999);
    let error = Store::open(&path, clock()).await.unwrap_err();
    assert!(
        matches!(error, OpenError::Newer { found: 9_999, .. }),
        "{error}"
    );
    set("application_id", 7);
    let error = Store::open(&path, clock()).await.unwrap_err();
    assert!(
        matches!(error, OpenError::Foreign { found: 7, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn readers_cannot_write() {
    let World { store, _folder } = world().await;
    let error = store
        .read(|reads| reads.query("DELETE FROM meta WHERE name = ?1", params!["epoch"]))
        .await
        .unwrap_err();
    assert!(
        matches!(error, StoreError::Engine(_) | StoreError::Failing(..)),
        "{error}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt as _;
    let World { store, _folder } = world().await;
    store.write(|tx| insert(tx, "Ana")).await.unwrap();
    for file in ["t.db", "t.db-wal", "t.db-shm"] {
        let mode = std::fs::metadata(_folder.path().join(file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{file}");
    }
}
