use super::*;
use proptest::prelude::*;

#[tokio::test]
async fn an_early_callback_binds_the_sid_and_takes_the_text_off_the_outbox() {
    let world = world().await;
    let Sent::Now(entry) = world.send(to_maria(1, "hello")).await.unwrap() else {
        panic!()
    };
    world.report(callback(7, "sent", ""), Some(entry.id)).await;
    let entry = world.entry(entry.id).await;
    assert_eq!(entry.status, Some(DeliveryStatus::Sent));
    assert_eq!(entry.sid.as_deref(), Some(format!("SM{:032x}", 7).as_str()));
    assert_eq!(world.waiting().await, 0);
    assert_eq!(
        world.only_conversation().await.last.unwrap().status,
        entry.status
    );
}

#[tokio::test]
async fn a_callback_cannot_take_a_text_from_another_sid_or_change_an_inbound_one() {
    let world = world().await;
    let Sent::Now(entry) = world.send(to_maria(1, "hello")).await.unwrap() else {
        panic!()
    };
    world.report(callback(7, "sent", ""), Some(entry.id)).await;
    world
        .report(callback(8, "failed", "30007"), Some(entry.id))
        .await;
    assert_eq!(
        world.entry(entry.id).await.status,
        Some(DeliveryStatus::Sent)
    );
    world.receive(inbound(9, "hi")).await;
    let texts = world.entries(entry.conversation).await;
    world
        .report(callback(10, "failed", "30007"), Some(texts[0].id))
        .await;
    assert_eq!(
        world.entry(texts[0].id).await.status,
        Some(DeliveryStatus::Received)
    );
}

#[tokio::test]
async fn a_repeated_callback_leaves_one_report() {
    let world = world().await;
    for seen in [Seen::First, Seen::Again, Seen::Again] {
        assert_eq!(world.report(callback(7, "sent", ""), None).await, seen);
    }
    let sid = format!("SM{:032x}", 7);
    let reports = world.store.read(move |reads| kept::of(reads, &sid));
    assert_eq!(reports.await.unwrap().len(), 1);
}

/// What the provider reports of one text, and a repeated webhook of the customer's.
fn reports() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    let report = prop_oneof![
        Just(("queued", "")),
        Just(("sending", "")),
        Just(("sent", "")),
        Just(("delivered", "")),
        Just(("undelivered", "30005")),
        Just(("failed", "30008")),
        Just(("a word of tomorrow", "")),
    ];
    proptest::collection::vec(report, 0..8)
}

async fn end_of(order: &[(&str, &str)]) -> (Option<DeliveryStatus>, Option<u32>) {
    let world = world().await;
    let Sent::Now(entry) = world.send(to_maria(1, "hello")).await.unwrap() else {
        panic!()
    };
    let mut held = entry.status;
    for (word, code) in order {
        world.report(callback(7, word, code), Some(entry.id)).await;
        let now = world.entry(entry.id).await.status;
        assert!(now >= held, "a status went backwards: {held:?} to {now:?}");
        held = now;
    }
    let entry = world.entry(entry.id).await;
    (entry.status, entry.error.map(|error| error.code))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn callbacks_in_any_order_and_any_number_end_in_one_state(
        order in reports(),
        shuffled in any::<prop::sample::Index>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut other = order.clone();
            other.extend_from_slice(&order);
            if !other.is_empty() {
                let turn = shuffled.index(other.len());
                other.rotate_left(turn);
            }
            other.reverse();
            assert_eq!(end_of(&order).await, end_of(&other).await);
        });
    }
}
