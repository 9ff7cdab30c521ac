//! Status callbacks: what they say, in which order they come, and how each knob spoils that.

use crate::inbound::is_signed;
use crate::receiver::{Answer, Asked};
use crate::world::{LINE, PERSON, SERVICE, World, config, with_service, within};
use reqwest::StatusCode;
use serde_json::{Value, json};
use smsdesk_relay::twilio::form::{Form, StatusCallback};
use smsdesk_relay::twilio::simulator::{
    Fate, Knobs, Millis, OptOutManagement, Rate, SimulatorConfig, Status,
};
use std::time::Duration;
use tokio::sync::oneshot;

fn statuses(asked: &[Asked]) -> Vec<&str> {
    asked
        .iter()
        .map(|one| one.param("MessageStatus").unwrap())
        .collect()
}

/// The statuses that the callbacks of one message name, in the order of their arrival, once the
/// message is billed and so at its end.
async fn told(world: &World, more: &[(&str, &str)], count: usize) -> Vec<String> {
    world.create_reporting(more).await;
    let asked = world.receiver.take(count).await;
    let told = statuses(&asked).into_iter().map(str::to_owned).collect();
    assert!(world.receiver.rest().await.is_empty());
    told
}

fn always(set: impl FnOnce(&mut Knobs)) -> Knobs {
    let mut knobs = Knobs::default();
    set(&mut knobs);
    knobs
}

#[tokio::test]
async fn a_message_is_reported_as_sent_and_then_as_delivered() {
    let world = World::new().await;
    let sid = world.create_reporting(&[]).await;
    let asked = world.receiver.take(2).await;
    assert_eq!(statuses(&asked), ["sent", "delivered"]);
    let url = world.receiver.url("/status?entry=1");
    for one in &asked {
        assert_eq!(one.path, "/status?entry=1");
        assert!(is_signed(one, &url), "the query is signed too");
        for (name, value) in [
            ("MessageSid", sid.as_str()),
            ("SmsSid", &sid),
            ("From", LINE),
            ("To", PERSON),
            ("ApiVersion", "2010-04-01"),
        ] {
            assert_eq!(one.param(name), Some(value), "{name}");
        }
        assert_eq!(one.param("SmsStatus"), one.param("MessageStatus"));
        assert_eq!(one.param("ErrorCode"), None);
    }
    assert_eq!(asked[0].param("RawDlrDoneDate"), None);
    assert_eq!(asked[1].param("RawDlrDoneDate"), Some("2611210916"));
}

#[tokio::test]
async fn the_relay_reads_the_callbacks() {
    let world = World::new().await;
    let sid = world.create_reporting(&[("To", "+12025530007")]).await;
    for asked in world.receiver.take(2).await {
        let encoded = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&asked.form)
            .finish();
        let form = Form::parse(encoded.as_bytes()).unwrap();
        let callback = StatusCallback::from_form(&form).unwrap();
        assert_eq!(callback.sid.as_str(), sid);
    }
}

#[tokio::test]
async fn a_service_chooses_the_sender_later_and_reports_that_too() {
    let world = World::with(with_service(OptOutManagement::Default)).await;
    let callback = world.receiver.url("/status?entry=1");
    let form = [
        ("From", ""),
        ("MessagingServiceSid", SERVICE),
        ("StatusCallback", &callback),
    ];
    let (status, created) = world.create(&form).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(created["status"], "accepted");
    assert_eq!(
        (&created["from"], &created["num_segments"]),
        (&Value::Null, &json!("0"))
    );
    let asked = world.receiver.take(3).await;
    assert_eq!(statuses(&asked), ["queued", "sent", "delivered"]);
    assert_eq!(asked[0].param("MessagingServiceSid"), Some(SERVICE));
    let path = format!("Messages/{}.json", created["sid"].as_str().unwrap());
    let fetched = world.get(&path).await.1;
    assert_eq!(
        (&fetched["from"], &fetched["num_segments"]),
        (&json!(LINE), &json!("1"))
    );
}

#[tokio::test]
async fn the_price_stands_on_the_message_after_its_end() {
    let world = World::new().await;
    let (_, created) = world.create(&[("Body", &"x".repeat(161))]).await;
    assert_eq!(
        (&created["price"], &created["date_sent"]),
        (&Value::Null, &Value::Null)
    );
    world
        .until(|all| all.iter().all(|one| one.price.is_some()))
        .await;
    let path = format!("Messages/{}.json", created["sid"].as_str().unwrap());
    let fetched = world.get(&path).await.1;
    assert_eq!(fetched["price"], "-0.01580");
    assert_eq!(fetched["date_sent"], "Sat, 21 Nov 2026 09:16:00 +0000");
}

#[tokio::test]
async fn a_number_decides_how_its_messages_end() {
    let fates = vec![("0177".to_owned(), Fate::Failed(30008))];
    let world = World::with(SimulatorConfig { fates, ..config() }).await;
    for (to, told, code) in [
        ("+12025530003", &["sent", "undelivered"][..], Some("30003")),
        ("+12025530005", &["sent", "undelivered"], Some("30005")),
        ("+12025530001", &["failed"], Some("30001")),
        ("+12025550177", &["failed"], Some("30008")),
        ("+12025550178", &["sent", "delivered"], None),
    ] {
        let sid = world.create_reporting(&[("To", to)]).await;
        let asked = world.receiver.take(told.len()).await;
        assert_eq!(statuses(&asked), told, "{to}");
        assert_eq!(asked.last().unwrap().param("ErrorCode"), code);
        let known = world.message(&sid).error_code.map(|code| code.to_string());
        assert_eq!(known.as_deref(), code);
    }
}

#[tokio::test]
async fn each_knob_spoils_the_callbacks_in_its_own_way() {
    let always_rate = Rate::ALWAYS;
    let cases: [(Knobs, &[&str]); 5] = [
        (
            always(|knobs| knobs.duplicate_callbacks = always_rate),
            &["sent", "sent", "delivered", "delivered"],
        ),
        (
            always(|knobs| knobs.shuffle_callbacks = always_rate),
            &["delivered", "sent"],
        ),
        (
            always(|knobs| knobs.sending_callbacks = always_rate),
            &["sending", "sent", "delivered"],
        ),
        (
            always(|knobs| knobs.delivery_failure = always_rate),
            &["sent", "undelivered"],
        ),
        (always(|knobs| knobs.no_receipt = always_rate), &["sent"]),
    ];
    for (knobs, expected) in cases {
        let world = World::new().await;
        world.turn(knobs.clone());
        assert_eq!(
            told(&world, &[], expected.len()).await,
            expected,
            "{knobs:?}"
        );
    }
}

#[tokio::test]
async fn lost_callbacks_leave_the_message_itself_alone() {
    let world = World::new().await;
    world.turn(always(|knobs| knobs.lose_callbacks = Rate::ALWAYS));
    world.create_reporting(&[]).await;
    world
        .until(|all| all[0].status == Status::Delivered && all[0].price.is_some())
        .await;
    assert!(world.receiver.rest().await.is_empty());
}

#[tokio::test]
async fn delayed_and_late_callbacks_come_after_the_message_is_at_its_end() {
    for knobs in [
        always(|knobs| knobs.delay_callbacks_ms = Millis::try_from(1000).unwrap()),
        always(|knobs| {
            knobs.late_callbacks = Rate::ALWAYS;
            knobs.late_ms = Millis::try_from(1000).unwrap();
        }),
    ] {
        let world = World::new().await;
        world.turn(knobs);
        world.create_reporting(&[]).await;
        world.until(|all| all[0].price.is_some()).await;
        assert!(world.receiver.rest().await.is_empty(), "not yet");
        assert_eq!(
            statuses(&world.receiver.take(2).await),
            ["sent", "delivered"]
        );
    }
}

#[tokio::test]
async fn an_early_callback_arrives_before_the_creates_answer() {
    let slow = SimulatorConfig {
        timing: smsdesk_relay::twilio::simulator::StatusTiming {
            sent: Duration::from_secs(3600),
            ..config().timing
        },
        ..config()
    };
    let world = World::with(slow).await;
    world.turn(always(|knobs| knobs.early_callbacks = Rate::ALWAYS));
    let (tell, told) = oneshot::channel();
    world.receiver.will([Answer::When(told)]);
    let create = world.create_reporting(&[]);
    tokio::pin!(create);
    let asked = tokio::select! {
        _ = &mut create => panic!("the create was answered first"),
        asked = world.receiver.next() => asked,
    };
    assert_eq!(asked.param("MessageStatus"), Some("sent"));
    tell.send(()).unwrap();
    let sid = within(create).await;
    assert_eq!(asked.param("MessageSid"), Some(sid.as_str()));
}

#[tokio::test]
async fn a_scheduled_message_waits_and_can_be_called_off() {
    let world = World::with(with_service(OptOutManagement::Default)).await;
    let form = [
        ("From", ""),
        ("MessagingServiceSid", SERVICE),
        ("ScheduleType", "fixed"),
        ("SendAt", "2026-11-22T09:16:00Z"),
    ];
    let sid = world.create_reporting(&form).await;
    assert_eq!(world.message(&sid).status, Status::Scheduled);
    let path = format!("Messages/{sid}.json");
    let (status, canceled) = world.post(&path, &[("Status", "canceled")]).await;
    assert_eq!(
        (status, &canceled["status"]),
        (StatusCode::OK, &json!("canceled"))
    );
    assert_eq!(
        world.receiver.next().await.param("MessageStatus"),
        Some("canceled")
    );
    let (status, again) = world.post(&path, &[("Status", "canceled")]).await;
    assert_eq!(
        (status, &again["code"]),
        (StatusCode::CONFLICT, &json!(30409))
    );
}
