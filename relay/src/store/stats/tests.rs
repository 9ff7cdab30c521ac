//! Whatever happens in whatever order, the figures are those of a plain count over the store.

mod plain;

use super::{look, store as keep, uncounted};
use crate::clock::Clock;
use crate::desk::stats::{Ask, Counting};
use crate::store::sql::{Tx, params};
use crate::store::{Store, StoreError, contacts, conversations, entries, lines, timed};
use jiff::tz::TimeZone;
use plain::Plain;
use proptest::prelude::*;
use smsdesk_common::activity::Activity;
use smsdesk_common::api::stats::Range;
use smsdesk_common::cause::Cause;
use smsdesk_common::contact::Contact;
use smsdesk_common::conversation::{Conversation, ConversationStatus};
use smsdesk_common::entry::{Author, Direction, Entry, EntryKind, Origin, Price};
use smsdesk_common::ids::{AgentId, ContactId, ConversationId, EntryId, Seq};
use smsdesk_common::line::Line;
use smsdesk_common::phone::Address;
use smsdesk_common::record::Kind;
use smsdesk_common::stats::{By, Period};
use smsdesk_common::status::DeliveryStatus;
use smsdesk_common::time::Timestamp;
use uuid::Uuid;

const LINES: [&str; 2] = ["+15557122661", "+15557122662"];
const TALKS: u128 = 4;
const ZONES: [&str; 4] = [
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "UTC",
];
/// Days around which the clocks of these zones are put forward or back.
const DAYS: [&str; 4] = [
    "2026-03-08T00:00:00Z",
    "2026-04-04T12:00:00Z",
    "2026-10-03T12:00:00Z",
    "2026-11-01T00:00:00Z",
];
const PRICES: [(&str, &str, i64); 4] = [
    ("-0.00790", "USD", 790),
    ("-0.04210", "USD", 4_210),
    ("-1", "EUR", 100_000),
    ("nonsense", "USD", 0),
];

#[derive(Clone, Debug)]
enum Op {
    Text {
        talk: u128,
        author: u8,
        at: Timestamp,
        status: DeliveryStatus,
    },
    Triage {
        talk: u128,
        to: ConversationStatus,
        from: ConversationStatus,
        at: Timestamp,
    },
    Status {
        nth: usize,
        status: DeliveryStatus,
    },
    Price {
        nth: usize,
        price: usize,
    },
    Redact {
        nth: usize,
    },
    Release {
        nth: usize,
        at: Timestamp,
    },
    Delete {
        nth: usize,
    },
    Label {
        talk: u128,
        labels: Vec<String>,
    },
    OptOut {
        talk: u128,
        at: Timestamp,
        line: bool,
    },
    Count {
        limit: u32,
    },
}

fn any_time() -> impl Strategy<Value = Timestamp> {
    (
        0..DAYS.len(),
        0..3_i64 * 96,
        prop_oneof![Just(0), 0..900_000_i64],
    )
        .prop_map(|(day, quarter, ms)| {
            let day = Timestamp::parse_rfc3339(DAYS[day]).unwrap();
            day.plus_millis(quarter * super::QUARTER_MS + ms)
        })
}

fn any_status() -> impl Strategy<Value = DeliveryStatus> {
    prop::sample::select(&DeliveryStatus::ALL[..12])
}

fn any_op() -> impl Strategy<Value = Op> {
    use ConversationStatus::{Done, Open};
    let talk = || 0..TALKS;
    prop_oneof![
        10 => (talk(), 0..6_u8, any_time(), any_status()).prop_map(|(talk, author, at, status)| {
            Op::Text { talk, author, at, status }
        }),
        4 => (talk(), any_time(), any::<bool>()).prop_map(|(talk, at, done)| {
            let (from, to) = if done { (Open, Done) } else { (Done, Open) };
            Op::Triage { talk, to, from, at }
        }),
        3 => (any::<usize>(), any_status()).prop_map(|(nth, status)| Op::Status { nth, status }),
        3 => (any::<usize>(), 0..PRICES.len()).prop_map(|(nth, price)| Op::Price { nth, price }),
        1 => any::<usize>().prop_map(|nth| Op::Redact { nth }),
        1 => (any::<usize>(), any_time()).prop_map(|(nth, at)| Op::Release { nth, at }),
        1 => any::<usize>().prop_map(|nth| Op::Delete { nth }),
        1 => (talk(), prop::collection::btree_set("[ab]", 0..3)).prop_map(|(talk, labels)| {
            Op::Label { talk, labels: labels.into_iter().collect() }
        }),
        1 => (talk(), any_time(), any::<bool>()).prop_map(|(talk, at, line)| {
            Op::OptOut { talk, at, line }
        }),
        3 => (1..30_u32).prop_map(|limit| Op::Count { limit }),
    ]
}

fn address(talk: u128) -> Address {
    Address::from_twilio(&format!("+1239426705{talk}")).unwrap()
}

fn agent(n: u128) -> AgentId {
    AgentId(Uuid::from_u128(900 + n))
}

fn author(n: u8) -> Author {
    match n {
        0..=2 => Author::Contact,
        3 => Author::Agent(agent(1)),
        4 => Author::Agent(agent(2)),
        _ => Author::Automation(Cause::Away),
    }
}

fn blank(tx: &mut dyn Tx, talk: u128, author: Author, at: Timestamp) -> Entry {
    Entry {
        id: EntryId(tx.new_id()),
        seq: Seq::ZERO,
        conversation: ConversationId(Uuid::from_u128(1 + talk)),
        position: Seq::ZERO,
        entry_kind: EntryKind::Activity,
        direction: Direction::Internal,
        author,
        origin: Origin::Api,
        body: "words".to_owned(),
        media: Vec::new(),
        status: None,
        error: None,
        sid: None,
        segments: None,
        price: None,
        at,
        sent_at: None,
        delivered_at: None,
        activity: Vec::new(),
        mentions: Vec::new(),
        send_at: None,
        zone: None,
        cancel_on_reply: false,
        held_since: None,
        insight: None,
        suggestion: None,
        ai_generated: None,
    }
}

fn found(tx: &mut dyn Tx) -> Result<(), StoreError> {
    for line in LINES {
        let id = Address::from_twilio(line).unwrap();
        lines::insert(
            tx,
            Line {
                id,
                seq: Seq::ZERO,
                name: None,
                active: true,
                paused: None,
            },
        )?;
    }
    for talk in 0..TALKS {
        let id = ContactId(Uuid::from_u128(100 + talk));
        let now = tx.now();
        contacts::insert(tx, Contact::blank(id, address(talk), now))?;
        let line = LINES[usize::try_from(talk % 2).unwrap()];
        let conversation = Conversation {
            id: ConversationId(Uuid::from_u128(1 + talk)),
            seq: Seq::ZERO,
            line: Address::from_twilio(line).unwrap(),
            address: address(talk),
            contact: id,
            status: ConversationStatus::Open,
            assignee: None,
            labels: Vec::new(),
            flagged: false,
            flag_reason: None,
            snoozed_until: None,
            waiting_since: None,
            inbound_total: 0,
            last: None,
            created_at: tx.now(),
        };
        conversations::insert(tx, conversation)?;
    }
    Ok(())
}

fn all(tx: &mut dyn crate::store::sql::Reads) -> Result<Vec<Entry>, StoreError> {
    entries::above(tx, Seq::ZERO, 100_000)
}

fn outbound(tx: &mut dyn Tx, nth: usize) -> Result<Option<Entry>, StoreError> {
    let mut ours = all(tx)?;
    ours.retain(|it| it.direction == Direction::Outbound);
    Ok((!ours.is_empty()).then(|| ours.swap_remove(nth % ours.len())))
}

fn perform(tx: &mut dyn Tx, op: &Op) -> Result<(), StoreError> {
    match op {
        Op::Text {
            talk,
            author: by,
            at,
            status,
        } => {
            let mut text = blank(tx, *talk, author(*by), *at);
            text.entry_kind = EntryKind::Message;
            text.segments = Some(u32::from(*by) + 1);
            (text.direction, text.status) = match text.author {
                Author::Contact => (Direction::Inbound, Some(DeliveryStatus::Received)),
                _ => (Direction::Outbound, Some(*status)),
            };
            entries::insert(tx, text).map(|_| ())
        }
        Op::Triage { talk, to, from, at } => {
            let mut told = blank(tx, *talk, author(3), *at);
            told.activity = vec![Activity::Status {
                from: *from,
                to: *to,
            }];
            entries::insert(tx, told).map(|_| ())
        }
        Op::Status { nth, status } => change(tx, *nth, |it| it.status = Some(*status)),
        Op::Price { nth, price } => change(tx, *nth, |it| {
            let (amount, currency, _) = PRICES[*price];
            it.price = Some(Price {
                amount: amount.to_owned(),
                currency: currency.to_owned(),
            });
        }),
        Op::Redact { nth } => match outbound(tx, *nth)? {
            Some(mut entry) => {
                entry.body = String::new();
                timed::update(tx, &mut entry)
            }
            None => Ok(()),
        },
        Op::Release { nth, at } => match outbound(tx, *nth)?.filter(Entry::is_timed) {
            Some(mut entry) => {
                entry.status = Some(DeliveryStatus::Queued);
                entry.at = *at;
                timed::update(tx, &mut entry)
            }
            None => Ok(()),
        },
        Op::Delete { nth } => delete(tx, *nth),
        Op::Label { talk, labels } => {
            let id = ConversationId(Uuid::from_u128(1 + talk));
            let mut conversation = conversations::find(tx, id)?.unwrap();
            conversation.labels = labels.clone();
            conversations::update(tx, &mut conversation)
        }
        Op::OptOut { talk, at, line } => opt_out(tx, *talk, *at, line.then_some(LINES[0])),
        Op::Count { .. } => Ok(()),
    }
}

fn change(tx: &mut dyn Tx, nth: usize, act: impl Fn(&mut Entry)) -> Result<(), StoreError> {
    let Some(mut entry) = outbound(tx, nth)? else {
        return Ok(());
    };
    act(&mut entry);
    entries::update_delivery(tx, &mut entry)
}

fn opt_out(
    tx: &mut dyn Tx,
    talk: u128,
    at: Timestamp,
    line: Option<&str>,
) -> Result<(), StoreError> {
    let id = tx.new_id();
    tx.execute(
        "INSERT INTO consent (id, address, line, consent, means, at, noted) \
         VALUES (?1, ?2, ?3, 'out', 'keyword', ?4, ?4)",
        params![id, address(talk).as_str(), line, at],
    )?;
    Ok(())
}

fn delete(tx: &mut dyn Tx, nth: usize) -> Result<(), StoreError> {
    let mut all = all(tx)?;
    if all.is_empty() {
        return Ok(());
    }
    let entry = all.swap_remove(nth % all.len());
    tx.retire(Kind::Entry, &entry.id.to_string(), entry.seq)?;
    tx.execute("DELETE FROM entry WHERE id = ?1", params![entry.id.0])?;
    Ok(())
}

async fn count(store: &Store, limit: u32) -> bool {
    let Some(work) = store.read(move |reads| look(reads, limit)).await.unwrap() else {
        return false;
    };
    store.write(move |tx| keep(tx, &work)).await.unwrap();
    true
}

async fn ask(store: &Store, ask: Ask) -> Range {
    store
        .read(move |reads| {
            let by = ask.by;
            let mut counting = Counting::new(reads, ask)?;
            let mut last = None;
            while by == Some(By::Label) {
                last = counting.labelled(reads, last, 2)?;
                if last.is_none() {
                    break;
                }
            }
            counting.answer(reads)
        })
        .await
        .unwrap()
}

async fn check(ops: &[Op], spans: &[(Timestamp, Timestamp)]) {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::from_fn(|| Timestamp::from_millis(1_795_000_000_000));
    let store = Store::open(&folder.path().join("t.db"), clock)
        .await
        .unwrap();
    store.write(found).await.unwrap();
    // What lies between two counts is one commit.
    for part in ops.split_inclusive(|op| matches!(op, Op::Count { .. })) {
        let acts = part.to_vec();
        let perform_all = move |tx: &mut dyn Tx| acts.iter().try_for_each(|op| perform(tx, op));
        store.write(perform_all).await.unwrap();
        if let Some(Op::Count { limit }) = part.last() {
            count(&store, *limit).await;
        }
    }
    let mut rounds = 0;
    while count(&store, 40).await {
        rounds += 1;
        assert!(rounds < 10_000, "counting does not come to an end");
    }
    assert_eq!(store.read(uncounted).await.unwrap(), 0);
    let plain = Plain::read(&store).await;
    for (n, &(one, other)) in spans.iter().enumerate() {
        let zone = TimeZone::get(ZONES[n % ZONES.len()]).unwrap();
        let day = Period::today(one, &zone);
        let some = Period {
            from: one.min(other),
            to: one.max(other),
        };
        for period in [day, some] {
            for by in By::ALL.map(Some).into_iter().chain([None]) {
                let zone = zone.clone();
                let range = ask(
                    &store,
                    Ask {
                        period,
                        by,
                        zone: zone.clone(),
                    },
                )
                .await;
                plain.check(&range, &zone);
            }
        }
    }
    store.close().await;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn figures_are_those_of_a_plain_count_over_the_store(
        ops in prop::collection::vec(any_op(), 0..90),
        spans in prop::collection::vec((any_time(), any_time()), 2),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(check(&ops, &spans));
    }
}
