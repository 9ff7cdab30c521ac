//! Who is where, as terminals tell each other through the relay.

use crate::common::client::{Next, Stream};
use crate::common::{Desk, Setup};
use smsdesk_common::ids::ConversationId;
use smsdesk_common::stream::{PresenceState, RelayFrame};
use smsdesk_relay::clock::monotonic;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

const HERE: ConversationId = ConversationId(Uuid::from_u128(7));

/// A stream that has caught up.
async fn listening(desk: &Desk, token: &str) -> Stream {
    let mut stream = Stream::open(desk, token).await;
    stream.hello(None, None).await;
    loop {
        if let Next::Frame(RelayFrame::CaughtUp { .. }) = stream.next().await {
            return stream;
        }
    }
}

async fn says(stream: &mut Stream, state: &str) {
    let frame = format!(r#"{{"type":"presence","conversation":"{HERE}","state":"{state}"}}"#);
    stream.say(Message::text(frame)).await;
}

async fn hears(stream: &mut Stream) -> (ConversationId, PresenceState, bool) {
    loop {
        match stream.next().await {
            Next::Frame(RelayFrame::Presence {
                conversation,
                state,
                for_ms,
                ..
            }) => return (conversation, state, for_ms.is_some()),
            Next::Frame(_) => {}
            Next::Closed(code) => panic!("closed with {code}"),
        }
    }
}

#[tokio::test]
async fn what_one_does_the_others_hear_also_who_comes_later_and_the_end_means_away() {
    let desk = Desk::start(Setup::new()).await;
    let bo = desk.join("Bo", "agent").await;
    let mut ana = listening(&desk, &desk.token).await;
    let mut bos = listening(&desk, &bo).await;
    says(&mut ana, "typing").await;
    assert_eq!(hears(&mut bos).await, (HERE, PresenceState::Typing, true));
    let mut later = listening(&desk, &bo).await;
    assert_eq!(hears(&mut later).await, (HERE, PresenceState::Typing, true));
    drop(ana);
    assert_eq!(hears(&mut bos).await, (HERE, PresenceState::Away, false));
    assert_eq!(hears(&mut later).await, (HERE, PresenceState::Away, false));
}

#[tokio::test]
async fn a_client_that_never_stops_saying_where_it_is_is_not_closed_and_floods_nobody() {
    let desk = Desk::start(Setup::new()).await;
    let bo = desk.join("Bo", "agent").await;
    let mut ana = listening(&desk, &desk.token).await;
    let mut bos = listening(&desk, &bo).await;
    let began = monotonic();
    for n in 0..2_000 {
        says(&mut ana, if n % 2 == 0 { "typing" } else { "away" }).await;
    }
    ana.say(Message::text(r#"{"type":"ping","n":5}"#)).await;
    assert!(matches!(
        ana.next().await,
        Next::Frame(RelayFrame::Pong { n: 5, .. })
    ));
    let mut frames = 0;
    while bos.next_within(Duration::from_millis(300)).await.is_some() {
        frames += 1;
    }
    // What is believed once a second makes a frame or two.
    let most = 8 + 2 * began.elapsed().as_secs();
    assert!(frames <= most, "{frames}, not {most}");
}
