//! Over a disk that is full and has room again, by the real routes.

use crate::desk::{DeskError, people};
use crate::outbox::rig::{ACCOUNT, LINE, MARIA, Rig, TOKEN};
use crate::router::routes;
use crate::store::reports;
use crate::twilio::signature::{SIGNATURE_HEADER, SigningKey, sign};
use axum::body::Body;
use axum::http::{Request, header};
use smsdesk_common::entry::Direction;
use smsdesk_common::ids::DeviceId;
use std::collections::BTreeSet;
use std::sync::Arc;
use tower::ServiceExt as _;
use uuid::Uuid;

const MESSAGE: &str = "/webhooks/twilio/message";
const STATUS: &str = "/webhooks/twilio/status";
/// Enough of them to fill the pages that have room yet when the disk gets full.
const ROUNDS: u128 = 40;

async fn answer(rig: &Rig, request: Request<Body>) -> u16 {
    let routes = routes(Arc::clone(&rig.relay));
    routes.oneshot(request).await.unwrap().status().as_u16()
}

fn sid(number: u128) -> String {
    format!("SM{number:032x}")
}

async fn webhook(rig: &Rig, target: &str, more: [(&str, &str); 3]) -> u16 {
    let pairs = [&[("AccountSid", ACCOUNT)], more.as_slice()].concat();
    let key = SigningKey::auth_token(TOKEN.into());
    let signature = sign(&key, &format!("https://sms.example.com{target}"), &pairs);
    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    let request = Request::post(target)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(SIGNATURE_HEADER, signature)
        .body(Body::from(form));
    answer(rig, request.unwrap()).await
}

async fn text_comes_in(rig: &Rig, number: u128) -> u16 {
    let sid = sid(number);
    let words = [("MessageSid", sid.as_str()), ("From", MARIA), ("To", LINE)];
    webhook(rig, MESSAGE, words).await
}

async fn report_comes_in(rig: &Rig, number: u128) -> u16 {
    let sid = sid(number);
    let words = [
        ("MessageSid", sid.as_str()),
        ("MessageStatus", "sent"),
        ("To", MARIA),
    ];
    webhook(rig, STATUS, words).await
}

/// Lets Ana join; her token.
async fn join(rig: &Rig) -> String {
    let instance = rig.relay.store.instance().to_owned();
    let joined = rig.relay.store.write(move |tx| {
        let (_, code) = people::invite(tx, "Ana", None)?;
        let (_, token) = people::join(tx, &code, DeviceId(Uuid::from_u128(1)), &instance)?;
        Ok::<_, DeskError>(token)
    });
    joined.await.unwrap()
}

async fn text_goes_out(rig: &Rig, token: &str, number: u128) -> u16 {
    let id = Uuid::from_u128(number);
    let body = serde_json::json!({ "id": id, "to": MARIA, "body": "x".repeat(600) });
    let request = Request::post("/v1/messages")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .body(Body::from(body.to_string()));
    answer(rig, request.unwrap()).await
}

/// One of what may be stored, by its kind and number.
type Thing = (&'static str, u128);

/// Everything that is there; each of it once.
async fn stored(rig: &Rig) -> BTreeSet<Thing> {
    let mut stored = BTreeSet::new();
    for entry in rig.entries().await {
        let thing = match entry.direction {
            Direction::Inbound => ("in", number(&entry.sid.unwrap())),
            Direction::Outbound | Direction::Internal => ("out", entry.id.0.as_u128()),
        };
        assert!(stored.insert(thing), "{thing:?} twice");
    }
    for number in 1..=ROUNDS {
        let look = rig
            .relay
            .store
            .read(move |reads| reports::of(reads, &sid(number)));
        match look.await.unwrap().len() {
            0 => {}
            1 => assert!(stored.insert(("report", number))),
            count => panic!("report {number} is there {count} times"),
        }
    }
    stored
}

fn number(sid: &str) -> u128 {
    u128::from_str_radix(&sid[2..], 16).unwrap()
}

/// Everything comes, however often it came before; what was answered with success. The only other
/// answer is "come again".
async fn everything_comes(rig: &Rig, token: &str) -> BTreeSet<Thing> {
    let mut taken = BTreeSet::new();
    for number in 1..=ROUNDS {
        for (kind, status) in [
            ("in", text_comes_in(rig, number).await),
            ("report", report_comes_in(rig, number).await),
            ("out", text_goes_out(rig, token, number).await),
        ] {
            match status {
                200..300 => assert!(taken.insert((kind, number))),
                503 => {}
                other => panic!("{kind} {number}: {other}"),
            }
        }
    }
    taken
}

#[tokio::test]
async fn on_a_full_disk_success_is_told_exactly_of_what_is_stored_and_the_rest_is_taken_later_once()
{
    let rig = Rig::start().await;
    let token = join(&rig).await;
    rig.relay.store.fill_for_tests().await;
    let taken = everything_comes(&rig, &token).await;
    let all = usize::try_from(3 * ROUNDS).unwrap();
    assert!(taken.len() < all, "the disk was not full");
    assert_eq!(stored(&rig).await, taken);
    rig.relay.store.make_room_for_tests().await;
    assert_eq!(everything_comes(&rig, &token).await.len(), all);
    assert_eq!(stored(&rig).await.len(), all);
}
