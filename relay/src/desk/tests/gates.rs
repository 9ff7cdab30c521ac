//! Switches, quiet hours, caps and the pause of all sends, with a clock that stands until it is moved.

use super::*;
use crate::desk::automatic::{self, Automatic, Outcome, Refusal};
use crate::desk::later::{self, Fired};
use crate::desk::settings::{self, By};
use crate::outbox::lanes::Grant;
use crate::outbox::{record, worker};
use proptest::prelude::*;
use serde_json::{Value, json};
use smsdesk_common::api::settings::PutSettings;
use smsdesk_common::cause::{Cause, TriggerKind};
use smsdesk_common::ids::{BroadcastId, JobId, RuleId};
use smsdesk_common::later::LatePolicy;
use std::path::PathBuf;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Four hours, as it is without a setting.
const VALIDITY_S: u32 = 14_400;

struct Night {
    world: World,
    now: Arc<AtomicI64>,
    path: PathBuf,
    keys: u32,
}

fn clock(now: &Arc<AtomicI64>) -> Clock {
    let now = Arc::clone(now);
    Clock::from_fn(move || Timestamp::from_millis(now.load(Ordering::Relaxed)))
}

fn time(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

const fn trigger() -> Cause {
    Cause::Trigger(TriggerKind::Enroute)
}

impl Night {
    /// A desk at that time; Maria is in New York.
    async fn at(text: &str) -> Self {
        let now = Arc::new(AtomicI64::new(time(text).as_millis()));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        let store = Store::open(&path, clock(&now)).await.unwrap();
        let line = Address::from_twilio(LINE).unwrap();
        let adopted = store.write(move |tx| lines::adopt(tx, &[line]));
        adopted.await.unwrap();
        let invited = store.write(|tx| people::invite(tx, "Ana", Some(Role::Admin)));
        let (ana, _) = invited.await.unwrap();
        let world = World {
            store,
            ana,
            _folder: folder,
        };
        world.receive(inbound(1, "hi")).await;
        Self {
            world,
            now,
            path,
            keys: 0,
        }
    }

    async fn restart(mut self) -> Self {
        self.world.store.close().await;
        self.world.store = Store::open(&self.path, clock(&self.now)).await.unwrap();
        crate::outbox::recover(&self.world.store).await.unwrap();
        self
    }

    fn goes_to(&self, text: &str) {
        self.now.store(time(text).as_millis(), Ordering::Relaxed);
    }

    fn advance(&self, ms: i64) {
        self.now.fetch_add(ms, Ordering::Relaxed);
    }

    async fn set(&self, patch: Value) {
        let ana = self.world.ana.clone();
        let put = PutSettings::read(patch).unwrap();
        let set = self
            .world
            .store
            .write(move |tx| settings::put(tx, By::Agent(&ana), &put));
        set.await.unwrap();
    }

    async fn pause(&self, paused: bool) {
        let write =
            move |tx: &mut dyn crate::store::sql::Tx| settings::pause(tx, By::Operator, paused);
        self.world.store.write(write).await.unwrap();
    }

    async fn decide(&mut self, cause: Cause) -> Outcome {
        self.keys += 1;
        let text = Automatic {
            key: format!("test:{}", self.keys),
            cause,
            recipient: to_maria(0, "").recipient,
            body: format!("text {}", self.keys),
            template: None,
            expires_ms: None,
        };
        let decided = self.world.store.write(move |tx| automatic::send(tx, &text));
        decided.await.unwrap()
    }

    async fn waits_until(&mut self, cause: Cause) -> (Entry, Timestamp) {
        match self.decide(cause).await {
            Outcome::Waits(entry) => {
                let at = entry.send_at.unwrap();
                (entry, at)
            }
            other => panic!("{other:?}"),
        }
    }

    async fn fire(&self) -> Fired {
        let policy = LatePolicy::STANDARD;
        let fired = self
            .world
            .store
            .write(move |tx| later::fire(tx, policy, 100));
        fired.await.unwrap()
    }

    async fn status(&self, entry: &Entry) -> DeliveryStatus {
        self.world.entry(entry.id).await.status.unwrap()
    }

    /// Claims what a line would hand over; how many.
    async fn hand_over(&self) -> usize {
        let grant = Grant {
            line: Address::from_twilio(LINE).unwrap(),
            texts: 99,
            segments: 99,
            probe: false,
        };
        let claimed = self
            .world
            .store
            .write(move |tx| worker::claim(tx, &[grant], 99));
        claimed.await.unwrap().len()
    }
}

fn refused(outcome: &Outcome) -> Option<&Refusal> {
    match outcome {
        Outcome::Refused(refusal) => Some(refusal),
        _ => None,
    }
}

#[tokio::test]
async fn each_switch_stops_its_texts_and_the_master_switch_all_but_what_is_owed() {
    let mut night = Night::at("2026-01-10T17:00:00Z").await;
    let id = Uuid::from_u128(1);
    let causes = [
        ("automation.rules", Cause::Rule(RuleId(id))),
        ("automation.away", Cause::Away),
        ("automation.jobs", Cause::Job(JobId(id))),
        ("automation.bulk", Cause::Broadcast(BroadcastId(id))),
        ("automation.triggers.enroute", trigger()),
        (
            "automation.triggers.15_min",
            Cause::Trigger(TriggerKind::FifteenMinutes),
        ),
    ];
    for (switch, cause) in causes {
        night.set(json!({ switch: false })).await;
        let found = night.decide(cause.clone()).await;
        assert_eq!(refused(&found), Some(&Refusal::Disabled), "{switch}");
        night
            .set(json!({ switch: true, "automation.enabled": false }))
            .await;
        let found = night.decide(cause.clone()).await;
        assert_eq!(refused(&found), Some(&Refusal::Disabled), "{switch}");
        night.set(json!({ "automation.enabled": true })).await;
        let found = night.decide(cause).await;
        assert!(matches!(found, Outcome::Queued(_)), "{switch}: {found:?}");
    }
    night.set(json!({ "automation.enabled": false })).await;
    let owed = night.decide(Cause::OptOut).await;
    assert!(matches!(owed, Outcome::Queued(_)), "{owed:?}");
}

#[tokio::test]
async fn a_text_of_the_night_waits_for_the_morning_also_over_a_restart_and_goes_once() {
    let mut night = Night::at("2026-01-10T04:00:00Z").await;
    night.set(json!({ "quiet.enabled": true })).await;
    let (entry, at) = night.waits_until(trigger()).await;
    assert_eq!(at, time("2026-01-10T13:00:00Z"), "eight in New York");
    let reply = night.decide(Cause::Rule(RuleId(Uuid::nil()))).await;
    assert!(
        matches!(reply, Outcome::Queued(_)),
        "whoever writes is awake"
    );
    night.goes_to("2026-01-10T12:59:59Z");
    assert_eq!(night.fire().await, Fired::default());
    let night = night.restart().await;
    night.goes_to("2026-01-10T13:00:00Z");
    assert_eq!(night.fire().await.sent, 1);
    assert_eq!(night.fire().await.sent, 0);
    assert_eq!(night.status(&entry).await, DeliveryStatus::Queued);
    assert_eq!(night.world.waiting().await, 2);
}

#[tokio::test]
async fn the_night_in_which_clocks_go_forward_is_shorter_and_the_other_longer() {
    for (now, until) in [
        ("2026-03-08T04:00:00Z", "2026-03-08T12:00:00Z"),
        ("2026-11-01T03:00:00Z", "2026-11-01T13:00:00Z"),
    ] {
        let mut night = Night::at(now).await;
        night.set(json!({ "quiet.enabled": true })).await;
        assert_eq!(night.waits_until(trigger()).await.1, time(until), "{now}");
    }
}

#[tokio::test]
async fn what_may_not_wait_or_not_for_so_long_is_refused_and_answers_may_be_made_to_wait() {
    let mut night = Night::at("2026-01-10T04:00:00Z").await;
    night
        .set(json!({ "quiet": { "enabled": true, "policy": "expire" } }))
        .await;
    let found = night.decide(trigger()).await;
    assert_eq!(refused(&found), Some(&Refusal::Quiet));
    night
        .set(json!({ "quiet.policy": null, "automation.wait_minutes": 539 }))
        .await;
    let found = night.decide(trigger()).await;
    assert_eq!(
        refused(&found),
        Some(&Refusal::Quiet),
        "nine hours are more"
    );
    night
        .set(json!({ "automation.wait_minutes": 540, "quiet.replies": "wait" }))
        .await;
    night.waits_until(trigger()).await;
    night.waits_until(Cause::Away).await;
}

#[tokio::test]
async fn what_waited_is_judged_by_what_is_set_when_its_time_comes() {
    let mut night = Night::at("2026-01-10T04:00:00Z").await;
    night.set(json!({ "quiet.enabled": true })).await;
    let (entry, _) = night.waits_until(trigger()).await;
    night.set(json!({ "quiet.end": "09:30" })).await;
    night.goes_to("2026-01-10T13:00:00Z");
    assert_eq!(night.fire().await.sent, 0);
    let held = night.world.entry(entry.id).await;
    assert_eq!(held.send_at, Some(time("2026-01-10T14:30:00Z")));
    night
        .set(json!({ "automation.triggers.enroute": false }))
        .await;
    night.goes_to("2026-01-10T14:30:00Z");
    assert_eq!(night.fire().await.sent, 0);
    assert_eq!(night.status(&entry).await, DeliveryStatus::Canceled);
}

#[tokio::test]
async fn a_contact_gets_so_many_a_day_by_their_own_clock_and_people_do_not_count() {
    let mut night = Night::at("2026-01-10T17:00:00Z").await;
    night.set(json!({ "caps.contact_day": 2 })).await;
    night.world.send(to_maria(1, "from Ana")).await.unwrap();
    night.decide(Cause::OptOut).await;
    for _ in 0..2 {
        let found = night.decide(trigger()).await;
        assert!(matches!(found, Outcome::Queued(_)), "{found:?}");
    }
    let found = night.decide(trigger()).await;
    assert_eq!(refused(&found), Some(&Refusal::Capped));
    night.goes_to("2026-01-11T04:59:59Z");
    let found = night.decide(trigger()).await;
    assert_eq!(
        refused(&found),
        Some(&Refusal::Capped),
        "it is still today there"
    );
    night.goes_to("2026-01-11T05:00:00Z");
    let found = night.decide(trigger()).await;
    assert!(matches!(found, Outcome::Queued(_)), "{found:?}");
    night.set(json!({ "caps.contact_day": 0 })).await;
    for _ in 0..5 {
        let found = night.decide(trigger()).await;
        assert!(matches!(found, Outcome::Queued(_)), "{found:?}");
    }
}

#[tokio::test]
async fn a_line_sends_so_many_a_minute_and_the_rest_takes_turns() {
    let mut night = Night::at("2026-01-10T17:00:00Z").await;
    night.set(json!({ "caps": { "line_minute": 2 } })).await;
    let mut went = [0; 8];
    for _ in 0..8 {
        match night.decide(trigger()).await {
            Outcome::Queued(_) => went[0] += 1,
            Outcome::Waits(entry) => assert!(entry.send_at.is_some()),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(went[0], 2);
    for minute in 1.. {
        night.advance(MINUTE_MS);
        let sent = night.fire().await.sent;
        assert!(sent <= 2, "{sent} in minute {minute}");
        went[minute.min(7)] += sent;
        if went.iter().sum::<usize>() == 8 {
            assert_eq!(minute, 3, "none waits longer than it has to");
            break;
        }
        assert!(minute < 20);
    }
}

#[tokio::test]
async fn while_all_sends_are_paused_nothing_goes_and_nothing_grows_old() {
    let night = Night::at("2026-01-10T17:00:00Z").await;
    night.world.send(to_maria(1, "before")).await.unwrap();
    night.advance(HOUR_MS);
    night.pause(true).await;
    night.advance(HOUR_MS);
    night.world.send(to_maria(2, "meanwhile")).await.unwrap();
    assert_eq!(night.hand_over().await, 0);
    let night = night.restart().await;
    night.advance(40 * HOUR_MS);
    let now = Timestamp::from_millis(night.now.load(Ordering::Relaxed));
    let look = move |reads: &mut dyn crate::store::sql::Reads| worker::look(reads, now, VALIDITY_S);
    assert_eq!(
        night.world.store.read(look).await.unwrap(),
        (false, Vec::new())
    );
    let given_up = night
        .world
        .store
        .write(|tx| record::give_up(tx, VALIDITY_S));
    assert_eq!(given_up.await.unwrap(), 0);
    night.pause(false).await;
    let (overdue, queues) = night.world.store.read(look).await.unwrap();
    assert!(!overdue && queues.len() == 1);
    assert_eq!(night.hand_over().await, 1, "one of a pair at a time");
    night.advance(3 * HOUR_MS - 1);
    let given_up = night
        .world
        .store
        .write(|tx| record::give_up(tx, VALIDITY_S));
    assert_eq!(given_up.await.unwrap(), 0);
    night.advance(HOUR_MS + 1);
    let given_up = night
        .world
        .store
        .write(|tx| record::give_up(tx, VALIDITY_S));
    assert_eq!(given_up.await.unwrap(), 1, "its own hours are over");
    let history = night
        .world
        .store
        .read(|reads| crate::store::settings::history(reads, None, 9));
    let told = history.await.unwrap();
    assert_eq!(told.len(), 2);
    assert!(
        told.iter()
            .all(|change| change.by.is_none() && change.field == "sends.paused")
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn however_settings_and_restarts_come_nothing_automatic_is_queued_in_the_night(
        steps in prop::collection::vec((0u8..4, 1i64..600), 1..25),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut night = Night::at("2026-03-07T20:00:00Z").await;
            night.set(json!({ "quiet.enabled": true, "caps.contact_day": 0 })).await;
            let mut decided = Vec::new();
            for (step, minutes) in steps {
                match step {
                    0 => night.advance(minutes * MINUTE_MS),
                    1 => night = night.restart().await,
                    2 => {
                        let cap = u32::try_from(minutes % 4).unwrap();
                        night.set(json!({ "caps.line_minute": cap })).await;
                    }
                    _ => match night.decide(trigger()).await {
                        Outcome::Queued(entry) | Outcome::Waits(entry) => decided.push(entry),
                        _ => {}
                    },
                }
                night.fire().await;
            }
            for entry in &decided {
                let entry = night.world.entry(entry.id).await;
                if entry.status == Some(DeliveryStatus::Queued) {
                    let york = jiff::tz::TimeZone::get("America/New_York").unwrap();
                    let hour = entry.at.to_jiff().to_zoned(york).hour();
                    assert!((8..21).contains(&hour), "{hour}");
                }
            }
        });
    }
}
