use super::*;
use crate::desk::backfill::{self, Bound, Change, Stranger};
use crate::outbox::settle::Doubt;
use crate::store::sql::Tx;
use crate::store::{StoreError, media_wanted, unknown};
use crate::twilio::listed::{self, ListedMessage};
use proptest::prelude::*;
use serde_json::{Value, json};
use smsdesk_common::entry::{Author, Cause, Direction};
use smsdesk_common::media::Media;

/// The world's clock begins at 1,000 s; the list's times are whole seconds before it.
const EARLY: i64 = 900;

fn message(sid: u32, change: impl FnOnce(&mut Value)) -> ListedMessage {
    let mut message = json!({
        "account_sid": ACCOUNT, "sid": format!("SM{sid:032x}"), "body": "hello",
        "direction": "outbound-api", "status": "delivered", "from": LINE, "to": MARIA,
        "num_media": "0", "num_segments": "1", "price": "-0.0079", "price_unit": "USD",
        "date_created": rfc2822(EARLY), "date_sent": rfc2822(EARLY + 1),
    });
    change(&mut message);
    listed::message(message.to_string().as_bytes()).unwrap()
}

fn rfc2822(seconds: i64) -> String {
    let time = Timestamp::from_millis(seconds * 1_000).to_jiff();
    time.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

fn listed_inbound(sid: u32, body: &str, seconds: i64) -> ListedMessage {
    message(sid, |message| {
        message["direction"] = "inbound".into();
        message["status"] = "received".into();
        message["from"] = MARIA.into();
        message["to"] = LINE.into();
        message["body"] = body.into();
        message["date_created"] = rfc2822(seconds).into();
    })
}

impl World {
    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut dyn Tx) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.store.write(job).await.unwrap()
    }

    async fn backfill(&self, message: ListedMessage) -> Seen {
        self.run(move |tx| backfill::inbound(tx, &message)).await
    }

    async fn went_out(&self, message: ListedMessage) -> Stranger {
        self.run(move |tx| backfill::outbound(tx, &message, 0))
            .await
    }

    async fn bind(&self, id: EntryId, message: ListedMessage) -> Bound {
        self.run(move |tx| backfill::bind(tx, id, &message)).await
    }

    /// A text of Ana's that was handed over, and nobody knows whether it was taken.
    async fn in_doubt(&self, id: u128, body: &str) -> EntryId {
        let Sent::Now(entry) = self.send(to_maria(id, body)).await.unwrap() else {
            panic!()
        };
        self.run(|tx| outbox::claim_all(tx)).await;
        crate::outbox::recover(&self.store).await.unwrap();
        self.run(|tx| unknown::adopt(tx, 0, 0)).await;
        entry.id
    }

    async fn doubts(&self) -> Vec<Doubt> {
        self.store
            .read(|reads| unknown::open(reads, 100))
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn a_text_that_is_found_late_has_its_own_time_and_counts_as_unread() {
    let world = world().await;
    world.receive(inbound(1, "first")).await;
    world.send(to_maria(1, "answer")).await.unwrap();
    let before = world.only_conversation().await;
    world.backfill(listed_inbound(2, "lost", EARLY)).await;
    let after = world.only_conversation().await;
    assert_eq!(after.last, before.last, "the answer is the newest still");
    assert_eq!((before.inbound_total, after.inbound_total), (1, 2));
    let lost = Timestamp::from_millis(EARLY * 1_000);
    assert_eq!(
        after.waiting_since,
        Some(lost),
        "whoever answered did not see it"
    );
    let entry = world.entries(after.id).await.remove(0);
    assert_eq!((entry.at, entry.origin), (lost, Origin::Backfill));
    world
        .backfill(listed_inbound(3, "of the future", 5_000_000))
        .await;
    let entry = world.entries(after.id).await.remove(0);
    assert!(
        entry.at < Timestamp::from_millis(2_000_000),
        "{:?}",
        entry.at
    );
    assert_eq!(
        world.only_conversation().await.last.unwrap().text,
        "of the future"
    );
}

#[tokio::test]
async fn a_text_through_a_service_that_is_a_line_lands_where_its_webhook_would_have() {
    let world = world().await;
    let service = "MGbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    let ours = [LINE, service].map(|line| Address::from_twilio(line).unwrap());
    let adopted = world.store.write(move |tx| lines::adopt(tx, &ours));
    adopted.await.unwrap();
    let mut text = listed_inbound(1, "hi", EARLY);
    text.service = Some(Address::from_twilio(service).unwrap());
    world.backfill(text).await;
    assert_eq!(world.only_conversation().await.line.as_str(), service);
}

#[tokio::test]
async fn attachments_are_wanted_until_they_are_filled_in() {
    let world = world().await;
    let mut text = listed_inbound(1, "", EARLY);
    text.num_media = 2;
    world.backfill(text).await;
    let late = Timestamp::from_millis(i64::MAX);
    let due = || {
        world
            .store
            .read(move |reads| media_wanted::due(reads, late))
    };
    let wanted = due().await.unwrap().unwrap();
    assert_eq!((wanted.line.as_str(), wanted.tries), (LINE, 0));
    let media: Vec<_> = (0..2)
        .map(|index| Media {
            index,
            content_type: "image/png".to_owned(),
            url: format!("https://h/{index}"),
        })
        .collect();
    let before = world.store.hub().head();
    let (entry, filled) = (wanted.entry, media.clone());
    world
        .run(move |tx| backfill::attach(tx, entry, filled))
        .await;
    assert_eq!(due().await.unwrap(), None);
    let found = world.entry(entry).await;
    assert_eq!(found.media, media);
    assert!(found.seq > before, "the terminals learn of it");
    assert_eq!(world.only_conversation().await.last.unwrap().media, 2);
}

#[tokio::test]
async fn a_found_message_settles_a_text_also_after_it_was_given_up() {
    for gives_up in [false, true] {
        let world = world().await;
        let id = world.in_doubt(1, "hello").await;
        if gives_up {
            world.run(move |tx| backfill::give_up(tx, id)).await;
            let status = world.entry(id).await.status;
            assert_eq!(status, Some(DeliveryStatus::Unconfirmed));
            assert_eq!(world.store.read(outbox::counts).await.unwrap().unknown, 0);
        }
        assert_eq!(world.doubts().await.len(), 1);
        assert_eq!(world.bind(id, message(7, |_| {})).await, Bound::Now);
        let entry = world.entry(id).await;
        assert_eq!(entry.status, Some(DeliveryStatus::Delivered));
        assert_eq!(
            entry.sent_at,
            Some(Timestamp::from_millis((EARLY + 1) * 1_000))
        );
        assert_eq!(entry.price.unwrap().amount, "-0.0079");
        assert_eq!(world.doubts().await, []);
        assert_eq!(world.bind(id, message(8, |_| {})).await, Bound::Not);
    }
}

#[tokio::test]
async fn a_callback_settles_a_text_that_was_given_up() {
    let world = world().await;
    let id = world.in_doubt(1, "hello").await;
    world.run(move |tx| backfill::give_up(tx, id)).await;
    let settled = callback(7, "sent", "");
    let report = move |tx: &mut dyn Tx| status::report(tx, &settled, Some(id), b"raw");
    assert!(world.run(report).await.settled);
    assert_eq!(world.entry(id).await.status, Some(DeliveryStatus::Sent));
    assert_eq!(world.doubts().await, []);
}

#[tokio::test]
async fn a_message_is_nobody_elses_and_not_of_a_text_that_is_just_going_out() {
    let world = world().await;
    let id = world.in_doubt(1, "hello").await;
    let Sent::Now(other) = world.send(to_maria(2, "hello")).await.unwrap() else {
        panic!()
    };
    world.run(|tx| outbox::claim_all(tx)).await;
    assert_eq!(world.bind(id, message(7, |_| {})).await, Bound::Not);
    world.report(callback(7, "sent", ""), Some(other.id)).await;
    assert_eq!(world.bind(id, message(7, |_| {})).await, Bound::Not);
    assert_eq!(world.bind(id, message(8, |_| {})).await, Bound::Now);
}

#[tokio::test]
async fn a_listed_status_advances_a_text_and_never_takes_it_back() {
    let world = world().await;
    let id = world.in_doubt(1, "hello").await;
    world
        .bind(id, message(7, |message| message["status"] = "sent".into()))
        .await;
    let advance = |word: &'static str| {
        let message = message(7, |message| message["status"] = word.into());
        world.run(move |tx| {
            let is_news = backfill::is_news(tx, &message)?;
            let change = backfill::advance(tx, &message)?;
            assert_eq!(is_news, change != Change::None);
            Ok(change)
        })
    };
    assert_eq!(advance("queued").await, Change::None);
    assert_eq!(advance("delivered").await, Change::Status);
    let head = world.store.hub().head();
    for word in ["sent", "undelivered", "delivered", "a word of tomorrow"] {
        assert_eq!(advance(word).await, Change::None, "{word}");
    }
    assert_eq!(world.store.hub().head(), head);
    assert_eq!(
        world.entry(id).await.status,
        Some(DeliveryStatus::Delivered)
    );
}

#[tokio::test]
async fn what_went_out_without_us_is_entered_once_and_ends_the_wait() {
    let world = world().await;
    world
        .backfill(listed_inbound(1, "question", EARLY - 100))
        .await;
    world.report(callback(7, "read", ""), None).await;
    assert_eq!(world.went_out(message(7, |_| {})).await, Stranger::Entered);
    assert_eq!(world.went_out(message(7, |_| {})).await, Stranger::Known);
    let conversation = world.only_conversation().await;
    assert_eq!(conversation.waiting_since, None);
    let entry = world.entries(conversation.id).await.remove(0);
    assert_eq!(
        conversation.last.unwrap().status,
        Some(DeliveryStatus::Read)
    );
    assert_eq!(
        entry.status,
        Some(DeliveryStatus::Read),
        "reports that came before"
    );
    assert_eq!(entry.author, Author::Automation(Cause::named("twilio")));
    assert_eq!(
        (entry.origin, entry.direction),
        (Origin::Backfill, Direction::Outbound)
    );
    assert_eq!(entry.at, Timestamp::from_millis(EARLY * 1_000));
    // A text that the customer wrote later still waits.
    world
        .backfill(listed_inbound(2, "another", EARLY + 50))
        .await;
    world.went_out(message(8, |_| {})).await;
    let since = world.only_conversation().await.waiting_since;
    assert_eq!(since, Some(Timestamp::from_millis((EARLY + 50) * 1_000)));
}

#[tokio::test]
async fn what_a_text_of_ours_could_own_is_not_called_a_strangers() {
    let world = world().await;
    let now = message(7, |message| message["date_created"] = rfc2822(1_001).into());
    let id = world.in_doubt(1, "other words").await;
    assert_eq!(
        world.went_out(now.clone()).await,
        Stranger::MayBeOurs,
        "in doubt"
    );
    world.run(move |tx| backfill::give_up(tx, id)).await;
    let early = message(9, |_| {});
    assert_eq!(
        world.went_out(early).await,
        Stranger::Entered,
        "from before it"
    );
    let within = message(7, |message| message["date_created"] = rfc2822(1_000).into());
    let entered = world.run(move |tx| backfill::outbound(tx, &within, 1_000));
    assert_eq!(entered.await, Stranger::OfUnconfirmed, "unconfirmed");
    let Sent::Now(next) = world.send(to_maria(2, "words")).await.unwrap() else {
        panic!()
    };
    assert_eq!(
        world.went_out(now.clone()).await,
        Stranger::MayBeOurs,
        "queued"
    );
    world.run(|tx| outbox::claim_all(tx)).await;
    assert_eq!(
        world.went_out(now.clone()).await,
        Stranger::MayBeOurs,
        "claimed"
    );
    world.report(callback(8, "sent", ""), Some(next.id)).await;
    assert_eq!(world.went_out(now).await, Stranger::Entered, "nobody's");
}

/// How a text comes: by its webhook or by the list.
#[derive(Clone, Copy, Debug)]
enum Way {
    Webhook,
    List,
}

/// What must not depend on how and in which order texts came.
#[derive(Debug, PartialEq)]
struct End {
    texts: Vec<(Option<String>, String, Direction)>,
    inbound_total: u32,
    is_waiting: bool,
}

async fn end_of(arrivals: &[(u32, Way)]) -> End {
    let world = world().await;
    for &(sid, way) in arrivals {
        let body = format!("text {sid}");
        match way {
            Way::Webhook => world.receive(inbound(sid, &body)).await,
            Way::List => world.backfill(listed_inbound(sid, &body, EARLY)).await,
        };
    }
    let conversation = world.only_conversation().await;
    let mut texts: Vec<_> = world
        .entries(conversation.id)
        .await
        .into_iter()
        .map(|entry| (entry.sid, entry.body, entry.direction))
        .collect();
    texts.sort_by(|a, b| a.0.cmp(&b.0));
    End {
        texts,
        inbound_total: conversation.inbound_total,
        is_waiting: conversation.waiting_since.is_some(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn webhooks_and_lists_in_any_order_and_any_number_end_in_the_same_entries(
        arrivals in prop::collection::vec((1..6u32, prop_oneof![Just(Way::Webhook), Just(Way::List)]), 1..16),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let sids: std::collections::BTreeSet<_> = arrivals.iter().map(|one| one.0).collect();
            let plain: Vec<_> = sids.iter().map(|&sid| (sid, Way::Webhook)).collect();
            let end = end_of(&arrivals).await;
            assert_eq!(end.inbound_total, u32::try_from(sids.len()).unwrap());
            assert_eq!(end, end_of(&plain).await);
        });
    }
}
