use super::*;
use crate::clock::Clock;
use crate::desk::people;
use crate::desk::send::{Outgoing, Recipient, send};
use crate::outbox::policy::Decision;
use crate::store::{Store, unknown};
use crate::stream::recent::Recent;
use crate::stream::session::Patience;
use crate::twilio::classify::CreatedMessage;
use smsdesk_common::phone::Address;
use smsdesk_common::status::{Delivery, DeliveryError, DeliveryStatus};
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
            crate::desk::lines::adopt(tx, &ours)?;
            let (ana, _) = people::invite(tx, "Ana", None)?;
            for (line, first) in LINES.into_iter().zip([100, 200]) {
                for id in first..first + texts {
                    let to = Address::from_twilio(&format!("+12394267{id}")).unwrap();
                    let line = Some(line.to_owned());
                    let outgoing = Outgoing {
                        id: Some(EntryId(Uuid::from_u128(id))),
                        recipient: Recipient::Address {
                            to,
                            line,
                            open: None,
                        },
                        body: "hello".to_owned(),
                        media: Vec::new(),
                        epoch: None,
                        seen: None,
                        template: None,
                        later: None,
                        confirmed: false,
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

    /// Claims at most `limit` texts of each line, as long as it is not paused.
    async fn claim(&self, limit: usize) -> Vec<u128> {
        let claimed = self.store.write(move |tx| {
            let mut claimed = Vec::new();
            let now = tx.now();
            for queue in outbox::queues(tx, now)? {
                if !queue.paused {
                    let limit = u32::try_from(limit).unwrap();
                    claimed.extend(outbox::claim(tx, &queue.line, limit, u32::MAX)?);
                }
            }
            Ok::<_, StoreError>(claimed)
        });
        let claimed = claimed.await.unwrap();
        let mut ids: Vec<_> = claimed.iter().map(|text| text.entry.0.as_u128()).collect();
        ids.sort_unstable();
        ids
    }

    async fn record(&self, id: u128, decision: Decision) {
        let recorded = self
            .store
            .write(move |tx| record(tx, EntryId(Uuid::from_u128(id)), &is_first, &decision));
        recorded.await.unwrap();
    }

    fn pass(&self, ms: i64) {
        self.now.fetch_add(ms, Ordering::Relaxed);
    }

    async fn entry(&self, id: u128) -> smsdesk_common::entry::Entry {
        let id = EntryId(Uuid::from_u128(id));
        let found = self.store.read(move |reads| entries::find(reads, id));
        found.await.unwrap().unwrap()
    }

    /// Gives up what has waited for so long, and says whether there was anything.
    async fn gives_up(&self, validity_s: u32) -> usize {
        let given_up = self.store.write(move |tx| give_up(tx, validity_s));
        given_up.await.unwrap()
    }

    async fn paused(&self) -> Vec<Option<u32>> {
        let all = self.store.read(lines::all).await.unwrap();
        let code = |line: smsdesk_common::line::Line| line.paused.map(|paused| paused.code);
        all.into_iter().map(code).collect()
    }
}

/// The first line is an account of its own.
fn is_first(line: &Address) -> bool {
    line.as_str() == LINES[0]
}

fn refused() -> Decision {
    Decision::Pause(DeliveryError {
        code: 20_003,
        text: "Authenticate".to_owned(),
    })
}

fn taken(sid: &str) -> Decision {
    Decision::Record(Box::new(CreatedMessage {
        sid: sid.parse().unwrap(),
        delivery: Delivery {
            status: DeliveryStatus::Accepted,
            error: None,
        },
        segments: Some(1),
        price: None,
        from: None,
    }))
}

const SID: &str = "SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

#[tokio::test]
async fn a_refused_account_pauses_its_whole_line_and_no_other() {
    let world = World::queued(3).await;
    assert_eq!(world.claim(1).await, [100, 200]);
    world.record(100, refused()).await;
    assert_eq!(world.paused().await, [Some(20_003), None]);
    assert_eq!(world.claim(10).await, [201, 202]);
    world.pass(1_000_000_000);
    assert_eq!(world.claim(10).await, []);
    let again = world.store.hub().head();
    world.record(100, refused()).await;
    assert_eq!(
        world.store.hub().head(),
        again,
        "a second refusal is no news"
    );
}

#[tokio::test]
async fn a_text_that_is_judged_ends_the_pause_and_every_text_is_still_there() {
    let judged = DeliveryError {
        code: 21_610,
        text: String::new(),
    };
    for verdict in [taken(SID), Decision::Fail(judged)] {
        let world = World::queued(3).await;
        assert_eq!(world.claim(1).await, [100, 200]);
        world.record(100, refused()).await;
        world.record(100, verdict).await;
        assert_eq!(world.paused().await, [None, None]);
        assert_eq!(world.claim(10).await, [101, 102, 201, 202]);
    }
}

#[tokio::test]
async fn what_says_nothing_of_the_account_leaves_the_pause() {
    let (after_ms, code) = (1, None);
    for verdict in [
        Decision::Again { after_ms, code },
        Decision::Hold { after_ms, code },
        Decision::Unknown,
        Decision::GiveUp(age::given_up(1, None)),
    ] {
        let world = World::queued(1).await;
        world.claim(1).await;
        world.record(100, refused()).await;
        world.record(100, verdict).await;
        assert_eq!(world.paused().await, [Some(20_003), None]);
    }
}

#[tokio::test]
async fn a_held_line_does_not_shorten_a_longer_pause_of_a_text() {
    let world = World::queued(2).await;
    assert_eq!(world.claim(2).await, [100, 101, 200, 201]);
    let code = None;
    let after_ms = 900;
    world.record(101, Decision::Again { after_ms, code }).await;
    let after_ms = 500;
    world.record(100, Decision::Hold { after_ms, code }).await;
    assert_eq!(world.claim(10).await, []);
    world.pass(500);
    assert_eq!(world.claim(10).await, [100]);
    world.pass(400);
    assert_eq!(world.claim(10).await, [101]);
}

#[tokio::test]
async fn a_text_is_given_up_by_its_age_with_the_last_answer_and_not_by_its_tries() {
    let world = World::queued(1).await;
    for _ in 0..1_000 {
        world.claim(1).await;
        let (after_ms, code) = (0, Some(20_429));
        world.record(100, Decision::Again { after_ms, code }).await;
    }
    world.pass(14_399_999);
    assert_eq!(world.gives_up(14_400).await, 0);
    world.pass(1);
    // The other one is claimed: what comes of it will be said.
    assert_eq!(world.gives_up(14_400).await, 1);
    let entry = world.entry(100).await;
    assert_eq!(entry.status, Some(DeliveryStatus::Failed));
    let words = "not sent: waited 4 hours for Twilio, last answer 20429";
    assert_eq!(entry.error.unwrap().text, words);
    assert_eq!(world.claim(10).await, []);
}

#[tokio::test]
async fn the_time_of_a_pause_is_nobody_s_waiting() {
    let world = World::queued(2).await;
    world.pass(60_000);
    world.claim(1).await;
    world.record(100, refused()).await;
    world.pass(100_000_000);
    assert_eq!(
        world.gives_up(3_600).await,
        1,
        "the second line's is overdue"
    );
    world.record(100, taken(SID)).await;
    assert_eq!(world.gives_up(3_600).await, 0);
    world.pass(3_539_999);
    assert_eq!(
        world.gives_up(3_600).await,
        0,
        "a minute had passed before the pause"
    );
    world.pass(1);
    assert_eq!(world.gives_up(3_600).await, 1);
}

#[tokio::test]
async fn a_text_that_asks_whether_the_account_is_taken_again_is_not_older_for_the_pause() {
    let world = World::queued(1).await;
    world.pass(60_000);
    world.claim(1).await;
    world.record(100, refused()).await;
    world.pass(100_000_000);
    let probe = Grant {
        line: Address::from_twilio(LINES[0]).unwrap(),
        texts: 1,
        segments: 1,
        probe: true,
    };
    let claimed = world.store.write(move |tx| {
        let now = tx.now();
        let claimed = claim(tx, &[probe], 1)?.remove(0);
        Ok::<_, StoreError>(now.millis_since(claimed.waiting.waits_since))
    });
    assert_eq!(claimed.await.unwrap(), 60_000);
}

#[tokio::test]
async fn a_line_claims_no_more_segments_than_it_may_and_no_short_text_passes_a_long_one() {
    let world = World::queued(3).await;
    let set = world.store.write(|tx| {
        let second = EntryId(Uuid::from_u128(101));
        outbox::set_segments_for_tests(tx, second, 5)
    });
    set.await.unwrap();
    let claimed = world.store.write(|tx| {
        let line = Address::from_twilio(LINES[0]).unwrap();
        let first = outbox::claim(tx, &line, 10, 5)?.len();
        let rest = outbox::claim(tx, &line, 10, 4)?.len();
        Ok::<_, StoreError>((first, rest, outbox::claim(tx, &line, 10, 6)?.len()))
    });
    assert_eq!(claimed.await.unwrap(), (1, 0, 2));
}

#[tokio::test]
async fn what_the_provider_is_known_to_have_neither_fails_nor_falls_into_doubt() {
    let world = World::queued(1).await;
    assert_eq!(world.claim(1).await, [100, 200]);
    world.record(100, taken(SID)).await;
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

const CONFIG: &str = "[relay]\npublic_url = \"https://sms.example.com\"\n[relay.twilio]\n\
    account_sid = \"ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"\nauth_token = \"t\"\n\
    api_base_url = \"http://127.0.0.1:9\"\nlines = [\"+15557122661\"]\n";

#[tokio::test]
async fn a_call_that_panics_leaves_its_text_unknown_and_the_worker_at_work() {
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let world = World::queued(1).await;
    assert_eq!(world.claim(1).await, [100, 200]);
    let config = crate::config::parse(std::path::Path::new("t.toml"), CONFIG, |_| None).unwrap();
    let shutdown = CancellationToken::new();
    let (clock, tasks) = (Clock::system(), tokio_util::task::TaskTracker::new());
    let store = world.store.clone();
    let recent = Arc::new(Recent::open(&store).await.unwrap());
    let patience = Patience::STANDARD;
    let shared = (store, recent, tokio::runtime::Handle::current());
    let relay = Relay::new(config, patience, shared, clock, shutdown.clone(), tasks).unwrap();
    let mut worker = Worker::new(Arc::new(relay));
    let call = Call {
        entry: EntryId(Uuid::from_u128(100)),
        line: Address::from_twilio(LINES[0]).unwrap(),
        probe: false,
    };
    worker.start(call, 1, async { panic!("a fault in the middle of a call") });
    // It takes the end of every call before it returns.
    shutdown.cancel();
    worker.run().await;
    assert_eq!(world.entry(100).await.status, Some(DeliveryStatus::Unknown));
    let counts = world.store.read(outbox::counts).await.unwrap();
    assert_eq!((counts.waiting, counts.unknown), (1, 1));
}

#[tokio::test]
async fn a_wall_clock_that_goes_back_does_not_hold_texts_up() {
    const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
    let world = World::queued(1).await;
    world.claim(10).await;
    let put_off = |after_ms| Decision::Again {
        after_ms,
        code: None,
    };
    world.record(100, put_off(500)).await;
    world.record(200, put_off(60_000)).await;
    world.pass(-DAY_MS);
    assert_eq!(world.claim(10).await, [0; 0]);
    let back = |by_ms| {
        world
            .store
            .write(move |tx| outbox::clock_went_back(tx, by_ms))
    };
    back(DAY_MS).await.unwrap();
    world.pass(499);
    assert_eq!(world.claim(10).await, [0; 0], "the pause still counts");
    world.pass(1);
    assert_eq!(world.claim(10).await, [100]);
    // What is known at a start is only that nobody asks for so long a pause.
    world.pass(-DAY_MS);
    back(0).await.unwrap();
    assert_eq!(world.claim(10).await, [200]);
}

#[tokio::test]
async fn what_was_noted_by_a_clock_that_was_ahead_counts_from_now_on() {
    const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
    let world = World::queued(1).await;
    assert_eq!(world.claim(10).await, [100, 200]);
    world.record(100, Decision::Unknown).await;
    let again = Decision::Again {
        after_ms: 0,
        code: None,
    };
    world.record(200, again).await;
    let adopt = |tx: &mut dyn Tx| unknown::adopt(tx, 15_000, 10_000);
    assert_eq!(world.store.write(adopt).await.unwrap(), 1);
    world.pass(-DAY_MS);
    world
        .store
        .write(|tx| outbox::clock_went_back(tx, DAY_MS))
        .await
        .unwrap();
    let now = world.store.clock().now();
    let soon = now.plus_millis(60_000);
    let due = world.store.read(move |reads| unknown::due(reads, soon, 10));
    let due = due.await.unwrap();
    assert_eq!(due.len(), 1, "it is looked for within a minute");
    assert!(due[0].since <= now && due[0].until >= due[0].since);
    let overdue = world.store.read(move |reads| {
        let validity_over = now.plus_millis(1);
        outbox::overdue(reads, validity_over, 10)
    });
    assert_eq!(
        overdue.await.unwrap().len(),
        1,
        "its age counts from now on"
    );
}
