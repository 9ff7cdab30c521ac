use super::*;
use crate::clock::Clock;
use crate::desk::send::{Outgoing, Recipient, send};
use crate::desk::{lines, people};
use crate::store::Store;
use crate::twilio::classify::CreatedMessage;
use smsdesk_common::phone::Address;
use smsdesk_common::status::DeliveryError;
use std::sync::atomic::{AtomicI64, Ordering};
use uuid::Uuid;

const LINES: [&str; 2] = ["+15557122661", "+15557122662"];

struct World {
    store: Store,
    now: Arc<AtomicI64>,
    _folder: tempfile::TempDir,
}

impl World {
    /// A relay on two lines with `texts` queued on each, every one to another number; the texts of
    /// the first line have the ids from 100, those of the second from 200.
    async fn queued(texts: u128) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let now = Arc::new(AtomicI64::new(1_000_000));
        let reading = Arc::clone(&now);
        let clock = Clock::from_fn(move || Timestamp::from_millis(reading.load(Ordering::Relaxed)));
        let path = folder.path().join("t.db");
        let store = Store::open(&path, clock).await.unwrap();
        let queued = store.write(move |tx| {
            let ours = LINES.map(|line| Address::from_twilio(line).unwrap());
            lines::adopt(tx, &ours)?;
            let (ana, _) = people::invite(tx, "Ana", None)?;
            for (line, first) in LINES.into_iter().zip([100, 200]) {
                for id in first..first + texts {
                    let to = Address::from_twilio(&format!("+12394267{id}")).unwrap();
                    let line = Some(line.to_owned());
                    let outgoing = Outgoing {
                        id: Some(EntryId(Uuid::from_u128(id))),
                        recipient: Recipient::Address { to, line },
                        body: "hello".to_owned(),
                        epoch: None,
                    };
                    send(tx, &outgoing, &ana)?;
                }
            }
            Ok::<_, crate::desk::DeskError>(())
        });
        queued.await.unwrap();
        let _folder = folder;
        Self {
            store,
            now,
            _folder,
        }
    }

    async fn claim(&self, limit: u32) -> Vec<u128> {
        let claimed = self.store.write(move |tx| outbox::claim(tx, limit));
        let claimed = claimed.await.unwrap();
        let mut ids: Vec<_> = claimed.iter().map(|text| text.entry.0.as_u128()).collect();
        ids.sort_unstable();
        ids
    }

    async fn record(&self, id: u128, decision: Decision) {
        let recorded = self
            .store
            .write(move |tx| record(tx, EntryId(Uuid::from_u128(id)), &decision));
        recorded.await.unwrap();
    }
}

#[tokio::test]
async fn a_refused_account_pauses_its_whole_line_and_no_other() {
    let world = World::queued(3).await;
    assert_eq!(world.claim(1).await, [100]);
    world.record(100, Decision::Pause { after_ms: 500 }).await;
    assert_eq!(world.claim(10).await, [200, 201, 202]);
    let due = world
        .store
        .read(|reads| outbox::next_due(reads, Timestamp::from_millis(1_000_000)))
        .await
        .unwrap();
    assert_eq!(due, Some(Timestamp::from_millis(1_000_500)));
    world.now.fetch_add(500, Ordering::Relaxed);
    assert_eq!(world.claim(10).await, [100, 101, 102]);
}

#[tokio::test]
async fn a_wall_clock_that_goes_back_does_not_hold_texts_up() {
    const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
    let world = World::queued(1).await;
    world.now.fetch_sub(DAY_MS, Ordering::Relaxed);
    let now = Timestamp::from_millis(world.now.load(Ordering::Relaxed));
    let due = world.store.read(move |reads| outbox::next_due(reads, now));
    assert_eq!(due.await.unwrap(), Some(now));
    assert_eq!(world.claim(10).await, [100, 200]);
}

#[tokio::test]
async fn a_pause_of_the_line_does_not_shorten_a_longer_one_of_a_text() {
    let world = World::queued(2).await;
    assert_eq!(world.claim(2).await, [100, 101]);
    world.record(101, Decision::Again { after_ms: 900 }).await;
    world.record(100, Decision::Pause { after_ms: 500 }).await;
    world.now.fetch_add(500, Ordering::Relaxed);
    assert_eq!(world.claim(10).await, [100, 200, 201]);
    world.now.fetch_add(400, Ordering::Relaxed);
    assert_eq!(world.claim(10).await, [101]);
}

#[tokio::test]
async fn what_the_provider_is_known_to_have_neither_fails_nor_falls_into_doubt() {
    let world = World::queued(1).await;
    assert_eq!(world.claim(1).await, [100]);
    let taken = CreatedMessage {
        sid: "SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap(),
        delivery: Delivery {
            status: DeliveryStatus::Accepted,
            error: None,
        },
        segments: Some(1),
        price: None,
        from: None,
    };
    world.record(100, Decision::Record(Box::new(taken))).await;
    let head = world.store.hub().head();
    let refused = DeliveryError {
        code: 21_610,
        text: String::new(),
    };
    for late in [Decision::Fail(refused), Decision::Unknown] {
        world.record(100, late).await;
        assert_eq!(world.store.hub().head(), head, "nothing has changed");
    }
}

#[test]
fn an_outcome_is_offered_until_the_store_is_well_again_or_the_relay_stops() {
    let full = StoreError::Unavailable("disk full".to_owned());
    let fault = StoreError::Engine("UNIQUE".to_owned());
    let (running, stopping) = (CancellationToken::new(), CancellationToken::new());
    stopping.cancel();
    for (tries, error, shutdown, expected) in [
        (1, &fault, &stopping, false),
        (RECORD_TRIES_MAX, &full, &running, false),
        (1_000_000, &full, &running, false),
        (RECORD_TRIES_MAX, &full, &stopping, true),
        (RECORD_TRIES_MAX, &fault, &running, true),
    ] {
        assert_eq!(
            gives_up(tries, error, shutdown),
            expected,
            "{tries} {error}"
        );
    }
}
