//! The stream against clients that misbehave, lose their token, or are there at the relay's end.

use crate::common::client::Next;
use crate::common::desk::MARIA;
use crate::common::{Desk, Setup, Stream, in_time};
use smsdesk_common::stream::{CLIENT_FRAME_BYTES_MAX, RelayFrame};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

async fn caught_up(desk: &Desk, token: &str) -> Stream {
    let mut stream = Stream::open(desk, token).await;
    stream.hello(None, None).await;
    match stream.next().await {
        Next::Frame(RelayFrame::CaughtUp { .. }) => stream,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_no_frame_of_ours_is_closed_with_the_reason() {
    let desk = Desk::start(Setup::new()).await;
    let early = [
        Message::text("hello"),
        Message::text(r#"{"type":"ack","seq":1}"#),
        Message::binary(vec![1, 2, 3]),
    ];
    for message in early {
        let mut stream = Stream::open(&desk, &desk.token).await;
        stream.say(message).await;
        stream.closes_with(4503).await;
    }
    let late = [
        Message::text("{"),
        Message::text(r#"{"type":"ack","seq":999999}"#),
        Message::binary(vec![0; 64]),
        Message::text("x".repeat(CLIENT_FRAME_BYTES_MAX + 1)),
        Message::text("x".repeat(4 * 1024 * 1024)),
    ];
    for message in late {
        let mut stream = caught_up(&desk, &desk.token).await;
        stream.say(message).await;
        stream.closes_with(4503).await;
    }
    let old = r#"{"type":"hello","protocol":0,"client":"x",
                  "device":"0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee"}"#;
    let mut stream = Stream::open(&desk, &desk.token).await;
    stream.say(Message::text(old)).await;
    stream.closes_with(4502).await;
}

#[tokio::test]
async fn frames_of_a_later_version_are_passed_over_and_pings_answered() {
    let desk = Desk::start(Setup::new()).await;
    let mut stream = caught_up(&desk, &desk.token).await;
    stream.say(Message::text(r#"{"type":"hologram"}"#)).await;
    stream.say(Message::text(r#"{"type":"ping","n":7}"#)).await;
    match stream.next().await {
        Next::Frame(RelayFrame::Pong { n, .. }) => assert_eq!(n, 7),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_client_that_acknowledges_nothing_is_sent_no_more_than_its_credit() {
    let desk = Desk::start(Setup::new()).await;
    let page = desk.get("/v1/changes?limit=1").await.json();
    let epoch = page["epoch"].as_str().unwrap().parse().ok();
    for sid in 0..400 {
        desk.receive(sid, &format!("+1239426{sid:04}"), "hello")
            .await;
    }
    let mut stream = Stream::open(&desk, &desk.token).await;
    stream.hello(Some(smsdesk_common::ids::Seq(0)), epoch).await;
    let mut sent = 0;
    let owed = loop {
        match stream.next().await {
            Next::Frame(RelayFrame::Batch(batch)) => {
                sent += batch.changes.len();
                if sent >= 1_000 {
                    break batch.to;
                }
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(sent, 1_000);
    // The answer to a ping comes after whatever the relay was willing to send.
    desk.receive(1_000, MARIA, "one more").await;
    stream.say(Message::text(r#"{"type":"ping","n":1}"#)).await;
    match stream.next().await {
        Next::Frame(RelayFrame::Pong { n: 1, .. }) => {}
        other => panic!("sent beyond the credit: {other:?}"),
    }
    stream.ack(owed).await;
    match stream.next().await {
        Next::Frame(RelayFrame::Batch(batch)) => assert_eq!(batch.from, owed),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_revoked_token_ends_its_stream_and_hears_of_nothing_after_it() {
    let desk = Desk::start(Setup::new()).await;
    let bo = desk.join("Bo", "agent").await;
    let mut bos = caught_up(&desk, &bo).await;
    let mut anas = caught_up(&desk, &desk.token).await;
    desk.revoke("Bo").await;
    desk.receive(1, MARIA, "not for Bo").await;
    bos.closes_with(4501).await;
    match anas.next().await {
        Next::Frame(RelayFrame::Batch(_)) => {}
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn at_the_relays_end_clients_are_told_when_to_come_back() {
    let mut desk = Desk::start(Setup::new()).await;
    let mut stream = caught_up(&desk, &desk.token).await;
    let mut silent = Stream::open(&desk, &desk.token).await;
    desk.begin_to_stop();
    for stream in [&mut stream, &mut silent] {
        match stream.next().await {
            Next::Frame(RelayFrame::GoingAway { spread_ms, .. }) => assert!(spread_ms > 0),
            other => panic!("{other:?}"),
        }
        stream.closes_with(4001).await;
    }
    desk.stop().await.unwrap();
}

#[tokio::test]
async fn a_stream_keeps_its_place_among_the_connections_as_long_as_it_lasts() {
    // One for the stream and one for the client that asks.
    let desk = Desk::start(Setup {
        connections_max: 2,
        ..Setup::new()
    })
    .await;
    let stream = caught_up(&desk, &desk.token).await;
    assert_eq!(desk.get("/ready").await.status, 200);
    let mut third = TcpStream::connect(desk.address).await.unwrap();
    let head = b"GET /ready HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    third.write_all(head).await.unwrap();
    let mut byte = [0];
    let early = tokio::time::timeout(Duration::from_millis(200), third.read(&mut byte)).await;
    assert!(early.is_err(), "there was a place too many");
    drop(stream);
    assert_eq!(in_time("its turn", third.read(&mut byte)).await.unwrap(), 1);
}

#[tokio::test]
async fn a_token_with_all_the_places_makes_room_and_keeps_its_newest() {
    let desk = Desk::start(Setup {
        connections_max: 40,
        ..Setup::new()
    })
    .await;
    let bo = desk.join("Bo", "readonly").await;
    let mut anas = caught_up(&desk, &desk.token).await;
    let mut bos = Vec::new();
    for _ in 0..80 {
        bos.push(caught_up(&desk, &bo).await);
    }
    assert_eq!(desk.receive(1, MARIA, "hello").await.status, 200);
    for stream in [&mut anas, bos.last_mut().unwrap()] {
        match stream.next().await {
            Next::Frame(RelayFrame::Batch(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}
