mod any_order;
mod late;

use super::*;
use crate::desk::later::{self, Fired};
use crate::desk::send::Later;
use crate::outbox::doubt;
use crate::store::{search, timed};
use smsdesk_common::activity::{Activity, TimedChange};
use smsdesk_common::api::messages::{Instead, MessagePatch};
use smsdesk_common::conversation::ConversationStatus;
use smsdesk_common::entry::EntryKind;
use smsdesk_common::filter::Filter;
use smsdesk_common::ids::Seq;
use smsdesk_common::later::{AHEAD_DAYS_MAX, LatePolicy, LateSends};
use std::path::PathBuf;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const START_MS: i64 = 1_795_252_560_000;
const POLICY: LatePolicy = LatePolicy {
    sends: LateSends::Send,
    max_ms: HOUR_MS,
};

/// A desk whose clock stands until it is moved.
struct Timed {
    world: World,
    now: Arc<AtomicI64>,
    path: PathBuf,
    requests: u128,
    sids: u32,
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(START_MS + ms)
}

fn id(n: u128) -> EntryId {
    EntryId(Uuid::from_u128(n))
}

fn timed_to_maria(n: u128, body: &str, ms: i64) -> Outgoing {
    Outgoing {
        later: Some(Later {
            send_at: at(ms),
            zone: Some("America/New_York".to_owned()),
            cancel_on_reply: false,
        }),
        ..to_maria(n, body)
    }
}

fn unless_she_writes(mut outgoing: Outgoing) -> Outgoing {
    if let Some(later) = &mut outgoing.later {
        later.cancel_on_reply = true;
    }
    outgoing
}

impl Timed {
    async fn new() -> Self {
        let now = Arc::new(AtomicI64::new(START_MS));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        let store = Store::open(&path, clock(&now)).await.unwrap();
        let line = Address::from_twilio(LINE).unwrap();
        let adopted = store.write(move |tx| lines::adopt(tx, &[line]));
        adopted.await.unwrap();
        let invited = store.write(|tx| people::invite(tx, "Ana", Some(Role::Agent)));
        let (ana, _) = invited.await.unwrap();
        let world = World {
            store,
            ana,
            _folder: folder,
        };
        let mut desk = Self {
            world,
            now,
            path,
            requests: 1_000,
            sids: 0,
        };
        desk.maria_writes().await;
        desk
    }

    async fn maria_writes(&mut self) {
        self.sids += 1;
        let first = self.world.receive(inbound(self.sids, "hi")).await;
        assert_eq!(first, Seen::First);
    }

    fn advance(&self, ms: i64) {
        self.now.fetch_add(ms, Ordering::Relaxed);
    }

    async fn restart(mut self) -> Self {
        let clock = clock(&self.now);
        self.world.store.close().await;
        self.world.store = Store::open(&self.path, clock).await.unwrap();
        crate::outbox::recover(&self.world.store).await.unwrap();
        self
    }

    async fn fire(&self) -> Fired {
        let fired = self.world.store.write(|tx| later::fire(tx, POLICY, 10));
        fired.await.unwrap()
    }

    /// What is handed over now, with its words.
    async fn hand_over(&self) -> Vec<(EntryId, String)> {
        let claimed = self.world.store.write(|tx| {
            let mut texts = Vec::new();
            for waiting in outbox::claim_all(tx)? {
                outbox::remove(tx, waiting.entry)?;
                if let Some(mut entry) = entries::find(tx, waiting.entry)? {
                    assert_eq!(entry.sid, None, "handed over before");
                    entry.sid = Some(format!("SM{:032x}", entry.id.0.as_u128() + 0xffff));
                    entry.status = Some(DeliveryStatus::Accepted);
                    status::store(tx, &mut entry)?;
                    texts.push((entry.id, entry.body));
                }
            }
            Ok::<_, crate::store::StoreError>(texts)
        });
        claimed.await.unwrap()
    }

    async fn patch(
        &mut self,
        text: EntryId,
        fill: impl FnOnce(&mut MessagePatch),
    ) -> Result<Entry, ErrorCode> {
        self.requests += 1;
        let mut patch = MessagePatch::new(RequestId(Uuid::from_u128(self.requests)));
        fill(&mut patch);
        self.ask(text, patch).await
    }

    async fn ask(&self, text: EntryId, patch: MessagePatch) -> Result<Entry, ErrorCode> {
        let ana = self.world.ana.clone();
        let asked = self
            .world
            .store
            .write(move |tx| later::patch(tx, &ana, text, &patch));
        asked.await.map_err(|error| match error {
            DeskError::Refused { code, .. } | DeskError::Conflict { code, .. } => code,
            error => panic!("{error}"),
        })
    }

    async fn cancel(&mut self, text: EntryId) -> Result<Entry, ErrorCode> {
        let instead = Some(Instead::Canceled);
        self.patch(text, |patch| patch.status = instead).await
    }

    async fn told(&self) -> Vec<Activity> {
        let conversation = self.world.only_conversation().await.id;
        let mut entries = self.world.entries(conversation).await;
        entries.reverse();
        let activities = entries
            .into_iter()
            .filter(|entry| entry.entry_kind == EntryKind::Activity);
        activities.flat_map(|entry| entry.activity).collect()
    }
}

/// What makes a patch of an empty one.
type Fill<'a> = &'a dyn Fn(&mut MessagePatch);

fn clock(now: &Arc<AtomicI64>) -> Clock {
    let now = Arc::clone(now);
    Clock::from_fn(move || Timestamp::from_millis(now.load(Ordering::Relaxed)))
}

fn change(did: &[Activity]) -> Vec<&TimedChange> {
    let timed = did.iter().filter_map(|did| match did {
        Activity::TimedText { change, .. } => Some(change),
        _ => None,
    });
    timed.collect()
}

#[tokio::test]
async fn a_timed_text_waits_outside_of_the_outbox_and_answers_nobody() {
    let desk = Timed::new().await;
    let before = desk.world.only_conversation().await;
    let sent = desk.world.send(timed_to_maria(1, "later", HOUR_MS)).await;
    let Sent::Now(entry) = sent.unwrap() else {
        panic!("it is new");
    };
    assert_eq!(entry.status, Some(DeliveryStatus::Scheduled));
    assert_eq!(entry.send_at, Some(at(HOUR_MS)));
    assert_eq!(entry.zone.as_deref(), Some("America/New_York"));
    assert_eq!(
        desk.world.entry(entry.id).await,
        entry,
        "stored as answered"
    );
    assert_eq!(desk.world.only_conversation().await, before);
    assert_eq!(desk.fire().await, Fired::default());
    assert_eq!(desk.world.waiting().await, 0);
}

#[tokio::test]
async fn at_its_time_it_goes_once_and_stands_where_it_went() {
    let desk = Timed::new().await;
    let send = timed_to_maria(1, "later", HOUR_MS);
    desk.world.send(send.clone()).await.unwrap();
    desk.advance(HOUR_MS);
    assert_eq!(desk.fire().await, Fired { sent: 1, held: 0 });
    assert_eq!(desk.fire().await, Fired::default());
    let entry = desk.world.entry(id(1)).await;
    assert_eq!(entry.status, Some(DeliveryStatus::Queued));
    assert_eq!(entry.at, at(HOUR_MS));
    let conversation = desk.world.only_conversation().await;
    assert_eq!(conversation.waiting_since, None);
    assert_eq!(conversation.last.unwrap().entry, id(1));
    let again = desk.world.send(send).await.unwrap();
    assert!(matches!(again, Sent::Before(_)), "the request came again");
    assert_eq!(desk.hand_over().await, [(id(1), "later".to_owned())]);
    let desk = desk.restart().await;
    assert_eq!(desk.fire().await, Fired::default());
    assert!(desk.hand_over().await.is_empty());
}

#[tokio::test]
async fn the_same_id_with_another_time_is_another_request() {
    let desk = Timed::new().await;
    desk.world
        .send(timed_to_maria(1, "later", HOUR_MS))
        .await
        .unwrap();
    for other in [
        to_maria(1, "later"),
        timed_to_maria(1, "later", HOUR_MS + 1),
        unless_she_writes(timed_to_maria(1, "later", HOUR_MS)),
    ] {
        let error = desk.world.send(other).await.unwrap_err();
        let reused = ErrorCode::IdReused;
        assert!(matches!(error, DeskError::Refused { code, .. } if code == reused));
    }
}

#[tokio::test]
async fn words_time_and_condition_are_changed_and_told() {
    let mut desk = Timed::new().await;
    desk.world
        .send(timed_to_maria(1, "later", HOUR_MS))
        .await
        .unwrap();
    let changed = desk
        .patch(id(1), |patch| {
            patch.body = Some("even later".to_owned());
            patch.send_at = Some(at(2 * HOUR_MS));
            patch.cancel_on_reply = Some(true);
        })
        .await
        .unwrap();
    assert_eq!(changed, desk.world.entry(id(1)).await);
    assert_eq!(changed.body, "even later");
    assert_eq!(changed.zone.as_deref(), Some("America/New_York"));
    let told = desk.told().await;
    let (from, to) = (at(HOUR_MS), at(2 * HOUR_MS));
    assert_eq!(
        change(&told),
        [
            &TimedChange::Edited,
            &TimedChange::Moved { from, to },
            &TimedChange::CancelOnReply { to: true },
        ]
    );
    desk.advance(HOUR_MS);
    assert_eq!(desk.fire().await, Fired::default(), "it was moved");
    desk.advance(HOUR_MS);
    assert_eq!(desk.fire().await.sent, 1);
    assert_eq!(desk.hand_over().await, [(id(1), "even later".to_owned())]);
}

#[tokio::test]
async fn a_search_finds_the_words_that_a_text_was_given_and_not_those_it_had() {
    let mut desk = Timed::new().await;
    let first = timed_to_maria(1, "the boiler", HOUR_MS);
    desk.world.send(first).await.unwrap();
    let index = |tx: &mut dyn crate::store::sql::Tx| search::index(tx, 10);
    while desk.world.store.write(index).await.unwrap() > 0 {}
    let body = Some("the chimney".to_owned());
    desk.patch(id(1), |patch| patch.body = body).await.unwrap();
    while desk.world.store.write(index).await.unwrap() > 0 {}
    for (words, expected) in [("chimney", 1), ("boiler", 0)] {
        let filter = Filter::parse(words).unwrap();
        let expression = search::expression(&filter).unwrap();
        let looked = desk.world.store.read(move |reads| {
            let found = search::with_words(reads, &expression, Seq(1_000), 10)?;
            let texts = found
                .into_iter()
                .filter(|it| it.entry_kind == EntryKind::Message);
            Ok::<_, crate::store::StoreError>(texts.count())
        });
        assert_eq!(looked.await.unwrap(), expected, "{words}");
    }
}

#[tokio::test]
async fn a_change_that_comes_again_or_changes_nothing_leaves_no_trace() {
    let mut desk = Timed::new().await;
    desk.world
        .send(timed_to_maria(1, "later", HOUR_MS))
        .await
        .unwrap();
    let mut patch = MessagePatch::new(RequestId(Uuid::from_u128(77)));
    patch.body = Some("other".to_owned());
    let first = desk.ask(id(1), patch.clone()).await.unwrap();
    let head = desk.world.store.hub().head();
    assert_eq!(desk.ask(id(1), patch.clone()).await, Ok(first.clone()));
    patch.body = Some("third".to_owned());
    assert_eq!(desk.ask(id(1), patch).await, Err(ErrorCode::IdReused));
    let same = Some("other".to_owned());
    assert_eq!(
        desk.patch(id(1), |patch| patch.body = same).await,
        Ok(first)
    );
    assert_eq!(desk.world.store.hub().head(), head);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_and_changes_nothing() {
    let mut desk = Timed::new().await;
    desk.world
        .send(timed_to_maria(1, "later", HOUR_MS))
        .await
        .unwrap();
    let head = desk.world.store.hub().head();
    let far = at((AHEAD_DAYS_MAX + 1) * 24 * HOUR_MS);
    let cases: [(Fill<'_>, ErrorCode); 6] = [
        (&|_| {}, ErrorCode::PatchEmpty),
        (&|it| it.body = Some(" ".to_owned()), ErrorCode::BodyEmpty),
        (&|it| it.send_at = Some(far), ErrorCode::SendAtInvalid),
        (
            &|it| {
                it.send_at = Some(at(HOUR_MS));
                it.zone = Some("my zone".to_owned());
            },
            ErrorCode::SendAtInvalid,
        ),
        (
            &|it| {
                it.body = Some("x".to_owned());
                it.zone = Some("UTC".to_owned());
            },
            ErrorCode::SendAtInvalid,
        ),
        (
            &|it| {
                it.body = Some("x".to_owned());
                it.if_seq = Some(Seq(1));
            },
            ErrorCode::MessageChanged,
        ),
    ];
    for (fill, expected) in cases {
        assert_eq!(desk.patch(id(1), fill).await, Err(expected));
    }
    assert_eq!(desk.cancel(id(9)).await, Err(ErrorCode::EntryUnknown));
    let far = timed_to_maria(2, "x", (AHEAD_DAYS_MAX + 1) * 24 * HOUR_MS);
    assert!(desk.world.send(far).await.is_err());
    assert_eq!(desk.world.store.hub().head(), head);
}

#[tokio::test]
async fn a_text_can_be_canceled_until_somebody_hands_it_over() {
    let mut desk = Timed::new().await;
    for n in 1..=3 {
        desk.world
            .send(timed_to_maria(n, "later", HOUR_MS))
            .await
            .unwrap();
    }
    let canceled = desk.cancel(id(1)).await.unwrap();
    assert_eq!(canceled.status, Some(DeliveryStatus::Canceled));
    assert_eq!(desk.cancel(id(1)).await, Ok(canceled), "twice is once");
    let words = Some("x".to_owned());
    let edited = desk.patch(id(1), |patch| patch.body = words).await;
    assert_eq!(edited, Err(ErrorCode::AlreadyCanceled));
    desk.advance(HOUR_MS);
    desk.fire().await;
    let waits = desk.world.only_conversation().await;
    assert_eq!(waits.waiting_since, None);
    // Let go, and nobody has begun with it.
    desk.cancel(id(2)).await.unwrap();
    assert_eq!(desk.hand_over().await, [(id(3), "later".to_owned())]);
    assert_eq!(desk.cancel(id(3)).await, Err(ErrorCode::AlreadySent));
    let now = Some(Instead::Queued);
    let sent = desk.patch(id(3), |patch| patch.status = now).await;
    assert_eq!(sent, Err(ErrorCode::AlreadySent));
}

#[tokio::test]
async fn who_cancels_an_answer_that_had_not_gone_out_leaves_the_customer_waiting() {
    let mut desk = Timed::new().await;
    desk.world
        .send(timed_to_maria(1, "later", HOUR_MS))
        .await
        .unwrap();
    desk.advance(HOUR_MS);
    desk.fire().await;
    desk.cancel(id(1)).await.unwrap();
    let conversation = desk.world.only_conversation().await;
    assert_eq!(conversation.waiting_since, Some(at(0)));
    let last = conversation.last.unwrap();
    assert_eq!(
        (last.entry, last.status),
        (id(1), Some(DeliveryStatus::Canceled))
    );
}

#[tokio::test]
async fn who_cancels_a_text_that_was_to_go_at_once_leaves_the_customer_waiting_too() {
    let mut desk = Timed::new().await;
    let mut at_once = timed_to_maria(1, "now", HOUR_MS);
    at_once.later = None;
    desk.world.send(at_once).await.unwrap();
    desk.cancel(id(1)).await.unwrap();
    let conversation = desk.world.only_conversation().await;
    assert_eq!(conversation.waiting_since, Some(at(0)));
}

#[tokio::test]
async fn a_text_that_is_sent_now_goes_before_its_time_and_not_again_at_it() {
    let mut desk = Timed::new().await;
    desk.world
        .send(timed_to_maria(1, "later", HOUR_MS))
        .await
        .unwrap();
    desk.advance(MINUTE_MS);
    let now = Some(Instead::Queued);
    let sent = desk.patch(id(1), |patch| patch.status = now).await.unwrap();
    assert_eq!(
        (sent.status, sent.at),
        (Some(DeliveryStatus::Queued), at(MINUTE_MS))
    );
    assert_eq!(desk.hand_over().await.len(), 1);
    desk.advance(2 * HOUR_MS);
    assert_eq!(desk.fire().await, Fired::default());
}

#[tokio::test]
async fn a_text_of_the_customer_cancels_what_was_to_go_only_without_one() {
    let mut desk = Timed::new().await;
    let plain = timed_to_maria(1, "anyway", HOUR_MS);
    let unless = unless_she_writes(timed_to_maria(2, "unless", HOUR_MS));
    desk.world.send(plain).await.unwrap();
    desk.world.send(unless).await.unwrap();
    desk.maria_writes().await;
    let status = |entry: Entry| entry.status.unwrap();
    assert_eq!(
        status(desk.world.entry(id(1)).await),
        DeliveryStatus::Scheduled
    );
    assert_eq!(
        status(desk.world.entry(id(2)).await),
        DeliveryStatus::Canceled
    );
    assert_eq!(change(&desk.told().await), [&TimedChange::CanceledByReply]);
    desk.advance(HOUR_MS);
    desk.fire().await;
    assert_eq!(desk.hand_over().await, [(id(1), "anyway".to_owned())]);
    desk.maria_writes().await;
    assert_eq!(
        change(&desk.told().await).len(),
        1,
        "nothing is left to cancel"
    );
}
