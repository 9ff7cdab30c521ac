//! How long the relay waits for a client that says, reads or answers nothing. The limits are short
//! here; what is tested is who is closed, with which words, and that nothing is lost by it.

use crate::common::client::Next;
use crate::common::desk::MARIA;
use crate::common::{Cache, Desk, Setup, Stream};
use smsdesk_common::stream::RelayFrame;
use smsdesk_relay::stream::session::Patience;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

async fn desk(patience: Patience) -> Desk {
    Desk::start(Setup {
        patience,
        ..Setup::new()
    })
    .await
}

#[tokio::test]
async fn whoever_does_not_say_hello_in_time_is_closed() {
    let desk = desk(Patience {
        hello_ms: 50,
        ..Patience::STANDARD
    })
    .await;
    let mut silent = Stream::open(&desk, &desk.token).await;
    silent.closes_with(4008).await;
}

#[tokio::test]
async fn whoever_does_not_answer_a_ping_is_closed_and_told_so() {
    let desk = desk(Patience {
        heartbeat_ms: 50,
        pong_ms: 50,
        ..Patience::STANDARD
    })
    .await;
    let mut stream = Stream::open(&desk, &desk.token).await;
    stream.say_hello(None, None).await;
    let heard = stream.listen_only().await;
    let words = String::from_utf8_lossy(&heard);
    assert!(words.contains("\"heartbeat_ms\":50"), "{words}");
    // A ping without words, and in the end a close frame with its number (RFC 6455, 5.5).
    assert!(
        heard.windows(2).any(|bytes| bytes == [0x89, 0]),
        "{heard:?}"
    );
    let code = 4012u16.to_be_bytes();
    let closed = heard
        .windows(4)
        .any(|bytes| bytes[0] == 0x88 && bytes[2..] == code);
    assert!(closed, "{heard:?}");
}

#[tokio::test]
async fn whoever_answers_stays_however_often_it_is_asked() {
    let desk = desk(Patience {
        heartbeat_ms: 20,
        ..Patience::STANDARD
    })
    .await;
    let mut cache = Cache::of(&desk).await;
    let (mut stream, _) = cache.resume(&desk).await;
    cache.catch_up(&mut stream).await;
    for n in 0..20 {
        desk.receive(n, MARIA, "hello").await;
        while cache.high < desk.changes().await.last().unwrap().seq {
            match stream.next().await {
                Next::Frame(RelayFrame::Batch(batch)) => cache.apply(batch),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn whoever_does_not_read_is_closed_as_too_slow_and_resumes_with_nothing_lost() {
    // Whoever reads, reads within that time on a busy machine, too.
    let desk = desk(Patience {
        write_ms: 1_000,
        close_ms: 20_000,
        ..Patience::STANDARD
    })
    .await;
    for n in 0..300 {
        desk.receive(n, &format!("+1239426{n:04}"), &"long ".repeat(300))
            .await;
    }
    let mut cache = Cache::of(&desk).await;
    let mut slow = Stream::narrow(&desk, &desk.token).await;
    slow.hello(Some(cache.high), cache.epoch).await;
    // More than any system keeps for a reader: first the batches, then the answers.
    let ping = Message::text(r#"{"type":"ping","n":1}"#);
    let pause = Duration::from_secs(1);
    slow.say_until_stuck(&ping, pause).await;
    // What had been sent is all there, in order, and the reason after it.
    loop {
        match slow.next_within(pause).await {
            Some(Next::Frame(RelayFrame::Batch(batch))) => cache.apply(batch),
            Some(Next::Frame(_)) => {}
            Some(Next::Closed(code)) => {
                assert_eq!(code, 4008);
                break;
            }
            // The machine was busy with others, and the relay not stuck yet.
            None => slow.say_until_stuck(&ping, pause).await,
        }
    }
    let (mut stream, _) = cache.resume(&desk).await;
    assert_eq!(cache.catch_up(&mut stream).await, cache.digest());
    assert_eq!(cache.changes(), desk.changes().await);
}

#[tokio::test]
async fn a_client_that_owes_acknowledgements_for_long_is_left_alone_until_its_token_goes() {
    let desk = desk(Patience {
        write_ms: 50,
        ..Patience::STANDARD
    })
    .await;
    for n in 0..350 {
        desk.receive(n, &format!("+1239426{n:04}"), "hello").await;
    }
    let bo = desk.join("Bo", "agent").await;
    let cache = Cache::of(&desk).await;
    let mut owing = Stream::open(&desk, &bo).await;
    owing.hello(Some(cache.high), cache.epoch).await;
    let mut sent = 0;
    while sent < 1_000 {
        match owing.next().await {
            Next::Frame(RelayFrame::Batch(batch)) => sent += batch.changes.len(),
            other => panic!("{other:?}"),
        }
    }
    // It reads nothing any more, so that only the news of its token can close it.
    desk.revoke("Bo").await;
    owing.closes_with(4501).await;
}
