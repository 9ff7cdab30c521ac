use super::testing::{Device, TestRelay, open};
use super::*;
use crate::cache::testing::{
    Feed, agent, contact, conversation, conversation_id, entry, marker, sent,
};
use crate::cache::{Cursor, OutboxCounts, Submitted};
use crate::model::chat::{ChatQuery, Local};
use smsdesk_common::api::messages::SendMessage;
use smsdesk_common::api::{ErrorCode, Problem};
use smsdesk_common::ids::Seq;
use smsdesk_common::record::Record;
use smsdesk_common::stream::{RelayFrame, ResumeMode};

pub(super) fn feed_with(texts: u64) -> Feed {
    let mut feed = Feed::new(1);
    feed.commit(Record::Conversation(Box::new(conversation(1))));
    for n in 1..=texts {
        feed.commit(Record::Entry(Box::new(entry(n, 1, 0))));
    }
    feed
}

/// A device whose copy is complete, and the relay's end of its stream.
pub(super) async fn live(relay: &mut TestRelay, feed: &Feed) -> (Device, testing::Peer) {
    let folder = tempfile::tempdir().unwrap();
    let cache = open(folder.path());
    cache.start_fresh(feed.epoch, Seq::ZERO).await.unwrap();
    cache.apply(feed.batch(Seq::ZERO, feed.head)).await.unwrap();
    let mut device = Device::start_on(relay, folder, cache);
    let mut peer = relay
        .welcome(feed, Some(feed.head), ResumeMode::Resumed)
        .await;
    peer.caught_up(feed).await;
    device.connection(Connection::Live).await;
    (device, peer)
}

pub(super) async fn cursor(device: &Device) -> Cursor {
    device.cache.cursor().await.unwrap().unwrap()
}

pub(super) async fn submit(device: &Device, n: u64, body: &str) -> Submitted {
    let submitted = device
        .cache
        .submit(conversation_id(n), body.to_owned(), Seq(1))
        .await
        .unwrap();
    device.wake.notify_one();
    submitted
}

pub(super) fn counts(event: &Event) -> Option<OutboxCounts> {
    match *event {
        Event::Cache(CacheEvent::Outbox {
            waiting, refused, ..
        }) => Some(OutboxCounts {
            waiting,
            refused,
            ..OutboxCounts::default()
        }),
        _ => None,
    }
}

async fn outbox(device: &mut Device, wanted: OutboxCounts) {
    let what = format!("{wanted:?}");
    device
        .event(&what, |event| (counts(&event)? == wanted).then_some(()))
        .await;
}

#[tokio::test]
async fn a_new_device_is_live_at_once_and_fetches_the_history_to_its_beginning() {
    let mut relay = TestRelay::start().await;
    let mut feed = feed_with(6);
    let mut device = Device::start(&relay);
    let mut peer = relay.welcome(&feed, None, ResumeMode::Fresh).await;
    peer.caught_up(&feed).await;
    device.connection(Connection::Live).await;
    let from = feed.head;
    let mut remaining = Vec::new();
    // What the page before said to remain need not be counted anew.
    for (before, told) in [(8, ""), (5, "&remaining=4")] {
        let call = relay.call().await;
        let path = format!("/v1/changes?before={before}&limit=2000{told}");
        assert_eq!(call.path, path);
        call.answer(200, &feed.page(Seq(before), 3)).await;
        remaining.push(history(&mut device).await);
    }
    // Something is touched while the history is being fetched.
    feed.commit(Record::Entry(Box::new(entry(1, 1, 0))));
    peer.bring(&feed, from).await;
    let call = relay.call().await;
    call.answer(200, &feed.page(Seq(2), 3)).await;
    remaining.push(history(&mut device).await);
    assert_eq!(remaining, [4, 1, 0]);
    let at = cursor(&device).await;
    assert_eq!(
        (at.low, at.high, at.digest),
        (Seq::ZERO, feed.head, feed.digest())
    );
    assert_eq!(device.shut_down().await, End::Shutdown);
}

#[tokio::test]
async fn a_page_of_a_later_state_is_not_held_against_an_earlier_digest() {
    let mut relay = TestRelay::start().await;
    let mut feed = feed_with(3);
    let early = feed.clone();
    let mut device = Device::start(&relay);
    let mut peer = relay.welcome(&feed, None, ResumeMode::Fresh).await;
    // The oldest text moves on before the page is read, so that the page is without it.
    let page = relay.call().await;
    feed.commit(Record::Entry(Box::new(entry(1, 1, 0))));
    page.answer(200, &feed.page(early.head.next(), 99)).await;
    assert_eq!(history(&mut device).await, 0);
    peer.caught_up(&early).await;
    device.connection(Connection::Live).await;
    peer.bring(&feed, early.head).await;
    peer.caught_up(&feed).await;
    peer.say(&RelayFrame::Pong {
        n: 0,
        head: feed.head,
    })
    .await;
    assert_eq!(cursor(&device).await.digest, feed.digest());
    assert_eq!(
        device.cache.count_wrong_copy().await.unwrap(),
        1,
        "the first"
    );
    assert_eq!(device.shut_down().await, End::Shutdown);
}

pub(super) async fn history(device: &mut Device) -> u64 {
    device
        .event("a page of the history", |event| match event {
            Event::Link(LinkEvent::History(history)) => Some(history.remaining),
            _ => None,
        })
        .await
}

#[tokio::test]
async fn a_page_that_fails_is_asked_for_again() {
    let mut relay = TestRelay::start().await;
    let feed = feed_with(2);
    let mut device = Device::start(&relay);
    let _peer = relay.welcome(&feed, None, ResumeMode::Fresh).await;
    relay.call().await.refuse(ErrorCode::Busy).await;
    drop(relay.call().await);
    relay
        .call()
        .await
        .answer_text(200, "<html>sign in to the hotel's network</html>")
        .await;
    relay.call().await.answer(200, &feed.page(Seq(4), 9)).await;
    assert_eq!(history(&mut device).await, 0);
}

#[tokio::test]
async fn a_dropped_stream_resumes_where_the_disk_ends() {
    let mut relay = TestRelay::start().await;
    let mut feed = feed_with(1);
    let (mut device, mut peer) = live(&mut relay, &feed).await;
    let from = feed.head;
    feed.commit(Record::Entry(Box::new(entry(9, 1, 0))));
    peer.bring(&feed, from).await;
    drop(peer);
    device.connection(Connection::Offline).await;
    let high = feed.head;
    feed.commit(Record::Entry(Box::new(entry(10, 1, 0))));
    let mut peer = relay.welcome(&feed, Some(high), ResumeMode::Resumed).await;
    device
        .connection(Connection::CatchingUp { behind: 1 })
        .await;
    peer.bring(&feed, high).await;
    peer.caught_up(&feed).await;
    device.connection(Connection::Live).await;
    assert_eq!(cursor(&device).await.digest, feed.digest());
}

#[tokio::test]
async fn a_gap_is_never_applied_and_the_feed_is_resumed() {
    let mut relay = TestRelay::start().await;
    let mut feed = feed_with(1);
    let (mut device, mut peer) = live(&mut relay, &feed).await;
    let high = feed.head;
    for n in 20..23 {
        feed.commit(Record::Entry(Box::new(entry(n, 1, 0))));
    }
    peer.say(&RelayFrame::Batch(feed.batch(high.next(), feed.head)))
        .await;
    peer.until_left().await;
    assert_eq!(cursor(&device).await.high, high);
    let mut peer = relay.welcome(&feed, Some(high), ResumeMode::Resumed).await;
    peer.bring(&feed, high).await;
    peer.caught_up(&feed).await;
    device.connection(Connection::Live).await;
}

#[tokio::test]
async fn a_restored_relay_resets_the_copy_and_gets_what_waits() {
    let mut relay = TestRelay::start().await;
    let feed = feed_with(3);
    let (mut device, peer) = live(&mut relay, &feed).await;
    device
        .cache
        .save_draft(conversation_id(1), "half".to_owned())
        .await
        .unwrap();
    drop(peer);
    let mut restored = Feed::new(2);
    restored.commit(Record::Conversation(Box::new(conversation(1))));
    let _peer = relay
        .welcome(&restored, Some(feed.head), ResumeMode::Reset)
        .await;
    assert!(
        device
            .trouble()
            .await
            .contains("drafts and unsent texts stay")
    );
    relay
        .call()
        .await
        .answer(200, &restored.page(Seq(2), 9))
        .await;
    assert_eq!(history(&mut device).await, 0);
    let at = cursor(&device).await;
    assert_eq!((at.epoch, at.high), (restored.epoch, restored.head));
    let query = ChatQuery::Latest {
        conversation: conversation_id(1),
        limit: 9,
    };
    let chat = device.cache.chat(query, None).await.unwrap().unwrap();
    assert_eq!((chat.items.len(), chat.draft.as_str()), (0, "half"));
}

#[tokio::test]
async fn a_revoked_token_signs_out_and_keeps_what_waits() {
    let mut relay = TestRelay::start().await;
    let feed = feed_with(1);
    let (mut device, peer) = live(&mut relay, &feed).await;
    peer.close(4501).await;
    let reason = "the token is refused or was revoked".to_owned();
    device
        .connection(Connection::SignedOut {
            reason: reason.clone(),
        })
        .await;
    let cache = device.cache.clone();
    cache
        .submit(conversation_id(1), "hi".to_owned(), Seq(1))
        .await
        .unwrap();
    assert_eq!(device.end().await, End::SignedOut { reason });
    assert_eq!(cache.next_requests(9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_refused_handshake_is_explained_by_the_relay_itself() {
    let mut relay = TestRelay::start().await;
    let mut device = Device::start(&relay);
    relay.knock().await.refuse(502).await;
    let call = relay.call().await;
    assert_eq!(
        (call.method.as_str(), call.path.as_str()),
        ("GET", "/v1/stream")
    );
    call.answer_text(502, "bad gateway").await;
    let words = device.trouble().await;
    assert!(
        words.contains("refuses the stream") && words.contains("502"),
        "{words}"
    );
    relay.knock().await.refuse(401).await;
    relay.call().await.refuse(ErrorCode::TokenRevoked).await;
    let reason = "The token was revoked: because".to_owned();
    assert_eq!(device.end().await, End::SignedOut { reason });
}

#[tokio::test]
async fn a_text_that_is_held_is_not_posted_and_holds_up_no_other_conversation() {
    let mut relay = TestRelay::start().await;
    let feed = feed_with(2);
    let (device, _peer) = live(&mut relay, &feed).await;
    let hold = std::time::Duration::from_secs(60);
    let held = device
        .cache
        .submit_held(conversation_id(1), "oops".to_owned(), Seq(1), hold)
        .await;
    let held = held.unwrap().entry;
    device.wake.notify_one();
    submit(&device, 2, "elsewhere").await;
    let call = relay.call().await;
    assert!(!format!("{:?}", call.body).contains(&held.to_string()));
    let taken = device.cache.take_back(conversation_id(1)).await.unwrap();
    assert_eq!(taken.unwrap().body, "oops");
    let behind = submit(&device, 1, "this instead").await.entry;
    let call = relay.call().await;
    assert!(format!("{:?}", call.body).contains(&behind.to_string()));
}

#[tokio::test]
async fn a_text_is_sent_again_under_its_id_until_the_relay_has_it() {
    let mut relay = TestRelay::start().await;
    let mut feed = feed_with(1);
    let (mut device, mut peer) = live(&mut relay, &feed).await;
    let entry = submit(&device, 1, "on my way").await.entry;
    let first = relay.call().await;
    assert_eq!(
        (first.method.as_str(), first.path.as_str()),
        ("POST", "/v1/messages")
    );
    let message: SendMessage = serde_json::from_str(&first.body).unwrap();
    assert_eq!(
        (message.id, message.body.as_str()),
        (Some(entry), "on my way")
    );
    let body = first.body.clone();
    first.refuse(ErrorCode::StoreUnavailable).await;
    // Taken, and the answer is lost on the way.
    let second = relay.call().await;
    assert_eq!(second.body, body);
    let from = feed.head;
    feed.commit(Record::Entry(Box::new(sent(entry, 1, 1))));
    drop(second);
    let third = relay.call().await;
    assert_eq!(third.body, body);
    third
        .answer_text(200, "<html>not from the relay</html>")
        .await;
    let fourth = relay.call().await;
    assert_eq!(fourth.body, body);
    let mut record = sent(entry, 1, 1);
    record.seq = feed.head;
    fourth.answer(200, &record).await;
    outbox(&mut device, OutboxCounts::default()).await;
    let query = ChatQuery::Latest {
        conversation: conversation_id(1),
        limit: 9,
    };
    let shown = device.cache.chat(query, None).await.unwrap().unwrap().items;
    assert_eq!(
        shown[1].local,
        Some(Local::Waiting),
        "until the record itself is here"
    );
    peer.bring(&feed, from).await;
    let shown = device.cache.chat(query, None).await.unwrap().unwrap().items;
    assert_eq!((shown[1].entry.id, shown[1].local.as_ref()), (entry, None));
    assert_eq!(shown.len(), 2);
    assert!(relay.no_call());
}

#[tokio::test]
async fn requests_of_one_conversation_go_one_after_the_other() {
    let mut relay = TestRelay::start().await;
    let feed = feed_with(1);
    let (device, _peer) = live(&mut relay, &feed).await;
    for (n, body) in [(1, "one"), (1, "two"), (2, "other")] {
        submit(&device, n, body).await;
    }
    let said = |call: &testing::Call| {
        serde_json::from_str::<SendMessage>(&call.body)
            .map(|message| message.body)
            .unwrap()
    };
    let (first, second) = (relay.call().await, relay.call().await);
    let mut bodies = [said(&first), said(&second)];
    bodies.sort();
    assert_eq!(bodies, ["one", "other"]);
    let (one, other) = if said(&first) == "one" {
        (first, second)
    } else {
        (second, first)
    };
    other.refuse(ErrorCode::ToInvalid).await;
    let id = serde_json::from_str::<SendMessage>(&one.body)
        .unwrap()
        .id
        .unwrap();
    one.answer(201, &sent(id, 1, 1)).await;
    assert_eq!(said(&relay.call().await), "two");
}

#[tokio::test]
async fn a_refused_text_waits_for_its_author() {
    let mut relay = TestRelay::start().await;
    let feed = feed_with(1);
    let (mut device, _peer) = live(&mut relay, &feed).await;
    submit(&device, 1, "hi").await;
    relay.call().await.refuse(ErrorCode::BodyTooLong).await;
    outbox(
        &mut device,
        OutboxCounts {
            refused: 1,
            ..OutboxCounts::default()
        },
    )
    .await;
    let query = ChatQuery::Latest {
        conversation: conversation_id(1),
        limit: 9,
    };
    let shown = device.cache.chat(query, None).await.unwrap().unwrap().items;
    let problem = Problem::new(ErrorCode::BodyTooLong, "because");
    assert_eq!(shown[1].local, Some(Local::Refused(problem)));
}

#[tokio::test]
async fn a_place_in_reading_is_put_to_the_relay() {
    let mut relay = TestRelay::start().await;
    let feed = feed_with(1);
    let (device, _peer) = live(&mut relay, &feed).await;
    device
        .cache
        .mark_read(conversation_id(1), Seq(2), 1)
        .await
        .unwrap();
    device.wake.notify_one();
    let call = relay.call().await;
    assert_eq!(call.method, "PUT");
    assert_eq!(
        call.path,
        format!("/v1/conversations/{}/read", conversation_id(1))
    );
    call.answer(200, &marker(1, 1, 2, 1)).await;
}

#[tokio::test]
async fn a_token_that_a_call_refuses_signs_out() {
    let mut relay = TestRelay::start().await;
    let feed = feed_with(1);
    let (device, _peer) = live(&mut relay, &feed).await;
    let cache = device.cache.clone();
    submit(&device, 1, "hi").await;
    relay.call().await.refuse(ErrorCode::TokenUnknown).await;
    assert!(matches!(device.end().await, End::SignedOut { .. }));
    assert_eq!(
        cache.outbox().await.unwrap(),
        OutboxCounts {
            waiting: 1,
            ..OutboxCounts::default()
        }
    );
}

#[tokio::test]
async fn a_copy_that_differs_is_said_and_fetched_again() {
    let mut relay = TestRelay::start().await;
    let mut feed = feed_with(2);
    let (mut device, mut peer) = live(&mut relay, &feed).await;
    // The relay holds a contact that its feed never brought here.
    let held = Record::Contact(Box::new(contact(5, Some("Maria"))));
    feed.head = Seq(1);
    feed.commit(held);
    feed.head = Seq(3);
    peer.caught_up(&feed).await;
    let words = device.trouble().await;
    assert!(words.contains("differs from the relay's"), "{words}");
    relay.call().await.answer(200, &feed.page(Seq(4), 9)).await;
    assert_eq!(history(&mut device).await, 0);
    assert_eq!(cursor(&device).await.digest, feed.digest());
    peer.caught_up(&feed).await;
    let from = feed.head;
    feed.commit(Record::Contact(Box::new(contact(6, None))));
    peer.bring(&feed, from).await;
}

#[tokio::test]
async fn frames_that_are_none_close_the_connection() {
    let mut relay = TestRelay::start().await;
    let feed = feed_with(1);
    let (_device, mut peer) = live(&mut relay, &feed).await;
    peer.say_text("{\"type\":\"batch\",\"from\":").await;
    peer.until_left().await;
    relay
        .welcome(&feed, Some(feed.head), ResumeMode::Resumed)
        .await;
}

#[tokio::test]
async fn who_we_are_is_kept_for_the_next_start() {
    let mut relay = TestRelay::start().await;
    let feed = feed_with(1);
    let (device, _peer) = live(&mut relay, &feed).await;
    assert_eq!(device.cache.me().await.unwrap(), Some(agent(1, "Ana")));
    let cache = device.cache.clone();
    assert_eq!(device.shut_down().await, End::Shutdown);
    cache.close().await;
}
