//! Pausing, letting go on, giving up: what the outbox has, and what is being handed over.

use super::*;
use crate::desk::send::{Outgoing, Recipient, Sent};
use crate::desk::tests::to_maria;
use crate::outbox::lanes::Grant;
use crate::outbox::worker;
use smsdesk_common::ids::RequestId;

#[tokio::test]
async fn cancelling_takes_back_what_waits_and_nobody_else_is_texted() {
    let world = world().await;
    world.begin(&bulk(people(9), "hello")).await.unwrap();
    world.feed(4).await;
    let claimed = world
        .store
        .write(|tx| outbox::claim(tx, &line(), 1, 100))
        .await
        .unwrap();
    assert_eq!(claimed.len(), 1);
    let canceled = world
        .patch_broadcast(BroadcastAction::Cancel)
        .await
        .unwrap();
    assert_eq!(canceled.state, BroadcastState::Canceled);
    assert_eq!(canceled.totals.of(State::Canceled), 8);
    assert_eq!(
        world.waiting().await,
        1,
        "what is being handed over goes on"
    );
    assert_eq!(world.feed(10).await.queued, 0);
    let again = world
        .patch_broadcast(BroadcastAction::Cancel)
        .await
        .unwrap();
    assert_eq!(again.seq, canceled.seq);
    let resumed = world.patch_broadcast(BroadcastAction::Resume).await;
    assert_eq!(refused(resumed), ErrorCode::BroadcastEnded);
}

#[tokio::test]
async fn a_pause_stops_the_next_and_a_late_repeat_of_it_does_not_stop_what_was_resumed() {
    let world = world().await;
    world.begin(&bulk(people(5), "hello")).await.unwrap();
    let ana = world.ana.clone();
    let pause = move || {
        let ana = ana.clone();
        let patch = PatchBroadcast {
            id: Some(RequestId(Uuid::from_u128(5))),
            action: BroadcastAction::Pause,
            if_seq: None,
        };
        world_write(&ana, patch)
    };
    let paused = world.store.write(pause()).await.unwrap();
    assert_eq!(paused.state, BroadcastState::Paused);
    assert_eq!(world.feed(10).await.queued, 0);
    world
        .patch_broadcast(BroadcastAction::Resume)
        .await
        .unwrap();
    let late = world.store.write(pause()).await.unwrap();
    assert_eq!(late.state, BroadcastState::Running);
    assert_eq!(world.feed(10).await.queued, 5);
}

fn world_write(
    ana: &smsdesk_common::agent::Agent,
    patch: PatchBroadcast,
) -> impl FnOnce(&mut dyn crate::store::sql::Tx) -> Result<Broadcast, DeskError> + use<> {
    let ana = ana.clone();
    move |tx| broadcast::patch(tx, &ana, ID, &patch)
}

#[tokio::test]
async fn what_is_paused_is_not_handed_over_and_nobody_waits_for_it() {
    let world = world().await;
    world.begin(&bulk(people(3), "hello")).await.unwrap();
    world.feed(10).await;
    let claim = |limit| {
        let claim = move |tx: &mut dyn crate::store::sql::Tx| outbox::claim(tx, &line(), limit, 99);
        world.store.write(claim)
    };
    let under_way = claim(1).await.unwrap().remove(0);
    world.patch_broadcast(BroadcastAction::Pause).await.unwrap();
    let again = move |tx: &mut dyn crate::store::sql::Tx| {
        let now = tx.now();
        outbox::requeue(tx, under_way.entry, now, None)
    };
    world.store.write(again).await.unwrap();
    assert_eq!(claim(10).await.unwrap(), []);
    let reply = Outgoing {
        recipient: Recipient::Address {
            to: Address::from_twilio("+12394260002").unwrap(),
            line: None,
            open: None,
        },
        ..to_maria(100, "I am on my way")
    };
    let Sent::Now(reply) = world.send(reply).await.unwrap() else {
        panic!("it was never asked before");
    };
    let reply = reply.id;
    let claimed: Vec<_> = claim(10).await.unwrap();
    assert_eq!(
        claimed.iter().map(|it| it.entry).collect::<Vec<_>>(),
        [reply]
    );
    world
        .store
        .write(move |tx| outbox::remove(tx, reply))
        .await
        .unwrap();
    world
        .patch_broadcast(BroadcastAction::Resume)
        .await
        .unwrap();
    assert_eq!(claim(10).await.unwrap().len(), 3);
}

#[tokio::test]
async fn what_the_provider_refused_for_the_time_being_does_not_go_out_after_the_end() {
    let world = world().await;
    world.begin(&bulk(people(1), "hello")).await.unwrap();
    world.feed(1).await;
    let claim = |tx: &mut dyn crate::store::sql::Tx| {
        let grant = Grant {
            line: line(),
            texts: 9,
            segments: 99,
            probe: false,
        };
        worker::claim(tx, &[grant], 9)
    };
    let under_way = world.store.write(claim).await.unwrap().remove(0).waiting;
    world
        .patch_broadcast(BroadcastAction::Cancel)
        .await
        .unwrap();
    let again = move |tx: &mut dyn crate::store::sql::Tx| {
        let now = tx.now();
        outbox::requeue(tx, under_way.entry, now, None)
    };
    world.store.write(again).await.unwrap();
    assert!(world.store.write(claim).await.unwrap().is_empty());
    let held = world.look_after().await;
    assert_eq!(held.totals.of(State::Canceled), 1, "{held:?}");
    assert_eq!(world.waiting().await, 0);
}
