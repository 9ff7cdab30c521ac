//! What callers hear, and what is stored, when a transaction cannot begin, go on or end.

use super::*;
use smsdesk_common::ids::{DeviceId, TokenId};

/// More than fits the pages that a full disk leaves.
const LARGE_BYTES: usize = 64 * 1024;

/// Does what a commit refuses although each statement passes: a token of an agent that is not.
fn undermine(tx: &mut dyn Tx) -> Result<(), StoreError> {
    insert(tx, "never kept")?;
    tx.execute("PRAGMA defer_foreign_keys = ON", &[])?;
    let (token, nobody) = (TokenId(tx.new_id()), AgentId(tx.new_id()));
    let device = DeviceId(tx.new_id());
    tokens::insert(tx, token, nobody, device, b"hash")
}

fn large(tx: &mut dyn Tx) -> Result<(), StoreError> {
    insert(tx, &"x".repeat(LARGE_BYTES)).map(|_| ())
}

/// The feed, the hub and the digest tell the same.
async fn assert_consistent(store: &Store) {
    let head = store.read(feed::head).await.unwrap();
    assert_eq!(store.hub().head(), head);
    let kept = store.read(meta::digest).await.unwrap();
    assert_eq!(recomputed(store).await, kept);
}

#[tokio::test]
async fn nobody_hears_that_a_commit_is_through_which_fails() {
    let World { store, _folder } = world().await;
    store.write(|tx| insert(tx, "Ana")).await.unwrap();
    let growth = store.hub().subscribe();
    let refused = store.write(undermine).await;
    assert!(matches!(refused, Err(StoreError::Engine(_))), "{refused:?}");
    assert!(!growth.has_changed().unwrap(), "no reader may be woken");
    assert_consistent(&store).await;
    let bo = store.write(|tx| insert(tx, "Bo")).await.unwrap();
    assert_eq!(bo.seq, Seq(2), "the position of what was not kept is free");
    assert_eq!(names(&store).await, ["Ana", "Bo"]);
    assert_consistent(&store).await;
}

#[tokio::test]
async fn a_job_is_told_success_exactly_where_its_commit_is_through() {
    let World { store, _folder } = world().await;
    let jobs = (0..60).map(|n| {
        store.write(move |tx| {
            if n % 20 == 10 {
                return undermine(tx);
            }
            insert(tx, &format!("agent {n:02}")).map(|_| ())
        })
    });
    let outcomes = futures_util::future::join_all(jobs).await;
    let told: Vec<_> = (0..60)
        .filter(|n| outcomes[*n].is_ok())
        .map(|n| format!("agent {n:02}"))
        .collect();
    assert_eq!(names(&store).await, told);
    assert_consistent(&store).await;
}

#[tokio::test]
async fn a_full_disk_is_told_as_temporary_to_everybody_and_passes() {
    let World { store, _folder } = world().await;
    store.fill_for_tests().await;
    let mut told = Vec::new();
    for round in 0..10 {
        let jobs = (0..8).map(|n| {
            store.write(move |tx| {
                if n == 4 {
                    return large(tx);
                }
                insert(tx, &format!("{round} {n}")).map(|_| ())
            })
        });
        let outcomes = futures_util::future::join_all(jobs).await;
        assert!(outcomes[4].is_err());
        for (n, outcome) in outcomes.iter().enumerate() {
            match outcome {
                Ok(()) => told.push(format!("{round} {n}")),
                Err(error) => assert!(error.is_temporary(), "{error}"),
            }
        }
    }
    assert_eq!(names(&store).await, told);
    assert_consistent(&store).await;
    store.make_room_for_tests().await;
    store.write(large).await.unwrap();
    assert_consistent(&store).await;
}

#[tokio::test]
async fn what_a_job_does_after_the_engine_took_its_transaction_back_is_not_stored_either() {
    let World { store, _folder } = world().await;
    store.fill_for_tests().await;
    let refused = store
        .write(|tx| {
            assert!(large(tx).is_err());
            insert(tx, "on its own").map(|_| ())
        })
        .await;
    assert!(refused.is_err());
    assert_eq!(names(&store).await, Vec::<String>::new());
    store.make_room_for_tests().await;
    store.write(|tx| insert(tx, "Ana")).await.unwrap();
    assert_eq!(names(&store).await, ["Ana"]);
    assert_consistent(&store).await;
}

#[tokio::test]
async fn while_no_transaction_can_begin_jobs_are_refused_and_even_a_fault_in_one_passes() {
    let World { store, _folder } = world().await;
    let impatient = store.write(|tx| tx.query("PRAGMA busy_timeout = 0", &[]));
    impatient.await.unwrap();
    let other = Connection::open(_folder.path().join("t.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = store.write(|tx| insert(tx, "too early")).await;
    assert!(
        matches!(refused, Err(StoreError::Unavailable(_))),
        "{refused:?}"
    );
    let fault = store.write(|_| -> Result<(), StoreError> { panic!("on purpose") });
    assert!(matches!(fault.await, Err(StoreError::Closed)));
    other.execute_batch("ROLLBACK").unwrap();
    store.write(|tx| insert(tx, "Ana")).await.unwrap();
    assert_eq!(names(&store).await, ["Ana"]);
    assert_consistent(&store).await;
}
