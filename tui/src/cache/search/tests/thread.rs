//! The index as it is made beside everything else, and the thread that searches.

use super::said;
use crate::cache::Cache;
use crate::cache::testing::{Feed, conversation, entry_id};
use crate::model::search::{Found, SearchQuery};
use jiff::tz::TimeZone;
use smsdesk_common::ids::Seq;
use smsdesk_common::record::Record;

/// More than are indexed at once.
const TEXTS: u64 = 450;

fn feed() -> Feed {
    let mut feed = Feed::new(1);
    feed.commit(Record::Conversation(Box::new(conversation(1))));
    for n in 1..=TEXTS {
        let minutes = i64::try_from(n).unwrap();
        feed.commit(said(n, 1, minutes, &format!("plumber {n}")));
    }
    feed
}

fn query(number: u64, text: &str) -> SearchQuery {
    SearchQuery {
        number,
        text: text.to_owned(),
    }
}

async fn search(cache: &Cache, number: u64, text: &str) -> Option<Found> {
    let found = cache.search(query(number, text), TimeZone::UTC);
    found.await.unwrap()
}

/// Searches until everything is indexed. The newest texts are found first.
async fn until_whole(cache: &Cache) -> Found {
    for number in 1.. {
        let found = search(cache, number, "plumber").await.unwrap();
        let coverage = found.coverage;
        let newest = found.hits.first().map(|hit| hit.entry);
        if coverage.indexed > 0 {
            assert_eq!(newest, Some(entry_id(TEXTS)));
        }
        if coverage.is_whole() && coverage.entries == u32::try_from(TEXTS).unwrap() {
            return found;
        }
        tokio::task::yield_now().await;
    }
    unreachable!("it goes on until everything is indexed");
}

#[tokio::test]
async fn the_history_is_indexed_behind_its_arrival_and_goes_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let feed = feed();
    let cache = Cache::open(folder.path()).unwrap().cache;
    cache.start_fresh(feed.epoch, feed.head).await.unwrap();
    let page = feed.page(Seq(feed.head.0 + 1), 1_000);
    cache.apply_history(page).await.unwrap();
    // Wherever the index is by now, the rest is made by the next start.
    cache.close().await;
    let cache = Cache::open(folder.path()).unwrap().cache;
    let found = until_whole(&cache).await;
    assert_eq!(found.hits.len(), 200);
    let oldest = search(&cache, 0, "\"plumber 1\" before:2026-11-21")
        .await
        .unwrap();
    assert!(oldest.hits.iter().any(|hit| hit.entry == entry_id(1)));
    cache.close().await;
}

#[tokio::test]
async fn only_the_newest_question_must_be_answered() {
    let folder = tempfile::tempdir().unwrap();
    let feed = feed();
    let cache = Cache::open(folder.path()).unwrap().cache;
    cache.start_fresh(feed.epoch, Seq::ZERO).await.unwrap();
    cache.apply(feed.batch(Seq::ZERO, feed.head)).await.unwrap();
    let typed = ["p", "pl", "plu", "plumber 44", "plumber 450"];
    let asked = (1..).zip(typed);
    let asked = asked.map(|(number, text)| cache.search(query(number, text), TimeZone::UTC));
    let asked: Vec<_> = asked.collect();
    let mut answers = Vec::new();
    for asked in asked {
        answers.push(asked.await.unwrap());
    }
    let newest = answers.pop().flatten().expect("nothing newer was asked");
    assert_eq!(newest.query, query(5, "plumber 450"));
    assert_eq!(newest.hits[0].entry, entry_id(450));
    for (number, answer) in (1..).zip(answers) {
        assert!(answer.is_none_or(|found| found.query.number == number));
    }
    cache.close().await;
    let late = cache.search(query(6, "plumber"), TimeZone::UTC).await;
    assert!(late.is_err());
}

#[tokio::test]
async fn a_copy_that_begins_anew_is_searched_as_it_is_now() {
    let folder = tempfile::tempdir().unwrap();
    let mut feed = feed();
    let cache = Cache::open(folder.path()).unwrap().cache;
    cache.start_fresh(feed.epoch, Seq::ZERO).await.unwrap();
    cache.apply(feed.batch(Seq::ZERO, feed.head)).await.unwrap();
    assert_eq!(search(&cache, 1, "plumber").await.unwrap().hits.len(), 200);
    cache.start_fresh(feed.epoch, feed.head).await.unwrap();
    assert_eq!(search(&cache, 2, "plumber").await.unwrap().hits.len(), 0);
    let from = feed.head;
    feed.commit(Record::Conversation(Box::new(conversation(1))));
    feed.commit(said(1, 1, 1, "one plumber"));
    cache.apply(feed.batch(from, feed.head)).await.unwrap();
    assert_eq!(search(&cache, 3, "plumber").await.unwrap().hits.len(), 1);
    cache.close().await;
}
