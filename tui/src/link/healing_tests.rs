//! A copy that was damaged behind the app's back, and a relay that comes back from a backup.

use super::testing::{Device, TestRelay, deadline};
use super::tests::{counts, cursor, feed_with, history, live, submit};
use crate::cache::OutboxCounts;
use crate::cache::testing::{Damage, Feed, conversation, conversation_id, sent};
use crate::event::{Event, LinkEvent};
use crate::model::chat::ChatQuery;
use smsdesk_common::ids::{Epoch, Seq};
use smsdesk_common::record::Record;
use smsdesk_common::stream::ResumeMode;
use std::time::Duration;

#[tokio::test]
async fn a_copy_that_was_damaged_while_the_app_runs_is_fetched_again_and_nothing_else_is_lost() {
    for damage in Damage::ALL {
        let mut relay = TestRelay::start().await;
        let feed = feed_with(3);
        let (mut device, peer) = live(&mut relay, &feed).await;
        let (place, half) = (conversation_id(1), "half".to_owned());
        device.cache.save_draft(place, half).await.unwrap();
        submit(&device, 1, "not sent yet").await;
        damage.happens_to(&device.folder.path().join(""));
        drop(peer);
        let mut peer = relay
            .welcome(&feed, Some(feed.head), ResumeMode::Resumed)
            .await;
        // The rows are not added up at every turn, so that it may take another one.
        let words = deadline("somebody notices", async {
            loop {
                peer.caught_up(&feed).await;
                let trouble = device.trouble();
                if let Ok(words) = tokio::time::timeout(Duration::from_millis(50), trouble).await {
                    return words;
                }
            }
        })
        .await;
        assert!(words.contains("differs from the relay's"), "{words}");
        // Calls that belong to the text come in between.
        loop {
            let call = relay.call().await;
            if call.path.starts_with("/v1/changes") {
                call.answer(200, &feed.page(feed.head.next(), 99)).await;
                break;
            }
        }
        assert_eq!(history(&mut device).await, 0);
        assert_eq!(cursor(&device).await.digest, feed.digest());
        assert_eq!(
            device.cache.recount().await.unwrap(),
            crate::cache::DigestCheck::Equal
        );
        assert_eq!(
            device.cache.count_wrong_copy().await.unwrap(),
            2,
            "once before"
        );
        assert_eq!(device.cache.outbox().await.unwrap().waiting, 1);
        let query = ChatQuery::Latest {
            conversation: place,
            limit: 9,
        };
        let chat = device.cache.chat(query, None).await.unwrap().unwrap();
        assert_eq!((chat.items.len(), chat.draft.as_str()), (4, "half"));
    }
}

/// Takes events until the outbox is empty; fails where it ever says that a text was refused.
async fn empties(device: &mut Device) {
    deadline("an empty outbox", async {
        loop {
            let event = device.events.recv().await.unwrap();
            let Some(counts) = counts(&event) else {
                continue;
            };
            assert_eq!(counts.refused, 0, "a text was given up that the relay has");
            if counts == OutboxCounts::default() {
                return;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_text_that_a_restored_relay_took_before_the_copy_knew_of_it_is_not_given_up() {
    let mut relay = TestRelay::start().await;
    let feed = feed_with(3);
    let (mut device, peer) = live(&mut relay, &feed).await;
    let entry = submit(&device, 1, "in between").await.entry;
    let call = relay.call().await;
    // The relay comes back from a backup while the request is on its way, and takes it.
    let mut restored = Feed::new(2);
    restored.commit(Record::Conversation(Box::new(conversation(1))));
    let before = restored.head;
    let mut taken = sent(entry, 1, 1);
    taken.seq = before.next();
    call.answer_in(Epoch(2), &taken).await;
    drop(peer);
    let mut peer = relay
        .welcome(&restored, Some(feed.head), ResumeMode::Reset)
        .await;
    let page = restored.page(before.next(), 9);
    relay.call().await.answer(200, &page).await;
    // The copy is whole now, and does not hold the text yet.
    device
        .event("the whole history", |event| match event {
            Event::Link(LinkEvent::History(history)) if history.remaining == 0 => Some(()),
            other => {
                assert!(counts(&other).is_none_or(|counts| counts.refused == 0));
                None
            }
        })
        .await;
    restored.commit(Record::Entry(Box::new(taken)));
    peer.bring(&restored, before).await;
    empties(&mut device).await;
    assert_eq!(cursor(&device).await.epoch, Epoch(2));
    assert!(relay.no_call(), "it is not sent twice");
}

#[tokio::test]
async fn a_text_that_a_relay_took_before_it_was_restored_is_said_to_be_lost_and_not_sent_again() {
    let mut relay = TestRelay::start().await;
    let feed = feed_with(3);
    let (mut device, peer) = live(&mut relay, &feed).await;
    let entry = submit(&device, 1, "gone with the disk").await.entry;
    let call = relay.call().await;
    let mut taken = sent(entry, 1, 1);
    taken.seq = Seq(feed.head.0 + 1);
    call.answer_in(feed.epoch, &taken).await;
    drop(peer);
    let mut restored = Feed::new(2);
    restored.commit(Record::Conversation(Box::new(conversation(1))));
    let _peer = relay
        .welcome(&restored, Some(feed.head), ResumeMode::Reset)
        .await;
    let page = restored.page(restored.head.next(), 9);
    relay.call().await.answer(200, &page).await;
    device
        .event("the author is told", |event| {
            (counts(&event)?.refused == 1).then_some(())
        })
        .await;
    assert!(relay.no_call());
}
