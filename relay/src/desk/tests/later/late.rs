//! Texts that could not go out at their time.

use super::*;

#[tokio::test]
async fn a_text_that_missed_its_time_is_held_and_asks_for_somebody() {
    let desk = Timed::new().await;
    desk.world
        .send(timed_to_maria(1, "later", HOUR_MS))
        .await
        .unwrap();
    let ana = desk.world.ana.clone();
    let conversation = desk.world.only_conversation().await.id;
    let done = smsdesk_common::api::conversations::Patch {
        status: Some(ConversationStatus::Done),
        ..smsdesk_common::api::conversations::Patch::new(RequestId(Uuid::from_u128(5)))
    };
    let put_away = desk
        .world
        .store
        .write(move |tx| crate::desk::triage::patch(tx, &ana, conversation, &done));
    put_away.await.unwrap();
    desk.advance(2 * HOUR_MS + 1);
    let mut desk = desk.restart().await;
    assert_eq!(desk.fire().await, Fired { sent: 0, held: 1 });
    assert_eq!(desk.fire().await, Fired::default());
    assert_eq!(
        desk.world.entry(id(1)).await.held_since,
        Some(at(2 * HOUR_MS + 1))
    );
    let conversation = desk.world.only_conversation().await;
    assert_eq!(conversation.status, ConversationStatus::Open);
    assert!(conversation.flagged && conversation.flag_reason.is_some());
    assert_eq!(
        conversation.waiting_since,
        Some(at(0)),
        "nobody has answered"
    );
    assert_eq!(change(&desk.told().await), [&TimedChange::Held]);
    // Somebody decides.
    let soon = Some(at(3 * HOUR_MS));
    let moved = desk.patch(id(1), |patch| patch.send_at = soon).await;
    assert_eq!(moved.unwrap().held_since, None);
    desk.advance(HOUR_MS);
    assert_eq!(desk.fire().await.sent, 1);
}

#[tokio::test]
async fn a_text_whose_time_passed_before_it_came_here_follows_the_same_policy() {
    let desk = Timed::new().await;
    desk.world
        .send(timed_to_maria(1, "late", -HOUR_MS))
        .await
        .unwrap();
    desk.world
        .send(timed_to_maria(2, "too late", -HOUR_MS - 1))
        .await
        .unwrap();
    assert_eq!(desk.fire().await, Fired { sent: 1, held: 1 });
    assert!(desk.world.entry(id(2)).await.held_since.is_some());
}

#[tokio::test]
async fn nothing_that_waited_in_a_backup_goes_out_by_itself() {
    let mut desk = Timed::new().await;
    desk.world
        .send(timed_to_maria(1, "later", HOUR_MS))
        .await
        .unwrap();
    let doubted = desk.world.store.write(|tx| doubt::all(tx)).await.unwrap();
    assert_eq!(doubted, 1);
    desk.advance(HOUR_MS);
    assert_eq!(desk.fire().await, Fired::default());
    assert_eq!(desk.world.store.read(timed::next).await.unwrap(), None);
    // It had gone out in what was lost: the provider says so.
    desk.world
        .report(callback(7, "delivered", ""), Some(id(1)))
        .await;
    let entry = desk.world.entry(id(1)).await;
    assert_eq!(
        (entry.status, entry.held_since),
        (Some(DeliveryStatus::Delivered), None)
    );
    assert_eq!(desk.cancel(id(1)).await, Err(ErrorCode::AlreadySent));
}
