use super::testing::{
    Damage, Feed, NOON, agent, agent_id, contact, conversation, conversation_id, entry, sent,
};
use super::*;
use crate::event::CacheEvent;
use crate::model::batch::Target;
use crate::model::list::{ListQuery, View};
use crate::model::listing::Listing;
use crate::model::triage::{About, Act};
use crate::model::undo::Why;
use jiff::tz::TimeZone;
use smsdesk_common::activity::Activity;
use smsdesk_common::api::Problem;
use smsdesk_common::conversation::ConversationStatus;
use smsdesk_common::entry::{Author, Entry, EntryKind};
use smsdesk_common::filter::Viewpoint;
use smsdesk_common::record::Record;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

fn open(folder: &Path) -> Cache {
    Cache::open(folder).unwrap().cache
}

fn folder() -> (TempDir, PathBuf) {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("desk");
    (parent, path)
}

fn latest(n: u64) -> ChatQuery {
    ChatQuery::Latest {
        conversation: conversation_id(n),
        limit: 10,
    }
}

fn look() -> Look {
    let from = Viewpoint {
        me: None,
        now: NOON,
        zone: TimeZone::UTC,
    };
    Look::new(from, [].into())
}

async fn filled(folder: &Path) -> (Cache, Feed) {
    let cache = open(folder);
    let mut feed = Feed::new(1);
    cache.start_fresh(feed.epoch, feed.head).await.unwrap();
    feed.commit(Record::Conversation(Box::new(conversation(1))));
    feed.commit(Record::Contact(Box::new(contact(1, Some("Maria")))));
    cache.apply(feed.batch(Seq::ZERO, feed.head)).await.unwrap();
    (cache, feed)
}

#[tokio::test]
async fn everything_is_there_after_closing_and_opening() {
    let (_parent, folder) = folder();
    let (cache, feed) = filled(&folder).await;
    cache.remember_me(agent(1, "Ana")).await.unwrap();
    cache
        .save_draft(conversation_id(1), "half a".to_owned())
        .await
        .unwrap();
    let submitted = cache
        .submit(conversation_id(1), "whole".to_owned(), Seq(1))
        .await
        .unwrap();
    let device = cache.device();
    cache.close().await;
    assert!(matches!(cache.cursor().await, Err(CacheError::Closed)));

    let Opened { cache, replaced } = Cache::open(&folder).unwrap();
    assert_eq!((replaced, cache.device()), (None, device));
    assert_eq!(cache.me().await.unwrap().unwrap().name, "Ana");
    assert_eq!(cache.cursor().await.unwrap().unwrap().high, feed.head);
    let chat = cache
        .chat(latest(1), Some(agent_id(1)))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (chat.draft.as_str(), chat.row.name.as_deref()),
        ("half a", Some("Maria"))
    );
    assert_eq!(chat.items[0].entry.id, submitted.entry);
}

#[tokio::test]
async fn a_second_smsdesk_is_told_who_holds_the_folder() {
    let (_parent, folder) = folder();
    let cache = open(&folder);
    let refused = Cache::open(&folder).unwrap_err();
    assert!(
        matches!(refused, OpenError::InUse { holder: Some(pid), .. } if pid == std::process::id())
    );
    assert!(refused.to_string().contains("another smsdesk"), "{refused}");
    cache.close().await;
    assert!(Cache::open(&folder).is_ok());
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_what_is_kept() {
    use std::os::unix::fs::PermissionsExt;
    let (_parent, folder) = folder();
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    let (cache, _) = filled(&folder).await;
    cache
        .submit(conversation_id(1), "hi".to_owned(), Seq(1))
        .await
        .unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let mut names = Vec::new();
    for file in fs::read_dir(&folder).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        names.push(path.file_name().unwrap().to_str().unwrap().to_owned());
    }
    names.sort();
    let expected = [
        "cache.db",
        "cache.db-shm",
        "cache.db-wal",
        "outbox.db",
        "outbox.db-shm",
        "outbox.db-wal",
        "smsdesk.lock",
    ];
    assert_eq!(names, expected);
}

#[tokio::test]
async fn an_outbox_of_a_newer_smsdesk_is_left_alone() {
    let (_parent, folder) = folder();
    open(&folder).close().await;
    let outbox = folder.join("outbox.db");
    let connection = rusqlite::Connection::open(&outbox).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let before = fs::read(&outbox).unwrap();
    let refused = Cache::open(&folder).unwrap_err();
    assert!(
        matches!(
            refused,
            OpenError::OutboxTooNew { found: 99, known, .. }
                if known == outbox::schema::known_version()
        ),
        "{refused}"
    );
    assert_eq!(fs::read(&outbox).unwrap(), before);
}

#[tokio::test]
async fn a_damaged_outbox_is_left_alone_and_named() {
    let (_parent, folder) = folder();
    open(&folder).close().await;
    let outbox = folder.join("outbox.db");
    fs::write(
        &outbox,
        "this is no database, whatever its name says; not at all",
    )
    .unwrap();
    let refused = Cache::open(&folder).unwrap_err();
    assert!(matches!(refused, OpenError::Outbox { .. }), "{refused}");
    assert!(refused.to_string().contains("outbox.db"), "{refused}");
    assert!(
        fs::read_to_string(&outbox)
            .unwrap()
            .starts_with("this is no database")
    );
}

#[tokio::test]
async fn a_copy_that_is_damaged_at_the_start_is_replaced_and_the_outbox_stays() {
    let (_parent, folder) = folder();
    let (cache, _) = filled(&folder).await;
    cache
        .submit(conversation_id(1), "hi".to_owned(), Seq(1))
        .await
        .unwrap();
    cache.close().await;
    fs::write(
        folder.join("cache.db"),
        "no database either, and long enough to be read as one",
    )
    .unwrap();
    let Opened { cache, replaced } = Cache::open(&folder).unwrap();
    assert_eq!(replaced, Some(Replaced::Damaged));
    assert_eq!(cache.cursor().await.unwrap(), None);
    assert_eq!(cache.outbox().await.unwrap().waiting, 1);
    assert!(folder.join("cache.db.damaged").exists());
}

#[tokio::test]
async fn a_copy_of_another_shape_is_replaced() {
    for change in ["PRAGMA user_version = 9", "CREATE TABLE other (n INTEGER)"] {
        let (_parent, folder) = folder();
        filled(&folder).await.0.close().await;
        let connection = rusqlite::Connection::open(folder.join("cache.db")).unwrap();
        connection.execute_batch(change).unwrap();
        drop(connection);
        let Opened { cache, replaced } = Cache::open(&folder).unwrap();
        assert_eq!(replaced, Some(Replaced::OtherVersion), "{change}");
        assert_eq!(cache.cursor().await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_copy_that_turns_out_damaged_is_replaced_while_the_app_runs() {
    let (_parent, folder) = folder();
    let (cache, feed) = filled(&folder).await;
    let write_out = |disk: &mut Disk| -> Result<(), CacheError> {
        disk.records
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA shrink_memory")?;
        Ok(())
    };
    cache.work(write_out).await.unwrap();
    let file = folder.join("cache.db");
    let mut bytes = fs::read(&file).unwrap();
    bytes[4_096..].fill(0xff);
    fs::write(&file, bytes).unwrap();
    let query = ListQuery::Range {
        listing: View::All.into(),
        start: 0,
        limit: 5,
    };
    // Whoever indexes for the search may notice it first: then there is nothing by now.
    match cache.list(query.clone(), look()).await {
        Err(CacheError::Damaged) => {}
        Ok(slice) => assert_eq!(slice.total, 0),
        Err(other) => panic!("{other:?}"),
    }
    cache.emptied().await;
    assert_eq!(cache.cursor().await.unwrap(), None);
    cache.start_fresh(feed.epoch, Seq::ZERO).await.unwrap();
    cache.apply(feed.batch(Seq::ZERO, feed.head)).await.unwrap();
    assert_eq!(cache.list(query, look()).await.unwrap().total, 1);
}

#[tokio::test]
async fn a_record_that_cannot_be_read_any_more_is_fetched_again() {
    let (_parent, folder) = folder();
    let (cache, _) = filled(&folder).await;
    let forget = |disk: &mut Disk| -> Result<(), CacheError> {
        disk.records.execute("UPDATE records SET body = '{}'", ())?;
        Ok(())
    };
    cache.work(forget).await.unwrap();
    let failed = cache.chat(latest(1), None).await;
    assert!(matches!(failed, Err(CacheError::Record(_))), "{failed:?}");
    cache.emptied().await;
    assert_eq!(cache.cursor().await.unwrap(), None);
    assert_eq!(cache.chat(latest(1), None).await.unwrap(), None);
}

#[tokio::test]
async fn a_crash_between_the_two_files_is_repaired_at_the_next_start() {
    let (_parent, folder) = folder();
    let (cache, mut feed) = filled(&folder).await;
    let entry = cache
        .submit(conversation_id(1), "hi".to_owned(), Seq(1))
        .await
        .unwrap()
        .entry;
    let from = feed.head;
    feed.commit(Record::Entry(Box::new(sent(entry, 1, 1))));
    let batch = feed.batch(from, feed.head);
    // The first of the two commits alone, as if the power had gone right after it.
    let first_half = move |disk: &mut Disk| records::apply(&mut disk.records, &batch).map(drop);
    cache.work(first_half).await.unwrap();
    let shown = cache.chat(latest(1), None).await.unwrap().unwrap().items;
    assert_eq!(shown.len(), 1, "not even then is the text shown twice");
    assert_eq!(cache.outbox().await.unwrap().waiting, 1);
    cache.close().await;
    let cache = open(&folder);
    assert_eq!(cache.outbox().await.unwrap().waiting, 0);
    assert_eq!(cache.next_requests(9).await.unwrap(), []);
}

#[tokio::test]
async fn what_the_relay_says_about_a_request_reaches_the_app_as_events() {
    let (_parent, folder) = folder();
    let (cache, mut feed) = filled(&folder).await;
    let submit = || cache.submit(conversation_id(1), "hi".to_owned(), Seq(1));
    let (taken, refused) = (submit().await.unwrap(), submit().await.unwrap());
    assert_eq!(
        refused.outbox,
        OutboxCounts {
            waiting: 2,
            refused: 0,
            ..OutboxCounts::default()
        }
    );
    let problem = Problem::new(smsdesk_common::api::ErrorCode::ToInvalid, "no");
    let change = cache
        .request_refused(refused.entry.0, problem.clone())
        .await
        .unwrap();
    assert_eq!(
        change.into_events().collect::<Vec<_>>(),
        [
            CacheEvent::Applied {
                conversations: vec![conversation_id(1)],
                everything: false
            },
            CacheEvent::TextRefused {
                conversation: conversation_id(1),
                entry: refused.entry,
                body: "hi".to_owned(),
                send_at: None,
                problem: Box::new(problem),
                about: Box::new(About {
                    name: Some("Maria".to_owned()),
                    since: None,
                }),
            },
            CacheEvent::Outbox {
                waiting: 1,
                refused: 1,
                notes: 0,
                changes: 0,
            },
        ]
    );
    let from = feed.head;
    let seq = feed.commit(Record::Entry(Box::new(sent(taken.entry, 1, 1))));
    cache.request_answered(taken.entry.0, seq).await.unwrap();
    let applied = cache.apply(feed.batch(from, feed.head)).await.unwrap();
    assert_eq!(
        applied.outbox,
        Some(OutboxCounts {
            waiting: 0,
            refused: 1,
            ..OutboxCounts::default()
        })
    );
    let withdrawn = cache.withdraw(refused.entry).await.unwrap();
    assert_eq!(withdrawn.outbox, OutboxCounts::default());
}

#[tokio::test]
async fn a_place_that_is_known_is_not_noted_again() {
    let (_parent, folder) = folder();
    let (cache, _) = filled(&folder).await;
    for (position, requests) in [(5, 1), (5, 1), (6, 1)] {
        cache
            .mark_read(conversation_id(1), Seq(position), 1)
            .await
            .unwrap();
        let waiting = cache.next_requests(9).await.unwrap();
        assert_eq!(waiting.len(), requests);
        assert!(
            waiting[0]
                .body
                .contains(&format!("\"position\":{position}"))
        );
    }
}

#[tokio::test]
async fn wrong_copies_are_counted_for_ever() {
    let (_parent, folder) = folder();
    let cache = open(&folder);
    assert_eq!(cache.count_wrong_copy().await.unwrap(), 1);
    cache.close().await;
    assert_eq!(open(&folder).count_wrong_copy().await.unwrap(), 2);
}

#[tokio::test]
async fn adding_the_rows_up_shows_what_happened_to_them_behind_the_apps_back() {
    for damage in Damage::ALL {
        let (_parent, folder) = folder();
        let (cache, feed) = filled(&folder).await;
        assert_eq!(cache.recount().await.unwrap(), DigestCheck::Equal);
        damage.happens_to(&folder);
        let digest = feed.digest();
        let kept = cache.check_digest(feed.head, digest).await.unwrap();
        assert_eq!(kept, DigestCheck::Equal, "what was applied was right");
        assert_eq!(
            cache.recount().await.unwrap(),
            DigestCheck::Differs,
            "{damage:?}"
        );
        cache.start_fresh(feed.epoch, Seq::ZERO).await.unwrap();
        cache.apply(feed.batch(Seq::ZERO, feed.head)).await.unwrap();
        assert_eq!(cache.recount().await.unwrap(), DigestCheck::Equal);
    }
}

#[tokio::test]
async fn a_copy_that_never_met_a_relay_has_nothing_to_add_up() {
    let (_parent, folder) = folder();
    let cache = open(&folder);
    assert_eq!(cache.recount().await.unwrap(), DigestCheck::NotComparable);
}

#[tokio::test]
async fn changes_wait_beside_the_texts_until_the_relay_answers_and_a_refusal_says_whom_and_who() {
    let (_parent, folder) = folder();
    let (cache, mut feed) = filled(&folder).await;
    assert!(cache.holds(conversation_id(1)).await.unwrap());
    assert!(!cache.holds(conversation_id(9)).await.unwrap());
    let target = |n| Target {
        conversation: conversation_id(n),
        seen: Seq(1),
    };
    let outcomes = cache.triage(vec![target(1), target(9)], vec![Act::Done]);
    assert_eq!(outcomes.await.unwrap().len(), 1, "nothing is queued for 9");
    let counts = cache.outbox().await.unwrap();
    assert_eq!((counts.waiting, counts.changes), (0, 1));
    feed.commit(Record::Agent(agent(2, "Bo")));
    feed.commit(Record::Entry(Box::new(Entry {
        entry_kind: EntryKind::Activity,
        author: Author::Agent(agent_id(2)),
        activity: vec![Activity::Status {
            from: ConversationStatus::Open,
            to: ConversationStatus::Done,
        }],
        ..entry(1, 1, 0)
    })));
    let batch = feed.batch(Seq(2), feed.head);
    cache.apply(batch).await.unwrap();
    let request = cache.next_requests(9).await.unwrap().pop().unwrap();
    let problem = Problem::new(smsdesk_common::api::ErrorCode::ConversationChanged, "…");
    let change = cache.request_refused(request.id, problem).await.unwrap();
    assert_eq!(change.outbox.changes, 0);
    let (_, refusal) = change.refusal.unwrap();
    assert_eq!(refusal.about.name.as_deref(), Some("Maria"));
    let Some(Why::Changed { by, did, .. }) = refusal.about.since else {
        panic!("{:?}", refusal.about);
    };
    assert_eq!((by.as_str(), did.as_str()), ("Bo", "marked it done"));
}

#[tokio::test]
async fn the_draft_of_a_note_is_a_draft_to_the_lists() {
    let (_parent, folder) = folder();
    let (cache, _) = filled(&folder).await;
    let with_draft = |cache: Cache| async move {
        let listing = Listing {
            narrowed: "has:draft".parse().unwrap(),
            ..Listing::from(View::All)
        };
        let query = ListQuery::Range {
            listing,
            start: 0,
            limit: 9,
        };
        cache.list(query, look()).await.unwrap().rows
    };
    assert_eq!(with_draft(cache.clone()).await, []);
    let draft = cache.save_note_draft(conversation_id(1), "ring twice".to_owned());
    draft.await.unwrap();
    let rows = with_draft(cache.clone()).await;
    assert!(rows.len() == 1 && rows[0].has_draft);
}
