use super::*;
use crate::outbox::rig::{ACCOUNT, CADENCE, LINE, Rig};
use crate::store::entries;
use crate::twilio::simulator::{Knobs, Millis, Rate};
use smsdesk_common::status::DeliveryStatus;

const HOUR: i64 = 3_600_000;

impl Rig {
    fn reconciler(&self, cadence: Cadence) -> Reconciler {
        Reconciler::new(Arc::clone(&self.relay), cadence)
    }
}

impl Reconciler {
    /// Works until nothing is left to do; says how many calls it took.
    pub(in crate::outbox) async fn rest(&mut self) -> u32 {
        let mut calls = 0;
        while self.next().await.unwrap() == Did::Call {
            calls += 1;
        }
        calls
    }

    /// As if the time for the next walks had come.
    fn again(&mut self) {
        for reading in self.lists.values_mut() {
            reading.due = monotonic();
        }
    }

    async fn under_way(&self) -> Vec<Walk> {
        self.relay.store.read(reconcile::under_way).await.unwrap()
    }
}

#[tokio::test]
async fn a_walk_goes_on_at_the_page_where_a_restart_left_it() {
    let rig = Rig::start().await;
    rig.write(35).await;
    rig.advance(HOUR);
    let cadence = Cadence {
        page_messages: 10,
        ..CADENCE
    };
    let mut first = rig.reconciler(cadence);
    // A page of one list, all of the other, and another page of the first one.
    for _ in 0..3 {
        first.next().await.unwrap();
    }
    let left = first.under_way().await;
    assert_eq!(left.len(), 1);
    assert_eq!((left[0].purpose, left[0].pages), (Purpose::Inbound, 2));
    assert!(left[0].next_page.is_some());
    assert_eq!(rig.entries().await.len(), 20);
    drop(first);
    rig.advance(60_000);
    let mut second = rig.reconciler(cadence);
    second.next().await.unwrap();
    let walk = second.under_way().await.remove(0);
    assert_eq!((walk.pages, walk.started_at), (3, left[0].started_at));
    second.rest().await;
    assert_eq!(rig.entries().await.len(), 35);
    assert_eq!(second.under_way().await, []);
    assert_eq!(rig.relay.tally.found(tally::Found::Inbound), 35);
}

#[tokio::test]
async fn a_place_that_the_provider_has_forgotten_sends_the_walk_to_the_top() {
    let rig = Rig::start().await;
    rig.write(3).await;
    rig.advance(HOUR);
    let lost = Walk {
        line: Address::from_twilio(LINE).unwrap(),
        purpose: Purpose::Inbound,
        since: rig.relay.clock.now().plus_millis(-2 * HOUR),
        started_at: rig.relay.clock.now(),
        wide: false,
        next_page: Some("PageToken=nonsense&Page=7".to_owned()),
        pages: 7,
    };
    let put = rig.relay.store.write(move |tx| reconcile::put(tx, &lost));
    put.await.unwrap();
    let mut reconciler = rig.reconciler(CADENCE);
    for _ in 0..4 {
        reconciler.step().await;
    }
    assert_eq!(rig.entries().await.len(), 3);
}

#[tokio::test]
async fn what_the_list_hid_for_hours_is_found_within_a_day() {
    let rig = Rig::start().await;
    let mut reconciler = rig.reconciler(CADENCE);
    reconciler.rest().await;
    rig.turn(|knobs| knobs.list_lag_ms = Millis::MAX);
    rig.write(1).await;
    for _ in 0..2 {
        rig.advance(40 * 60_000);
        reconciler.again();
        reconciler.rest().await;
        assert_eq!(rig.entries().await, []);
    }
    rig.advance(24 * HOUR);
    reconciler.again();
    reconciler.rest().await;
    assert_eq!(rig.entries().await.len(), 1);
}

#[tokio::test]
async fn a_text_whose_webhook_may_be_on_its_way_is_left_to_it_for_a_while() {
    let rig = Rig::start().await;
    let mut reconciler = rig.reconciler(CADENCE);
    rig.write(1).await;
    reconciler.rest().await;
    assert_eq!(rig.entries().await, []);
    let soon = Duration::from_millis(CADENCE.webhook_ms.unsigned_abs());
    let due = reconciler.lists.values().map(|list| list.due).min();
    assert!(
        due.unwrap() <= monotonic() + soon,
        "it does not wait a whole turn"
    );
    rig.advance(CADENCE.webhook_ms + 1_000);
    reconciler.again();
    reconciler.rest().await;
    assert_eq!(rig.entries().await.len(), 1);
}

#[tokio::test]
async fn nobody_gives_a_text_up_while_the_list_cannot_be_read() {
    let rig = Rig::start().await;
    let id = rig.in_doubt("hello").await;
    let mut reconciler = rig.reconciler(CADENCE);
    rig.turn(|knobs| knobs.http_503 = Rate::ALWAYS);
    for _ in 0..20 {
        reconciler.step().await;
        rig.advance(HOUR);
    }
    assert_eq!(rig.entry(id).await.status, Some(DeliveryStatus::Unknown));
    rig.turn(|knobs| *knobs = Knobs::default());
    for looks in 1..=3 {
        assert_eq!(
            rig.entry(id).await.status,
            Some(DeliveryStatus::Unknown),
            "{looks}"
        );
        rig.advance(HOUR);
        reconciler.rest().await;
    }
    assert_eq!(
        rig.entry(id).await.status,
        Some(DeliveryStatus::Unconfirmed)
    );
    assert_eq!(rig.relay.tally.ended(tally::End::Unconfirmed), 1);
    assert_eq!(rig.simulator.messages(), []);
}

#[tokio::test]
async fn an_account_that_asks_to_wait_is_not_asked() {
    let rig = Rig::start().await;
    let mut reconciler = rig.reconciler(CADENCE);
    reconciler.load().await.unwrap();
    let account: AccountSid = ACCOUNT.parse().unwrap();
    let minute = Some(Duration::from_secs(60));
    reconciler.block(account.clone(), &LookError::Later { after: minute });
    assert_eq!(reconciler.rest().await, 0);
    let held = reconciler.blocked[&account];
    assert!(held.until > monotonic() + Duration::from_secs(50));
    reconciler.blocked.clear();
    assert_eq!(reconciler.rest().await, 2, "both lists of the only line");
}

#[tokio::test]
async fn each_failure_makes_the_pause_longer_up_to_the_usual_turn() {
    let rig = Rig::start().await;
    let mut reconciler = rig.reconciler(Cadence::STANDARD);
    let account: AccountSid = ACCOUNT.parse().unwrap();
    let mut last = Duration::ZERO;
    for _ in 0..20 {
        reconciler.block(account.clone(), &LookError::Unreadable);
        let pause = reconciler.blocked[&account].until - monotonic();
        assert!(
            pause + Duration::from_secs(1) > last,
            "{pause:?} after {last:?}"
        );
        last = pause;
    }
    assert!(last <= Duration::from_millis(Cadence::STANDARD.every_ms));
}

#[tokio::test]
async fn a_text_whose_words_the_account_removes_is_entered_and_counted() {
    let rig = Rig::start().await;
    let sid = rig.write(1).await.remove(0);
    rig.post(&format!("Messages/{sid}.json"), &[("Body", "")])
        .await;
    rig.advance(HOUR);
    rig.reconciler(CADENCE).rest().await;
    assert_eq!(rig.entries().await[0].body, "");
    assert_eq!(rig.relay.tally.redactions(), 1);
}

#[tokio::test]
async fn a_text_that_failed_before_it_was_sent_is_asked_for() {
    let rig = Rig::start().await;
    let id = rig.in_doubt("hello").await;
    let mut reconciler = rig.reconciler(CADENCE);
    // Taken by a messaging service that is no line of ours, and scheduled: it has no time of
    // sending, and is then withdrawn.
    let sid = rig.schedule("hello").await;
    let held = rig.relay.store.write({
        let sid = sid.clone();
        move |tx| {
            let found = entries::find(tx, id)?;
            let mut entry = found.ok_or(StoreError::Closed)?;
            crate::store::outbox::remove(tx, id)?;
            entry.sid = Some(sid);
            entry.status = Some(DeliveryStatus::Accepted);
            crate::desk::status::store(tx, &mut entry)
        }
    });
    held.await.unwrap();
    rig.advance(HOUR);
    reconciler.rest().await;
    assert_eq!(rig.entry(id).await.status, Some(DeliveryStatus::Accepted));
    rig.cancel(&sid).await;
    reconciler.held = held::Waiting::default();
    reconciler.rest().await;
    assert_eq!(rig.entry(id).await.status, Some(DeliveryStatus::Canceled));
}
