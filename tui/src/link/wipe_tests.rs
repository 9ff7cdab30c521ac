//! A relay that takes a device's access away and wants its copy of the records gone.

use super::End;
use super::testing::{Device, TestRelay, open};
use super::tests::{feed_with, live};
use crate::cache::testing::conversation_id;
use crate::model::chat::ChatQuery;
use smsdesk_common::ids::Seq;
use std::path::Path;

/// Whether any file of the folder holds these bytes.
fn holds(folder: &Path, bytes: &str) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap();
    let mut found = Vec::new();
    for file in files.map(|file| file.unwrap().path()) {
        let content = std::fs::read(&file).unwrap_or_default();
        if content
            .windows(bytes.len())
            .any(|part| part == bytes.as_bytes())
        {
            found.push(file.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    found
}

fn reason(end: End) -> String {
    match end {
        End::Wiped { reason } => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_device_that_is_wiped_has_no_record_left_and_says_what_stays() {
    let mut relay = TestRelay::start().await;
    let feed = feed_with(3);
    let (device, peer) = live(&mut relay, &feed).await;
    let (cache, place) = (device.cache.clone(), conversation_id(1));
    cache
        .save_draft(place, "a half draft".to_owned())
        .await
        .unwrap();
    let waits = cache.submit(place, "not sent".to_owned(), Seq(1)).await;
    waits.unwrap();
    // Words of a record that are in no draft.
    let words = "text 2";
    let folder = device.folder.path().to_owned();
    assert!(!holds(&folder, words).is_empty(), "it was there");
    peer.close(4504).await;
    let (end, _folder) = device.end_keeping_the_folder().await;
    let reason = reason(end);
    assert!(reason.contains("was removed from this device"), "{reason}");
    assert!(
        reason.contains("1 drafts and 1 unsent texts stay"),
        "{reason}"
    );
    assert_eq!(holds(&folder, words), Vec::<String>::new());
    let query = ChatQuery::Latest {
        conversation: place,
        limit: 9,
    };
    let chat = cache.chat(query, None).await.unwrap();
    assert!(
        chat.is_none_or(|chat| chat.items.len() <= 1),
        "the unsent one"
    );
    assert_eq!(cache.next_requests(9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_device_that_was_away_is_wiped_when_it_comes_back() {
    let mut relay = TestRelay::start().await;
    let folder = tempfile::tempdir().unwrap();
    let cache = open(folder.path());
    let feed = feed_with(1);
    cache.start_fresh(feed.epoch, Seq::ZERO).await.unwrap();
    cache.apply(feed.batch(Seq::ZERO, feed.head)).await.unwrap();
    let device = Device::start_on(&relay, folder, cache);
    relay.knock().await.refuse(401).await;
    relay.call().await.refuse_and_wipe().await;
    let (end, folder) = device.end_keeping_the_folder().await;
    assert!(reason(end).contains("no draft and no unsent text was left"));
    assert_eq!(holds(folder.path(), "text 1"), Vec::<String>::new());
}
