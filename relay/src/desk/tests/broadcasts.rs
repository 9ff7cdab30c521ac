//! One text to many: who is texted, once, and what a pause, a cancellation and a restore do.

mod any_order;
mod pause;

use super::{LINE, MARIA, World, inbound, world};
use crate::desk::broadcast::plan::{Around, plan};
use crate::desk::{DeskError, broadcast};
use crate::outbox::{doubt, doubt_claimed};
use crate::store::broadcasts::recipients;
use crate::store::{StoreError, broadcasts, contacts, conversations, entries, outbox, settings};
use crate::twilio::form::{Form, InboundMessage};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::broadcasts::{
    BroadcastAction, BulkPlan, BulkRecipient, PatchBroadcast, SendBulk,
};
use smsdesk_common::broadcast::{Broadcast, BroadcastState, RecipientState as State};
use smsdesk_common::filter::Viewpoint;
use smsdesk_common::ids::BroadcastId;
use smsdesk_common::phone::Address;
use smsdesk_common::time::Timestamp;
use uuid::Uuid;

const ID: BroadcastId = BroadcastId(Uuid::from_u128(77));

fn bulk(to: Vec<Value>, body: &str) -> SendBulk {
    SendBulk {
        id: Some(ID),
        to: Some(to),
        body: Some(body.to_owned()),
        ..SendBulk::default()
    }
}

/// Numbers of so many people.
fn people(count: u32) -> Vec<Value> {
    let number = |n| Value::from(format!("+1239426{n:04}"));
    (0..count).map(number).collect()
}

fn line() -> Address {
    Address::from_twilio(LINE).unwrap()
}

impl World {
    fn around(&self) -> Around {
        Around {
            agent: self.ana.clone(),
            company: Some("Riverside".to_owned()),
            home: "US".parse().unwrap(),
            from: Viewpoint {
                me: Some(self.ana.id),
                now: Timestamp::from_millis(1_000_000),
                zone: TimeZone::UTC,
            },
        }
    }

    async fn count(&self, bulk: &SendBulk) -> Result<BulkPlan, DeskError> {
        let (around, bulk) = (self.around(), bulk.clone());
        let look = self.store.read(move |reads| {
            let asked = broadcast::parse(reads, &around.agent, &bulk)?;
            Ok::<_, DeskError>(plan(reads, &asked, &around)?.counted)
        });
        look.await
    }

    /// As the request does it, in one transaction.
    async fn begin(&self, bulk: &SendBulk) -> Result<Broadcast, DeskError> {
        let (around, bulk, ana) = (self.around(), bulk.clone(), self.ana.clone());
        let made = self.store.write(move |tx| {
            let id = bulk.id.unwrap();
            let hash = broadcast::hash(&ana, &bulk)?;
            if let Some(before) = broadcast::made(tx, id, &hash)? {
                return Ok::<_, DeskError>(before);
            }
            let asked = broadcast::parse(tx, &ana, &bulk)?;
            let plan = plan(tx, &asked, &around)?;
            broadcast::confirmed(&plan, bulk.confirm.as_deref())?;
            for row in &plan.recipients {
                recipients::insert(tx, id, row)?;
            }
            broadcast::make(tx, &ana, (id, hash), &bulk, (&asked, plan.totals()))
        });
        made.await
    }

    async fn feed(&self, limit: u32) -> broadcast::Fed {
        let fed = self
            .store
            .write(move |tx| broadcast::feed(tx, ID, &line(), limit, Some("Riverside")));
        fed.await.unwrap()
    }

    async fn patch_broadcast(&self, action: BroadcastAction) -> Result<Broadcast, DeskError> {
        let ana = self.ana.clone();
        let patch = PatchBroadcast {
            id: None,
            action,
            if_seq: None,
        };
        self.store
            .write(move |tx| broadcast::patch(tx, &ana, ID, &patch))
            .await
    }

    /// What the runner does beside feeding.
    async fn look_after(&self) -> Broadcast {
        let looked = self.store.write(|tx| {
            let since = broadcasts::followed(tx)?;
            let told = recipients::news(tx, since, u32::MAX)?;
            broadcast::follow(tx, &told.news)?;
            if let Some(upto) = told.upto {
                broadcasts::set_followed(tx, upto)?;
            }
            broadcast::refresh(tx, ID)?;
            broadcasts::find(tx, ID)
        });
        looked.await.unwrap().unwrap()
    }

    async fn results(&self) -> Vec<BulkRecipient> {
        let looked = self.store.read(|reads| {
            let held = broadcasts::find(reads, ID)?.unwrap();
            recipients::page(reads, (ID, held.state), 0, 1_000)
        });
        looked.await.unwrap()
    }
}

fn refused(result: Result<Broadcast, DeskError>) -> ErrorCode {
    match result.unwrap_err() {
        DeskError::Refused { code, .. } | DeskError::Conflict { code, .. } => code,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_list_with_duplicates_and_rubbish_is_counted_row_by_row() {
    let world = world().await;
    world.receive(inbound(1, "hello")).await;
    world
        .store
        .write(|tx| {
            let maria = Address::from_twilio(MARIA).unwrap();
            let id = contacts::by_address(tx, &maria)?.unwrap();
            let mut contact = contacts::find(tx, id)?.unwrap();
            contact.name = Some("Maria Lopez".to_owned());
            let other = Address::from_twilio("+12394260001").unwrap();
            contact.addresses.push(other);
            contacts::update(tx, &mut contact)?;
            contacts::readdress(tx, &contact)
        })
        .await
        .unwrap();
    let to = vec![
        json!(MARIA),
        json!("(239) 426-7058"),
        json!("239 426 0001"),
        json!("rubbish"),
        json!(null),
        json!({"to": "+12394260002", "contact": "x"}),
        json!({"to": "+12394260003", "variables": {"contact.first_name": "Bo"}}),
        json!("+12394260004"),
    ];
    let counted = world
        .count(&bulk(to, "Hi {{ contact.first_name }}, {{ company }} here"))
        .await
        .unwrap();
    let figures = [
        counted.recipients,
        counted.reachable,
        counted.duplicate,
        counted.invalid,
        counted.incomplete,
    ];
    assert_eq!(figures, [8, 2, 2, 3, 1], "{counted:?}");
    assert_eq!(counted.example.as_deref(), Some("Hi Maria, Riverside here"));
    assert_eq!(counted.missing["contact.first_name"], 1);
    assert_eq!(counted.segments_by_prefix["+12394"], 2);
    let problems: Vec<_> = counted.problems.iter().map(|it| it.n).collect();
    assert_eq!(problems, [2, 3, 4, 5, 6, 8]);
}

/// One of [`people`] texts STOP.
fn stop(n: u32) -> InboundMessage {
    let (sid, from) = (format!("SM{n:032x}"), format!("+1239426{n:04}"));
    let body = super::encoded(&[
        ("AccountSid", super::ACCOUNT),
        ("MessageSid", &sid),
        ("From", &from),
        ("To", LINE),
        ("Body", "STOP"),
        ("NumSegments", "1"),
    ]);
    InboundMessage::from_form(&Form::parse(body.as_bytes()).unwrap()).unwrap()
}

#[tokio::test]
async fn whoever_wants_no_texts_gets_none_however_late_they_said_so() {
    let world = world().await;
    world.receive(stop(0)).await;
    let made = world.begin(&bulk(people(3), "hello")).await.unwrap();
    assert_eq!(made.totals.of(State::OptedOut), 1);
    world.receive(stop(1)).await;
    world.feed(10).await;
    let states: Vec<_> = world.results().await.iter().map(|it| it.state).collect();
    assert_eq!(states, [State::OptedOut, State::OptedOut, State::Queued]);
}

#[tokio::test]
async fn the_same_request_makes_one_broadcast_and_another_under_its_id_is_refused() {
    let world = world().await;
    let first = bulk(people(3), "hello");
    let made = world.begin(&first).await.unwrap();
    world.feed(1).await;
    assert_eq!(world.begin(&first).await.unwrap().id, made.id);
    let other = bulk(people(3), "other words");
    assert_eq!(refused(world.begin(&other).await), ErrorCode::IdReused);
    assert_eq!(world.results().await.len(), 3);
}

#[tokio::test]
async fn what_was_counted_is_what_is_texted_or_nothing() {
    let world = world().await;
    let mut asked = bulk(people(3), "hello");
    let counted = world.count(&asked).await.unwrap();
    asked.confirm = Some(counted.confirm);
    asked.to = Some(people(4));
    assert_eq!(
        refused(world.begin(&asked).await),
        ErrorCode::BroadcastChanged
    );
    asked.to = Some(people(3));
    asked.body = Some("hello!".to_owned());
    assert_eq!(
        refused(world.begin(&asked).await),
        ErrorCode::BroadcastChanged
    );
    asked.body = Some("hello".to_owned());
    assert_eq!(world.begin(&asked).await.unwrap().totals.all(), 3);
}

#[tokio::test]
async fn a_filter_that_means_everybody_by_saying_nothing_is_refused() {
    let world = world().await;
    for bad in [
        SendBulk {
            filter: Some(String::new()),
            ..bulk(Vec::new(), "x")
        },
        SendBulk {
            to: None,
            filter: Some(" ".to_owned()),
            ..bulk(Vec::new(), "x")
        },
        bulk(Vec::new(), "x"),
    ] {
        assert_eq!(
            refused(world.begin(&bad).await),
            ErrorCode::RecipientsInvalid
        );
    }
}

#[tokio::test]
async fn a_label_means_people_and_conversations_each_once() {
    let world = world().await;
    world.receive(inbound(1, "hello")).await;
    world
        .store
        .write(|tx| {
            let maria = Address::from_twilio(MARIA).unwrap();
            let id = contacts::by_address(tx, &maria)?.unwrap();
            let mut contact = contacts::find(tx, id)?.unwrap();
            contact.labels = vec!["VIP".to_owned()];
            contacts::update(tx, &mut contact)?;
            let mut held = conversations::with_address(tx, &maria)?.remove(0);
            held.labels = vec!["vip".to_owned()];
            conversations::update(tx, &mut held)?;
            let chen = Address::from_twilio("+13055550142").unwrap();
            let mut chen = crate::desk::receive::blank_contact(tx, &chen);
            chen.labels = vec!["vip".to_owned()];
            contacts::insert(tx, chen)
        })
        .await
        .unwrap();
    let counted = world
        .count(&SendBulk {
            to: None,
            label: Some("vip".to_owned()),
            ..bulk(Vec::new(), "hello")
        })
        .await
        .unwrap();
    assert_eq!((counted.reachable, counted.duplicate), (2, 1));
}

#[tokio::test]
async fn nobody_is_texted_while_the_switch_is_off() {
    let world = world().await;
    world.begin(&bulk(people(3), "hello")).await.unwrap();
    for (set, queued) in [
        (json!({"automation": {"bulk": false}}), 0),
        (json!({"automation": {"enabled": false}}), 0),
        (json!({}), 3),
    ] {
        let set = set.as_object().unwrap().clone();
        let keep = world
            .store
            .write(move |tx| settings::keep(tx, &set, None, &[]));
        keep.await.unwrap();
        assert_eq!(world.feed(10).await.queued, queued);
    }
}

#[tokio::test]
async fn after_a_restore_no_broadcast_goes_on_by_itself() {
    let world = world().await;
    world.begin(&bulk(people(3), "hello")).await.unwrap();
    world.feed(1).await;
    world.store.write(doubt::all).await.unwrap();
    let held = world.look_after().await;
    assert_eq!(held.state, BroadcastState::Paused);
    assert!(held.why.unwrap().contains("restored"));
    assert_eq!(held.totals.of(State::Unknown), 1);
}

#[tokio::test]
async fn a_broadcast_has_finished_once_nothing_is_left_to_do() {
    let world = world().await;
    let mut to = people(2);
    to.push(json!("rubbish"));
    world.begin(&bulk(to, "hello")).await.unwrap();
    assert_eq!(world.feed(10).await.queued, 2);
    assert_eq!(world.look_after().await.state, BroadcastState::Running);
    world
        .store
        .write(|tx| {
            outbox::claim(tx, &line(), 10, 100)?;
            doubt_claimed(tx)
        })
        .await
        .unwrap();
    let held = world.look_after().await;
    assert_eq!(held.state, BroadcastState::Running, "two are in doubt");
    let texts: Vec<_> = world
        .results()
        .await
        .iter()
        .filter_map(|it| it.entry)
        .collect();
    for (sid, entry) in (1..).zip(texts) {
        world
            .report(super::callback(sid, "delivered", ""), Some(entry))
            .await;
    }
    let held = world.look_after().await;
    assert_eq!(held.state, BroadcastState::Finished);
    assert_eq!((held.totals.of(State::Delivered), held.percent()), (2, 100));
    assert!(held.finished_at.is_some());
}
