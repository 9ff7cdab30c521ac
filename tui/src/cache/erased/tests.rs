use crate::cache::Cache;
use crate::cache::testing::{Feed, contact, contact_id, conversation, conversation_id, entry};
use proptest::prelude::*;
use smsdesk_common::api::changes::ChangesPage;
use smsdesk_common::feed::Batch;
use smsdesk_common::ids::Seq;
use smsdesk_common::record::Record;
use std::path::Path;

const CANARY: &str = "zanzibarcanary";
/// Of the first contact: their number as an index of people has it.
const NUMBER: &str = "3055550001";

/// Two conversations of which the first one's person is erased later.
fn desk(entries: u64) -> Feed {
    let mut feed = Feed::new(1);
    for n in 1..=2 {
        let name = if n == 1 { CANARY } else { "Bo" };
        feed.commit(Record::Contact(Box::new(contact(n, Some(name)))));
        feed.commit(Record::Conversation(Box::new(conversation(n))));
    }
    for n in 0..entries {
        let mut text = entry(n, 1 + n % 2, 0);
        let word = if n % 2 == 0 { CANARY } else { "marmalade" };
        text.body = format!("{word} {n}");
        text.position = Seq(feed.head.0 + 1);
        feed.commit(Record::Entry(Box::new(text)));
    }
    feed
}

/// As the relay does: the entries, the conversation, the contact.
fn erase(feed: &mut Feed) {
    let ours = |(kind, id): &(String, String), feed: &Feed| {
        let change = &feed.live[&(kind.clone(), id.clone())];
        match &change.content {
            smsdesk_common::feed::Content::Known(Record::Entry(entry)) => {
                entry.conversation == conversation_id(1)
            }
            _ => false,
        }
    };
    let keys: Vec<_> = feed.live.keys().cloned().collect();
    for key in keys
        .into_iter()
        .filter(|key| ours(key, feed))
        .collect::<Vec<_>>()
    {
        feed.delete(&key.0, &key.1);
    }
    feed.delete("conversation", &conversation_id(1).to_string());
    feed.delete("contact", &contact_id(1).to_string());
}

fn holding(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder).unwrap().flatten() {
        let bytes = std::fs::read(file.path()).unwrap().to_ascii_lowercase();
        for word in [CANARY, NUMBER] {
            if bytes.windows(word.len()).any(|it| it == word.as_bytes()) {
                found.push(format!("{word} in {:?}", file.file_name()));
            }
        }
    }
    found
}

/// Brings the copy to where the feed is: live batches that end at `cuts`, each of them twice, then
/// the history in pages.
async fn follow(cache: &Cache, feed: &Feed, cuts: &[u64], page: usize) {
    let mut high = cache.cursor().await.unwrap().unwrap().high;
    let ends = cuts.iter().map(|cut| Seq(*cut)).chain([feed.head]);
    for to in ends.filter(|to| *to <= feed.head) {
        if to > high {
            let batch: Batch = feed.batch(high, to);
            cache.apply(batch.clone()).await.unwrap();
            // It joins nothing any more, and harms nothing.
            assert!(cache.apply(batch).await.is_err());
            high = to;
        }
    }
    loop {
        let cursor = cache.cursor().await.unwrap().unwrap();
        if cursor.low == Seq::ZERO {
            break;
        }
        let older: ChangesPage = feed.page(cursor.low.next(), page);
        cache.apply_history(older.clone()).await.unwrap();
        cache.apply_history(older).await.unwrap();
    }
}

async fn try_once(entries: u64, before: u64, cuts: Vec<u64>, page: usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk");
    let cache = Cache::open(&path).unwrap().cache;
    let mut feed = desk(entries);
    cache
        .start_fresh(feed.epoch, Seq(before.min(feed.head.0)))
        .await
        .unwrap();
    follow(&cache, &feed, &cuts, page).await;
    let draft = format!("{CANARY} draft");
    cache
        .save_draft(conversation_id(1), draft.clone())
        .await
        .unwrap();
    cache
        .save_note_draft(conversation_id(1), draft.clone())
        .await
        .unwrap();
    cache
        .submit(conversation_id(1), draft, Seq(1))
        .await
        .unwrap();
    cache
        .save_draft(conversation_id(2), "marmalade".to_owned())
        .await
        .unwrap();
    // The device is away for long.
    cache.close().await;
    erase(&mut feed);
    let cache = Cache::open(&path).unwrap().cache;
    follow(&cache, &feed, &cuts, page).await;
    let cursor = cache.cursor().await.unwrap().unwrap();
    assert_eq!((cursor.high, cursor.digest), (feed.head, feed.digest()));
    assert_eq!(cache.outbox().await.unwrap().waiting, 0);
    cache.close().await;
    assert_eq!(holding(&path), Vec::<String>::new());
    let kept = std::fs::read(path.join("outbox.db")).unwrap();
    assert!(kept.windows(9).any(|it| it == b"marmalade"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn in_whatever_pieces_it_comes_nothing_of_an_erased_person_is_left_and_the_rest_is(
        entries in 1_u64..30, before in 0_u64..40, page in 1_usize..20,
        cuts in prop::collection::btree_set(1_u64..80, 0..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let cuts = cuts.into_iter().collect();
        runtime.block_on(try_once(entries, before, cuts, page));
    }
}

#[tokio::test]
async fn a_crash_before_the_copy_was_made_anew_is_made_good_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk");
    let cache = Cache::open(&path).unwrap().cache;
    let feed = desk(10);
    cache.start_fresh(feed.epoch, Seq::ZERO).await.unwrap();
    cache.apply(feed.batch(Seq::ZERO, feed.head)).await.unwrap();
    cache
        .work(|disk| crate::cache::identity::set_sweep_due(&disk.outbox, true))
        .await
        .unwrap();
    cache.close().await;
    assert!(!holding(&path).is_empty());
    let cache = Cache::open(&path).unwrap().cache;
    assert!(cache.cursor().await.unwrap().is_none());
    cache.close().await;
    assert_eq!(holding(&path), Vec::<String>::new());
}
