use super::ring::{Batch, Growth, Line, Ring};
use super::session::Page;
use proptest::prelude::*;
use smsdesk_common::feed::Digest;
use smsdesk_common::ids::Seq;
use smsdesk_common::record::Kind;
use std::collections::BTreeMap;
use std::sync::Arc;

const KIND: Kind = Kind::Entry;

/// The relay's own feed: one live line a record.
#[derive(Clone, Default)]
struct Store {
    live: BTreeMap<u64, u8>,
    head: u64,
}

impl Store {
    fn commit(&mut self, record: u8) {
        self.live.retain(|_, held| *held != record);
        self.head += 1;
        self.live.insert(self.head, record);
    }

    fn digest(&self) -> Digest {
        digest(self.live.iter().map(|(seq, record)| (*record, *seq)))
    }

    fn lines(&self, after: u64) -> Vec<Line> {
        let live = self.live.range(after + 1..);
        live.map(|(seq, record)| line(*record, *seq)).collect()
    }

    fn growth(&self, from: Seq) -> Growth {
        Growth {
            from,
            head: Seq(self.head),
            digest: self.digest(),
            lines: Some(self.lines(from.0)),
        }
    }

    /// As a session reads that is behind the ring.
    fn page(&self, after: u64, limit: usize) -> (Page, Option<Arc<str>>) {
        let lines = self.lines(after);
        let batch = Batch::gather(&mut lines.iter(), limit);
        let to = batch.end(Seq(after), true, Seq(self.head.max(after)));
        let text = (to.0 > after).then(|| batch.text(Seq(after), to));
        let page = Page {
            to,
            changes: batch.len(),
            bytes: text.as_ref().map_or(0, String::len),
            head: Seq(self.head),
            digest: self.digest(),
        };
        (page, text.map(Arc::from))
    }
}

fn line(record: u8, seq: u64) -> Line {
    Line {
        seq: Seq(seq),
        kind: KIND,
        id: record.to_string(),
        json: format!(r#"{{"id":{record},"seq":{seq}}}"#),
    }
}

fn digest(live: impl Iterator<Item = (u8, u64)>) -> Digest {
    let mut digest = Digest::EMPTY;
    for (record, seq) in live {
        digest.add(KIND.as_str(), &record.to_string(), Seq(seq));
    }
    digest
}

/// A terminal and its session: `seen` is the newest state that it was given anything of.
#[derive(Clone, Default)]
struct Client {
    records: BTreeMap<u8, u64>,
    high: u64,
    seen: u64,
}

impl Client {
    fn digest(&self) -> Digest {
        digest(self.records.iter().map(|(record, seq)| (*record, *seq)))
    }

    fn take(&mut self, page: &Page, text: Option<&str>) {
        self.seen = self.seen.max(page.head.0);
        assert_eq!(text.is_some(), page.to.0 > self.high, "{page:?}");
        if let Some(text) = text {
            let batch: serde_json::Value = serde_json::from_str(text).unwrap();
            assert_eq!(
                (&batch["from"], &batch["to"]),
                (&self.high.into(), &page.to.0.into())
            );
            let changes = batch["changes"].as_array().unwrap();
            assert_eq!((changes.len(), text.len()), (page.changes, page.bytes));
            let mut last = self.high;
            for change in changes {
                let (record, seq) = (
                    change["id"].as_u64().unwrap(),
                    change["seq"].as_u64().unwrap(),
                );
                assert!(last < seq && seq <= page.to.0, "out of order or frame");
                last = seq;
                let held = self
                    .records
                    .entry(u8::try_from(record).unwrap())
                    .or_default();
                *held = seq.max(*held);
            }
            self.high = page.to.0;
        }
        if page.to == page.head {
            // What `caught_up` promises.
            assert_eq!(self.digest(), page.digest);
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// The writer commits a change of a record.
    Commit(u8),
    /// The one reader brings the ring up to the store.
    Grow,
    /// The one reader finds more than it wants to keep.
    Skip,
    /// A client reads what its limit allows, out of the ring where that has it.
    Read(usize, usize),
    /// A client reads the store although the ring has it, as where it was behind a moment ago.
    ReadStore(usize, usize),
    /// A client comes back: the head is read from the store.
    Resume(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let client = 0usize..3;
    prop_oneof![
        6 => (0u8..9).prop_map(Step::Commit),
        3 => Just(Step::Grow),
        1 => Just(Step::Skip),
        6 => (client.clone(), 1usize..6).prop_map(|(client, limit)| Step::Read(client, limit)),
        1 => (client.clone(), 1usize..6).prop_map(|(client, limit)| Step::ReadStore(client, limit)),
        1 => client.prop_map(Step::Resume),
    ]
}

struct World {
    store: Store,
    ring: Ring<Arc<str>>,
    clients: [Client; 3],
}

impl World {
    fn take(&mut self, step: Step) {
        match step {
            Step::Commit(record) => self.store.commit(record),
            Step::Grow => self.ring.grow(self.store.growth(self.ring.head())),
            Step::Skip => self.ring.grow(Growth {
                lines: None,
                ..self.store.growth(self.ring.head())
            }),
            Step::Read(client, limit) => {
                let client = &mut self.clients[client];
                let of_ring = self.ring.page(Seq(client.high), limit, Seq(client.seen));
                let (page, text) = of_ring.unwrap_or_else(|| self.store.page(client.high, limit));
                assert!(page.changes <= limit);
                client.take(&page, text.as_deref());
            }
            Step::ReadStore(client, limit) => {
                let client = &mut self.clients[client];
                let (page, text) = self.store.page(client.high, limit);
                client.take(&page, text.as_deref());
            }
            Step::Resume(client) => self.clients[client].seen = self.store.head,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn whoever_follows_ends_with_the_stores_records_whatever_the_order_and_the_memory(
        bytes_max in prop_oneof![Just(0), 300usize..3_000, Just(usize::MAX)],
        steps in proptest::collection::vec(step(), 0..120),
    ) {
        let mut world = World {
            store: Store::default(),
            ring: Ring::new(Seq::ZERO, Digest::EMPTY, bytes_max),
            clients: Default::default(),
        };
        for step in steps {
            world.take(step);
        }
        world.take(Step::Grow);
        for client in 0..3 {
            while world.clients[client].high < world.store.head {
                world.take(Step::Read(client, 4));
            }
            let want: BTreeMap<u8, u64> =
                world.store.live.iter().map(|(seq, record)| (*record, *seq)).collect();
            prop_assert_eq!(&world.clients[client].records, &want);
            prop_assert_eq!(world.clients[client].digest(), world.store.digest());
        }
    }
}

fn filled(records: u8) -> (Store, Ring<Arc<str>>) {
    let mut store = Store::default();
    let mut ring = Ring::new(Seq::ZERO, Digest::EMPTY, usize::MAX);
    for record in 0..records {
        store.commit(record);
    }
    ring.grow(store.growth(Seq::ZERO));
    (store, ring)
}

#[test]
fn sessions_at_one_position_share_one_text() {
    let (mut store, mut ring) = filled(3);
    let text = |ring: &mut Ring<Arc<str>>, after, limit| {
        ring.page(Seq(after), limit, Seq::ZERO).unwrap().1.unwrap()
    };
    let (one, two) = (text(&mut ring, 0, 500), text(&mut ring, 0, 400));
    assert!(Arc::ptr_eq(&one, &two));
    assert!(
        !Arc::ptr_eq(&one, &text(&mut ring, 0, 2)),
        "credit for two only"
    );
    assert_eq!(
        &*one,
        r#"{"type":"batch","from":0,"to":3,"changes":[{"id":0,"seq":1},{"id":1,"seq":2},{"id":2,"seq":3}]}"#
    );
    store.commit(1);
    ring.grow(store.growth(Seq(3)));
    assert_eq!(
        &*text(&mut ring, 0, 500),
        r#"{"type":"batch","from":0,"to":4,"changes":[{"id":0,"seq":1},{"id":2,"seq":3},{"id":1,"seq":4}]}"#
    );
}

#[test]
fn the_ring_answers_for_no_state_that_is_older_than_what_was_seen() {
    let (_, mut ring) = filled(3);
    assert!(ring.page(Seq(2), 500, Seq(4)).is_none());
    assert!(ring.page(Seq(4), 500, Seq::ZERO).is_none());
    assert!(
        ring.page(Seq(3), 500, Seq(3)).is_some_and(|(page, text)| {
            page.to == Seq(3) && page.changes == 0 && text.is_none()
        })
    );
}

#[test]
fn what_does_not_fit_is_forgotten_from_the_old_end() {
    let mut store = Store::default();
    let mut ring: Ring<Arc<str>> = Ring::new(Seq::ZERO, Digest::EMPTY, 1_000);
    for record in 0..200 {
        store.commit(record);
        ring.grow(store.growth(ring.head()));
    }
    assert!(ring.page(Seq(100), 500, Seq::ZERO).is_none());
    let kept = (100..200).filter(|after| ring.page(Seq(*after), 500, Seq::ZERO).is_some());
    assert!((1..10).contains(&kept.count()));
}
