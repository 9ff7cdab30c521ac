//! What the account holds: numbers, messaging services, applications and alerts, as the relay's
//! own client meets them, and where texts go by what they say.

use crate::receiver::Answer;
use crate::world::{ACCOUNT, LINE, SERVICE, TOKEN, World, config, with_service};
use reqwest::StatusCode;
use secrecy::SecretString;
use serde_json::json;
use smsdesk_common::time::Timestamp;
use smsdesk_relay::twilio::client::{Auth, LookError, TwilioClient};
use smsdesk_relay::twilio::holdings::{Hook, Hooks, Method, Standing};
use smsdesk_relay::twilio::simulator::{OptOutManagement, SimulatorConfig};
use std::sync::atomic::Ordering;

const APPLICATION: &str = "APcccccccccccccccccccccccccccccccc";

fn client_with(world: &World, token: &str) -> TwilioClient {
    let auth = Auth::Token(SecretString::from(token));
    TwilioClient::new(world.simulator.base_url(), &ACCOUNT.parse().unwrap(), auth).unwrap()
}

fn client(world: &World) -> TwilioClient {
    client_with(world, TOKEN)
}

fn hooks(world: &World, path: &str) -> Hooks {
    let hook = Some(Hook::posting_to(world.receiver.url(path)));
    Hooks {
        inbound: hook.clone(),
        fallback: hook,
        status: Some(world.receiver.url("/status")),
    }
}

#[tokio::test]
async fn the_account_is_told_with_twilios_time() {
    let world = World::new().await;
    let fetched = client(&world).fetch_account().await.unwrap();
    assert_eq!(fetched.facts.sid.as_str(), ACCOUNT);
    assert_eq!(fetched.facts.standing, Standing::Active);
    assert!(!fetched.facts.is_trial && fetched.facts.parent.is_none());
    let now = world.clock.load(Ordering::Relaxed);
    assert_eq!(fetched.date, Some(Timestamp::from_millis(now)));

    let ahead = json!({"status": "suspended", "trial": true, "clock_offset_ms": 90_000});
    assert_eq!(world.steer("account", ahead).await.0, StatusCode::OK);
    let fetched = client(&world).fetch_account().await.unwrap();
    assert_eq!(fetched.facts.standing, Standing::Suspended);
    assert!(fetched.facts.is_trial);
    assert_eq!(fetched.date, Some(Timestamp::from_millis(now + 90_000)));
}

#[tokio::test]
async fn a_wrong_token_opens_none_of_it() {
    let world = World::new().await;
    let client = client_with(&world, "wrong");
    let refused =
        |error: LookError| matches!(error, LookError::Refused { error } if error.code == 20003);
    assert!(refused(client.fetch_account().await.unwrap_err()));
    assert!(refused(client.numbers().await.unwrap_err()));
    assert!(refused(client.services().await.unwrap_err()));
    assert!(refused(
        client.alerts(Timestamp::from_millis(0)).await.unwrap_err()
    ));
}

#[tokio::test]
async fn every_page_of_numbers_is_read_and_one_is_found_by_itself() {
    let lines: Vec<String> = (0..450).map(|n| format!("+1555712{n:04}")).collect();
    let world = World::with(SimulatorConfig {
        lines: lines.clone(),
        ..config()
    })
    .await;
    let client = client(&world);
    let numbers = client.numbers().await.unwrap();
    let mut found: Vec<_> = numbers
        .iter()
        .map(|one| one.number.as_str().to_owned())
        .collect();
    found.sort();
    assert_eq!(found, lines);
    let wanted = &numbers[7];
    let one = client.number_of(&wanted.number).await.unwrap();
    assert_eq!(one.as_ref(), Some(wanted));
    assert_eq!(&client.number(&wanted.sid).await.unwrap(), wanted);
    let part = smsdesk_common::phone::Address::from_twilio("+1555712").unwrap();
    assert_eq!(client.number_of(&part).await.unwrap(), None);
}

#[tokio::test]
async fn a_numbers_own_webhook_is_asked_once_it_is_set() {
    let world = World::new().await;
    let client = client(&world);
    let before = client.numbers().await.unwrap().remove(0);
    let new = hooks(&world, "/new#rc=5&rp=all");
    let after = client.set_number(&before.sid, &new).await.unwrap();
    assert_eq!(after.inbound.url, world.receiver.url("/new#rc=5&rp=all"));
    assert_eq!(client.number(&before.sid).await.unwrap(), after);
    world.write("to the new one").await;
    assert_eq!(world.receiver.next().await.path, "/new");

    let back = Hooks {
        inbound: Some(Hook {
            method: Method::Get,
            ..before.inbound.clone()
        }),
        fallback: Some(before.fallback.clone()),
        status: None,
    };
    let back = client.set_number(&before.sid, &back).await.unwrap();
    assert_eq!(
        (back.inbound.method, back.fallback),
        (Method::Get, before.fallback)
    );
    let bad = Hooks {
        inbound: Some(Hook::posting_to("relay/sms")),
        ..Hooks::default()
    };
    let error = client.set_number(&before.sid, &bad).await.unwrap_err();
    assert!(matches!(error, LookError::Refused { error } if error.code == 21402));
}

#[tokio::test]
async fn a_services_webhook_comes_before_the_numbers_unless_it_defers() {
    let world = World::with(with_service(OptOutManagement::Default)).await;
    let client = client(&world);
    let service = client.services().await.unwrap().remove(0);
    assert!(service.defers && service.sid.as_str() == SERVICE);
    let number = client.numbers().await.unwrap().remove(0);
    let pool = client.service_numbers(&service.sid).await.unwrap();
    assert_eq!(pool, [number.sid]);
    world.write("to the number's").await;
    assert_eq!(world.receiver.next().await.path, "/sms");

    let defers = json!({"sid": SERVICE, "use_inbound_webhook_on_number": false});
    world.steer("services", defers).await;
    assert_eq!(world.write("to nobody").await.webhooks, []);
    let new = hooks(&world, "/service");
    let set = client.set_service(&service.sid, &new).await.unwrap();
    assert_eq!(set.status, world.receiver.url("/status"));
    assert_eq!(client.service(&service.sid).await.unwrap(), set);
    world.write("to the service's").await;
    let asked = world.receiver.next().await;
    assert_eq!(asked.path, "/service");
    assert_eq!(asked.param("MessagingServiceSid"), Some(SERVICE));

    // A text that names no address of its own is reported to the service's.
    let (status, _) = world.create(&[("MessagingServiceSid", SERVICE)]).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(world.receiver.next().await.path, "/status");
}

#[tokio::test]
async fn an_applications_webhook_comes_before_the_numbers() {
    let world = World::new().await;
    let client = client(&world);
    let made = json!({"sid": APPLICATION, "sms_url": world.receiver.url("/app")});
    assert_eq!(world.steer("applications", made).await.0, StatusCode::OK);
    let number = format!("numbers/{LINE}");
    let attached = json!({"application": APPLICATION});
    assert_eq!(world.steer(&number, attached).await.0, StatusCode::OK);
    let number = client.numbers().await.unwrap().remove(0);
    let sid = number.application.unwrap();
    assert_eq!(sid.as_str(), APPLICATION);
    world.write("to the application's").await;
    assert_eq!(world.receiver.next().await.path, "/app");

    let new = hooks(&world, "/other");
    let set = client.set_application(&sid, &new).await.unwrap();
    assert_eq!(client.application(&sid).await.unwrap(), set);
    world.write("to the other one").await;
    assert_eq!(world.receiver.next().await.path, "/other");
}

#[tokio::test]
async fn what_is_not_there_is_missing_and_named() {
    let world = World::new().await;
    let client = client(&world);
    let missing = client.service(&SERVICE.parse().unwrap()).await;
    assert_eq!(missing.unwrap_err(), LookError::Missing);
    let missing = client.application(&APPLICATION.parse().unwrap()).await;
    assert_eq!(missing.unwrap_err(), LookError::Missing);
    let number = format!("numbers/{LINE}");
    let refused = world.steer(&number, json!({"service": SERVICE})).await;
    assert_eq!(refused.0, StatusCode::NOT_FOUND);
    let refused = world.steer("services", json!({"sid": "MG1"})).await;
    assert_eq!(refused.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_webhook_that_fails_leaves_an_alert() {
    let world = World::new().await;
    let client = client(&world);
    let start = Timestamp::from_millis(world.clock.load(Ordering::Relaxed));
    assert_eq!(client.alerts(start).await.unwrap(), []);
    world
        .receiver
        .will([Answer::With(502, "text/html", "bad gateway")]);
    let text = world.write("lost").await;
    let alerts = client.alerts(start).await.unwrap();
    assert_eq!(alerts.len(), 1);
    let alert = &alerts[0];
    assert_eq!((alert.code, alert.is_error, alert.at), (11200, true, start));
    assert_eq!(alert.url, world.receiver.url("/sms"));
    assert_eq!(alert.resource, text.message.sid.as_str());
    let later = start.plus_millis(1_000);
    assert_eq!(client.alerts(later).await.unwrap(), []);
    assert_eq!(
        world.look("alerts").await["alerts"][0]["error_code"],
        "11200"
    );
}
