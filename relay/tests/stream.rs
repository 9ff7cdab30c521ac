//! The stream: handshake, resume, and the proof that nothing is lost between relay and client.

use crate::common::client::{Next, handshake};
use crate::common::desk::MARIA;
use crate::common::{Cache, Desk, Setup, Stream};
use futures_util::future::join_all;
use smsdesk_common::feed::{Change, Digest};
use smsdesk_common::ids::{Epoch, Seq};
use smsdesk_common::stream::{RelayFrame, ResetReason, ResumeMode};
use smsdesk_relay::clock::Clock;
use tokio_tungstenite::tungstenite::Error;

#[tokio::test]
async fn a_handshake_that_is_none_of_ours_is_refused() {
    let desk = Desk::start(Setup::new()).await;
    let plain = desk.get("/v1/stream").await;
    plain.problem(smsdesk_common::api::ErrorCode::UpgradeRequired);
    type Spoil = fn(&mut reqwest::header::HeaderMap);
    let cases: [(&str, Spoil, u16); 6] = [
        (
            "a token",
            |headers| drop(headers.remove("authorization")),
            401,
        ),
        (
            "a right token",
            |headers| drop(headers.insert("authorization", "Bearer x".parse().unwrap())),
            401,
        ),
        (
            "no origin",
            |headers| drop(headers.insert("origin", "https://x.example".parse().unwrap())),
            403,
        ),
        (
            "a subprotocol",
            |headers| drop(headers.remove("sec-websocket-protocol")),
            426,
        ),
        (
            "our subprotocol",
            |headers| drop(headers.insert("sec-websocket-protocol", "chat".parse().unwrap())),
            426,
        ),
        (
            "version 13",
            |headers| drop(headers.insert("sec-websocket-version", "8".parse().unwrap())),
            426,
        ),
    ];
    for (needed, spoil, status) in cases {
        let mut request = handshake(&desk, &desk.token);
        spoil(request.headers_mut());
        match Stream::shake(&desk, request).await {
            Err(Error::Http(answer)) => assert_eq!(answer.status(), status, "{needed}"),
            other => panic!("{needed}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_new_client_hears_of_what_happens_from_now_on() {
    let desk = Desk::start(Setup::new()).await;
    desk.receive(1, MARIA, "before").await;
    let mut stream = Stream::open(&desk, &desk.token).await;
    let welcome = stream.hello(None, None).await;
    assert_eq!((welcome.mode, welcome.reason), (ResumeMode::Fresh, None));
    assert_eq!(welcome.agent.name, "Ana");
    let Next::Frame(RelayFrame::CaughtUp { head, .. }) = stream.next().await else {
        panic!("not caught up")
    };
    assert_eq!(head, welcome.head);
    desk.receive(2, MARIA, "after").await;
    let Next::Frame(RelayFrame::Batch(batch)) = stream.next().await else {
        panic!("no batch")
    };
    assert_eq!(batch.from, head);
    let kinds: Vec<_> = batch.changes.iter().map(|change| &change.kind).collect();
    assert_eq!(kinds, ["entry", "conversation"]);
}

#[tokio::test]
async fn a_client_that_comes_back_gets_exactly_what_it_missed() {
    let desk = Desk::start(Setup::new()).await;
    let mut cache = Cache::of(&desk).await;
    let (mut stream, welcome) = cache.resume(&desk).await;
    assert_eq!(welcome.mode, ResumeMode::Resumed);
    cache.catch_up(&mut stream).await;
    drop(stream);
    for sid in 0..700 {
        desk.receive(sid, &format!("+1239426{sid:04}"), "missed")
            .await;
    }
    let (mut stream, welcome) = cache.resume(&desk).await;
    assert_eq!(welcome.mode, ResumeMode::Resumed);
    let digest = cache.catch_up(&mut stream).await;
    assert_eq!(cache.digest(), digest);
    assert_eq!(cache.changes(), desk.changes().await);
}

#[tokio::test]
async fn a_client_of_another_database_or_of_the_future_starts_anew() {
    let desk = Desk::start(Setup::new()).await;
    let epoch = Cache::of(&desk).await.epoch;
    for (after, epoch, reason) in [
        (Seq(1), Some(Epoch(7)), ResetReason::Epoch),
        (Seq(9_999), epoch, ResetReason::Ahead),
    ] {
        let mut stream = Stream::open(&desk, &desk.token).await;
        let welcome = stream.hello(Some(after), epoch).await;
        assert_eq!(welcome.mode, ResumeMode::Reset);
        assert_eq!(welcome.reason, Some(reason));
    }
}

#[tokio::test]
async fn the_same_database_goes_on_after_a_crash() {
    let desk = Desk::start(Setup::new()).await;
    let mut cache = Cache::of(&desk).await;
    desk.receive(1, MARIA, "before").await;
    let (mut stream, _) = cache.resume(&desk).await;
    cache.catch_up(&mut stream).await;
    let token = desk.token.clone();
    let mut desk = Desk::launch(desk.crash().await, Clock::system()).await;
    desk.token = token;
    desk.receive(2, MARIA, "after").await;
    let (mut stream, welcome) = cache.resume(&desk).await;
    assert_eq!(welcome.mode, ResumeMode::Resumed);
    assert_eq!(cache.catch_up(&mut stream).await, cache.digest());
    assert_eq!(desk.entries().await.len(), 2);
}

#[tokio::test]
async fn pages_forwards_and_backwards_hold_the_same_and_agree_with_the_digest() {
    let desk = Desk::start(Setup::new()).await;
    for sid in 0..30 {
        desk.receive(sid, &format!("+1239426{:04}", sid % 7), "hello")
            .await;
    }
    let forwards = desk.changes().await;
    let mut backwards: Vec<Change> = Vec::new();
    let mut before = u64::MAX;
    loop {
        let page = desk
            .get(&format!("/v1/changes?before={before}&limit=7"))
            .await
            .json();
        let changes: Vec<Change> = serde_json::from_value(page["changes"].clone()).unwrap();
        let low = page["low"].as_u64().unwrap();
        assert!(
            changes
                .iter()
                .all(|change| change.seq.0 > low && change.seq.0 < before)
        );
        backwards.extend(changes);
        let left = forwards.len() - backwards.len();
        assert_eq!(page["remaining"], left, "what is left to fetch");
        if low == 0 {
            break;
        }
        before = low + 1;
    }
    backwards.reverse();
    assert_eq!(backwards, forwards);
    let mut digest = Digest::EMPTY;
    for change in &forwards {
        digest.add(&change.kind, &change.id, change.seq);
    }
    let page = desk.get("/v1/changes").await.json();
    assert_eq!(page["digest"], digest.to_string());
}

#[tokio::test]
async fn a_client_that_loses_its_connection_again_and_again_ends_with_everything() {
    const TEXTS: u32 = 300;
    let desk = Desk::start(Setup::new()).await;
    let mut cache = Cache::of(&desk).await;
    let writing = async {
        for chunk in (0..TEXTS).collect::<Vec<_>>().chunks(20) {
            // Every text twice: Twilio may repeat itself.
            let texts = chunk.iter().flat_map(|sid| [sid, sid]);
            let posts = texts.map(|sid| {
                let from = format!("+1239426{:04}", sid % 13);
                let desk = &desk;
                async move { desk.receive(*sid, &from, "hello").await.status }
            });
            assert!(join_all(posts).await.iter().all(|status| *status == 200));
        }
    };
    let reading = async {
        let mut patience = 0u32;
        loop {
            let (mut stream, welcome) = cache.resume(&desk).await;
            assert_eq!(welcome.mode, ResumeMode::Resumed);
            // Another number of frames on every connection, acknowledged or not.
            patience = patience.wrapping_mul(1_103_515_245).wrapping_add(12_345);
            for _ in 0..(patience >> 16) % 5 {
                match stream.next().await {
                    Next::Frame(RelayFrame::Batch(batch)) => cache.apply(batch),
                    // There may be nothing more to wait for.
                    Next::Frame(_) => break,
                    Next::Closed(code) => panic!("closed with {code}"),
                }
                if patience & 1024 == 0 {
                    stream.ack(cache.high).await;
                }
            }
            if desk.entries().await.len() == TEXTS as usize {
                return;
            }
        }
    };
    tokio::join!(writing, reading);
    let (mut stream, _) = cache.resume(&desk).await;
    let digest = cache.catch_up(&mut stream).await;
    assert_eq!(cache.digest(), digest);
    assert_eq!(cache.changes(), desk.changes().await);
}
